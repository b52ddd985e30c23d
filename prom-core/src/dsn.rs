//! Where a database is and how to use it, in one line of text: the DSN.
//!
//! Nothing here knows a backend, nor which options it takes.

mod host;
mod options;
mod secret;
// How it is read and written.
mod parse;
mod percent;
mod print;
#[cfg(test)]
mod tests;

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Kind, Result, shown_name};

pub use host::Host;
pub use options::Options;
pub use secret::Secret;

/// Where a database is and how to use it:
/// `<interface>://<user>:<password>@<host>:<port>/<database>?<options>#<name>`.
///
/// All but the interface may be left out. Each part is percent-decoded once,
/// on its own, and nothing else is changed in it: `..` and `//` in a path stay,
/// a `+` is a plus. `sqlite:a.db`, with a single colon, is short for
/// `sqlite://a.db`, and the two are equal.
///
/// Within the user and the password, `@`, `/`, `?` and `#` are
/// percent-encoded, as `%40`, `%2F`, `%3F` and `%23`; a DSN where one of them
/// is seen to be missing that is refused. For the same reason `@` is always
/// percent-encoded in the name, and in the path and the options wherever there
/// is a `:` or an `@` before them.
///
/// No form of it, `{:?}` included, shows the password or the value of an
/// option whose name contains `pass`, `key`, `token` or `secret`. What is
/// printed can be parsed again and is then the same but for those.
///
/// ```
/// use prom_core::Dsn;
///
/// let dsn = Dsn::parse("postgres://me:s%40fe@db.example.com:5433/shop?readers=4#geo")?;
/// assert_eq!(dsn.scheme(), "postgres");
/// assert_eq!(dsn.user(), Some("me"));
/// assert_eq!(dsn.hosts()?[0].port, Some(5433));
/// assert_eq!(dsn.database(), "shop");
/// assert_eq!(dsn.name(), "geo");
/// assert_eq!(dsn.to_string(), "postgres://me:***@db.example.com:5433/shop?readers=4#geo");
/// # Ok::<(), prom_core::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Dsn {
    scheme: String,
    user: Option<String>,
    password: Option<Secret>,
    /// Still encoded, in one spelling: a `,` or `:` of its own must not split hosts.
    encoded: String,
    authority: String,
    path: String,
    options: Vec<(String, Option<String>)>,
    name: String,
}

impl Dsn {
    /// The DSN that `text` spells.
    ///
    /// # Errors
    ///
    /// [`Kind::Dsn`] when there is no interface, when a part is badly
    /// percent-encoded, is not UTF-8 or holds a NUL byte, when a control
    /// character is not percent-encoded, and when a password seems to hold a
    /// character that had to be. The text names the part and never shows it.
    /// Hosts and ports are looked at by [`hosts`](Dsn::hosts), options by
    /// [`options`](Dsn::options).
    ///
    /// ```
    /// use prom_core::{Dsn, Kind};
    ///
    /// assert_eq!(Dsn::parse("sqlite:///tmp/a.db")?.file(), "/tmp/a.db");
    ///
    /// let err = Dsn::parse("postgres://me:p@ss@host/shop").expect_err("a bare `@`");
    /// assert_eq!(err.kind(), Kind::Dsn);
    /// assert_eq!(err.to_string(), "the DSN's password holds a bare `@`; percent-encode it as `%40`");
    /// # Ok::<(), prom_core::Error>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self> {
        parse::dsn(text)
    }

    /// The interface that answers, as written.
    ///
    /// Where there is a `://` it is all before it, so it may be a path;
    /// otherwise it ends at the first colon.
    ///
    /// ```
    /// use prom_core::Dsn;
    ///
    /// assert_eq!(Dsn::parse("sqlite::memory:")?.scheme(), "sqlite");
    /// assert_eq!(Dsn::parse("my_crate::MyInterface://host")?.scheme(), "my_crate::MyInterface");
    /// # Ok::<(), prom_core::Error>(())
    /// ```
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// Whether the scheme is `name`, in any case of its ASCII letters, with
    /// `.` and `::` alike.
    ///
    /// ```
    /// use prom_core::Dsn;
    ///
    /// let dsn = Dsn::parse("my_crate.MyInterface://host")?;
    /// assert!(dsn.is_scheme("my_crate::MyInterface"));
    /// assert!(!dsn.is_scheme("MyInterface"));
    /// # Ok::<(), prom_core::Error>(())
    /// ```
    pub fn is_scheme(&self, name: &str) -> bool {
        let [ours, theirs] = [&self.scheme, name].map(|it| it.replace("::", "."));
        ours.eq_ignore_ascii_case(&theirs)
    }

    /// The connection's name, which stands behind the `#`; empty when there is
    /// none, which is the name of the default connection.
    ///
    /// ```
    /// use prom_core::Dsn;
    ///
    /// assert_eq!(Dsn::parse("sqlite:a.db#geo")?.name(), "geo");
    /// assert_eq!(Dsn::parse("sqlite:a.db")?.name(), "");
    /// # Ok::<(), prom_core::Error>(())
    /// ```
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The user, or none when it is missing or empty.
    ///
    /// ```
    /// use prom_core::Dsn;
    ///
    /// assert_eq!(Dsn::parse("postgres://me%40corp@host/shop")?.user(), Some("me@corp"));
    /// assert_eq!(Dsn::parse("postgres://host/shop")?.user(), None);
    /// # Ok::<(), prom_core::Error>(())
    /// ```
    pub fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// The password, which does not print; an empty one is not none.
    ///
    /// ```
    /// use prom_core::Dsn;
    ///
    /// let dsn = Dsn::parse("postgres://me:s%40fe@host/shop")?;
    /// let password = dsn.password().expect("it is there");
    /// assert_eq!(password.expose(), "s@fe");
    /// assert_eq!(format!("{password}"), "***");
    /// # Ok::<(), prom_core::Error>(())
    /// ```
    pub fn password(&self) -> Option<&Secret> {
        self.password.as_ref()
    }

    /// The hosts, which commas separate; an empty list when there is none.
    ///
    /// An IPv6 address is written in brackets, its zone behind `%25`; the
    /// directory of a socket with `%2F` for each slash.
    ///
    /// # Errors
    ///
    /// [`Kind::Dsn`] when a port is not a number from 1 to 65535, brackets do
    /// not hold an IPv6 address, or a host of several is empty. A backend that
    /// opens [`file`](Dsn::file) does not ask, so `sqlite://:memory:` is fine.
    ///
    /// ```
    /// use prom_core::{Dsn, Kind};
    ///
    /// let hosts = Dsn::parse("postgres://[::1]:5433,%2Fvar%2Frun/shop")?.hosts()?;
    /// assert_eq!((hosts[0].name.as_str(), hosts[0].port), ("::1", Some(5433)));
    /// assert_eq!((hosts[1].name.as_str(), hosts[1].port), ("/var/run", None));
    ///
    /// let err = Dsn::parse("postgres://host:0/shop")?.hosts().expect_err("no such port");
    /// assert_eq!(err.kind(), Kind::Dsn);
    /// assert_eq!(err.to_string(), "the DSN's port must be a number from 1 to 65535");
    /// # Ok::<(), prom_core::Error>(())
    /// ```
    pub fn hosts(&self) -> Result<Vec<Host>> {
        host::all(&self.encoded)
    }

    /// What stands between the scheme and the first `/`, `?` or `#`, without
    /// the credentials: the hosts, or the first part of a file's path.
    ///
    /// ```
    /// use prom_core::Dsn;
    ///
    /// assert_eq!(Dsn::parse("postgres://me@h1:5433,h2/shop")?.authority(), "h1:5433,h2");
    /// assert_eq!(Dsn::parse("sqlite://data/a.db")?.authority(), "data");
    /// # Ok::<(), prom_core::Error>(())
    /// ```
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// The path with its leading slash, or nothing.
    ///
    /// ```
    /// use prom_core::Dsn;
    ///
    /// assert_eq!(Dsn::parse("sqlite:///tmp/../a%20b.db")?.path(), "/tmp/../a b.db");
    /// assert_eq!(Dsn::parse("sqlite:a.db")?.path(), "");
    /// # Ok::<(), prom_core::Error>(())
    /// ```
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The path without its leading slash: the database on a server.
    ///
    /// ```
    /// use prom_core::Dsn;
    ///
    /// assert_eq!(Dsn::parse("postgres://host/shop")?.database(), "shop");
    /// assert_eq!(Dsn::parse("postgres:///shop")?.database(), "shop");
    /// assert_eq!(Dsn::parse("postgres://host")?.database(), "");
    /// # Ok::<(), prom_core::Error>(())
    /// ```
    pub fn database(&self) -> &str {
        self.path.strip_prefix('/').unwrap_or(&self.path)
    }

    /// The file that a file-based backend opens: the authority and the path.
    ///
    /// Three slashes begin an absolute path, two a relative one. `:memory:` is
    /// given as that however many slashes stand before it; a file of that name
    /// is `./:memory:`.
    ///
    /// ```
    /// use prom_core::Dsn;
    ///
    /// for (dsn, file) in [
    ///     ("sqlite::memory:", ":memory:"),
    ///     ("sqlite://:memory:", ":memory:"),
    ///     ("sqlite:///:memory:", ":memory:"),
    ///     ("sqlite:///tmp/a.db", "/tmp/a.db"),
    ///     ("sqlite://tmp/a.db", "tmp/a.db"),
    ///     ("sqlite:a.db", "a.db"),
    ///     ("sqlite://../x/a.db", "../x/a.db"),
    ///     ("sqlite://u:p@host.db/x/y.db", "host.db/x/y.db"),
    /// ] {
    ///     assert_eq!(Dsn::parse(dsn)?.file(), file);
    /// }
    /// # Ok::<(), prom_core::Error>(())
    /// ```
    pub fn file(&self) -> String {
        match (self.authority.as_str(), self.database()) {
            ("", ":memory:") => ":memory:".to_owned(),
            _ => format!("{}{}", self.authority, self.path),
        }
    }

    /// The options, to be read one by one; whoever reads them says at the end,
    /// with [`finish`](Options::finish), that there should be no others.
    ///
    /// ```
    /// use prom_core::Dsn;
    ///
    /// let dsn = Dsn::parse("sqlite:a.db?readers=4&readonly")?;
    /// let mut options = dsn.options();
    /// let readers: Option<usize> = options.integer("readers")?;
    /// let readonly = options.flag("readonly")?.unwrap_or(false);
    /// options.finish()?;
    /// assert_eq!((readers, readonly), (Some(4), true));
    /// # Ok::<(), prom_core::Error>(())
    /// ```
    pub fn options(&self) -> Options<'_> {
        Options::new(self)
    }

    /// The same DSN for the connection called `name`; an empty one is the
    /// default connection.
    ///
    /// ```
    /// use prom_core::Dsn;
    ///
    /// let dsn = Dsn::parse("sqlite:a.db")?.with_name("geo");
    /// assert_eq!(dsn.to_string(), "sqlite://a.db#geo");
    /// # Ok::<(), prom_core::Error>(())
    /// ```
    #[must_use]
    pub fn with_name(self, name: impl Into<String>) -> Self {
        Self { name: name.into(), ..self }
    }
}

/// As [`Dsn::parse`].
///
/// ```
/// use prom_core::Dsn;
///
/// let dsn: Dsn = "sqlite:a.db".parse()?;
/// assert_eq!(dsn.file(), "a.db");
/// # Ok::<(), prom_core::Error>(())
/// ```
impl FromStr for Dsn {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::parse(text)
    }
}

/// The DSN with `***` for its secrets, percent-encoded so that it parses again.
impl fmt::Display for Dsn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        print::dsn(self, f)
    }
}

/// As [`Display`](fmt::Display), within `Dsn(..)`.
impl fmt::Debug for Dsn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Dsn({self})")
    }
}

/// An error about one part of a DSN. `what` says what to do and shows no secret.
fn refuse(part: impl fmt::Display, what: impl fmt::Display) -> Error {
    Error::new(Kind::Dsn, format!("the DSN's {part} {what}"))
}

/// How an error names an option.
fn option(name: &str) -> String {
    format!("option {}", shown_name(name))
}
