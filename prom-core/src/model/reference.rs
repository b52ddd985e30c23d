//! A typed key: which row of which model.

use std::fmt;
use std::hash::{Hash, Hasher};

use super::{Key, Model};
use crate::schema::Type;
use crate::{Field, Result, Value, ValueRef};

/// The key of a row of `T`, and nothing else: a reference.
///
/// As a field it is required and strong: the row goes when the one that it
/// refers to goes. `Option<Ref<T>>` is weak, and becomes `None` then.
pub struct Ref<T: Model>(T::Key);

impl<T: Model<Key: Key>> Ref<T> {
    /// A reference to the row with that key, whether there is one or not.
    pub fn new(key: T::Key) -> Self {
        Self(key)
    }

    /// The key.
    pub fn key(&self) -> &T::Key {
        &self.0
    }

    /// The key, taken out.
    pub fn into_key(self) -> T::Key {
        self.0
    }
}

impl<T: Model<Key: Key>> Field for Ref<T> {
    const TYPE: Type = <T::Key as Field>::TYPE;
    const RANGE: Option<(i64, i64)> = <T::Key as Field>::RANGE;
    // It does not have the choices of its key.
    const DECODES_ALL: bool = <T::Key as Field>::DECODES_ALL && <T::Key as Field>::CHOICES.is_none();

    fn to_value(&self) -> Value {
        self.0.to_value()
    }

    fn into_value(self) -> Value {
        self.0.into_value()
    }

    fn decode(value: ValueRef<'_>) -> Result<Self> {
        T::Key::decode(value).map(Self)
    }

    fn from_value(value: Value) -> Result<Self> {
        T::Key::from_value(value).map(Self)
    }

    fn fingerprint(&self) -> u64 {
        self.0.fingerprint()
    }
}

impl<T: Model> Clone for Ref<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: Model<Key: Copy>> Copy for Ref<T> {}

impl<T: Model<Key: PartialEq>> PartialEq for Ref<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<T: Model<Key: Eq>> Eq for Ref<T> {}

impl<T: Model<Key: PartialEq>> PartialEq<T> for Ref<T> {
    fn eq(&self, other: &T) -> bool {
        self.0 == *other.key()
    }
}

impl<T: Model<Key = i64>> PartialEq<i64> for Ref<T> {
    fn eq(&self, other: &i64) -> bool {
        self.0 == *other
    }
}

impl<T: Model<Key = String>> PartialEq<str> for Ref<T> {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl<T: Model<Key: PartialOrd>> PartialOrd for Ref<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        self.0.partial_cmp(&other.0)
    }
}

impl<T: Model<Key: Ord>> Ord for Ref<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}

impl<T: Model<Key: Hash>> Hash for Ref<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<T: Model<Key: fmt::Debug>> fmt::Debug for Ref<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({:?})", T::schema().model(), self.0)
    }
}

impl<T: Model<Key: fmt::Display>> fmt::Display for Ref<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<T: Model> From<&T> for Ref<T> {
    fn from(row: &T) -> Self {
        Self(row.key().clone())
    }
}

macro_rules! from_key {
    ($($from:ty => $key:ty),* $(,)?) => { $(
        impl<T: Model<Key = $key>> From<$from> for Ref<T> {
            fn from(key: $from) -> Self {
                Self(key.into())
            }
        }
    )* };
}

from_key!(i16 => i16, i32 => i32, i64 => i64, u32 => u32, String => String, &str => String);
#[cfg(feature = "uuid")]
from_key!(uuid::Uuid => uuid::Uuid);
