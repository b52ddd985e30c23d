//! Statements, on the connection's thread.

use std::time::Duration;

use prom_core::interface::Done;
use prom_core::query::{Conflict, Insert, Request};
use prom_core::sql::{self, Watch, is_of_row, render};
use prom_core::{Error, Flow, Kind, Result, Sink};
use tokio_rusqlite::rusqlite::{CachedStatement, Connection, Rows, Statement, ffi};

use super::raw;
use crate::dialect::Sqlite;
use crate::error::{about, from_sqlite};
use crate::job;
use crate::value::{SqliteRow, bind};

/// Hands every row of `request` to `sink`.
pub(super) fn fetch(
    connection: &Connection,
    request: &Request,
    mut sink: Box<dyn Sink>,
    dialect: &Sqlite,
    slow: Duration,
) -> Result<Box<dyn Sink>> {
    let watch = Watch::start(slow);
    let statement = render(dialect, request)?;
    let mut prepared = prepare(connection, &statement)?;
    let mut count = 0;
    let given = match request {
        // What the user's own statement needs, such as no transaction, is his to know.
        Request::Select(_) | Request::Raw(_) => drain(&mut prepared, sink.as_mut(), &mut count),
        // A row that cannot be decoded undoes the change that gave it.
        Request::Insert(it) => whole(connection, || {
            (0..it.rows).try_for_each(|row| {
                job::check()?;
                bind_row(&mut prepared, it, row)?;
                drain(&mut prepared, sink.as_mut(), &mut count)
            })
        }),
        _ => whole(connection, || drain(&mut prepared, sink.as_mut(), &mut count)),
    };
    given.map_err(|error| about(request, error))?;
    watch.stop(request, &statement.text, count);
    Ok(sink)
}

/// Refuses what would write in a transaction that only reads: prom knows of its
/// own statements, SQLite of the user's.
pub(super) fn check_access(connection: &Connection, request: &Request, read_only: bool) -> Result<()> {
    if read_only
        && matches!(request, Request::Raw(_))
        && !prepare(connection, &render(Sqlite::PLAIN, request)?)?.readonly()
    {
        return Err(Error::new(Kind::ReadOnly, "the statement writes, and the transaction only reads")
            .with_code(ffi::SQLITE_READONLY.to_string()));
    }
    Ok(())
}

/// Hands every row to `sink`, and counts them.
pub(super) fn drain(prepared: &mut CachedStatement<'_>, sink: &mut dyn Sink, count: &mut u64) -> Result<()> {
    let mut rows = prepared.raw_query();
    while fill(&mut rows, sink, count)? == Filled::Paused {}
    Ok(())
}

/// Whether there is more where rows came from.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Filled {
    /// The sink has enough for now.
    Paused,
    /// There are no more, or none more are wanted.
    Ended,
}

/// Hands rows to `sink` until it has enough.
pub(super) fn fill(rows: &mut Rows<'_>, sink: &mut dyn Sink, count: &mut u64) -> Result<Filled> {
    while let Some(row) = rows.next().map_err(|error| from_sqlite(&error))? {
        *count += 1;
        match sink.row(&SqliteRow(row))? {
            Flow::Continue => {}
            Flow::Pause => return Ok(Filled::Paused),
            Flow::Stop => return Ok(Filled::Ended),
        }
    }
    Ok(Filled::Ended)
}

/// Carries out a change.
pub(super) fn execute(
    connection: &Connection,
    request: &Request,
    dialect: &Sqlite,
    slow: Duration,
) -> Result<Done> {
    let watch = Watch::start(slow);
    let statement = render(dialect, request)?;
    let done = match request {
        Request::Insert(it) if it.rows > 1 => whole(connection, || {
            insert(connection, &statement.text, it, |row, error| match is_of_row(&error) {
                true => about(request, error).context(format_args!("draft {row}, counted from 0")),
                false => error,
            })
        }),
        Request::Insert(it) => insert(connection, &statement.text, it, |_, error| error),
        Request::Raw(_) => raw::execute(connection, &statement),
        _ => {
            let changed = prepare(connection, &statement)?.raw_execute();
            changed.map(|it| Done::rows(it as u64)).map_err(|error| from_sqlite(&error))
        }
    };
    let done = done.map_err(|error| match is_undone(connection, request, &error) {
        true => about(request, error),
        false => kept(error),
    })?;
    watch.stop(request, &statement.text, done.rows);
    Ok(done)
}

/// Whether a change that failed so left nothing behind. Alone it may, where a trigger
/// raises FAIL; that one was not there when prom looked at the table.
///
/// <https://www.sqlite.org/lang_createtrigger.html#raise>
fn is_undone(connection: &Connection, request: &Request, error: &Error) -> bool {
    let is_alone = connection.is_autocommit()
        && match request {
            Request::Insert(insert) => insert.rows == 1,
            Request::Update(_) | Request::Delete(_) => true,
            _ => false,
        };
    // Those that enforce ON DELETE RESTRICT have the code too, and undo what they refuse.
    !is_alone || error.kind() == Kind::ForeignKey || error.code() != Some("1811")
}

#[cold]
fn kept(error: Error) -> Error {
    Error::new(
        Kind::OutcomeUnknown,
        "a trigger that was added since prom looked at the table ended the statement, and may have \
         kept what it did: look at the table, and `close()` the connection, so that prom sees the trigger",
    )
    .with_source(error)
}

/// Runs `work` so that it is done wholly or not at all.
pub(super) fn whole<T>(connection: &Connection, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let batch = |sql| connection.execute_batch(sql).map_err(|error| from_sqlite(&error));
    let (begin, keep, undo) = if connection.is_autocommit() {
        ("BEGIN IMMEDIATE", "COMMIT", "ROLLBACK")
    } else {
        ("SAVEPOINT prom", "RELEASE prom", "ROLLBACK TO prom; RELEASE prom")
    };
    batch(begin)?;
    match work().and_then(|done| batch(keep).map(|()| done)) {
        Ok(done) => Ok(done),
        Err(error) => {
            // SQLite may have ended the transaction itself; the first error says why.
            let _ = batch(undo);
            Err(error)
        }
    }
}

/// One cached statement for each row: that is the fastest of SQLite's ways, and
/// the key is asked of the connection, which costs less than RETURNING. It is that of
/// an earlier row where none was inserted, so the rows are counted. `refused` adds to
/// the error of a row which one it was.
fn insert(
    connection: &Connection,
    text: &str,
    it: &Insert,
    refused: impl Fn(usize, Error) -> Error,
) -> Result<Done> {
    let mut prepared = connection.prepare_cached(text).map_err(|error| from_sqlite(&error))?;
    let makes_keys = it.makes_keys();
    let mut keys = Vec::with_capacity(if makes_keys { it.rows } else { 0 });
    let mut changed = 0;
    for row in 0..it.rows {
        job::check()?;
        bind_row(&mut prepared, it, row)?;
        let inserted = prepared.raw_execute().map_err(|error| refused(row, from_sqlite(&error)))?;
        if inserted == 0 && matches!(it.conflict, Conflict::Refuse) {
            return Err(left_out(it));
        }
        changed += inserted as u64;
        if makes_keys {
            keys.push(connection.last_insert_rowid());
        }
    }
    match makes_keys {
        true => Ok(Done::keys(keys)),
        false => Ok(Done::rows(changed)),
    }
}

#[cold]
fn left_out(it: &Insert) -> Error {
    let (model, table) = (it.schema.model(), it.schema.table());
    let text = format!(
        "a row of `{model}` was left out, and sqlite reported no error: a trigger or a conflict clause \
         of the table `{table}` did that; no row was inserted"
    );
    Error::new(Kind::Suppressed, text).with_model(model)
}

fn bind_row(prepared: &mut Statement<'_>, it: &Insert, row: usize) -> Result<()> {
    it.row(row).iter().enumerate().try_for_each(|(at, value)| bind(prepared, at + 1, value))
}

/// A statement from the connection's cache, with its parameters.
pub(super) fn prepare<'c>(
    connection: &'c Connection,
    statement: &sql::Statement<'_>,
) -> Result<CachedStatement<'c>> {
    let mut prepared = connection.prepare_cached(&statement.text).map_err(|error| from_sqlite(&error))?;
    if prepared.parameter_count() != statement.params.len() {
        return Err(other_parameters());
    }
    for (at, value) in statement.params.iter().enumerate() {
        bind(&mut prepared, at + 1, value)?;
    }
    Ok(prepared)
}

// A `?`, an `@name`, or a `:name` in what only prom takes for a comment: it would be NULL.
// <https://www.sqlite.org/lang_expr.html#parameters>
#[cold]
fn other_parameters() -> Error {
    Error::new(
        Kind::Invalid,
        "sqlite sees a parameter in the statement that is none of prom's, such as `?` or `@name`: write `:name` \
         for each, and bind it",
    )
}
