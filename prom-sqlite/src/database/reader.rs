//! Rows on their way from a statement into a sink, and what is done where one of them is
//! spelled otherwise than its columns were known to be.

use std::fmt;

use prom_core::query::Request;
use prom_core::schema::Schema;
use prom_core::sql::{Columns, render};
use prom_core::{Error, Flow, Kind, Result, Sink};
use tokio_rusqlite::rusqlite::{CachedStatement, Connection, Rows};

use super::look::look_again;
use crate::dialect::Sqlite;
use crate::error::from_sqlite;
use crate::expected::{Expected, Surprise};
use crate::note::Note;
use crate::value::SqliteRow;

/// Whether there is more where rows came from.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Filled {
    /// The sink has enough for now.
    Paused,
    /// There are no more, or none more are wanted.
    Ended,
}

/// Hands the rows of a statement to sinks.
pub(super) struct Reader<'a> {
    connection: &'a Connection,
    request: &'a Request,
    columns: &'a Columns<Note>,
    /// The statement.
    text: &'a str,
    expected: Expected<'a>,
    count: u64,
}

impl<'a> Reader<'a> {
    /// For the rows of `text`, as `dialect` renders `request`.
    pub(super) fn new(
        connection: &'a Connection,
        request: &'a Request,
        columns: &'a Columns<Note>,
        dialect: &Sqlite,
        text: &'a str,
    ) -> Self {
        let expected = Expected::of(request, dialect);
        Self { connection, request, columns, text, expected, count: 0 }
    }

    /// How many rows there were.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// What the columns are known to hold by now.
    pub(super) fn dialect(&self) -> &Sqlite {
        self.expected.dialect()
    }

    /// Hands every row to `sink`.
    pub(super) fn drain(&mut self, prepared: &mut CachedStatement<'_>, sink: &mut dyn Sink) -> Result<()> {
        let mut rows = prepared.raw_query();
        while self.fill(&mut rows, sink)? == Filled::Paused {}
        Ok(())
    }

    /// Hands rows to `sink` until it has enough.
    pub(super) fn fill(&mut self, rows: &mut Rows<'_>, sink: &mut dyn Sink) -> Result<Filled> {
        while let Some(row) = rows.next().map_err(|error| from_sqlite(&error))? {
            self.count += 1;
            let flow = sink.row(&SqliteRow { row, expected: &self.expected });
            if self.expected.is_surprised() {
                self.go_on()?;
            }
            match flow? {
                Flow::Continue => {}
                Flow::Pause => return Ok(Filled::Paused),
                Flow::Stop => return Ok(Filled::Ended),
            }
        }
        Ok(Filled::Ended)
    }

    /// Goes on behind a row that is spelled otherwise than was known, if the statement
    /// would be the same had it been known.
    #[cold]
    fn go_on(&mut self) -> Result<()> {
        let surprises = self.expected.surprises();
        // What a change gave is looked at when it is undone.
        if !self.request.is_read() {
            return Err(stale(self.request, surprises));
        }
        look_again(self.connection, self.request, &surprises, self.columns)?;
        let dialect = Sqlite::of(self.columns);
        if render(&dialect, self.request)?.text != self.text {
            return Err(stale(self.request, Vec::new()));
        }
        self.expected = Expected::of(self.request, &dialect);
        Ok(())
    }
}

/// So often a result is read anew, where one spelling after the other turns up.
const TRIES: usize = 5;

/// Runs `read`, once more where it meets values in other spellings than were known.
pub(super) fn again<T>(
    connection: &Connection,
    request: &Request,
    columns: &Columns<Note>,
    mut read: impl FnMut() -> Result<T>,
) -> Result<T> {
    for _ in 1..TRIES {
        let error = match read() {
            Err(error) => error,
            done => return done,
        };
        let source = std::error::Error::source(&error);
        let Some(Stale(surprises)) = source.and_then(|source| source.downcast_ref()) else {
            return Err(error);
        };
        if !surprises.is_empty() {
            look_again(connection, request, surprises, columns)?;
        }
    }
    read()
}

/// Marks an error as this: values turned up in spellings that the statement was not
/// rendered for; those that were not looked at yet.
#[derive(Debug)]
struct Stale(Vec<Surprise>);

impl fmt::Display for Stale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a column holds other spellings than it did")
    }
}

impl std::error::Error for Stale {}

/// The same of a result of which rows were given already: it is not read anew.
#[cold]
pub(super) fn given(error: Error) -> Error {
    let is_stale = std::error::Error::source(&error).is_some_and(|source| source.is::<Stale>());
    if is_stale { Error::new(error.kind(), error.to_string()) } else { error }
}

#[cold]
fn stale(request: &Request, surprises: Vec<Surprise>) -> Error {
    let model = request.schema().map_or("", Schema::model);
    let text = format!(
        "a value of `{model}` turned up in another spelling than prom's, and rows are compared or sorted by \
         such values: ask again, and all of them are taken for what they are; `{model}::rewrite()` brings \
         the table to one spelling"
    );
    Error::new(Kind::SchemaChanged, text).with_source(Stale(surprises))
}
