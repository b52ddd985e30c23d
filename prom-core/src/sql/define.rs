//! CREATE TABLE, ALTER TABLE, CREATE INDEX.

use super::{Dialect, Writer};
use crate::interface::Change;
use crate::schema::{DefaultValue, FieldDef, IndexDef, OnDelete, Schema};
use crate::{Error, Kind, Result};

/// The statements that bring `changes` about, each with its change, in an order
/// in which they can be made: tables first, since an index makes way for a table
/// of its name, and never the other way round.
///
/// # Errors
///
/// As [`define`].
pub fn define_all(dialect: &dyn Dialect, changes: &[Change]) -> Result<Vec<(Change, String)>> {
    let (mut tables, mut fields, mut references, mut indexes) = (vec![], vec![], vec![], vec![]);
    let mut later: Vec<_> = changes.iter().filter_map(Change::new_table).collect();
    later.reverse();
    for change in changes {
        match change {
            Change::CreateTable(schema) => {
                later.pop();
                let is_later = |it: &FieldDef| {
                    let refers =
                        |to: &&Schema| it.reference.is_some_and(|it| std::ptr::eq((it.target)(), *to));
                    !dialect.refers_ahead() && later.iter().any(refers)
                };
                let mut w = Writer::new(dialect);
                create_table(&mut w, schema, is_later)?;
                tables.push((*change, w.finish().text));
                for field in schema.fields().iter().filter(|it| is_later(it)) {
                    references.push((*change, add_reference(dialect, schema, field)?));
                }
            }
            Change::AddField(..) => fields.push((*change, define(dialect, change)?)),
            _ => indexes.push((*change, define(dialect, change)?)),
        }
    }
    Ok([tables, fields, references, indexes].concat())
}

/// The statement that brings `change` about, with the comments that it brings.
///
/// # Errors
///
/// [`Kind::Unsupported`] for a field whose type the database has no column for,
/// [`Kind::Invalid`] for a reference to a model without a key.
pub fn define(dialect: &dyn Dialect, change: &Change) -> Result<String> {
    let mut w = Writer::new(dialect);
    match change {
        Change::CreateTable(schema) => create_table(&mut w, schema, |_| false)?,
        Change::AddField(schema, field) => {
            w.sql("ALTER TABLE ").table(schema).sql(" ADD COLUMN ").sql(dialect.unless_there());
            column(&mut w, schema, field, true)?;
            comment_on_field(&mut w, schema, field);
        }
        Change::CreateIndex(schema, index) => create_index(&mut w, schema, index, &index.full_name(schema)),
        Change::CreateIndexApart(schema, index) => {
            create_index(&mut w, schema, index, &index.long_name(schema))
        }
    }
    Ok(w.finish().text)
}

/// Without the references of fields whose table `is_later`.
fn create_table(w: &mut Writer<'_>, schema: &Schema, is_later: impl Fn(&FieldDef) -> bool) -> Result<()> {
    w.sql("CREATE TABLE IF NOT EXISTS ").table(schema).sql(" (");
    for (at, field) in schema.fields().iter().enumerate() {
        if at > 0 {
            w.sql(", ");
        }
        column(w, schema, field, !is_later(field))?;
    }
    w.sql(")");
    if w.dialect().has_comments() && !schema.doc().is_empty() {
        w.sql("; COMMENT ON TABLE ").table(schema).sql(" IS ").literal(&schema.doc().into());
    }
    for field in schema.fields() {
        comment_on_field(w, schema, field);
    }
    Ok(())
}

fn comment_on_field(w: &mut Writer<'_>, schema: &Schema, field: &FieldDef) {
    if w.dialect().has_comments() && !field.doc.is_empty() {
        w.sql("; COMMENT ON COLUMN ").table(schema).sql(".").ident(field.column);
        w.sql(" IS ").literal(&field.doc.into());
    }
}

/// The reference of a field that was left out when its table was made.
fn add_reference(dialect: &dyn Dialect, schema: &Schema, field: &FieldDef) -> Result<String> {
    let mut w = Writer::new(dialect);
    w.sql("ALTER TABLE ").table(schema).sql(" ADD FOREIGN KEY (").ident(field.column).sql(")");
    references(&mut w, schema, field)?;
    Ok(w.finish().text)
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

fn column(w: &mut Writer<'_>, schema: &Schema, field: &FieldDef, refers: bool) -> Result<()> {
    let dialect = w.dialect();
    w.ident(field.column).sql(" ").sql(dialect.column_type(field)?);
    if field.ty.has_size() {
        size_check(w, field);
    }
    if let Some(reference) = field.reference {
        key_of(schema, field, (reference.target)())?;
    }
    dialect.collation(w, field.compared_as());
    w.sql(if field.nullable { " NULL" } else { " NOT NULL" });
    if field.key.is_some() {
        w.sql(dialect.primary_key(field));
    }
    if let DefaultValue::Constant(make) = field.default {
        w.sql(" DEFAULT ").literal(&make());
    }
    if refers {
        references(w, schema, field)?;
    }
    Ok(())
}

fn references(w: &mut Writer<'_>, schema: &Schema, field: &FieldDef) -> Result<()> {
    if let Some(reference) = field.reference {
        let (target, key) = key_of(schema, field, (reference.target)())?;
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
