//! One level of a transaction: the connection that it has, and whose turn it is.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::sync::{OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock};
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep_until, timeout, timeout_at};

use super::state::{Mark, State};
use super::{Outcome, Position, Transaction};
use crate::interface::{Begin, Execute, Install, Lease, Leave, Rewritten};
use crate::model::BoxFuture;
use crate::query::Request;
use crate::registry::Connection;
use crate::schema::{Schema, Writes, parents_first};
use crate::{Error, Kind, Result, Value};

/// A transaction, or a scope within one.
pub(crate) struct Scope {
    lent: Arc<Lent>,
    mark: Mark,
    /// Statements share it; a scope within, and the end, have it alone.
    turn: Arc<RwLock<()>>,
    /// The outer level's turn, until this one is left.
    held: Mutex<Option<OwnedRwLockWriteGuard<()>>>,
}

/// What all levels of a transaction share.
struct Lent {
    connection: Connection,
    lease: Box<dyn Lease>,
    state: Outcome,
    deadline: Option<Instant>,
    read_only: bool,
    /// How many statements that may change something were begun.
    changes: AtomicU64,
    /// Ends it at its deadline, also where nothing is asked of it.
    watch: OnceLock<AbortHandle>,
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(watch) = self.watch.get() {
            watch.abort();
        }
    }
}

impl Lent {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }

    fn lose(&self, error: Error) {
        self.state().lose(error);
        self.lease.undo(0);
    }

    fn end_at(self: &Arc<Self>, deadline: Instant) {
        let lent = Arc::downgrade(self);
        let watch = tokio::spawn(async move {
            sleep_until(deadline).await;
            if let Some(lent) = lent.upgrade() {
                lent.lose(late());
            }
        });
        // It is set once, where the transaction begins.
        let _ = self.watch.set(watch.abort_handle());
    }
}

impl Scope {
    /// Begins a transaction.
    pub(super) async fn begin(
        connection: Connection,
        begin: Begin,
        deadline: Option<Instant>,
    ) -> Result<Transaction> {
        let leasing = connection.interface().lease(begin);
        let lease = match deadline {
            Some(at) => timeout_at(at, leasing).await.unwrap_or_else(|_| Err(late()))?,
            None => leasing.await?,
        };
        let (state, mark) = State::new();
        let read_only = begin.read_only;
        let (state, watch) = (Outcome::new(state), OnceLock::new());
        let changes = AtomicU64::new(0);
        let lent = Arc::new(Lent { connection, lease, state, deadline, read_only, changes, watch });
        if let Some(at) = deadline {
            lent.end_at(at);
        }
        Ok(Transaction::of(Self::level(lent, mark, None)))
    }

    /// Enters a scope within this one, as soon as nothing runs in it.
    pub(super) async fn enter(&self) -> Result<Transaction> {
        let held = self.alone().await?;
        let mark = self.lent.state().enter(self.mark)?;
        // From here on it is left whatever happens, also where this is dropped.
        let inner = Transaction::of(Self::level(self.lent.clone(), mark, Some(held)));
        match self.lent.lease.enter(mark.depth()).await {
            Ok(()) => Ok(inner),
            Err(error) => {
                self.lose(error.clone());
                Err(error)
            }
        }
    }

    fn level(lent: Arc<Lent>, mark: Mark, held: Option<OwnedRwLockWriteGuard<()>>) -> Arc<Self> {
        Arc::new(Self { lent, mark, turn: Arc::default(), held: Mutex::new(held) })
    }

    /// The connection that it is on.
    pub(crate) fn connection(&self) -> &Connection {
        &self.lent.connection
    }

    /// Whether both are levels of one transaction.
    pub(crate) fn is_of(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.lent, &other.lent)
    }

    /// Whether it is within the other, of the same transaction.
    pub(crate) fn is_deeper_than(&self, other: &Self) -> bool {
        self.mark.depth() > other.mark.depth()
    }

    /// It, for rows that are written and read in it and outlive it.
    pub(crate) fn position(&self) -> Position {
        Position { outcome: self.lent.state.clone(), level: self.mark }
    }

    /// The innermost level around it in which something may have been written.
    pub(crate) fn last_writer(&self) -> Option<Position> {
        let level = self.lent.state().last_writer(self.mark)?;
        Some(Position { outcome: self.lent.state.clone(), level })
    }

    /// Takes note of a row that was created in it.
    pub(crate) fn note_created(&self, schema: &'static Schema, key: Value) {
        self.lent.state().create(self.mark, schema, key);
    }

    /// Whether it was not left yet.
    pub(crate) fn is_open(&self) -> bool {
        self.lent.state().is_open(self.mark)
    }

    /// Whether another try of the whole might meet no error.
    pub(super) fn is_retryable(&self) -> bool {
        self.lent.state().is_retryable()
    }

    /// Whether it is the transaction itself.
    pub(super) fn is_outermost(&self) -> bool {
        self.mark.depth() == 0
    }

    /// Runs a statement, with the tables that it needs made sure of.
    pub(crate) async fn run<T>(
        &self,
        request: &Request,
        ask: impl for<'a> Fn(&'a dyn Execute) -> BoxFuture<'a, Result<T>>,
    ) -> Result<T> {
        let _turn = self.shared().await?;
        self.lent.state().check(self.mark)?;
        // The database reads the user's own statements, and says so itself.
        if self.lent.read_only && !request.is_read() && request.schema().is_some() {
            return Err(Error::new(Kind::ReadOnly, "the transaction only reads, and this would write"));
        }
        let wanted = self.connection().unsure(request, |it| self.lent.state().is_installed(it));
        if let Some((schemas, install)) = wanted {
            self.make_sure(&schemas, install).await?;
        }
        if !request.is_read() && !self.lent.read_only {
            self.lent.state().write(self.mark);
        }
        let done = self.attempt(!request.is_read(), ask(&*self.lent.lease)).await;
        done.map_err(|error| {
            let error = self.connection().changed_under(request, error);
            if error.is_retryable() {
                self.lent.state().fail(self.mark, &error);
            }
            error
        })
    }

    /// How rows of `schema` get into its table, which is made sure of; `None` where
    /// what is sent is what is stored.
    pub(crate) async fn writes(&self, schema: &'static Schema) -> Result<Option<Arc<Writes>>> {
        if let Some(known) = self.connection().known_writes(schema) {
            return Ok(known);
        }
        let _turn = self.shared().await?;
        self.lent.state().check(self.mark)?;
        let installed = || {
            let state = self.lent.state();
            state.installed(schema).map(|installed| installed.writes.clone())
        };
        if installed().is_none() {
            self.make_sure(&[schema], self.connection().install_or_inspect()).await?;
        }
        Ok(installed().filter(|writes| !writes.is_direct()))
    }

    /// Begins a write of several statements, which is to be finished.
    pub(crate) fn unfinished(&self) -> Unfinished<'_> {
        Unfinished { scope: self, before: self.lent.changes.load(Ordering::Relaxed), is_done: false }
    }

    /// Ends this level for `error`: what was written in it is not kept.
    pub(crate) fn fail(&self, error: &Error) {
        self.lent.state().fail(self.mark, error);
    }

    /// Makes sure of tables by hand, or looks whether all is there.
    pub(crate) async fn install(&self, schemas: &[&'static Schema], install: Install) -> Result<()> {
        let _turn = self.shared().await?;
        self.lent.state().check(self.mark)?;
        self.make_sure(schemas, install).await
    }

    /// Brings the table of `schema`, and those it refers to, to prom's own spelling.
    pub(crate) async fn rewrite(&self, schema: &'static Schema) -> Result<Rewritten> {
        let _turn = self.shared().await?;
        self.lent.state().check(self.mark)?;
        let schemas = parents_first([schema]);
        let is_known = |schema: &&'static Schema| {
            self.connection().known_writes(schema).is_some() || self.lent.state().is_installed(schema)
        };
        if !schemas.iter().all(is_known) {
            self.make_sure(&schemas, self.connection().install_or_inspect()).await?;
        }
        if !self.lent.read_only {
            self.lent.state().write(self.mark);
        }
        let rewritten = self.attempt(true, self.lent.lease.rewrite(&schemas)).await?;
        self.lent.state().rewrite(self.mark);
        Ok(rewritten)
    }

    async fn make_sure(&self, schemas: &[&'static Schema], install: Install) -> Result<()> {
        let work = self.connection().make_sure_in(schemas, install, &*self.lent.lease);
        let installed = self.attempt(true, Box::pin(work)).await?;
        self.lent.state().install(self.mark, installed);
        Ok(())
    }

    /// More of a result that was begun before, in `origin`, which is a level of
    /// the same transaction.
    pub(crate) async fn go_on<'a, T>(&'a self, origin: &Self, work: BoxFuture<'a, Result<T>>) -> Result<T> {
        let _turn = self.shared().await?;
        self.lent.state().check(self.mark)?;
        self.lent.state().check_origin(origin.mark)?;
        self.attempt(false, work).await
    }

    /// Waits for what the database does, and takes note of what it says.
    async fn attempt<T>(&self, changes: bool, work: BoxFuture<'_, Result<T>>) -> Result<T> {
        if changes {
            self.lent.changes.fetch_add(1, Ordering::Relaxed);
        }
        let cut = Cut { scope: self, changes, is_done: false };
        let done = match self.lent.deadline {
            None => work.await,
            Some(at) => match timeout_at(at, work).await {
                Ok(done) => done,
                Err(_) => {
                    self.lose(late());
                    Err(late())
                }
            },
        };
        cut.done();
        let Err(error) = done else { return done };
        let mut state = self.lent.state();
        match state.check(self.mark) {
            // What was cut short by the deadline says only that it was.
            Err(late) if late.kind() == Kind::Deadline => return Err(late),
            _ if ends(&error, changes) => state.fail(self.mark, &error),
            _ => {}
        }
        Err(error)
    }

    /// Leaves it: the transaction itself is then committed or rolled back.
    pub(super) async fn leave(&self, wish: Leave) -> Result<()> {
        let alone = self.alone().await;
        // What still runs in another task is not waited for any longer: it is undone.
        let wish = if alone.is_ok() { wish } else { Leave::Undo };
        let left = self.lent.state().leave(self.mark, wish);
        let left = match (left, wish) {
            (Ok(left), _) => left,
            (Err(error), wish) => {
                self.release();
                return if wish == Leave::Undo { Ok(()) } else { Err(error) };
            }
        };
        let lease = &self.lent.lease;
        let done = match (self.mark.depth(), left.leave) {
            (0, Leave::Keep) => lease.commit().await,
            (0, Leave::Undo) => lease.rollback().await,
            (depth, leave) => lease.leave(depth, leave).await,
        };
        if self.mark.depth() == 0 {
            self.lent.state().settle(&done);
        }
        self.release();
        match &done {
            Ok(()) => {
                if left.is_rewritten {
                    self.connection().forget_tables();
                }
                self.connection().remember_installed(&left.installed);
            }
            Err(error) => self.lose(error.clone()),
        }
        match (alone, left.refused) {
            (Err(error), _) | (_, Some(error)) => Err(error),
            _ => done,
        }
    }

    /// Undoes it without waiting.
    pub(super) fn abandon(&self) {
        let left = self.lent.state().leave(self.mark, Leave::Undo);
        if left.is_ok() {
            self.lent.lease.undo(self.mark.depth());
        }
        self.release();
    }

    /// Gives the whole transaction up, and says why.
    pub(super) fn lose(&self, error: Error) {
        self.lent.lose(error);
    }

    fn release(&self) {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(held);
    }

    async fn shared(&self) -> Result<OwnedRwLockReadGuard<()>> {
        match self.turn.clone().try_read_owned() {
            Ok(turn) => Ok(turn),
            Err(_) => self.within(self.turn.clone().read_owned()).await,
        }
    }

    async fn alone(&self) -> Result<OwnedRwLockWriteGuard<()>> {
        match self.turn.clone().try_write_owned() {
            Ok(turn) => Ok(turn),
            Err(_) => self.within(self.turn.clone().write_owned()).await,
        }
    }

    async fn within<T>(&self, turn: impl Future<Output = T>) -> Result<T> {
        let time = self.connection().pool_timeout();
        timeout(time, turn).await.map_err(|_| {
            Error::new(
                Kind::PoolTimeout,
                format!(
                    "the transaction was busy for {time:?}: a statement in it, or a transaction within it, has not \
                     ended, and who waits for its own inner one waits for ever; raise `pool_timeout` in the DSN, or \
                     end that first"
                ),
            )
        })
    }
}

/// Where work that changes something is dropped half-way, nobody knows whether
/// it was done: what it was part of cannot be kept.
struct Cut<'a> {
    scope: &'a Scope,
    changes: bool,
    is_done: bool,
}

impl Cut<'_> {
    fn done(mut self) {
        self.is_done = true;
    }
}

impl Drop for Cut<'_> {
    fn drop(&mut self) {
        if self.changes && !self.is_done {
            self.scope.lent.state().fail(self.scope.mark, &dropped());
        }
    }
}

/// A write of several statements. Where it fails, or is dropped half-way, what it has
/// changed cannot be kept, and the level ends.
pub(crate) struct Unfinished<'a> {
    scope: &'a Scope,
    /// How many changes had been begun before.
    before: u64,
    is_done: bool,
}

impl Unfinished<'_> {
    pub(crate) fn finish(mut self, error: Option<&Error>) {
        self.is_done = true;
        if let Some(error) = error {
            self.undo(error);
        }
    }

    /// What was refused before anything was sent ends nothing.
    fn undo(&self, error: &Error) {
        if self.scope.lent.changes.load(Ordering::Relaxed) != self.before {
            self.scope.fail(error);
        }
    }
}

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        if !self.is_done {
            self.undo(&dropped());
        }
    }
}

/// Whether the database reported it, or may have: the transaction, or the scope
/// in it that it happened in, is then at its end, on every backend alike.
fn ends(error: &Error, changes: bool) -> bool {
    let is_reported = error.code().is_some();
    is_reported
        || match error.kind() {
            Kind::Unique
            | Kind::ForeignKey
            | Kind::NotNull
            | Kind::Check
            | Kind::Suppressed
            | Kind::TableMissing
            | Kind::FieldMissing
            | Kind::Busy
            | Kind::Serialization
            | Kind::Deadlock
            | Kind::Deadline
            | Kind::ReadOnly
            | Kind::Closed
            | Kind::Io
            | Kind::Full
            | Kind::Corrupt
            | Kind::OutcomeUnknown
            | Kind::TransactionAborted
            | Kind::SchemaChanged
            | Kind::Statement => true,
            // What was changed stays, and what it gave is lost.
            Kind::Decode | Kind::Panicked => changes,
            _ => false,
        }
}

#[cold]
pub(super) fn late() -> Error {
    Error::new(
        Kind::Deadline,
        "the transaction did not end within its deadline and was rolled back: make what it does shorter, or \
         raise its `.deadline(..)`",
    )
}

#[cold]
fn dropped() -> Error {
    Error::new(
        Kind::TransactionAborted,
        "a change in it was dropped before its end, so that nobody knows of it",
    )
}
