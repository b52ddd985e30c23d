//! Cells on their way into PostgreSQL and out of it.

mod list;
mod numeric;
mod param;
mod row;

use prom_core::{Date, Result, Timestamp, date_from_days, timestamp_from_micros};

pub(crate) use list::{Items, cell, encode_list, list_format};
pub(crate) use param::{Param, check_size, is_binary, params, size, types};
pub(crate) use row::PostgresRow;

// PostgreSQL counts from 2000 on.
// <https://www.postgresql.org/docs/current/datatype-datetime.html>
const EPOCH_MICROS: i64 = 946_684_800_000_000;
const EPOCH: Date = Date::constant(2000, 1, 1);
const EPOCH_DAYS: i64 = 10_957;
const DAY_MICROS: i64 = 86_400_000_000;

/// Microseconds since 2000.
fn to_micros(it: Timestamp) -> i64 {
    it.as_microsecond() - EPOCH_MICROS
}

/// Days since 2000.
fn to_days(it: Date) -> i64 {
    it.duration_since(EPOCH).as_secs() / 86_400
}

/// The same of what the server sends.
fn from_micros(micros: i64) -> Result<Timestamp> {
    timestamp_from_micros(micros.saturating_add(EPOCH_MICROS))
}

/// The same of days.
fn from_days(days: i32) -> Result<Date> {
    date_from_days(i64::from(days) + EPOCH_DAYS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_counted_from_2000_and_back() {
        for text in [
            "2000-01-01T00:00:00Z",
            "1999-12-31T23:59:59.999999Z",
            "0001-01-01T00:00:00Z",
            "2024-02-29T12:34:56.789012Z",
            "9999-12-30T22:00:00.999999Z",
        ] {
            let it: Timestamp = text.parse().expect("a timestamp");
            assert_eq!(from_micros(to_micros(it)).ok(), Some(it), "{text}");
        }
        for text in ["2000-01-01", "1999-12-31", "0001-01-01", "2024-02-29", "9999-12-31"] {
            let it: Date = text.parse().expect("a date");
            let days = i32::try_from(to_days(it)).expect("few enough");
            assert_eq!(from_days(days).ok(), Some(it), "{text}");
        }
        assert_eq!(to_days("2000-01-02".parse().expect("a date")), 1);
        for it in [i64::MAX, i64::MIN, -63_082_281_600_000_001] {
            assert!(from_micros(it).is_err());
        }
        for it in [i32::MAX, i32::MIN, -730_120] {
            assert!(from_days(it).is_err());
        }
    }
}
