//! Which rows: a filter becomes a test, once for a request.
//!
//! As in SQL there are three answers: yes, no, and `None` where a NULL leaves it
//! open. A row is kept when the answer is yes.

use std::cmp::Ordering;

use prom_core::query::{Compare, Filter, Match};
use prom_core::schema::FieldDef;
use prom_core::{Error, Kind, Result, Value};

use crate::cell::{Cell, Cells};
use crate::database::Database;
use crate::date;
use crate::pattern::Pattern;
use crate::table::Table;

/// What a row of one table is asked.
pub(crate) type Test = Box<dyn Fn(&[Value]) -> Option<bool>>;

/// Whether a row of `table` meets every one of `filters`. Subqueries are answered
/// here, once, by `database`: none of them depends on the row.
///
/// # Errors
///
/// [`Kind::FieldMissing`] for a field that has no column in `table`; what a subquery
/// finds missing.
pub(crate) fn all(database: &Database, table: &Table, filters: &[Filter]) -> Result<Test> {
    let tests = each(database, table, filters)?;
    Ok(Box::new(move |row| decide(&tests, row, false)))
}

fn each(database: &Database, table: &Table, filters: &[Filter]) -> Result<Vec<Test>> {
    filters.iter().map(|filter| one(database, table, filter)).collect()
}

fn one(database: &Database, table: &Table, filter: &Filter) -> Result<Test> {
    match filter {
        Filter::All(parts) => all(database, table, parts),
        Filter::Any(parts) => {
            let tests = each(database, table, parts)?;
            Ok(Box::new(move |row| decide(&tests, row, true)))
        }
        Filter::Not(part) => {
            let test = one(database, table, part)?;
            Ok(Box::new(move |row| test(row).map(|it| !it)))
        }
        Filter::True(field) => cell(table, field, |_| Some(true)),
        Filter::False(field) => cell(table, field, |_| Some(false)),
        Filter::Compare(field, how, value) => {
            let (how, value) = (*how, Cell::owned(field, value));
            cell(table, field, move |it| Some(holds(how, it.cmp(value.as_ref()?))))
        }
        Filter::CompareQuery(field, how, select) => {
            let (how, value) = (*how, Cell::owned(field, &database.first_cell(select)?));
            cell(table, field, move |cell| Some(holds(how, cell.cmp(value.as_ref()?))))
        }
        Filter::ComparePart(field, part, how, number) => {
            let (part, how, number) = (*part, *how, whole(number)?);
            cell(table, field, move |cell| Some(holds(how, date::part(cell.value(), part)?.cmp(&number))))
        }
        Filter::Null(field, is_null) => {
            let (place, is_null) = (table.place(field)?, *is_null);
            Ok(Box::new(move |row| Some(row[place].is_null() == is_null)))
        }
        Filter::In(field, values) => {
            let values = list(field, values)?;
            cell(table, field, move |it| Some(values.contains(it)))
        }
        Filter::NotIn(field, values) => {
            let values = list(field, values)?;
            cell(table, field, move |it| Some(!values.contains(it)))
        }
        Filter::InQuery(field, select, is_in) => {
            let (field, place, is_in) = (*field, table.place(field)?, *is_in);
            let rows = database.rows(select)?;
            let values: Cells = rows.iter().filter_map(|row| Cell::owned(field, &row[0])).collect();
            let is_empty = values.is_empty();
            Ok(Box::new(move |row| match Cell::new(field, &row[place]) {
                // NULL, too, is none of no values.
                _ if is_empty => Some(!is_in),
                cell => Some(values.contains(&cell?) == is_in),
            }))
        }
        Filter::InPart(field, part, numbers, is_in) => {
            let Value::List(numbers) = numbers else { return Err(no_list(numbers)) };
            let numbers = numbers.iter().map(whole).collect::<Result<Vec<_>>>()?;
            let (part, is_in) = (*part, *is_in);
            cell(table, field, move |cell| Some(numbers.contains(&date::part(cell.value(), part)?) == is_in))
        }
        Filter::Between(field, low, high) => {
            let (low, high) = (Cell::owned(field, low), Cell::owned(field, high));
            cell(table, field, move |it| Some(low.as_ref()? <= it && it <= high.as_ref()?))
        }
        Filter::Match(field, how, text, wanted) => {
            let (looks, wanted) = (looks(field, *how, text)?, *wanted);
            cell(table, field, move |it| it.text().map(|it| looks(it) == wanted))
        }
        _ => Err(Error::new(Kind::Unsupported, "this condition is unknown to the memory interface")),
    }
}

/// The answer of several tests: `decisive` as soon as one says so, unknown if one
/// does not know.
fn decide(tests: &[Test], row: &[Value], decisive: bool) -> Option<bool> {
    let mut answer = Some(!decisive);
    for test in tests {
        match test(row) {
            Some(it) if it == decisive => return Some(decisive),
            Some(_) => {}
            None => answer = None,
        }
    }
    answer
}

/// A test of one field, which knows nothing about NULL.
fn cell(
    table: &Table,
    field: &'static FieldDef,
    test: impl Fn(&Cell<'_>) -> Option<bool> + 'static,
) -> Result<Test> {
    let place = table.place(field)?;
    Ok(Box::new(move |row| test(&Cell::new(field, &row[place])?)))
}

fn holds(how: Compare, order: Ordering) -> bool {
    match how {
        Compare::Eq => order.is_eq(),
        Compare::Ne => order.is_ne(),
        Compare::Gt => order.is_gt(),
        Compare::Gte => order.is_ge(),
        Compare::Lt => order.is_lt(),
        Compare::Lte => order.is_le(),
    }
}

fn list(field: &FieldDef, values: &Value) -> Result<Cells> {
    match values {
        Value::List(it) => Ok(it.iter().filter_map(|it| Cell::owned(field, it)).collect()),
        other => Err(no_list(other)),
    }
}

#[cold]
fn no_list(value: &Value) -> Error {
    Error::new(Kind::Invalid, format!("expected a list, got {}", value.kind()))
}

fn whole(number: &Value) -> Result<i64> {
    match number {
        Value::I64(number) => Ok(*number),
        other => Err(Error::new(Kind::Invalid, format!("expected an integer, got {}", other.kind()))),
    }
}

/// Whether a text looks as was asked.
type Looks = Box<dyn Fn(&str) -> bool>;

fn looks(field: &FieldDef, how: Match, text: &Value) -> Result<Looks> {
    let text = Cell::new(field, text);
    let Some(text) = text.as_ref().and_then(Cell::text).map(str::to_owned) else {
        return Err(Error::new(Kind::Invalid, "text is matched with text only"));
    };
    Ok(match how {
        Match::Like => {
            let pattern = Pattern::new(&text);
            Box::new(move |it| pattern.matches(it))
        }
        Match::StartsWith => Box::new(move |it| it.starts_with(&text)),
        Match::EndsWith => Box::new(move |it| it.ends_with(&text)),
        Match::Contains => Box::new(move |it| it.contains(&text)),
    })
}
