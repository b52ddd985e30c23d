//! What a task is in: the scopes of connections and of transactions, and which
//! connection a statement runs on for it.

use std::sync::Arc;

use super::{Connection, Executor};
use crate::schema::{FieldDef, Schema};
use crate::transaction::Scope;
use crate::{Error, Kind, Result};

tokio::task_local! {
    static AMBIENT: Ambient;
}

/// The scopes that a task is in, the innermost first.
#[derive(Clone, Default)]
pub(crate) struct Ambient(Option<Arc<Inside>>);

struct Inside {
    connection: Connection,
    /// What statements on the connection run in.
    transaction: Option<Arc<Scope>>,
    /// Whether the connection takes the place of the default one.
    takes_over: bool,
    outside: Ambient,
}

impl Ambient {
    /// What this task is in.
    pub(crate) fn current() -> Self {
        AMBIENT.try_with(Clone::clone).unwrap_or_default()
    }

    fn with_connection(self, connection: Connection) -> Self {
        Self(Some(Arc::new(Inside { connection, transaction: None, takes_over: true, outside: self })))
    }

    /// The same with the scope of a transaction within.
    pub(crate) fn with_transaction(self, scope: Arc<Scope>, takes_over: bool) -> Self {
        let connection = scope.connection().clone();
        Self(Some(Arc::new(Inside { connection, transaction: Some(scope), takes_over, outside: self })))
    }

    /// Runs `future` in it, whoever awaits it.
    pub(crate) fn around<F: Future>(self, future: F) -> impl Future<Output = F::Output> + use<F> {
        AMBIENT.scope(self, future)
    }

    /// Runs `work` in it.
    pub(crate) fn within<T>(self, work: impl FnOnce() -> T) -> T {
        AMBIENT.sync_scope(self, work)
    }

    fn scopes(&self) -> impl Iterator<Item = &Inside> {
        std::iter::successors(self.0.as_deref(), |it| it.outside.0.as_deref())
    }

    /// The connection in the place of a model's home.
    fn home(&self, connection: Option<&str>) -> Option<&Connection> {
        let is_home = |it: &&Inside| connection.is_none_or(|name| name == it.connection.name());
        self.scopes().filter(|it| it.takes_over).find(is_home).map(|it| &it.connection)
    }

    /// The transaction on `connection` that is open here.
    fn transaction(&self, connection: &Connection) -> Option<&Arc<Scope>> {
        let mut elsewhere = None;
        for it in self.scopes() {
            match &it.transaction {
                Some(scope) if it.connection.is_same(connection) => return Some(scope),
                Some(_) => elsewhere = Some(it.connection.name()),
                None => {}
            }
        }
        if let Some(elsewhere) = elsewhere {
            tracing::debug!(
                connection = connection.name(),
                transaction = elsewhere,
                "prom: a statement runs outside of the transaction, which is on another connection"
            );
        }
        None
    }

    /// The innermost scope here of the transaction that `scope` is of.
    fn innermost(&self, scope: &Scope) -> Option<&Arc<Scope>> {
        self.scopes().filter_map(|it| it.transaction.as_ref()).find(|it| it.is_of(scope))
    }

    /// The same, unless `scope` itself is further in: one that was begun by hand.
    fn innermost_or<'a>(&'a self, scope: &'a Arc<Scope>) -> &'a Arc<Scope> {
        self.innermost(scope).filter(|it| it.is_deeper_than(scope)).unwrap_or(scope)
    }
}

impl Executor {
    /// As seen from this task: in the transaction that is open here on its
    /// connection, and in the innermost scope of that.
    pub(crate) fn here(self) -> Self {
        let ambient = Ambient::current();
        let scope = match &self.scope {
            Some(scope) => Some(ambient.innermost_or(scope).clone()),
            None => ambient.transaction(&self.connection).cloned(),
        };
        Self { scope, ..self }
    }

    /// The scope whose turn it is where a result that was begun in `origin` goes
    /// on: that of this task, also where `origin` was left and kept.
    pub(super) fn turn_of(origin: &Arc<Scope>) -> Arc<Scope> {
        let ambient = Ambient::current();
        match ambient.innermost(origin) {
            Some(it) if !origin.is_open() => it.clone(),
            _ => ambient.innermost_or(origin).clone(),
        }
    }
}

impl Connection {
    /// Runs `future` with this connection in the place of the default one: for
    /// tenants, and for tests that run side by side. A model that names its
    /// connection goes there all the same, unless this is a connection of that
    /// name. A transaction that is open on this connection stays open within.
    ///
    /// A row belongs to the connection it came from. One that came from
    /// elsewhere is not saved, deleted or read anew here, nor are its relations looked for:
    /// that is a [`Kind::Invalid`] which names both connections, unless the call itself
    /// says `.on(..)`.
    ///
    /// ```
    /// # use prom_sqlite::prelude::*;
    /// # #[prom_sqlite::orm]
    /// # struct Foo { bar: i64 }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> prom_sqlite::Result<()> {
    /// let ours = prom_sqlite::configure("sqlite::memory:#ours")?;
    /// let theirs = prom_sqlite::configure("sqlite::memory:#theirs")?;
    /// let mut foo = ours.scope(Foo::create().bar(3).insert()).await?;
    /// foo.bar = 4;
    /// assert!(theirs.scope(foo.save().update()).await.is_err());
    /// foo.save().await?; // where it came from
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// A task that `future` spawns is outside the scope, since tasks inherit
    /// nothing: wrap its future in a scope of its own.
    pub fn scope<F: Future>(&self, future: F) -> impl Future<Output = F::Output> + use<F> {
        Ambient::current().with_connection(self.clone()).around(future)
    }
}

/// Where a statement about `schema` runs: where it says, else on the connection
/// whose scope it is in, else where its row came from, else at its model's home;
/// and in the transaction that is open there.
///
/// # Errors
///
/// [`Kind::Invalid`] where the row came from another connection than the one
/// whose scope it is in: its key means another row there.
pub(crate) fn resolve(schema: &Schema, explicit: Option<&Executor>, origin: Option<u32>) -> Result<Executor> {
    if let Some(it) = explicit {
        return Ok(it.clone().here());
    }
    let connection = match (Ambient::current().home(schema.connection()).cloned(), origin) {
        (Some(it), Some(slot)) if it.slot() != slot => return Err(foreign(schema, slot, &it, NAME_IT)),
        (Some(it), _) => it,
        (None, Some(slot)) => super::at(slot)?,
        (None, None) => super::home(Some(schema))?,
    };
    Ok(Executor::from(connection).here())
}

const NAME_IT: &str = "use `.on(..)`, or the `scope(..)` of the connection that is meant";

/// Whether a row of the connection of that number may be meant by its key in a
/// statement about `schema` that goes to `executor`.
pub(crate) fn check_row_connection(schema: &Schema, row: u32, executor: &Executor) -> Result<()> {
    if row == executor.slot() { Ok(()) } else { Err(foreign(schema, row, &executor.connection, NAME_IT)) }
}

/// Whether `field` may be set to the key of a row of the connection of that
/// number where `executor` writes. An `.on(..)` says where to write, and not
/// that the row is meant which has the key there.
pub(crate) fn check_reference(
    schema: &Schema,
    field: &FieldDef,
    row: u32,
    executor: &Executor,
) -> Result<()> {
    if row == executor.slot() {
        return Ok(());
    }
    let cure = "give the key itself where the row of that key is meant there";
    Err(foreign(schema, row, &executor.connection, cure).with_field(field.name))
}

/// The key of a row means another row elsewhere, or none.
#[cold]
fn foreign(schema: &Schema, row: u32, there: &Connection, cure: &str) -> Error {
    let model = schema.model();
    match super::at(row) {
        Ok(from) => Error::new(
            Kind::Invalid,
            format!(
                "a statement about `{model}` goes to {} and is given a row that came from {}: {cure}",
                there.title(),
                from.title()
            ),
        ),
        Err(error) => error,
    }
    .with_model(model)
}

/// Where a statement that is about no schema runs.
pub(crate) fn resolve_raw(explicit: Option<&Executor>) -> Result<Executor> {
    if let Some(it) = explicit {
        return Ok(it.clone().here());
    }
    let connection = match Ambient::current().home(None).cloned() {
        Some(it) => it,
        None => super::home(None)?,
    };
    Ok(Executor::from(connection).here())
}
