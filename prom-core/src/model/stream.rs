//! Rows one after the other, of one snapshot.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures_core::Stream;

use super::rows::Collect;
use super::{All, BoxFuture, Model, Projection, RawQuery};
use crate::Result;
use crate::interface::{Cursor, More};
use crate::query::Request;
use crate::registry::Executor;
use crate::row::Sink;

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
    rest: Option<Rest>,
}

struct Rest {
    cursor: Box<dyn Cursor>,
    executor: Executor,
}

impl<M: Model, P: Projection<M>> RowStream<M, P> {
    pub(super) fn new(query: RawQuery) -> Self {
        Self { state: State::Reading(Box::pin(first::<M, P>(query))) }
    }

    /// The next row, or `None` at the end.
    ///
    /// # Errors
    ///
    /// What the database says; after an error the stream is at its end.
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

async fn first<M: Model, P: Projection<M>>(query: RawQuery) -> Result<Chunk<P::Row>> {
    let (executor, select) = query.into_select()?;
    let request = Arc::new(Request::Select(select));
    let (cursor, sink, more) = executor.open_cursor(request, || sink::<M, P>(&executor)).await?;
    chunk::<M, P>(Rest { cursor, executor }, sink, more).await
}

impl Rest {
    async fn next<M: Model, P: Projection<M>>(mut self) -> Result<Chunk<P::Row>> {
        let (sink, more) = self.executor.go_on(&mut *self.cursor, sink::<M, P>(&self.executor)).await?;
        chunk::<M, P>(self, sink, more).await
    }
}

async fn chunk<M: Model, P: Projection<M>>(
    rest: Rest,
    sink: Box<dyn Sink>,
    more: More,
) -> Result<Chunk<P::Row>> {
    let rows = P::finish(Collect::<M, P>::loaded(sink)?.0, &rest.executor.clone().here()).await?;
    Ok(Chunk { rows: rows.into_iter(), rest: (more == More::Maybe).then_some(rest) })
}

fn sink<M: Model, P: Projection<M>>(executor: &Executor) -> Box<dyn Sink> {
    Box::new(Collect::<M, P>::new(executor.slot(), CHUNK, executor.max_rows_buffered()))
}
