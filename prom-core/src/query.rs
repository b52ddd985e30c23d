//! What is asked of an interface: plain data, which knows no database and is
//! rendered, or carried out, by the backend.

// Which rows.
mod bounds;
mod date;
mod filter;
mod sort;

// What of them.
mod output;

// What happens to them.
mod conflict;
mod write;

// What the user says in the database's own words.
mod raw;

use crate::schema::{FieldDef, Schema};

pub use bounds::Bounds;
pub use conflict::{Conflict, Returning};
pub use date::{DatePart, Numbers, Part};
pub use filter::{Compare, Filter, Match};
pub use output::{Aggregate, Column, Combine, Output, Want};
pub use raw::Raw;
pub use sort::{Direction, Sort};
pub use write::{Assign, Delete, Insert, Update};

/// The functions that make parts of timestamps.
pub mod date_parts {
    pub use super::date::{day, hour, minute, month, second, week, weekday, year, year_day};
}

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

    /// Calls `each` with every table that it is about, those of queries within
    /// it included; with some perhaps more than once.
    pub fn visit_schemas(&self, each: &mut dyn FnMut(&'static Schema)) {
        match self {
            Self::Select(it) => it.visit(each),
            Self::Insert(it) => each(it.schema),
            Self::Update(it) => {
                each(it.schema);
                for (_, assign) in &it.set {
                    if let Assign::Query(it) = assign {
                        it.visit(each);
                    }
                }
                visit(&it.filter, each);
            }
            Self::Delete(it) => {
                each(it.schema);
                visit(&it.filter, each);
            }
            // What tables it is about is not known.
            Self::Raw(_) => {}
        }
    }
}

fn visit(filters: &[Filter], each: &mut dyn FnMut(&'static Schema)) {
    for filter in filters {
        match filter {
            Filter::All(it) | Filter::Any(it) => visit(it, each),
            Filter::Not(it) => visit(std::slice::from_ref(it), each),
            Filter::CompareQuery(_, _, it) | Filter::InQuery(_, it, _) => it.visit(each),
            _ => {}
        }
    }
}

/// Rows of a table.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Select {
    /// The table.
    pub schema: &'static Schema,
    /// Two queries whose rows stand in the place of the table's; their outputs
    /// are alike, and those of this one.
    pub combined: Option<Box<Combined>>,
    /// What a row of the result holds.
    pub output: Output,
    /// What is wanted of the result.
    pub want: Want,
    /// Whether rows that are alike become one.
    pub distinct: bool,
    /// The conditions; a row must meet them all.
    pub filter: Vec<Filter>,
    /// Rows that are alike in these become one group, and one row.
    pub group: Vec<&'static FieldDef>,
    /// The order; the first says most.
    pub sort: Vec<Sort>,
    /// How many rows, and from which on.
    pub bounds: Bounds,
}

/// Two queries whose rows become one result.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Combined {
    /// How.
    pub how: Combine,
    /// The one.
    pub first: Select,
    /// The other.
    pub second: Select,
}

impl Combined {
    /// The rows of two queries, combined so.
    pub fn new(how: Combine, first: Select, second: Select) -> Self {
        Self { how, first, second }
    }
}

impl Select {
    /// All rows of a table, in no order.
    pub fn new(schema: &'static Schema) -> Self {
        Self {
            schema,
            combined: None,
            output: Output::Rows,
            want: Want::Rows,
            distinct: false,
            filter: Vec::new(),
            group: Vec::new(),
            sort: Vec::new(),
            bounds: Bounds::default(),
        }
    }

    /// Whether each row of the result is a row of the table.
    pub fn is_plain(&self) -> bool {
        matches!(self.output, Output::Rows) && !self.distinct && self.combined.is_none()
    }

    fn visit(&self, each: &mut dyn FnMut(&'static Schema)) {
        each(self.schema);
        visit(&self.filter, each);
        if let Some(it) = &self.combined {
            it.first.visit(each);
            it.second.visit(each);
        }
    }
}
