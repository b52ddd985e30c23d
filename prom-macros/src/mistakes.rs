//! All that is wrong, gathered, so that it is said at once.

use std::fmt::Display;

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::{Error, Result};

/// The mistakes that were found so far.
#[derive(Default)]
pub(crate) struct Mistakes(Option<Error>);

impl Mistakes {
    /// Says `what` under the token at `span`.
    pub(crate) fn at(&mut self, span: Span, what: impl Display) {
        self.push(Error::new(span, what));
    }

    /// Says `what` under all of `tokens`.
    pub(crate) fn under(&mut self, tokens: impl ToTokens, what: impl Display) {
        self.push(Error::new_spanned(tokens, what));
    }

    /// Adds what syn found.
    pub(crate) fn push(&mut self, error: Error) {
        match &mut self.0 {
            Some(all) => all.combine(error),
            None => self.0 = Some(error),
        }
    }

    /// The value, or one mistake more.
    pub(crate) fn keep<T>(&mut self, result: Result<T>) -> Option<T> {
        result.map_err(|error| self.push(error)).ok()
    }

    /// All of them as `compile_error!`; nothing if there are none.
    pub(crate) fn into_tokens(self) -> TokenStream {
        self.0.map(|it| it.to_compile_error()).unwrap_or_default()
    }

    /// Adds others.
    pub(crate) fn append(&mut self, others: Self) {
        if let Some(error) = others.0 {
            self.push(error);
        }
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_none()
    }
}
