//! Many rows, read at once.

use std::any::Any;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use super::{Model, Projection};
use crate::query::Request;
use crate::registry::Connection;
use crate::row::{Flow, RowRef, Sink};
use crate::{Error, Kind, Result};

/// The rows of a query: a vector that also knows whether there are more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rows<T> {
    rows: Vec<T>,
    has_more: bool,
}

impl<T> Rows<T> {
    pub(super) fn new(rows: Vec<T>, has_more: bool) -> Self {
        Self { rows, has_more }
    }

    /// Whether the limit left rows out. Without a limit, it never does.
    pub fn has_more(&self) -> bool {
        self.has_more
    }

    /// The rows, as a vector.
    pub fn into_vec(self) -> Vec<T> {
        self.rows
    }
}

impl<T> Deref for Rows<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.rows
    }
}

impl<T> DerefMut for Rows<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.rows
    }
}

impl<T> IntoIterator for Rows<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.rows.into_iter()
    }
}

impl<'a, T> IntoIterator for &'a Rows<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.rows.iter()
    }
}

impl<'a, T> IntoIterator for &'a mut Rows<T> {
    type Item = &'a mut T;
    type IntoIter = std::slice::IterMut<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.rows.iter_mut()
    }
}

impl<T> From<Rows<T>> for Vec<T> {
    fn from(rows: Rows<T>) -> Self {
        rows.rows
    }
}

/// The rows of a select.
pub(super) async fn fetch<M: Model, P: Projection<M>>(
    connection: &Connection,
    request: Arc<Request>,
) -> Result<Vec<P::Row>> {
    let origin = connection.slot();
    let sink =
        connection.fetch(request, || Box::new(Collect::<M, P>::new(origin, usize::MAX, usize::MAX))).await?;
    P::finish(Collect::<M, P>::loaded(sink)?, connection).await
}

/// Decodes rows where they are read, and collects them.
pub(super) struct Collect<M: Model, P: Projection<M>> {
    rows: Vec<P::Base>,
    origin: u32,
    /// Says to pause at so many rows.
    chunk: usize,
    /// Refuses more rows than this.
    most: usize,
}

impl<M: Model, P: Projection<M>> Collect<M, P> {
    pub(super) fn new(origin: u32, chunk: usize, most: usize) -> Self {
        Self { rows: Vec::new(), origin, chunk, most }
    }

    /// The rows that a sink brought back, after their hooks ran.
    pub(super) fn loaded(sink: Box<dyn Sink>) -> Result<Vec<P::Base>> {
        let mut rows = came_back::<Self>(sink)?.rows;
        for row in &mut rows {
            P::after_load(row)?;
        }
        Ok(rows)
    }
}

impl<M: Model, P: Projection<M>> Sink for Collect<M, P> {
    fn row(&mut self, row: &dyn RowRef) -> Result<Flow> {
        if self.rows.len() >= self.most {
            return Err(too_many::<M>(self.most));
        }
        self.rows.push(P::decode(row, self.origin)?);
        Ok(if self.rows.len() >= self.chunk { Flow::Pause } else { Flow::Continue })
    }
}

#[cold]
fn too_many<M: Model>(most: usize) -> Error {
    let model = M::schema().model();
    Error::new(
        Kind::Invalid,
        format!(
            "the stream would hold more than {most} rows of `{model}` in memory, since no connection could be \
             kept for it; raise `max_rows_buffered` in the DSN, or read it in pages"
        ),
    )
    .with_model(model)
}

/// The sink that was sent, as the type that it was.
pub(crate) fn came_back<S: Sink>(sink: Box<dyn Sink>) -> Result<Box<S>> {
    let sink: Box<dyn Any> = sink;
    sink.downcast::<S>()
        .map_err(|_| Error::new(Kind::Invalid, "the interface gave back another sink than it was given"))
}
