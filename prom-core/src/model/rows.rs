//! Many rows, read at once.

use std::any::Any;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use super::{All, LoadContext, Model, Projection, stored};
use crate::query::{Aggregate, Column, Output, Request, Select};
use crate::registry::Executor;
use crate::row::{Flow, RowRef, Sink, SkipReport, in_row};
use crate::schema::catalog::WriteMode;
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
    Ok(fetch_some::<M, P>(executor, request, usize::MAX, None).await?.0)
}

/// The first `keep` rows of a select, and whether there are more: the next is
/// not decoded. `skip` is told of those that cannot be decoded, and they are left
/// out.
pub(super) async fn fetch_some<M: Model, P: Projection<M>>(
    executor: &Executor,
    request: Arc<Request>,
    keep: usize,
    skip: Option<&SkipReport>,
) -> Result<(Vec<P::Row>, bool)> {
    let empty = || Collect::<M, P> { keep, skips: skip.is_some(), ..Collect::new(executor, request.clone()) };
    let sink = executor.fetch(request.clone(), || Box::new(empty())).await?;
    let piece = Collect::<M, P>::loaded(sink, skip)?;
    match piece.failed {
        Some(error) => Err(error),
        None => Ok((P::finish(piece.rows, executor).await?, piece.has_more)),
    }
}

/// The rows that a write gives. Where one of them cannot be decoded, or its hook
/// refuses it, nothing was written: the write is undone with the transaction that
/// it is in, which is one of its own if none is open.
pub(super) async fn fetch_written<M: Model>(executor: &Executor, request: Arc<Request>) -> Result<Vec<M>> {
    let writes = executor.writes(M::schema()).await?;
    if let (Some(writes), Request::Update(update)) = (&writes, &*request) {
        writes.check_update(update)?;
    }
    if writes.is_some_and(|writes| writes.mode(&request) != WriteMode::Direct) {
        return stored::written(executor, request).await;
    }
    if !M::HAS_HOOKS {
        return fetch::<M, All>(executor, request).await;
    }
    if executor.scope().is_some() {
        return fetch_checked(executor, request).await;
    }
    executor.atomically(move |executor| Box::pin(fetch_checked::<M>(executor, request.clone()))).await
}

async fn fetch_checked<M: Model>(executor: &Executor, request: Arc<Request>) -> Result<Vec<M>> {
    let empty = || Collect::<M, All>::new(executor, request.clone());
    let check: fn(_) -> _ = |sink| {
        let piece = Collect::<M, All>::loaded(sink, None)?;
        piece.failed.map_or(Ok(piece.rows), Err)
    };
    executor.fetch_checked(request.clone(), || Box::new(empty()), check).await
}

/// What a sink brought back.
pub(super) struct Piece<T> {
    pub(super) rows: Vec<T>,
    /// How many rows were read, with those that were left out.
    pub(super) read: u64,
    has_more: bool,
    /// What was wrong with the row behind them.
    pub(super) failed: Option<Error>,
}

/// The rows that a write gives back, or that were just written, as they are stored:
/// no hook is run, since nothing was loaded.
pub(super) async fn fetch_stored<M: Model>(executor: &Executor, request: Arc<Request>) -> Result<Vec<M>> {
    let empty = || Collect::<M, All>::new(executor, request.clone());
    let sink = executor.fetch(request.clone(), || Box::new(empty())).await?;
    let Collect { rows, failed, .. } = *came_back::<Collect<M, All>>(sink)?;
    failed.map_or(Ok(rows), Err)
}

/// Decodes rows where they are read, and collects them.
pub(super) struct Collect<M: Model, P: Projection<M>> {
    rows: Vec<P::Base>,
    request: Arc<Request>,
    context: LoadContext,
    /// Says to pause at so many rows.
    pub(super) chunk: usize,
    /// Refuses more rows than this.
    pub(super) most: usize,
    /// Stops after so many rows, and notes that there are more.
    keep: usize,
    has_more: bool,
    /// How many rows of the result were read before.
    pub(super) before: u64,
    /// Whether rows that cannot be decoded are left out.
    pub(super) skips: bool,
    /// What was wrong with those.
    skipped: Vec<Error>,
    /// What was wrong with a row that is not left out; there is none behind it.
    failed: Option<Error>,
}

impl<M: Model, P: Projection<M>> Collect<M, P> {
    /// To be made once the statement has its turn: rows remember what ran before it in
    /// its transaction.
    pub(super) fn new(executor: &Executor, request: Arc<Request>) -> Self {
        Self {
            rows: Vec::new(),
            request,
            context: LoadContext::read(executor),
            chunk: usize::MAX,
            most: usize::MAX,
            keep: usize::MAX,
            has_more: false,
            before: 0,
            skips: false,
            skipped: Vec::new(),
            failed: None,
        }
    }

    /// The rows that a sink brought back, after their hooks ran, and whether
    /// there are more than it was to keep. They end before the first that is
    /// refused; `skip` is told of those that were left out.
    pub(super) fn loaded(sink: Box<dyn Sink>, skip: Option<&SkipReport>) -> Result<Piece<P::Base>> {
        let Self { mut rows, skipped, has_more, mut failed, .. } = *came_back::<Self>(sink)?;
        let read = (rows.len() + skipped.len()) as u64;
        if let Some(skip) = skip {
            skip.report(skipped);
        }
        let mut end = rows.len();
        for (at, row) in rows.iter_mut().enumerate() {
            if let Err(error) = P::after_load(row) {
                (end, failed) = (at, Some(error));
                break;
            }
        }
        rows.truncate(end);
        Ok(Piece { rows, read, has_more, failed })
    }

    /// What becomes of a row that cannot be decoded.
    #[cold]
    fn undecodable(&mut self, error: Error, row: &dyn RowRef) -> Result<Flow> {
        let number = self.before + (self.rows.len() + self.skipped.len()) as u64;
        let error = in_row(in_column(error, &self.request), number, P::key(row));
        if self.skips && error.kind() == Kind::Decode {
            self.skipped.push(error);
            return Ok(self.flow());
        }
        if !self.request.is_read() {
            // The backend undoes the change that gave the row.
            return Err(error);
        }
        self.failed = Some(error);
        // Of a backend that cannot stop, no further row is taken.
        self.keep = 0;
        Ok(Flow::Stop)
    }

    fn flow(&self) -> Flow {
        if self.rows.len() + self.skipped.len() >= self.chunk { Flow::Pause } else { Flow::Continue }
    }
}

impl<M: Model, P: Projection<M>> Sink for Collect<M, P> {
    fn row(&mut self, row: &dyn RowRef) -> Result<Flow> {
        let read = self.rows.len() + self.skipped.len();
        if read >= self.keep {
            self.has_more = true;
            return Ok(Flow::Stop);
        }
        if read >= self.most {
            return Err(too_many::<M>(self.most));
        }
        let decoded = P::decode(row, &self.context);
        let decoded = decoded.and_then(|mut row| P::give_types(&mut row, &self.request).map(|()| row));
        match decoded {
            Ok(row) => self.rows.push(row),
            Err(error) => return self.undecodable(error, row),
        }
        Ok(self.flow())
    }
}

/// The error of a column that was selected, with what it is.
fn in_column(error: Error, request: &Request) -> Error {
    let Some(at) = error.column() else { return error };
    let number = at + 1;
    let Request::Select(Select { schema, output, .. }) = request else {
        return error.context(format_args!("column {number} of the result cannot be read"));
    };
    let (what, field) = match output {
        Output::Rows => ("", schema.fields().get(at)),
        Output::Columns(columns) => match columns.get(at) {
            Some(Column::Field(field)) => ("", Some(*field)),
            Some(Column::Aggregate(aggregate, field)) => (words(*aggregate), Some(*field)),
            _ => ("", None),
        },
    };
    let model = schema.model();
    match field {
        Some(field) => error
            .context(format_args!(
                "{what}`{model}.{}`, column {number} of the selection, cannot be read",
                field.name
            ))
            .with_field(field.name),
        None => error.context(format_args!("column {number} of the selection cannot be read")),
    }
    .with_model(model)
}

fn words(aggregate: Aggregate) -> &'static str {
    match aggregate {
        Aggregate::Sum => "the sum of ",
        Aggregate::Avg => "the mean of ",
        Aggregate::Min => "the least ",
        Aggregate::Max => "the greatest ",
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
