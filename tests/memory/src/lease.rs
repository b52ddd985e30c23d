//! A transaction: the turn to write, and a clone of the database to work on.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use prom_core::interface::{Begin, Cursor, Done, Execute, Install, InstallReport, Lease, Leave, More};
use prom_core::query::Request;
use prom_core::{Error, Kind, Result, Schema, Sink, async_trait};
use tokio::sync::OwnedMutexGuard;

use crate::Store;
use crate::cursor::MemoryCursor;
use crate::database::Database;

/// A transaction. Others read what was there before it began, until it is
/// committed; whoever else wants to write waits. Dropped, it leaves no trace.
#[derive(Clone)]
pub(crate) struct MemoryLease(Arc<Inner>);

struct Inner {
    store: Arc<Store>,
    work: Mutex<Work>,
}

struct Work {
    database: Database,
    /// The database as it was when each of the open scopes was entered.
    scopes: Vec<Database>,
    /// What ended the transaction, if something did.
    ended_by: Option<Error>,
    /// Given back when the transaction ends. One that only reads needs none.
    turn: Option<OwnedMutexGuard<()>>,
    read_only: bool,
}

impl MemoryLease {
    /// Begins, after waiting for the turn to write.
    ///
    /// # Errors
    ///
    /// [`Kind::PoolTimeout`] when it does not come.
    pub(crate) async fn begin(store: Arc<Store>, begin: Begin) -> Result<Self> {
        let turn = if begin.read_only { None } else { Some(store.turn().await?) };
        let database = store.snapshot();
        let work = Work { database, scopes: Vec::new(), ended_by: None, turn, read_only: begin.read_only };
        Ok(Self(Arc::new(Inner { store, work: Mutex::new(work) })))
    }

    /// What is worked on, unless an error ended the transaction.
    fn work(&self) -> Result<MutexGuard<'_, Work>> {
        let work = self.lock();
        match &work.ended_by {
            None => Ok(work),
            Some(error) => Err(Error::new(
                Kind::TransactionAborted,
                format!("the transaction was ended by an earlier error: {error}"),
            )),
        }
    }

    /// The database as the transaction sees it now.
    pub(crate) fn snapshot(&self) -> Result<Database> {
        Ok(self.work()?.database.clone())
    }

    /// Ends the transaction and gives the turn back.
    fn end(&self) {
        let mut work = self.lock();
        work.ended_by.get_or_insert_with(|| Error::new(Kind::TransactionAborted, "it was left"));
        work.turn = None;
    }

    fn lock(&self) -> MutexGuard<'_, Work> {
        self.0.work.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the database wholly or not at all. A refusal ends the transaction,
    /// or the innermost scope of it.
    fn change<T>(&self, change: impl FnOnce(&mut Database) -> Result<T>) -> Result<T> {
        let mut work = self.work()?;
        if work.read_only {
            return Err(Error::new(Kind::ReadOnly, "the transaction only reads"));
        }
        let mut database = work.database.clone();
        match change(&mut database) {
            Ok(done) => {
                work.database = database;
                Ok(done)
            }
            Err(error) => {
                if matches!(error.kind(), Kind::Unique | Kind::ForeignKey | Kind::NotNull) {
                    work.ended_by = Some(error.clone());
                }
                Err(error)
            }
        }
    }
}

#[async_trait]
impl Execute for MemoryLease {
    async fn fetch(&self, request: Arc<Request>, mut sink: Box<dyn Sink>) -> Result<Box<dyn Sink>> {
        let mut rows = match request.is_read() {
            true => self.work()?.database.select(&request)?,
            false => self.change(|database| database.change_and_give(&request))?,
        };
        while rows.give(&mut *sink)? == More::Maybe {}
        Ok(sink)
    }

    async fn execute(&self, request: Arc<Request>) -> Result<Done> {
        self.change(|database| database.execute(&request))
    }

    async fn install(&self, schemas: &[&'static Schema], install: Install) -> Result<InstallReport> {
        if self.lock().read_only {
            return self.snapshot()?.install(schemas, Install::Verify);
        }
        self.change(|database| database.install(schemas, install))
    }

    fn cursor(&self, request: Arc<Request>) -> Box<dyn Cursor> {
        Box::new(MemoryCursor::within(self.clone(), request))
    }
}

#[async_trait]
impl Lease for MemoryLease {
    async fn commit(&self) -> Result<()> {
        let database = self.snapshot();
        if let Ok(database) = &database
            && !self.lock().read_only
        {
            self.0.store.set(Some(database.clone()));
        }
        self.end();
        database.map(drop)
    }

    async fn rollback(&self) -> Result<()> {
        self.end();
        Ok(())
    }

    async fn enter(&self, depth: u32) -> Result<()> {
        let mut work = self.work()?;
        if work.scopes.len() + 1 != depth as usize {
            return Err(no_scope(depth));
        }
        let database = work.database.clone();
        work.scopes.push(database);
        Ok(())
    }

    async fn leave(&self, depth: u32, leave: Leave) -> Result<()> {
        if leave == Leave::Keep {
            // What an error ended can only be undone.
            drop(self.work()?);
        }
        self.leave_scope(depth, leave)
    }

    fn undo(&self, depth: u32) {
        match depth {
            0 => self.end(),
            // Where there is no such scope, there is nothing to undo.
            _ => drop(self.leave_scope(depth, Leave::Undo)),
        }
    }
}

impl MemoryLease {
    fn leave_scope(&self, depth: u32, leave: Leave) -> Result<()> {
        let mut work = self.lock();
        let outer = (depth as usize).saturating_sub(1);
        let Some(database) = work.scopes.get(outer).cloned() else {
            return Err(no_scope(depth));
        };
        work.scopes.truncate(outer);
        if leave == Leave::Undo {
            work.database = database;
            work.ended_by = None;
        }
        Ok(())
    }
}

#[cold]
fn no_scope(depth: u32) -> Error {
    Error::new(Kind::Invalid, format!("there is no scope {depth} to enter or leave here"))
}
