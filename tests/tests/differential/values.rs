//! The values that the fields of the programmes get: few, so that rows collide, and
//! extreme.

use prom::Value;
use prom::query::Part;
use prom::schema::{Choices, DefaultValue, FieldDef, Type};
use prom::{Date, Timestamp, Uuid};

use crate::models::{RAW, READ, REFUSED};
use crate::random::Random;
use crate::switches;

/// A value of the field that is not NULL, and seldom one that breaks a rule of it.
pub(crate) fn value(random: &mut Random, field: &FieldDef) -> Value {
    if field.ty == Type::Text && field.choices.is_none() && random.percent(2) {
        return (*random.pick(&["a\0", "", "too long for a code", REFUSED])).into();
    }
    if field.ty == Type::Bytes && random.percent(2) {
        return Value::Bytes(b"abcd".to_vec());
    }
    if let DefaultValue::Constant(make) = field.default
        && random.percent(15)
    {
        return make();
    }
    if let Some(choices) = field.choices {
        return match choices {
            Choices::Text(names) => Value::Text((*random.pick(names)).to_owned()),
            Choices::Integer(numbers) => Value::I64(random.pick(numbers).0),
            _ => panic!("no such choices"),
        };
    }
    if let Some((least, greatest)) = field.whole_range() {
        let zero = 0.clamp(least, greatest);
        return Value::I64(*random.pick(&[least, least + 1, zero, zero, 1, 1, 2, 3, greatest - 1, greatest]));
    }
    match field.ty {
        Type::Bool => Value::Bool(random.percent(50)),
        Type::F32 => Value::F64(f64::from(*random.pick(&F32S))),
        Type::F64 => Value::F64(*random.pick(&F64S)),
        Type::Text => Value::Text((*random.pick(texts(field))).to_owned()),
        Type::Bytes => Value::Bytes(random.pick(&BYTES).to_vec()),
        Type::Timestamp => {
            let text = random.pick(&TIMESTAMPS);
            Value::Timestamp(text.parse::<Timestamp>().expect("it is one"))
        }
        Type::Date => Value::Date(random.pick(&DATES).parse::<Date>().expect("it is one")),
        Type::Uuid => Value::Uuid(Uuid::from_u128(*random.pick(&[0, 1, 1 << 127, u128::MAX]))),
        _ => panic!("no values for {:?}", field.ty),
    }
}

fn texts(field: &FieldDef) -> &'static [&'static str] {
    match field.name {
        "code" => &["a", "b", "c", "d", "e", "A", "ä", "c'", ""],
        "name" => &["a", "b", "c", "d", "e", "A", "ß\u{301}", "%"],
        "nick" | "caseless" if switches::LETTERS_WITHOUT_CASE => &["a", "A", "ä", "Ä", "b"],
        "nick" | "caseless" => &["a", "A", "aB", "Ab", "b", "c", "C", "d", "_", "%b"],
        _ => &TEXTS,
    }
}

/// A pattern, or a text to look for.
pub(crate) fn pattern(random: &mut Random, field: &FieldDef) -> String {
    match random.percent(70) {
        true => (*random.pick(&PATTERNS)).to_owned(),
        false => random.pick(texts(field)).replace('\\', "\\\\"),
    }
}

/// Wildcards of LIKE and of GLOB, escaped and not. One ends in an escape, and one has a NUL.
static PATTERNS: [&str; 30] = [
    "", "a", "%", "_", "%a%", "a%", "_b", "__", "a\\%", "\\_", "a\\\\", "\\\\%", "%\\%", "\\a", "a\\", "*",
    "a*", "?", "[a]", "[", "[a", "a]", "[^a]", "%[%", "^a", "'", "b", "B", "%'%", "a\0",
];

/// Parts of times, and numbers that they may be, or may not.
pub(crate) static PARTS: [(Part, &[i64]); 9] = [
    (Part::Year, &[1, 1969, 1970, 2000, 2024, 9999, 10_000]),
    (Part::Month, &[1, 2, 12, 13]),
    (Part::Day, &[1, 29, 30, 31]),
    (Part::Hour, &[0, 12, 22, 23]),
    (Part::Minute, &[0, 34, 59]),
    (Part::Second, &[0, 56, 59, 60]),
    (Part::Weekday, &[0, 1, 2, 3, 4, 5, 6, 7]),
    (Part::Week, &[1, 9, 52, 53]),
    (Part::YearDay, &[1, 60, 364, 365, 366, i64::MAX]),
];

static TEXTS: [&str; 25] = [
    "", "a", "a", "A", "ab", "aab", "b", "%", "_", "a%", "a_b", "\\", "a\\%", "'", "\"", "*", "[a]", "[",
    "^a", "a\\", "ä", "Ä", "日本", RAW[0], READ[0],
];
static F32S: [f32; 9] = [f32::NEG_INFINITY, f32::MIN, -1.5, -0.0, 0.0, 0.1, 1.5, f32::MAX, f32::INFINITY];
static F64S: [f64; 10] =
    [f64::NEG_INFINITY, f64::MIN, -1.5, -0.0, 0.0, f64::MIN_POSITIVE, 0.1, 1.5, f64::MAX, f64::INFINITY];
static BYTES: [&[u8]; 5] = [&[], &[0], &[0xff, 0], b"a", b"abc"];
static TIMESTAMPS: [&str; 8] = [
    "0001-01-01T00:00:00Z",
    "1969-12-31T23:59:59.999999Z",
    "1970-01-01T00:00:00Z",
    "2024-02-29T00:00:00Z",
    "2024-02-29T12:34:56Z",
    "2024-02-29T12:34:56.000001Z",
    "2024-02-29T12:34:56.1Z",
    "9999-12-30T22:00:00.999999Z",
];
static DATES: [&str; 5] = ["0001-01-01", "1970-01-01", "2000-02-29", "2024-12-31", "9999-12-31"];
