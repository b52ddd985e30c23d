//! What a task is in: the scopes of connections and of transactions, and which
//! connection a statement runs on for it.

use std::sync::Arc;

use super::{Connection, Executor};
use crate::Result;
use crate::schema::Schema;
use crate::transaction::Scope;

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

    /// The innermost scope here of the transaction that `scope` is of; `scope`
    /// itself, where it was begun by hand within that one.
    fn innermost<'a>(&'a self, scope: &'a Arc<Scope>) -> &'a Arc<Scope> {
        self.scopes().filter_map(|it| it.transaction.as_ref()).find(|it| it.is_within(scope)).unwrap_or(scope)
    }
}

fn look<T>(look: impl FnOnce(&Ambient) -> T) -> T {
    let mut look = Some(look);
    let looked = AMBIENT.try_with(|it| look.take().map(|look| look(it)));
    match (looked, look) {
        (Ok(Some(it)), _) => it,
        (_, Some(look)) => look(&Ambient::default()),
        _ => unreachable!("it is taken where it is called"),
    }
}

impl Executor {
    /// As seen from this task: in the transaction that is open here on its
    /// connection, and in the innermost scope of that.
    pub(crate) fn here(self) -> Self {
        look(|ambient| match &self.scope {
            Some(scope) => Self { scope: Some(ambient.innermost(scope).clone()), ..self.clone() },
            None => Self { scope: ambient.transaction(&self.connection).cloned(), ..self.clone() },
        })
    }
}

impl Connection {
    /// Runs `future` with this connection in the place of the default one: for
    /// tenants, and for tests that run side by side. A model that names its
    /// connection goes there all the same, unless this is a connection of that
    /// name; a row that was read elsewhere is saved here. A transaction that is
    /// open on this connection stays open within.
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
pub(crate) fn resolve(schema: &Schema, explicit: Option<&Executor>, origin: Option<u32>) -> Result<Executor> {
    if let Some(it) = explicit {
        return Ok(it.clone().here());
    }
    let connection = match (look(|it| it.home(schema.connection()).cloned()), origin) {
        (Some(it), _) => it,
        (None, Some(slot)) => super::at(slot)?,
        (None, None) => super::home(Some(schema))?,
    };
    Ok(Executor::from(connection).here())
}

/// Where a statement that is about no schema runs.
pub(crate) fn resolve_raw(explicit: Option<&Executor>) -> Result<Executor> {
    if let Some(it) = explicit {
        return Ok(it.clone().here());
    }
    let connection = match look(|it| it.home(None).cloned()) {
        Some(it) => it,
        None => super::home(None)?,
    };
    Ok(Executor::from(connection).here())
}
