//! What rows become.

use super::RawQuery;
use super::within::first_row;
use crate::Value;
use crate::model::Operand;
use crate::query::Assign;
use crate::schema::FieldDef;

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
        if matches!(number, Value::F64(it) if !it.is_finite()) {
            self.invalid(format!("`{}` is counted up by what is not finite", field.name));
        } else if matches!(number, Value::I64(_) | Value::F64(_)) {
            self.assign(field, Assign::Add(number));
        } else {
            self.invalid(format!(
                "`{}` is counted up by a number, and {} is none",
                field.name,
                number.kind()
            ));
        }
    }

    /// What is said last counts.
    pub(in crate::model::query) fn assign(&mut self, field: &'static FieldDef, assign: Assign) {
        self.set.retain(|(it, _)| !std::ptr::eq(*it, field));
        self.set_rows.retain(|(set, _)| !std::ptr::eq(*set, field));
        self.set.push((field, assign));
    }
}
