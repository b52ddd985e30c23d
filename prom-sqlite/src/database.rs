//! SQLite as an interface of prom's.

mod cursor;
mod install;
mod lease;
mod raw;
mod run;

use std::sync::{Arc, PoisonError, RwLock};

use prom_core::interface::{Capabilities, Change, Cursor, Done, Install, Lease, Rendered};
use prom_core::query::Request;
use prom_core::schema::Schema;
use prom_core::{Dsn, Execute, Interface, Result, Sink, async_trait};
use tokio::sync::Mutex;

use crate::config::Config;
use crate::dialect::Sqlite;
use crate::driver::has_ended;
use crate::pool::Pool;

/// A SQLite database: a file, or one in memory, which opens at first use.
#[derive(Debug, Clone)]
pub struct SqliteInterface(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    config: Arc<Config>,
    pool: RwLock<Option<Arc<Pool>>>,
    opening: Mutex<()>,
}

prom_core::interface!(SqliteInterface, "sqlite");

impl SqliteInterface {
    /// The database that `dsn` names. Nothing is opened yet.
    ///
    /// # Errors
    ///
    /// [`Kind::Dsn`](prom_core::Kind) for a DSN without a file and for bad options.
    pub fn from_dsn(dsn: &Dsn) -> Result<Self> {
        Ok(Self::new(Config::from_dsn(dsn)?))
    }

    /// The database that `config` describes. Nothing is opened yet.
    pub fn new(config: Config) -> Self {
        Self(Arc::new(Inner { config: Arc::new(config), pool: RwLock::default(), opening: Mutex::default() }))
    }

    fn opened(&self) -> Option<Arc<Pool>> {
        self.0.pool.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The open connections, opened if they are not.
    async fn pool(&self) -> Result<Arc<Pool>> {
        if let Some(pool) = self.opened() {
            return Ok(pool);
        }
        let _opening = self.0.opening.lock().await;
        if let Some(pool) = self.opened() {
            return Ok(pool);
        }
        let pool = Arc::new(Pool::open(&self.0.config).await?);
        *self.0.pool.write().unwrap_or_else(PoisonError::into_inner) = Some(pool.clone());
        Ok(pool)
    }

    /// Lets go of `pool`, if it is still the one in use.
    fn let_go(&self, pool: &Arc<Pool>) {
        let mut current = self.0.pool.write().unwrap_or_else(PoisonError::into_inner);
        if current.as_ref().is_some_and(|it| Arc::ptr_eq(it, pool)) {
            *current = None;
        }
    }

    /// Lets go of connections whose threads have ended, so that the next use
    /// opens new ones.
    fn heed<T>(&self, pool: &Arc<Pool>, done: Result<T>) -> Result<T> {
        if let Err(error) = &done
            && has_ended(error)
        {
            self.let_go(pool);
        }
        done
    }
}

#[async_trait]
impl Execute for SqliteInterface {
    async fn fetch(&self, request: Arc<Request>, sink: Box<dyn Sink>) -> Result<Box<dyn Sink>> {
        let pool = self.pool().await?;
        if let Request::Raw(raw) = &*request {
            let done = raw::fetch_raw(&pool, request.clone(), raw, sink, self.0.config.slow).await;
            return self.heed(&pool, done);
        }
        let loan = if request.is_read() { pool.reader().await? } else { pool.writer().await? };
        let (driver, slow) = (loan.driver(), self.0.config.slow);
        let done = driver.run(move |connection| {
            let _loan = loan;
            run::fetch(connection, &request, sink, slow)
        });
        self.heed(&pool, done.await)
    }

    async fn execute(&self, request: Arc<Request>) -> Result<Done> {
        let pool = self.pool().await?;
        let loan = pool.writer().await?;
        let (driver, slow) = (loan.driver(), self.0.config.slow);
        let done = driver.run(move |connection| {
            let _loan = loan;
            run::execute(connection, &request, slow)
        });
        self.heed(&pool, done.await)
    }

    async fn install(&self, schemas: &[&'static Schema], install: Install) -> Result<Vec<Change>> {
        let pool = self.pool().await?;
        let done = install::install(&pool, &self.0.config, schemas, install).await;
        self.heed(&pool, done)
    }
}

#[async_trait]
impl Interface for SqliteInterface {
    fn capabilities(&self) -> Capabilities {
        let mut it = Capabilities::default();
        it.sql = true;
        it.unique = true;
        it.upsert = true;
        it.references = true;
        it.transactions = true;
        it.savepoints = true;
        it.patterns = true;
        it.selections = true;
        it.subqueries = true;
        it.date_parts = true;
        it.returning = true;
        it.durable = self.0.config.is_shared();
        it
    }

    async fn lease(&self) -> Result<Box<dyn Lease>> {
        let pool = self.pool().await?;
        let lease = lease::SqliteLease::begin(pool.writer().await?, self.0.config.slow).await;
        Ok(Box::new(self.heed(&pool, lease)?))
    }

    fn cursor(&self, request: Arc<Request>) -> Box<dyn Cursor> {
        Box::new(cursor::SqliteCursor::new(self.clone(), request))
    }

    async fn close(&self) -> Result<()> {
        let _opening = self.0.opening.lock().await;
        match self.opened() {
            Some(pool) => {
                let closed = pool.close().await;
                if pool.is_closed() {
                    self.let_go(&pool);
                }
                closed
            }
            None => Ok(()),
        }
    }

    fn is_open(&self) -> bool {
        self.opened().is_some()
    }

    fn render(&self, request: &Request) -> Result<Rendered> {
        Ok(prom_core::sql::render(&Sqlite, request)?.into_rendered())
    }
}
