//! The rest of a result, kept in a temporary table: where its connection is
//! needed for other statements before all its rows are wanted.
//!
//! A table that is written while it is read gives rows twice or never ends; one
//! of its own gives what there was. SQLite keeps such a table in a file once it
//! is large. <https://www.sqlite.org/isolation.html>

use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};

use prom_core::query::Request;
use prom_core::sql::Columns;
use prom_core::{Result, Sink};
use tokio_rusqlite::rusqlite::types::ToSqlOutput;
use tokio_rusqlite::rusqlite::{Connection, Rows};

use super::reader::{Filled, Reader};
use crate::dialect::Sqlite;
use crate::driver::Driver;
use crate::error::from_sqlite;
use crate::job;
use crate::note::Note;
use crate::temporary::writable;

static COUNT: AtomicU64 = AtomicU64::new(0);

/// Rows in a temporary table of a connection; dropped, it goes.
#[derive(Debug)]
pub(super) struct Spool {
    table: String,
    /// How many rows of it were given.
    given: i64,
    driver: Driver,
    /// The statement that gave them.
    text: String,
    /// What its columns were known to hold.
    dialect: Sqlite,
}

impl Spool {
    /// Takes in the rest of `rows`, of so many columns, which `text` gave as `dialect`
    /// renders it, on the connection's thread.
    pub(super) fn take_in(
        driver: Driver,
        connection: &Connection,
        rows: &mut Rows<'_>,
        width: usize,
        (text, dialect): (String, Sqlite),
    ) -> Result<Self> {
        let table = format!("prom_spool_{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let spool = Self { table, given: 0, driver, text, dialect };
        writable(connection, || spool.fill(connection, rows, width))?;
        Ok(spool)
    }

    fn fill(&self, connection: &Connection, rows: &mut Rows<'_>, width: usize) -> Result<()> {
        let sqlite = |error| from_sqlite(&error);
        let (mut columns, mut places) = (String::new(), String::new());
        for at in 0..width {
            let comma = if at == 0 { "" } else { ", " };
            // Without a type, a cell keeps the one that it has.
            let _ = write!(columns, "{comma}c{at}");
            let _ = write!(places, "{comma}?");
        }
        let table = &self.table;
        // Alone, each row would be a transaction.
        let alone = connection.is_autocommit();
        if alone {
            connection.execute_batch("BEGIN").map_err(sqlite)?;
        }
        connection.execute_batch(&format!("CREATE TABLE temp.{table} ({columns})")).map_err(sqlite)?;
        let insert = format!("INSERT INTO temp.{table} VALUES ({places})");
        let mut insert = connection.prepare(&insert).map_err(sqlite)?;
        while let Some(row) = rows.next().map_err(sqlite)? {
            job::check()?;
            for at in 0..width {
                let cell = ToSqlOutput::Borrowed(row.get_ref(at).map_err(sqlite)?);
                insert.raw_bind_parameter(at + 1, cell).map_err(sqlite)?;
            }
            insert.raw_execute().map_err(sqlite)?;
        }
        if alone {
            connection.execute_batch("COMMIT").map_err(sqlite)?;
        }
        Ok(())
    }

    /// Gives the next rows to `sink`, on the connection's thread; and itself, if
    /// there may be more.
    pub(super) fn give(
        mut self,
        connection: &Connection,
        request: &Request,
        columns: &Columns<Note>,
        sink: &mut dyn Sink,
    ) -> Result<Option<Self>> {
        let sqlite = |error| from_sqlite(&error);
        let select = format!("SELECT * FROM temp.{} WHERE rowid > ?1 ORDER BY rowid", self.table);
        let mut select = connection.prepare(&select).map_err(sqlite)?;
        select.raw_bind_parameter(1, self.given).map_err(sqlite)?;
        let mut rows = select.raw_query();
        let mut reader = Reader::new(connection, request, columns, &self.dialect, &self.text);
        let filled = reader.fill(&mut rows, sink)?;
        self.given = self.given.saturating_add_unsigned(reader.count());
        self.dialect = reader.dialect().clone();
        Ok((filled == Filled::Paused).then_some(self))
    }

    /// The connection that it is on.
    pub(super) fn driver(&self) -> Driver {
        self.driver.clone()
    }
}

impl Drop for Spool {
    fn drop(&mut self) {
        self.driver.discard(std::mem::take(&mut self.table));
    }
}
