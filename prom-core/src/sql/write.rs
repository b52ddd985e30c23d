//! INSERT, UPDATE, DELETE.

use super::Writer;
use super::filter::conditions;
use super::select::subquery;
use crate::Result;
use crate::query::{Assign, Delete, Insert, Update};
use crate::schema::Schema;

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
    w.try_list(", ", &it.set, |w, (field, assign)| {
        w.ident(field.column).sql(" = ");
        match assign {
            Assign::To(value) => {
                w.param(value);
            }
            Assign::Add(value) => w.dialect().add(w, field, value),
            Assign::Query(it) => subquery(w, it)?,
        }
        Ok(())
    })?;
    conditions(w, &it.filter)?;
    returning(w, it.schema, it.returning);
    Ok(())
}

pub(super) fn delete<'a>(w: &mut Writer<'a>, it: &'a Delete) -> Result<()> {
    w.sql("DELETE FROM ").table(it.schema);
    conditions(w, &it.filter)?;
    returning(w, it.schema, it.returning);
    Ok(())
}

fn returning(w: &mut Writer<'_>, schema: &Schema, returning: bool) {
    if returning {
        w.sql(" RETURNING ").list(", ", schema.fields(), |w, it| {
            w.ident(it.column);
        });
    }
}
