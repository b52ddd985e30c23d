//! How a backend reads its options, and refuses those it does not know.

use std::time::Duration;

use super::{Dsn, option, refuse};
use crate::error::{Result, did_you_mean};

/// Options that the registry reads for every interface.
const SHARED: [&str; 2] = ["install", "max_rows_buffered"];

/// Reads the options of a [`Dsn`] by name and type, and remembers which were
/// asked for, so that [`finish`](Options::finish) can refuse the others.
///
/// Each reader gives none when the option is missing. The errors name the
/// option and what it takes, never its value.
///
/// ```
/// use prom_core::{Dsn, Kind};
///
/// let dsn = Dsn::parse("sqlite:a.db?reades=4")?;
/// let mut options = dsn.options();
/// let readers: Option<usize> = options.integer("readers")?;
/// assert_eq!(readers, None);
///
/// let err = options.finish().expect_err("a slip");
/// assert_eq!(err.kind(), Kind::Dsn);
/// assert_eq!(err.to_string(), "the DSN's option `reades` is unknown; did you mean `readers`?");
/// # Ok::<(), prom_core::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "options that nobody reads are not refused either"]
pub struct Options<'a> {
    dsn: &'a Dsn,
    asked: Vec<String>,
}

impl<'a> Options<'a> {
    pub(super) fn new(dsn: &'a Dsn) -> Self {
        Self { dsn, asked: Vec::new() }
    }

    /// The text of the option `name`, which may be empty.
    ///
    /// # Errors
    ///
    /// [`Kind::Dsn`](crate::Kind::Dsn) when the option has no value or is
    /// given twice.
    ///
    /// ```
    /// use prom_core::Dsn;
    ///
    /// let dsn = Dsn::parse("postgres://host/shop?application_name=till+1")?;
    /// assert_eq!(dsn.options().text("application_name")?, Some("till+1"));
    /// # Ok::<(), prom_core::Error>(())
    /// ```
    pub fn text(&mut self, name: &str) -> Result<Option<&'a str>> {
        self.single(name, None)
    }

    /// The texts of all options called `name`, in their order.
    ///
    /// # Errors
    ///
    /// [`Kind::Dsn`](crate::Kind::Dsn) when one of them has no value.
    ///
    /// ```
    /// use prom_core::Dsn;
    ///
    /// let dsn = Dsn::parse("sqlite:a.db?attach=b.db&attach=c.db")?;
    /// assert_eq!(dsn.options().texts("attach")?, ["b.db", "c.db"]);
    /// # Ok::<(), prom_core::Error>(())
    /// ```
    pub fn texts(&mut self, name: &str) -> Result<Vec<&'a str>> {
        self.every(name)
            .map(|it| it.ok_or_else(|| refuse(option(name), "has no value; write one after `=`")))
            .collect()
    }

    /// Whether the option `name` is on: `1`, `true`, `yes` or `on`, or off:
    /// `0`, `false`, `no` or `off`, in any case; without a value it is on.
    ///
    /// # Errors
    ///
    /// [`Kind::Dsn`](crate::Kind::Dsn) when the value is another, an empty one
    /// included, or the option is given twice.
    ///
    /// ```
    /// use prom_core::Dsn;
    ///
    /// let dsn = Dsn::parse("sqlite:a.db?readonly&install=No")?;
    /// let mut options = dsn.options();
    /// assert_eq!(options.flag("readonly")?, Some(true));
    /// assert_eq!(options.flag("install")?, Some(false));
    /// assert_eq!(options.flag("create")?, None);
    /// # Ok::<(), prom_core::Error>(())
    /// ```
    pub fn flag(&mut self, name: &str) -> Result<Option<bool>> {
        let Some(text) = self.single(name, Some("true"))? else {
            return Ok(None);
        };
        match text.to_ascii_lowercase().as_str() {
            "1" | "true" | "yes" | "on" => Ok(Some(true)),
            "0" | "false" | "no" | "off" => Ok(Some(false)),
            _ => Err(refuse(
                option(name),
                "must be `true` or `false`, `yes` or `no`, `on` or `off`, `1` or `0`",
            )),
        }
    }

    /// The whole number of the option `name`, as any unsigned type.
    ///
    /// # Errors
    ///
    /// [`Kind::Dsn`](crate::Kind::Dsn) when the value is not all digits or too
    /// large for `T`, and when the option has no value or is given twice.
    ///
    /// ```
    /// use prom_core::Dsn;
    ///
    /// let dsn = Dsn::parse("sqlite:a.db?readers=4")?;
    /// let readers: Option<usize> = dsn.options().integer("readers")?;
    /// assert_eq!(readers, Some(4));
    /// # Ok::<(), prom_core::Error>(())
    /// ```
    pub fn integer<T: TryFrom<u64>>(&mut self, name: &str) -> Result<Option<T>> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        if text.is_empty() || !text.bytes().all(|it| it.is_ascii_digit()) {
            return Err(refuse(option(name), "must be a whole number, in digits only"));
        }
        let number = text.parse::<u64>().ok().and_then(|it| T::try_from(it).ok());
        number.map(Some).ok_or_else(|| refuse(option(name), "is too large"))
    }

    /// The one of `known` that the option `name` says, in any case.
    ///
    /// # Errors
    ///
    /// [`Kind::Dsn`](crate::Kind::Dsn) when it is none of them, and when the
    /// option has no value or is given twice.
    ///
    /// ```
    /// use prom_core::Dsn;
    ///
    /// let dsn = Dsn::parse("sqlite:a.db?install=Verify")?;
    /// let install = dsn.options().choice("install", &["auto", "verify", "off"])?;
    /// assert_eq!(install, Some("verify"));
    /// # Ok::<(), prom_core::Error>(())
    /// ```
    pub fn choice(&mut self, name: &str, known: &[&'static str]) -> Result<Option<&'static str>> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        match known.iter().find(|it| it.eq_ignore_ascii_case(text)) {
            Some(found) => Ok(Some(found)),
            None => Err(refuse(option(name), format_args!("must be one of {}", list(known)))),
        }
    }

    /// The time of the option `name`: seconds, or a number with `ms`, `s` or
    /// `min` right behind it, with decimals or without.
    ///
    /// # Errors
    ///
    /// [`Kind::Dsn`](crate::Kind::Dsn) when the value is not such a time, and
    /// when the option has no value or is given twice.
    ///
    /// ```
    /// use std::time::Duration;
    /// use prom_core::Dsn;
    ///
    /// let dsn = Dsn::parse("sqlite:a.db?timeout=2.5&slow=200ms")?;
    /// let mut options = dsn.options();
    /// assert_eq!(options.duration("timeout")?, Some(Duration::from_millis(2500)));
    /// assert_eq!(options.duration("slow")?, Some(Duration::from_millis(200)));
    /// # Ok::<(), prom_core::Error>(())
    /// ```
    pub fn duration(&mut self, name: &str) -> Result<Option<Duration>> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        let found = time(text).ok_or_else(|| {
            refuse(
                option(name),
                "must be a time, in seconds such as `2.5`, or with a unit: `200ms`, `5s`, `2min`",
            )
        });
        found.map(Some)
    }

    /// Nothing, when every option of the DSN was asked for.
    ///
    /// # Errors
    ///
    /// [`Kind::Dsn`](crate::Kind::Dsn) when one was not; the text names it,
    /// and the nearest one that was, or all of them.
    ///
    /// ```
    /// use prom_core::Dsn;
    ///
    /// let dsn = Dsn::parse("sqlite:a.db?charset=utf8")?;
    /// let mut options = dsn.options();
    /// options.flag("readonly")?;
    /// let err = options.finish().expect_err("nobody asked for it");
    /// assert_eq!(err.to_string(), "the DSN's option `charset` is unknown; known are `readonly`, `install`, `max_rows_buffered`");
    /// # Ok::<(), prom_core::Error>(())
    /// ```
    pub fn finish(self) -> Result<()> {
        let mut known: Vec<&str> = self.asked.iter().map(String::as_str).collect();
        known.extend(SHARED.iter().filter(|shared| !self.asked.iter().any(|name| name == *shared)));
        let mut given = self.dsn.options.iter().map(|(name, _)| name.as_str());
        let Some(name) = given.find(|it| !known.contains(it)) else {
            return Ok(());
        };
        let mut hint = did_you_mean(name, known.iter().copied());
        if hint.is_empty() {
            hint = format!("; known are {}", list(&known));
        }
        Err(refuse(option(name), format_args!("is unknown{hint}")))
    }

    /// Refuses the option `name`, which other libraries know: here another says the same,
    /// or something else does. `cure` says which, behind the option's name.
    ///
    /// # Errors
    ///
    /// [`Kind::Dsn`](crate::Kind::Dsn) when the option is given.
    ///
    /// ```
    /// use prom_core::Dsn;
    ///
    /// let dsn = Dsn::parse("sqlite:a.db?busy_timeout=5")?;
    /// let refused = dsn.options().refuse("busy_timeout", "is called `timeout` here");
    /// let err = refused.expect_err("it is given");
    /// assert_eq!(err.to_string(), "the DSN's option `busy_timeout` is called `timeout` here");
    /// # Ok::<(), prom_core::Error>(())
    /// ```
    pub fn refuse(&self, name: &str, cure: &str) -> Result<()> {
        match self.dsn.options.iter().any(|(given, _)| given == name) {
            true => Err(refuse(option(name), cure)),
            false => Ok(()),
        }
    }

    /// The value of `name`, where it may be given once; `bare` is the value
    /// of an option without one.
    fn single(&mut self, name: &str, bare: Option<&'static str>) -> Result<Option<&'a str>> {
        let mut values = self.every(name);
        let Some(value) = values.next() else {
            return Ok(None);
        };
        if values.next().is_some() {
            return Err(refuse(option(name), "is given twice; keep one"));
        }
        match value.or(bare) {
            Some(value) => Ok(Some(value)),
            None => Err(refuse(option(name), "has no value; write one after `=`")),
        }
    }

    /// The values of `name`, which counts as asked for from now on.
    fn every<'n>(&mut self, name: &'n str) -> impl Iterator<Item = Option<&'a str>> + use<'a, 'n> {
        if !self.asked.iter().any(|it| it == name) {
            self.asked.push(name.to_owned());
        }
        self.dsn.options.iter().filter(move |(it, _)| it == name).map(|(_, value)| value.as_deref())
    }
}

fn list(names: &[impl AsRef<str>]) -> String {
    names.iter().map(|it| format!("`{}`", it.as_ref())).collect::<Vec<_>>().join(", ")
}

fn time(text: &str) -> Option<Duration> {
    let end = text.find(|it: char| it.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let (whole, decimals) = number.split_once('.').unwrap_or((number, "0"));
    // `f64` would also take `.5`, `-1` and `+1`.
    for digits in [whole, decimals] {
        if digits.is_empty() || !digits.bytes().all(|it| it.is_ascii_digit()) {
            return None;
        }
    }
    let number = number.parse::<f64>().ok()?;
    let seconds = match unit {
        "ms" => number / 1000.0,
        "" | "s" => number,
        "min" => number * 60.0,
        _ => return None,
    };
    Duration::try_from_secs_f64(seconds).ok()
}
