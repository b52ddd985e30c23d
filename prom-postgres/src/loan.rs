//! A connection on loan, which comes back fit for its next user, or not at all.

mod back;
mod failure;
mod verdict;

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering};
use std::task::Poll;
use std::time::Duration;

use deadpool::managed::Object;
use prom_core::sql::Columns;
use prom_core::{Error, Kind, Result};
use tokio::sync::OwnedSemaphorePermit;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Statement};

use crate::config::Config;
use crate::dialect::Postgres;
use crate::note::Note;
use crate::pool::{Manager, Tally, Use};
use crate::session::Session;

pub use failure::Failure;
use verdict::Fate;
pub(crate) use verdict::Repeat;
pub use verdict::Step;

/// A connection on loan. It goes back when it is dropped, as soon as nothing of
/// this user's is left on it: no transaction, no statement that still runs.
pub struct Loan {
    /// Gone only while it is dropped.
    lent: Option<Lent>,
    config: Arc<Config>,
    columns: Arc<Columns<Note>>,
    /// Requests that were begun and not waited for to their end; those that are
    /// dropped half-way stay counted.
    in_flight: AtomicU32,
    is_open: AtomicBool,
    /// Whether the server has answered BEGIN.
    has_begun: AtomicBool,
    is_tainted: AtomicBool,
    is_bad: AtomicBool,
    /// Whether what failed on it may be sent once more: 0 for nothing that failed,
    /// and one more than the [`Repeat`] of whatever allows least.
    repeat: AtomicU8,
}

/// What goes back.
pub(crate) struct Lent {
    pub(crate) object: Object<Manager>,
    pub(crate) tally: Tally,
    pub(crate) _hold: Option<OwnedSemaphorePermit>,
}

/// What is known when a statement's answer is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IfLost {
    /// That it did nothing: it only reads, or its transaction is gone with it.
    NothingDone,
    /// Nothing: a write outside a transaction.
    Unknown,
    /// Nothing, nor by most answers that end the connection: a COMMIT, and what may
    /// commit more than once.
    CommitUnknown,
}

impl Loan {
    pub(crate) fn new(lent: Lent, config: &Arc<Config>, columns: &Arc<Columns<Note>>) -> Self {
        Self {
            lent: Some(lent),
            config: config.clone(),
            columns: columns.clone(),
            in_flight: AtomicU32::new(0),
            is_open: AtomicBool::new(false),
            has_begun: AtomicBool::new(false),
            is_tainted: AtomicBool::new(false),
            is_bad: AtomicBool::new(false),
            repeat: AtomicU8::new(0),
        }
    }

    fn lent(&self) -> &Lent {
        self.lent.as_ref().expect("it is gone only while it is dropped")
    }

    fn session(&self) -> &Session {
        &self.lent().object
    }

    /// The connection, to be used within [`run`](Loan::run).
    pub fn client(&self) -> &Client {
        &self.session().client
    }

    /// What it was made by.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// What was seen of tables.
    pub(crate) fn columns(&self) -> &Columns<Note> {
        &self.columns
    }

    /// The SQL that is said on it.
    pub(crate) fn dialect(&self) -> Postgres {
        Postgres { columns: self.columns.known() }
    }

    /// The prepared statement for `text`, to be used within [`run`](Loan::run);
    /// none where none can be kept, and `query_typed` is to be used.
    ///
    /// # Errors
    ///
    /// What the server says to it.
    pub async fn statement(&self, text: &str, types: &[Type]) -> Result<Option<Statement>, Failure> {
        if !self.config.prepare {
            return Ok(None);
        }
        let session = self.session();
        let prepared = session.statements.get(&session.client, text, types).await;
        Ok(Some(prepared.map_err(|error| Failure::Postgres(Step::Prepare, error))?))
    }

    /// The tables have changed under a prepared statement: all are prepared anew,
    /// on every connection, since the others have it too.
    pub fn outdate(&self) {
        crate::statements::outdate();
    }

    /// Whether somebody used the connection before, so that it may have died
    /// unnoticed and what fails first is worth another try.
    pub fn is_reused(&self) -> bool {
        Object::metrics(&self.lent().object).recycle_count > 0
    }

    /// From now on it is used for this.
    pub fn label(&self, usage: Use) {
        self.lent().tally.set(usage);
    }

    /// A transaction is open, or about to be: say so before `BEGIN` is sent.
    pub fn opens(&self) {
        self.is_open.store(true, Ordering::Release);
    }

    /// The transaction has begun, as the server said.
    pub fn begins(&self) {
        self.has_begun.store(true, Ordering::Release);
    }

    /// The transaction has ended, as the server said.
    pub fn ends(&self) {
        self.is_open.store(false, Ordering::Release);
        self.has_begun.store(false, Ordering::Release);
    }

    /// Whether what runs may be cancelled. A BEGIN must not be: what was sent behind
    /// it would be done without a transaction, and stay.
    fn is_cancellable(&self) -> bool {
        !self.is_open() || self.has_begun.load(Ordering::Acquire)
    }

    /// Whether a transaction is open.
    pub fn is_open(&self) -> bool {
        self.is_open.load(Ordering::Acquire)
    }

    /// Whether something runs on it, or was dropped before it had ended.
    pub fn is_busy(&self) -> bool {
        self.in_flight.load(Ordering::Acquire) > 0
    }

    /// Somebody else's SQL runs on it, which may leave anything behind: say so
    /// before it is sent.
    pub fn taint(&self) {
        self.is_tainted.store(true, Ordering::Release);
    }

    /// Nobody is to use it after this one.
    pub fn doom(&self) {
        self.is_bad.store(true, Ordering::Release);
    }

    /// Whether nobody is to use it any more.
    pub fn is_doomed(&self) -> bool {
        self.is_bad.load(Ordering::Acquire)
    }

    /// Takes note of a failure on it. Of several the one that allows least counts.
    fn fail(&self, repeat: Repeat) {
        self.repeat.fetch_max(repeat as u8 + 1, Ordering::AcqRel);
    }

    /// Whether all that failed on it did nothing, and may be sent once more.
    pub(crate) fn is_repeatable(&self) -> bool {
        self.repeat.load(Ordering::Acquire) == Repeat::Allowed as u8 + 1
    }

    /// Sends `sql` and waits for nothing: what was sent before is done before it,
    /// and what is sent afterwards after it. For who is dropped half-way.
    pub fn send(&self, sql: &str) {
        back::send(self.client(), sql);
    }

    /// Breaks off what runs on the connection, which is of no use any more.
    pub fn cut_short(&self) {
        self.doom();
        if self.is_cancellable() {
            let lifeline = self.session().lifeline();
            self.session().driver.spawn(async move { lifeline.cancel().await });
        }
    }

    /// Runs `job`, which uses [`client`](Loan::client), for as long as a
    /// statement may take.
    ///
    /// # Errors
    ///
    /// As [`run_within`](Loan::run_within).
    pub async fn run<T>(&self, if_lost: IfLost, job: impl Future<Output = Result<T, Failure>>) -> Result<T> {
        self.run_within(self.config.patience(), if_lost, job).await
    }

    /// Runs `job` for at most `time`. Several may run at once.
    ///
    /// # Errors
    ///
    /// What the job says. [`Kind::Deadline`] when it took too long, and
    /// [`Kind::OutcomeUnknown`] when it did, or the connection was lost, or the
    /// server's or a pooler's last words leave it open, and nothing is known: then
    /// the statement is cancelled, and the connection is of no use any more.
    /// [`Kind::Closed`] once it is not.
    pub async fn run_within<T>(
        &self,
        time: Option<Duration>,
        if_lost: IfLost,
        job: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T> {
        if self.is_doomed() {
            return Err(given_up());
        }
        if let Some(end) = self.session().end() {
            // Of this nothing was sent, so that there is no doubt of its outcome.
            self.doom();
            self.fail(Repeat::Allowed);
            return Err(end);
        }
        self.in_flight.fetch_add(1, Ordering::AcqRel);
        let done = match time {
            None => job.await,
            Some(time) => {
                let mut timer = pin!(self.session().driver.sleep(time));
                let mut job = pin!(job);
                // Not by `select!`, which may ask nobody at all: what is polled once is sent.
                let done = poll_fn(|context| match job.as_mut().poll(context) {
                    Poll::Ready(done) => Poll::Ready(Some(done)),
                    Poll::Pending => timer.as_mut().poll(context).map(|_| None),
                });
                match done.await {
                    Some(done) => done,
                    None => return Err(self.expire(time, if_lost)),
                }
            }
        };
        self.in_flight.fetch_sub(1, Ordering::AcqRel);
        done.map_err(|failure| {
            let verdict = failure.verdict(if_lost);
            let is_copy = failure.is_read_only() && !self.config.readonly && !self.is_open();
            if verdict.connection == Fate::Discard || is_copy {
                self.doom();
            }
            self.fail(verdict.repeat);
            failure.into_error(verdict.outcome)
        })
    }

    #[cold]
    fn expire(&self, time: Duration, if_lost: IfLost) -> Error {
        self.cut_short();
        self.fail(Repeat::Never);
        match if_lost {
            IfLost::NothingDone => Error::new(
                Kind::Deadline,
                format!("the server gave no answer within {time:?}, and the statement was cancelled"),
            ),
            IfLost::Unknown | IfLost::CommitUnknown => Error::new(
                Kind::OutcomeUnknown,
                format!(
                    "no answer within {time:?}: whether it was done cannot be known; look, or raise \
                     `statement_timeout` in the DSN"
                ),
            ),
        }
    }
}

#[cold]
fn given_up() -> Error {
    Error::new(Kind::Closed, "the connection was given up after an earlier error; begin again on another")
}

impl std::fmt::Debug for Loan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Loan")
            .field("in_flight", &self.in_flight)
            .field("is_open", &self.is_open)
            .field("is_tainted", &self.is_tainted)
            .field("is_bad", &self.is_bad)
            .finish_non_exhaustive()
    }
}
