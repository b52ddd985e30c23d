//! SELECT.

use super::filter::conditions;
use super::list_order::list_orders;
use super::{Use, Writer};
use crate::query::{Bounds, Column, Combine, Combined, Direction, Output, Select, Sort, Want};
use crate::{Result, Value};

pub(super) fn select<'a>(w: &mut Writer<'a>, it: &'a Select) -> Result<()> {
    match it.want {
        Want::Rows if is_sorted_from_outside(it) => sorted_from_outside(w, it),
        Want::Rows => {
            // Rows that were combined are distinct already.
            w.sql("SELECT ").sql(if it.distinct && it.combined.is_none() { "DISTINCT " } else { "" });
            if it.distinct || is_sorted_by_output(it) {
                w.comparing(|w| outputs(w, it));
            } else {
                outputs(w, it);
            }
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

fn is_sorted_by_output(it: &Select) -> bool {
    it.sort.iter().any(|sort| matches!(sort, Sort::Output(..)))
}

fn joins_lists(w: &Writer<'_>, it: &Select) -> bool {
    w.dialect().joins_lists() && list_orders(it).next().is_some()
}

/// A query within a statement, in brackets.
pub(super) fn subquery<'a>(w: &mut Writer<'a>, it: &'a Select) -> Result<()> {
    w.sql("(");
    w.comparing(|w| select(w, it))?;
    w.sql(")");
    Ok(())
}

/// Something for each row: what it is does not matter unless rows that are
/// alike become one.
fn anything<'a>(w: &mut Writer<'a>, it: &'a Select) -> Result<()> {
    if is_sorted_from_outside(it) {
        return sorted_from_outside(w, it);
    }
    if it.distinct {
        w.sql("SELECT DISTINCT ").comparing(|w| outputs(w, it));
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
            w.sql(if joins_lists(w, it) && !it.distinct { "\"rows\".*" } else { "*" });
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
    if joins_lists(w, it) {
        joined(w, it)?;
    } else {
        source(w, it)?;
        conditions(w, &it.filter)?;
    }
    group(w, it);
    order(w, it);
    bounds(w, it.bounds);
    Ok(())
}

/// Whether it is groups, or rows that were made one, that are sorted by a list: neither could
/// be joined with it, nor would SQLite use an index for the list.
fn is_sorted_from_outside(it: &Select) -> bool {
    (it.distinct || !it.group.is_empty()) && list_orders(it).next().is_some()
}

fn sorted_from_outside<'a>(w: &mut Writer<'a>, it: &'a Select) -> Result<()> {
    w.sql("SELECT \"rows\".* FROM (SELECT ").sql(if it.distinct { "DISTINCT " } else { "" });
    w.comparing(|w| outputs_apart(w, it));
    w.sql(" FROM ");
    source(w, it)?;
    conditions(w, &it.filter)?;
    group(w, it);
    w.sql(") AS \"rows\"");
    if joins_lists(w, it) {
        join_lists(w, it);
    }
    order(w, it);
    bounds(w, it.bounds);
    Ok(())
}

/// The outputs, of which no two have one name: from outside they go by it.
fn outputs_apart(w: &mut Writer<'_>, it: &Select) {
    let (Output::Columns(columns), None) = (&it.output, &it.combined) else { return outputs(w, it) };
    let is_same = |a: &Column, b: &Column| match (a, b) {
        (Column::Field(a), Column::Field(b)) => std::ptr::eq(*a, *b),
        _ => false,
    };
    w.list(", ", columns.iter().enumerate(), |w, (at, output)| match output {
        Column::Field(field) if columns[..at].iter().any(|other| is_same(other, output)) => {
            w.dialect().operand(w, field, Use::Equal);
            w.sql(" AS ").ident(&format!("{} {}", field.column, at + 1));
        }
        output => column(w, output),
    });
}

fn group(w: &mut Writer<'_>, it: &Select) {
    if !it.group.is_empty() {
        w.sql(" GROUP BY ").list(", ", &it.group, |w, it| w.dialect().operand(w, it, Use::Group));
    }
}

fn source<'a>(w: &mut Writer<'a>, it: &'a Select) -> Result<()> {
    match &it.combined {
        None => {
            w.table(it.schema);
            Ok(())
        }
        Some(it) => combined(w, it),
    }
}

/// The rows that meet the conditions, joined with the lists that they are sorted by.
fn joined<'a>(w: &mut Writer<'a>, it: &'a Select) -> Result<()> {
    if it.filter.is_empty() {
        source(w, it)?;
    } else {
        // Behind the join the conditions would let the planner make a LEFT JOIN of it.
        w.sql("(SELECT * FROM ");
        source(w, it)?;
        conditions(w, &it.filter)?;
        w.sql(") AS \"rows\"");
    }
    join_lists(w, it);
    Ok(())
}

fn join_lists<'a>(w: &mut Writer<'a>, it: &'a Select) {
    list_orders(it).for_each(|order| order.join(w));
    w.sql(" WHERE ").list(" AND ", list_orders(it), |w, order| order.is_row(w));
}

fn combined<'a>(w: &mut Writer<'a>, it: &'a Combined) -> Result<()> {
    w.sql("(");
    member(w, &it.first)?;
    w.sql(match it.how {
        Combine::Union => " UNION ",
        Combine::Intersect => " INTERSECT ",
        Combine::Except => " EXCEPT ",
    });
    second_member(w, &it.first, &it.second)?;
    w.sql(") AS \"rows\"");
    Ok(())
}

/// The second of two members, whose text is compared as that of the first is.
fn second_member<'a>(w: &mut Writer<'a>, first: &Select, second: &'a Select) -> Result<()> {
    let (Output::Columns(columns), Output::Columns(others)) = (&first.output, &second.output) else {
        return member(w, second);
    };
    let dialect = w.dialect();
    let pairs = || columns.iter().zip(others);
    let collation =
        |(first, second): (&Column, &Column)| dialect.common_collation(first.value_of()?, second.value_of()?);
    if pairs().all(|pair| collation(pair).is_none()) {
        return member(w, second);
    }
    let collations: Vec<_> = pairs().map(collation).collect();
    recollated(w, second, &collations)
}

/// A query whose columns have these collations, where they are to have others.
pub(super) fn recollated<'a>(
    w: &mut Writer<'a>,
    select: &'a Select,
    collations: &[Option<&'static str>],
) -> Result<()> {
    let name = |w: &mut Writer<'a>, at: usize| {
        w.sql("\"").number(at + 1).sql("\"");
    };
    w.sql("SELECT ").list(", ", collations.iter().enumerate(), |w, (at, collation)| {
        name(w, at);
        if let Some(collation) = collation {
            w.sql(" COLLATE ").ident(collation);
        }
    });
    w.sql(" FROM ");
    subquery(w, select)?;
    w.sql(" AS \"part\" (").list(", ", 0..collations.len(), |w, at| name(w, at)).sql(")");
    Ok(())
}

/// A member with an order or bounds of its own must be a table to the outside.
fn member<'a>(w: &mut Writer<'a>, it: &'a Select) -> Result<()> {
    if it.sort.is_empty() && it.bounds.is_all() {
        return w.comparing(|w| select(w, it));
    }
    w.sql("SELECT * FROM ");
    subquery(w, it)?;
    w.sql(" AS \"part\"");
    Ok(())
}

fn order<'a>(w: &mut Writer<'a>, it: &'a Select) {
    if it.sort.is_empty() {
        return;
    }
    let mut lists = list_orders(it);
    w.sql(" ORDER BY ").list(", ", &it.sort, |w, it| match it {
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
        Sort::List(..) => {
            if let Some(list) = lists.next() {
                w.dialect().place_in(w, &list);
                w.sql(" NULLS LAST");
            }
        }
    });
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
