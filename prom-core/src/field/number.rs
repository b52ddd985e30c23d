//! Whole and floating-point numbers.

use super::{Field, mismatch};
use crate::schema::Type;
use crate::{Error, Kind, Result, Value, ValueRef};

macro_rules! integer {
    ($($name:ty: $ty:ident),* $(,)?) => { $(
        impl Field for $name {
            const TYPE: Type = Type::$ty;
            #[expect(clippy::allow_attributes, reason = "`i64` is among them")]
            #[allow(clippy::cast_lossless, trivial_numeric_casts, reason = "`From` is not const")]
            const RANGE: Option<(i64, i64)> = Some((<$name>::MIN as i64, <$name>::MAX as i64));
            const DECODES_ALL: bool = true;

            fn to_value(&self) -> Value {
                Value::I64(i64::from(*self))
            }

            fn decode(value: ValueRef<'_>) -> Result<Self> {
                match value.whole() {
                    ValueRef::I64(it) => it.try_into().map_err(|_| out_of_range(stringify!($name))),
                    ValueRef::Numeric(number) if number.is_whole() => {
                        Err(out_of_range(stringify!($name)))
                    }
                    ValueRef::Numeric(_) => Err(not_whole()),
                    it => Err(mismatch("an integer", it)),
                }
            }

            fn fingerprint(&self) -> u64 {
                i64::from(*self).cast_unsigned()
            }
        }
    )* };
}

integer!(i8: I16, i16: I16, i32: I32, i64: I64, u8: I16, u16: I32, u32: I64);

#[cold]
fn out_of_range(wanted: &str) -> Error {
    Error::new(Kind::Decode, format!("the integer is outside the range of {wanted}"))
}

#[cold]
fn not_whole() -> Error {
    Error::new(Kind::Decode, "expected an integer, found a decimal number that is not whole")
}

#[cold]
fn beyond(wanted: &str) -> Error {
    Error::new(Kind::Decode, format!("the number is outside the range of {wanted}"))
}

/// `-0.0` is stored as `0.0`: SQLite keeps no sign of a zero.
impl Field for f64 {
    const TYPE: Type = Type::F64;
    const DECODES_ALL: bool = true;

    fn to_value(&self) -> Value {
        Value::F64(*self + 0.0)
    }

    fn decode(value: ValueRef<'_>) -> Result<Self> {
        match value {
            ValueRef::F64(it) => Ok(it),
            ValueRef::Numeric(number) => number.to_f64().ok_or_else(|| beyond("f64")),
            // A column of numeric affinity keeps whole numbers as integers.
            #[expect(clippy::cast_precision_loss, reason = "asked back to see that nothing was lost")]
            ValueRef::I64(it) if exact(it as Self) == Some(it) => Ok(it as Self),
            it => Err(mismatch("a floating-point number", it)),
        }
    }

    fn fingerprint(&self) -> u64 {
        (*self + 0.0).to_bits()
    }
}

/// The whole number that `it` is, if it is one of 64 bits.
fn exact(it: f64) -> Option<i64> {
    const END: f64 = 9_223_372_036_854_775_808.0;
    #[expect(clippy::cast_possible_truncation, reason = "whole and within 64 bits")]
    (it.fract() == 0.0 && (-END..END).contains(&it)).then_some(it as i64)
}

impl Field for f32 {
    const TYPE: Type = Type::F32;
    const DECODES_ALL: bool = true;

    fn to_value(&self) -> Value {
        Value::F64(f64::from(*self) + 0.0)
    }

    fn decode(value: ValueRef<'_>) -> Result<Self> {
        if let ValueRef::Numeric(number) = value {
            return number.to_f32().ok_or_else(|| beyond("f32"));
        }
        let wide = f64::decode(value)?;
        #[expect(clippy::cast_possible_truncation, reason = "the nearest value is what was written")]
        let narrow = wide as Self;
        if narrow.is_infinite() && wide.is_finite() {
            return Err(beyond("f32"));
        }
        Ok(narrow)
    }

    fn fingerprint(&self) -> u64 {
        u64::from((*self + 0.0).to_bits())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_does_not_fit_is_an_error() {
        assert!(u8::decode(ValueRef::I64(256)).is_err());
        assert!(u32::decode(ValueRef::I64(-1)).is_err());
        assert_eq!(u32::decode(ValueRef::I64(4_294_967_295)).ok(), Some(u32::MAX));
        assert!(i64::decode(ValueRef::F64(1.0)).is_err());
        assert!(f32::decode(ValueRef::F64(1e300)).is_err());
        assert!(f64::decode(ValueRef::I64(i64::MAX)).is_err());
        assert_eq!(f64::decode(ValueRef::I64(-3)).ok(), Some(-3.0));
        assert!(f64::decode(ValueRef::I64((1 << 53) + 1)).is_err());
        assert_eq!(f64::decode(ValueRef::I64(1_000_000_000_000_000_000)).ok(), Some(1e18));
        assert_eq!(f64::decode(ValueRef::I64(i64::MIN)).ok(), Some(-9_223_372_036_854_775_808.0));
    }
}
