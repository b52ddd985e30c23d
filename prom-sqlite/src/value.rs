//! Cells on their way into SQLite and out of it.
//!
//! Instants are text of one fixed width, so that the order of the text is that
//! of time: `2024-05-06T07:08:09.000000Z`. UUIDs are text, lower case.

use std::rc::Rc;

use prom_core::{Error, Kind, Result, RowRef, Timestamp, Value, ValueRef};
use tokio_rusqlite::rusqlite::types::{Null, Value as Cell, ValueRef as CellRef};
use tokio_rusqlite::rusqlite::{Row, Statement};

use crate::error::from_sqlite;
use crate::expected::Expected;

/// Binds `value` to the parameter `index`, counted from 1.
pub(crate) fn bind(statement: &mut Statement<'_>, index: usize, value: &Value) -> Result<()> {
    let bound = match value {
        Value::Null => statement.raw_bind_parameter(index, Null),
        Value::Bool(it) => statement.raw_bind_parameter(index, it),
        Value::I64(it) => statement.raw_bind_parameter(index, it),
        Value::F64(it) => statement.raw_bind_parameter(index, it),
        Value::Text(it) => statement.raw_bind_parameter(index, it.as_str()),
        Value::Bytes(it) => statement.raw_bind_parameter(index, it.as_slice()),
        Value::Timestamp(it) => {
            let text = timestamp(*it);
            statement.raw_bind_parameter(index, as_text(&text))
        }
        Value::Date(it) => statement.raw_bind_parameter(index, it.to_string()),
        #[cfg(feature = "uuid")]
        Value::Uuid(it) => {
            let mut text = prom_core::Uuid::encode_buffer();
            statement.raw_bind_parameter(index, &*it.hyphenated().encode_lower(&mut text))
        }
        Value::List(it) => {
            let cells = it.iter().map(cell).collect::<Result<Vec<_>>>()?;
            statement.raw_bind_parameter(index, Rc::new(cells))
        }
        other => return Err(unsupported(other)),
    };
    bound.map_err(|error| from_sqlite(&error))
}

/// The cell of an item of a list.
fn cell(value: &Value) -> Result<Cell> {
    Ok(match value {
        Value::Null => Cell::Null,
        Value::Bool(it) => Cell::Integer(i64::from(*it)),
        Value::I64(it) => Cell::Integer(*it),
        Value::F64(it) => Cell::Real(*it),
        Value::Text(it) => Cell::Text(it.clone()),
        Value::Bytes(it) => Cell::Blob(it.clone()),
        Value::Timestamp(it) => Cell::Text(as_text(&timestamp(*it)).to_owned()),
        Value::Date(it) => Cell::Text(it.to_string()),
        #[cfg(feature = "uuid")]
        Value::Uuid(it) => Cell::Text(it.to_string()),
        other => return Err(unsupported(other)),
    })
}

#[cold]
fn unsupported(value: &Value) -> Error {
    Error::new(Kind::Unsupported, format!("sqlite cannot store {}", value.kind()))
}

/// A row as rusqlite holds it.
pub(crate) struct SqliteRow<'a, 'b> {
    pub(crate) row: &'a Row<'b>,
    /// What its cells should be.
    pub(crate) expected: &'a Expected<'a>,
}

impl RowRef for SqliteRow<'_, '_> {
    fn len(&self) -> usize {
        self.row.as_ref().column_count()
    }

    fn get(&self, index: usize) -> Result<ValueRef<'_>> {
        let cell = self.row.get_ref(index).map_err(|error| from_sqlite(&error))?;
        self.expected.check(index, cell)?;
        value_ref(cell)
    }

    fn name(&self, index: usize) -> Option<&str> {
        self.row.as_ref().column_name(index).ok()
    }
}

/// A cell as rusqlite holds it.
#[inline]
pub(crate) fn value_ref(cell: CellRef<'_>) -> Result<ValueRef<'_>> {
    Ok(match cell {
        CellRef::Null => ValueRef::Null,
        CellRef::Integer(it) => ValueRef::I64(it),
        CellRef::Real(it) => ValueRef::F64(it),
        CellRef::Text(it) => {
            ValueRef::Text(str::from_utf8(it).map_err(|_| Error::new(Kind::Decode, "the text is not UTF-8"))?)
        }
        CellRef::Blob(it) => ValueRef::Bytes(it),
    })
}

/// An instant as it is written.
pub(crate) fn write_timestamp(text: &mut String, it: Timestamp) {
    text.push_str(as_text(&timestamp(it)));
}

pub(crate) fn as_text(bytes: &[u8; 27]) -> &str {
    str::from_utf8(bytes).expect("digits and ASCII signs are UTF-8")
}

pub(crate) fn timestamp(it: Timestamp) -> [u8; 27] {
    let micros = it.as_microsecond();
    let (days, of_day) = (micros.div_euclid(86_400_000_000), micros.rem_euclid(86_400_000_000));
    let (seconds, fraction) = (of_day / 1_000_000, of_day % 1_000_000);
    let (year, month, day) = civil(days);
    let mut text = *b"0000-00-00T00:00:00.000000Z";
    digits(&mut text[0..4], year);
    digits(&mut text[5..7], month);
    digits(&mut text[8..10], day);
    digits(&mut text[11..13], seconds / 3_600);
    digits(&mut text[14..16], seconds / 60 % 60);
    digits(&mut text[17..19], seconds % 60);
    digits(&mut text[20..26], fraction);
    text
}

fn digits(text: &mut [u8], mut number: i64) {
    for it in text.iter_mut().rev() {
        *it = b"0123456789"[usize::try_from(number.rem_euclid(10)).unwrap_or(0)];
        number /= 10;
    }
}

/// Year, month and day, from days since 1970.
///
/// <https://howardhinnant.github.io/date_algorithms.html#civil_from_days>
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day_of_year - (153 * shifted + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a timestamp")
    }

    fn written(text: &str) -> String {
        let mut written = String::new();
        write_timestamp(&mut written, at(text));
        written
    }

    #[test]
    fn an_instant_is_written_at_one_width() {
        for it in [
            "2024-02-29T12:34:56.789012Z",
            "2024-05-06T00:00:00.000000Z",
            "1969-12-31T23:59:59.999999Z",
            "0001-01-01T00:00:00.000000Z",
            "1900-02-28T23:59:59.000001Z",
            "2000-12-31T00:00:00.100000Z",
            "9999-12-30T22:00:00.999999Z",
        ] {
            assert_eq!(written(it), it);
        }
    }
}
