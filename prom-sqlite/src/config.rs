//! What a DSN says about a SQLite database.

use std::path::PathBuf;
use std::time::Duration;

use prom_core::{Dsn, Error, Kind, Result};

use crate::driver::Purpose;
use crate::job::{Stop, Terms};

/// What a DSN says about a SQLite database, defaults filled in.
///
/// | option | default | what it does |
/// | --- | --- | --- |
/// | `readonly` | no | nothing is written, and no file is created |
/// | `install` | `auto` | with `verify`, no file is created either |
/// | `readers` | 4 | connections that read beside the one that writes (files), 1 to 64 |
/// | `timeout` | 5 s | how long a file that another process locks is waited for, a day at most |
/// | `pool_timeout` | 5 s | how long a connection of this process is waited for, a day at most |
/// | `statement_timeout` | 30 s | how long a statement may take before it is stopped, a day at most; 0 is for ever |
/// | `journal_mode` | `wal` | `wal`, `delete`, `truncate`, `persist` |
/// | `synchronous` | `full` | `full` keeps every commit through a power loss; `normal` may lose the last ones and is much faster; `off`, `extra` |
/// | `statement_cache` | 256 | prepared statements kept by each connection |
/// | `slow` | 1 s | a statement that takes longer is logged at `warn`; 0 logs none |
///
/// <https://www.sqlite.org/pragma.html#pragma_synchronous>
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Config {
    /// The file; `None` is memory.
    pub file: Option<PathBuf>,
    /// Whether nothing may be written.
    pub readonly: bool,
    /// Whether a missing file is created.
    pub create: bool,
    /// How many connections read beside the one that writes.
    pub readers: usize,
    /// How long a file that another process locks is waited for.
    pub timeout: Duration,
    /// How long a connection of this process is waited for.
    pub pool_timeout: Duration,
    /// How long a statement may take before it is stopped; `None` is for ever.
    pub statement_timeout: Option<Duration>,
    /// How commits are made safe against each other.
    pub journal_mode: JournalMode,
    /// How commits are made safe against power loss.
    pub synchronous: Synchronous,
    /// How many prepared statements each connection keeps.
    pub statement_cache: usize,
    /// What takes longer is logged at `warn`; zero logs none.
    pub slow: Duration,
}

/// SQLite's journal modes that keep a database whole.
///
/// <https://www.sqlite.org/pragma.html#pragma_journal_mode>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum JournalMode {
    /// A write-ahead log: readers and the writer do not wait for each other.
    Wal,
    /// A rollback journal that is deleted after each commit.
    Delete,
    /// One that is cut to no length.
    Truncate,
    /// One whose head is overwritten.
    Persist,
}

/// How far SQLite waits for the disk.
///
/// <https://www.sqlite.org/pragma.html#pragma_synchronous>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Synchronous {
    /// Not at all: a power loss may damage the file.
    Off,
    /// At checkpoints: a power loss may undo the last commits in WAL mode.
    Normal,
    /// At each commit.
    Full,
    /// At each commit, and for the journal's directory.
    Extra,
}

/// No wait is longer: more is a slip, of the unit perhaps.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);
const MOST_READERS: usize = 64;
const MOST_STATEMENTS: usize = 100_000;

fn wait(option: &str, time: Option<Duration>, default: u64) -> Result<Duration> {
    match time.unwrap_or(Duration::from_secs(default)) {
        it if it <= LONGEST => Ok(it),
        _ => Err(out_of_bounds(option, "is too long: a day, 86400, is the longest")),
    }
}

fn within(option: &str, number: usize, least: usize, most: usize) -> Result<usize> {
    match (least..=most).contains(&number) {
        true => Ok(number),
        false => Err(out_of_bounds(option, format_args!("must be from {least} to {most}"))),
    }
}

#[cold]
fn out_of_bounds(option: &str, what: impl std::fmt::Display) -> Error {
    Error::new(Kind::Dsn, format!("the option `{option}` {what}"))
}

/// What SQLite itself and other libraries call options, and what to say here.
const OTHER_WORDS: [(&str, &str); 5] = [
    ("busy_timeout", "is called `timeout` here"),
    (
        "mode",
        "is none of prom's: say `readonly` to read only, and `sqlite::memory:` for a database in memory",
    ),
    ("cache", "is none of prom's: each connection has a cache of its own"),
    ("foreign_keys", "is none of prom's: foreign keys are always enforced"),
    ("max_connections", "is called `readers` here: one connection writes, and so many read beside it"),
];

impl Config {
    /// What `dsn` says.
    ///
    /// # Errors
    ///
    /// [`Kind::Dsn`] for an option that is unknown or has a bad value, and for a
    /// DSN without a file.
    ///
    /// ```
    /// let dsn = "sqlite:///tmp/a.db?readers=2&synchronous=normal".parse()?;
    /// let config = prom_sqlite::Config::from_dsn(&dsn)?;
    /// assert_eq!(config.file.as_deref(), Some("/tmp/a.db".as_ref()));
    /// assert_eq!((config.readers, config.synchronous), (2, prom_sqlite::Synchronous::Normal));
    /// # Ok::<(), prom_sqlite::Error>(())
    /// ```
    pub fn from_dsn(dsn: &Dsn) -> Result<Self> {
        let file = dsn.file();
        let file = match file.as_str() {
            "" => {
                return Err(Error::new(
                    Kind::Dsn,
                    "the DSN names no file; write sqlite://path/to/file.db, or sqlite::memory:",
                ));
            }
            ":memory:" => None,
            file => Some(PathBuf::from(file)),
        };
        if dsn.user().is_some() || dsn.password().is_some() {
            tracing::warn!(
                connection = dsn.name(),
                "prom: SQLite has no users; the DSN's credentials are ignored"
            );
        }
        let mut options = dsn.options();
        OTHER_WORDS.iter().try_for_each(|(name, cure)| options.refuse(name, cure))?;
        let readonly = options.flag("readonly")?.unwrap_or(false);
        // The registry reads it too, and refuses what is none of these.
        let is_verified = options.choice("install", &["auto", "verify", "off"])? == Some("verify");
        let config = Self {
            readonly,
            create: !readonly && !is_verified,
            readers: within("readers", options.integer("readers")?.unwrap_or(4), 1, MOST_READERS)?,
            timeout: wait("timeout", options.duration("timeout")?, 5)?,
            pool_timeout: wait("pool_timeout", options.duration("pool_timeout")?, 5)?,
            statement_timeout: Some(wait("statement_timeout", options.duration("statement_timeout")?, 30)?)
                .filter(|it| !it.is_zero()),
            journal_mode: match options.choice("journal_mode", &["wal", "delete", "truncate", "persist"])? {
                Some("delete") => JournalMode::Delete,
                Some("truncate") => JournalMode::Truncate,
                Some("persist") => JournalMode::Persist,
                _ => JournalMode::Wal,
            },
            synchronous: match options.choice("synchronous", &["full", "normal", "off", "extra"])? {
                Some("normal") => Synchronous::Normal,
                Some("off") => Synchronous::Off,
                Some("extra") => Synchronous::Extra,
                _ => Synchronous::Full,
            },
            statement_cache: within(
                "statement_cache",
                options.integer("statement_cache")?.unwrap_or(256),
                0,
                MOST_STATEMENTS,
            )?,
            slow: options.duration("slow")?.unwrap_or(Duration::from_secs(1)),
            file,
        };
        options.finish()?;
        Ok(config)
    }

    /// What a job on a connection for `purpose` is granted.
    pub(crate) fn terms(&self, purpose: Purpose) -> Terms {
        Terms {
            deadline: self.statement_timeout,
            patience: self.timeout,
            changes: purpose == Purpose::Write,
            stop: Stop::AtOnce,
            owner: None,
        }
    }

    /// What making sure of tables is granted: many processes may come to it at once.
    pub(crate) fn terms_of_install(&self) -> Terms {
        let patience = self.timeout.max(Duration::from_secs(30));
        Terms { deadline: None, patience, ..self.terms(Purpose::Write) }
    }

    /// How many connections read, whatever was written into the field by hand.
    pub(crate) fn reader_count(&self) -> usize {
        self.readers.clamp(1, MOST_READERS)
    }

    /// Whether several connections can share the database: those to memory
    /// each have one of their own.
    pub(crate) fn is_shared(&self) -> bool {
        self.file.is_some()
    }

    /// Whether a reader may stay open while another connection writes.
    pub(crate) fn can_hold_readers(&self) -> bool {
        self.is_shared() && self.journal_mode == JournalMode::Wal
    }
}

impl JournalMode {
    pub(crate) fn keyword(self) -> &'static str {
        match self {
            Self::Wal => "wal",
            Self::Delete => "delete",
            Self::Truncate => "truncate",
            Self::Persist => "persist",
        }
    }
}

impl Synchronous {
    pub(crate) fn keyword(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Normal => "normal",
            Self::Full => "full",
            Self::Extra => "extra",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(dsn: &str) -> Result<Config> {
        Config::from_dsn(&dsn.parse()?)
    }

    #[test]
    fn defaults_are_the_safe_ones() {
        let config = config("sqlite::memory:").expect("a good DSN");
        assert_eq!(config.file, None);
        assert_eq!(config.journal_mode, JournalMode::Wal);
        assert_eq!(config.synchronous, Synchronous::Full);
        assert!(!config.readonly && config.create);
    }

    #[tokio::test]
    async fn what_is_written_by_hand_is_brought_within_bounds() {
        let mut config = config("sqlite::memory:").expect("a good DSN");
        config.timeout = Duration::MAX;
        config.readers = 0;
        assert_eq!(config.reader_count(), 1);
        let driver = crate::driver::Driver::open(&config, crate::driver::Purpose::Write).await;
        driver.expect("no panic").close().await.expect("it closes");
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_its_cure() {
        for (dsn, text) in [
            ("sqlite://", "names no file"),
            ("sqlite:a.db?reades=2", "did you mean `readers`?"),
            ("sqlite:a.db?busy_timeout=5", "`busy_timeout` is called `timeout` here"),
            ("sqlite:a.db?mode=ro", "say `readonly`"),
            ("sqlite:a.db?synchronous=maybe", "`synchronous`"),
            ("sqlite:a.db?readonly=perhaps", "`readonly`"),
            ("sqlite:a.db?timeout=3000000s", "`timeout` is too long"),
            ("sqlite:a.db?pool_timeout=86401", "`pool_timeout` is too long"),
            ("sqlite:a.db?readers=0", "`readers` must be from 1 to 64"),
            ("sqlite:a.db?readers=65", "`readers` must be from 1 to 64"),
            ("sqlite:a.db?statement_cache=100001", "`statement_cache` must be from 0 to 100000"),
        ] {
            let error = config(dsn).expect_err(dsn);
            assert_eq!(error.kind(), Kind::Dsn);
            assert!(error.to_string().contains(text), "{error}");
        }
    }
}
