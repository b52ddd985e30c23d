//! Rows that cannot be decoded: how their errors name them, and who is told of
//! those that are left out.

use std::fmt;
use std::sync::Arc;

use crate::{Error, Value};

/// Takes the errors of rows that are left out of a result: what
/// `skip_undecodable(..)` was given.
#[derive(Clone)]
pub(crate) struct SkipReport(Arc<dyn Fn(Error) + Send + Sync>);

impl SkipReport {
    pub(crate) fn new(report: impl Fn(Error) + Send + Sync + 'static) -> Self {
        Self(Arc::new(report))
    }

    /// Reports each of `skipped`, in their order.
    pub(crate) fn report(&self, skipped: Vec<Error>) {
        skipped.into_iter().for_each(|error| (self.0)(error));
    }
}

impl fmt::Debug for SkipReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SkipReport")
    }
}

/// The error of the row `number` of a result, which has that key, in the field of
/// that name.
///
/// The text shows an integer or a UUID, which is no secret and finds the row; a
/// key of another type may hold anything, such as an address or a token.
#[cold]
pub(crate) fn in_row(error: Error, number: u64, key: Option<(&str, Value)>) -> Error {
    let error = error.with_row(number);
    let error = match &key {
        Some((field, Value::I64(key))) => error.context(format_args!("row with `{field}` {key}")),
        #[cfg(feature = "uuid")]
        Some((field, Value::Uuid(key))) => error.context(format_args!("row with `{field}` {key}")),
        _ => error.context(format_args!("row {number}, counted from 0")),
    };
    match key {
        Some((_, key)) => error.with_key(key),
        None => error,
    }
}
