//! Many rows, read at once.

use std::any::Any;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use super::{All, Model, Projection};
use crate::query::Request;
use crate::registry::Executor;
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
    executor: &Executor,
    request: Arc<Request>,
) -> Result<Vec<P::Row>> {
    Ok(fetch_some::<M, P>(executor, request, usize::MAX).await?.0)
}

/// The first `keep` rows of a select, and whether there are more: the next is
/// not decoded.
pub(super) async fn fetch_some<M: Model, P: Projection<M>>(
    executor: &Executor,
    request: Arc<Request>,
    keep: usize,
) -> Result<(Vec<P::Row>, bool)> {
    let origin = executor.slot();
    let empty = || Collect::<M, P> { keep, ..Collect::new(origin, usize::MAX, usize::MAX) };
    let sink = executor.fetch(request, || Box::new(empty())).await?;
    let (rows, has_more) = Collect::<M, P>::loaded(sink)?;
    Ok((P::finish(rows, executor).await?, has_more))
}

/// The rows that a write gives back, or that were just written, as they are stored:
/// no hook is run, since nothing was loaded.
pub(super) async fn fetch_stored<M: Model>(executor: &Executor, request: Request) -> Result<Vec<M>> {
    let origin = executor.slot();
    let empty = || Collect::<M, All>::new(origin, usize::MAX, usize::MAX);
    let sink = executor.fetch(Arc::new(request), || Box::new(empty())).await?;
    Ok(came_back::<Collect<M, All>>(sink)?.rows)
}

/// Decodes rows where they are read, and collects them.
pub(super) struct Collect<M: Model, P: Projection<M>> {
    rows: Vec<P::Base>,
    origin: u32,
    /// Says to pause at so many rows.
    chunk: usize,
    /// Refuses more rows than this.
    most: usize,
    /// Stops after so many rows, and notes that there are more.
    keep: usize,
    has_more: bool,
}

impl<M: Model, P: Projection<M>> Collect<M, P> {
    pub(super) fn new(origin: u32, chunk: usize, most: usize) -> Self {
        Self { rows: Vec::new(), origin, chunk, most, keep: usize::MAX, has_more: false }
    }

    /// The rows that a sink brought back, after their hooks ran, and whether
    /// there are more than it was to keep.
    pub(super) fn loaded(sink: Box<dyn Sink>) -> Result<(Vec<P::Base>, bool)> {
        let Self { mut rows, has_more, .. } = *came_back::<Self>(sink)?;
        for row in &mut rows {
            P::after_load(row)?;
        }
        Ok((rows, has_more))
    }
}

impl<M: Model, P: Projection<M>> Sink for Collect<M, P> {
    fn row(&mut self, row: &dyn RowRef) -> Result<Flow> {
        if self.rows.len() >= self.keep {
            self.has_more = true;
            return Ok(Flow::Stop);
        }
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
