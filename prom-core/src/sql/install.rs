//! What is said where tables cannot be made.

use super::{Dialect, define_all};
use crate::interface::{Change, Install};
use crate::{Error, Kind};

/// Nothing may be changed here, and this is missing; `before` are the statements
/// that come first.
#[cold]
pub fn refusal(
    dialect: &dyn Dialect,
    mut before: Vec<String>,
    changes: &[Change],
    install: Install,
) -> Error {
    let why = match install {
        Install::Verify => "the database differs from the models, and it is only verified here",
        _ => "the database differs from the models, and it may only be read",
    };
    match define_all(dialect, changes) {
        Ok(steps) => before.extend(steps.into_iter().map(|(_, sql)| sql)),
        Err(_) => before.extend(changes.iter().map(ToString::to_string)),
    }
    Error::new(Kind::InstallDenied, format!("{why}; what is missing: {}", before.join("; ")))
}

/// The database refused `change` with `error`.
#[cold]
pub fn cannot(change: &Change, error: Error) -> Error {
    match error.kind() {
        Kind::Unique => Error::new(
            Kind::InstallDenied,
            format!("cannot {change}: rows are there that are alike in it; mend them first"),
        )
        .with_code(error.code().unwrap_or_default()),
        _ => error.context(format_args!("cannot {change}")),
    }
}
