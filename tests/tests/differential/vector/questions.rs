//! A question as plain data, or the mistake in it.

use std::cmp::Ordering;

use prom::Value;
use prom::query::{Aggregate, Column, Combined, Compare, Direction, Filter, Match, Output, Select, Sort};
use prom::schema::{FieldDef, Type};

use super::{Presence, Result, Stop, Vector, compared, field, has_order, mistake, storable};
use crate::models::{Kin, Way};
use crate::outcome::{key, place};
use crate::program::{Cond, Order, Pick, Query, Selection, Start, Subquery, Test};

impl Vector {
    /// The query as plain data, which gives what is picked.
    pub(super) fn select(&self, kin: Kin, query: &Query, picked: &Picked) -> Result<Select> {
        let mut select = Select::new(kin.schema());
        if let Some(combined) = &query.combined {
            let (how, first, second) = &**combined;
            let of_parts = Picked { sort: None, ..picked.clone() };
            let (first, second) = (self.select(kin, first, &of_parts)?, self.select(kin, second, &of_parts)?);
            select.combined = Some(Box::new(Combined::new(*how, first, second)));
        }
        select.filter = self.filters(kin, &query.conds)?;
        // Columns are selected after the conditions of each part are said.
        mistake(query.combined.is_some() || !picked.is_mistaken)?;
        for order in &query.sort {
            match order {
                Order::By { field: name, down, .. } => {
                    select.sort.push(Sort::Field(field(kin, name), direction(*down)));
                }
                Order::List { field: name, values, .. } => {
                    let values = values.iter().map(|given| self.given(given)).collect::<Result<Vec<_>>>()?;
                    if !values.is_empty() {
                        select.sort.push(Sort::List(field(kin, name), Value::List(values.into())));
                    }
                }
            }
        }
        select.sort.extend(picked.sort.clone());
        if let Some(columns) = &picked.columns {
            select.output = Output::Columns(columns.clone());
            if select.combined.is_none() {
                select.group.clone_from(&picked.group);
            }
        }
        select.distinct = query.distinct;
        select.bounds.limit = query.limit;
        match query.start {
            Start::Offset(offset) => select.bounds.offset = offset,
            Start::Page(page) => {
                mistake(query.limit.is_some())?;
                let limit = query.limit.unwrap_or_default();
                select.bounds.offset = page.saturating_sub(1).saturating_mul(limit);
            }
            Start::After(slot) => {
                let held = self.held.get(&(kin, slot)).ok_or(Stop::Skip)?;
                if held.presence != Presence::There {
                    return Err(Stop::Skip);
                }
                self.begin_behind(kin, &mut select, &held.cells)?;
            }
        }
        asks_what_is_selected(&select)?;
        let has_list = select.sort.iter().any(|sort| matches!(sort, Sort::List(..)));
        if !select.bounds.is_all() || has_list {
            settle(kin, &mut select);
        }
        Ok(select)
    }

    /// Keeps the rows that come after `row` in the query's order, the key last.
    fn begin_behind(&self, kin: Kin, select: &mut Select, row: &[Value]) -> Result<()> {
        mistake(matches!(select.output, Output::Rows) && select.combined.is_none())?;
        let id = field(kin, "id");
        let is_of_key = |sort: &Sort| matches!(sort, Sort::Field(field, _) if std::ptr::eq(*field, id));
        if !select.sort.iter().any(is_of_key) {
            let direction = last_direction(select);
            select.sort.push(Sort::Field(id, direction));
        }
        let mut sorts = Vec::new();
        for sort in &select.sort {
            match sort {
                Sort::Field(field, direction) => sorts.push((*field, place(kin, field.name), *direction)),
                _ => return mistake(false),
            }
        }
        for (field, at, _) in &sorts {
            if field.reference.is_some() {
                self.check_owner(&row[*at])?;
            }
        }
        let is_behind = |other: &[Value]| {
            let order = sorts.iter().fold(Ordering::Equal, |order, (field, at, direction)| {
                let next = prom_memory::sorted(field, &other[*at], &row[*at]);
                order.then(if *direction == Direction::Up { next } else { next.reverse() })
            });
            order.is_gt()
        };
        let all = self.database.rows(&Select::new(kin.schema())).expect("the table is there");
        let keys = all.iter().filter(|row| is_behind(row)).map(|row| Value::I64(key(kin, row)));
        select.filter.push(Filter::In(id, Value::List(keys.collect())));
        Ok(())
    }

    /// A query that gives one column.
    pub(super) fn subquery(&self, kin: Kin, name: &str, subquery: &Subquery) -> Result<Select> {
        let field = field(kin, name);
        let (column, is_mistaken) = match subquery.aggregate {
            None => (Column::Field(field), false),
            Some(aggregate) => (Column::Aggregate(aggregate, field), !has_order(field)),
        };
        let picked = Picked { columns: Some(vec![column]), is_mistaken, ..Picked::default() };
        self.select(kin, &subquery.query, &picked)
    }

    /// The conditions; the first mistake in them, unless a key cannot be had.
    pub(super) fn filters(&self, kin: Kin, conds: &[Cond]) -> Result<Vec<Filter>> {
        let filters: Vec<_> = conds.iter().map(|cond| self.filter(kin, cond)).collect();
        if filters.iter().any(|filter| matches!(filter, Err(Stop::Skip))) {
            return Err(Stop::Skip);
        }
        filters.into_iter().collect()
    }

    fn filter(&self, kin: Kin, cond: &Cond) -> Result<Filter> {
        Ok(match cond {
            Cond::Compare { field: name, how, value, .. } => {
                let (field, value) = (field(kin, name), self.given(value)?);
                if !matches!(how, Compare::Eq | Compare::Ne) {
                    mistake(has_order(field) && !value.is_null())?;
                }
                match (how, value) {
                    (Compare::Eq, Value::Null) => Filter::Null(field, true),
                    (Compare::Ne, Value::Null) => Filter::Null(field, false),
                    (_, value) => compared(field, *how, value),
                }
            }
            Cond::In { field: name, values, is_in, .. } => {
                let field = field(kin, name);
                let values = values.iter().map(|given| self.given(given)).collect::<Result<Vec<_>>>()?;
                let (null, values): (Vec<_>, Vec<_>) = values.into_iter().partition(Value::is_null);
                let list = (!values.is_empty()).then(|| storable(values));
                // An empty list is an answer even for NULL.
                match is_in {
                    true => {
                        let one_of = list
                            .map(|list| list.map_or(Filter::False(field), |list| Filter::In(field, list)));
                        let null = (!null.is_empty()).then_some(Filter::Null(field, true));
                        Filter::Any(one_of.into_iter().chain(null).collect())
                    }
                    false => {
                        let none_of = list
                            .map(|list| list.map_or(Filter::True(field), |list| Filter::NotIn(field, list)));
                        let null = (!null.is_empty()).then_some(Filter::Null(field, false));
                        Filter::All(none_of.into_iter().chain(null).collect())
                    }
                }
            }
            Cond::Between { field: name, low, high, .. } => {
                let (field, low, high) = (field(kin, name), self.given(low)?, self.given(high)?);
                mistake(has_order(field) && !low.is_null() && !high.is_null())?;
                let ends = [(Compare::Gte, low), (Compare::Lte, high)];
                Filter::All(ends.map(|(how, end)| compared(field, how, end)).into())
            }
            Cond::Null { field: name, is_null, .. } => Filter::Null(field(kin, name), *is_null),
            Cond::Match { field: name, how, text, matches, .. } => {
                let escapes = text.chars().rev().take_while(|letter| *letter == '\\').count();
                mistake(*how != Match::Like || escapes % 2 == 0)?;
                // No row holds a NUL.
                match (text.contains('\0'), matches) {
                    (false, _) => Filter::Match(field(kin, name), *how, Value::Text(text.clone()), *matches),
                    (true, true) => Filter::False(field(kin, name)),
                    (true, false) => Filter::True(field(kin, name)),
                }
            }
            Cond::Part { field: name, part, test, numbers, .. } => {
                let field = field(kin, name);
                mistake(field.ty == Type::Timestamp || part.is_of_a_date())?;
                let is_one_of = |numbers: &[i64]| {
                    let is_it =
                        |number: &i64| Filter::ComparePart(field, *part, Compare::Eq, (*number).into());
                    Filter::Any(numbers.iter().map(is_it).collect())
                };
                match test {
                    Test::Compare(how) => {
                        mistake(numbers.len() == 1)?;
                        Filter::ComparePart(field, *part, *how, numbers[0].into())
                    }
                    Test::In(true) => is_one_of(numbers),
                    // It leaves out none, NULL included.
                    Test::In(false) if numbers.is_empty() => Filter::All(Vec::new()),
                    Test::In(false) => Filter::Not(Box::new(is_one_of(numbers))),
                }
            }
            Cond::Subquery { field: name, test, subquery } => {
                let field = field(kin, name);
                if let Test::Compare(how) = test
                    && !matches!(how, Compare::Eq | Compare::Ne)
                {
                    mistake(has_order(field))?;
                }
                let select = self.subquery(kin, name, subquery)?;
                match test {
                    Test::Compare(how) => Filter::CompareQuery(field, *how, Box::new(first_row(kin, select))),
                    Test::In(is_in) => Filter::InQuery(field, Box::new(select), *is_in),
                }
            }
            Cond::Related(way, conds) => self.leads_to(kin, *way, self.filters(way.to(), conds)?)?,
            Cond::Or(conds) | Cond::Any(conds) => Filter::Any(self.filters(kin, conds)?),
            Cond::All(conds) => Filter::All(self.filters(kin, conds)?),
            Cond::Not(conds) => Filter::Not(Box::new(Filter::All(self.filters(kin, conds)?))),
        })
    }

    /// Whether the relation leads to a row that meets the conditions: yes or no, and never
    /// unknown.
    fn leads_to(&self, kin: Kin, way: Way, filter: Vec<Filter>) -> Result<Filter> {
        self.check_certain(&filter)?;
        let mut select = Select::new(way.to().schema());
        select.filter = filter;
        let rows = self.database.rows(&select).expect("the table is there");
        let cells = |kin: Kin, name: &str| {
            let at = place(kin, name);
            rows.iter().map(move |row| row[at].clone()).filter(|cell| !cell.is_null()).collect::<Vec<_>>()
        };
        let is_one_of = |kin: Kin, name: &str, values: Vec<Value>| {
            let field = field(kin, name);
            let is_one = Filter::In(field, Value::List(values.into()));
            Filter::All(vec![Filter::Null(field, false), is_one])
        };
        Ok(match way {
            Way::Owner => is_one_of(kin, "owner", cells(Kin::Owner, "id")),
            Way::Things => is_one_of(kin, "id", cells(Kin::Thing, "owner")),
            Way::Maybes => is_one_of(kin, "id", cells(Kin::Maybe, "owner")),
            Way::MaybesOwners => {
                let filter = vec![is_one_of(Kin::Maybe, "owner", cells(Kin::Owner, "id"))];
                self.leads_to(kin, Way::Maybes, filter)?
            }
        })
    }
}

/// What is selected in the place of rows, grouped by, and sorted by last.
#[derive(Debug, Clone, Default)]
pub(super) struct Picked {
    columns: Option<Vec<Column>>,
    group: Vec<&'static FieldDef>,
    sort: Option<Sort>,
    /// Whether a field has no such aggregate.
    is_mistaken: bool,
}

fn direction(down: bool) -> Direction {
    if down { Direction::Down } else { Direction::Up }
}

pub(super) fn picked(kin: Kin, selection: &Selection) -> Picked {
    let (mut group, mut is_mistaken) = (Vec::new(), false);
    let mut columns = Vec::new();
    for pick in &selection.picks {
        columns.push(match pick {
            Pick::Field(name) => Column::Field(field(kin, name)),
            Pick::Group(name) => {
                group.push(field(kin, name));
                Column::Field(field(kin, name))
            }
            Pick::Count => Column::Count,
            Pick::Aggregate(aggregate, name) => {
                let field = field(kin, name);
                is_mistaken |= !match aggregate {
                    // A number, by whatever type it is stored.
                    Aggregate::Sum | Aggregate::Avg => field.ty.is_number(),
                    Aggregate::Min | Aggregate::Max => has_order(field),
                };
                Column::Aggregate(*aggregate, field)
            }
        });
    }
    let by_last = |down| Sort::Output(selection.picks.len() - 1, direction(down));
    let sort = selection.sorted_down.map(by_last);
    Picked { columns: Some(columns), group, sort, is_mistaken }
}

/// One value is wanted of it: the first row's.
pub(super) fn first_row(kin: Kin, mut select: Select) -> Select {
    settle(kin, &mut select);
    select.bounds.limit = Some(select.bounds.limit.unwrap_or(1).min(1));
    select
}

/// Whether a selection is sorted by, and asked about, what has one value in a row of it.
fn asks_what_is_selected(select: &Select) -> Result<()> {
    let Output::Columns(columns) = &select.output else { return Ok(()) };
    let has_aggregates = columns.iter().any(|column| !matches!(column, Column::Field(_)));
    let is_one_of =
        |fields: &[&FieldDef], field: &FieldDef| fields.iter().any(|other| std::ptr::eq(*other, field));
    let selected: Vec<&FieldDef> = columns
        .iter()
        .filter_map(|column| match column {
            Column::Field(field) => Some(*field),
            _ => None,
        })
        .collect();
    if select.combined.is_none() && (has_aggregates || !select.group.is_empty()) {
        mistake(selected.iter().all(|field| is_one_of(&select.group, field)))?;
    }
    if select.combined.is_some() {
        let mut asked = Vec::new();
        fields_of(&select.filter, &mut asked);
        mistake(asked.iter().all(|field| is_one_of(&selected, field)))?;
        // Which of two is meant, nobody could tell.
        asked.extend(select.sort.iter().filter_map(|sort| match sort {
            Sort::Field(field, _) | Sort::List(field, _) => Some(*field),
            _ => None,
        }));
        let times = |field: &FieldDef| selected.iter().filter(|other| std::ptr::eq(**other, field)).count();
        mistake(asked.iter().all(|field| times(field) < 2))?;
    }
    let makes_one = select.combined.is_some() || has_aggregates || !select.group.is_empty();
    if makes_one || select.distinct {
        mistake(select.sort.iter().all(|sort| match sort {
            Sort::Field(field, _) | Sort::List(field, _) => is_one_of(&selected, field),
            _ => true,
        }))?;
    }
    Ok(())
}

/// The fields that conditions are about.
fn fields_of(filters: &[Filter], found: &mut Vec<&'static FieldDef>) {
    for filter in filters {
        match filter {
            Filter::All(filters) | Filter::Any(filters) => fields_of(filters, found),
            Filter::Not(filter) => fields_of(std::slice::from_ref(filter), found),
            Filter::Compare(field, ..)
            | Filter::CompareQuery(field, ..)
            | Filter::ComparePart(field, ..)
            | Filter::Null(field, _)
            | Filter::False(field)
            | Filter::True(field)
            | Filter::In(field, _)
            | Filter::NotIn(field, _)
            | Filter::InQuery(field, ..)
            | Filter::Between(field, ..)
            | Filter::Match(field, ..) => found.push(field),
            _ => {}
        }
    }
}

/// Adds what a query with bounds is sorted by last: the key, or what is selected where rows
/// are no rows of the table.
pub(super) fn settle(kin: Kin, select: &mut Select) {
    let direction = last_direction(select);
    let is_of_rows = !select.distinct && select.combined.is_none() && select.group.is_empty();
    match &select.output {
        Output::Columns(columns)
            if !is_of_rows || columns.iter().any(|column| !matches!(column, Column::Field(_))) =>
        {
            select.sort.extend((0..columns.len()).map(|at| Sort::Output(at, direction)));
        }
        _ => select.sort.push(Sort::Field(field(kin, "id"), direction)),
    }
}

/// Where the last order leads.
fn last_direction(select: &Select) -> Direction {
    match select.sort.last() {
        Some(Sort::Field(_, direction) | Sort::Output(_, direction)) => *direction,
        _ => Direction::Up,
    }
}
