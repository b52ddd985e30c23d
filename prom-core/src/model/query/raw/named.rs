//! The same, with fields that are named at run time.

use super::RawQuery;
use super::conditions::one_of;
use crate::Value;
use crate::model::{Operand, Operands};
use crate::query::{Aggregate, Column, Compare, DatePart, Direction, Match};
use crate::schema::{Comparand, FieldDef};

impl RawQuery {
    pub(in crate::model::query) fn compare_name(&mut self, field: &str, compare: Compare, value: Value) {
        let Some(field) = self.named(field) else { return };
        if let Some(value) = self.comparand(field, value) {
            self.compare_with(field, compare, value);
        }
    }

    pub(in crate::model::query) fn between_name(&mut self, field: &str, low: Value, high: Value) {
        let Some(field) = self.named(field) else { return };
        if let (Some(low), Some(high)) = (self.comparand(field, low), self.comparand(field, high)) {
            self.between_both(field, low, high);
        }
    }

    pub(in crate::model::query) fn in_name(&mut self, field: &str, values: Vec<Value>, is_in: bool) {
        let Some(field) = self.named(field) else { return };
        if let Some(values) = self.comparands(field, values) {
            self.push(one_of(field, values.into_iter(), is_in));
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
        let Some(field) = self.named(field) else { return };
        if let Some(values) = self.comparands(field, values) {
            self.sort_held(field, values.into_iter());
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
        let Some(field) = self.named(field) else { return };
        if !self.is_of_its_model(field, &value) {
            return;
        }
        let (value, connection) = value.into_key();
        let Some(value) = self.fitted(field, value) else { return };
        self.set(
            field,
            match connection {
                Some(connection) => Operand::Row(value, connection),
                None => Operand::Value(value),
            },
        );
    }

    pub(in crate::model::query) fn increment_name(&mut self, field: &str, number: Value) {
        let Some(field) = self.named(field) else { return };
        if field.choices.is_some() {
            self.invalid(format!("`{}` has only some values, and is not counted up", field.name));
        } else if let Some(number) = self.increment_of(field, number) {
            self.increment(field, number);
        }
    }

    pub(in crate::model::query) fn named(&mut self, field: &str) -> Option<&'static FieldDef> {
        self.select.schema.field(field).map_err(|error| self.mistake(error)).ok()
    }

    /// Whether the value is no row, or one that the field refers to.
    fn is_of_its_model(&mut self, field: &'static FieldDef, value: &Value) -> bool {
        self.select.schema.check_row(field, value).map_err(|error| self.mistake(error)).is_ok()
    }

    /// What is compared with a field that is named at run time.
    fn comparand(&mut self, field: &'static FieldDef, value: Value) -> Option<Comparand> {
        if !self.is_of_its_model(field, &value) {
            return None;
        }
        let value = self.key_of(value);
        self.select.schema.comparand(field, value).map_err(|error| self.mistake(error)).ok()
    }

    fn comparands(&mut self, field: &'static FieldDef, values: Vec<Value>) -> Option<Vec<Comparand>> {
        values.into_iter().map(|value| self.comparand(field, value)).collect()
    }

    /// What is written to a field that is named at run time.
    fn fitted(&mut self, field: &'static FieldDef, value: Value) -> Option<Value> {
        self.select.schema.fit(field, value).map_err(|error| self.mistake(error)).ok()
    }
}
