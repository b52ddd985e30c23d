//! The connection of a transaction.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use prom_core::interface::{Begin, Cursor, Done, Install, InstallReport, Lease, Leave, ended};
use prom_core::query::Request;
use prom_core::schema::Schema;
use prom_core::sql::Columns;
use prom_core::{Execute, Result, Sink, async_trait};
use tokio_rusqlite::rusqlite::Connection;

use super::cursor::SqliteCursor;
use super::{install, run};
use crate::config::Config;
use crate::dialect::Sqlite;
use crate::driver::{Driver, Purpose, close_transaction, guarded};
use crate::error::from_sqlite;
use crate::job::{Owner, Stop, Terms};
use crate::note::Note;
use crate::pool::Loan;

/// The connection of a transaction, which begins with its first statement: the
/// two are one job then.
#[derive(Debug, Clone)]
pub(super) struct SqliteLease(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    driver: Driver,
    owner: Owner,
    /// Taken when the transaction ends.
    loan: Mutex<Option<Loan>>,
    config: Arc<Config>,
    columns: Arc<Columns<Note>>,
    begin: &'static str,
    read_only: bool,
    /// Whether BEGIN was sent; only the connection's thread asks.
    has_begun: AtomicBool,
    /// Whether the connection was given back: what comes to its thread later is
    /// not for its next user.
    is_gone: Arc<AtomicBool>,
}

impl Inner {
    fn take_loan(&self) -> Option<Loan> {
        self.loan.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Whether the connection was given back, or is about to be.
    fn is_over(&self) -> bool {
        self.loan.lock().unwrap_or_else(PoisonError::into_inner).is_none()
    }

    /// What is done once it is sent, whoever waits for it.
    fn to_the_end(&self) -> Terms {
        Terms { stop: Stop::Never, ..self.config.terms(Purpose::Write) }
    }

    /// On the thread: begins, if nobody has, and makes sure that SQLite has not
    /// ended the transaction by itself.
    fn begin(&self, connection: &Connection) -> Result<()> {
        if self.is_gone.load(Ordering::Acquire) {
            return Err(ended());
        }
        if !self.has_begun.load(Ordering::Acquire) {
            close_transaction(connection);
            self.driver.check_file()?;
            batch(connection, self.begin)?;
            self.has_begun.store(true, Ordering::Release);
        }
        check_open(connection)
    }

    /// Sends what rolls the transaction back; the connection goes back then.
    fn abandon(&self) {
        let Some(loan) = self.take_loan() else { return };
        // What runs of it is undone in any case.
        self.driver.cut_of(self.owner);
        let (driver, is_gone) = (self.driver.clone(), self.is_gone.clone());
        self.driver.send(move |connection| {
            close_transaction(connection);
            driver.sweep(connection);
            is_gone.store(true, Ordering::Release);
            drop(loan);
        });
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.abandon();
    }
}

impl SqliteLease {
    pub(super) fn new(loan: Loan, config: &Arc<Config>, columns: &Arc<Columns<Note>>, begin: Begin) -> Self {
        // A transaction that reads and then writes fails at once when somebody has written in between.
        // <https://www.sqlite.org/rescode.html#busy_snapshot>
        let sql = if begin.read_only || config.readonly { "BEGIN" } else { "BEGIN IMMEDIATE" };
        Self(Arc::new(Inner {
            driver: loan.driver(),
            owner: Owner::new(),
            loan: Mutex::new(Some(loan)),
            config: config.clone(),
            columns: columns.clone(),
            begin: sql,
            read_only: begin.read_only,
            has_begun: AtomicBool::new(false),
            is_gone: Arc::default(),
        }))
    }

    pub(super) fn driver(&self) -> &Driver {
        &self.0.driver
    }

    pub(super) fn dialect(&self) -> Sqlite {
        Sqlite { columns: self.0.columns.known() }
    }

    pub(super) fn config(&self) -> &Arc<Config> {
        &self.0.config
    }

    /// Runs `job` within the transaction. A job that changes something is not
    /// interrupted when its caller has gone: SQLite would roll the whole
    /// transaction back, also where only a scope in it is to be undone.
    pub(super) async fn work<T: Send + 'static>(
        &self,
        changes: Changes,
        job: impl FnOnce(&mut Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        if self.0.is_over() {
            return Err(ended());
        }
        let terms = match changes {
            Changes::Nothing => self.0.config.terms(Purpose::Read),
            Changes::Something => Terms { stop: Stop::WhereItLooks, ..self.0.config.terms(Purpose::Write) },
        };
        let inner = self.0.clone();
        self.0
            .driver
            .call(Terms { owner: Some(inner.owner), ..terms }, move |connection| {
                inner.begin(connection)?;
                guarded(connection, job)
            })
            .await
    }

    /// Ends the transaction; the connection goes back when the job is done.
    async fn end(&self, job: impl FnOnce(&Connection) -> Result<()> + Send + 'static) -> Result<()> {
        let Some(loan) = self.0.take_loan() else {
            return Err(ended());
        };
        let (inner, driver) = (self.0.clone(), self.0.driver.clone());
        let end = self.0.driver.call(self.0.to_the_end(), move |connection| {
            let done = guarded(connection, |connection| match inner.has_begun.load(Ordering::Acquire) {
                true => job(connection),
                false => Ok(()),
            });
            if done.is_err() {
                close_transaction(connection);
            }
            driver.sweep(connection);
            inner.is_gone.store(true, Ordering::Release);
            drop(loan);
            done
        });
        end.await
    }
}

/// Whether a job may change something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Changes {
    Nothing,
    Something,
}

impl From<&Request> for Changes {
    fn from(request: &Request) -> Self {
        if request.is_read() { Self::Nothing } else { Self::Something }
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

#[async_trait]
impl Execute for SqliteLease {
    async fn fetch(&self, request: Arc<Request>, sink: Box<dyn Sink>) -> Result<Box<dyn Sink>> {
        let (slow, read_only, dialect) = (self.0.config.slow, self.0.read_only, self.dialect());
        let changes = Changes::from(&*request);
        self.work(changes, move |connection| {
            run::check_access(connection, &request, read_only)?;
            run::fetch(connection, &request, sink, &dialect, slow)
        })
        .await
    }

    async fn execute(&self, request: Arc<Request>) -> Result<Done> {
        let (slow, read_only, dialect) = (self.0.config.slow, self.0.read_only, self.dialect());
        self.work(Changes::Something, move |connection| {
            run::check_access(connection, &request, read_only)?;
            run::execute(connection, &request, &dialect, slow)
        })
        .await
    }

    async fn install(&self, schemas: &[&'static Schema], install: Install) -> Result<InstallReport> {
        let wanted = schemas.to_vec();
        if install == Install::Verify || self.0.read_only || self.0.config.readonly {
            let found = self.work(Changes::Nothing, move |it| install::look(it, &wanted, install)).await?;
            return install::refuse(found, install);
        }
        self.work(Changes::Something, move |it| install::make(it, &wanted, install)).await
    }

    fn cursor(&self, request: Arc<Request>) -> Box<dyn Cursor> {
        Box::new(SqliteCursor::within(self.clone(), request))
    }
}

#[async_trait]
impl Lease for SqliteLease {
    async fn commit(&self) -> Result<()> {
        let driver = self.0.driver.clone();
        self.end(move |connection| {
            check_open(connection)?;
            driver.check_file()?;
            batch(connection, "COMMIT")
        })
        .await
    }

    async fn rollback(&self) -> Result<()> {
        // A change whose caller has gone may still run, for minutes perhaps.
        self.0.driver.cut_of(self.0.owner);
        self.end(|connection| match connection.is_autocommit() {
            true => Ok(()),
            false => batch(connection, "ROLLBACK"),
        })
        .await
    }

    async fn enter(&self, depth: u32) -> Result<()> {
        self.work(Changes::Something, move |it| batch(it, &format!("SAVEPOINT prom_{depth}"))).await
    }

    async fn leave(&self, depth: u32, leave: Leave) -> Result<()> {
        let inner = self.0.clone();
        let leave = move |connection: &mut Connection| {
            inner.begin(connection)?;
            batch(connection, &leaving(depth, leave))
        };
        self.0.driver.call(self.0.to_the_end(), leave).await
    }

    fn undo(&self, depth: u32) {
        if depth == 0 {
            return self.0.abandon();
        }
        let inner = self.0.clone();
        self.0.driver.send(move |connection| {
            if !connection.is_autocommit() && !inner.is_gone.load(Ordering::Acquire) {
                // Where there is no such scope, there is nothing to undo.
                let _ = connection.execute_batch(&leaving(depth, Leave::Undo));
            }
        });
    }
}

fn leaving(depth: u32, leave: Leave) -> String {
    match leave {
        Leave::Keep => format!("RELEASE prom_{depth}"),
        Leave::Undo => format!("ROLLBACK TO prom_{depth}; RELEASE prom_{depth}"),
    }
}
