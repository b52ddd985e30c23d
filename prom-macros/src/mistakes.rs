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

    /// `value` if there was no mistake, else all of them as `compile_error!`.
    pub(crate) fn or_else<T>(self, value: Option<T>) -> std::result::Result<T, TokenStream> {
        match (value, self.0) {
            (Some(value), None) => Ok(value),
            (_, error) => Err(error.map(|it| it.to_compile_error()).unwrap_or_default()),
        }
    }
}
