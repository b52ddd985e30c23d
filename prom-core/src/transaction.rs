//! Transactions: what is done wholly or not at all.
//!
//! A [`Scope`] is one level of a transaction, and its [`State`](state::State)
//! says what may still happen in it. A [`Transaction`] is the handle to a
//! scope; [`transaction`] runs a future in one.

mod builder;
mod future;
mod outcome;
mod retry;
mod scope;
mod state;

use std::fmt;
use std::sync::Arc;

use crate::interface::Leave;
use crate::registry::{Ambient, Connection};
use crate::{Error, Result};

pub use builder::{TransactionBuilder, begin};
pub use future::{TransactionFuture, transaction};
pub(crate) use outcome::{Outcome, Position};
pub use retry::{Retries, retry};
pub(crate) use scope::Scope;
#[cfg(test)]
pub(crate) use state::State;
pub(crate) use state::{Installed, Mark, Visibility};

/// A transaction, or a scope within one: what [`begin`] gives. Dropped before
/// [`commit`](Transaction::commit), it leaves no trace.
///
/// What runs in it says so with `.on(&tx)`, or is run by its
/// [`scope`](Transaction::scope). For most, [`transaction`] is less to write.
///
/// An error that the database reports ends it: whatever is asked of it from then
/// on is [`Kind::TransactionAborted`](crate::Kind), and nothing of it is kept. What may fail is tried in a
/// transaction within it, which is undone alone.
#[must_use = "dropped, it is rolled back"]
pub struct Transaction {
    scope: Arc<Scope>,
    is_left: bool,
}

impl Transaction {
    fn of(scope: Arc<Scope>) -> Self {
        Self { scope, is_left: false }
    }

    /// The connection that it is on.
    pub fn connection(&self) -> &Connection {
        self.scope.connection()
    }

    pub(crate) fn level(&self) -> &Arc<Scope> {
        &self.scope
    }

    /// Begins a transaction within this one: committed, it is part of this one,
    /// else it is undone alone. Until it ends, what else is asked of this one waits.
    ///
    /// # Errors
    ///
    /// [`Kind::TransactionAborted`](crate::Kind) after an error,
    /// [`Kind::Unsupported`](crate::Kind) where the backend has none such, and
    /// [`Kind::PoolTimeout`](crate::Kind) when another one within does not end.
    pub async fn begin(&self) -> Result<Self> {
        self.scope.enter().await
    }

    /// Runs `future` in this transaction, and with its connection in the place of
    /// the default one, as [`Connection::scope`] does. Whoever awaits it need not
    /// keep the transaction: it may be taken along into another task. What it does
    /// after the end of the transaction is refused.
    ///
    /// ```
    /// # use prom_sqlite::prelude::*;
    /// # #[prom_sqlite::orm]
    /// # struct Foo { bar: i64 }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> prom_sqlite::Result<()> {
    /// # prom_sqlite::configure("sqlite::memory:")?;
    /// let tx = prom_sqlite::begin("").await?;
    /// let task = tokio::spawn(tx.scope(async { Foo::create().bar(3).insert().await }));
    /// task.await.expect("it does not panic")?;
    /// tx.commit().await?;
    /// assert_eq!(Foo::query().count().await?, 1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn scope<F: Future>(&self, future: F) -> impl Future<Output = F::Output> + use<F> {
        let ambient = Ambient::current().with_transaction(self.scope.clone(), true);
        ambient.around(future)
    }

    /// Makes what was done durable; within another transaction, part of that.
    ///
    /// # Errors
    ///
    /// [`Kind::TransactionAborted`](crate::Kind) when an error ended it before, which the text names:
    /// nothing was done. [`Kind::OutcomeUnknown`](crate::Kind) when the connection was lost
    /// meanwhile. Whatever else the database says: nothing was done.
    pub async fn commit(mut self) -> Result<()> {
        let done = self.scope.leave(Leave::Keep).await;
        self.is_left = true;
        done
    }

    /// Undoes what was done. Dropping it does so too, without waiting.
    ///
    /// # Errors
    ///
    /// What the database says to it; it is undone all the same.
    pub async fn rollback(mut self) -> Result<()> {
        let done = self.scope.leave(Leave::Undo).await;
        self.is_left = true;
        done
    }

    /// Ends it for `error`.
    fn lose(&self, error: Error) {
        self.scope.lose(error);
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        if !self.is_left {
            self.scope.abandon();
        }
    }
}

impl fmt::Debug for Transaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Transaction").field(self.connection()).finish()
    }
}
