//! A backend that speaks no SQL: tables are vectors of rows in memory.
//!
//! It is an example for those who write a backend, and the proof that prom's
//! traits are not shaped after SQL. A program reaches it by its path:
//!
//! ```
//! use prom_memory as _; // what nothing names is not linked
//!
//! # fn main() -> prom_core::Result<()> {
//! let connection = prom_core::configure("prom_memory::MemoryInterface://anything#scratch")?;
//! assert!(!connection.capabilities().sql);
//! # Ok(())
//! # }
//! ```
//!
//! The order in which to read it: [`MemoryInterface`] below has the whole of
//! [`Execute`] and [`Interface`]; [`Database`] carries out requests, with `filter`, `select`
//! and `references`, and needs no interface for it; `install` makes tables; `lease` is a transaction, `cursor` a
//! stream.
//!
//! One idea makes all of it short: a `Database` is cheap to clone. Whoever
//! reads has a snapshot; whoever writes changes a clone and puts it in the place
//! of the old one, so that a statement, a transaction and an install happen
//! wholly or not at all. Writers take turns, readers wait for nobody, and no lock
//! is held while somebody else's code runs.
//!
//! Letter case, where a field ignores it, is that of ASCII alone.

// What there is.
mod cell;
mod database;
mod table;

// What is asked of it.
mod conflict;
mod date;
mod filter;
mod install;
mod pattern;
mod references;
mod select;

// Several requests, and a result in pieces.
mod cursor;
mod lease;

#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use prom_core::interface::{Begin, Capabilities, Cursor, Done, Install, InstallReport, Lease, More};
use prom_core::query::Request;
use prom_core::schema::FieldDef;
use prom_core::schema::catalog::{Column, Fit};
use prom_core::{Dsn, Error, Execute, Interface, Kind, Result, Schema, Sink, async_trait};
use tokio::sync::OwnedMutexGuard;

pub use cell::sorted;
use cursor::MemoryCursor;
pub use database::Database;
use lease::MemoryLease;
pub use table::Row;
use table::type_name;

prom_core::interface!(MemoryInterface);

/// A database in memory, gone when it is closed.
#[derive(Debug)]
pub struct MemoryInterface(Arc<Store>);

impl MemoryInterface {
    /// An empty database. What the DSN says beside its scheme, its name and the
    /// option `pool_timeout` does not matter.
    ///
    /// # Errors
    ///
    /// [`Kind::Dsn`] for another option.
    pub fn from_dsn(dsn: &Dsn) -> Result<Self> {
        let mut options = dsn.options();
        let pool_timeout = options.duration("pool_timeout")?.unwrap_or(Duration::from_secs(5));
        options.finish()?;
        Ok(Self(Arc::new(Store { database: Mutex::default(), pool_timeout, turn: Arc::default() })))
    }
}

#[async_trait]
impl Execute for MemoryInterface {
    async fn fetch(&self, request: Arc<Request>, mut sink: Box<dyn Sink>) -> Result<Box<dyn Sink>> {
        let mut rows = match request.is_read() {
            true => self.0.snapshot().select(&request)?,
            false => self.0.change(|database| database.change_and_give(&request)).await?,
        };
        // A fetch goes on whatever the sink says; only a cursor can pause.
        while rows.give(&mut *sink)? == More::Maybe {}
        Ok(sink)
    }

    async fn execute(&self, request: Arc<Request>) -> Result<Done> {
        self.0.change(|database| database.execute(&request)).await
    }

    async fn install(&self, schemas: &[&'static Schema], install: Install) -> Result<InstallReport> {
        self.0.change(|database| database.install(schemas, install)).await
    }

    fn cursor(&self, request: Arc<Request>) -> Box<dyn Cursor> {
        Box::new(MemoryCursor::new(Arc::clone(&self.0), request))
    }
}

#[async_trait]
impl Interface for MemoryInterface {
    fn fit(&self, field: &FieldDef, column: &Column) -> Fit {
        if column.ty == type_name(field) {
            return Fit::Exact;
        }
        Fit::Wrong(format!("it holds {}, and the field has {}", column.ty, type_name(field)))
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = Capabilities::default();
        capabilities.unique = true;
        capabilities.upsert = true;
        capabilities.references = true;
        capabilities.transactions = true;
        capabilities.savepoints = true;
        capabilities.patterns = true;
        capabilities.selections = true;
        capabilities.subqueries = true;
        capabilities.date_parts = true;
        capabilities.case_sensitive_names = true;
        capabilities.returning = true;
        capabilities
    }

    async fn lease(&self, begin: Begin) -> Result<Box<dyn Lease>> {
        Ok(Box::new(MemoryLease::begin(Arc::clone(&self.0), begin).await?))
    }

    /// Forgets everything, once nobody writes any more.
    async fn close(&self) -> Result<()> {
        let _turn = self.0.turn().await?;
        self.0.set(None);
        Ok(())
    }

    fn is_open(&self) -> bool {
        self.0.database.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }
}

/// The database, if it is open, and the turn to write to it.
#[derive(Debug)]
struct Store {
    database: Mutex<Option<Database>>,
    /// How long the turn to write is waited for.
    pool_timeout: Duration,
    turn: Arc<tokio::sync::Mutex<()>>,
}

impl Store {
    /// The database as it is now, which nobody else changes.
    fn snapshot(&self) -> Database {
        let mut database = self.database.lock().unwrap_or_else(PoisonError::into_inner);
        database.get_or_insert_default().clone()
    }

    /// Waits until nobody else writes, but not for ever.
    async fn turn(&self) -> Result<OwnedMutexGuard<()>> {
        let turn = tokio::time::timeout(self.pool_timeout, Arc::clone(&self.turn).lock_owned()).await;
        turn.map_err(|_| {
            let text = format!(
                "a transaction of this process writes and did not end within {:?}: end it first, or give the future \
                 of a task that it spawned to `tokio::spawn` by its `scope(..)`",
                self.pool_timeout
            );
            Error::new(Kind::PoolTimeout, text)
        })
    }

    /// Changes the database wholly, or not at all when `change` fails.
    async fn change<T>(&self, change: impl FnOnce(&mut Database) -> Result<T> + Send) -> Result<T> {
        let _turn = self.turn().await?;
        let mut database = self.snapshot();
        let done = change(&mut database)?;
        self.set(Some(database));
        Ok(done)
    }

    fn set(&self, database: Option<Database>) {
        *self.database.lock().unwrap_or_else(PoisonError::into_inner) = database;
    }
}
