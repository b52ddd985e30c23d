//! Text and bytes, in the types that own them.

use std::borrow::Cow;
use std::sync::Arc;

use super::{Field, mismatch};
use crate::schema::Type;
use crate::value::print_of;
use crate::{Result, Value, ValueRef};

/// A number of any length is read as it is written in decimal.
fn text(value: ValueRef<'_>) -> Result<Cow<'_, str>> {
    match value {
        ValueRef::Text(it) => Ok(Cow::Borrowed(it)),
        ValueRef::Numeric(number) => Ok(Cow::Owned(number.to_string())),
        it => Err(mismatch("text", it)),
    }
}

macro_rules! text {
    ($($name:ty: $into:expr),* $(,)?) => { $(
        impl Field for $name {
            const TYPE: Type = Type::Text;
            const DECODES_ALL: bool = true;

            fn to_value(&self) -> Value {
                Value::Text(String::from(&**self))
            }

            fn into_value(self) -> Value {
                Value::Text($into(self))
            }

            fn decode(value: ValueRef<'_>) -> Result<Self> {
                text(value).map(|text| text.into_owned().into())
            }

            fn from_value(value: Value) -> Result<Self> {
                match value {
                    Value::Text(it) => Ok(it.into()),
                    it => Self::decode(it.as_ref()),
                }
            }

            fn fingerprint(&self) -> u64 {
                print_of(str::as_bytes(self))
            }
        }
    )* };
}

text!(
    String: |it| it,
    Box<str>: String::from,
    Arc<str>: |it: Self| String::from(&*it),
    Cow<'static, str>: Cow::into_owned,
);

impl Field for Vec<u8> {
    const TYPE: Type = Type::Bytes;
    const DECODES_ALL: bool = true;

    fn to_value(&self) -> Value {
        Value::Bytes(self.clone())
    }

    fn into_value(self) -> Value {
        Value::Bytes(self)
    }

    fn decode(value: ValueRef<'_>) -> Result<Self> {
        match value {
            ValueRef::Bytes(it) => Ok(it.to_owned()),
            it => Err(mismatch("bytes", it)),
        }
    }

    fn from_value(value: Value) -> Result<Self> {
        match value {
            Value::Bytes(it) => Ok(it),
            it => Self::decode(it.as_ref()),
        }
    }

    fn fingerprint(&self) -> u64 {
        print_of(self.as_slice())
    }
}
