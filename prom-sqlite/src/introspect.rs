//! What tables a SQLite database has.
//!
//! <https://www.sqlite.org/pragma.html#pragma_table_xinfo>

use prom_core::schema::Schema;
use prom_core::schema::catalog::{Column, Index, PrimaryKey, Table};
use prom_core::{Error, Kind, Result};
use tokio_rusqlite::rusqlite::Connection;

use crate::error::from_sqlite;

/// The table of `schema` as it is, or `None`.
pub(crate) fn table(connection: &Connection, schema: &Schema) -> Result<Option<Table>> {
    if let Some(namespace) = schema.namespace() {
        return Err(Error::new(
            Kind::Unsupported,
            format!("`{}` lives in the schema `{namespace}`, and SQLite has no schemas", schema.model()),
        )
        .with_model(schema.model()));
    }
    // With generated columns, which `table_info` leaves out.
    let columns = names(connection, "SELECT name FROM pragma_table_xinfo(?1)", schema.table())?;
    if columns.is_empty() {
        return Ok(None);
    }
    let mut table = Table::new(columns.into_iter().map(|name| Column::new(name, "")).collect());
    let indexes = names(connection, "SELECT name FROM pragma_index_list(?1)", schema.table())?;
    for name in indexes {
        let mut index = Index::default();
        index.name = name;
        table.indexes.push(index);
    }
    let mut key = PrimaryKey::default();
    key.known_after_insert = true;
    table.primary_key = Some(key);
    Ok(Some(table))
}

fn names(connection: &Connection, sql: &str, table: &str) -> Result<Vec<String>> {
    let sqlite = |error| from_sqlite(&error);
    let mut statement = connection.prepare_cached(sql).map_err(sqlite)?;
    let names = statement.query_map([table], |row| row.get(0)).map_err(sqlite)?;
    names.collect::<Result<_, _>>().map_err(sqlite)
}
