//! Conditions.

use super::Writer;
use crate::Result;
use crate::query::Filter;

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
        Filter::All(filters) => bracketed(w, |w| join(w, " AND ", filters))?,
        Filter::Any(filters) => bracketed(w, |w| join(w, " OR ", filters))?,
        Filter::Compare(field, compare, value) => dialect.compare(w, field, *compare, value),
        Filter::Null(field, true) => {
            w.ident(field.column).sql(" IS NULL");
        }
        Filter::Null(field, false) => {
            w.ident(field.column).sql(" IS NOT NULL");
        }
        Filter::In(field, list) => dialect.is_in(w, field, list),
        Filter::NotIn(field, list) => dialect.not_in(w, field, list),
        Filter::Between(field, low, high) => {
            w.ident(field.column).sql(" BETWEEN ").param(low).sql(" AND ").param(high);
        }
        Filter::Match(field, how, text, true) => dialect.matches(w, field, *how, text)?,
        Filter::Match(field, how, text, false) => {
            w.sql("NOT ");
            bracketed(w, |w| dialect.matches(w, field, *how, text))?;
        }
    }
    Ok(())
}

fn bracketed<'a>(w: &mut Writer<'a>, inside: impl FnOnce(&mut Writer<'a>) -> Result<()>) -> Result<()> {
    w.sql("(");
    inside(w)?;
    w.sql(")");
    Ok(())
}
