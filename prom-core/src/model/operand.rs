//! What a field is compared with.

use super::{IntoValue, Model, RawQuery, Ref, RowConnections};
use crate::query::DatePart;
use crate::{Field, Value};

/// What a field is compared with.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Operand {
    /// A value.
    Value(Value),
    /// The key of a row, and the connection that the row came from.
    #[doc(hidden)]
    Row(Value, u32),
    /// The first row of another query, which gives one column.
    Query(Box<RawQuery>),
    /// Not the field is compared but a part of it, and with a number.
    Part(DatePart),
}

/// What a field should be one of.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Operands {
    /// Values.
    Values(Vec<Value>),
    /// The keys of rows among others, and the connections that the rows came from.
    #[doc(hidden)]
    Rows(Vec<Value>, RowConnections),
    /// The rows of another query, which gives one column.
    Query(Box<RawQuery>),
    /// Not the field is looked for but a part of it, among numbers.
    Part(DatePart),
}

/// What may be compared with a field of type `T`: what [`IntoValue`] takes, a
/// query that selects one `T`, and for timestamps a [`date`](crate::date) part.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be compared with a field of type `{T}`",
    label = "expected `{T}`"
)]
pub trait IntoOperand<T> {
    /// The operand.
    fn into_operand(self) -> Operand;
}

/// What may be a list of values for a field of type `T`: an array, a vector, a
/// slice, a range, an iterator, a query that selects one `T`, a
/// [`date`](crate::date) part.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a list of values for a field of type `{T}`",
    label = "expected an array, a vector, a range, an iterator or a query of `{T}`"
)]
pub trait IntoOperands<T> {
    /// The operands.
    fn into_operands(self) -> Operands;
}

impl<T, I> IntoOperands<T> for I
where
    I: IntoIterator,
    I::Item: IntoValue<T>,
{
    fn into_operands(self) -> Operands {
        let mut rows = RowConnections::default();
        let cell = |value: I::Item| {
            if let Some(connection) = value.__connection() {
                rows.add(connection);
            }
            value.into_value()
        };
        let values = self.into_iter().map(cell).collect();
        if rows.is_empty() { Operands::Values(values) } else { Operands::Rows(values, rows) }
    }
}

macro_rules! date_part {
    ($($of:ty),*) => { $(
        impl IntoOperand<$of> for DatePart {
            fn into_operand(self) -> Operand {
                Operand::Part(self)
            }
        }

        impl IntoOperands<$of> for DatePart {
            fn into_operands(self) -> Operands {
                Operands::Part(self)
            }
        }
    )* };
}

date_part!(jiff::Timestamp, Option<jiff::Timestamp>, jiff::civil::Date, Option<jiff::civil::Date>);

/// A column whose values may be compared with a field of type `T`: of that type,
/// `Option` or not on either side, and keys for references.
#[diagnostic::on_unimplemented(
    message = "a query that selects `{Self}` cannot be compared with a field of type `{T}`",
    label = "selects `{Self}` where `{T}` is expected"
)]
pub trait Fits<T> {}

impl<T: Field> Fits<T> for T {}
impl<T: Field> Fits<T> for Option<T> {}
impl<T: Field> Fits<Option<T>> for T {}

macro_rules! key {
    ($($key:ty),* $(,)?) => { $(
        impl<M: Model<Key = $key>> Fits<$key> for Ref<M> {}
        impl<M: Model<Key = $key>> Fits<$key> for Option<Ref<M>> {}
        impl<M: Model<Key = $key>> Fits<Ref<M>> for $key {}
        impl<M: Model<Key = $key>> Fits<Option<Ref<M>>> for $key {}
    )* };
}

key!(i16, i32, i64, u32, String);
#[cfg(feature = "uuid")]
key!(uuid::Uuid);
