//! The values of a field that has only a few: those of an enum.

use crate::error::did_you_mean;
use crate::{Error, Kind, Value};

/// The only values that a field has: those of an enum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Choices {
    /// Names, stored as text.
    Text(&'static [&'static str]),
    /// Whole numbers, stored as such, and their names.
    Integer(&'static [(i64, &'static str)]),
}

impl Choices {
    /// The stored value that is meant by text or a number that came at run
    /// time; numbers go by their names as well. `None` if it is no choice.
    pub(super) fn pick(self, value: &Value, ignore_case: bool) -> Option<Value> {
        let is = |name: &str, it: &str| match ignore_case {
            true => name.to_lowercase() == it.to_lowercase(),
            false => name == it,
        };
        match (self, value) {
            // As it is known: another spelling could not be read again.
            (Self::Text(known), Value::Text(it)) => {
                let exact = known.iter().find(|name| *name == it);
                let meant = exact.or_else(|| known.iter().find(|name| is(name, it)));
                meant.map(|name| Value::Text((*name).to_owned()))
            }
            (Self::Integer(known), Value::I64(it)) => {
                known.iter().any(|(number, _)| number == it).then_some(Value::I64(*it))
            }
            (Self::Integer(known), Value::Text(it)) => {
                let meant = known.iter().find(|(number, name)| name == it || number.to_string() == *it);
                meant.map(|(number, _)| Value::I64(*number))
            }
            _ => None,
        }
    }

    /// What a value is that is no choice: ``is one of `a`, `b` ``, and the one
    /// that was probably meant.
    pub(super) fn wanted(self, value: &Value) -> String {
        let text = if let Value::Text(it) = value { it } else { "" };
        match self {
            Self::Text(known) => one_of(known.iter().map(|it| format!("`{it}`")), text, known),
            Self::Integer(known) => {
                let names: Vec<&str> = known.iter().map(|(_, name)| *name).collect();
                one_of(known.iter().map(|(number, name)| format!("{number} (`{name}`)")), text, &names)
            }
        }
    }
}

/// The error for a text that names no variant of the enum `name`. The text
/// comes from outside, and is not repeated.
#[cold]
pub fn no_variant(name: &str, text: &str, known: &[&str]) -> Error {
    let wanted = one_of(known.iter().map(|it| format!("`{it}`")), text, known);
    Error::new(Kind::Value, format!("`{name}` {wanted}"))
}

fn one_of(listed: impl Iterator<Item = String>, text: &str, names: &[&str]) -> String {
    let listed: Vec<String> = listed.collect();
    format!("is one of {}{}", listed.join(", "), did_you_mean(text, names.iter().copied()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEVELS: Choices = Choices::Integer(&[(10, "low"), (11, "high")]);

    #[test]
    fn a_number_is_chosen_by_itself_by_its_digits_and_by_its_name() {
        for it in [Value::I64(11), Value::Text("11".into()), Value::Text("high".into())] {
            assert_eq!(LEVELS.pick(&it, false), Some(Value::I64(11)));
        }
        assert_eq!(LEVELS.pick(&Value::I64(12), false), None);
        assert_eq!(LEVELS.wanted(&Value::I64(12)), "is one of 10 (`low`), 11 (`high`)");
    }

    #[test]
    fn a_text_that_is_no_name_is_refused_and_not_repeated() {
        let error = no_variant("Level", "hihg", &["low", "high"]);
        assert_eq!(error.kind(), Kind::Value);
        assert_eq!(error.to_string(), "`Level` is one of `low`, `high`; did you mean `high`?");
        assert!(!no_variant("Level", "s3cret", &["low"]).to_string().contains("s3cret"));
    }

    #[test]
    fn letter_case_counts_unless_the_field_says_otherwise() {
        const SIZES: Choices = Choices::Text(&["small", "XL"]);
        let given = Value::Text("xl".into());
        assert_eq!(SIZES.pick(&given, false), None);
        assert_eq!(SIZES.pick(&given, true), Some(Value::Text("XL".into())));
    }
}
