//! Where rows come from, as they remember it.

use std::fmt;
use std::sync::Arc;

use super::Model;
use super::uncommitted::Uncommitted;
use crate::registry::Executor;

/// Where rows are loaded from: a connection, and what in its open transaction may
/// still be undone. All rows of one statement share it.
#[derive(Clone)]
pub struct LoadContext {
    connection: u32,
    uncommitted: Option<Arc<Uncommitted>>,
}

impl LoadContext {
    /// For rows that `executor` reads. It is made once the statement has its turn:
    /// what ran before may have written to them, and so may the statement itself.
    pub(crate) fn read(executor: &Executor) -> Self {
        let writer = executor.scope().and_then(|scope| scope.last_writer());
        Self { connection: executor.slot(), uncommitted: writer.map(Uncommitted::read) }
    }

    /// For rows that `executor` creates.
    pub(crate) fn create(executor: &Executor) -> Self {
        Self { connection: executor.slot(), uncommitted: executor.position().map(Uncommitted::created) }
    }

    /// Takes note of a row that was read from here, if that is where it was created.
    pub(super) fn note<M: Model>(&self, row: &M) {
        let Some(uncommitted) = &self.uncommitted else { return };
        let schema = M::schema();
        if let Some(at) = schema.fields().iter().position(|field| field.key.is_some()) {
            uncommitted.note_created(schema, row.__value(at));
        }
    }

    pub(super) fn connection(&self) -> u32 {
        self.connection
    }

    pub(super) fn uncommitted(&self) -> Option<Arc<Uncommitted>> {
        self.uncommitted.clone()
    }
}

impl fmt::Debug for LoadContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoadContext").field("connection", &self.connection).finish_non_exhaustive()
    }
}

/// Takes note that `executor` has created `row`, which it was given back as one that was read.
pub(super) fn created<M: Model>(row: M, executor: &Executor) -> M {
    created_in(row, executor, &LoadContext::create(executor))
}

/// The same for one of several rows, which share their context.
pub(super) fn created_in<M: Model>(mut row: M, executor: &Executor, context: &LoadContext) -> M {
    note_created(&row, executor);
    row.__set_uncommitted(context.uncommitted());
    row
}

/// Takes note that `executor` has created `row`, if that may be undone.
pub(super) fn note_created<M: Model>(row: &M, executor: &Executor) {
    let Some(scope) = executor.scope() else { return };
    let schema = M::schema();
    if let Some(at) = schema.fields().iter().position(|field| field.key.is_some()) {
        scope.note_created(schema, row.__value(at));
    }
}
