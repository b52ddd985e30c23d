//! A name that somebody wrote, and where.

use proc_macro2::{Ident, Span};
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

    /// The name of a method, raw where it is a keyword; `None` where no method
    /// can be called so.
    pub(crate) fn as_method(&self) -> Option<Ident> {
        let is_ident = |text: &str| syn::parse_str::<Ident>(text).is_ok();
        if is_ident(&self.text) {
            Some(Ident::new(&self.text, self.span))
        } else {
            is_ident(&format!("r#{}", self.text)).then(|| Ident::new_raw(&self.text, self.span))
        }
    }
}
