//! What changes rows.

use super::{Filter, Select};
use crate::Value;
use crate::schema::{FieldDef, Schema};

/// New rows of a table.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Insert {
    /// The table.
    pub schema: &'static Schema,
    /// The fields that are given, in the order of the values.
    pub fields: Vec<&'static FieldDef>,
    /// The values, row after row: as many for each as there are fields.
    pub values: Vec<Value>,
    /// How many rows: said, since a row may have no field at all.
    pub rows: usize,
}

impl Insert {
    /// `rows` rows, with `values` for `fields`, row after row.
    pub fn new(
        schema: &'static Schema,
        fields: Vec<&'static FieldDef>,
        values: Vec<Value>,
        rows: usize,
    ) -> Self {
        Self { schema, fields, values, rows }
    }

    /// The values of the row at `index`.
    pub fn row(&self, index: usize) -> &[Value] {
        let width = self.fields.len();
        &self.values[index * width..(index + 1) * width]
    }

    /// Whether the database makes the keys: they are asked back.
    pub fn makes_keys(&self) -> bool {
        use crate::schema::KeyDef;

        self.schema.key().is_some_and(|key| {
            key.key == Some(KeyDef::Generated) && !self.fields.iter().any(|it| std::ptr::eq(*it, key))
        })
    }
}

/// Changes to rows of a table.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Update {
    /// The table.
    pub schema: &'static Schema,
    /// What the fields become.
    pub set: Vec<(&'static FieldDef, Assign)>,
    /// The conditions; a row must meet them all.
    pub filter: Vec<Filter>,
    /// Whether the changed rows are wanted back, every field of each: the
    /// request is then for [`Execute::fetch`](crate::Execute::fetch).
    pub returning: bool,
}

impl Update {
    /// The rows that meet `filter` become what `set` says.
    pub fn new(schema: &'static Schema, set: Vec<(&'static FieldDef, Assign)>, filter: Vec<Filter>) -> Self {
        Self { schema, set, filter, returning: false }
    }
}

/// What a field becomes.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Assign {
    /// That value.
    To(Value),
    /// What it is and that number more; NULL stays NULL.
    Add(Value),
    /// The first row of a query that gives one column.
    Query(Box<Select>),
}

/// The end of rows of a table.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Delete {
    /// The table.
    pub schema: &'static Schema,
    /// The conditions; a row must meet them all.
    pub filter: Vec<Filter>,
    /// Whether the deleted rows are wanted back.
    pub returning: bool,
}

impl Delete {
    /// The rows that meet `filter` go.
    pub fn new(schema: &'static Schema, filter: Vec<Filter>) -> Self {
        Self { schema, filter, returning: false }
    }
}
