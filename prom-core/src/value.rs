//! One cell, owned ([`Value`]) or borrowed from a driver's row ([`ValueRef`]).

mod numeric;

use std::sync::{Arc, LazyLock};

use foldhash::quality::RandomState;
use jiff::Timestamp;
use jiff::civil::Date;
use std::hash::BuildHasher;

use crate::schema::Schema;

pub use numeric::Numeric;

/// One cell on its way to the database: a parameter of a statement.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Value {
    /// SQL's NULL.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    I64(i64),
    /// A floating-point number; NaN is refused where a row is written.
    F64(f64),
    /// Text without NUL characters.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// An instant, in microseconds.
    Timestamp(Timestamp),
    /// A day of the calendar.
    Date(Date),
    /// A UUID.
    #[cfg(feature = "uuid")]
    Uuid(uuid::Uuid),
    /// Several values, as `in` takes them; cheap to clone.
    List(Arc<[Value]>),
    /// What only one backend knows: an array, a range, an address.
    Other(Box<Other>),
    /// A row. Queries take the key out of it: no backend sees it.
    #[doc(hidden)]
    Row(Box<RowValue>),
}

/// What a row is as a value.
#[doc(hidden)]
#[derive(Debug, Clone)]
pub struct RowValue {
    pub(crate) key: Value,
    /// Where it came from.
    pub(crate) connection: u32,
    /// Of which model it is.
    pub(crate) schema: fn() -> &'static Schema,
}

/// A row is its key, whatever connection it came from.
impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::List(list), Self::List(other)) => list == other,
            (Self::List(_), _) | (_, Self::List(_)) => false,
            (value, other) => value.as_ref() == other.as_ref(),
        }
    }
}

/// A value in a form that only one backend knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Other {
    /// The backend's name of the type.
    pub type_name: String,
    /// The value as the backend writes it.
    pub bytes: Vec<u8>,
}

/// One cell of a row, borrowed from the driver.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum ValueRef<'a> {
    /// SQL's NULL.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    I64(i64),
    /// A floating-point number.
    F64(f64),
    /// A decimal number of any length. It is read as a floating-point number, as text, and
    /// as a whole number if it is one; [`to_owned`](Self::to_owned) makes text of it.
    Numeric(Numeric<'a>),
    /// Text.
    Text(&'a str),
    /// Bytes.
    Bytes(&'a [u8]),
    /// An instant.
    Timestamp(Timestamp),
    /// A day of the calendar.
    Date(Date),
    /// A UUID.
    #[cfg(feature = "uuid")]
    Uuid(uuid::Uuid),
    /// What only one backend knows.
    Other {
        /// The backend's name of the type.
        type_name: &'a str,
        /// The value as the backend reads it.
        bytes: &'a [u8],
    },
}

impl Value {
    /// The same cell, borrowed. A list has no borrowed form and becomes NULL:
    /// no row holds one.
    pub fn as_ref(&self) -> ValueRef<'_> {
        match self {
            Self::Null | Self::List(_) => ValueRef::Null,
            Self::Bool(it) => ValueRef::Bool(*it),
            Self::I64(it) => ValueRef::I64(*it),
            Self::F64(it) => ValueRef::F64(*it),
            Self::Text(it) => ValueRef::Text(it),
            Self::Bytes(it) => ValueRef::Bytes(it),
            Self::Timestamp(it) => ValueRef::Timestamp(*it),
            Self::Date(it) => ValueRef::Date(*it),
            #[cfg(feature = "uuid")]
            Self::Uuid(it) => ValueRef::Uuid(*it),
            Self::Other(it) => ValueRef::Other { type_name: &it.type_name, bytes: &it.bytes },
            Self::Row(row) => row.key.as_ref(),
        }
    }

    /// The value, or the key of the row that it is and the connection that the row came from.
    pub(crate) fn into_key(self) -> (Self, Option<u32>) {
        match self {
            Self::Row(row) => (row.key, Some(row.connection)),
            value => (value, None),
        }
    }

    /// Whether this is NULL.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The name of the kind of value, for messages; never the value.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::List(_) => "a list",
            it => it.as_ref().kind(),
        }
    }

    /// What keeps every backend from holding it, if anything does.
    pub(crate) fn unstorable(&self) -> Option<&'static str> {
        match self {
            Self::Text(it) if it.contains('\0') => Some(NUL),
            Self::Text(it) if it.len() > MOST_BYTES => Some(TOO_LARGE),
            Self::Bytes(it) if it.len() > MOST_BYTES => Some(TOO_LARGE),
            Self::F64(it) if it.is_nan() => Some(NAN),
            // jiff's last years are within ours.
            Self::Timestamp(it) if it.as_nanosecond() < FIRST_SECOND * 1_000_000_000 => {
                Some("is outside the years 1 to 9999")
            }
            Self::Date(it) if it.year() < 1 => Some("is outside the years 1 to 9999"),
            Self::List(it) => it.iter().find_map(Self::unstorable),
            _ => None,
        }
    }

    /// What change tracking keeps of it: 64 bits that differ when the value does.
    pub(crate) fn fingerprint(&self) -> u64 {
        match self {
            Self::Null => *NULL_PRINT,
            Self::Bool(it) => u64::from(*it),
            Self::I64(it) => it.cast_unsigned(),
            Self::F64(it) => it.to_bits(),
            Self::Text(it) => print_of(it.as_bytes()),
            Self::Bytes(it) => print_of(it),
            Self::Timestamp(it) => it.as_microsecond().cast_unsigned(),
            Self::Date(it) => print_of(it),
            #[cfg(feature = "uuid")]
            Self::Uuid(it) => print_of(it.as_bytes()),
            Self::List(it) => it.iter().fold(0, |print, it| print_of(&(print, it.fingerprint()))),
            Self::Other(it) => print_of(&(&it.type_name, &it.bytes)),
            Self::Row(row) => row.key.fingerprint(),
        }
    }
}

impl ValueRef<'_> {
    /// The same cell, but for a decimal number that is a whole one of 64 bits, which is that.
    #[must_use]
    pub fn whole(self) -> Self {
        match self {
            Self::Numeric(number) => number.to_i64().map_or(self, Self::I64),
            other => other,
        }
    }

    /// The name of the kind of value, for messages; never the value.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "NULL",
            Self::Bool(_) => "a boolean",
            Self::I64(_) => "an integer",
            Self::F64(_) => "a floating-point number",
            Self::Numeric(_) => "a decimal number",
            Self::Text(_) => "text",
            Self::Bytes(_) => "bytes",
            Self::Timestamp(_) => "a timestamp",
            Self::Date(_) => "a date",
            #[cfg(feature = "uuid")]
            Self::Uuid(_) => "a UUID",
            Self::Other { .. } => "a value of the database's own type",
        }
    }

    /// The same cell, owned.
    pub fn to_owned(&self) -> Value {
        match *self {
            Self::Null => Value::Null,
            Self::Bool(it) => Value::Bool(it),
            Self::I64(it) => Value::I64(it),
            Self::F64(it) => Value::F64(it),
            // Whatever the number is, so that the kind of value is that of the column.
            Self::Numeric(number) => Value::Text(number.to_string()),
            Self::Text(it) => Value::Text(it.to_owned()),
            Self::Bytes(it) => Value::Bytes(it.to_owned()),
            Self::Timestamp(it) => Value::Timestamp(it),
            Self::Date(it) => Value::Date(it),
            #[cfg(feature = "uuid")]
            Self::Uuid(it) => Value::Uuid(it),
            Self::Other { type_name, bytes } => {
                Value::Other(Box::new(Other { type_name: type_name.to_owned(), bytes: bytes.to_owned() }))
            }
        }
    }
}

/// What is wrong with a NUL in text.
pub(crate) const NUL: &str = "holds a NUL character, which no backend stores in text";
/// What is wrong with NaN.
pub(crate) const NAN: &str = "is not a number (NaN), which sorts and compares nowhere";
/// How large a value is at most: PostgreSQL takes 1 GiB in a message, and SQLite this in a row.
const MOST_BYTES: usize = 1_000_000_000;
const TOO_LARGE: &str = "takes more than 1,000,000,000 bytes, which are the most: keep it in parts";

/// 0001-01-01T00:00:00Z.
const FIRST_SECOND: i128 = -62_135_596_800;

static KEY: LazyLock<RandomState> = LazyLock::new(RandomState::default);
static NULL_PRINT: LazyLock<u64> = LazyLock::new(|| print_of("NULL"));

/// A 64-bit fingerprint, keyed anew in each process.
pub(crate) fn print_of(value: &(impl std::hash::Hash + ?Sized)) -> u64 {
    KEY.hash_one(value)
}

/// What change tracking keeps of NULL.
pub(crate) fn null_print() -> u64 {
    *NULL_PRINT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unset_value_takes_no_more_room_than_a_set_one() {
        assert_eq!(size_of::<Value>(), 32);
        assert_eq!(size_of::<Option<Value>>(), size_of::<Value>());
    }

    #[test]
    fn a_value_that_no_backend_takes_is_known_by_its_length() {
        // Pages that nobody touches take no memory.
        assert!(Value::Bytes(vec![0; MOST_BYTES + 1]).unstorable().is_some());
        assert_eq!(Value::Bytes(vec![0; MOST_BYTES]).unstorable(), None);
    }

    #[test]
    fn null_and_the_empty_text_leave_different_prints() {
        assert_ne!(Value::Null.fingerprint(), Value::Text(String::new()).fingerprint());
        assert_ne!(Value::Null.fingerprint(), Value::I64(0).fingerprint());
    }
}
