//! Whether a file is still the one that was opened.

use std::path::{Path, PathBuf};

use prom_core::{Error, Kind, Result};

/// A file as it was when it was opened.
#[derive(Debug)]
pub(crate) struct Identity {
    path: PathBuf,
    id: Id,
}

impl Identity {
    /// That of an open file.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        // The working directory may change.
        let path = path.canonicalize().ok()?;
        let id = Id::of(&path)?;
        Some(Self { path, id })
    }

    /// Whether the path still leads to it. SQLite itself looks only where it
    /// makes a rollback journal: in WAL mode it goes on writing into a file that
    /// nobody finds any more.
    ///
    /// <https://www.sqlite.org/howtocorrupt.html#_unlinking_or_renaming_a_database_file_while_in_use>
    ///
    /// # Errors
    ///
    /// [`Kind::Io`] if it does not.
    pub(crate) fn check(&self) -> Result<()> {
        match Id::of(&self.path) {
            Some(id) if id == self.id => Ok(()),
            _ => Err(moved()),
        }
    }
}

#[cold]
pub(crate) fn moved() -> Error {
    Error::new(
        Kind::Io,
        "the database file was deleted, moved or replaced while it was open, and what is written now would be \
         lost; `close()` the connection, and the next use opens what is there",
    )
    .with_code(tokio_rusqlite::rusqlite::ffi::SQLITE_READONLY_DBMOVED.to_string())
}

/// Device and number.
#[cfg(unix)]
#[derive(Debug, PartialEq, Eq)]
struct Id(u64, u64);

#[cfg(unix)]
impl Id {
    fn of(path: &Path) -> Option<Self> {
        use std::os::unix::fs::MetadataExt;

        let data = std::fs::metadata(path).ok()?;
        Some(Self(data.dev(), data.ino()))
    }
}

/// Elsewhere a file that is open cannot be deleted or moved.
#[cfg(not(unix))]
#[derive(Debug, PartialEq, Eq)]
struct Id;

#[cfg(not(unix))]
impl Id {
    fn of(_: &Path) -> Option<Self> {
        Some(Self)
    }
}
