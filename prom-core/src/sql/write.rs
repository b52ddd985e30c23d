//! INSERT, UPDATE, DELETE.

use super::Writer;
use super::filter::conditions;
use crate::Result;
use crate::query::{Assign, Delete, Insert, Update};

/// An insert of one row, with the first row's values.
pub(super) fn insert<'a>(w: &mut Writer<'a>, it: &'a Insert) {
    w.sql("INSERT INTO ").table(it.schema);
    if it.fields.is_empty() {
        w.sql(" DEFAULT VALUES");
        return;
    }
    w.sql(" (").list(", ", &it.fields, |w, it| {
        w.ident(it.column);
    });
    w.sql(") VALUES (").list(", ", it.row(0), |w, it| {
        w.param(it);
    });
    w.sql(")");
}

pub(super) fn update<'a>(w: &mut Writer<'a>, it: &'a Update) -> Result<()> {
    w.sql("UPDATE ").table(it.schema).sql(" SET ");
    w.list(", ", &it.set, |w, (field, assign)| {
        w.ident(field.column).sql(" = ");
        match assign {
            Assign::To(value) => w.param(value),
        };
    });
    conditions(w, &it.filter)
}

pub(super) fn delete<'a>(w: &mut Writer<'a>, it: &'a Delete) -> Result<()> {
    w.sql("DELETE FROM ").table(it.schema);
    conditions(w, &it.filter)
}
