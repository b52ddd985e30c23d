//! PostgreSQL as an interface of prom's.

mod cursor;
mod insert;
mod lease;
mod run;

use std::sync::Arc;
use std::time::Duration;

use prom_core::interface::{Begin, Capabilities, Cursor, Done, Install, InstallReport, Lease, Rendered};
use prom_core::query::Request;
use prom_core::schema::catalog::{Column, Fit};
use prom_core::schema::{FieldDef, Schema};
use prom_core::sql::Columns;
use prom_core::{Dsn, Error, Execute, Flow, Interface, Kind, Result, RowRef, Sink, async_trait};

use crate::config::Config;
use crate::dialect::Postgres;
use crate::fit;
use crate::install::{self, Waits};
use crate::loan::{IfLost, Loan};
use crate::note::{Note, note};
use crate::pool::{Pool, Use};
use run::Within;

/// A PostgreSQL database, whose connections open when they are needed.
#[derive(Debug, Clone)]
pub struct PostgresInterface(Arc<Pool>);

prom_core::interface!(PostgresInterface, "postgres", "postgresql", "psql");

impl PostgresInterface {
    /// The database that `dsn` names. Nothing is opened yet.
    ///
    /// # Errors
    ///
    /// [`Kind::Dsn`](prom_core::Kind) for bad options.
    pub fn from_dsn(dsn: &Dsn) -> Result<Self> {
        Ok(Self::new(Config::from_dsn(dsn)?))
    }

    /// The database that `config` describes. Nothing is opened yet.
    pub fn new(config: Config) -> Self {
        Self(Arc::new(Pool::new(Arc::new(config))))
    }

    fn config(&self) -> &Config {
        self.0.config()
    }

    /// The connection for another try at what failed so, if it is worth one:
    /// nothing came of it.
    async fn again(&self, loan: Loan, error: Error) -> Result<Loan> {
        if error.kind() == Kind::OutcomeUnknown || !loan.is_repeatable() {
            return Err(error);
        }
        if !loan.is_doomed() && !loan.is_open() {
            // The statement was outdated, and by now the connection has forgotten it.
            return Ok(loan);
        }
        // A connection that was used before may have died since.
        if loan.is_doomed() && !loan.is_reused() {
            return Err(error);
        }
        drop(loan);
        self.0.get(Use::Statement).await
    }

    async fn look(
        &self,
        loan: &Loan,
        schemas: &[&'static Schema],
        install: Install,
    ) -> Result<InstallReport> {
        loan.run(IfLost::NothingDone, async { Ok(install::look(loan.client(), schemas, install).await?) })
            .await
    }

    /// Makes what is missing, in a transaction of its own.
    async fn make(
        &self,
        loan: &Loan,
        schemas: &[&'static Schema],
        install: Install,
    ) -> Result<InstallReport> {
        let waits = waits(self.config());
        loan.opens();
        let made = loan.run_within(Some(waits.longest()), IfLost::NothingDone, async {
            // Its waits are outside of the deadline of statements.
            loan.client().batch_execute("BEGIN; SET LOCAL statement_timeout = 0").await?;
            loan.begins();
            Ok(install::make(loan.client(), schemas, install, waits).await?)
        });
        let made = made.await?;
        run::commit(loan).await?;
        Ok(made)
    }
}

/// Keeps what was seen of tables, for who asks for their rows.
fn learn(columns: &Columns<Note>, schemas: &[&'static Schema], report: &InstallReport) {
    for (schema, table) in schemas.iter().zip(&report.tables) {
        let Some(table) = table else { continue };
        let seen = |field: &'static FieldDef| Some((field, note(field, table.column(field.column)?)?));
        columns.set(schema, schema.fields().iter().filter_map(seen));
    }
}

/// How long those wait who make tables.
fn waits(config: &Config) -> Waits {
    Waits { turn: config.install_wait, table: config.install_lock_timeout }
}

/// How often a table that is in use is tried to be changed, and how long after.
const TRIES: u32 = 3;
const PAUSE: Duration = Duration::from_millis(100);

/// Counts the rows that a sink was given.
struct Counted {
    sink: Box<dyn Sink>,
    rows: u64,
}

impl Sink for Counted {
    fn row(&mut self, row: &dyn RowRef) -> Result<Flow> {
        self.rows += 1;
        self.sink.row(row)
    }
}

#[async_trait]
impl Execute for PostgresInterface {
    async fn fetch(&self, request: Arc<Request>, sink: Box<dyn Sink>) -> Result<Box<dyn Sink>> {
        let mut sink = Counted { sink, rows: 0 };
        let loan = self.0.get(Use::Statement).await?;
        match run::fetch(&loan, &request, &mut sink, Within::Nothing).await {
            Err(error) if sink.rows == 0 => {
                let loan = self.again(loan, error).await?;
                run::fetch(&loan, &request, &mut sink, Within::Nothing).await?;
            }
            done => done?,
        }
        Ok(sink.sink)
    }

    async fn execute(&self, request: Arc<Request>) -> Result<Done> {
        let loan = self.0.get(Use::Statement).await?;
        match run::execute(&loan, &request, Within::Nothing).await {
            Err(error) => {
                let loan = self.again(loan, error).await?;
                run::execute(&loan, &request, Within::Nothing).await
            }
            done => done,
        }
    }

    async fn install(&self, schemas: &[&'static Schema], install: Install) -> Result<InstallReport> {
        let mut tries = 0;
        loop {
            let loan = self.0.get(Use::Install).await?;
            let found = self.look(&loan, schemas, install).await?;
            if found.changes.is_empty() {
                learn(self.0.columns(), schemas, &found);
                return Ok(found);
            }
            if install == Install::Verify || self.config().readonly {
                return Err(install::refuse(loan.client(), &found.changes, install).await);
            }
            tries += 1;
            match self.make(&loan, schemas, install).await {
                Err(error) if matches!(error.kind(), Kind::Busy | Kind::Deadlock) && tries < TRIES => {}
                done => return done.inspect(|made| learn(self.0.columns(), schemas, made)),
            }
            drop(loan);
            tokio::time::sleep(PAUSE * tries).await;
        }
    }

    fn cursor(&self, request: Arc<Request>) -> Box<dyn Cursor> {
        Box::new(cursor::PostgresCursor::new(self.clone(), request))
    }
}

#[async_trait]
impl Interface for PostgresInterface {
    fn capabilities(&self) -> Capabilities {
        Capabilities::all()
    }

    async fn lease(&self, begin: Begin) -> Result<Box<dyn Lease>> {
        let loan = self.0.get(Use::Transaction).await?;
        Ok(Box::new(lease::PostgresLease::new(loan, begin)))
    }

    async fn close(&self) -> Result<()> {
        self.0.close().await
    }

    fn is_open(&self) -> bool {
        self.0.is_open()
    }

    fn fit(&self, field: &FieldDef, column: &Column) -> Fit {
        fit::fit(field, column)
    }

    fn render(&self, request: &Request) -> Result<Rendered> {
        let dialect = Postgres { columns: self.0.columns().known() };
        Ok(prom_core::sql::render(&dialect, request)?.into_rendered())
    }
}
