//! A result in pieces: a snapshot, handed over as far as there is room for it.

use std::sync::Arc;

use prom_core::interface::{Cursor, More};
use prom_core::query::Request;
use prom_core::{Result, Sink, async_trait};

use crate::Store;
use crate::database::Selected;

/// A result in pieces. It holds nobody up, so it may pause for as long as it
/// likes.
pub(crate) struct MemoryCursor {
    store: Arc<Store>,
    /// Taken when the first piece is asked for.
    request: Option<Arc<Request>>,
    rows: Option<Selected>,
}

impl MemoryCursor {
    /// The result of `request`, which is not looked for yet.
    pub(crate) fn new(store: Arc<Store>, request: Arc<Request>) -> Self {
        Self { store, request: Some(request), rows: None }
    }
}

#[async_trait]
impl Cursor for MemoryCursor {
    async fn next(&mut self, mut sink: Box<dyn Sink>) -> Result<(Box<dyn Sink>, More)> {
        if let Some(request) = self.request.take() {
            self.rows = Some(self.store.snapshot().select(&request)?);
        }
        let more = match &mut self.rows {
            Some(rows) => rows.give(&mut *sink)?,
            None => More::End,
        };
        Ok((sink, more))
    }
}
