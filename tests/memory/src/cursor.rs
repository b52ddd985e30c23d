//! A result in pieces: a snapshot, handed over as far as there is room for it.

use std::sync::Arc;

use prom_core::interface::{Cursor, More};
use prom_core::query::Request;
use prom_core::{Result, Sink, async_trait};

use crate::Store;
use crate::database::Selected;
use crate::lease::MemoryLease;

/// A result in pieces. It holds nobody up, so it may pause for as long as it
/// likes.
pub(crate) struct MemoryCursor {
    source: Source,
    /// Taken when the first piece is asked for.
    request: Option<Arc<Request>>,
    rows: Option<Selected>,
}

enum Source {
    Store(Arc<Store>),
    Transaction(MemoryLease),
}

impl MemoryCursor {
    /// The result of `request`, which is not looked for yet.
    pub(crate) fn new(store: Arc<Store>, request: Arc<Request>) -> Self {
        Self { source: Source::Store(store), request: Some(request), rows: None }
    }

    /// The same within a transaction.
    pub(crate) fn within(lease: MemoryLease, request: Arc<Request>) -> Self {
        Self { source: Source::Transaction(lease), request: Some(request), rows: None }
    }
}

#[async_trait]
impl Cursor for MemoryCursor {
    async fn next(&mut self, mut sink: Box<dyn Sink>) -> Result<(Box<dyn Sink>, More)> {
        if let Some(request) = self.request.take() {
            let database = match &self.source {
                Source::Store(store) => store.snapshot(),
                Source::Transaction(lease) => lease.snapshot()?,
            };
            self.rows = Some(database.select(&request)?);
        }
        let more = match &mut self.rows {
            Some(rows) => rows.give(&mut *sink)?,
            None => More::End,
        };
        Ok((sink, more))
    }
}
