//! What tables a PostgreSQL database has.
//!
//! <https://www.postgresql.org/docs/current/catalogs.html>

mod catalog;

use prom_core::schema::Schema;
use prom_core::schema::catalog::Table;
use prom_core::sql::Writer;
use prom_core::{Error, Kind, Result};
use tokio_postgres::Client;
use tokio_postgres::types::Type;

use crate::dialect::{CASE_INSENSITIVE, Postgres, quoted};
use crate::error::from_postgres;

/// The table of each of `schemas` as it is, or `None`: what the names mean in the
/// current `search_path`, in one round trip. With no statement prepared, which is rarely
/// used again.
pub(crate) async fn tables(client: &Client, schemas: &[&'static Schema]) -> Result<Vec<Option<Table>>> {
    let names: Vec<String> = schemas.iter().map(|it| quoted(it)).collect();
    let rows = client.query_typed(catalog::LOOK, &[(&names, Type::TEXT_ARRAY)]).await;
    let get = |error| from_postgres(&error);
    let mut tables = vec![None; schemas.len()];
    for row in rows.map_err(get)? {
        let place: i64 = row.try_get(0).map_err(get)?;
        let part: i32 = row.try_get(1).map_err(get)?;
        let cells: Vec<Option<String>> = row.try_get(2).map_err(get)?;
        let table = usize::try_from(place - 1).ok().and_then(|at| tables.get_mut(at));
        if let Some(table) = table {
            catalog::Cells(cells).add_to(table.get_or_insert_with(Table::default), part);
        }
    }
    match tables.iter().flatten().any(|table: &Table| table.columns.is_empty()) {
        true => Err(made_meanwhile()),
        false => Ok(tables),
    }
}

// Names are looked up as they are now, columns as they were when the transaction first looked.
#[cold]
fn made_meanwhile() -> Error {
    Error::new(
        Kind::SchemaChanged,
        "a table was made by another session since the transaction began: run the transaction again",
    )
}

// An index lies in the schema of its table, which may not be there yet.
const TAKEN: &str = "\
    SELECT c.relname::text FROM pg_catalog.pg_class c \
    WHERE c.relname = ANY($1) AND c.relnamespace = COALESCE( \
        (SELECT t.relnamespace FROM pg_catalog.pg_class t WHERE t.oid = pg_catalog.to_regclass($2)), \
        pg_catalog.to_regnamespace($3)::oid, \
        pg_catalog.to_regnamespace(pg_catalog.quote_ident(pg_catalog.current_schema()::text))::oid)";

/// Which of `names` are taken where the indexes of `schema` go.
pub(crate) async fn taken(client: &Client, schema: &Schema, names: &[String]) -> Result<Vec<String>> {
    let mut w = Writer::new(Postgres::PLAIN);
    w.ident(schema.namespace().unwrap_or_default());
    let namespace = schema.namespace().map(|_| w.finish().text);
    let rows = client
        .query_typed(
            TAKEN,
            &[(&names, Type::TEXT_ARRAY), (&quoted(schema), Type::TEXT), (&namespace, Type::TEXT)],
        )
        .await
        .map_err(|error| from_postgres(&error))?;
    rows.iter().map(|row| row.try_get(0).map_err(|error| from_postgres(&error))).collect()
}

/// Whether the collation is there that ignores letter case.
pub(crate) async fn has_collation(client: &Client) -> Result<bool> {
    is_there(client, "SELECT pg_catalog.to_regcollation($1) IS NOT NULL", CASE_INSENSITIVE).await
}

/// Whether the schema is there; the name comes quoted.
pub(crate) async fn has_namespace(client: &Client, name: &str) -> Result<bool> {
    is_there(client, "SELECT pg_catalog.to_regnamespace($1) IS NOT NULL", name).await
}

async fn is_there(client: &Client, sql: &str, name: &str) -> Result<bool> {
    let rows = client.query_typed(sql, &[(&name, Type::TEXT)]).await;
    let rows = rows.map_err(|error| from_postgres(&error))?;
    rows.first().map_or(Ok(false), |row| row.try_get(0).map_err(|error| from_postgres(&error)))
}
