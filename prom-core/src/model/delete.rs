//! The end of a row.

use std::sync::Arc;

use super::find::by_key_value;
use super::view::View;
use super::{BoxFuture, Key, Model, stored};
use crate::Result;
use crate::query::{self, Request};
use crate::registry::{Executor, resolve};
use crate::schema::catalog::WriteMode;

/// A row on its way out; await it, or call [`delete`](Delete::delete).
#[must_use = "nothing is deleted until this is awaited"]
pub struct Delete<M> {
    row: M,
    on: Option<Executor>,
}

impl<M: Model<Key: Key>> Delete<M> {
    pub(super) fn new(row: M) -> Self {
        Self { row, on: None }
    }

    /// Deletes on that connection rather than where the row came from.
    pub fn on(mut self, executor: impl Into<Executor>) -> Self {
        self.on = Some(executor.into());
        self
    }

    /// Deletes the row. Gives whether it was still there.
    ///
    /// # Errors
    ///
    /// As [`Model::delete`].
    pub async fn delete(self) -> Result<bool> {
        let Self { row, on } = self;
        let executor = resolve(M::schema(), on.as_ref(), Some(row.__origin()))?;
        row.__before_delete().await?;
        let filter = vec![by_key_value::<M>(View::on(&row, &executor).key(&row)?)?];
        let mode = executor.writes(M::schema()).await?.map(|writes| writes.delete);
        if mode.is_some_and(|mode| mode != WriteMode::Direct) {
            return stored::delete::<M>(&executor, filter).await;
        }
        let request = Request::Delete(query::Delete::new(M::schema(), filter.clone()));
        if executor.execute(Arc::new(request)).await?.rows > 0 {
            return Ok(true);
        }
        if stored::exists::<M>(&executor, filter).await? {
            return Err(executor.kept(M::schema(), "deleted"));
        }
        Ok(false)
    }
}

impl<M: Model<Key: Key>> IntoFuture for Delete<M> {
    type Output = Result<bool>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.delete())
    }
}
