//! The same, with fields that are named at run time.

use super::RawQuery;
use crate::model::{Operand, Operands};
use crate::query::{Aggregate, Column, Compare, DatePart, Direction, Match};
use crate::schema::FieldDef;
use crate::{Result, Value};

impl RawQuery {
    pub(in crate::model::query) fn compare_name(&mut self, field: &str, compare: Compare, value: Value) {
        if let Some((field, value)) = self.named_value(field, value) {
            self.compare(field, compare, Operand::Value(value));
        }
    }

    pub(in crate::model::query) fn between_name(&mut self, field: &str, low: Value, high: Value) {
        if let Some((field, low)) = self.named_value(field, low)
            && let Some((_, high)) = self.named_value(field.name, high)
        {
            self.between(field, low, high);
        }
    }

    pub(in crate::model::query) fn in_name(&mut self, field: &str, values: Vec<Value>, is_in: bool) {
        if let Some((field, values)) = self.named_values(field, values) {
            self.is_in(field, Operands::Values(values), is_in);
        }
    }

    pub(in crate::model::query) fn null_name(&mut self, field: &str, is_null: bool) {
        if let Some(field) = self.named(field) {
            self.null(field, is_null);
        }
    }

    pub(in crate::model::query) fn match_name(&mut self, field: &str, how: Match, text: &str, matches: bool) {
        let Some(field) = self.named(field) else { return };
        if field.ty.is_text() {
            self.matches(field, how, text, matches);
        } else {
            self.invalid(format!("`{}` is no text, and only text is matched with text", field.name));
        }
    }

    pub(in crate::model::query) fn part_name(&mut self, field: &str, part: DatePart, is_in: bool) {
        if let Some(field) = self.named(field) {
            self.is_in(field, Operands::Part(part), is_in);
        }
    }

    pub(in crate::model::query) fn sort_name(&mut self, field: &str, direction: Direction) {
        if let Some(field) = self.named(field) {
            self.sort(field, direction);
        }
    }

    pub(in crate::model::query) fn sort_list_name(&mut self, field: &str, values: Vec<Value>) {
        if let Some((field, values)) = self.named_values(field, values) {
            self.sort_list(field, values);
        }
    }

    pub(in crate::model::query) fn column_name(
        &mut self,
        field: &str,
        column: impl FnOnce(&'static FieldDef) -> Column,
    ) {
        let Some(field) = self.named(field) else { return };
        match column(field) {
            Column::Aggregate(Aggregate::Sum | Aggregate::Avg, it) if !it.ty.is_number() => {
                self.invalid(format!("`{}` is no number, and only numbers have a sum or a mean", it.name));
            }
            column => self.column(column),
        }
    }

    pub(in crate::model::query) fn group_name(&mut self, field: &str) {
        if let Some(field) = self.named(field) {
            self.group_by(field);
        }
    }

    pub(in crate::model::query) fn set_name(&mut self, field: &str, value: Value) {
        if let Some((field, value)) = self.named_value(field, value) {
            self.set(field, Operand::Value(value));
        }
    }

    pub(in crate::model::query) fn increment_name(&mut self, field: &str, number: Value) {
        let Some((field, number)) = self.named_value(field, number) else { return };
        self.increment(field, number);
    }

    pub(in crate::model::query) fn named(&mut self, field: &str) -> Option<&'static FieldDef> {
        self.select.schema.field(field).map_err(|error| self.mistake(error)).ok()
    }

    pub(in crate::model::query) fn named_value(
        &mut self,
        field: &str,
        value: Value,
    ) -> Option<(&'static FieldDef, Value)> {
        let field = self.named(field)?;
        let value = self.select.schema.fit(field, value).map_err(|error| self.mistake(error)).ok()?;
        Some((field, value))
    }

    pub(in crate::model::query) fn named_values(
        &mut self,
        field: &str,
        values: Vec<Value>,
    ) -> Option<(&'static FieldDef, Vec<Value>)> {
        let field = self.named(field)?;
        let schema = self.select.schema;
        let fitted: Result<Vec<Value>> = values.into_iter().map(|it| schema.fit(field, it)).collect();
        Some((field, fitted.map_err(|error| self.mistake(error)).ok()?))
    }
}
