//! Why a job on a connection failed: by the database, or by prom itself.

use std::error::Error as StdError;
use std::io;

use prom_core::{Error, Kind};
use tokio_postgres::error::{Severity, SqlState};

use super::IfLost;
use crate::error::from_postgres;

/// Why a job on a connection failed. `?` makes one of either.
#[derive(Debug)]
pub enum Failure {
    /// The database or its driver.
    Postgres(tokio_postgres::Error),
    /// prom, or the program's own code.
    Prom(Error),
}

impl From<tokio_postgres::Error> for Failure {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Postgres(error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Prom(error)
    }
}

impl Failure {
    fn postgres(&self) -> Option<&tokio_postgres::Error> {
        match self {
            Self::Postgres(error) => Some(error),
            Self::Prom(_) => None,
        }
    }

    /// Whether the connection is of no use after it.
    pub(super) fn is_fatal(&self) -> bool {
        self.postgres().is_some_and(|error| match error.as_db_error() {
            Some(said) => {
                matches!(said.parsed_severity(), Some(Severity::Fatal | Severity::Panic))
                    || said.code().code().starts_with("08")
                    || [SqlState::ADMIN_SHUTDOWN, SqlState::CRASH_SHUTDOWN, SqlState::CANNOT_CONNECT_NOW]
                        .contains(said.code())
            }
            None => is_lost(error),
        })
    }

    /// Whether the server only reads: it may have become a copy of another.
    pub(super) fn is_read_only(&self) -> bool {
        self.postgres().and_then(tokio_postgres::Error::code) == Some(&SqlState::READ_ONLY_SQL_TRANSACTION)
    }

    /// prom's error for it, where `if_lost` is what is known without an answer.
    pub(super) fn into_error(self, if_lost: IfLost) -> Error {
        match self {
            Self::Prom(error) => error,
            Self::Postgres(error) if if_lost == IfLost::Unknown && is_lost(&error) => Error::new(
                Kind::OutcomeUnknown,
                "the connection was lost before the answer came: whether it was done cannot be known",
            )
            .with_source(from_postgres(&error)),
            Self::Postgres(error) => from_postgres(&error),
        }
    }
}

/// Whether there was no answer, or none that can be read. The driver tells what
/// happened by its text alone.
fn is_lost(error: &tokio_postgres::Error) -> bool {
    let is_io = error.source().is_some_and(|it| it.is::<io::Error>());
    match error.to_string().as_str() {
        "unexpected message from server" => true,
        // What could not be written into a message was not sent.
        "error encoding message to server" => false,
        _ => error.is_closed() || is_io,
    }
}
