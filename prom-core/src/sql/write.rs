//! INSERT, UPDATE, DELETE.

use super::Writer;
use super::filter::{conditions, given};
use super::select::subquery;
use crate::Result;
use crate::query::{Assign, Conflict, Delete, Insert, Returning, Update};
use crate::schema::{FieldDef, KeyDef, Schema};

/// An insert of one row, with the first row's values.
pub(super) fn insert<'a>(w: &mut Writer<'a>, it: &'a Insert) {
    if it.fields.is_empty() {
        // No conflict clause: nothing is in the way of a key that the database makes.
        w.sql("INSERT INTO ").table(it.schema).sql(" DEFAULT VALUES");
        return inserted(w, it);
    }
    insert_from(w, it, |w| {
        w.sql("VALUES (").list(", ", it.row(0), |w, it| {
            w.param(it);
        });
        w.sql(")");
    });
}

/// An insert of the rows that `source` writes.
pub(super) fn insert_from<'a>(w: &mut Writer<'a>, it: &Insert, source: impl FnOnce(&mut Writer<'a>)) {
    w.sql("INSERT INTO ").table(it.schema);
    if !it.fields.is_empty() {
        w.sql(" (");
        columns(w, it.fields.iter().copied());
        w.sql(")");
    }
    w.sql(" ");
    source(w);
    conflict(w, it);
    inserted(w, it);
}

/// What the database gives of new rows.
fn inserted(w: &mut Writer<'_>, it: &Insert) {
    let dialect = w.dialect();
    let Some(key) = it.schema.key().filter(|it| it.key == Some(KeyDef::Generated)) else {
        return returning(w, it.schema, it.returning);
    };
    if it.returning == Returning::Nothing && it.makes_keys() && dialect.returns_keys() {
        w.sql(" RETURNING ").ident(key.column);
        return;
    }
    returning(w, it.schema, it.returning);
    if it.fields.iter().any(|it| std::ptr::eq(*it, key)) {
        let before = if it.returning == Returning::Rows { ", " } else { " RETURNING " };
        dialect.count_on(w, before, it.schema, key);
    }
}

fn conflict(w: &mut Writer<'_>, insert: &Insert) {
    match &insert.conflict {
        Conflict::Refuse => {}
        Conflict::Ignore => {
            w.sql(" ON CONFLICT DO NOTHING");
        }
        Conflict::IgnoreOn(target) => {
            w.sql(" ON CONFLICT (");
            columns(w, target.iter().copied());
            w.sql(") DO NOTHING");
        }
        Conflict::Update { target, set } => {
            w.sql(" ON CONFLICT (");
            columns(w, target.iter().copied());
            w.sql(") DO UPDATE SET ").list(", ", set, |w, it| {
                w.ident(it.column).sql(" = excluded.").ident(it.column);
            });
            let dialect = w.dialect();
            let mut before = " WHERE ";
            for field in insert.keeps() {
                if dialect.only_decodable(w, before, insert.schema, field).is_some() {
                    before = " AND ";
                }
            }
        }
    }
}

pub(super) fn columns(w: &mut Writer<'_>, fields: impl IntoIterator<Item = &'static FieldDef>) {
    w.list(", ", fields, |w, it| {
        w.ident(it.column);
    });
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
            Assign::Query(it) => {
                subquery(w, it)?;
                w.dialect().convert_assigned(w, field, given(it));
            }
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

fn returning(w: &mut Writer<'_>, schema: &Schema, returning: Returning) {
    if returning == Returning::Rows {
        w.sql(" RETURNING ");
        columns(w, schema.fields());
    }
}
