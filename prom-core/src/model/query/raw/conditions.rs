//! Which rows: conditions, groups of them, and what fields are compared with.

use std::sync::Arc;

use super::RawQuery;
use super::within::first_row;
use crate::model::{Operand, Operands};
use crate::query::{Column, Compare, DatePart, Filter, Match, Output, Select};
use crate::schema::{Choices, FieldDef, Type};
use crate::{Error, Kind, Result, Value};

impl RawQuery {
    pub(in crate::model::query) fn or(&mut self) {
        if self.select.filter.is_empty() || self.pending_or {
            self.invalid(
                "`or()` joins the condition before it and the one after it, and there is none before it",
            );
        }
        self.pending_or = true;
    }

    /// Adds a condition, joined as the last word said.
    pub(in crate::model::query) fn push(&mut self, filter: Filter) {
        if !std::mem::take(&mut self.pending_or) {
            self.select.filter.push(filter);
            return;
        }
        match self.select.filter.last_mut() {
            Some(Filter::Any(group)) => group.push(filter),
            Some(last) => {
                let before = std::mem::replace(last, Filter::All(Vec::new()));
                *last = Filter::Any(vec![before, filter]);
            }
            // `or` made a mistake of it already.
            None => {}
        }
    }

    /// Adds what another query of the same model asks, as one condition.
    pub(in crate::model::query) fn group(&mut self, inner: Self, join: impl FnOnce(Vec<Filter>) -> Filter) {
        self.within.extend(inner.within.iter().cloned());
        self.take_rows(&inner);
        match inner.into_conditions() {
            // A group of its own, so that a later `or` does not grow it.
            Ok(filters) => self.push(Filter::All(vec![join(filters)])),
            Err(error) => self.mistake(error),
        }
    }

    pub(in crate::model::query) fn into_conditions(mut self) -> Result<Vec<Filter>> {
        self.check_or();
        self.check_bare();
        match self.mistake {
            Some(error) => Err(error),
            None => Ok(self.select.filter),
        }
    }

    pub(in crate::model::query) fn check_bare(&mut self) {
        self.check_skips_nothing();
        let select = &self.select;
        let is_bare = select.is_plain() && select.sort.is_empty() && select.bounds.is_all();
        if !is_bare || self.page.is_some() || !self.set.is_empty() {
            self.invalid(
                "here stand conditions, and nothing else: no order, no bounds, no selection, no change",
            );
        }
    }

    /// Keeps rows whose `field` is among what `inner` finds; NULL is not, and
    /// that is an answer, so that its opposite is one too.
    pub(in crate::model::query) fn is_related(&mut self, field: &'static FieldDef, inner: Self) {
        let Some(mut select) = self.take_in(inner) else { return };
        without_null(&mut select);
        let mut filters = vec![Filter::InQuery(field, Box::new(select), true)];
        if field.nullable {
            filters.push(Filter::Null(field, false));
        }
        self.push(Filter::All(filters));
    }

    /// The same query, if it is of conditions alone; else it keeps a mistake.
    pub(in crate::model::query) fn bare(mut self) -> Self {
        self.check_or();
        self.check_bare();
        self
    }

    /// Keeps rows whose `field` compares so with the operand.
    #[doc(hidden)]
    #[inline(never)]
    pub fn compare(&mut self, field: &'static FieldDef, compare: Compare, operand: Operand) {
        if compare.is_order() && !self.has_order(field) {
            return;
        }
        if let Operand::Row(_, connection) = &operand {
            self.rows.add(*connection);
        }
        let filter = match operand {
            Operand::Value(value) | Operand::Row(value, _) if !value.is_null() => {
                if !self.is_storable(field, &value) {
                    return;
                }
                Filter::Compare(field, compare, value)
            }
            Operand::Value(_) | Operand::Row(..) => match compare {
                Compare::Eq => Filter::Null(field, true),
                Compare::Ne => Filter::Null(field, false),
                _ => {
                    self.invalid(format!(
                        "`{}` is compared with NULL, which is neither less nor greater",
                        field.name
                    ));
                    return;
                }
            },
            Operand::Query(query) => match self.take_in(*query) {
                Some(select) => Filter::CompareQuery(field, compare, first_row(select)),
                None => return,
            },
            Operand::Part(part) => {
                let Some(part) = self.part_of(field, part) else { return };
                match part.values.as_slice() {
                    [number] => Filter::ComparePart(field, part.part, compare, Value::I64(*number)),
                    numbers => {
                        self.invalid(format!(
                            "a part of `{}` is compared with {} numbers; `in_` takes several",
                            field.name,
                            numbers.len()
                        ));
                        return;
                    }
                }
            }
        };
        self.push(filter);
    }

    /// An enum that is stored by name would be compared by the alphabet.
    pub(in crate::model::query) fn has_order(&mut self, field: &'static FieldDef) -> bool {
        let has_order = !matches!(field.choices, Some(Choices::Text(_)));
        if !has_order {
            self.invalid(format!(
                "`{}` is stored by the names of its variants, which are neither less nor greater; \
                 give the enum numbers to compare it by them",
                field.name
            ));
        }
        has_order
    }

    /// What no field holds is compared with none: on one backend it would be
    /// another value, and on the next an error.
    pub(in crate::model::query) fn is_storable(&mut self, field: &'static FieldDef, value: &Value) -> bool {
        let Some(rule) = value.unstorable() else { return true };
        let (model, name) = (self.select.schema.model(), field.name);
        let error = Error::new(Kind::Value, format!("what `{model}.{name}` is compared with {rule}"));
        self.mistake(error.with_model(model).with_field(name));
        false
    }

    pub(in crate::model::query) fn part_of(
        &mut self,
        field: &'static FieldDef,
        part: DatePart,
    ) -> Option<DatePart> {
        let is_there = match field.ty {
            Type::Timestamp => true,
            Type::Date => part.part.is_of_a_date(),
            _ => false,
        };
        if !is_there {
            self.invalid(format!("`{}` has no such part as {:?}", field.name, part.part));
        }
        is_there.then_some(part)
    }

    /// Keeps rows whose `field` lies between the two, both included.
    #[doc(hidden)]
    #[inline(never)]
    pub fn between(&mut self, field: &'static FieldDef, low: Value, high: Value) {
        if !self.has_order(field) {
            return;
        }
        if low.is_null() || high.is_null() {
            self.invalid(format!("`{}` is held between NULL, which is neither less nor greater", field.name));
            return;
        }
        if self.is_storable(field, &low) && self.is_storable(field, &high) {
            self.push(Filter::Between(field, low, high));
        }
    }

    /// Keeps rows whose `field` is one of the operands, or none of them.
    #[doc(hidden)]
    #[inline(never)]
    pub fn is_in(&mut self, field: &'static FieldDef, operands: Operands, is_in: bool) {
        if let Operands::Rows(_, rows) = &operands {
            self.rows.add_all(*rows);
        }
        let filter = match operands {
            Operands::Values(values) | Operands::Rows(values, _) => {
                if !values.iter().all(|it| self.is_storable(field, it)) {
                    return;
                }
                one_of(field, values, is_in)
            }
            Operands::Query(query) => match self.take_in(*query) {
                Some(mut select) => {
                    without_null(&mut select);
                    Filter::InQuery(field, Box::new(select), is_in)
                }
                None => return,
            },
            Operands::Part(part) => {
                let Some(part) = self.part_of(field, part) else { return };
                match part.values.is_empty() {
                    // `IN ()` is no SQL everywhere, and an empty list an answer.
                    true => one_of(field, Vec::new(), is_in),
                    false => {
                        let (part, list) = part.into_list();
                        Filter::InPart(field, part, list, is_in)
                    }
                }
            }
        };
        self.push(filter);
    }

    /// Keeps rows whose `field` is NULL, or is not.
    #[doc(hidden)]
    #[inline(never)]
    pub fn null(&mut self, field: &'static FieldDef, is_null: bool) {
        self.push(Filter::Null(field, is_null));
    }

    /// Keeps rows whose `field` matches, or does not.
    #[doc(hidden)]
    #[inline(never)]
    pub fn matches(&mut self, field: &'static FieldDef, how: Match, text: &str, matches: bool) {
        if how == Match::Like && ends_in_escape(text) {
            self.invalid(format!("the pattern for `{}` ends in a `\\` that takes no character", field.name));
            return;
        }
        let text = Value::Text(text.to_owned());
        if self.is_storable(field, &text) {
            self.push(Filter::Match(field, how, text, matches));
        }
    }

    pub(in crate::model::query) fn raw(&mut self, text: &'static str, values: Vec<Value>) {
        self.push(Filter::Raw(text, values));
    }
}

fn one_of(field: &'static FieldDef, mut values: Vec<Value>, is_in: bool) -> Filter {
    let given = values.len();
    values.retain(|it| !it.is_null());
    let has_null = values.len() < given;
    let list = (!values.is_empty()).then(|| Value::List(Arc::from(values)));
    match (is_in, list, has_null) {
        (true, Some(list), false) => Filter::In(field, list),
        // In a group of its own, so that a later `or` does not grow it.
        (true, Some(list), true) => {
            Filter::All(vec![Filter::Any(vec![Filter::In(field, list), Filter::Null(field, true)])])
        }
        (true, None, true) => Filter::Null(field, true),
        (true, None, false) => Filter::All(vec![Filter::Any(Vec::new())]),
        (false, Some(list), false) => Filter::NotIn(field, list),
        (false, Some(list), true) => {
            Filter::All(vec![Filter::NotIn(field, list), Filter::Null(field, false)])
        }
        (false, None, true) => Filter::Null(field, false),
        (false, None, false) => Filter::All(Vec::new()),
    }
}

/// NULL among the rows would leave `NOT IN` without an answer for every row.
fn without_null(select: &mut Select) {
    let Output::Columns(columns) = &select.output else { return };
    // Within bounds it would let other rows in; the renderer then answers for NULL.
    if let [Column::Field(field)] = columns.as_slice()
        && field.nullable
        && select.bounds.is_all()
    {
        select.filter.push(Filter::Null(field, false));
    }
}

fn ends_in_escape(pattern: &str) -> bool {
    let escapes = pattern.chars().rev().take_while(|it| *it == '\\').count();
    escapes % 2 == 1
}
