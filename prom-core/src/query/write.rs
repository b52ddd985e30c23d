//! What changes rows.

use super::Filter;
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
}

impl Update {
    /// The rows that meet `filter` become what `set` says.
    pub fn new(schema: &'static Schema, set: Vec<(&'static FieldDef, Assign)>, filter: Vec<Filter>) -> Self {
        Self { schema, set, filter }
    }
}

/// What a field becomes.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Assign {
    /// That value.
    To(Value),
}

/// The end of rows of a table.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Delete {
    /// The table.
    pub schema: &'static Schema,
    /// The conditions; a row must meet them all.
    pub filter: Vec<Filter>,
}

impl Delete {
    /// The rows that meet `filter` go.
    pub fn new(schema: &'static Schema, filter: Vec<Filter>) -> Self {
        Self { schema, filter }
    }
}
