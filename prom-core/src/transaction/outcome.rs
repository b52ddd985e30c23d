//! What became of a transaction, for the rows that outlive it: shared with it, and
//! without its connection.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::state::{Mark, State};

/// The state of a transaction, which its levels and the rows that were written or
/// read in it share.
#[derive(Clone)]
pub(crate) struct Outcome(Arc<Mutex<State>>);

impl Outcome {
    pub(crate) fn new(state: State) -> Self {
        Self(Arc::new(Mutex::new(state)))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether both are of one transaction.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// A level of a transaction, as rows remember it.
#[derive(Clone)]
pub(crate) struct Position {
    pub(crate) outcome: Outcome,
    pub(crate) level: Mark,
}
