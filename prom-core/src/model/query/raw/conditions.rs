//! Which rows: conditions, groups of them, and what fields are compared with.

use std::sync::Arc;

use super::RawQuery;
use super::within::first_row;
use crate::model::{Operand, Operands};
use crate::query::{Column, Compare, DatePart, Filter, Match, Output, Select};
use crate::schema::{Choices, Comparand, FieldDef, Gap, Type};
use crate::{Result, Value};

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
        if let Operand::Row(_, connection) = &operand {
            self.rows.add(*connection);
        }
        if compare.is_order() && !self.has_order(field) {
            return;
        }
        let filter = match operand {
            Operand::Value(value) | Operand::Row(value, _) => {
                return self.compare_with(field, compare, Comparand::of(field, value));
            }
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

    /// Keeps rows whose `field` compares so with the value.
    pub(in crate::model::query) fn compare_with(
        &mut self,
        field: &'static FieldDef,
        compare: Compare,
        value: Comparand,
    ) {
        if compare.is_order() && !self.has_order(field) {
            return;
        }
        if compare.is_order() && value.is_null() {
            self.invalid(format!(
                "`{}` is compared with NULL, which is neither less nor greater",
                field.name
            ));
            return;
        }
        self.push(comparison(field, compare, value));
    }

    /// A value, or the key of the row that was given, which must be of the connection that is asked.
    pub(in crate::model::query) fn key_of(&mut self, value: Value) -> Value {
        let (value, connection) = value.into_key();
        if let Some(connection) = connection {
            self.rows.add(connection);
        }
        value
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
        self.between_both(field, Comparand::of(field, low), Comparand::of(field, high));
    }

    pub(in crate::model::query) fn between_both(
        &mut self,
        field: &'static FieldDef,
        low: Comparand,
        high: Comparand,
    ) {
        if !self.has_order(field) {
            return;
        }
        if low.is_null() || high.is_null() {
            self.invalid(format!("`{}` is held between NULL, which is neither less nor greater", field.name));
            return;
        }
        self.push(match (low, high) {
            (Comparand::Held(low), Comparand::Held(high)) => Filter::Between(field, low, high),
            (low, high) => {
                Filter::All(vec![comparison(field, Compare::Gte, low), comparison(field, Compare::Lte, high)])
            }
        });
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
                let values = values.into_iter().map(|value| Comparand::of(field, value));
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
                let (part, list) = part.into_list();
                Filter::InPart(field, part, list, is_in)
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
        if how == Match::Like && text.len() > LONGEST_PATTERN {
            self.invalid(format!(
                "the pattern for `{}` has {} bytes, and {LONGEST_PATTERN} are the most; `contains_..`, \
                 `startswith_..` and `endswith_..` take text of any length",
                field.name,
                text.len()
            ));
            return;
        }
        // No row holds a NUL that the text could be found by.
        self.push(match (text.contains('\0'), matches) {
            (false, _) => Filter::Match(field, how, Value::Text(text.to_owned()), matches),
            (true, true) => Filter::False(field),
            (true, false) => Filter::True(field),
        });
    }

    pub(in crate::model::query) fn raw(&mut self, text: &'static str, values: Vec<Value>) {
        let values = values.into_iter().map(|value| self.key_of(value)).collect();
        self.push(Filter::Raw(text, values));
    }
}

/// How many bytes a pattern has at most: SQLite takes 50,000, and up to three for each.
const LONGEST_PATTERN: usize = 16_384;

/// Whether `field` compares so with a value. One that no row can hold is answered here, and as
/// every comparison it leaves NULL open.
pub(in crate::model) fn comparison(field: &'static FieldDef, compare: Compare, value: Comparand) -> Filter {
    let gap = match (value, compare) {
        (Comparand::Held(Value::Null), Compare::Ne) => return Filter::Null(field, false),
        (Comparand::Held(Value::Null), _) => return Filter::Null(field, true),
        (Comparand::Held(value), _) => return Filter::Compare(field, compare, value),
        (Comparand::Unheld(gap, _), _) => gap,
    };
    match (compare, gap) {
        (Compare::Gt | Compare::Gte, Gap::Above(below)) => Filter::Compare(field, Compare::Gt, below),
        (Compare::Lt | Compare::Lte, Gap::Above(below)) => Filter::Compare(field, Compare::Lte, below),
        (Compare::Gt | Compare::Gte | Compare::Lt | Compare::Lte, Gap::At(value)) => {
            Filter::Compare(field, compare, value)
        }
        (Compare::Ne, _)
        | (Compare::Gt | Compare::Gte, Gap::Below)
        | (Compare::Lt | Compare::Lte, Gap::Beyond) => Filter::True(field),
        _ => Filter::False(field),
    }
}

pub(super) fn one_of(
    field: &'static FieldDef,
    values: impl Iterator<Item = Comparand>,
    is_in: bool,
) -> Filter {
    let (mut has_null, mut has_unheld) = (false, false);
    let held = |value| match value {
        Comparand::Held(Value::Null) => {
            has_null = true;
            None
        }
        Comparand::Held(value) => Some(value),
        Comparand::Unheld(..) => {
            has_unheld = true;
            None
        }
    };
    let values: Vec<Value> = values.filter_map(held).collect();
    let list = (!values.is_empty()).then(|| Value::List(Arc::from(values)));
    let found = match (is_in, list, has_unheld) {
        (true, Some(list), _) => Some(Filter::In(field, list)),
        (false, Some(list), _) => Some(Filter::NotIn(field, list)),
        (true, None, true) => Some(Filter::False(field)),
        (false, None, true) => Some(Filter::True(field)),
        (_, None, false) => None,
    };
    match (is_in, found, has_null) {
        (_, Some(found), false) => found,
        // In a group of its own, so that a later `or` does not grow it.
        (true, Some(found), true) => Filter::All(vec![Filter::Any(vec![found, Filter::Null(field, true)])]),
        (false, Some(found), true) => Filter::All(vec![found, Filter::Null(field, false)]),
        (_, None, true) => Filter::Null(field, is_in),
        (true, None, false) => Filter::All(vec![Filter::Any(Vec::new())]),
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
