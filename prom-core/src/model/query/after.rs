//! Pages that begin behind a row, whatever was inserted before it meanwhile.

use super::{RawQuery, comparison};
use crate::model::Model;
use crate::query::{Compare, Direction, Filter, Output, Sort};
use crate::schema::{Comparand, FieldDef, Schema};
use crate::{Kind, Result, Value};

/// The cells of a row that the page begins behind.
#[derive(Debug, Clone)]
pub(super) struct Cursor(Vec<Value>);

impl RawQuery {
    pub(super) fn after(&mut self, row: &impl Model) {
        let fields = 0..self.select.schema.fields().len();
        self.rows.add(row.__origin());
        self.after = Some(Cursor(fields.map(|at| row.__value(at)).collect()));
    }

    /// Turns the cursor into a condition on what is sorted by, the key last, so
    /// that no two rows stand in the same place.
    pub(super) fn place_cursor(&mut self) {
        let Some(cursor) = self.after.take() else { return };
        let schema = self.select.schema;
        let is_of_rows = matches!(self.select.output, Output::Rows) && self.select.combined.is_none();
        let (Some(key), true) = (schema.key(), is_of_rows) else {
            self.invalid("`after(..)` is for rows of a model with a key, and not for selections of them");
            return;
        };
        if !self.select.sort.iter().any(|it| matches!(it, Sort::Field(field, _) if std::ptr::eq(*field, key)))
        {
            self.select.sort.push(Sort::Field(key, Direction::Up));
        }
        match behind(schema, &self.select.sort, &cursor) {
            Ok(filter) => self.select.filter.push(filter),
            Err(error) => self.mistake(error),
        }
    }
}

/// The rows behind the cursor: greater in the first sort, or alike in it and
/// greater in the second, and so on.
fn behind(schema: &Schema, sorts: &[Sort], cursor: &Cursor) -> Result<Filter> {
    let mut ways = Vec::new();
    let mut alike = Vec::new();
    for sort in sorts {
        let Sort::Field(field, direction) = sort else {
            return Err(crate::Error::new(
                Kind::Invalid,
                format!("query of `{}`: `after(..)` needs an order by fields alone", schema.model()),
            )
            .with_model(schema.model()));
        };
        let value = schema.fields().iter().position(|it| std::ptr::eq(it, *field));
        let value = value.map_or(Value::Null, |at| cursor.0[at].clone());
        let mut way = alike.clone();
        way.push(further(field, *direction, &value));
        ways.push(Filter::All(way));
        alike.push(match value {
            Value::Null => Filter::Null(field, true),
            value => comparison(field, Compare::Eq, Comparand::of(field, value)),
        });
    }
    Ok(Filter::All(vec![Filter::Any(ways)]))
}

/// NULL counts as greater than every value.
fn further(field: &'static FieldDef, direction: Direction, value: &Value) -> Filter {
    match (direction, value) {
        (Direction::Up, Value::Null) => Filter::Any(Vec::new()),
        (Direction::Down, Value::Null) => Filter::Null(field, false),
        (Direction::Up, value) => {
            let greater = comparison(field, Compare::Gt, Comparand::of(field, value.clone()));
            match field.nullable {
                true => Filter::Any(vec![greater, Filter::Null(field, true)]),
                false => greater,
            }
        }
        (Direction::Down, value) => comparison(field, Compare::Lt, Comparand::of(field, value.clone())),
    }
}
