//! A transaction: the turn to write, and a clone of the database to work on.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use prom_core::interface::{Change, Done, Execute, Install, Lease, Leave, More};
use prom_core::query::Request;
use prom_core::{Error, Kind, Result, Schema, Sink, async_trait};
use tokio::sync::OwnedMutexGuard;

use crate::Store;
use crate::database::Database;

/// A transaction. Others read what was there before it began, until it is
/// committed; whoever else wants to write waits. Dropped, it leaves no trace.
pub(crate) struct MemoryLease {
    store: Arc<Store>,
    work: Mutex<Work>,
    /// Given back when the lease is dropped.
    _turn: OwnedMutexGuard<()>,
}

struct Work {
    database: Database,
    /// The database as it was when each of the open scopes was entered.
    scopes: Vec<Database>,
    /// What ended the transaction, if something did.
    ended_by: Option<Error>,
}

impl MemoryLease {
    /// Waits for the turn to write and begins.
    pub(crate) async fn begin(store: Arc<Store>) -> Self {
        let turn = store.turn().await;
        let work = Work { database: store.snapshot(), scopes: Vec::new(), ended_by: None };
        Self { store, work: Mutex::new(work), _turn: turn }
    }

    /// What is worked on, unless an error ended the transaction.
    fn work(&self) -> Result<MutexGuard<'_, Work>> {
        let work = self.lock();
        match &work.ended_by {
            None => Ok(work),
            Some(error) => Err(Error::new(
                Kind::TransactionAborted,
                format!("the transaction was ended by an earlier error: {error}"),
            )
            .with_source(error.clone())),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Work> {
        self.work.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the database wholly or not at all. A refusal ends the transaction,
    /// or the innermost scope of it.
    fn change<T>(&self, change: impl FnOnce(&mut Database) -> Result<T>) -> Result<T> {
        let mut work = self.work()?;
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

    async fn install(&self, schemas: &[&'static Schema], install: Install) -> Result<Vec<Change>> {
        self.change(|database| database.install(schemas, install))
    }
}

#[async_trait]
impl Lease for MemoryLease {
    async fn commit(self: Box<Self>) -> Result<()> {
        let database = self.work()?.database.clone();
        self.store.set(Some(database));
        Ok(())
    }

    async fn rollback(self: Box<Self>) -> Result<()> {
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
