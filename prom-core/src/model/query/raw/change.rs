//! What rows become.

use super::RawQuery;
use super::within::first_row;
use crate::Value;
use crate::model::Operand;
use crate::query::Assign;
use crate::schema::{FieldDef, Rule, Type};

impl RawQuery {
    /// Sets `field`.
    #[doc(hidden)]
    #[inline(never)]
    pub fn set(&mut self, field: &'static FieldDef, operand: Operand) {
        let row = match operand {
            Operand::Row(_, connection) => Some(connection),
            _ => None,
        };
        let assign = match operand {
            Operand::Value(value) | Operand::Row(value, _) => {
                match self.select.schema.check_value(field, &value) {
                    Ok(()) => Assign::To(value),
                    Err(error) => return self.mistake(error),
                }
            }
            Operand::Query(query) => match self.take_in(*query) {
                Some(select) => Assign::Query(first_row(select)),
                None => return,
            },
            Operand::Part(_) => {
                self.invalid(format!("`{}` cannot be set to a part of a time", field.name));
                return;
            }
        };
        self.assign(field, assign);
        self.set_rows.extend(row.map(|connection| (field, connection)));
    }

    /// Adds to `field`.
    #[doc(hidden)]
    #[inline(never)]
    pub fn increment(&mut self, field: &'static FieldDef, number: Value) {
        let rule = match number {
            Value::F64(number) if !number.is_finite() => "is counted up by what is not finite",
            Value::I64(number) if exceeds_range(field, number) => {
                "is counted up by more than its range is wide, which takes every value out of it"
            }
            Value::I64(_) | Value::F64(_) => return self.assign(field, Assign::Add(number)),
            other => {
                self.invalid(format!(
                    "`{}` is counted up by a number, and {} is none",
                    field.name,
                    other.kind()
                ));
                return;
            }
        };
        self.mistake(self.select.schema.unheld(field, &Rule::Text(rule)));
    }

    /// The number to add to a field that is named at run time, which need not be one of the
    /// field's own values: `-1` for a field without a sign.
    pub(super) fn increment_of(&mut self, field: &'static FieldDef, number: Value) -> Option<Value> {
        let ty = if field.ty.is_integer() { Type::I64 } else { field.ty };
        let fitted = self.select.schema.fit(&FieldDef::new(field.name, ty), number);
        fitted.map_err(|error| self.mistake(error)).ok()
    }

    /// What is said last counts.
    pub(in crate::model::query) fn assign(&mut self, field: &'static FieldDef, assign: Assign) {
        self.set.retain(|(it, _)| !std::ptr::eq(*it, field));
        self.set_rows.retain(|(set, _)| !std::ptr::eq(*set, field));
        self.set.push((field, assign));
    }
}

/// Whether no value of the field is still in its range with `number` more.
fn exceeds_range(field: &FieldDef, number: i64) -> bool {
    let width = field.whole_range().map(|(min, max)| i128::from(max) - i128::from(min));
    width.is_some_and(|width| i128::from(number).abs() > width)
}
