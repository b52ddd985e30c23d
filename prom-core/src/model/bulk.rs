//! Changes to all rows that a query finds.

use std::marker::PhantomData;
use std::sync::Arc;

use super::rows::fetch;
use super::{All, BoxFuture, Model, RawQuery};
use crate::query::{self, Delete, Request, Update};
use crate::{Connection, Result};

/// A change to all rows that a query finds; await it for their number, or say
/// [`returning`](BulkUpdate::returning) for the rows.
#[must_use = "nothing is changed until this is awaited"]
pub struct BulkUpdate<M> {
    query: RawQuery,
    all: bool,
    model: PhantomData<fn() -> M>,
}

impl<M: Model> BulkUpdate<M> {
    pub(super) fn new(query: RawQuery, all: bool) -> Self {
        Self { query, all, model: PhantomData }
    }

    fn request(self) -> Result<(Connection, Update)> {
        self.query.into_update(self.all)
    }

    /// The changed rows, as they are then, instead of their number.
    pub fn returning(self) -> Returning<M> {
        Returning::new(self.request().map(|(connection, mut update)| {
            update.returning = query::Returning::Rows;
            (connection, Request::Update(update))
        }))
    }

    /// Changes the rows and gives their number.
    ///
    /// # Errors
    ///
    /// As [`Query::update`](super::Query::update).
    pub async fn run(self) -> Result<u64> {
        let (connection, update) = self.request()?;
        Ok(connection.execute(Arc::new(Request::Update(update))).await?.rows)
    }
}

impl<M: Model> IntoFuture for BulkUpdate<M> {
    type Output = Result<u64>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

/// The end of all rows that a query finds; await it for their number, or say
/// [`returning`](BulkDelete::returning) for the rows.
#[must_use = "nothing is deleted until this is awaited"]
pub struct BulkDelete<M> {
    query: RawQuery,
    all: bool,
    model: PhantomData<fn() -> M>,
}

impl<M: Model> BulkDelete<M> {
    pub(super) fn new(query: RawQuery, all: bool) -> Self {
        Self { query, all, model: PhantomData }
    }

    fn request(self) -> Result<(Connection, Delete)> {
        self.query.into_delete(self.all)
    }

    /// The deleted rows, as they were, instead of their number.
    pub fn returning(self) -> Returning<M> {
        Returning::new(self.request().map(|(connection, mut delete)| {
            delete.returning = query::Returning::Rows;
            (connection, Request::Delete(delete))
        }))
    }

    /// Deletes the rows and gives their number.
    ///
    /// # Errors
    ///
    /// As [`Query::delete`](super::Query::delete).
    pub async fn run(self) -> Result<u64> {
        let (connection, delete) = self.request()?;
        Ok(connection.execute(Arc::new(Request::Delete(delete))).await?.rows)
    }
}

impl<M: Model> IntoFuture for BulkDelete<M> {
    type Output = Result<u64>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

/// A change whose rows are wanted back; await it, or call
/// [`run`](Returning::run).
#[must_use = "nothing is changed until this is awaited"]
pub struct Returning<M> {
    request: Result<(Connection, Request)>,
    model: PhantomData<fn() -> M>,
}

impl<M: Model> Returning<M> {
    fn new(request: Result<(Connection, Request)>) -> Self {
        Self { request, model: PhantomData }
    }

    /// Makes the change and gives the rows, in no order.
    ///
    /// # Errors
    ///
    /// As the change itself.
    pub async fn run(self) -> Result<Vec<M>> {
        let (connection, request) = self.request?;
        fetch::<M, All>(&connection, Arc::new(request)).await
    }
}

impl<M: Model> IntoFuture for Returning<M> {
    type Output = Result<Vec<M>>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}
