//! From what callers write to a cell: the conversions that need no `.into()`.

use std::borrow::Cow;
use std::sync::Arc;

use super::{IntoOperand, IntoOperands, Key, Model, Operand, Operands, Ref};
use crate::value::RowValue;
use crate::{Field, Value};

/// What may be given for a field of type `T`: a `T`, a `&T`, a `T` for an
/// `Option<T>`, a `&str` for text, a row or its key for a reference.
///
/// A row is refused where a statement goes to another connection than the one it came from: its key
/// means another row there. The key itself is taken everywhere.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be given for a field of type `{T}`",
    label = "expected `{T}`"
)]
pub trait IntoValue<T> {
    /// The cell.
    fn into_value(self) -> Value;

    /// The connection that it came from, of a row.
    #[doc(hidden)]
    fn __connection(&self) -> Option<u32> {
        None
    }
}

/// Says what may be given for a field, and with that what it may be compared
/// with. A blanket impl of the one for the other would leave no room for
/// queries, whose types are the models' own.
macro_rules! given {
    ($([$($generics:tt)*] $from:ty => $target:ty: $it:ident => $value:expr;)*) => { $(
        impl<$($generics)*> IntoValue<$target> for $from {
            fn into_value(self) -> Value {
                let $it = self;
                $value
            }
        }

        impl<$($generics)*> IntoOperand<$target> for $from {
            fn into_operand(self) -> Operand {
                Operand::Value(IntoValue::<$target>::into_value(self))
            }
        }
    )* };
}

given! {
    [T: Field] T => T: it => Field::into_value(it);
    [T: Field] &T => T: it => it.to_value();
    [T: Field] T => Option<T>: it => Field::into_value(it);
    [T: Field] &T => Option<T>: it => it.to_value();
    [] Box<str> => String: it => Value::Text(it.into());
    [] Box<str> => Option<String>: it => Value::Text(it.into());
    [] Cow<'_, str> => String: it => Value::Text(it.into());
    [] Cow<'_, str> => Option<String>: it => Value::Text(it.into());
    [] String => Box<str>: it => Value::Text(it);
    [] String => Option<Box<str>>: it => Value::Text(it);
}

/// A row stands for its key, and remembers where that key means it.
macro_rules! row {
    ($($target:ty),*) => { $(
        impl<M: Model<Key: Key>> IntoValue<$target> for &M {
            fn into_value(self) -> Value {
                self.key().to_value()
            }

            fn __connection(&self) -> Option<u32> {
                Some(M::__origin(self))
            }
        }

        impl<M: Model<Key: Key>> IntoOperand<$target> for &M {
            fn into_operand(self) -> Operand {
                Operand::Row(self.key().to_value(), M::__origin(self))
            }
        }
    )* };
}

row!(Ref<M>, Option<Ref<M>>);

macro_rules! text {
    ($($owner:ty),* $(,)?) => { $(
        given! {
            [] &str => $owner: it => Value::Text(it.to_owned());
            [] &str => Option<$owner>: it => Value::Text(it.to_owned());
            [] &&str => $owner: it => Value::Text((*it).to_owned());
            [] &&str => Option<$owner>: it => Value::Text((*it).to_owned());
        }
    )* };
}

text!(String, Box<str>, Arc<str>, Cow<'static, str>);

macro_rules! key {
    (@ref $($key:ty),* $(,)?) => { $(
        given! {
            [M: Model<Key = $key>] Ref<M> => $key: it => Field::into_value(it);
            [M: Model<Key = $key>] &Ref<M> => $key: it => it.to_value();
        }
    )* };
    ($($key:ty as $given:ty),* $(,)?) => { $(
        given! {
            [M: Model<Key = $key>] $given => Ref<M>: it => IntoValue::<$key>::into_value(it);
            [M: Model<Key = $key>] $given => Option<Ref<M>>: it => IntoValue::<$key>::into_value(it);
        }
    )* };
}

key!(i16 as i16, i32 as i32, i64 as i64, u32 as u32, String as String, String as &str);
key!(@ref i16, i32, i64, u32, String);
#[cfg(feature = "uuid")]
key!(uuid::Uuid as uuid::Uuid);
#[cfg(feature = "uuid")]
key!(@ref uuid::Uuid);

/// What may be given for a list of values of type `T`: an array, a vector, a
/// slice, a range, an iterator.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a list of values for a field of type `{T}`",
    label = "expected an array, a vector, a range or an iterator of `{T}`"
)]
pub trait IntoValues<T> {
    /// The cells.
    fn into_values(self) -> Vec<Value>;

    /// The cells, and the connections of the rows among them.
    #[doc(hidden)]
    fn __into_operands(self) -> Operands;
}

impl<T, I> IntoValues<T> for I
where
    I: IntoIterator,
    I::Item: IntoValue<T>,
{
    fn into_values(self) -> Vec<Value> {
        self.into_iter().map(IntoValue::into_value).collect()
    }

    fn __into_operands(self) -> Operands {
        IntoOperands::<T>::into_operands(self)
    }
}

/// What may be given for a field that is named at run time.
impl From<bool> for Value {
    fn from(it: bool) -> Self {
        Self::Bool(it)
    }
}

macro_rules! from {
    ($($name:ty),* $(,)?) => { $(
        impl From<$name> for Value {
            fn from(it: $name) -> Self {
                Field::into_value(it)
            }
        }
    )* };
}

from!(i8, i16, i32, i64, u8, u16, u32, f32, f64, String, Vec<u8>, jiff::Timestamp, jiff::civil::Date);
#[cfg(feature = "uuid")]
from!(uuid::Uuid);

impl From<&str> for Value {
    fn from(it: &str) -> Self {
        Self::Text(it.to_owned())
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(it: Option<T>) -> Self {
        it.map_or(Self::Null, Into::into)
    }
}

impl<M: Model<Key: Key>> From<Ref<M>> for Value {
    fn from(it: Ref<M>) -> Self {
        Field::into_value(it)
    }
}

/// The key, and with it the model and the connection that the row came from: a query by name
/// refuses a row of another, as those by method do.
impl<M: Model<Key: Key>> From<&M> for Value {
    fn from(row: &M) -> Self {
        let (key, connection) = (row.key().to_value(), M::__origin(row));
        Self::Row(Box::new(RowValue { key, connection, schema: M::schema }))
    }
}
