//! The connection of a transaction.

use std::fmt::Write;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

use prom_core::interface::{Begin, Cursor, Done, Install, InstallReport, Isolation, Lease, Leave, ended};
use prom_core::query::Request;
use prom_core::schema::Schema;
use prom_core::{Execute, Result, Sink, async_trait};

use super::cursor::PostgresCursor;
use super::run::{self, Within, batch};
use super::{learn, waits};
use crate::install;
use crate::loan::{IfLost, Loan};

/// The connection of a transaction, which begins with its first statement: the
/// two are sent together.
#[derive(Debug, Clone)]
pub(super) struct PostgresLease(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// Taken when the transaction ends.
    loan: Mutex<Option<Arc<Loan>>>,
    begin: String,
    read_only: bool,
    /// Whether BEGIN was sent.
    has_begun: Mutex<bool>,
}

impl PostgresLease {
    pub(super) fn new(loan: Loan, begin: Begin) -> Self {
        let mut sql = String::from("BEGIN");
        // What only reads is of one snapshot.
        let snapshot = begin.read_only.then_some(Isolation::RepeatableRead);
        if let Some(isolation) = begin.isolation.or(snapshot) {
            let _ = write!(sql, " ISOLATION LEVEL {}", keyword(isolation));
        }
        if begin.read_only {
            sql.push_str(" READ ONLY");
        }
        Self(Arc::new(Inner {
            loan: Mutex::new(Some(Arc::new(loan))),
            begin: sql,
            read_only: begin.read_only,
            has_begun: Mutex::new(false),
        }))
    }

    fn take_loan(&self) -> Option<Arc<Loan>> {
        self.0.loan.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn has_begun(&self) -> bool {
        *self.0.has_begun.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn loan(&self) -> Result<Arc<Loan>> {
        self.0.loan.lock().unwrap_or_else(PoisonError::into_inner).clone().ok_or_else(ended)
    }

    /// The connection, on which `job` runs within the transaction.
    pub(super) async fn work<T>(&self, job: impl AsyncFnOnce(&Loan) -> Result<T>) -> Result<T> {
        let loan = self.loan()?;
        let mut begin = pin!(run::begin_by(&loan, &self.0.begin));
        // Polled once, BEGIN is sent. Nobody gets past the lock before: what is sent behind it is within.
        let begun = poll_fn(|context| {
            let mut has_begun = self.0.has_begun.lock().unwrap_or_else(PoisonError::into_inner);
            Poll::Ready(match std::mem::replace(&mut *has_begun, true) {
                true => None,
                false => Some(begin.as_mut().poll(context)),
            })
        });
        let begin = match begun.await {
            None => return job(&loan).await,
            Some(Poll::Ready(begun)) => {
                begun?;
                return job(&loan).await;
            }
            Some(Poll::Pending) => begin,
        };
        let (begun, done) = tokio::join!(biased; begin, job(&loan));
        run::behind_begin(begun, done)
    }

    /// Statements of the transaction's own.
    async fn say(&self, sql: &str) -> Result<()> {
        self.work(async |loan| batch(loan, IfLost::NothingDone, sql).await).await
    }
}

fn keyword(isolation: Isolation) -> &'static str {
    match isolation {
        Isolation::RepeatableRead => "REPEATABLE READ",
        Isolation::Serializable => "SERIALIZABLE",
        _ => "READ COMMITTED",
    }
}

#[async_trait]
impl Execute for PostgresLease {
    async fn fetch(&self, request: Arc<Request>, mut sink: Box<dyn Sink>) -> Result<Box<dyn Sink>> {
        self.work(async |loan| run::fetch(loan, &request, sink.as_mut(), Within::Transaction).await).await?;
        Ok(sink)
    }

    async fn execute(&self, request: Arc<Request>) -> Result<Done> {
        self.work(async |loan| run::execute(loan, &request, Within::Transaction).await).await
    }

    async fn install(&self, schemas: &[&'static Schema], install: Install) -> Result<InstallReport> {
        let read_only = self.0.read_only;
        self.work(async |loan| {
            let client = loan.client();
            let look = async { Ok(install::look(client, schemas, install).await?) };
            let found = loan.run(IfLost::NothingDone, look).await?;
            if found.changes.is_empty() {
                learn(loan.columns(), schemas, &found);
                return Ok(found);
            }
            if install == Install::Verify || read_only || loan.config().readonly {
                return Err(install::refuse(client, &found.changes, install).await);
            }
            let waits = waits(loan.config());
            // The server's own deadline counts the wait for others who install.
            let make = async {
                let before = install::without_deadline(client).await?;
                let made = install::make(client, schemas, install, waits).await;
                // In a transaction that an error ended it fails, and nobody needs it.
                let _ = client.batch_execute(&before).await;
                Ok(made?)
            };
            let made = loan.run_within(Some(waits.longest()), IfLost::NothingDone, make).await?;
            learn(loan.columns(), schemas, &made);
            Ok(made)
        })
        .await
    }

    fn cursor(&self, request: Arc<Request>) -> Box<dyn Cursor> {
        Box::new(PostgresCursor::within(self.clone(), request))
    }
}

#[async_trait]
impl Lease for PostgresLease {
    async fn commit(&self) -> Result<()> {
        let loan = self.take_loan().ok_or_else(ended)?;
        match self.has_begun() {
            true => run::commit(&loan).await,
            false => Ok(()),
        }
    }

    async fn rollback(&self) -> Result<()> {
        let loan = self.take_loan().ok_or_else(ended)?;
        if Arc::strong_count(&loan) > 1 {
            // Another task is in the middle of something, and what it sends next would be in no transaction.
            loan.cut_short();
        } else if self.has_begun() && !loan.is_busy() {
            batch(&loan, IfLost::NothingDone, "ROLLBACK").await?;
            loan.ends();
        }
        // What was dropped and still runs is cancelled once the loan is; nobody waits for that.
        Ok(())
    }

    async fn enter(&self, depth: u32) -> Result<()> {
        self.say(&format!("SAVEPOINT prom_{depth}")).await
    }

    async fn leave(&self, depth: u32, leave: Leave) -> Result<()> {
        self.say(&leaving(depth, leave)).await
    }

    fn undo(&self, depth: u32) {
        if depth == 0 {
            // What is dropped is rolled back, and cancelled where it still runs.
            if let Some(loan) = self.take_loan()
                && Arc::strong_count(&loan) > 1
            {
                loan.cut_short();
            }
        } else if let Ok(loan) = self.loan() {
            loan.send(&leaving(depth, Leave::Undo));
        }
    }
}

fn leaving(depth: u32, leave: Leave) -> String {
    match leave {
        Leave::Keep => format!("RELEASE SAVEPOINT prom_{depth}"),
        Leave::Undo => format!("ROLLBACK TO SAVEPOINT prom_{depth}; RELEASE SAVEPOINT prom_{depth}"),
    }
}
