//! The connection that writes, on loan for a transaction.

use std::sync::Arc;
use std::time::Duration;

use prom_core::interface::{Change, Done, Install, Lease, Leave};
use prom_core::query::Request;
use prom_core::schema::Schema;
use prom_core::{Error, Execute, Kind, Result, Sink, async_trait};
use tokio_rusqlite::rusqlite::Connection;

use super::{install, run};
use crate::driver::guarded;
use crate::error::from_sqlite;
use crate::pool::Loan;

pub(super) struct SqliteLease {
    /// Taken when the transaction ends.
    loan: Option<Loan>,
    slow: Duration,
}

impl SqliteLease {
    pub(super) async fn begin(loan: Loan, slow: Duration) -> Result<Self> {
        // Made before BEGIN is sent: a future that is dropped meanwhile rolls back too.
        let lease = Self { loan: Some(loan), slow };
        lease.call(|connection| batch(connection, "BEGIN IMMEDIATE")).await?;
        Ok(lease)
    }

    /// Runs `job` within the transaction, if SQLite has not ended it by itself.
    async fn work<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.call(|connection| {
            check_open(connection)?;
            guarded(connection, job)
        })
        .await
    }

    async fn call<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        match &self.loan {
            Some(loan) => loan.driver().call(job).await,
            None => Err(ended()),
        }
    }

    /// Ends the transaction; the connection goes back when the job is done.
    async fn end(mut self, job: impl FnOnce(&mut Connection) -> Result<()> + Send + 'static) -> Result<()> {
        let Some(loan) = self.loan.take() else {
            return Err(ended());
        };
        loan.driver()
            .run(move |connection| {
                let _loan = loan;
                job(connection).inspect_err(|_| roll_back(connection))
            })
            .await
    }
}

impl Drop for SqliteLease {
    fn drop(&mut self) {
        if let Some(loan) = self.loan.take() {
            loan.driver().send(move |connection| {
                let _loan = loan;
                roll_back(connection);
            });
        }
    }
}

fn roll_back(connection: &Connection) {
    if !connection.is_autocommit() {
        // Where it fails, SQLite has rolled back by itself.
        let _ = connection.execute_batch("ROLLBACK");
    }
}

fn batch(connection: &Connection, sql: &str) -> Result<()> {
    connection.execute_batch(sql).map_err(|error| from_sqlite(&error))
}

// SQLite ends a transaction by itself where the disk is full or an interrupt comes.
// <https://www.sqlite.org/lang_transaction.html#response_to_errors_within_a_transaction>
fn check_open(connection: &Connection) -> Result<()> {
    match connection.is_autocommit() {
        false => Ok(()),
        true => Err(ended()),
    }
}

#[cold]
fn ended() -> Error {
    Error::new(
        Kind::TransactionAborted,
        "the transaction was ended by an earlier error, and nothing of it was kept",
    )
}

#[async_trait]
impl Execute for SqliteLease {
    async fn fetch(&self, request: Arc<Request>, sink: Box<dyn Sink>) -> Result<Box<dyn Sink>> {
        let slow = self.slow;
        self.work(move |connection| run::fetch(connection, &request, sink, slow)).await
    }

    async fn execute(&self, request: Arc<Request>) -> Result<Done> {
        let slow = self.slow;
        self.work(move |connection| run::execute(connection, &request, slow)).await
    }

    async fn install(&self, schemas: &[&'static Schema], install: Install) -> Result<Vec<Change>> {
        let wanted = schemas.to_vec();
        self.work(move |connection| match install {
            Install::Verify => install::look(connection, &wanted, install),
            _ => install::make(connection, &wanted, install),
        })
        .await
    }
}

#[async_trait]
impl Lease for SqliteLease {
    async fn commit(self: Box<Self>) -> Result<()> {
        self.end(|connection| {
            check_open(connection)?;
            batch(connection, "COMMIT")
        })
        .await
    }

    async fn rollback(self: Box<Self>) -> Result<()> {
        self.end(|connection| match connection.is_autocommit() {
            true => Ok(()),
            false => batch(connection, "ROLLBACK"),
        })
        .await
    }

    async fn enter(&self, depth: u32) -> Result<()> {
        self.work(move |connection| batch(connection, &format!("SAVEPOINT prom_{depth}"))).await
    }

    async fn leave(&self, depth: u32, leave: Leave) -> Result<()> {
        self.work(move |connection| {
            let undo = match leave {
                Leave::Keep => String::new(),
                Leave::Undo => format!("ROLLBACK TO prom_{depth}; "),
            };
            batch(connection, &format!("{undo}RELEASE prom_{depth}"))
        })
        .await
    }
}
