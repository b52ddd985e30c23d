//! A row by its key.

use std::sync::Arc;

use super::query::comparison;
use super::rows::fetch;
use super::save::gone;
use super::view::View;
use super::{All, BoxFuture, IntoValue, Key, Model, RowConnections};
use crate::query::{Compare, Filter, Request, Select};
use crate::registry::{Executor, resolve};
use crate::schema::Comparand;
use crate::{Error, Kind, Result, Value};

/// The condition that only the row of that key meets.
pub(super) fn by_key_value<M: Model>(key: Value) -> Result<Filter> {
    let schema = M::schema();
    match schema.key() {
        Some(field) => Ok(comparison(field, Compare::Eq, Comparand::of(field, key))),
        None => Err(Error::new(Kind::Invalid, format!("`{}` has no primary key", schema.model()))
            .with_model(schema.model())),
    }
}

fn select<M: Model>(filter: Filter) -> Arc<Request> {
    let mut select = Select::new(M::schema());
    select.filter.push(filter);
    Arc::new(Request::Select(select))
}

/// A row that is looked for by its key; await it, or call [`get`](Find::get).
#[must_use = "nothing is looked for until this is awaited"]
pub struct Find<M> {
    key: Value,
    on: Option<Executor>,
    rows: RowConnections,
    model: std::marker::PhantomData<fn() -> M>,
}

impl<M: Model<Key: Key>> Find<M> {
    pub(super) fn new(key: impl IntoValue<M::Key>) -> Self {
        let mut rows = RowConnections::default();
        if let Some(connection) = key.__connection() {
            rows.add(connection);
        }
        Self { key: key.into_value(), on: None, rows, model: std::marker::PhantomData }
    }

    /// Looks on that connection.
    pub fn on(mut self, executor: impl Into<Executor>) -> Self {
        self.on = Some(executor.into());
        self
    }

    /// The row, if there is one.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn get(self) -> Result<Option<M>> {
        let executor = M::home(self.on.as_ref())?;
        if self.on.is_none() {
            self.rows.check(M::schema(), &executor)?;
        }
        let request = select::<M>(by_key_value::<M>(self.key)?);
        Ok(fetch::<M, All>(&executor, request).await?.pop())
    }
}

impl<M: Model<Key: Key>> IntoFuture for Find<M> {
    type Output = Result<Option<M>>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.get())
    }
}

/// A row that is read anew; await it, or call [`get`](Reload::get).
#[must_use = "nothing is read until this is awaited"]
pub struct Reload<'a, M> {
    row: &'a mut M,
    on: Option<Executor>,
}

impl<'a, M: Model<Key: Key>> Reload<'a, M> {
    pub(super) fn new(row: &'a mut M) -> Self {
        Self { row, on: None }
    }

    /// Reads it from that connection rather than from where it came.
    pub fn on(mut self, executor: impl Into<Executor>) -> Self {
        self.on = Some(executor.into());
        self
    }

    /// Reads the row anew.
    ///
    /// # Errors
    ///
    /// As [`Model::reload`].
    pub async fn get(self) -> Result<()> {
        let Self { row, on } = self;
        let executor = resolve(M::schema(), on.as_ref(), Some(row.__origin()))?;
        let view = View::on(&*row, &executor);
        let request = select::<M>(by_key_value::<M>(view.key(&*row)?)?);
        let mut read = fetch::<M, All>(&executor, request).await?.pop().ok_or_else(gone::<M>)?;
        read.__set_uncommitted(view.reloaded(&*row, &read));
        *row = read;
        Ok(())
    }
}

impl<'a, M: Model<Key: Key>> IntoFuture for Reload<'a, M> {
    type Output = Result<()>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.get())
    }
}
