//! Tables, made sure of before they are used.

use prom_core::Result;
use prom_core::interface::{Install, InstallReport, missing};
use prom_core::schema::Schema;
use prom_core::sql::{cannot, define, refusal};
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
) -> Result<InstallReport> {
    let wanted = schemas.to_vec();
    let found = interface.on(Purpose::Read, move |connection| look(connection, &wanted, install)).await?;
    let config = &interface.0.config;
    if found.changes.is_empty() || install == Install::Verify || config.readonly {
        return refuse(found, install);
    }
    let wanted = schemas.to_vec();
    let terms = config.terms_of_install();
    interface.on_terms(Purpose::Write, terms, move |connection| make(connection, &wanted, install)).await
}

/// Where nothing may be made, nothing may be missing.
pub(super) fn refuse(found: InstallReport, install: Install) -> Result<InstallReport> {
    if found.changes.is_empty() {
        return Ok(found);
    }
    Err(refusal(Sqlite::PLAIN, Vec::new(), &found.changes, install))
}

/// What is there, and what is missing.
pub(super) fn look(
    connection: &Connection,
    schemas: &[&'static Schema],
    install: Install,
) -> Result<InstallReport> {
    let mut report = InstallReport::default();
    for schema in schemas {
        let table = table(connection, schema)?;
        report.changes.extend(missing(schema, table.as_ref(), install)?);
        report.tables.push(table);
    }
    Ok(report)
}

/// Looks again, now that nobody else can write, and makes what is missing.
pub(super) fn make(
    connection: &Connection,
    schemas: &[&'static Schema],
    install: Install,
) -> Result<InstallReport> {
    whole(connection, || {
        let mut changes = look(connection, schemas, install)?.changes;
        // Tables first: an index makes way for a table of its name, and never the other way round.
        changes.sort_by_key(|it| it.index_name().is_some());
        for change in &mut changes {
            *change = change.apart(|name| is_taken(connection, name))?;
            let sql = define(Sqlite::PLAIN, change)?;
            tracing::debug!(target: "prom::sql", sql);
            connection.execute_batch(&sql).map_err(|error| cannot(change, from_sqlite(&error)))?;
        }
        // As they are now; nothing is missing any more.
        let tables = look(connection, schemas, Install::Inspect)?.tables;
        Ok(InstallReport::new(changes, tables))
    })
}

/// Whether anything in the database is called so.
fn is_taken(connection: &Connection, name: &str) -> Result<bool> {
    connection
        .prepare_cached("SELECT 1 FROM sqlite_schema WHERE name = ?1 COLLATE NOCASE")
        .and_then(|mut it| it.exists([name]))
        .map_err(|error| from_sqlite(&error))
}
