//! SQLite as an interface of prom's.

mod cursor;
mod install;
mod lease;
mod raw;
mod run;
mod spool;

use std::sync::{Arc, PoisonError, RwLock};

use prom_core::interface::{Begin, Capabilities, Cursor, Done, Install, InstallReport, Lease, Rendered};
use prom_core::query::Request;
use prom_core::schema::catalog::{Column, Fit};
use prom_core::schema::{FieldDef, Schema};
use prom_core::sql::Columns;
use prom_core::{Dsn, Execute, Interface, Result, Sink, async_trait};
use tokio::sync::Mutex;
use tokio_rusqlite::rusqlite::Connection;

use crate::config::Config;
use crate::dialect::Sqlite;
use crate::driver::{Purpose, has_ended};
use crate::job::Terms;
use crate::note::Note;
use crate::pool::{Loan, Pool};

/// A SQLite database: a file, or one in memory, which opens at first use.
#[derive(Debug, Clone)]
pub struct SqliteInterface(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    config: Arc<Config>,
    /// What was seen of tables.
    columns: Arc<Columns<Note>>,
    pool: RwLock<Option<Arc<Pool>>>,
    /// Held where the database is opened, and until it is closed.
    opening: Arc<Mutex<()>>,
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
        Self(Arc::new(Inner {
            config: Arc::new(config),
            columns: Arc::default(),
            pool: RwLock::default(),
            opening: Arc::default(),
        }))
    }

    fn dialect(&self) -> Sqlite {
        Sqlite { columns: self.0.columns.known() }
    }

    fn opened(&self) -> Option<Arc<Pool>> {
        let pool = self.0.pool.read().unwrap_or_else(PoisonError::into_inner).clone();
        pool.filter(|it| !it.is_closed())
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

    /// A connection, and the pool it is from. Who was waiting for one when the
    /// database was closed goes on with it opened again.
    async fn lend(&self, purpose: Purpose, time: Time) -> Result<(Arc<Pool>, Loan)> {
        let pool = self.pool().await?;
        let pool = match time.lend(&pool, purpose).await {
            Ok(loan) => return Ok((pool, loan)),
            Err(_) if pool.is_closed() => self.pool().await?,
            Err(error) => return Err(error),
        };
        let loan = time.lend(&pool, purpose).await?;
        Ok((pool, loan))
    }

    /// Runs `job` on a connection for that.
    async fn on<T: Send + 'static>(
        &self,
        purpose: Purpose,
        job: impl FnOnce(&mut Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.on_terms(purpose, self.0.config.terms(purpose), job).await
    }

    async fn on_terms<T: Send + 'static>(
        &self,
        purpose: Purpose,
        terms: Terms,
        job: impl FnOnce(&mut Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (pool, loan) = self.lend(purpose, Time::Short).await?;
        let driver = loan.driver();
        let done = driver.run(terms, move |connection| {
            let _loan = loan;
            job(connection)
        });
        self.heed(&pool, done.await)
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

/// For how long a connection is lent.
#[derive(Debug, Clone, Copy)]
enum Time {
    /// A statement's.
    Short,
    /// A transaction's.
    Long,
}

impl Time {
    async fn lend(self, pool: &Pool, purpose: Purpose) -> Result<Loan> {
        match self {
            Self::Short => pool.lend(purpose).await,
            Self::Long => pool.lend_for_long(purpose).await,
        }
    }
}

#[async_trait]
impl Execute for SqliteInterface {
    async fn fetch(&self, request: Arc<Request>, sink: Box<dyn Sink>) -> Result<Box<dyn Sink>> {
        let slow = self.0.config.slow;
        if let Request::Raw(raw) = &*request {
            return raw::fetch_raw(self, request.clone(), raw, sink, slow).await;
        }
        let dialect = self.dialect();
        let purpose = if request.is_read() { Purpose::Read } else { Purpose::Write };
        self.on(purpose, move |connection| run::fetch(connection, &request, sink, &dialect, slow)).await
    }

    async fn execute(&self, request: Arc<Request>) -> Result<Done> {
        let (slow, dialect) = (self.0.config.slow, self.dialect());
        self.on(Purpose::Write, move |connection| run::execute(connection, &request, &dialect, slow)).await
    }

    async fn install(&self, schemas: &[&'static Schema], install: Install) -> Result<InstallReport> {
        install::install(self, schemas, install).await
    }

    fn cursor(&self, request: Arc<Request>) -> Box<dyn Cursor> {
        Box::new(cursor::SqliteCursor::new(self.clone(), request))
    }
}

#[async_trait]
impl Interface for SqliteInterface {
    fn capabilities(&self) -> Capabilities {
        let mut it = Capabilities::all();
        it.durable = self.0.config.is_shared();
        // FAIL, of a trigger or a conflict clause, keeps the rows before the one that failed.
        // <https://www.sqlite.org/lang_conflict.html>
        it.atomic_statements = false;
        it.case_sensitive_names = false;
        it
    }

    async fn lease(&self, begin: Begin) -> Result<Box<dyn Lease>> {
        let purpose = if begin.read_only { Purpose::Read } else { Purpose::Write };
        let (_, loan) = self.lend(purpose, Time::Long).await?;
        Ok(Box::new(lease::SqliteLease::new(loan, &self.0.config, &self.0.columns, begin)))
    }

    async fn close(&self) -> Result<()> {
        let opening = self.0.opening.clone().lock_owned().await;
        let Some(pool) = self.opened() else { return Ok(()) };
        let whole = pool.whole().await?;
        // Nothing is awaited between these, and nothing can be dropped half-way after them: the
        // rest goes on by itself where the caller no longer waits, and who opens waits for it.
        self.let_go(&pool);
        pool.shut();
        let closing = tokio::spawn(async move {
            let closed = whole.close().await;
            drop(opening);
            closed
        });
        // Where the runtime ends meanwhile, the threads close the database all the same.
        closing.await.unwrap_or(Ok(()))
    }

    fn is_open(&self) -> bool {
        self.opened().is_some()
    }

    fn fit(&self, field: &FieldDef, column: &Column) -> Fit {
        crate::fit::fit(field, column)
    }

    fn render(&self, request: &Request) -> Result<Rendered> {
        Ok(prom_core::sql::render(&self.dialect(), request)?.into_rendered())
    }
}
