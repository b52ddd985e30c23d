//! A connection on loan, for a transaction.

use async_trait::async_trait;

use super::Execute;
use crate::{Error, Kind, Result};

/// A connection on loan, with a transaction. It is given back by
/// [`commit`](Lease::commit), [`rollback`](Lease::rollback) or
/// [`undo`](Lease::undo) of depth 0, whichever comes first, or when it is
/// dropped, which undoes the transaction; whatever is asked of it afterwards is
/// [`Kind::TransactionAborted`](crate::Kind).
///
/// What [`commit`](Lease::commit), [`rollback`](Lease::rollback), [`enter`](Lease::enter) and
/// [`leave`](Lease::leave) say is sent when they are first polled: dropped after that, it is done all the same.
///
/// prom sees to the order: it never asks for anything while a scope is entered or
/// left, and nothing after an error that the database reported, but to leave
/// the scope that it happened in. Requests may overlap.
#[async_trait]
pub trait Lease: Execute {
    /// Makes what was done durable and gives the connection back.
    ///
    /// # Errors
    ///
    /// [`Kind::TransactionAborted`](crate::Kind) when an earlier error ended the
    /// transaction: nothing was done.
    /// [`Kind::OutcomeUnknown`](crate::Kind) when the connection was lost.
    async fn commit(&self) -> Result<()>;

    /// Undoes what was done and gives the connection back.
    ///
    /// # Errors
    ///
    /// What the database says to it; it is undone all the same.
    async fn rollback(&self) -> Result<()>;

    /// Opens a scope within the transaction, one deeper than the last; `depth`
    /// counts from 1.
    ///
    /// # Errors
    ///
    /// [`Kind::Unsupported`](crate::Kind) where the backend has none.
    async fn enter(&self, depth: u32) -> Result<()>;

    /// Closes the scope at `depth` and keeps what was done in it, or undoes it.
    ///
    /// # Errors
    ///
    /// What the database says to it: the transaction is then as good as gone.
    async fn leave(&self, depth: u32, leave: Leave) -> Result<()>;

    /// Sends what undoes the scope at `depth` and all within it, and waits for
    /// nothing: for who is dropped half-way. Depth 0 is the transaction itself;
    /// its connection is then given back, as soon as it is fit for its next user.
    /// A statement that runs meanwhile is cut short where that can be done.
    fn undo(&self, depth: u32);
}

/// How a transaction begins.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Begin {
    /// How far it is kept apart from others; `None` is the database's own way.
    pub isolation: Option<Isolation>,
    /// Whether it only reads.
    pub read_only: bool,
}

/// How far a transaction is kept apart from those that run beside it. A
/// database may keep it further apart than it was asked for: SQLite's are always
/// serializable.
///
/// <https://www.postgresql.org/docs/current/transaction-iso.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Isolation {
    /// Each statement sees what was committed before it began.
    ReadCommitted,
    /// Every statement sees what was committed before the first one.
    RepeatableRead,
    /// As if it and the others ran one after the other.
    Serializable,
}

/// How a scope within a transaction is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leave {
    /// What was done in it stays, if the transaction is committed.
    Keep,
    /// What was done in it is undone.
    Undo,
}

/// What a [`Lease`] says that was given back, or whose transaction the database
/// ended by itself.
#[cold]
pub fn ended() -> Error {
    Error::new(
        Kind::TransactionAborted,
        "the transaction was ended by an earlier error, and nothing of it was kept",
    )
}
