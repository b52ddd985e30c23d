//! What a DSN says about a PostgreSQL database.

mod options;
mod servers;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::time::Duration;

use prom_core::{Dsn, Error, Kind, Result, Secret};

use crate::server::Server;

/// What a DSN says about a PostgreSQL database, defaults filled in.
///
/// | option | default | what it does |
/// | --- | --- | --- |
/// | `host`, `port` | | the servers, where the DSN has no place for them: `host=/var/run/postgresql` |
/// | `target_session_attrs` | `any` | which of several servers will do: `read-write`, `read-only`, `primary`, `standby`, `prefer-standby` |
/// | `sslmode` | see [`SslMode`] | `disable`, `prefer`, `require`; `verify-ca` and `verify-full` are `require`, which verifies |
/// | `sslrootcert` | the system's | a file of the authorities that are believed, as PEM |
/// | `channel_binding` | `prefer` | `disable`, `prefer`, `require` |
/// | `application_name` | | what the server shows in its list of connections |
/// | `search_path` | the server's | where tables are looked for, and made |
/// | `readonly` | no | nothing is written |
/// | `install` | `auto` | whether tables are made: `auto`, `verify`, `off` |
/// | `connect_timeout` | 5 s | how long each address of a host may take until the connection can be used; the next one is tried beside it after a quarter of a second |
/// | `pool_timeout` | 5 s | how long a connection of this process is waited for |
/// | `statement_timeout` | 30 s | how long a statement may take; 0 is for ever |
/// | `idle_in_transaction_session_timeout` | 60 s | how long a transaction may do nothing; 0 is for ever |
/// | `lock_timeout` | the server's | how long a statement waits for a lock |
/// | `keepalives` | yes | whether a silent connection is tested by TCP |
/// | `keepalives_idle`, `keepalives_interval`, `keepalives_count` | 30 s, 10 s, 3 | after how long, how often, and how often in vain |
/// | `tcp_user_timeout` | 30 s | how long the server's machine may leave data unconfirmed; 0 is the system's |
/// | `max_connections` | 10 | connections of this process, 1 to 1000 |
/// | `max_idle` | 10 min | how long one is kept without use; 0 is for ever |
/// | `max_lifetime` | 30 min | how long one is kept, 10 % more or less; 0 is for ever |
/// | `prepare` | `on` | `off` where statements and settings cannot be kept: PgBouncer in transaction mode |
/// | `statement_cache` | 256 | prepared statements kept by each connection |
/// | `install_wait` | 30 s | how long somebody else who makes tables is waited for |
/// | `install_lock_timeout` | 2 s | how long making a table waits for the tables it refers to |
/// | `slow` | 1 s | a statement that takes longer is logged at `warn`; 0 logs none |
///
/// No time is longer than a day.
///
/// <https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS>
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Config {
    /// The servers, in the order that they are tried in.
    pub servers: Vec<Server>,
    /// The user; without one, who runs the program.
    pub user: Option<String>,
    /// The password, which does not print.
    pub password: Option<Secret>,
    /// The database; without one, that of the user's name.
    pub database: Option<String>,
    /// Which of several servers will do.
    pub target: Target,
    /// How connections are kept secret; `None` depends on where the server is.
    pub ssl_mode: Option<SslMode>,
    /// A file of the authorities that are believed; `None` is the system's.
    pub ssl_root_cert: Option<PathBuf>,
    /// Whether the password is bound to the encrypted connection.
    pub channel_binding: ChannelBinding,
    /// What the server shows in its list of connections.
    pub application_name: Option<String>,
    /// Where tables are looked for, and made.
    pub search_path: Option<String>,
    /// Whether nothing may be written.
    pub readonly: bool,
    /// How long each address of a host may take until the connection can be used.
    pub connect_timeout: Duration,
    /// How long a connection of this process is waited for.
    pub pool_timeout: Duration,
    /// How long a statement may take; `None` is for ever.
    pub statement_timeout: Option<Duration>,
    /// How long a transaction may do nothing; `None` is for ever.
    pub idle_in_transaction_timeout: Option<Duration>,
    /// How long a statement waits for a lock; `None` is the server's own.
    pub lock_timeout: Option<Duration>,
    /// How a silent connection is tested by TCP; `None` is not at all.
    pub keepalives: Option<Keepalives>,
    /// How long data may stay unconfirmed; `None` is the system's own.
    pub tcp_user_timeout: Option<Duration>,
    /// How many connections there are at most.
    pub max_connections: usize,
    /// How long a connection is kept without use; `None` is for ever.
    pub max_idle: Option<Duration>,
    /// How long a connection is kept; `None` is for ever.
    pub max_lifetime: Option<Duration>,
    /// Whether connections keep prepared statements and settings.
    pub prepare: bool,
    /// How many prepared statements each connection keeps.
    pub statement_cache: usize,
    /// How long somebody else who makes tables is waited for.
    pub install_wait: Duration,
    /// How long making a table waits for other tables.
    pub install_lock_timeout: Duration,
    /// What takes longer is logged at `warn`; zero logs none.
    pub slow: Duration,
}

/// How connections are kept secret. Without one in the DSN, servers on this
/// machine are asked by `Prefer` and all others by `Require`.
///
/// Without encryption, or with a server on this machine that cannot be
/// verified, a password is proved but never shown: a server that asks for it in
/// clear text, or hashed by MD5, is refused unless the mode is `Disable` and the
/// server on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SslMode {
    /// Not at all.
    Disable,
    /// Encrypted if the server can, and then verified. On this machine, what
    /// cannot be verified is left unencrypted.
    Prefer,
    /// Encrypted, and the server's certificate and name are verified.
    Require,
}

/// Whether the password is bound to the encrypted connection, so that nobody
/// between can use it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChannelBinding {
    /// Never.
    Disable,
    /// Where the server can.
    Prefer,
    /// Always; a server that cannot is refused.
    Require,
}

/// Which of several servers will do.
///
/// <https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNECT-TARGET-SESSION-ATTRS>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Target {
    /// The first that answers.
    Any,
    /// One that writes.
    ReadWrite,
    /// One that only reads.
    ReadOnly,
    /// One that is nobody's copy.
    Primary,
    /// One that is another's copy.
    Standby,
    /// A copy if there is one, else any.
    PreferStandby,
}

/// How a silent connection is tested by TCP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Keepalives {
    /// After how long without a word.
    pub idle: Duration,
    /// How long between one test and the next.
    pub interval: Duration,
    /// After how many tests in vain it is given up.
    pub count: u32,
}

impl Config {
    /// What `dsn` says.
    ///
    /// # Errors
    ///
    /// [`Kind::Dsn`] for an option that is unknown or has a bad value, for
    /// options that contradict each other, and for bad hosts.
    /// [`Kind::Unsupported`] for what needs TLS where prom was built without.
    ///
    /// ```
    /// let dsn = "postgres://me:safe@[::1]:5433/shop?max_connections=4".parse()?;
    /// let config = prom_postgres::Config::from_dsn(&dsn)?;
    /// assert_eq!(config.servers[0].to_string(), "[::1]:5433");
    /// assert_eq!((config.database.as_deref(), config.max_connections), (Some("shop"), 4));
    /// # Ok::<(), prom_postgres::Error>(())
    /// ```
    pub fn from_dsn(dsn: &Dsn) -> Result<Self> {
        let config = options::read(dsn)?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<()> {
        if self.ssl_mode == Some(SslMode::Disable) && self.channel_binding == ChannelBinding::Require {
            return Err(refuse("`channel_binding=require` needs encryption; take `sslmode=disable` out"));
        }
        let is_tls_asked_for =
            self.ssl_mode == Some(SslMode::Require) || self.channel_binding == ChannelBinding::Require;
        if is_tls_asked_for && !cfg!(feature = "tls") {
            return Err(crate::tls::left_out("the DSN asks for"));
        }
        // What would be left out quietly, and is not harmless.
        let kept = [
            ("readonly", self.readonly),
            ("search_path", self.search_path.is_some()),
            ("lock_timeout", self.lock_timeout.is_some()),
        ];
        match kept.iter().find(|(_, is_given)| *is_given && !self.prepare) {
            Some((option, _)) => Err(refuse(format_args!(
                "`{option}` is a setting of a connection, and with `prepare=off` none is kept; set it for the \
                 user on the server, by `ALTER ROLE .. SET ..`"
            ))),
            None => Ok(()),
        }
    }

    /// How many connections there are, whatever was written into the field by hand.
    pub(crate) fn connection_count(&self) -> usize {
        self.max_connections.clamp(1, options::MOST_CONNECTIONS)
    }

    /// How long the answer to a statement is waited for: a little longer than the
    /// server takes over it, which then says so itself.
    pub(crate) fn patience(&self) -> Option<Duration> {
        let more = if self.prepare { Duration::from_secs(1) } else { Duration::ZERO };
        self.statement_timeout.map(|it| it.saturating_add(more))
    }

    /// What each connection sets on the server, by the server's names.
    pub(crate) fn settings(&self) -> Vec<(&'static str, String)> {
        if !self.prepare {
            return Vec::new();
        }
        let milliseconds = |it: Duration| it.as_millis().min(i32::MAX.unsigned_abs().into()).to_string();
        let times = [
            // The server ends it first, and the connection lives on.
            ("statement_timeout", Some(self.statement_timeout.unwrap_or(Duration::ZERO))),
            (
                "idle_in_transaction_session_timeout",
                Some(self.idle_in_transaction_timeout.unwrap_or(Duration::ZERO)),
            ),
            ("lock_timeout", self.lock_timeout),
            // How soon a backend that works for us notices that we are gone.
            ("client_connection_check_interval", Some(Duration::from_secs(5))),
        ];
        let times = times.into_iter().filter_map(|(name, time)| Some((name, milliseconds(time?))));
        let path = self.search_path.clone().map(|it| ("search_path", it));
        let readonly = self.readonly.then(|| ("default_transaction_read_only", "on".to_owned()));
        times.chain(path).chain(readonly).collect()
    }
}

#[cold]
fn refuse(what: impl std::fmt::Display) -> Error {
    Error::new(Kind::Dsn, format!("the DSN's option {what}"))
}
