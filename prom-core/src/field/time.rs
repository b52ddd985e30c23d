//! Instants and days, in jiff's types.

mod parse;

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;

use super::{Field, mismatch};
use crate::schema::Type;
use crate::value::print_of;
use crate::{Error, Kind, Result, Value, ValueRef};

/// Stored in microseconds; what is finer is cut off, towards the past, before
/// it is written, so that the value in memory is the one in the database.
///
/// Text is read in the forms that ISO 8601 and Python's prom write, without a
/// zone as UTC; numbers are seconds since 1970. An instant before the year 1, or behind
/// jiff's last one, 9999-12-30T22:00:00.999999Z, is an error.
impl Field for Timestamp {
    const TYPE: Type = Type::Timestamp;
    const DECODES_ALL: bool = true;

    fn to_value(&self) -> Value {
        Value::Timestamp(cut(*self))
    }

    fn decode(value: ValueRef<'_>) -> Result<Self> {
        let micros = match value.whole() {
            ValueRef::Timestamp(it) => return Ok(it),
            ValueRef::Text(it) => parse::timestamp(it),
            ValueRef::I64(it) => Some(it.saturating_mul(1_000_000)),
            ValueRef::F64(it) => parse::seconds(it),
            ValueRef::Numeric(number) => number.to_f64().and_then(parse::seconds),
            _ => None,
        };
        timestamp_from_micros(micros.ok_or_else(|| mismatch("a timestamp", value))?)
    }

    fn fingerprint(&self) -> u64 {
        cut(*self).as_microsecond().cast_unsigned()
    }
}

/// `it` without what is finer than a microsecond.
pub(crate) fn cut(it: Timestamp) -> Timestamp {
    let micros = it.as_nanosecond().div_euclid(1_000);
    i64::try_from(micros).ok().and_then(from_micros).unwrap_or(it)
}

/// The instant of so many microseconds since 1970, as a backend reads it.
///
/// # Errors
///
/// [`Kind::Decode`] for one that [`Timestamp`] does not have, and for one before the year 1.
///
/// ```
/// use prom_core::timestamp_from_micros;
///
/// assert_eq!(timestamp_from_micros(1_500_000)?.to_string(), "1970-01-01T00:00:01.5Z");
/// assert!(timestamp_from_micros(i64::MAX).is_err());
/// # Ok::<(), prom_core::Error>(())
/// ```
pub fn timestamp_from_micros(micros: i64) -> Result<Timestamp> {
    from_micros(micros).filter(|_| micros >= FIRST_MICROS).ok_or_else(|| {
        Error::new(
            Kind::Decode,
            "the timestamp is not within 0001-01-01T00:00:00Z and 9999-12-30T22:00:00.999999Z, the first and the \
             last that `Timestamp` holds: change it by SQL of your own, or leave such rows out by \
             `skip_undecodable(..)`",
        )
    })
}

/// 0001-01-01T00:00:00Z.
const FIRST_MICROS: i64 = -62_135_596_800_000_000;

/// The day so many days behind 1970-01-01, as a backend reads it.
///
/// # Errors
///
/// [`Kind::Decode`] for one outside of the years 1 to 9999.
///
/// ```
/// use prom_core::date_from_days;
///
/// assert_eq!(date_from_days(31)?.to_string(), "1970-02-01");
/// assert!(date_from_days(i64::MAX).is_err());
/// # Ok::<(), prom_core::Error>(())
/// ```
pub fn date_from_days(days: i64) -> Result<Date> {
    let apart = Duration::from_secs(days.unsigned_abs().saturating_mul(86_400));
    let epoch = Date::constant(1970, 1, 1);
    let date = if days < 0 { epoch.checked_sub(apart) } else { epoch.checked_add(apart) };
    date.ok().filter(|date| date.year() >= 1).ok_or_else(outside_of_calendar)
}

#[cold]
fn outside_of_calendar() -> Error {
    Error::new(
        Kind::Decode,
        "the date is not within 0001-01-01 and 9999-12-31, the first and the last that `Date` holds: change it by \
         SQL of your own, or leave such rows out by `skip_undecodable(..)`",
    )
}

/// The instant that text spells, in every form that is read from a database, but for numbers of
/// seconds; where it is outside of what [`Timestamp`] holds, its microseconds since 1970.
pub(crate) fn read_timestamp(text: &str) -> Option<Result<Timestamp, i64>> {
    let is_spelt_out = text.contains(['-', ':', 'T']);
    let micros = parse::timestamp(text).filter(|_| is_spelt_out)?;
    Some(from_micros(micros).filter(|_| micros >= FIRST_MICROS).ok_or(micros))
}

/// jiff's own `from_microsecond` refuses the last second that there is.
fn from_micros(micros: i64) -> Option<Timestamp> {
    let nanos = i32::try_from(micros.rem_euclid(1_000_000) * 1_000).ok()?;
    Timestamp::new(micros.div_euclid(1_000_000), nanos).ok()
}

/// The instant of that fingerprint.
pub(crate) fn timestamp_of(fingerprint: u64) -> Option<Timestamp> {
    from_micros(fingerprint.cast_signed())
}

/// The time of day, as the database will hold it.
pub(crate) fn now() -> Timestamp {
    cut(Timestamp::now())
}

impl Field for Date {
    const TYPE: Type = Type::Date;
    const DECODES_ALL: bool = true;

    fn to_value(&self) -> Value {
        Value::Date(*self)
    }

    fn decode(value: ValueRef<'_>) -> Result<Self> {
        match value {
            ValueRef::Date(it) => Ok(it),
            ValueRef::Text(it) => match parse::date(it) {
                Some(date) if date.year() < 1 => Err(outside_of_calendar()),
                date => date.ok_or_else(|| mismatch("a date", value)),
            },
            it => Err(mismatch("a date", it)),
        }
    }

    fn fingerprint(&self) -> u64 {
        print_of(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nanoseconds_are_cut_towards_the_past() {
        let it = |nanos| Timestamp::from_nanosecond(nanos).expect("in range");
        assert_eq!(cut(it(1_999)), it(1_000));
        assert_eq!(cut(it(-1)), it(-1_000));
        assert_eq!(cut(it(5_000)), it(5_000));
        assert_eq!(cut(Timestamp::MAX).subsec_nanosecond(), 999_999_000);
    }

    fn read(text: &str) -> Option<String> {
        Timestamp::decode(ValueRef::Text(text)).ok().map(|it| it.to_string())
    }

    #[test]
    fn every_form_that_is_found_in_databases_is_read() {
        for (text, wanted) in [
            ("2024-02-29T12:34:56.789012Z", "2024-02-29T12:34:56.789012Z"),
            ("2024-05-06T07:08:09Z", "2024-05-06T07:08:09Z"),
            ("2024-05-06", "2024-05-06T00:00:00Z"),
            ("0001-01-01T00:00:00.000001Z", "0001-01-01T00:00:00.000001Z"),
            ("9999-12-30T22:00:00.000000Z", "9999-12-30T22:00:00Z"),
            ("9999-12-30T22:00:00.999999Z", "9999-12-30T22:00:00.999999Z"),
            ("2024-05-06 07:08:09.5", "2024-05-06T07:08:09.5Z"),
            ("2024-05-06T07:08", "2024-05-06T07:08:00Z"),
            ("20240506T070809Z", "2024-05-06T07:08:09Z"),
            ("20240506 070809.25", "2024-05-06T07:08:09.25Z"),
            ("2024-05-06T01:30:00.25+02:00", "2024-05-05T23:30:00.25Z"),
            ("2024-05-06T01:30:00-0530", "2024-05-06T07:00:00Z"),
            ("2024-05-06T01:30:00+02", "2024-05-05T23:30:00Z"),
            ("2024-05-06T07:08:09.123456789Z", "2024-05-06T07:08:09.123456Z"),
            ("1714979289", "2024-05-06T07:08:09Z"),
            ("-1.5", "1969-12-31T23:59:58.5Z"),
        ] {
            assert_eq!(read(text).as_deref(), Some(wanted), "{text}");
        }
        assert_eq!(Timestamp::decode(ValueRef::I64(0)).ok(), Some(Timestamp::UNIX_EPOCH));
    }

    #[test]
    fn what_no_timestamp_is_says_where_they_end() {
        for value in [
            ValueRef::Text("9999-12-31T23:59:59Z"),
            ValueRef::Text("9999-12-30T22:00:01.000000Z"),
            ValueRef::Text("0000-12-31T23:59:59.999999Z"),
            ValueRef::I64(i64::MAX),
            ValueRef::I64(-62_135_596_801),
            ValueRef::F64(1e12),
        ] {
            let error = Timestamp::decode(value).expect_err("it is outside");
            assert!(error.to_string().contains("9999-12-30T22:00:00.999999Z"), "{error}");
        }
    }

    #[test]
    fn days_are_counted_from_1970_and_back() {
        for (days, text) in [(0, "1970-01-01"), (-719_162, "0001-01-01"), (2_932_896, "9999-12-31")] {
            assert_eq!(date_from_days(days).map(|date| date.to_string()).ok().as_deref(), Some(text));
        }
        for days in [-719_163, 2_932_897, i64::MIN] {
            assert!(date_from_days(days).is_err());
        }
    }

    #[test]
    fn what_is_no_time_is_an_error() {
        for text in [
            "",
            "garbage",
            "2024-13-01",
            "2024-02-30T00:00:00Z",
            "2024-05-06T25:00:00Z",
            "2024-05-06T07:08:09X",
            "9999-12-31T23:59:59Z",
            "2024-05-06T07:08:09.Z",
            "2024-05-06T07:08:09+99:00",
            "infinity",
            "nan",
            "1e400",
            "2024-05-06T",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
        assert!(Date::decode(ValueRef::Text("2024-02-30")).is_err());
        assert!(Date::decode(ValueRef::Text("0000-12-31")).is_err());
        assert_eq!(
            Date::decode(ValueRef::Text("2024-02-29")).map(|it| it.to_string()).ok().as_deref(),
            Some("2024-02-29")
        );
    }
}
