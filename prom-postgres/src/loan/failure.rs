//! Why a job on a connection failed: by the database, or by prom itself.

use std::error::Error as StdError;
use std::io;

use prom_core::{Error, Kind};
use tokio_postgres::error::{Severity, SqlState};

use super::IfLost;
use super::verdict::{Cause, Outcome, Step, Verdict, judge};
use crate::error::from_postgres;

/// Why a job on a connection failed. `?` makes one of either.
#[derive(Debug)]
pub enum Failure {
    /// The database or its driver, when the statement had got so far.
    Postgres(Step, tokio_postgres::Error),
    /// prom, or the program's own code.
    Prom(Error),
}

impl From<tokio_postgres::Error> for Failure {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Postgres(Step::Execute, error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Prom(error)
    }
}

impl Failure {
    /// What it means for work of which `if_lost` is known without an answer.
    pub(super) fn verdict(&self, if_lost: IfLost) -> Verdict {
        match self {
            Self::Postgres(step, error) => judge(cause(error), *step, if_lost),
            Self::Prom(_) => judge(Cause::Own, Step::Execute, if_lost),
        }
    }

    /// Whether the server only reads: it may have become a copy of another.
    pub(super) fn is_read_only(&self) -> bool {
        match self {
            Self::Postgres(_, error) => error.code() == Some(&SqlState::READ_ONLY_SQL_TRANSACTION),
            Self::Prom(_) => false,
        }
    }

    /// prom's error for it.
    pub(super) fn into_error(self, outcome: Outcome) -> Error {
        match self {
            Self::Prom(error) => error,
            Self::Postgres(_, error) if outcome == Outcome::Unknown => unknown(&error),
            Self::Postgres(_, error) => from_postgres(&error),
        }
    }
}

#[cold]
fn unknown(error: &tokio_postgres::Error) -> Error {
    let text = match error.as_db_error() {
        None => "the connection was lost before the answer came: whether it was done cannot be known",
        Some(_) => {
            "the server, or a pooler before it, ended the work without saying what came of it: whether it was \
             done cannot be known"
        }
    };
    let unknown = Error::new(Kind::OutcomeUnknown, text).with_source(from_postgres(error));
    match error.code() {
        Some(code) => unknown.with_code(code.code()),
        None => unknown,
    }
}

fn cause(error: &tokio_postgres::Error) -> Cause<'_> {
    match error.as_db_error() {
        Some(said) => Cause::Reported {
            // Older poolers say it in words alone.
            severity: said.parsed_severity().unwrap_or(match said.severity() {
                "ERROR" => Severity::Error,
                _ => Severity::Fatal,
            }),
            code: said.code().code(),
            routine: said.routine(),
        },
        None if is_lost(error) => Cause::Lost,
        None => Cause::Own,
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
