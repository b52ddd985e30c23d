//! A look at the cells of a table: which spellings its columns hold.

use prom_core::query::{Column, Output, Request, Select};
use prom_core::schema::catalog::{self, Table, TableKind};
use prom_core::schema::{FieldDef, Schema};
use prom_core::sql::{Columns, KnownColumns, render};
use prom_core::{Kind, Result};
use tokio_rusqlite::rusqlite::Connection;

use crate::dialect::Sqlite;
use crate::error::from_sqlite;
use crate::expected::Surprise;
use crate::introspect::table;
use crate::job;
use crate::note::{Note, Reals};
use crate::spelling::{Spelled, Spellings};

/// Looks at the tables of `schemas`, which are `tables`, and keeps what their columns hold.
pub(super) fn look(
    connection: &Connection,
    schemas: &[&'static Schema],
    tables: &[Option<Table>],
    columns: &Columns<Note>,
) -> Result<()> {
    for (schema, table) in schemas.iter().zip(tables) {
        if let Some(table) = table {
            columns.set(schema, notes(connection, schema, table, &[], columns)?);
        }
    }
    Ok(())
}

/// Looks again at the tables of `request`, after `surprises` turned up in them.
#[cold]
pub(super) fn look_again(
    connection: &Connection,
    request: &Request,
    surprises: &[Surprise],
    columns: &Columns<Note>,
) -> Result<()> {
    let mut schemas: Vec<&'static Schema> = Vec::new();
    request.visit_schemas(&mut |schema| {
        if !schemas.iter().any(|other| std::ptr::eq(*other, schema)) {
            schemas.push(schema);
        }
    });
    for schema in schemas {
        if let Some(table) = table(connection, schema)? {
            columns.set(schema, notes(connection, schema, &table, surprises, columns)?);
        }
    }
    Ok(())
}

/// What is to be known of the columns of a table.
fn notes(
    connection: &Connection,
    schema: &'static Schema,
    table: &Table,
    surprises: &[Surprise],
    columns: &Columns<Note>,
) -> Result<Vec<(&'static FieldDef, Note)>> {
    // What a transaction has rewritten is not so for others, nor once it is rolled back.
    let known = if connection.is_autocommit() { KnownColumns::NONE } else { columns.known() };
    let mut found = Vec::new();
    for field in schema.fields() {
        if let (Some(spelled), Some(column)) = (Spelled::of(field), table.column(field.column)) {
            let surprise = surprises.iter().filter(|(other, _)| std::ptr::eq(*other, field));
            let seen = surprise.map(|(_, spelling)| *spelling).max().unwrap_or(Spellings::Own);
            let seen = known.of(field).map_or(seen, |note| note.spellings.max(seen));
            found.push(Found { field, spelled, reals: reals(spelled, column), seen });
        }
    }
    match read(connection, schema, &mut found) {
        // What somebody else stores may be read by some conditions only.
        Err(error) if table.kind != TableKind::Table && error.kind() != Kind::Deadline => {}
        read => read?,
    }
    let notes = found.into_iter().filter(|found| !found.is_plain()).map(|found| {
        if found.seen != Spellings::Own {
            let (table, column) = (schema.table(), found.field.column);
            tracing::info!(table, column, "prom: the column holds values in other spellings than prom's");
        }
        let keys = keys(schema, table, found.field).into();
        (found.field, Note { spellings: found.seen, reals: found.reals, keys })
    });
    Ok(notes.collect())
}

struct Found {
    field: &'static FieldDef,
    spelled: Spelled,
    reals: Reals,
    seen: Spellings,
}

impl Found {
    fn is_plain(&self) -> bool {
        self.seen == Spellings::Own && self.reals == Reals::Seconds
    }
}

/// Python's prom declares instants with this word, and so do we.
pub(super) fn reals(spelled: Spelled, column: &catalog::Column) -> Reals {
    let word = column.ty.split([' ', '(']).next().unwrap_or_default();
    if spelled != Spelled::Instant || word.eq_ignore_ascii_case("TIMESTAMP") {
        Reals::Seconds
    } else {
        Reals::Refused
    }
}

/// So many rows are read between two looks whether anybody still waits.
const ROWS: u64 = 10_000;

/// Reads the columns of `found`, until nothing more can be learned of them.
fn read(connection: &Connection, schema: &'static Schema, found: &mut [Found]) -> Result<()> {
    if found.is_empty() {
        return Ok(());
    }
    let mut select = Select::new(schema);
    select.output = Output::Columns(found.iter().map(|found| Column::Field(found.field)).collect());
    let request = Request::Select(select);
    let statement = render(Sqlite::PLAIN, &request)?;
    let mut prepared = connection.prepare(&statement.text).map_err(|error| from_sqlite(&error))?;
    let mut rows = prepared.raw_query();
    let mut count = 0;
    while let Some(row) = rows.next().map_err(|error| from_sqlite(&error))? {
        count += 1;
        if count % ROWS == 0 {
            job::check()?;
        }
        let mut is_changed = false;
        for (at, found) in found.iter_mut().enumerate() {
            let cell = row.get_ref(at).map_err(|error| from_sqlite(&error))?;
            if found.seen < Spellings::Any && !found.spelled.is_own(cell) {
                found.seen = found.seen.max(found.spelled.spelling(cell));
                is_changed = true;
            }
        }
        if is_changed && found.iter().all(|found| found.seen == Spellings::Any) {
            return Ok(());
        }
    }
    Ok(())
}

/// The keys that `field` is part of: no two rows of the table are alike in all fields of one.
fn keys(schema: &'static Schema, table: &Table, field: &FieldDef) -> Vec<Vec<&'static FieldDef>> {
    let field_of =
        |column: &String| schema.fields().iter().find(|field| field.column.eq_ignore_ascii_case(column));
    let unique = table.indexes.iter().filter(|index| index.unique).map(|index| &index.columns);
    let keys = unique.chain(table.primary_key.as_ref().map(|key| &key.columns));
    // One over an expression, or over a column that the model does not know, is no key here.
    let keys = keys.filter_map(|columns| columns.iter().map(field_of).collect::<Option<Vec<_>>>());
    keys.filter(|key| key.iter().any(|other| std::ptr::eq(*other, field))).collect()
}
