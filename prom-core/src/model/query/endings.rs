//! What a query is run for.

use std::sync::Arc;

use super::RawQuery;
use super::tie_break::settle;
use crate::model::rows::{came_back, fetch, fetch_some};
use crate::model::{Model, Projection, Rows};
use crate::query::{Request, Select, Want};
use crate::registry::Executor;
use crate::row::{Flow, RowRef, Sink};
use crate::{Error, Field, Kind, Result};

impl RawQuery {
    pub(super) async fn get<M: Model, P: Projection<M>>(mut self) -> Result<Rows<P::Row>> {
        let skip = self.skip.take();
        let (executor, mut select) = self.into_select()?;
        if select.bounds.limit == Some(0) {
            select.bounds.limit = None;
            return Ok(Rows::new(Vec::new(), has(&executor, select).await?));
        }
        let limit = select.bounds.limit.map(|limit| usize::try_from(limit).unwrap_or(usize::MAX));
        look_ahead(&mut select);
        let keep = limit.unwrap_or(usize::MAX);
        let request = Arc::new(Request::Select(select));
        let (rows, has_more) = fetch_some::<M, P>(&executor, request, keep, skip.as_ref()).await?;
        Ok(Rows::new(rows, has_more))
    }

    pub(super) async fn one<M: Model, P: Projection<M>>(mut self) -> Result<Option<P::Row>> {
        let skip = self.skip.take();
        let (executor, mut select) = self.into_select()?;
        settle(&mut select);
        select.bounds.limit = Some(select.bounds.limit.unwrap_or(1).min(1));
        let request = Arc::new(Request::Select(select));
        Ok(fetch_some::<M, P>(&executor, request, 1, skip.as_ref()).await?.0.pop())
    }

    pub(super) async fn only<M: Model, P: Projection<M>>(self) -> Result<P::Row> {
        let (executor, mut select) = self.into_select()?;
        select.bounds.limit = Some(select.bounds.limit.unwrap_or(2).min(2));
        let mut rows = fetch::<M, P>(&executor, Arc::new(Request::Select(select))).await?;
        let model = M::schema().model();
        match (rows.pop(), rows.pop()) {
            (Some(row), None) => Ok(row),
            (None, _) => Err(Error::new(Kind::NotFound, format!("no row of `{model}` meets the conditions"))),
            (Some(_), Some(_)) => Err(Error::new(
                Kind::Ambiguous,
                format!("several rows of `{model}` meet the conditions, where only one was expected"),
            )),
        }
        .map_err(|error| error.with_model(model))
    }

    pub(super) async fn count(self) -> Result<u64> {
        let (executor, mut select) = self.into_select()?;
        select.want = Want::Count;
        select.sort.clear();
        let count: i64 = scalar(&executor, select).await?;
        u64::try_from(count).map_err(|_| Error::new(Kind::Decode, "the interface counted less than no rows"))
    }

    pub(super) async fn has(self) -> Result<bool> {
        let (executor, select) = self.into_select()?;
        has(&executor, select).await
    }
}

/// What `get` sends: one row more than the limit tells whether there are more.
pub(super) fn look_ahead(select: &mut Select) {
    if let Some(limit) = select.bounds.limit {
        settle(select);
        select.bounds.limit = Some(limit.saturating_add(1));
    }
}

/// Whether a query finds a row.
pub(in crate::model) async fn has(executor: &Executor, mut select: Select) -> Result<bool> {
    select.want = Want::Exists;
    select.sort.clear();
    scalar(executor, select).await
}

/// The one cell of a result of one row.
async fn scalar<T: Field>(executor: &Executor, select: Select) -> Result<T> {
    let request = Arc::new(Request::Select(select));
    let sink = executor.fetch(request, || Box::new(Cell::<T>(None))).await?;
    let cell = came_back::<Cell<T>>(sink)?.0;
    cell.ok_or_else(|| Error::new(Kind::Decode, "the interface gave no row where there is always one"))
}

struct Cell<T>(Option<T>);

impl<T: Field> Sink for Cell<T> {
    fn row(&mut self, row: &dyn RowRef) -> Result<Flow> {
        self.0 = Some(T::decode(row.get(0)?)?);
        Ok(Flow::Continue)
    }

    fn clear(&mut self) {
        self.0 = None;
    }
}
