//! CREATE TABLE, ALTER TABLE, CREATE INDEX.

use super::{Dialect, Writer};
use crate::interface::Change;
use crate::schema::{DefaultValue, FieldDef, IndexDef, OnDelete, Schema};
use crate::{Error, Kind, Result};

/// The statement that brings `change` about.
///
/// # Errors
///
/// [`Kind::Unsupported`] for a field whose type the database has no column for,
/// [`Kind::Invalid`] for a reference to a model without a key.
pub fn define(dialect: &dyn Dialect, change: &Change) -> Result<String> {
    let mut w = Writer::new(dialect);
    match change {
        Change::CreateTable(schema) => create_table(&mut w, schema)?,
        Change::AddField(schema, field) => {
            w.sql("ALTER TABLE ").table(schema).sql(" ADD COLUMN ");
            column(&mut w, schema, field)?;
        }
        Change::CreateIndex(schema, index) => create_index(&mut w, schema, index, &index.full_name(schema)),
        Change::CreateIndexApart(schema, index) => {
            create_index(&mut w, schema, index, &index.long_name(schema))
        }
    }
    Ok(w.finish().text)
}

fn create_table(w: &mut Writer<'_>, schema: &Schema) -> Result<()> {
    w.sql("CREATE TABLE IF NOT EXISTS ").table(schema).sql(" (");
    for (at, field) in schema.fields().iter().enumerate() {
        if at > 0 {
            w.sql(", ");
        }
        column(w, schema, field)?;
    }
    w.sql(")");
    Ok(())
}

fn create_index(w: &mut Writer<'_>, schema: &Schema, index: &IndexDef, name: &str) {
    w.sql(if index.unique { "CREATE UNIQUE INDEX IF NOT EXISTS " } else { "CREATE INDEX IF NOT EXISTS " })
        .ident(name)
        .sql(" ON ")
        .table(schema)
        .sql(" (")
        .list(", ", index.columns, |w, it| {
            w.ident(it);
        })
        .sql(")");
}

fn column(w: &mut Writer<'_>, schema: &Schema, field: &FieldDef) -> Result<()> {
    let dialect = w.dialect();
    w.ident(field.column).sql(" ").sql(dialect.column_type(field)?);
    if field.ty.has_size() {
        size_check(w, field);
    }
    let target = field.reference.map(|it| key_of(schema, field, (it.target)())).transpose()?;
    if field.ignore_case || target.is_some_and(|(_, key)| key.ignore_case) {
        w.sql(" ").sql(dialect.ignore_case());
    }
    w.sql(if field.nullable { " NULL" } else { " NOT NULL" });
    if field.key.is_some() {
        w.sql(dialect.primary_key(field));
    }
    if let DefaultValue::Constant(make) = field.default {
        w.sql(" DEFAULT ").literal(&make());
    }
    if let (Some((target, key)), Some(reference)) = (target, field.reference) {
        w.sql(" REFERENCES ").table(target).sql(" (").ident(key.column).sql(")");
        w.sql(" ON UPDATE CASCADE").sql(match reference.on_delete {
            OnDelete::Cascade => " ON DELETE CASCADE",
            OnDelete::SetNull => " ON DELETE SET NULL",
            OnDelete::Restrict => " ON DELETE RESTRICT",
        });
    }
    Ok(())
}

fn size_check(w: &mut Writer<'_>, field: &FieldDef) {
    let bound = |w: &mut Writer<'_>, operator, length| {
        w.sql("length(").ident(field.column).sql(operator).number(length);
    };
    match (field.size.min, field.size.max) {
        (None, None) => return,
        (Some(min), Some(max)) if min == max => {
            w.sql(" CHECK(");
            bound(w, ") = ", min);
        }
        (min, max) => {
            w.sql(" CHECK(");
            if let Some(it) = min {
                bound(w, ") >= ", it);
            }
            if min.is_some() && max.is_some() {
                w.sql(" AND ");
            }
            if let Some(it) = max {
                bound(w, ") <= ", it);
            }
        }
    }
    w.sql(")");
}

fn key_of(
    schema: &Schema,
    field: &FieldDef,
    target: &'static Schema,
) -> Result<(&'static Schema, &'static FieldDef)> {
    target.key().map(|key| (target, key)).ok_or_else(|| {
        Error::new(
            Kind::Invalid,
            format!(
                "`{}.{}` refers to `{}`, which has no primary key",
                schema.model(),
                field.name,
                target.model()
            ),
        )
        .with_model(schema.model())
        .with_field(field.name)
    })
}
