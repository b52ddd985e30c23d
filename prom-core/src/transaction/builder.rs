//! How a transaction begins, and where.

use std::time::Duration;

use tokio::time::Instant;

use super::{Scope, Transaction};
use crate::interface::{Begin, Isolation, check_runtime};
use crate::model::BoxFuture;
use crate::registry::{Executor, connection, resolve_raw};
use crate::{Error, Kind, Result};

/// Begins a transaction on the connection of that name; `""` is the default one, and
/// within the [`scope`](crate::Connection::scope) of a connection that one.
/// Within a transaction on it, it is one within that.
///
/// Where the whole of it is one future, [`transaction`](super::transaction()) is less to write.
///
/// ```
/// # use prom_sqlite::prelude::*;
/// # #[prom_sqlite::orm]
/// # struct Foo { bar: i64 }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> prom_sqlite::Result<()> {
/// # prom_sqlite::configure("sqlite::memory:#main")?;
/// let tx = prom_sqlite::begin("main").await?;
/// let mut foo = Foo::create().bar(3).on(&tx).await?;
/// foo.bar = 4;
/// foo.save().on(&tx).await?;
/// tx.commit().await?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// When it is awaited: [`Kind::NotConfigured`] for a name that no connection
/// has, [`Kind::PoolTimeout`] when no connection became free in time,
/// [`Kind::Unsupported`] where the backend has no transactions.
pub fn begin(name: impl Into<String>) -> TransactionBuilder {
    TransactionBuilder::new(Place::Named(name.into()))
}

/// A transaction that is to begin; await it, or call
/// [`begin`](TransactionBuilder::begin).
#[must_use = "nothing begins until this is awaited"]
#[derive(Debug, Clone)]
pub struct TransactionBuilder {
    place: Place,
    begin: Begin,
    deadline: Option<Duration>,
}

/// Where a transaction begins.
#[derive(Debug, Clone)]
pub(super) enum Place {
    /// Where a statement of no model would run.
    Here,
    /// On the connection of that name.
    Named(String),
    /// There.
    On(Executor),
}

impl TransactionBuilder {
    pub(super) fn new(place: Place) -> Self {
        Self { place, begin: Begin::default(), deadline: None }
    }

    pub(crate) fn on(executor: impl Into<Executor>) -> Self {
        Self::new(Place::On(executor.into()))
    }

    pub(super) fn set_place(&mut self, place: Place) {
        self.place = place;
    }

    /// Whether it takes the place of the default connection for what runs in it.
    pub(super) fn takes_over(&self) -> bool {
        matches!(self.place, Place::On(_))
    }

    /// How far it is kept apart from others; else it is the database's own way.
    pub fn isolation(mut self, isolation: Isolation) -> Self {
        self.begin.isolation = Some(isolation);
        self
    }

    /// It only reads. On a SQLite file it then keeps nobody from writing.
    pub fn read_only(mut self) -> Self {
        self.begin.read_only = true;
        self
    }

    /// When that much time has passed it is rolled back, and what runs in it
    /// fails with [`Kind::Deadline`].
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// After how long it is rolled back.
    pub(super) fn time(&self) -> Option<Duration> {
        self.deadline
    }

    /// Begins.
    ///
    /// # Errors
    ///
    /// As [`begin`].
    pub async fn begin(self) -> Result<Transaction> {
        let deadline = self.deadline.and_then(|it| Instant::now().checked_add(it));
        self.begin_until(deadline).await
    }

    /// The same where whoever awaits it sees to the deadline.
    pub(super) async fn begin_watched(self) -> Result<Transaction> {
        self.begin_until(None).await
    }

    async fn begin_until(self, deadline: Option<Instant>) -> Result<Transaction> {
        let executor = match &self.place {
            Place::Here => resolve_raw(None)?,
            // The default connection is that of the scope, if there is one.
            Place::Named(name) if name.is_empty() => resolve_raw(None)?,
            Place::Named(name) => Executor::from(connection(name)?).here(),
            Place::On(executor) => executor.clone().here(),
        };
        let can = executor.connection().capabilities();
        if let Some(outer) = executor.scope() {
            if self.begin != Begin::default() || self.deadline.is_some() {
                return Err(Error::new(
                    Kind::Invalid,
                    "a transaction within another has the isolation, access and deadline of that one",
                ));
            }
            if !can.savepoints {
                return Err(unsupported("a transaction within another"));
            }
            return outer.enter().await;
        }
        if !can.transactions {
            return Err(unsupported("a transaction"));
        }
        check_runtime()?;
        Scope::begin(executor.into_connection(), self.begin, deadline).await
    }
}

impl IntoFuture for TransactionBuilder {
    type Output = Result<Transaction>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.begin())
    }
}

#[cold]
fn unsupported(what: &str) -> Error {
    Error::new(Kind::Unsupported, format!("the interface of this connection has no such thing as {what}"))
}
