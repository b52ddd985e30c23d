//! A query without its model's type: what the generated methods call.

use std::borrow::Cow;
use std::sync::Arc;

use super::after::Cursor;
use super::endings::settle;
use crate::model::{Model, Operand, Operands};
use crate::query::{
    Aggregate, Assign, Column, Combine, Combined, Compare, DatePart, Delete, Direction, Filter, Match,
    Output, Select, Sort, Update,
};
use crate::registry::{Connection, resolve};
use crate::schema::{Choices, FieldDef, Role, Schema, Type};
use crate::{Error, Field, Kind, Result, Value};

/// A query without its model's type. The first mistake in it is kept, and given
/// when it is run.
#[derive(Debug, Clone)]
pub struct RawQuery {
    pub(super) select: Select,
    pub(super) page: Option<u64>,
    pub(super) after: Option<Cursor>,
    set: Vec<(&'static FieldDef, Assign)>,
    pending_or: bool,
    mistake: Option<Error>,
    on: Option<Connection>,
    /// Where the row came from that the query starts from.
    origin: Option<u32>,
    /// The queries within this one: each must be at home on its connection.
    within: Vec<Within>,
}

/// Where a query within another one would go by itself.
#[derive(Debug, Clone)]
struct Within {
    schema: &'static Schema,
    on: Option<Connection>,
    origin: Option<u32>,
}

impl RawQuery {
    /// All rows of a table.
    pub fn new(schema: &'static Schema) -> Self {
        Self::of(Select::new(schema))
    }

    fn of(select: Select) -> Self {
        Self {
            select,
            page: None,
            after: None,
            set: Vec::new(),
            pending_or: false,
            mistake: None,
            on: None,
            origin: None,
            within: Vec::new(),
        }
    }

    pub(super) fn set_connection(&mut self, connection: Connection) {
        self.on = Some(connection);
    }

    /// Asks where `row` came from, unless it is said otherwise.
    #[doc(hidden)]
    pub fn set_origin(&mut self, row: &impl Model) {
        self.origin = Some(row.__origin());
    }

    pub(super) fn invalid(&mut self, text: impl Into<Cow<'static, str>>) {
        let model = self.select.schema.model();
        self.mistake(
            Error::new(Kind::Invalid, text).context(format_args!("query of `{model}`")).with_model(model),
        );
    }

    /// Keeps an error that is found elsewhere.
    pub(in crate::model) fn mistaken(&mut self, error: Error) {
        self.mistake(error);
    }

    #[cold]
    fn mistake(&mut self, error: Error) {
        self.mistake.get_or_insert(error);
    }
}

/// Queries within it.
impl RawQuery {
    /// Takes note of where a query that is taken in would go.
    fn take_note(&mut self, inner: &Self) {
        let (schema, on, origin) = (inner.select.schema, inner.on.clone(), inner.origin);
        self.within.push(Within { schema, on, origin });
        self.within.extend(inner.within.iter().cloned());
    }

    fn take_in(&mut self, inner: Self) -> Option<Select> {
        self.take_note(&inner);
        inner.into_subquery().map_err(|error| self.mistake(error)).ok()
    }

    /// The connection to ask: all that is within must be there.
    fn home(&self) -> Result<Connection> {
        let schema = self.select.schema;
        let home = resolve(schema, self.on.as_ref(), self.origin)?;
        for it in &self.within {
            let there = resolve(it.schema, it.on.as_ref().or(self.on.as_ref()), it.origin.or(self.origin))?;
            if there.slot() != home.slot() {
                return Err(elsewhere(schema, &home, it.schema, &there));
            }
        }
        Ok(home)
    }
}

#[cold]
fn elsewhere(schema: &Schema, home: &Connection, inner: &Schema, there: &Connection) -> Error {
    Error::new(
        Kind::Invalid,
        format!(
            "a query of `{}` on {} holds one of `{}`, which lives on {}: one statement asks one database; \
             read the one first, or say `.on(..)` where both are",
            schema.model(),
            home.title(),
            inner.model(),
            there.title()
        ),
    )
    .with_model(schema.model())
}

/// Conditions.
impl RawQuery {
    pub(super) fn or(&mut self) {
        if self.select.filter.is_empty() || self.pending_or {
            self.invalid(
                "`or()` joins the condition before it and the one after it, and there is none before it",
            );
        }
        self.pending_or = true;
    }

    /// Adds a condition, joined as the last word said.
    fn push(&mut self, filter: Filter) {
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
    pub(super) fn group(&mut self, inner: Self, join: impl FnOnce(Vec<Filter>) -> Filter) {
        self.within.extend(inner.within.iter().cloned());
        match inner.into_conditions() {
            // A group of its own, so that a later `or` does not grow it.
            Ok(filters) => self.push(Filter::All(vec![join(filters)])),
            Err(error) => self.mistake(error),
        }
    }

    fn into_conditions(mut self) -> Result<Vec<Filter>> {
        self.check_or();
        self.check_bare();
        match self.mistake {
            Some(error) => Err(error),
            None => Ok(self.select.filter),
        }
    }

    fn check_bare(&mut self) {
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
    pub(super) fn is_related(&mut self, field: &'static FieldDef, inner: Self) {
        let Some(mut select) = self.take_in(inner) else { return };
        without_null(&mut select);
        let mut filters = vec![Filter::InQuery(field, Box::new(select), true)];
        if field.nullable {
            filters.push(Filter::Null(field, false));
        }
        self.push(Filter::All(filters));
    }

    /// The same query, if it is of conditions alone; else it keeps a mistake.
    pub(super) fn bare(mut self) -> Self {
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
        let filter = match operand {
            Operand::Value(value) if !value.is_null() => {
                if !self.is_storable(field, &value) {
                    return;
                }
                Filter::Compare(field, compare, value)
            }
            Operand::Value(_) => match compare {
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
    fn has_order(&mut self, field: &'static FieldDef) -> bool {
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
    fn is_storable(&mut self, field: &'static FieldDef, value: &Value) -> bool {
        let Some(rule) = value.unstorable() else { return true };
        let (model, name) = (self.select.schema.model(), field.name);
        let error = Error::new(Kind::Value, format!("what `{model}.{name}` is compared with {rule}"));
        self.mistake(error.with_model(model).with_field(name));
        false
    }

    fn part_of(&mut self, field: &'static FieldDef, part: DatePart) -> Option<DatePart> {
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
        let filter = match operands {
            Operands::Values(values) => {
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
        let text = Value::Text(text.to_owned());
        if self.is_storable(field, &text) {
            self.push(Filter::Match(field, how, text, matches));
        }
    }

    pub(super) fn raw(&mut self, text: &'static str, values: Vec<Value>) {
        self.push(Filter::Raw(text, values));
    }
}

/// Order, bounds, outputs.
impl RawQuery {
    /// Sorts by `field`.
    #[doc(hidden)]
    #[inline(never)]
    pub fn sort(&mut self, field: &'static FieldDef, direction: Direction) {
        self.select.sort.push(Sort::Field(field, direction));
    }

    /// Sorts by the place in a list.
    #[doc(hidden)]
    #[inline(never)]
    pub fn sort_list(&mut self, field: &'static FieldDef, values: Vec<Value>) {
        if !values.is_empty() {
            self.select.sort.push(Sort::List(field, values));
        }
    }

    pub(super) fn sort_selected(&mut self, direction: Direction) {
        match &self.select.output {
            Output::Columns(columns) => {
                let last = columns.len() - 1;
                self.select.sort.push(Sort::Output(last, direction));
            }
            Output::Rows => self.invalid("nothing was selected yet that it could be sorted by"),
        }
    }

    /// Selects a column.
    #[doc(hidden)]
    #[inline(never)]
    pub fn column(&mut self, column: Column) {
        if let Column::Aggregate(Aggregate::Min | Aggregate::Max, field) = column
            && !self.has_order(field)
        {
            return;
        }
        if self.select.combined.is_some() {
            self.invalid("columns are selected before queries are combined");
        }
        match &mut self.select.output {
            Output::Columns(columns) => columns.push(column),
            rows @ Output::Rows => *rows = Output::Columns(vec![column]),
        }
    }

    /// Makes one group of the rows that are alike in `field`, and selects it.
    #[doc(hidden)]
    #[inline(never)]
    pub fn group_by(&mut self, field: &'static FieldDef) {
        self.select.group.push(field);
        self.column(Column::Field(field));
    }

    /// The rows of this query and of another, combined.
    pub(super) fn combine(&mut self, how: Combine, other: Self) {
        self.take_note(&other);
        let output = self.select.output.clone();
        let schema = self.select.schema;
        let first = std::mem::replace(&mut self.select, Select::new(schema));
        let (first, second) = match (self.member(first), other.into_member()) {
            (Ok(first), Ok(second)) => (first, second),
            (Err(error), _) | (_, Err(error)) => return self.mistake(error),
        };
        self.select.output = output;
        self.select.combined = Some(Box::new(Combined::new(how, first, second)));
    }

    fn member(&mut self, select: Select) -> Result<Select> {
        let mut member = Self::of(select);
        member.page = self.page.take();
        member.after = self.after.take();
        member.pending_or = std::mem::take(&mut self.pending_or);
        member.into_member()
    }

    fn into_member(self) -> Result<Select> {
        self.checked()
    }
}

/// Changes.
impl RawQuery {
    /// Sets `field`.
    #[doc(hidden)]
    #[inline(never)]
    pub fn set(&mut self, field: &'static FieldDef, operand: Operand) {
        let assign = match operand {
            Operand::Value(value) => match self.select.schema.check_value(field, &value) {
                Ok(()) => Assign::To(value),
                Err(error) => return self.mistake(error),
            },
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
    fn assign(&mut self, field: &'static FieldDef, assign: Assign) {
        self.set.retain(|(it, _)| !std::ptr::eq(*it, field));
        self.set.push((field, assign));
    }
}

/// By name.
impl RawQuery {
    pub(super) fn compare_name(&mut self, field: &str, compare: Compare, value: Value) {
        if let Some((field, value)) = self.named_value(field, value) {
            self.compare(field, compare, Operand::Value(value));
        }
    }

    pub(super) fn between_name(&mut self, field: &str, low: Value, high: Value) {
        if let Some((field, low)) = self.named_value(field, low)
            && let Some((_, high)) = self.named_value(field.name, high)
        {
            self.between(field, low, high);
        }
    }

    pub(super) fn in_name(&mut self, field: &str, values: Vec<Value>, is_in: bool) {
        if let Some((field, values)) = self.named_values(field, values) {
            self.is_in(field, Operands::Values(values), is_in);
        }
    }

    pub(super) fn null_name(&mut self, field: &str, is_null: bool) {
        if let Some(field) = self.named(field) {
            self.null(field, is_null);
        }
    }

    pub(super) fn match_name(&mut self, field: &str, how: Match, text: &str, matches: bool) {
        let Some(field) = self.named(field) else { return };
        if field.ty.is_text() {
            self.matches(field, how, text, matches);
        } else {
            self.invalid(format!("`{}` is no text, and only text is matched with text", field.name));
        }
    }

    pub(super) fn part_name(&mut self, field: &str, part: DatePart, is_in: bool) {
        if let Some(field) = self.named(field) {
            self.is_in(field, Operands::Part(part), is_in);
        }
    }

    pub(super) fn sort_name(&mut self, field: &str, direction: Direction) {
        if let Some(field) = self.named(field) {
            self.sort(field, direction);
        }
    }

    pub(super) fn sort_list_name(&mut self, field: &str, values: Vec<Value>) {
        if let Some((field, values)) = self.named_values(field, values) {
            self.sort_list(field, values);
        }
    }

    pub(super) fn column_name(&mut self, field: &str, column: impl FnOnce(&'static FieldDef) -> Column) {
        let Some(field) = self.named(field) else { return };
        match column(field) {
            Column::Aggregate(Aggregate::Sum | Aggregate::Avg, it) if !it.ty.is_number() => {
                self.invalid(format!("`{}` is no number, and only numbers have a sum or a mean", it.name));
            }
            column => self.column(column),
        }
    }

    pub(super) fn group_name(&mut self, field: &str) {
        if let Some(field) = self.named(field) {
            self.group_by(field);
        }
    }

    pub(super) fn set_name(&mut self, field: &str, value: Value) {
        if let Some((field, value)) = self.named_value(field, value) {
            self.set(field, Operand::Value(value));
        }
    }

    pub(super) fn increment_name(&mut self, field: &str, number: Value) {
        let Some((field, number)) = self.named_value(field, number) else { return };
        self.increment(field, number);
    }

    fn named(&mut self, field: &str) -> Option<&'static FieldDef> {
        self.select.schema.field(field).map_err(|error| self.mistake(error)).ok()
    }

    fn named_value(&mut self, field: &str, value: Value) -> Option<(&'static FieldDef, Value)> {
        let field = self.named(field)?;
        let value = self.select.schema.fit(field, value).map_err(|error| self.mistake(error)).ok()?;
        Some((field, value))
    }

    fn named_values(&mut self, field: &str, values: Vec<Value>) -> Option<(&'static FieldDef, Vec<Value>)> {
        let field = self.named(field)?;
        let schema = self.select.schema;
        let fitted: Result<Vec<Value>> = values.into_iter().map(|it| schema.fit(field, it)).collect();
        Some((field, fitted.map_err(|error| self.mistake(error)).ok()?))
    }
}

/// What it comes to.
impl RawQuery {
    /// The connection to ask and what to ask it.
    pub(in crate::model) fn into_select(self) -> Result<(Connection, Select)> {
        let home = self.home();
        // What is wrong with the query itself is said first.
        let select = self.checked()?;
        Ok((home?, select))
    }

    /// What to ask, where the connection is known.
    pub(in crate::model) fn into_bare(self) -> Result<Select> {
        self.checked()
    }

    /// As a query within another, which gives one column.
    fn into_subquery(self) -> Result<Select> {
        let schema = self.select.schema;
        let select = self.checked()?;
        match &select.output {
            Output::Columns(columns) if columns.len() == 1 => Ok(select),
            _ => Err(Error::new(
                Kind::Invalid,
                format!("the query of `{}` within another must select one column", schema.model()),
            )),
        }
    }

    fn check_or(&mut self) {
        if self.pending_or {
            self.invalid(
                "`or()` joins the condition before it and the one after it, and there is none after it",
            );
        }
    }

    fn checked(mut self) -> Result<Select> {
        self.check_or();
        if !self.set.is_empty() {
            self.invalid("`set_..` and `incr_..` are for `update()`, and not for reading rows");
        }
        self.check_page();
        self.place_cursor();
        self.check_outputs();
        if !self.select.bounds.is_all() {
            settle(&mut self.select);
        }
        match self.mistake {
            Some(error) => Err(error),
            None => Ok(self.select),
        }
    }

    fn check_page(&mut self) {
        let Some(page) = self.page else { return };
        match self.select.bounds.limit {
            Some(limit) => self.select.bounds.offset = page.saturating_sub(1).saturating_mul(limit),
            None => self.invalid("`page(n)` needs a `limit(..)`, which says how long a page is"),
        }
    }

    fn check_outputs(&mut self) {
        let select = &self.select;
        let is_grouped = |field: &FieldDef| select.group.iter().any(|it| std::ptr::eq(*it, field));
        let Output::Columns(columns) = &select.output else { return };
        let has_aggregates = columns.iter().any(|it| !matches!(it, Column::Field(_)));
        if select.combined.is_none() && (has_aggregates || !select.group.is_empty()) {
            let lone = columns.iter().find_map(|it| match it {
                Column::Field(field) if !is_grouped(field) => Some(field.name),
                _ => None,
            });
            if let Some(name) = lone {
                self.invalid(format!(
                    "`{name}` is selected beside what a group comes to, and it is not grouped by: say `group_by_{name}()`"
                ));
                return;
            }
        }
        // Where rows are groups, or become one, only what is selected has one value.
        let is_selected = |field: &FieldDef| {
            columns.iter().any(|it| matches!(it, Column::Field(it) if std::ptr::eq(*it, field)))
        };
        if select.combined.is_some() {
            let mut lone = None;
            let mut look = |field: &'static FieldDef| {
                if !is_selected(field) {
                    lone = Some(field.name);
                }
            };
            select.filter.iter().for_each(|it| it.visit_fields(&mut look));
            if let Some(name) = lone {
                self.invalid(format!(
                    "a combined query is asked about `{name}`, which its parts do not select"
                ));
                return;
            }
        }
        if select.distinct || select.combined.is_some() || has_aggregates || !select.group.is_empty() {
            let lone = select.sort.iter().find_map(|it| match it {
                Sort::Field(field, _) | Sort::List(field, _) if !is_selected(field) => Some(field.name),
                _ => None,
            });
            if let Some(name) = lone {
                self.invalid(format!("it is sorted by `{name}`, which is not selected"));
            }
        }
    }

    pub(in crate::model) fn into_update(mut self, all: bool) -> Result<(Connection, Update)> {
        let schema = self.select.schema;
        if self.set.is_empty() {
            self.invalid("`update()` needs a `set_..` or an `incr_..`");
        }
        // Rows that are changed are changed now, unless the stamp itself is set.
        if let Some(at) = schema.position(Role::Updated) {
            let stamp = &schema.fields()[at];
            if !self.set.iter().any(|(it, _)| std::ptr::eq(*it, stamp)) {
                self.set.push((stamp, Assign::To(crate::field::now().to_value())));
            }
        }
        let set = std::mem::take(&mut self.set);
        let (connection, filter) = self.into_change("update", all)?;
        Ok((connection, Update::new(schema, set, filter)))
    }

    pub(in crate::model) fn into_delete(mut self, all: bool) -> Result<(Connection, Delete)> {
        if !self.set.is_empty() {
            self.invalid("`set_..` and `incr_..` are for `update()`, and not for deleting rows");
        }
        let schema = self.select.schema;
        let (connection, filter) = self.into_change("delete", all)?;
        Ok((connection, Delete::new(schema, filter)))
    }

    fn into_change(mut self, word: &str, all: bool) -> Result<(Connection, Vec<Filter>)> {
        self.check_or();
        let select = &self.select;
        let is_bare = select.is_plain() && select.sort.is_empty() && select.bounds.is_all();
        if !is_bare || self.page.is_some() || self.after.is_some() {
            self.invalid(format!(
                "`{word}()` takes conditions alone: no order, no bounds, no selection; \
                 narrow it by key, as in `in_id(query.select_id())`"
            ));
        } else if select.filter.iter().all(Filter::is_met_by_all) && !all {
            self.invalid(format!(
                "`{word}()` without a condition that leaves out any row would {word} every row: say `{word}_all()` for that"
            ));
        }
        match self.mistake {
            Some(error) => Err(error),
            None => Ok((self.home()?, self.select.filter)),
        }
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

/// One value is wanted of it: the first row's.
fn first_row(mut select: Select) -> Box<Select> {
    settle(&mut select);
    select.bounds.limit = Some(select.bounds.limit.unwrap_or(1).min(1));
    Box::new(select)
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
