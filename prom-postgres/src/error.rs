//! What PostgreSQL's driver says, as prom's errors.

use prom_core::{Error, Kind};

/// prom's error for what the driver says.
#[cold]
pub(crate) fn from_postgres(error: &tokio_postgres::Error) -> Error {
    match error.as_db_error() {
        Some(it) => Error::new(Kind::Statement, it.message().to_owned()).with_code(it.code().code()),
        None if error.is_closed() => Error::new(Kind::Closed, "the connection to the server was lost"),
        None => Error::new(Kind::Statement, error.to_string()),
    }
}
