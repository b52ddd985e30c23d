//! Conditions.

use super::select::{recollated, subquery};
use super::{Use, Writer, operator, raw};
use crate::query::{Column, Filter, Output, Select};
use crate::schema::FieldDef;
use crate::{Result, Value};

/// ` WHERE ` and the conditions, or nothing.
pub(super) fn conditions<'a>(w: &mut Writer<'a>, filters: &'a [Filter]) -> Result<()> {
    if filters.is_empty() {
        return Ok(());
    }
    w.sql(" WHERE ");
    join(w, " AND ", filters)
}

/// Databases bound the depth of an expression, and a chain of ANDs or ORs is as
/// deep as it is long: longer ones become balanced trees.
const CHAIN: usize = 100;

fn join<'a>(w: &mut Writer<'a>, word: &'static str, filters: &'a [Filter]) -> Result<()> {
    if filters.len() > CHAIN {
        let (left, right) = filters.split_at(filters.len() / 2);
        w.sql("(");
        join(w, word, left)?;
        w.sql(")").sql(word).sql("(");
        join(w, word, right)?;
        w.sql(")");
        return Ok(());
    }
    for (at, it) in filters.iter().enumerate() {
        if at > 0 {
            w.sql(word);
        }
        condition(w, it)?;
    }
    Ok(())
}

fn condition<'a>(w: &mut Writer<'a>, filter: &'a Filter) -> Result<()> {
    let dialect = w.dialect();
    match filter {
        Filter::All(filters) if filters.is_empty() => {
            w.sql("1 = 1");
        }
        Filter::Any(filters) if filters.is_empty() => {
            w.sql("1 = 0");
        }
        Filter::All(filters) | Filter::Any(filters) if filters.len() == 1 => condition(w, &filters[0])?,
        Filter::All(_) | Filter::Any(_) => bracketed(w, |w| inside(w, filter))?,
        Filter::Not(filter) => {
            w.sql("NOT ");
            bracketed(w, |w| inside(w, filter))?;
        }
        Filter::True(field) => {
            w.sql("(").ident(field.column).sql(" IS NOT NULL OR NULL)");
        }
        Filter::False(field) => {
            w.sql("(").ident(field.column).sql(" IS NULL AND NULL)");
        }
        Filter::Compare(field, compare, value) => dialect.compare(w, field, *compare, value),
        Filter::CompareQuery(field, compare, it) => {
            dialect.operand_beside(w, field, Use::of(*compare), given(it));
            w.sql(operator(*compare));
            subquery(w, it)?;
        }
        Filter::ComparePart(field, part, compare, value) => {
            dialect.part(w, field, *part)?;
            w.sql(operator(*compare)).param(value);
        }
        Filter::InQuery(field, it, is_in) => in_query(w, field, it, *is_in)?,
        // A handful of numbers at most: the text may change with them.
        Filter::InPart(field, part, list, is_in) => {
            dialect.part(w, field, *part)?;
            w.sql(if *is_in { " IN (" } else { " NOT IN (" });
            if let Value::List(list) = list {
                w.list(", ", list.iter(), |w, it| {
                    w.param(it);
                });
            }
            w.sql(")");
        }
        Filter::Raw(text, values) => bracketed(w, |w| raw::condition(w, text, values))?,
        Filter::Null(field, true) => {
            w.ident(field.column).sql(" IS NULL");
        }
        Filter::Null(field, false) => {
            w.ident(field.column).sql(" IS NOT NULL");
        }
        Filter::In(field, list) => dialect.is_in(w, field, list),
        Filter::NotIn(field, list) => dialect.not_in(w, field, list),
        Filter::Between(field, low, high) => {
            dialect.operand(w, field, Use::Order);
            w.sql(" BETWEEN ").param(low).sql(" AND ").param(high);
        }
        Filter::Match(field, how, text, true) => dialect.matches(w, field, *how, text)?,
        Filter::Match(field, how, text, false) => {
            w.sql("NOT ");
            bracketed(w, |w| dialect.matches(w, field, *how, text))?;
        }
    }
    Ok(())
}

fn in_query<'a>(w: &mut Writer<'a>, field: &FieldDef, it: &'a Select, is_in: bool) -> Result<()> {
    let dialect = w.dialect();
    dialect.operand_beside(w, field, Use::Equal, given(it));
    w.sql(if is_in { " IN " } else { " NOT IN " });
    // A collation of the field alone would leave the query's rows to be made distinct by theirs.
    let collation = given(it).and_then(|other| dialect.common_collation(field, other));
    match collation {
        _ if may_give_null(it) => bracketed(w, |w| without_null(w, it, collation)),
        None => subquery(w, it),
        _ => bracketed(w, |w| recollated(w, it, &[collation])),
    }
}

/// The rows of a query of one column, without NULL: among them it would leave every other row
/// without an answer.
fn without_null<'a>(w: &mut Writer<'a>, it: &'a Select, collation: Option<&'static str>) -> Result<()> {
    w.sql("WITH \"part\" (\"1\") AS ");
    subquery(w, it)?;
    w.sql(" SELECT \"1\"");
    if let Some(collation) = collation {
        w.sql(" COLLATE ").ident(collation);
    }
    w.sql(" FROM \"part\" WHERE \"1\" IS NOT NULL");
    Ok(())
}

/// The field that a query of one column gives, if it gives one.
pub(super) fn given(select: &Select) -> Option<&'static FieldDef> {
    match &select.output {
        Output::Columns(columns) => columns.first()?.value_of(),
        Output::Rows => None,
    }
}

/// Whether NULL can be among the rows, with nothing in the query against it.
fn may_give_null(select: &Select) -> bool {
    let Output::Columns(columns) = &select.output else { return false };
    columns.iter().any(|it| match it {
        Column::Field(field) => {
            let is_left_out =
                |it: &Filter| matches!(it, Filter::Null(it, false) if std::ptr::eq(*it, *field));
            field.nullable && !select.filter.iter().any(is_left_out)
        }
        Column::Count => false,
        Column::Aggregate(..) => true,
    })
}

/// A condition that stands in brackets already.
fn inside<'a>(w: &mut Writer<'a>, filter: &'a Filter) -> Result<()> {
    match filter {
        Filter::All(filters) if filters.len() > 1 => join(w, " AND ", filters),
        Filter::Any(filters) if filters.len() > 1 => join(w, " OR ", filters),
        // A group of one, as groups come from closures.
        Filter::All(filters) | Filter::Any(filters) if filters.len() == 1 => inside(w, &filters[0]),
        other => condition(w, other),
    }
}

fn bracketed<'a>(w: &mut Writer<'a>, inside: impl FnOnce(&mut Writer<'a>) -> Result<()>) -> Result<()> {
    w.sql("(");
    inside(w)?;
    w.sql(")");
    Ok(())
}
