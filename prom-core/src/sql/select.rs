//! SELECT.

use super::filter::conditions;
use super::{Use, Writer};
use crate::query::{Bounds, Column, Combine, Combined, Compare, Direction, Output, Select, Sort, Want};
use crate::schema::FieldDef;
use crate::{Result, Value};

pub(super) fn select<'a>(w: &mut Writer<'a>, it: &'a Select) -> Result<()> {
    match it.want {
        Want::Rows => {
            w.sql(if it.distinct { "SELECT DISTINCT " } else { "SELECT " });
            outputs(w, it);
            rows(w, it)
        }
        Want::Count if it.is_plain() && it.group.is_empty() && it.bounds.is_all() => {
            w.sql("SELECT count(*)");
            rows(w, it)
        }
        Want::Count => {
            w.sql("SELECT count(*) FROM (");
            anything(w, it)?;
            w.sql(") AS \"rows\"");
            Ok(())
        }
        Want::Exists if it.distinct && it.bounds.offset > 0 => {
            // Within EXISTS itself, SQLite passes over rows that are alike one by one.
            w.sql("SELECT EXISTS (SELECT 1 FROM (");
            anything(w, it)?;
            w.sql(") AS \"rows\")");
            Ok(())
        }
        Want::Exists => {
            w.sql("SELECT EXISTS (");
            anything(w, it)?;
            w.sql(")");
            Ok(())
        }
    }
}

/// A query within a statement, in brackets.
pub(super) fn subquery<'a>(w: &mut Writer<'a>, it: &'a Select) -> Result<()> {
    w.sql("(");
    select(w, it)?;
    w.sql(")");
    Ok(())
}

/// Something for each row: what it is does not matter unless rows that are
/// alike become one.
fn anything<'a>(w: &mut Writer<'a>, it: &'a Select) -> Result<()> {
    if it.distinct {
        w.sql("SELECT DISTINCT ");
        outputs(w, it);
    } else if it.group.is_empty() && matches!(&it.output, Output::Columns(_)) && it.combined.is_none() {
        // Aggregates make one row of all.
        w.sql("SELECT ");
        outputs(w, it);
    } else {
        w.sql("SELECT 1");
    }
    rows(w, it)
}

fn outputs(w: &mut Writer<'_>, it: &Select) {
    match &it.output {
        Output::Columns(_) if it.combined.is_some() => {
            w.sql("*");
        }
        Output::Rows => {
            w.list(", ", it.schema.fields(), |w, it| w.dialect().operand(w, it, Use::Output));
        }
        Output::Columns(columns) => {
            w.list(", ", columns, |w, it| column(w, it));
        }
    }
}

fn column(w: &mut Writer<'_>, column: &Column) {
    match column {
        Column::Field(it) => w.dialect().operand(w, it, Use::Output),
        Column::Count => {
            w.sql("count(*)");
        }
        Column::Aggregate(aggregate, it) => w.dialect().aggregate(w, *aggregate, it),
    }
}

/// Everything from FROM on.
fn rows<'a>(w: &mut Writer<'a>, it: &'a Select) -> Result<()> {
    w.sql(" FROM ");
    match &it.combined {
        None => {
            w.table(it.schema);
        }
        Some(it) => combined(w, it)?,
    }
    conditions(w, &it.filter)?;
    if !it.group.is_empty() {
        w.sql(" GROUP BY ").list(", ", &it.group, |w, it| w.dialect().operand(w, it, Use::Group));
    }
    order(w, &it.sort);
    bounds(w, it.bounds);
    Ok(())
}

fn combined<'a>(w: &mut Writer<'a>, it: &'a Combined) -> Result<()> {
    w.sql("(");
    member(w, &it.first)?;
    w.sql(match it.how {
        Combine::Union => " UNION ",
        Combine::Intersect => " INTERSECT ",
        Combine::Except => " EXCEPT ",
    });
    member(w, &it.second)?;
    w.sql(") AS \"rows\"");
    Ok(())
}

/// A member with an order or bounds of its own must be a table to the outside.
fn member<'a>(w: &mut Writer<'a>, it: &'a Select) -> Result<()> {
    if it.sort.is_empty() && it.bounds.is_all() {
        return select(w, it);
    }
    w.sql("SELECT * FROM ");
    subquery(w, it)?;
    w.sql(" AS \"part\"");
    Ok(())
}

fn order<'a>(w: &mut Writer<'a>, sorts: &'a [Sort]) {
    if sorts.is_empty() {
        return;
    }
    w.sql(" ORDER BY ").list(", ", sorts, |w, it| match it {
        Sort::Field(field, direction) => {
            w.dialect().operand(w, field, Use::Order);
            w.sql(match (direction, field.nullable) {
                (Direction::Up, false) => "",
                (Direction::Down, false) => " DESC",
                (Direction::Up, true) => " ASC NULLS LAST",
                (Direction::Down, true) => " DESC NULLS FIRST",
            });
        }
        Sort::Output(at, direction) => {
            w.number(at + 1).sql(match direction {
                Direction::Up => " ASC NULLS LAST",
                Direction::Down => " DESC NULLS FIRST",
            });
        }
        Sort::List(field, values) => list(w, field, values),
    });
}

fn list<'a>(w: &mut Writer<'a>, field: &FieldDef, values: &'a [Value]) {
    w.sql("CASE");
    for (at, value) in values.iter().enumerate() {
        w.sql(" WHEN ");
        match value {
            Value::Null => {
                w.ident(field.column).sql(" IS NULL");
            }
            value => w.dialect().compare(w, field, Compare::Eq, value),
        }
        w.sql(" THEN ").number(at);
    }
    w.sql(" ELSE ").number(values.len()).sql(" END");
}

fn bounds(w: &mut Writer<'_>, bounds: Bounds) {
    let number = |it: u64| Value::I64(i64::try_from(it).unwrap_or(i64::MAX));
    match bounds.limit {
        // A literal, so that the planner sees it: for the first row it plans otherwise.
        Some(1) => {
            w.sql(" LIMIT 1");
        }
        Some(limit) => {
            w.sql(" LIMIT ").param_owned(number(limit));
        }
        None if bounds.offset > 0 => {
            let no_limit = w.dialect().no_limit();
            w.sql(" LIMIT ").sql(no_limit);
        }
        None => {}
    }
    if bounds.offset > 0 {
        w.sql(" OFFSET ").param_owned(number(bounds.offset));
    }
}
