//! Tables, made sure of before they are used: in a transaction that the caller
//! began and ends, behind a lock that all of prom's processes take.

use std::fmt::Display;
use std::time::Duration;

use prom_core::interface::{Change, Install, InstallReport, missing};
use prom_core::schema::Schema;
use prom_core::sql::{Writer, cannot, define_all, refusal};
use prom_core::{Error, Kind, Result};
use tokio_postgres::{Client, SimpleQueryMessage};

use crate::dialect::Postgres;
use crate::error::from_postgres;
use crate::introspect::{has_collation, has_namespace, tables, taken};

/// How long to wait for locks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Waits {
    /// For whoever is installing: nobody but those who install wait for him.
    pub(crate) turn: Duration,
    /// For a table that is to be changed: until then all its readers wait as well.
    pub(crate) table: Duration,
}

impl Default for Waits {
    fn default() -> Self {
        Self { turn: Duration::from_secs(30), table: Duration::from_secs(2) }
    }
}

impl Waits {
    /// No making of tables takes longer.
    pub(crate) fn longest(&self) -> Duration {
        self.turn.saturating_add(self.table.saturating_mul(4)).saturating_add(Duration::from_secs(30))
    }
}

/// What is there, and what is missing. It never fails in a way that would end a
/// transaction.
pub(crate) async fn look(
    client: &Client,
    schemas: &[&'static Schema],
    install: Install,
) -> Result<InstallReport> {
    let mut tries = 1;
    let tables = loop {
        match tables(client, schemas).await {
            // Somebody was making it just now. A transaction of one snapshot never sees it whole.
            Err(error) if error.kind() == Kind::SchemaChanged && tries < TRIES => tries += 1,
            found => break found?,
        }
    };
    let mut changes = Vec::new();
    for (schema, table) in schemas.iter().zip(&tables) {
        changes.extend(missing(schema, table.as_ref(), install)?);
    }
    Ok(InstallReport::new(changes, tables))
}

/// Nothing may be changed here, and `changes` are missing.
#[cold]
pub(crate) async fn refuse(client: &Client, changes: &[Change], install: Install) -> Error {
    match requisites(client, changes).await {
        Ok(before) => refusal(Postgres::PLAIN, before, changes, install),
        Err(error) => error,
    }
}

/// How often somebody who does not take the lock may come first: a migration, or
/// Python's prom.
const TRIES: usize = 3;

/// Takes the lock, looks again, and makes what is missing; or leaves the
/// transaction as it was. The lock is held until the transaction ends.
pub(crate) async fn make(
    client: &Client,
    schemas: &[&'static Schema],
    install: Install,
    waits: Waits,
) -> Result<InstallReport> {
    let mut tries = 0;
    loop {
        tries += 1;
        let error = match attempt(client, schemas, install, waits).await {
            Ok(report) => return Ok(report),
            Err(error) => error,
        };
        // The lock goes with it, and what was set.
        let undone = batch(client, "ROLLBACK TO prom_install; RELEASE prom_install").await;
        if undone.is_err() || tries == TRIES || !is_there_already(&error) {
            return Err(error);
        }
    }
}

/// Takes the server's deadline off the statements to come, which wait for others
/// who install. Gives what puts it back.
pub(crate) async fn without_deadline(client: &Client) -> Result<String> {
    let sql = "SELECT pg_catalog.current_setting('statement_timeout'); SET LOCAL statement_timeout = 0";
    let messages = client.simple_query(sql).await.map_err(|error| from_postgres(&error))?;
    Ok(format!("SET LOCAL statement_timeout = '{}'", first_cell(&messages)))
}

/// A number and its unit, as the server itself says it.
fn first_cell(messages: &[SimpleQueryMessage]) -> String {
    let cell = messages.iter().find_map(|it| match it {
        SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    });
    cell.unwrap_or_else(|| "0".to_owned())
}

/// Within a savepoint, which is still there if it fails.
async fn attempt(
    client: &Client,
    schemas: &[&'static Schema],
    install: Install,
    waits: Waits,
) -> Result<InstallReport> {
    let before = take_turn(client, waits).await?;
    let changes = apart(client, look(client, schemas, install).await?.changes).await?;
    create(client, &changes).await?;
    batch(client, &format!("RELEASE prom_install; SET LOCAL lock_timeout = '{before}'")).await?;
    // As they are now; nothing is missing any more.
    let tables = look(client, schemas, Install::Inspect).await?.tables;
    Ok(InstallReport::new(changes, tables))
}

/// Waits until nobody else installs, and gives the `lock_timeout` that was.
async fn take_turn(client: &Client, waits: Waits) -> Result<String> {
    // "prom", and what of it.
    let sql = format!(
        "SAVEPOINT prom_install; SELECT pg_catalog.current_setting('lock_timeout'); \
         SET LOCAL lock_timeout = {}; SELECT pg_catalog.pg_advisory_xact_lock(1886547821, 1); \
         SET LOCAL lock_timeout = {}",
        waits.turn.as_millis(),
        waits.table.as_millis(),
    );
    let messages = client.simple_query(&sql).await.map_err(|error| match from_postgres(&error) {
        error if error.kind() == Kind::Busy => {
            error.context("another process installs tables, and did not come to an end")
        }
        error => error,
    })?;
    Ok(first_cell(&messages))
}

/// Whether the error says that what was to be made is there by now. A unique index
/// over rows that are alike is refused with another kind.
fn is_there_already(error: &Error) -> bool {
    match error.code() {
        Some("23505") => error.kind() == Kind::Busy,
        code => matches!(code, Some("42P07" | "42710" | "42701" | "42P06")),
    }
}

/// The same changes, in which an index whose name is taken goes by its longer one.
async fn apart(client: &Client, mut changes: Vec<Change>) -> Result<Vec<Change>> {
    let mut made: Vec<String> =
        changes.iter().filter_map(|it| Some(it.new_table()?.table().to_owned())).collect();
    for change in &mut changes {
        let (Change::CreateIndex(schema, _), Some(name)) = (*change, change.index_name()) else { continue };
        let names = [name];
        let is_taken = made.contains(&names[0]) || !taken(client, schema, &names).await?.is_empty();
        *change = change.apart(|_| Ok(is_taken))?;
        made.extend(change.index_name());
    }
    Ok(changes)
}

async fn create(client: &Client, changes: &[Change]) -> Result<()> {
    for sql in requisites(client, changes).await? {
        tracing::debug!(target: "prom::sql", sql);
        batch(client, &sql).await.map_err(|error| match error.code() {
            Some("42501") => denied(&"make what the tables need", &sql, &error),
            _ => error,
        })?;
    }
    for (change, sql) in define_all(Postgres::PLAIN, changes)? {
        tracing::debug!(target: "prom::sql", sql);
        batch(client, &sql).await.map_err(|error| match error.code() {
            Some("42501") => denied(&change, &sql, &error),
            Some("55P03") => {
                cannot(&change, error.context("the table is in use, and its users were not to be held up"))
            }
            _ => cannot(&change, error),
        })?;
    }
    Ok(())
}

/// What has to be there before the tables.
async fn requisites(client: &Client, changes: &[Change]) -> Result<Vec<String>> {
    let mut steps = Vec::new();
    let mut namespaces: Vec<&str> = changes.iter().filter_map(|it| it.new_table()?.namespace()).collect();
    namespaces.sort_unstable();
    namespaces.dedup();
    for it in namespaces {
        let mut w = Writer::new(Postgres::PLAIN);
        w.ident(it);
        let name = w.finish().text;
        // Who may not make one is refused even where it is there.
        if !has_namespace(client, &name).await? {
            steps.push(format!("CREATE SCHEMA IF NOT EXISTS {name}"));
        }
    }
    if changes.iter().any(ignores_case) && !has_collation(client).await? {
        let collation = "CREATE COLLATION IF NOT EXISTS \"case_insensitive\" \
            (provider = icu, deterministic = false, locale = 'und-u-ks-level2')";
        steps.push(collation.to_owned());
    }
    Ok(steps)
}

fn ignores_case(change: &Change) -> bool {
    match change {
        Change::CreateTable(schema) => schema.fields().iter().any(|it| it.ignore_case),
        Change::AddField(_, field) => field.ignore_case,
        _ => false,
    }
}

#[cold]
fn denied(what: &dyn Display, sql: &str, error: &Error) -> Error {
    let text = format!("cannot {what}: the role may not; one that may runs: {sql}");
    Error::new(Kind::InstallDenied, text).with_code(error.code().unwrap_or_default())
}

async fn batch(client: &Client, sql: &str) -> Result<()> {
    client.batch_execute(sql).await.map_err(|error| from_postgres(&error))
}
