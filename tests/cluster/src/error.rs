//! What went wrong, in a text for people.

use std::fmt::{self, Debug, Display};

/// What went wrong, in a text for people.
#[derive(Clone)]
pub struct Error(String);

/// A result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

/// For `map_err`: says during what an error came up.
pub(crate) fn during<E: Display>(what: impl Display) -> impl FnOnce(E) -> Error {
    move |error| Error::new(format!("{what}: {error}"))
}

impl Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

// A test that fails shows this form, and a log's tail should keep its lines.
impl Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(self, f)
    }
}

impl std::error::Error for Error {}
