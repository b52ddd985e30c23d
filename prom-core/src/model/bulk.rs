//! Changes to all rows that a query finds.

use std::marker::PhantomData;
use std::sync::Arc;

use super::rows::fetch_written;
use super::{BoxFuture, Model, RawQuery, stored};
use crate::query::{self, Request};
use crate::{Executor, Result};

/// A change to all rows that a query finds, or their end; await it for their
/// number, or say [`returning`](Bulk::returning) for the rows.
#[must_use = "nothing is changed until this is awaited"]
pub struct Bulk<M> {
    query: RawQuery,
    change: Change,
    model: PhantomData<fn() -> M>,
}

/// What happens to the rows, and whether all may be meant.
#[derive(Debug, Clone, Copy)]
pub(super) enum Change {
    Update,
    UpdateAll,
    Delete,
    DeleteAll,
}

impl<M: Model> Bulk<M> {
    pub(super) fn new(query: RawQuery, change: Change) -> Self {
        Self { query, change, model: PhantomData }
    }

    /// The rows instead of their number: as they are after an update, as they
    /// were before their end.
    pub fn returning(self) -> Returning<M> {
        Returning(self)
    }

    fn request(self, returning: query::Returning) -> Result<(Executor, Request)> {
        let all = matches!(self.change, Change::UpdateAll | Change::DeleteAll);
        let (executor, request) = match self.change {
            Change::Update | Change::UpdateAll => {
                let (executor, mut update) = self.query.into_update(all)?;
                update.returning = returning;
                (executor, Request::Update(update))
            }
            Change::Delete | Change::DeleteAll => {
                let (executor, mut delete) = self.query.into_delete(all)?;
                delete.returning = returning;
                (executor, Request::Delete(delete))
            }
        };
        Ok((executor, request))
    }

    /// Makes the change and gives the number of rows.
    ///
    /// # Errors
    ///
    /// As [`Query::update`](super::Query::update) and
    /// [`Query::delete`](super::Query::delete).
    pub async fn run(self) -> Result<u64> {
        let (executor, request) = self.request(query::Returning::Nothing)?;
        if let Some(writes) = executor.writes(M::schema()).await? {
            if let Request::Update(update) = &request {
                writes.check_update(update)?;
            }
            return stored::change_many::<M>(&executor, request, &writes).await;
        }
        Ok(executor.execute(Arc::new(request)).await?.rows)
    }
}

impl<M: Model> IntoFuture for Bulk<M> {
    type Output = Result<u64>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

/// A change whose rows are wanted back; await it, or call
/// [`run`](Returning::run).
#[must_use = "nothing is changed until this is awaited"]
pub struct Returning<M>(Bulk<M>);

impl<M: Model> Returning<M> {
    /// Makes the change and gives the rows, in no order, after the model's
    /// [`after_load`](super::Hooks::after_load) ran for each of them.
    ///
    /// # Errors
    ///
    /// As the change itself; and what the hook refuses, which undoes the change.
    pub async fn run(self) -> Result<Vec<M>> {
        let (executor, request) = self.0.request(query::Returning::Rows)?;
        fetch_written(&executor, Arc::new(request)).await
    }
}

impl<M: Model> IntoFuture for Returning<M> {
    type Output = Result<Vec<M>>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}
