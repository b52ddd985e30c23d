//! Temporary tables of a connection, and their end.

use std::sync::{Mutex, PoisonError};

use prom_core::Result;
use tokio_rusqlite::rusqlite::Connection;

use crate::error::from_sqlite;

/// The temporary tables of a connection that nobody wants any more.
#[derive(Debug, Default)]
pub(crate) struct Temporaries(Mutex<Vec<String>>);

impl Temporaries {
    /// Takes note of one.
    pub(crate) fn discard(&self, table: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(table);
    }

    /// On the connection's thread: drops them, unless a transaction is open, whose
    /// end could bring them back.
    pub(crate) fn sweep(&self, connection: &Connection) {
        if !connection.is_autocommit() {
            return;
        }
        let tables = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        for table in tables {
            let sql = format!("DROP TABLE IF EXISTS temp.{table}");
            // Where it cannot be dropped, it goes with the connection.
            let _ = writable(connection, || connection.execute_batch(&sql).map_err(|it| from_sqlite(&it)));
        }
    }
}

/// Runs `work`, which writes nothing but temporary tables, on a connection that
/// may only read.
pub(crate) fn writable<T>(connection: &Connection, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let sqlite = |error| from_sqlite(&error);
    let reads_only: bool =
        connection.pragma_query_value(None, "query_only", |row| row.get(0)).map_err(sqlite)?;
    if !reads_only {
        return work();
    }
    connection.pragma_update(None, "query_only", false).map_err(sqlite)?;
    let done = work();
    connection.pragma_update(None, "query_only", true).map_err(sqlite)?;
    done
}
