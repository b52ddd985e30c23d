//! Parts of a timestamp, as values of conditions: `eq_at(date::year(2013))`.

use crate::Value;

/// A part of a timestamp or of a date, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Part {
    /// The year.
    Year,
    /// The month, 1 to 12.
    Month,
    /// The day of the month, 1 to 31.
    Day,
    /// The hour, 0 to 23.
    Hour,
    /// The minute, 0 to 59.
    Minute,
    /// The whole second, 0 to 59.
    Second,
    /// The day of the week: 0 is Sunday.
    Weekday,
    /// The week of ISO 8601, 1 to 53.
    Week,
    /// The day of the year, 1 to 366.
    YearDay,
}

impl Part {
    /// Whether a day of the calendar has it.
    pub fn is_of_a_date(self) -> bool {
        !matches!(self, Self::Hour | Self::Minute | Self::Second)
    }
}

/// A part of a timestamp and what it should be; made by the functions of
/// [`date`](crate::date).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatePart {
    pub(crate) part: Part,
    pub(crate) values: Vec<i64>,
}

impl DatePart {
    pub(crate) fn into_list(self) -> (Part, Value) {
        (self.part, Value::List(self.values.into_iter().map(Value::I64).collect()))
    }
}

/// One number, or several.
pub trait Numbers {
    /// The numbers.
    fn into_numbers(self) -> Vec<i64>;
}

impl Numbers for i64 {
    fn into_numbers(self) -> Vec<i64> {
        vec![self]
    }
}

impl<const N: usize> Numbers for [i64; N] {
    fn into_numbers(self) -> Vec<i64> {
        self.to_vec()
    }
}

impl Numbers for Vec<i64> {
    fn into_numbers(self) -> Vec<i64> {
        self
    }
}

impl Numbers for std::ops::RangeInclusive<i64> {
    fn into_numbers(self) -> Vec<i64> {
        self.collect()
    }
}

macro_rules! parts {
    ($($(#[$doc:meta])* $name:ident: $part:ident,)*) => { $(
        $(#[$doc])*
        pub fn $name(values: impl Numbers) -> DatePart {
            DatePart { part: Part::$part, values: values.into_numbers() }
        }
    )* };
}

parts! {
    /// The year.
    year: Year,
    /// The month, 1 to 12.
    month: Month,
    /// The day of the month, 1 to 31.
    day: Day,
    /// The hour, 0 to 23.
    hour: Hour,
    /// The minute, 0 to 59.
    minute: Minute,
    /// The whole second, 0 to 59.
    second: Second,
    /// The day of the week: 0 is Sunday.
    weekday: Weekday,
    /// The week of ISO 8601, 1 to 53: the first has the year's first Thursday.
    week: Week,
    /// The day of the year, 1 to 366.
    year_day: YearDay,
}
