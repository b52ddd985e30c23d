//! The functions that prom adds to SQLite's, on each connection and for statements only:
//! those that bring values to prom's spelling, and those that add.

mod add;
mod total;

use prom_core::{Result, Value};
use tokio_rusqlite::rusqlite::functions::{Context, FunctionFlags, SqlFnArg};
use tokio_rusqlite::rusqlite::types::{ToSql, ToSqlOutput, Type, ValueRef};
use tokio_rusqlite::rusqlite::{Connection, Error as SqliteError, Result as SqliteResult, ffi};

use crate::error::from_sqlite;
use crate::expected::REAL;
use crate::spelling::Spelled;
use crate::value::timestamp;

pub(crate) use add::{ADD_F32, ADD_F64};
pub(crate) use total::{MEAN, SUM};

/// The function for instants; with a second argument, the name of what it is about,
/// it refuses REAL.
pub(crate) const INSTANT: &str = "prom_instant(";
/// The function for UUIDs.
#[cfg(feature = "uuid")]
pub(crate) const UUID: &str = "prom_uuid(";
/// The function for floating-point numbers of 32 bits.
pub(crate) const SINGLE: &str = "prom_single(";

/// As SQLite says it of whole numbers.
const OVERFLOW: &str = "integer overflow";

/// What its message begins with when one of them refuses its argument.
pub(crate) const REFUSED: &str = "prom: ";

/// Registers them.
pub(crate) fn register(connection: &Connection) -> Result<()> {
    // DIRECTONLY keeps them out of schemas, which other programs could not read then.
    // <https://www.sqlite.org/c3ref/c_deterministic.html>
    let flags =
        FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_DIRECTONLY;
    let add = |name: &str, arguments, spelled| {
        let name = name.trim_end_matches('(');
        connection.create_scalar_function(name, arguments, flags, move |context| own(context, spelled))
    };
    let register = || {
        add(INSTANT, 1, Spelled::Instant)?;
        #[cfg(feature = "uuid")]
        add(UUID, 1, Spelled::Uuid)?;
        add(SINGLE, 1, Spelled::Single)?;
        add::register(connection, flags)?;
        connection.create_scalar_function(INSTANT.trim_end_matches('('), 2, flags, |context| {
            if context.get_raw(0).data_type() == Type::Real {
                return Err(refused(context));
            }
            own(context, Spelled::Instant)
        })
    };
    register().map_err(|error| from_sqlite(&error))?;
    total::register(connection, flags)
}

#[cold]
fn refused(context: &Context<'_>) -> SqliteError {
    let name: String = context.get(1).unwrap_or_default();
    let message = format!("{REFUSED}`{name}` holds a REAL, and rows are compared or sorted by it; {REAL}");
    SqliteError::SqliteFailure(ffi::Error::new(ffi::SQLITE_ERROR), Some(message))
}

/// What a function gives.
enum Own {
    /// Its argument.
    Argument(SqlFnArg),
    Instant([u8; 27]),
    #[cfg(feature = "uuid")]
    Text(String),
    Number(f64),
}

impl ToSql for Own {
    fn to_sql(&self) -> SqliteResult<ToSqlOutput<'_>> {
        match self {
            Self::Argument(argument) => argument.to_sql(),
            Self::Instant(text) => Ok(ToSqlOutput::Borrowed(ValueRef::Text(text))),
            #[cfg(feature = "uuid")]
            Self::Text(text) => text.to_sql(),
            Self::Number(number) => number.to_sql(),
        }
    }
}

/// The argument in prom's spelling, if it can be read.
fn own(context: &Context<'_>, spelled: Spelled) -> SqliteResult<Own> {
    let cell = context.get_raw(0);
    let value = if spelled.is_own(cell) { None } else { spelled.value(cell) };
    Ok(match value {
        None => Own::Argument(context.get_arg(0)),
        Some(Value::Timestamp(instant)) => Own::Instant(timestamp(instant)),
        Some(Value::F64(number)) => Own::Number(number),
        #[cfg(feature = "uuid")]
        Some(Value::Uuid(uuid)) => Own::Text(uuid.hyphenated().to_string()),
        Some(_) => Own::Argument(context.get_arg(0)),
    })
}
