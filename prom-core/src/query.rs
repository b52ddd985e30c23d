//! What is asked of an interface: plain data, which knows no database and is
//! rendered, or carried out, by the backend.

// Which rows.
mod bounds;
mod filter;
mod sort;

// What happens to them.
mod write;

// What the user says in the database's own words.
mod raw;

use crate::schema::Schema;

pub use bounds::Bounds;
pub use filter::{Compare, Filter, Match};
pub use raw::Raw;
pub use sort::{Direction, Sort};
pub use write::{Assign, Delete, Insert, Update};

/// One thing that is asked of an interface.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Request {
    /// Rows, their number, or whether there are any.
    Select(Select),
    /// New rows.
    Insert(Insert),
    /// Changes to rows.
    Update(Update),
    /// The end of rows.
    Delete(Delete),
    /// A statement in the database's own language.
    Raw(Raw),
}

impl Request {
    /// The table that it is about; a statement of the user's own is about none
    /// that prom knows.
    pub fn schema(&self) -> Option<&'static Schema> {
        match self {
            Self::Select(it) => Some(it.schema),
            Self::Insert(it) => Some(it.schema),
            Self::Update(it) => Some(it.schema),
            Self::Delete(it) => Some(it.schema),
            Self::Raw(_) => None,
        }
    }

    /// Whether it is known to change nothing.
    pub fn is_read(&self) -> bool {
        matches!(self, Self::Select(_))
    }
}

/// Rows of a table.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Select {
    /// The table.
    pub schema: &'static Schema,
    /// What is wanted of the rows.
    pub output: Output,
    /// The conditions; a row must meet them all.
    pub filter: Vec<Filter>,
    /// The order; the first says most.
    pub sort: Vec<Sort>,
    /// How many rows, and from which on.
    pub bounds: Bounds,
}

impl Select {
    /// All rows of a table, in no order.
    pub fn new(schema: &'static Schema) -> Self {
        Self { schema, output: Output::Rows, filter: Vec::new(), sort: Vec::new(), bounds: Bounds::default() }
    }
}

/// What is wanted of the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Output {
    /// Every field of each, in the schema's order.
    Rows,
    /// One row with one integer: how many there are, bounds included.
    Count,
    /// One row with one boolean: whether there is any, bounds included.
    Exists,
}
