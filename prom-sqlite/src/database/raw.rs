//! Statements of the user's own, and the connection that each belongs on.

use std::sync::Arc;
use std::time::Duration;

use prom_core::interface::Done;
use prom_core::query::{Raw, Request};
use prom_core::sql::{Statement, Watch, begins_reading, render};
use prom_core::{Result, Sink};
use tokio_rusqlite::rusqlite::Connection;

use super::SqliteInterface;
use super::run::{drain, fetch, prepare};
use crate::dialect::Sqlite;
use crate::driver::Purpose;
use crate::error::from_sqlite;

/// Hands every row of the statement to `sink`: on a connection that reads if
/// the statement only does that, else on the one that writes.
pub(super) async fn fetch_raw(
    interface: &SqliteInterface,
    request: Arc<Request>,
    raw: &Raw,
    mut sink: Box<dyn Sink>,
    slow: Duration,
) -> Result<Box<dyn Sink>> {
    if begins_reading(raw) {
        let request = request.clone();
        let read = interface.on(Purpose::Read, move |connection| read(connection, &request, sink, slow));
        sink = match read.await? {
            Read::Whole(sink) => return Ok(sink),
            Read::Writes(sink) => sink,
        };
    }
    interface
        .on(Purpose::Write, move |connection| fetch(connection, &request, sink, Sqlite::PLAIN, slow))
        .await
}

/// What a connection that reads made of a statement.
enum Read {
    /// All its rows.
    Whole(Box<dyn Sink>),
    /// Nothing: the statement may write.
    Writes(Box<dyn Sink>),
}

// `WITH` may stand before an INSERT, `EXPLAIN` before anything.
// <https://www.sqlite.org/c3ref/stmt_readonly.html>
fn read(connection: &Connection, request: &Request, mut sink: Box<dyn Sink>, slow: Duration) -> Result<Read> {
    let watch = Watch::start(slow);
    let statement = render(Sqlite::PLAIN, request)?;
    let mut prepared = prepare(connection, &statement)?;
    if !prepared.readonly() {
        return Ok(Read::Writes(sink));
    }
    let mut rows = 0;
    drain(&mut prepared, sink.as_mut(), &mut rows)?;
    watch.stop(request, &statement.text, rows);
    Ok(Read::Whole(sink))
}

/// Runs the statement to its end, whatever rows it gives. Only what inserts,
/// changes or deletes rows sets the count that SQLite keeps, so that a
/// statement of another kind would show that of the last.
pub(super) fn execute(connection: &Connection, statement: &Statement<'_>) -> Result<Done> {
    let before = connection.total_changes();
    let mut prepared = prepare(connection, statement)?;
    let mut rows = prepared.raw_query();
    while rows.next().map_err(|error| from_sqlite(&error))?.is_some() {}
    drop(rows);
    let has_changed = connection.total_changes() != before;
    Ok(Done::rows(if has_changed { connection.changes() } else { 0 }))
}
