//! Values that a cell may spell otherwise than prom does, and what they come to.

use prom_core::schema::FieldDef;
use prom_core::{Field, Timestamp, Type, Value};
use tokio_rusqlite::rusqlite::types::ValueRef as CellRef;

use crate::value::{as_text, timestamp, value_ref};

/// A type whose values can be read in several spellings, of which prom writes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spelled {
    /// An instant: `2024-05-06T07:08:09.000000Z`.
    Instant,
    /// A UUID: 36 characters, in lower case.
    #[cfg(feature = "uuid")]
    Uuid,
    /// A floating-point number of 32 bits, in a cell of 64.
    Single,
}

/// Which spellings a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Spellings {
    /// Only prom's own.
    Own,
    /// Those that [`spellings`] lists as well.
    Listed,
    /// Any that can be read.
    Any,
}

impl Spelled {
    /// Whether the values of `field` are such, and of which type.
    pub(crate) fn of(field: &FieldDef) -> Option<Self> {
        match field.ty {
            Type::Timestamp => Some(Self::Instant),
            #[cfg(feature = "uuid")]
            Type::Uuid => Some(Self::Uuid),
            Type::F32 => Some(Self::Single),
            _ => None,
        }
    }

    /// Whether a cell is NULL, or as prom writes it, or can be read in no spelling.
    #[inline]
    pub(crate) fn is_own(self, cell: CellRef<'_>) -> bool {
        match (self, cell) {
            (_, CellRef::Null) => true,
            (Self::Instant, CellRef::Text(text)) => is_own_instant(text),
            #[cfg(feature = "uuid")]
            (Self::Uuid, CellRef::Text(text)) => {
                text.len() == 36 && !text.iter().any(|byte| byte.is_ascii_uppercase())
            }
            (Self::Single, CellRef::Real(number)) => narrow(number) == Some(number),
            // A column of numeric affinity keeps whole numbers as integers.
            (Self::Single, CellRef::Integer(number)) => {
                #[expect(clippy::cast_precision_loss, reason = "what loses digits is no number of 32 bits")]
                let number = number as f64;
                narrow(number) == Some(number)
            }
            _ => false,
        }
    }

    /// Which spelling a cell has.
    pub(crate) fn spelling(self, cell: CellRef<'_>) -> Spellings {
        if self.is_own(cell) {
            return Spellings::Own;
        }
        // Whatever it says, it may mean something else.
        if let (Self::Instant, CellRef::Real(_)) = (self, cell) {
            return Spellings::Any;
        }
        let Some(value) = self.value(cell) else { return Spellings::Own };
        if is_listed(&value, cell) { Spellings::Listed } else { Spellings::Any }
    }

    /// The value that a cell is read as, if it can be.
    pub(crate) fn value(self, cell: CellRef<'_>) -> Option<Value> {
        let cell = value_ref(cell).ok()?;
        match self {
            Self::Instant => Timestamp::decode(cell).ok().map(Value::Timestamp),
            #[cfg(feature = "uuid")]
            Self::Uuid => prom_core::Uuid::decode(cell).ok().map(Value::Uuid),
            Self::Single => f32::decode(cell).ok().map(|number| Value::F64(f64::from(number))),
        }
    }
}

/// Whether text that can be read as an instant is in prom's spelling: no other that can be has
/// the same length and these signs in these places.
#[inline]
pub(crate) fn is_own_instant(text: &[u8]) -> bool {
    text.len() == 27 && text[10] == b'T' && text[19] == b'.' && text[25].is_ascii_digit() && text[26] == b'Z'
}

/// The number of 32 bits that is nearest, if there is one.
fn narrow(number: f64) -> Option<f64> {
    #[expect(clippy::cast_possible_truncation, reason = "the nearest one is meant")]
    let narrow = number as f32;
    (narrow.is_finite() || !number.is_finite()).then_some(f64::from(narrow))
}

/// How many digits of a fraction of a second programs write, beside as few as are needed.
const DIGITS: [usize; 4] = [0, 1, 3, 6];
const ZONES: [&str; 3] = ["Z", "", "+00:00"];

/// The spellings of a value that programs write, prom's own first: those of Python's
/// prom, of SQLite's own `datetime()`, of the programs that write `+00:00`; whole
/// seconds since 1970; UUIDs of 16 bytes, in capitals, or without dashes. Of any other
/// value it is the only one.
pub(crate) fn spellings(value: &Value) -> Vec<Value> {
    match value {
        Value::Timestamp(instant) => spellings_of_instant(*instant),
        #[cfg(feature = "uuid")]
        Value::Uuid(uuid) => vec![
            Value::Text(uuid.hyphenated().to_string()),
            Value::Bytes(uuid.as_bytes().to_vec()),
            Value::Text(uuid.hyphenated().to_string().to_uppercase()),
            Value::Text(uuid.simple().to_string()),
            Value::Text(uuid.simple().to_string().to_uppercase()),
        ],
        other => vec![other.clone()],
    }
}

fn spellings_of_instant(instant: Timestamp) -> Vec<Value> {
    let own = timestamp(instant);
    let (date, time, fraction) = parts(&own);
    let needed = fraction.trim_end_matches('0').len();
    let mut spellings = vec![Value::Text(as_text(&own).to_owned())];
    for digits in (needed..=6).filter(|digits| *digits == needed || DIGITS.contains(digits)) {
        let dot = if digits == 0 { "" } else { "." };
        for separator in ["T", " "] {
            for zone in ZONES {
                let text = format!("{date}{separator}{time}{dot}{}{zone}", &fraction[..digits]);
                if text != as_text(&own) {
                    spellings.push(Value::Text(text));
                }
            }
        }
    }
    if needed == 0 {
        spellings.push(Value::I64(instant.as_microsecond().div_euclid(1_000_000)));
        if time == "00:00:00" {
            spellings.push(Value::Text(date.to_owned()));
        }
    }
    spellings
}

/// The day, the time of day, and the microseconds.
fn parts(own: &[u8; 27]) -> (&str, &str, &str) {
    let own = as_text(own);
    (&own[..10], &own[11..19], &own[20..26])
}

/// Whether [`spellings`] has the cell, which is read as `value`; without making them.
fn is_listed(value: &Value, cell: CellRef<'_>) -> bool {
    match (value, cell) {
        (Value::Timestamp(_), CellRef::Integer(_)) => true,
        (Value::Timestamp(instant), CellRef::Text(text)) => {
            let own = timestamp(*instant);
            str::from_utf8(text).is_ok_and(|text| is_listed_instant(parts(&own), text))
        }
        #[cfg(feature = "uuid")]
        (Value::Uuid(_), CellRef::Blob(_)) => true,
        #[cfg(feature = "uuid")]
        (Value::Uuid(_), CellRef::Text(text)) => {
            let has = |is_it: fn(&u8) -> bool| text.iter().any(is_it);
            matches!(text.len(), 32 | 36) && !(has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase))
        }
        _ => false,
    }
}

fn is_listed_instant((date, time, fraction): (&str, &str, &str), text: &str) -> bool {
    let Some(rest) = text.strip_prefix(date) else { return false };
    let needed = fraction.trim_end_matches('0').len();
    if rest.is_empty() {
        return true;
    }
    let rest = rest.strip_prefix(['T', ' ']).and_then(|rest| rest.strip_prefix(time));
    let Some(rest) = rest else { return false };
    let rest = rest.strip_suffix("Z").or_else(|| rest.strip_suffix("+00:00")).unwrap_or(rest);
    let digits = match rest.strip_prefix('.') {
        Some(digits) => digits.len(),
        None if rest.is_empty() => 0,
        None => return false,
    };
    // What is finer than microseconds was cut off.
    digits == needed || digits > needed && DIGITS.contains(&digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a timestamp")
    }

    fn cell(value: &Value) -> CellRef<'_> {
        match value {
            Value::I64(number) => CellRef::Integer(*number),
            Value::F64(number) => CellRef::Real(*number),
            Value::Text(text) => CellRef::Text(text.as_bytes()),
            Value::Bytes(bytes) => CellRef::Blob(bytes),
            _ => CellRef::Null,
        }
    }

    #[test]
    fn every_spelling_that_is_listed_is_read_as_the_same_value() {
        for text in [
            "2024-05-06T00:00:00Z",
            "2024-05-06T07:08:09Z",
            "2024-05-06T07:08:09.5Z",
            "2024-05-06T07:08:09.25Z",
            "2024-05-06T07:08:09.789Z",
            "2024-05-06T07:08:09.789012Z",
            "1969-12-31T23:59:58Z",
            "0001-01-01T00:00:00Z",
        ] {
            let value = Value::Timestamp(at(text));
            let spellings = spellings(&value);
            for (place, spelling) in spellings.iter().enumerate() {
                let found = cell(spelling);
                assert_eq!(Spelled::Instant.value(found).as_ref(), Some(&value), "{spelling:?}");
                let wanted = if place == 0 { Spellings::Own } else { Spellings::Listed };
                assert_eq!(Spelled::Instant.spelling(found), wanted, "{spelling:?}");
                assert_eq!(spellings.iter().filter(|other| *other == spelling).count(), 1);
            }
        }
    }

    #[test]
    fn what_is_taken_for_listed_is_in_the_list() {
        for text in [
            "2024-05-06",
            "2024-05-06 07:08:09",
            "2024-05-06T07:08:09",
            "2024-05-06T07:08:09Z",
            "2024-05-06T07:08:09+00:00",
            "2024-05-06 07:08:09+00:00",
            "2024-05-06T07:08:09.5+00:00",
            "2024-05-06T07:08:09.50+00:00",
            "2024-05-06T07:08:09.500+00:00",
            "2024-05-06T07:08:09.5000",
            "2024-05-06T07:08:09.123456789Z",
            "2024-05-06T07:08:09.123456000Z",
            "2024-05-06T07:08",
            "2024-05-06t07:08:09z",
            "20240506T070809Z",
            "2024-05-06T09:08:09+02:00",
            "2024-05-06T07:08:09+0000",
            "2024-05-06T07:08:09 Z",
            "1714979289",
            "1714979289.5",
        ] {
            let found = CellRef::Text(text.as_bytes());
            let value = Spelled::Instant.value(found).expect(text);
            let is_there = spellings(&value).contains(&Value::Text(text.to_owned()));
            let wanted = if is_there { Spellings::Listed } else { Spellings::Any };
            assert_eq!(Spelled::Instant.spelling(found), wanted, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_left_alone() {
        for text in ["", "garbage", "2024-13-01", "9999-12-31T23:59:59Z", "2024-05-06T25:00:00.000000Z"] {
            let found = CellRef::Text(text.as_bytes());
            assert_eq!(Spelled::Instant.spelling(found), Spellings::Own, "{text}");
        }
        assert_eq!(Spelled::Instant.spelling(CellRef::Blob(b"2024-05-06")), Spellings::Own);
    }

    #[cfg(feature = "uuid")]
    #[test]
    fn uuids_are_read_in_their_spellings() {
        let uuid = prom_core::Uuid::from_u128(0x0123_4567_89ab_7cde_8f01_2345_6789_abcd);
        for (place, spelling) in spellings(&Value::Uuid(uuid)).iter().enumerate() {
            assert_eq!(Spelled::Uuid.value(cell(spelling)), Some(Value::Uuid(uuid)));
            let wanted = if place == 0 { Spellings::Own } else { Spellings::Listed };
            assert_eq!(Spelled::Uuid.spelling(cell(spelling)), wanted, "{spelling:?}");
        }
        for text in [
            "01234567-89ab-7cde-8f01-23456789ABCD",
            "{01234567-89ab-7cde-8f01-23456789abcd}",
            "urn:uuid:01234567-89ab-7cde-8f01-23456789abcd",
        ] {
            assert_eq!(Spelled::Uuid.spelling(CellRef::Text(text.as_bytes())), Spellings::Any, "{text}");
        }
    }

    #[test]
    fn numbers_of_32_bits_are_read_narrower_than_they_may_be_stored() {
        let own = [f64::from(0.1_f32), 0.5, f64::from(f32::MAX), f64::INFINITY, 0.0];
        for number in own {
            assert_eq!(Spelled::Single.spelling(CellRef::Real(number)), Spellings::Own, "{number}");
        }
        assert_eq!(Spelled::Single.spelling(CellRef::Real(0.1)), Spellings::Any);
        assert_eq!(Spelled::Single.spelling(CellRef::Integer(3)), Spellings::Own);
        assert_eq!(Spelled::Single.spelling(CellRef::Integer(16_777_217)), Spellings::Any);
        assert_eq!(Spelled::Single.value(CellRef::Real(0.1)), Some(Value::F64(f64::from(0.1_f32))));
        // No `f32` reads it.
        assert_eq!(Spelled::Single.spelling(CellRef::Real(1e300)), Spellings::Own);
    }
}
