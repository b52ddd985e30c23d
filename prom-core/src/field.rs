//! What a Rust type must know to be a field: [`Field`].

mod number;
mod text;
mod time;

pub use time::{date_from_days, timestamp_from_micros};
pub(crate) use time::{now, read_timestamp, timestamp_of};

use crate::schema::{Choices, Type};
use crate::value::null_print;
use crate::{Error, Kind, Result, Value, ValueRef};

/// A type that a field of a model may have.
///
/// Implemented for the types that the guide lists, for `Option` of each of
/// them, and by `#[derive(prom::Enum)]` and `#[derive(prom::Field)]`. A type of
/// your own needs three items:
///
/// ```
/// use prom_core::{Error, Field, Kind, Result, Type, Value, ValueRef};
///
/// struct Celsius(f64);
///
/// impl Field for Celsius {
///     const TYPE: Type = Type::F64;
///
///     fn to_value(&self) -> Value {
///         Value::F64(self.0)
///     }
///
///     fn decode(value: ValueRef<'_>) -> Result<Self> {
///         f64::decode(value).map(Celsius)
///     }
/// }
/// # assert_eq!(Celsius::decode(ValueRef::F64(36.6)).unwrap().0, 36.6);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be stored in a field",
    label = "not a type that a field may have",
    note = "the guide lists the types; `#[derive(prom::Enum)]` and `#[derive(prom::Field)]` add enums and newtypes, \
            `#[field(skip)]` leaves the field out of the table"
)]
pub trait Field: Sized + Send + Sync + 'static {
    /// What the column holds.
    const TYPE: Type;

    /// Whether the column may be NULL: only `Option` says so.
    const NULLABLE: bool = false;

    /// The only values that there are, if they can be counted: an enum says so.
    const CHOICES: Option<Choices> = None;

    /// The least and the greatest whole number that there is, where that is less
    /// than the column holds: `u8` lives in a column of 16 bits.
    const RANGE: Option<(i64, i64)> = None;

    /// Whether [`decode`](Field::decode) takes every value of [`TYPE`](Field::TYPE) that
    /// is one of [`CHOICES`](Field::CHOICES) and within [`RANGE`](Field::RANGE), and of
    /// times and days those of the years 1 to 9999. An `upsert` then needs no transaction
    /// to be undone where it gives a row that cannot be decoded. A type that refuses a
    /// value for reasons of its own leaves it at `false`.
    const DECODES_ALL: bool = false;

    /// The value as it is stored. After a write, the row in memory has what
    /// [`decode`](Field::decode) makes of it; what that refuses is not written.
    fn to_value(&self) -> Value;

    /// The value as it is stored, without a copy where it can be moved.
    fn into_value(self) -> Value {
        self.to_value()
    }

    /// The value that a cell holds.
    ///
    /// # Errors
    ///
    /// [`Kind::Decode`] when the cell holds something else; prom adds the
    /// model's and the field's name. The text should not show the value.
    fn decode(value: ValueRef<'_>) -> Result<Self>;

    /// The value that an owned cell holds, moved where it can be.
    ///
    /// # Errors
    ///
    /// As [`decode`](Field::decode).
    fn from_value(value: Value) -> Result<Self> {
        Self::decode(value.as_ref())
    }

    /// A value as this type stores it: what it decodes of it, encoded again.
    #[doc(hidden)]
    fn __convert(value: Value) -> Result<Value> {
        Self::from_value(value).map(Self::into_value)
    }

    /// 64 bits that differ when the stored value does; change tracking keeps
    /// them. Types of up to 64 bits give themselves, longer ones a keyed hash.
    fn fingerprint(&self) -> u64 {
        self.to_value().fingerprint()
    }
}

/// The error for a cell that is not what a field wants.
///
/// ```
/// use prom_core::{ValueRef, mismatch};
///
/// let error = mismatch("an integer", ValueRef::Text("x"));
/// assert_eq!(error.to_string(), "expected an integer, found text");
/// ```
#[cold]
pub fn mismatch(expected: &str, found: ValueRef<'_>) -> Error {
    Error::new(Kind::Decode, format!("expected {expected}, found {}", found.kind()))
}

impl<T: Field> Field for Option<T> {
    const TYPE: Type = T::TYPE;
    const NULLABLE: bool = true;
    const CHOICES: Option<Choices> = T::CHOICES;
    const RANGE: Option<(i64, i64)> = T::RANGE;
    const DECODES_ALL: bool = T::DECODES_ALL;

    fn to_value(&self) -> Value {
        self.as_ref().map_or(Value::Null, T::to_value)
    }

    fn into_value(self) -> Value {
        self.map_or(Value::Null, T::into_value)
    }

    fn decode(value: ValueRef<'_>) -> Result<Self> {
        match value {
            ValueRef::Null => Ok(None),
            it => T::decode(it).map(Some),
        }
    }

    fn from_value(value: Value) -> Result<Self> {
        match value {
            Value::Null => Ok(None),
            it => T::from_value(it).map(Some),
        }
    }

    fn fingerprint(&self) -> u64 {
        self.as_ref().map_or_else(null_print, T::fingerprint)
    }
}

impl Field for bool {
    const TYPE: Type = Type::Bool;
    const DECODES_ALL: bool = true;

    fn to_value(&self) -> Value {
        Value::Bool(*self)
    }

    fn decode(value: ValueRef<'_>) -> Result<Self> {
        match value.whole() {
            ValueRef::Bool(it) => Ok(it),
            ValueRef::I64(0) => Ok(false),
            ValueRef::I64(1) => Ok(true),
            it => Err(mismatch("a boolean", it)),
        }
    }

    fn fingerprint(&self) -> u64 {
        u64::from(*self)
    }
}

#[cfg(feature = "uuid")]
impl Field for uuid::Uuid {
    const TYPE: Type = Type::Uuid;
    const DECODES_ALL: bool = true;

    fn to_value(&self) -> Value {
        Value::Uuid(*self)
    }

    fn decode(value: ValueRef<'_>) -> Result<Self> {
        match value {
            ValueRef::Uuid(it) => Ok(it),
            ValueRef::Text(it) => Self::try_parse(it).map_err(|_| mismatch("a UUID", value)),
            ValueRef::Bytes(it) => Self::from_slice(it).map_err(|_| mismatch("a UUID", value)),
            it => Err(mismatch("a UUID", it)),
        }
    }
}
