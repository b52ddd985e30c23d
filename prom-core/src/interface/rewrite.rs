//! What it came to that tables were brought to prom's own spelling.

use crate::Error;

/// What [`Model::rewrite`](crate::Model::rewrite) came to.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Rewritten {
    /// How many rows were changed. None of them has another value than before.
    pub rows: u64,
    /// How many rows were left as they are, since a cell of theirs is no value of its
    /// field.
    pub undecodable: u64,
    /// The first of those: it names the model, the field and the row's primary key, if
    /// that is an integer or a UUID.
    pub first_undecodable: Option<Error>,
}

impl Rewritten {
    /// That so many rows were changed, and all can be decoded.
    pub fn rows(rows: u64) -> Self {
        Self { rows, ..Self::default() }
    }

    /// Adds what more tables, or more rows, came to.
    pub fn add(&mut self, more: Self) {
        self.rows += more.rows;
        self.undecodable += more.undecodable;
        self.first_undecodable = self.first_undecodable.take().or(more.first_undecodable);
    }
}
