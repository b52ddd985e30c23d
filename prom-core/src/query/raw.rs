//! A statement of the user's own: text, and values by name.

use std::borrow::Cow;

use crate::Value;

/// A statement in the database's own language. It is about no schema: nothing
/// is made sure of before it runs, and nobody knows whether it only reads.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Raw {
    /// The text, with `:name` where a value belongs.
    pub text: Cow<'static, str>,
    /// The values by name, without the colon, in the order in which they were
    /// bound. A [`Value::List`] stands for its items.
    pub params: Vec<(Cow<'static, str>, Value)>,
}

impl Raw {
    /// That text, to which nothing is bound yet.
    pub fn new(text: impl Into<Cow<'static, str>>) -> Self {
        Self { text: text.into(), params: Vec::new() }
    }
}
