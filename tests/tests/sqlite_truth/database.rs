//! A database that another program made, and that it reads beside prom.

use std::future::Future;

use prom::prelude::*;
use prom::{Error, Kind, Result, transaction};
use tempfile::TempDir;
use tokio_rusqlite::rusqlite::types::Value;
use tokio_rusqlite::rusqlite::{self};

pub(crate) struct Database {
    pub(crate) prom: Connection,
    folder: TempDir,
}

impl Database {
    /// A file in which `sql` was run. The name is the test's, unique in this process.
    pub(crate) fn new(name: &str, options: &str, sql: &str) -> Result<Self> {
        let folder = TempDir::new().expect("a folder");
        let file = folder.path().join("it.db");
        let prom = prom::configure(&format!("sqlite://{}?{options}#truth {name}", file.display()))?;
        let database = Self { prom, folder };
        database.run(sql);
        Ok(database)
    }

    fn plain(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.folder.path().join("it.db")).expect("a file")
    }

    /// Runs `sql` as another program does.
    pub(crate) fn run(&self, sql: &str) {
        self.plain().execute_batch(sql).expect(sql);
    }

    /// The rows that a query gives another program, their cells between bars.
    pub(crate) fn rows(&self, sql: &str) -> Vec<String> {
        let connection = self.plain();
        let mut statement = connection.prepare(sql).expect(sql);
        let width = statement.column_count();
        let rows = statement.query_map([], |row| {
            let cells = (0..width).map(|at| row.get::<_, Value>(at).map(text));
            Ok(cells.collect::<Result<Vec<_>, _>>()?.join("|"))
        });
        rows.and_then(Iterator::collect).expect(sql)
    }
}

fn text(value: Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => format!("{number:?}"),
        Value::Text(text) => text,
        Value::Blob(bytes) => format!("{bytes:?}"),
    }
}

/// Where a write is made.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Place {
    Outside,
    Transaction,
    Nested,
}

pub(crate) const PLACES: [Place; 3] = [Place::Outside, Place::Transaction, Place::Nested];

impl Place {
    pub(crate) async fn run<T: Send>(
        self,
        database: &Database,
        work: impl Future<Output = Result<T>> + Send,
    ) -> Result<T> {
        match self {
            Self::Outside => work.await,
            Self::Transaction => transaction(work).on(&database.prom).await,
            Self::Nested => transaction(async { transaction(work).await }).on(&database.prom).await,
        }
    }
}

/// The error of what was refused, of that kind.
#[track_caller]
pub(crate) fn refused<T>(done: Result<T>, kind: Kind) -> Error {
    let error = done.err().expect("it is refused");
    assert_eq!(error.kind(), kind, "{error}");
    error
}
