//! Tables, made sure of before they are used.

use prom_core::interface::{Change, Install, missing};
use prom_core::schema::Schema;
use prom_core::sql::define;
use prom_core::{Error, Kind, Result};
use tokio_rusqlite::rusqlite::Connection;

use super::SqliteInterface;
use super::run::whole;
use crate::dialect::Sqlite;
use crate::driver::Purpose;
use crate::error::from_sqlite;
use crate::introspect::table;

pub(super) async fn install(
    interface: &SqliteInterface,
    schemas: &[&'static Schema],
    install: Install,
) -> Result<Vec<Change>> {
    let wanted = schemas.to_vec();
    let found = interface.on(Purpose::Read, move |connection| look(connection, &wanted, install)).await?;
    if found.is_empty() {
        return Ok(found);
    }
    let config = &interface.0.config;
    if install == Install::Verify || config.readonly {
        return Err(refusal(&found, install));
    }
    let wanted = schemas.to_vec();
    let terms = config.terms_of_install();
    interface.on_terms(Purpose::Write, terms, move |connection| make(connection, &wanted, install)).await
}

/// What is missing.
pub(super) fn look(
    connection: &Connection,
    schemas: &[&'static Schema],
    install: Install,
) -> Result<Vec<Change>> {
    let mut changes = Vec::new();
    for schema in schemas {
        changes.extend(missing(schema, table(connection, schema)?.as_ref(), install)?);
    }
    Ok(changes)
}

/// Looks again, now that nobody else can write, and makes what is missing.
pub(super) fn make(
    connection: &Connection,
    schemas: &[&'static Schema],
    install: Install,
) -> Result<Vec<Change>> {
    whole(connection, || {
        let mut changes = look(connection, schemas, install)?;
        // Tables first: an index makes way for a table of its name, and never the other way round.
        changes.sort_by_key(|it| it.index_name().is_some());
        for change in &mut changes {
            *change = change.apart(|name| is_taken(connection, name))?;
            let sql = define(&Sqlite, change)?;
            tracing::debug!(target: "prom::sql", sql);
            connection.execute_batch(&sql).map_err(|error| cannot(change, from_sqlite(&error)))?;
        }
        Ok(changes)
    })
}

/// Whether anything in the database is called so.
fn is_taken(connection: &Connection, name: &str) -> Result<bool> {
    connection
        .prepare_cached("SELECT 1 FROM sqlite_schema WHERE name = ?1 COLLATE NOCASE")
        .and_then(|mut it| it.exists([name]))
        .map_err(|error| from_sqlite(&error))
}

#[cold]
fn cannot(change: &Change, error: Error) -> Error {
    match error.kind() {
        Kind::Unique => Error::new(
            Kind::InstallDenied,
            format!("cannot {change}: rows are there that are alike in it; mend them first"),
        )
        .with_code(error.code().unwrap_or_default()),
        _ => error.context(format_args!("cannot {change}")),
    }
}

#[cold]
pub(super) fn refusal(changes: &[Change], install: Install) -> Error {
    let why = match install {
        Install::Verify => "the database differs from the models, and it is only verified here",
        _ => "the database differs from the models, and it may only be read",
    };
    let steps: Vec<String> =
        changes.iter().map(|it| define(&Sqlite, it).unwrap_or_else(|_| it.to_string())).collect();
    Error::new(Kind::InstallDenied, format!("{why}; what is missing: {}", steps.join("; ")))
}
