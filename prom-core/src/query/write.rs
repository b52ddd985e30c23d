//! What changes rows.

use super::{Conflict, Filter, Returning, Select};
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
    /// What becomes of a row that another one is in the way of.
    pub conflict: Conflict,
    /// What is given of the rows.
    pub returning: Returning,
}

impl Insert {
    /// `rows` rows, with `values` for `fields`, row after row. What is in the way
    /// of one refuses them all, and none is given back.
    pub fn new(
        schema: &'static Schema,
        fields: Vec<&'static FieldDef>,
        values: Vec<Value>,
        rows: usize,
    ) -> Self {
        let (conflict, returning) = (Conflict::Refuse, Returning::Nothing);
        Self { schema, fields, values, rows, conflict, returning }
    }

    /// The same, with another answer to what is in the way.
    #[must_use]
    pub fn on_conflict(mut self, conflict: Conflict) -> Self {
        self.conflict = conflict;
        self
    }

    /// The same, giving that of its rows.
    #[must_use]
    pub fn returning(mut self, returning: Returning) -> Self {
        self.returning = returning;
        self
    }

    /// The values of the row at `index`.
    pub fn row(&self, index: usize) -> &[Value] {
        let width = self.fields.len();
        &self.values[index * width..(index + 1) * width]
    }

    /// The row `index` alone, as an insert of its own.
    #[must_use]
    pub fn single(&self, index: usize) -> Self {
        let values = self.row(index).to_vec();
        let (fields, conflict) = (self.fields.clone(), self.conflict.clone());
        Self { schema: self.schema, fields, values, rows: 1, returning: self.returning, conflict }
    }

    /// The fields that a row which is in the way keeps when it is updated, and whose
    /// values are whatever somebody wrote there.
    pub fn keeps(&self) -> impl Iterator<Item = &'static FieldDef> {
        let has =
            |fields: &[&FieldDef], field: &FieldDef| fields.iter().any(|other| std::ptr::eq(*other, field));
        let conflict = match &self.conflict {
            Conflict::Update { target, set } => Some((target, set)),
            _ => None,
        };
        conflict.into_iter().flat_map(move |(target, set)| {
            self.schema.fields().iter().filter(move |field| {
                // Where it is like the new row it has the same values, letter case perhaps apart.
                let is_like = has(target, field) && !field.ignore_case;
                !is_like && !has(set, field)
            })
        })
    }

    /// Whether the database makes the keys and they are asked back: not where rows
    /// may be left out, since nobody could tell whose they are.
    pub fn makes_keys(&self) -> bool {
        use crate::schema::KeyDef;

        let is_made = |key: &FieldDef| {
            key.key == Some(KeyDef::Generated) && !self.fields.iter().any(|it| std::ptr::eq(*it, key))
        };
        matches!(self.conflict, Conflict::Refuse) && self.schema.key().is_some_and(is_made)
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
    /// What is given of the changed rows.
    pub returning: Returning,
}

impl Update {
    /// The rows that meet `filter` become what `set` says.
    pub fn new(schema: &'static Schema, set: Vec<(&'static FieldDef, Assign)>, filter: Vec<Filter>) -> Self {
        Self { schema, set, filter, returning: Returning::Nothing }
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
    /// What is given of the deleted rows.
    pub returning: Returning,
}

impl Delete {
    /// The rows that meet `filter` go.
    pub fn new(schema: &'static Schema, filter: Vec<Filter>) -> Self {
        Self { schema, filter, returning: Returning::Nothing }
    }
}
