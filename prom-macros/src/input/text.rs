//! A name that somebody wrote, and where.

use proc_macro2::Span;
use syn::parse::ParseStream;
use syn::{LitStr, Result, Token};

/// A name that somebody wrote, and where.
#[derive(Clone)]
pub(crate) struct Text {
    pub(crate) text: String,
    pub(crate) span: Span,
}

impl Text {
    pub(crate) fn new(text: impl Into<String>, span: Span) -> Self {
        Self { text: text.into(), span }
    }

    /// Reads `= "text"`.
    pub(crate) fn read(input: ParseStream<'_>) -> Result<Self> {
        input.parse::<Token![=]>()?;
        let literal: LitStr = input.parse()?;
        Ok(Self::new(literal.value(), literal.span()))
    }
}
