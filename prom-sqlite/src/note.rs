//! What the dialect has to know of a column that is otherwise than prom makes it.

use std::sync::Arc;

use prom_core::schema::FieldDef;

use crate::spelling::Spellings;

/// What the dialect has to know of a column.
#[derive(Debug, Clone)]
pub(crate) struct Note {
    pub(crate) spellings: Spellings,
    pub(crate) reals: Reals,
    /// The keys that it is part of, where the table refuses rows that are alike in one.
    pub(crate) keys: Arc<[Vec<&'static FieldDef>]>,
}

/// What REAL means in a column of instants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reals {
    /// Seconds since 1970: Python's prom or ours declared the column.
    Seconds,
    /// SQLite's own functions take them for Julian days: they are an error.
    Refused,
}
