//! From what callers write to a cell: the conversions that need no `.into()`.

use std::borrow::Cow;
use std::sync::Arc;

use super::{Key, Model, Ref};
use crate::{Field, Value};

/// What may be given for a field of type `T`: a `T`, a `&T`, a `T` for an
/// `Option<T>`, a `&str` for text, a row or its key for a reference.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be given for a field of type `{T}`",
    label = "expected `{T}`"
)]
pub trait IntoValue<T> {
    /// The cell.
    fn into_value(self) -> Value;
}

impl<T: Field> IntoValue<T> for T {
    fn into_value(self) -> Value {
        Field::into_value(self)
    }
}

impl<T: Field> IntoValue<T> for &T {
    fn into_value(self) -> Value {
        self.to_value()
    }
}

impl<T: Field> IntoValue<Option<T>> for T {
    fn into_value(self) -> Value {
        Field::into_value(self)
    }
}

impl<T: Field> IntoValue<Option<T>> for &T {
    fn into_value(self) -> Value {
        self.to_value()
    }
}

macro_rules! text {
    ($($owner:ty),* $(,)?) => { $(
        text!(@ $owner);
        text!(@ Option<$owner>);
    )* };
    (@ $target:ty) => {
        impl IntoValue<$target> for &str {
            fn into_value(self) -> Value {
                Value::Text(self.to_owned())
            }
        }

        impl IntoValue<$target> for &&str {
            fn into_value(self) -> Value {
                Value::Text((*self).to_owned())
            }
        }
    };
}

text!(String, Box<str>, Arc<str>, Cow<'static, str>);

macro_rules! owned_text {
    ($($from:ty),* => $target:ty) => { $(
        impl IntoValue<$target> for $from {
            fn into_value(self) -> Value {
                Value::Text(self.into())
            }
        }

        impl IntoValue<Option<$target>> for $from {
            fn into_value(self) -> Value {
                Value::Text(self.into())
            }
        }
    )* };
}

owned_text!(Box<str>, Cow<'_, str> => String);
owned_text!(String => Box<str>);

impl<M: Model<Key: Key>> IntoValue<Ref<M>> for &M {
    fn into_value(self) -> Value {
        self.key().to_value()
    }
}

impl<M: Model<Key: Key>> IntoValue<Option<Ref<M>>> for &M {
    fn into_value(self) -> Value {
        self.key().to_value()
    }
}

macro_rules! key {
    ($($key:ty as $given:ty),* $(,)?) => { $(
        impl<M: Model<Key = $key>> IntoValue<Ref<M>> for $given {
            fn into_value(self) -> Value {
                IntoValue::<$key>::into_value(self)
            }
        }

        impl<M: Model<Key = $key>> IntoValue<Option<Ref<M>>> for $given {
            fn into_value(self) -> Value {
                IntoValue::<$key>::into_value(self)
            }
        }
    )* };
}

key!(i16 as i16, i32 as i32, i64 as i64, u32 as u32, String as String, String as &str);
#[cfg(feature = "uuid")]
key!(uuid::Uuid as uuid::Uuid);

/// What may be given for a list of values of type `T`: an array, a vector, a
/// slice, a range, an iterator.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a list of values for a field of type `{T}`",
    label = "expected an array, a vector, a range or an iterator of `{T}`"
)]
pub trait IntoValues<T> {
    /// The cells.
    fn into_values(self) -> Vec<Value>;
}

impl<T, I> IntoValues<T> for I
where
    I: IntoIterator,
    I::Item: IntoValue<T>,
{
    fn into_values(self) -> Vec<Value> {
        self.into_iter().map(IntoValue::into_value).collect()
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

impl<M: Model<Key: Key>> From<&M> for Value {
    fn from(it: &M) -> Self {
        it.key().to_value()
    }
}
