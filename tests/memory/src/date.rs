//! A part of an instant, in UTC, or of a day of the calendar.

use jiff::civil::DateTime;
use jiff::tz::Offset;
use prom_core::Value;
use prom_core::query::Part;

/// The part of `value`; none of what is no time.
pub(crate) fn part(value: &Value, part: Part) -> Option<i64> {
    let time = match value {
        Value::Timestamp(instant) => Offset::UTC.to_datetime(*instant),
        Value::Date(day) => DateTime::from(*day),
        _ => return None,
    };
    Some(match part {
        Part::Year => time.year().into(),
        Part::Month => time.month().into(),
        Part::Day => time.day().into(),
        Part::Hour => time.hour().into(),
        Part::Minute => time.minute().into(),
        Part::Second => time.second().into(),
        Part::Weekday => time.weekday().to_sunday_zero_offset().into(),
        Part::Week => time.iso_week_date().week().into(),
        Part::YearDay => time.day_of_year().into(),
        _ => return None,
    })
}
