//! SELECT.

use super::Writer;
use super::filter::conditions;
use crate::query::{Bounds, Direction, Output, Select, Sort};
use crate::{Result, Value};

pub(super) fn select<'a>(w: &mut Writer<'a>, it: &'a Select) -> Result<()> {
    match it.output {
        Output::Rows => {
            w.sql("SELECT ").list(", ", it.schema.fields(), |w, it| {
                w.ident(it.column);
            });
            rows(w, it)
        }
        Output::Count if it.bounds.is_all() => {
            w.sql("SELECT count(*)");
            rows(w, it)
        }
        Output::Count => {
            w.sql("SELECT count(*) FROM (SELECT 1");
            rows(w, it)?;
            w.sql(") AS \"rows\"");
            Ok(())
        }
        Output::Exists => {
            w.sql("SELECT EXISTS (SELECT 1");
            rows(w, it)?;
            w.sql(")");
            Ok(())
        }
    }
}

/// Everything from FROM on.
fn rows<'a>(w: &mut Writer<'a>, it: &'a Select) -> Result<()> {
    w.sql(" FROM ").table(it.schema);
    conditions(w, &it.filter)?;
    order(w, &it.sort);
    bounds(w, it.bounds);
    Ok(())
}

fn order(w: &mut Writer<'_>, sorts: &[Sort]) {
    if sorts.is_empty() {
        return;
    }
    w.sql(" ORDER BY ").list(", ", sorts, |w, it| {
        w.ident(it.field.column).sql(match (it.direction, it.field.nullable) {
            (Direction::Up, false) => "",
            (Direction::Down, false) => " DESC",
            (Direction::Up, true) => " ASC NULLS LAST",
            (Direction::Down, true) => " DESC NULLS FIRST",
        });
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
