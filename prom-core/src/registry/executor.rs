//! Where a statement runs: on a connection, or in a transaction on one.

use std::fmt;
use std::sync::Arc;

use super::Connection;
use crate::interface::{Capabilities, Cursor, Done, Execute, Install, More, Rendered, Rewritten};
use crate::model::BoxFuture;
use crate::query::Request;
use crate::row::Sink;
use crate::schema::{Schema, Writes};
use crate::transaction::{Position, Scope, Transaction, TransactionBuilder};
use crate::{Error, Kind, Result};

/// Where a statement runs: on a connection, or in a transaction on one. It is
/// what `.on(..)` takes, made of a [`Connection`] or of a [`Transaction`].
///
/// On a connection, a statement runs in the transaction that is open there for
/// its task, if one is.
#[derive(Clone)]
pub struct Executor {
    pub(super) connection: Connection,
    pub(super) scope: Option<Arc<Scope>>,
}

impl From<Connection> for Executor {
    fn from(connection: Connection) -> Self {
        Self { connection, scope: None }
    }
}

impl From<&Connection> for Executor {
    fn from(connection: &Connection) -> Self {
        connection.clone().into()
    }
}

impl From<&Transaction> for Executor {
    fn from(transaction: &Transaction) -> Self {
        let scope = transaction.level();
        Self { connection: scope.connection().clone(), scope: Some(scope.clone()) }
    }
}

impl From<&Self> for Executor {
    fn from(executor: &Self) -> Self {
        executor.clone()
    }
}

impl Executor {
    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    pub(crate) fn into_connection(self) -> Connection {
        self.connection
    }

    pub(crate) fn scope(&self) -> Option<&Arc<Scope>> {
        self.scope.as_ref()
    }

    /// The level of the transaction that statements run in, if they do.
    pub(crate) fn position(&self) -> Option<Position> {
        self.scope.as_ref().map(|scope| scope.position())
    }

    pub(crate) fn title(&self) -> String {
        self.connection.title()
    }

    pub(crate) fn slot(&self) -> u32 {
        self.connection.slot()
    }

    pub(crate) fn capabilities(&self) -> Capabilities {
        self.connection.capabilities()
    }

    pub(crate) fn max_rows_buffered(&self) -> usize {
        self.connection.max_rows_buffered()
    }

    pub(crate) fn render(&self, request: &Request) -> Result<Rendered> {
        self.connection.interface().render(request)
    }

    /// Carries out what gives rows; `sink` makes an empty sink, perhaps twice.
    pub(crate) async fn fetch(
        &self,
        request: Arc<Request>,
        sink: impl Fn() -> Box<dyn Sink> + Send + Sync,
    ) -> Result<Box<dyn Sink>> {
        self.run(&request, |it| it.fetch(request.clone(), sink())).await
    }

    /// Carries out what gives rows, and has them checked before anything else runs.
    /// What `check` refuses cannot be kept: an open transaction, or the level of it
    /// that this runs in, is then at its end.
    pub(crate) async fn fetch_checked<T: Send + 'static>(
        &self,
        request: Arc<Request>,
        sink: impl Fn() -> Box<dyn Sink> + Send + Sync,
        check: fn(Box<dyn Sink>) -> Result<T>,
    ) -> Result<T> {
        self.run(&request, |it| {
            let (fetched, scope) = (it.fetch(request.clone(), sink()), self.scope.clone());
            Box::pin(async move {
                let checked = check(fetched.await?);
                if let (Err(error), Some(scope)) = (&checked, scope) {
                    scope.fail(error);
                }
                Ok(checked)
            })
        })
        .await?
    }

    /// Carries out a change.
    pub(crate) async fn execute(&self, request: Arc<Request>) -> Result<Done> {
        self.run(&request, |it| it.execute(request.clone())).await
    }

    /// Opens a result that is read in pieces, and reads the first.
    pub(crate) async fn open_cursor(
        &self,
        request: Arc<Request>,
        sink: impl Fn() -> Box<dyn Sink> + Send + Sync,
    ) -> Result<(Box<dyn Cursor>, Box<dyn Sink>, More)> {
        self.run(&request, |it| {
            let (mut cursor, sink) = (it.cursor(request.clone()), sink());
            Box::pin(async move {
                let (sink, more) = cursor.next(sink).await?;
                Ok((cursor, sink, more))
            })
        })
        .await
    }

    /// Reads the next piece of a result that was opened here.
    pub(crate) async fn go_on(
        &self,
        cursor: &mut dyn Cursor,
        sink: Box<dyn Sink>,
    ) -> Result<(Box<dyn Sink>, More)> {
        // Within a scope that was entered meanwhile, it is that one's turn.
        match &self.scope {
            Some(origin) => Self::turn_of(origin).go_on(origin, cursor.next(sink)).await,
            None => cursor.next(sink).await,
        }
    }

    async fn run<T>(
        &self,
        request: &Request,
        ask: impl for<'a> Fn(&'a dyn Execute) -> BoxFuture<'a, Result<T>> + Send + Sync,
    ) -> Result<T> {
        match &self.scope {
            Some(scope) => scope.run(request, ask).await,
            None => self.connection.run(request, ask).await,
        }
        .map_err(|error| about(request.schema(), error))
    }

    /// How rows of `schema` get into its table, which is made sure of; `None` where
    /// what is sent is what is stored.
    pub(crate) async fn writes(&self, schema: &'static Schema) -> Result<Option<Arc<Writes>>> {
        let writes = match &self.scope {
            Some(scope) => scope.writes(schema).await,
            None => self.connection.writes(schema).await,
        };
        writes.map_err(|error| about(Some(schema), error))
    }

    /// Runs `work` so that its error undoes what it wrote: in a transaction of its own, or
    /// in the one that is open here, whose level the error ends, and so does who drops it
    /// half-way, unless nothing was sent yet that changes something. A backend without
    /// transactions cannot undo it.
    ///
    /// Outside of a transaction it is tried once more, as a plain statement is, where a
    /// table or the connection was gone.
    pub(crate) async fn atomically<T>(
        &self,
        work: impl for<'a> Fn(&'a Self) -> BoxFuture<'a, Result<T>> + Send + Sync,
    ) -> Result<T> {
        if let Some(scope) = &self.scope {
            let unfinished = scope.unfinished();
            let done = work(self).await;
            unfinished.finish(done.as_ref().err());
            return done;
        }
        if !self.capabilities().transactions {
            return work(self).await;
        }
        match self.alone(&work).await {
            Err(error) if matches!(error.kind(), Kind::SchemaChanged | Kind::Closed) => {
                self.alone(&work).await.map_err(without_transaction)
            }
            done => done,
        }
    }

    async fn alone<T>(
        &self,
        work: &(impl for<'a> Fn(&'a Self) -> BoxFuture<'a, Result<T>> + Send + Sync),
    ) -> Result<T> {
        let transaction = TransactionBuilder::on(self.connection.clone()).begin().await?;
        match work(&Self::from(&transaction)).await {
            Ok(done) => transaction.commit().await.map(|()| done),
            // The first error says why; dropped, the transaction is rolled back all the same.
            Err(error) => {
                let _ = transaction.rollback().await;
                Err(error)
            }
        }
    }

    /// Makes sure of the tables of `schemas` as somebody who asks for it by hand wants
    /// it: with every index; or only looks, where the DSN says so.
    pub(crate) async fn install_by_hand(&self, schemas: &[&'static Schema]) -> Result<()> {
        let install = match self.connection.install_option() {
            Some(Install::Verify) => Install::Verify,
            _ => Install::Full,
        };
        self.install(schemas, install).await
    }

    /// The error for a table whose write did not come to what it was known to come to, which
    /// `what` says: somebody has changed what it runs beside a write. It is looked at anew. In a
    /// transaction the level ends and nothing is done; else what was done is done.
    #[cold]
    pub(crate) fn unexpected(&self, schema: &'static Schema, what: fmt::Arguments<'_>) -> Error {
        self.connection.forget_table(schema);
        let (model, table) = (schema.model(), schema.table());
        let why = "a trigger or a rule was added since prom looked at the table";
        let Some(scope) = &self.scope else {
            let text = format!("{what} of `{model}`: {why} `{table}`; look what was done");
            return Error::new(Kind::OutcomeUnknown, text).with_model(model);
        };
        let text = format!("{what} of `{model}`: {why} `{table}`; nothing was done");
        let error = Error::new(Kind::Suppressed, text).with_model(model);
        scope.fail(&error);
        error
    }

    /// The error for the one row that a write was for, and that is as it was: something
    /// keeps it, which the look at the table did not show. It is looked at anew. In a
    /// transaction the level ends.
    #[cold]
    pub(crate) fn kept(&self, schema: &'static Schema, done: &str) -> Error {
        self.connection.forget_table(schema);
        let (model, table) = (schema.model(), schema.table());
        let text = format!(
            "a row of `{model}` was not {done}, and the database reported no error: a policy of the \
             table `{table}`, or a trigger or rule that was added since prom looked at it, did that; \
             nothing was done"
        );
        let error = Error::new(Kind::Suppressed, text).with_model(model);
        if let Some(scope) = &self.scope {
            scope.fail(&error);
        }
        error
    }

    /// Makes sure of the tables of `schemas`, or looks whether all is there.
    pub(crate) async fn install(&self, schemas: &[&'static Schema], install: Install) -> Result<()> {
        match &self.scope {
            Some(scope) => scope.install(schemas, install).await,
            None => self.connection.make_sure_of(schemas, install).await,
        }
    }

    /// Brings the table of `schema`, and those it refers to, to prom's own spelling.
    pub(crate) async fn rewrite(&self, schema: &'static Schema) -> Result<Rewritten> {
        let rewritten = match &self.scope {
            Some(scope) => scope.rewrite(schema).await,
            None => self.connection.rewrite(schema).await,
        };
        rewritten.map_err(|error| about(Some(schema), error))
    }
}

/// What is missing, where the program has no transaction that it could run again.
#[cold]
fn without_transaction(error: Error) -> Error {
    let missing = std::error::Error::source(&error).and_then(|source| source.downcast_ref::<Error>());
    match missing {
        Some(missing) if error.kind() == Kind::SchemaChanged => missing.clone(),
        _ => error,
    }
}

#[cold]
fn about(schema: Option<&Schema>, error: Error) -> Error {
    match (error.model(), schema) {
        (None, Some(schema)) => error.with_model(schema.model()),
        _ => error,
    }
}

impl fmt::Debug for Executor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut it = f.debug_struct("Executor");
        it.field("connection", &self.connection).field("in_transaction", &self.scope.is_some()).finish()
    }
}
