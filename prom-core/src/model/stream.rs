//! Rows one after the other, of one snapshot.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures_core::Stream;

use super::rows::{Collect, Piece};
use super::{All, BoxFuture, Model, Projection, RawQuery};
use crate::interface::{Cursor, More};
use crate::query::Request;
use crate::registry::Executor;
use crate::row::{Sink, SkipReport};
use crate::{Error, Result};

/// So many rows are read at a time.
const CHUNK: usize = 1_000;

/// The rows of a query, one after the other, of one snapshot: what is written
/// while it is read, by the loop's body or by anybody else, is not seen, and
/// every row comes once.
///
/// The first thousand rows are read at once. A longer result goes on, a thousand
/// at a time, on a connection that is to spare, or from a temporary table, or
/// else is read into memory whole, up to the DSN's `max_rows_buffered`. So a
/// stream never waits for anybody and holds nobody up; dropped, it frees what it
/// held.
#[must_use = "nothing is read until the stream is"]
pub struct RowStream<M: Model, P: Projection<M> = All> {
    state: State<M, P>,
}

enum State<M: Model, P: Projection<M>> {
    /// Waiting for the database.
    Reading(BoxFuture<'static, Result<Chunk<P::Row>>>),
    /// Handing out what was read.
    Giving(Chunk<P::Row>),
    /// At the end, or after an error.
    Ended,
}

struct Chunk<T> {
    rows: std::vec::IntoIter<T>,
    /// What was wrong with the row behind them.
    failed: Option<Error>,
    rest: Option<Rest>,
}

struct Rest {
    cursor: Box<dyn Cursor>,
    source: Source,
}

/// What is read, and how.
struct Source {
    executor: Executor,
    request: Arc<Request>,
    skip: Option<SkipReport>,
    /// How many rows were read before.
    read: u64,
}

impl<M: Model, P: Projection<M>> RowStream<M, P> {
    pub(super) fn new(query: RawQuery) -> Self {
        Self { state: State::Reading(Box::pin(first::<M, P>(query))) }
    }

    /// The next row, or `None` at the end.
    ///
    /// # Errors
    ///
    /// What the database says, [`Kind::Decode`](crate::Kind) for a row that cannot be
    /// decoded, and what the model's [`after_load`](super::Hooks::after_load)
    /// refuses; the rows before it came first. After an error the stream is at its
    /// end.
    pub async fn try_next(&mut self) -> Result<Option<P::Row>> {
        std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await.transpose()
    }
}

impl<M: Model, P: Projection<M>> Stream for RowStream<M, P> {
    type Item = Result<P::Row>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            match &mut self.state {
                State::Ended => return Poll::Ready(None),
                State::Giving(chunk) => {
                    if let Some(row) = chunk.rows.next() {
                        return Poll::Ready(Some(Ok(row)));
                    }
                    if let Some(error) = chunk.failed.take() {
                        self.state = State::Ended;
                        return Poll::Ready(Some(Err(error)));
                    }
                    self.state = match chunk.rest.take() {
                        Some(rest) => State::Reading(Box::pin(rest.next::<M, P>())),
                        None => State::Ended,
                    };
                }
                State::Reading(future) => match ready!(future.as_mut().poll(context)) {
                    Ok(chunk) => self.state = State::Giving(chunk),
                    Err(error) => {
                        self.state = State::Ended;
                        return Poll::Ready(Some(Err(error)));
                    }
                },
            }
        }
    }
}

impl<M: Model, P: Projection<M>> Unpin for RowStream<M, P> {}

async fn first<M: Model, P: Projection<M>>(mut query: RawQuery) -> Result<Chunk<P::Row>> {
    let skip = query.skip.take();
    let (executor, select) = query.into_select()?;
    let source = Source { executor, request: Arc::new(Request::Select(select)), skip, read: 0 };
    let opened = source.executor.open_cursor(source.request.clone(), || source.sink::<M, P>());
    let (cursor, sink, more) = opened.await?;
    chunk::<M, P>(Rest { cursor, source }, sink, more).await
}

impl Rest {
    async fn next<M: Model, P: Projection<M>>(mut self) -> Result<Chunk<P::Row>> {
        let sink = self.source.sink::<M, P>();
        let (sink, more) = self.source.executor.go_on(&mut *self.cursor, sink).await?;
        chunk::<M, P>(self, sink, more).await
    }
}

async fn chunk<M: Model, P: Projection<M>>(
    mut rest: Rest,
    sink: Box<dyn Sink>,
    more: More,
) -> Result<Chunk<P::Row>> {
    let Piece { rows, read, failed, .. } = Collect::<M, P>::loaded(sink, rest.source.skip.as_ref())?;
    rest.source.read += read;
    let rows = P::finish(rows, &rest.source.executor.clone().here()).await?;
    let goes_on = more == More::Maybe && failed.is_none();
    Ok(Chunk { rows: rows.into_iter(), failed, rest: goes_on.then_some(rest) })
}

impl Source {
    fn sink<M: Model, P: Projection<M>>(&self) -> Box<dyn Sink> {
        let mut sink = Collect::<M, P>::new(&self.executor, self.request.clone());
        sink.chunk = CHUNK;
        sink.most = self.executor.max_rows_buffered();
        sink.before = self.read;
        sink.skips = self.skip.is_some();
        Box::new(sink)
    }
}
