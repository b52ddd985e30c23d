//! What a value is to the field that it is compared with: one that a row can hold, or
//! where it lies among those. No backend sees a value that no row can hold.

use std::num::IntErrorKind;

use super::{Choices, FieldDef, Schema, Type};
use crate::value::{NAN, NUL};
use crate::{Error, Field, Kind, Result, Value};

/// A value that a field is compared with, or set to by name.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Comparand {
    /// NULL, or a value that a row can hold.
    Held(Value),
    /// A value that no row can hold, and why.
    Unheld(Gap, Rule),
}

/// Where a value that no row can hold lies among those that a row can hold.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Gap {
    /// Below all of them.
    Below,
    /// Between this one and the next greater one.
    Above(Value),
    /// Above all of them.
    Beyond,
    /// Where the database finds it: the type of the field refuses it, and its column does not.
    At(Value),
    /// Nowhere: it is neither less nor greater than any of them.
    Nowhere,
}

/// Why no row can hold a value. It does not show the value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Rule {
    /// What is wrong with it.
    Text(&'static str),
    /// It is outside the range of whole numbers.
    Range(i64, i64),
    /// It is none of the field's values; the message lists them.
    Choices(String),
}

impl Comparand {
    /// What a value is that the field's type made.
    pub(crate) fn of(field: &FieldDef, value: Value) -> Self {
        match sort_in(field, value) {
            Ok(comparand) => comparand,
            // The type makes it for a column of a type that prom does not know better.
            Err(value) => match value.unstorable() {
                None => Self::Held(value),
                Some(rule) => Self::Unheld(Gap::Nowhere, Rule::Text(rule)),
            },
        }
    }

    /// Whether this is NULL.
    pub(crate) fn is_null(&self) -> bool {
        matches!(self, Self::Held(Value::Null))
    }

    /// The value, if a row can hold it.
    pub(crate) fn held(self) -> Option<Value> {
        match self {
            Self::Held(value) => Some(value),
            Self::Unheld(..) => None,
        }
    }
}

impl Schema {
    /// What a value is whose type is known only at run time: text stands for all that it
    /// reads as, since a form gives text, and the field's own type has the last word.
    ///
    /// # Errors
    ///
    /// [`Kind::Invalid`] when it is of another type.
    pub(crate) fn comparand(&self, field: &FieldDef, value: Value) -> Result<Comparand> {
        let value = match sort_in(field, value) {
            Ok(Comparand::Held(value)) if !value.is_null() => value,
            Ok(comparand) => return Ok(comparand),
            Err(value) => {
                if let (Some(choices @ Choices::Text(_)), Value::I64(_)) = (field.choices, &value) {
                    return Err(self.refused(field, Kind::Invalid, &choices.wanted(&value)));
                }
                let got = value.kind();
                return Err(self.refused(
                    field,
                    Kind::Invalid,
                    &format!("takes {} and got {got}", field.ty.kind()),
                ));
            }
        };
        // Only a type of the user's own refuses what is in range.
        let spare = (!field.decodes_all).then(|| value.clone());
        Ok(match ((field.convert)(value), spare) {
            (Ok(value), _) => Comparand::Held(value),
            (Err(_), spare) => {
                let gap = spare.map_or(Gap::Nowhere, Gap::At);
                Comparand::Unheld(gap, Rule::Text("got a value that its type does not take"))
            }
        })
    }

    /// Whether a row that is given for a field is of the model that the field refers to, or of
    /// its own where the field is the key. What is no row is not asked about.
    ///
    /// # Errors
    ///
    /// [`Kind::Invalid`] where it is of another, which may have a row of the same key.
    pub(crate) fn check_row(&self, field: &FieldDef, value: &Value) -> Result<()> {
        let Value::Row(row) = value else { return Ok(()) };
        let target = field.reference.map(|reference| (reference.target)());
        let is_meant = match target {
            Some(target) => std::ptr::eq(target, (row.schema)()),
            None => field.key.is_some() && std::ptr::eq(self, (row.schema)()),
        };
        if is_meant {
            return Ok(());
        }
        let wanted = match target {
            Some(target) => format!("a row of `{}`, or its key,", target.model()),
            None => field.ty.kind().to_owned(),
        };
        let text = format!("takes {wanted} and got a row of `{}`", (row.schema)().model());
        Err(self.refused(field, Kind::Invalid, &text))
    }

    /// A value to be written to a field that is named at run time, as the field's type
    /// has it.
    ///
    /// # Errors
    ///
    /// As [`comparand`](Schema::comparand); [`Kind::Value`] when no row can hold it.
    pub(crate) fn fit(&self, field: &FieldDef, value: Value) -> Result<Value> {
        match self.comparand(field, value)? {
            Comparand::Held(value) => Ok(value),
            Comparand::Unheld(_, rule) => Err(self.unheld(field, &rule)),
        }
    }

    /// The error of a value that would be written, and that no row can hold.
    #[cold]
    pub(crate) fn unheld(&self, field: &FieldDef, rule: &Rule) -> Error {
        self.refused(
            field,
            Kind::Value,
            &match rule {
                Rule::Text(rule) => (*rule).to_owned(),
                Rule::Range(min, max) => {
                    format!("takes whole numbers from {min} to {max} and got one outside")
                }
                Rule::Choices(wanted) => wanted.clone(),
            },
        )
    }

    #[cold]
    fn refused(&self, field: &FieldDef, kind: Kind, why: &str) -> Error {
        Error::new(kind, format!("`{}.{}` {why}", self.model(), field.name))
            .with_model(self.model())
            .with_field(field.name)
    }
}

/// Sorts a value in among those of the field; gives it back when it is of another type.
fn sort_in(field: &FieldDef, value: Value) -> Result<Comparand, Value> {
    if let Some(choices) = field.choices
        && matches!(value, Value::Text(_) | Value::I64(_) | Value::F64(_))
    {
        return among(choices, value, field.ignore_case);
    }
    let held = |value| Ok(Comparand::Held(value));
    match (field.ty, value) {
        (_, value @ (Value::Null | Value::Other(_)))
        | (Type::Bool, value @ Value::Bool(_))
        | (Type::Bytes, value @ Value::Bytes(_)) => held(value),
        #[cfg(feature = "uuid")]
        (Type::Uuid, value @ Value::Uuid(_)) => held(value),
        (Type::I16 | Type::I32 | Type::I64, Value::I64(number)) => Ok(whole(field, number)),
        (Type::I16 | Type::I32 | Type::I64, Value::F64(number)) => Ok(fraction(field, number)),
        (Type::F32 | Type::F64, Value::F64(number)) => Ok(float(field.ty, number)),
        (Type::F32 | Type::F64, Value::I64(number)) => Ok(whole_float(field.ty, number)),
        (Type::Text, Value::Text(text)) => Ok(text_without_nul(text)),
        (Type::Timestamp, value @ Value::Timestamp(_)) | (Type::Date, value @ Value::Date(_)) => {
            Ok(match value.unstorable() {
                None => Comparand::Held(value),
                // The years end with the types of times: only those before the first are left.
                Some(rule) => Comparand::Unheld(Gap::Below, Rule::Text(rule)),
            })
        }
        (ty, Value::Text(text)) => match read(field, ty, &text) {
            Some(comparand) => Ok(comparand),
            None => Err(Value::Text(text)),
        },
        (_, other) => Err(other),
    }
}

/// What text reads as, where the field holds something else.
fn read(field: &FieldDef, ty: Type, text: &str) -> Option<Comparand> {
    Some(match ty {
        Type::Bool => Comparand::Held(Value::Bool(match text {
            "true" | "1" => true,
            "false" | "0" => false,
            _ => return None,
        })),
        Type::I16 | Type::I32 | Type::I64 => match text.parse::<i64>() {
            Ok(number) => whole(field, number),
            Err(error) => match error.kind() {
                IntErrorKind::PosOverflow => outside(field, Gap::Beyond),
                IntErrorKind::NegOverflow => outside(field, Gap::Below),
                _ => return None,
            },
        },
        Type::F32 | Type::F64 => {
            // `0.1` is another number in 32 bits.
            let number = match ty {
                Type::F32 => text.parse::<f32>().ok().map(f64::from)?,
                _ => text.parse::<f64>().ok()?,
            };
            let is_written_out = text.bytes().any(|byte| byte.is_ascii_digit());
            match number {
                number if number.is_nan() => return None,
                number if number.is_infinite() && is_written_out => too_large(ty, number),
                number => Comparand::Held(Value::F64(number)),
            }
        }
        Type::Timestamp => match crate::field::read_timestamp(text)? {
            Ok(instant) => Comparand::of(field, Value::Timestamp(instant)),
            Err(micros) => beyond_time(micros < 0),
        },
        Type::Date => text.parse().map(Value::Date).map(|value| Comparand::of(field, value)).ok()?,
        #[cfg(feature = "uuid")]
        Type::Uuid => Comparand::Held(Value::Uuid(uuid::Uuid::try_parse(text).ok()?)),
        _ => return None,
    })
}

/// An instant that no row can hold, before the first or behind the last.
fn beyond_time(is_before: bool) -> Comparand {
    let gap = if is_before { Gap::Below } else { Gap::Beyond };
    Comparand::Unheld(gap, Rule::Text("takes instants of the years 1 to 9999 and got one outside"))
}

/// A whole number for a field that holds whole numbers.
fn whole(field: &FieldDef, number: i64) -> Comparand {
    match field.whole_range() {
        Some((min, _)) if number < min => outside(field, Gap::Below),
        Some((_, max)) if number > max => outside(field, Gap::Beyond),
        _ => Comparand::Held(Value::I64(number)),
    }
}

/// A floating-point number for a field that holds whole numbers.
fn fraction(field: &FieldDef, number: f64) -> Comparand {
    let (min, max) = field.whole_range().unwrap_or((i64::MIN, i64::MAX));
    match floor(number) {
        _ if number.is_nan() => Comparand::Unheld(Gap::Nowhere, Rule::Text(NAN)),
        None if number < 0.0 => outside(field, Gap::Below),
        None => outside(field, Gap::Beyond),
        Some(floor) if number.fract() == 0.0 => whole(field, floor),
        Some(floor) if floor < min => outside(field, Gap::Below),
        Some(floor) if floor >= max => outside(field, Gap::Beyond),
        Some(floor) => {
            let rule = Rule::Text("takes whole numbers and got one with a fraction");
            Comparand::Unheld(Gap::Above(Value::I64(floor)), rule)
        }
    }
}

/// The greatest whole number of 64 bits that is not greater, if there is one and it is not
/// less than all.
fn floor(number: f64) -> Option<i64> {
    const END: f64 = 9_223_372_036_854_775_808.0;
    #[expect(clippy::cast_possible_truncation, reason = "whole and within 64 bits")]
    (-END..END).contains(&number).then_some(number.floor() as i64)
}

fn outside(field: &FieldDef, gap: Gap) -> Comparand {
    let (min, max) = field.whole_range().unwrap_or((i64::MIN, i64::MAX));
    Comparand::Unheld(gap, Rule::Range(min, max))
}

/// A floating-point number for a field that holds such.
fn float(ty: Type, number: f64) -> Comparand {
    if number.is_nan() {
        return Comparand::Unheld(Gap::Nowhere, Rule::Text(NAN));
    }
    #[expect(clippy::cast_possible_truncation, reason = "asked whether it is too large")]
    let narrow = number as f32;
    match ty {
        Type::F32 if narrow.is_infinite() && number.is_finite() => too_large(ty, narrow.into()),
        _ => Comparand::Held(Value::F64(number)),
    }
}

/// A finite number that is rounded to an `infinite` one.
fn too_large(ty: Type, infinite: f64) -> Comparand {
    let below = match ty {
        _ if infinite < 0.0 => f64::NEG_INFINITY,
        Type::F32 => f32::MAX.into(),
        _ => f64::MAX,
    };
    let rule = Rule::Text("got a number that is too large for its floating-point type");
    Comparand::Unheld(Gap::Above(Value::F64(below)), rule)
}

/// A whole number for a field that holds floating-point numbers: not each of them is one.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "asked back to see what was lost"
)]
fn whole_float(ty: Type, number: i64) -> Comparand {
    let narrow = number as f32;
    let (near, less) = match ty {
        Type::F32 => (f64::from(narrow), narrow.next_down().into()),
        _ => (number as f64, (number as f64).next_down()),
    };
    let difference = i128::from(number) - near as i128;
    if difference == 0 {
        return Comparand::Held(Value::F64(near));
    }
    let below = if difference > 0 { near } else { less };
    let rule = Rule::Text("got a whole number with more digits than its floating-point type has");
    Comparand::Unheld(Gap::Above(Value::F64(below)), rule)
}

/// No text without NUL lies between the text up to the first NUL and the whole.
fn text_without_nul(mut text: String) -> Comparand {
    let Some(at) = text.find('\0') else { return Comparand::Held(Value::Text(text)) };
    text.truncate(at);
    Comparand::Unheld(Gap::Above(Value::Text(text)), Rule::Text(NUL))
}

/// A value for a field that has only a few.
fn among(choices: Choices, value: Value, ignore_case: bool) -> Result<Comparand, Value> {
    let floor = match (choices, &value) {
        (Choices::Text(known), Value::Text(text)) if known.contains(&text.as_str()) => {
            return Ok(Comparand::Held(value));
        }
        (Choices::Text(_), Value::Text(_)) => None,
        (Choices::Text(_), _) => return Err(value),
        (Choices::Integer(_), Value::F64(number)) => match floor(*number) {
            Some(floor) if number.fract() == 0.0 => return among(choices, Value::I64(floor), ignore_case),
            None if *number < 0.0 => Some(i64::MIN),
            None if *number > 0.0 => Some(i64::MAX),
            floor => floor,
        },
        (Choices::Integer(_), Value::Text(text)) => text.parse().ok(),
        (Choices::Integer(_), Value::I64(number)) => Some(*number),
        _ => None,
    };
    if let Some(value) = choices.pick(&value, ignore_case) {
        return Ok(Comparand::Held(value));
    }
    let gap = match (choices, floor) {
        (Choices::Integer(known), Some(floor)) => {
            let numbers = || known.iter().map(|(number, _)| *number);
            match numbers().filter(|number| *number <= floor).max() {
                None => Gap::Below,
                Some(_) if numbers().all(|number| number <= floor) => Gap::Beyond,
                Some(below) => Gap::Above(Value::I64(below)),
            }
        }
        _ => Gap::Nowhere,
    };
    Ok(Comparand::Unheld(gap, Rule::Choices(choices.wanted(&value))))
}

/// Takes a value through the type that a column of `ty` has where nothing else is known.
pub(super) const fn convert_of(ty: Type) -> fn(Value) -> Result<Value> {
    match ty {
        Type::Bool => bool::__convert,
        Type::I16 => i16::__convert,
        Type::I32 => i32::__convert,
        Type::I64 => i64::__convert,
        Type::F32 => f32::__convert,
        Type::F64 => f64::__convert,
        Type::Text => String::__convert,
        Type::Bytes => Vec::<u8>::__convert,
        Type::Timestamp => jiff::Timestamp::__convert,
        Type::Date => jiff::civil::Date::__convert,
        #[cfg(feature = "uuid")]
        Type::Uuid => uuid::Uuid::__convert,
        #[cfg(not(feature = "uuid"))]
        Type::Uuid => |value| Ok(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gap(field: &FieldDef, value: impl Into<Value>) -> Option<Gap> {
        let schema = Schema::new("Foo", "foo", &[]);
        match schema.comparand(field, value.into()).expect("it is of the field's kind") {
            Comparand::Held(_) => None,
            Comparand::Unheld(gap, _) => Some(gap),
        }
    }

    #[test]
    fn a_number_lies_where_mathematics_says() {
        let small = FieldDef::new("small", Type::I16).range(Some((0, 255)));
        assert_eq!(gap(&small, 255.0), None);
        assert_eq!(gap(&small, 256), Some(Gap::Beyond));
        assert_eq!(gap(&small, 255.5), Some(Gap::Beyond));
        assert_eq!(gap(&small, 254.5), Some(Gap::Above(Value::I64(254))));
        assert_eq!(gap(&small, -0.5), Some(Gap::Below));
        assert_eq!(gap(&small, f64::NAN), Some(Gap::Nowhere));
        let large = FieldDef::new("large", Type::I64);
        assert_eq!(gap(&large, 9_223_372_036_854_775_808.0), Some(Gap::Beyond));
        assert_eq!(gap(&large, -9_223_372_036_854_775_808.0), None);
        assert_eq!(gap(&large, -9_223_372_036_854_777_856.0), Some(Gap::Below));
    }

    #[test]
    fn a_whole_number_is_below_the_next_one_that_has_so_few_digits() {
        let (single, double) = (FieldDef::new("a", Type::F32), FieldDef::new("a", Type::F64));
        let above = |number: f64| Some(Gap::Above(Value::F64(number)));
        assert_eq!(gap(&double, 9_007_199_254_740_992_i64), None);
        assert_eq!(gap(&double, 9_007_199_254_740_993_i64), above(9_007_199_254_740_992.0));
        // Rounded up, so that the one below it is another.
        assert_eq!(gap(&double, 9_007_199_254_740_995_i64), above(9_007_199_254_740_994.0));
        assert_eq!(gap(&double, i64::MAX), above(9_223_372_036_854_774_784.0));
        assert_eq!(gap(&single, 16_777_217), above(16_777_216.0));
        assert_eq!(gap(&single, 16_777_219), above(16_777_218.0));
        assert_eq!(gap(&single, 1e39), above(f32::MAX.into()));
        assert_eq!(gap(&single, -1e39), above(f64::NEG_INFINITY));
        assert_eq!(gap(&single, f64::INFINITY), None);
        assert_eq!(gap(&single, "inf"), None);
    }

    #[test]
    fn a_value_is_converted_where_its_type_is_another() {
        let schema = Schema::new("Foo", "foo", &[]);
        let held = |ty, value: Value| schema.fit(&FieldDef::new("a", ty), value).ok();
        assert_eq!(held(Type::F32, 0.1.into()), Some(Value::F64(f64::from(0.1_f32))));
        assert_eq!(held(Type::F64, 2.into()), Some(Value::F64(2.0)));
        assert_eq!(held(Type::I32, 2.0.into()), Some(Value::I64(2)));
        assert_eq!(held(Type::I32, true.into()), None);
        assert_eq!(held(Type::Bool, 1.into()), None);
    }
}
