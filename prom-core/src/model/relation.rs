//! From rows to the rows they refer to, and back: one query a step, never one a
//! row.

mod load;
mod many;
mod one;
mod through;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::rows::fetch;
use super::{All, BoxFuture, Key, Model, RawQuery};
use crate::query::{Direction, Request};
use crate::registry::Executor;
use crate::schema::FieldDef;
use crate::{Error, Field, Kind, Result, Value};

pub use load::{Load, Loaded, Loads};
pub use many::ToMany;
pub use one::{ToOne, ToOptional};
pub use through::Through;

/// A way from the rows of one model to those of another. The model attribute
/// makes one of each reference, `Subdivision::COUNTRY`, and with `reverse` one of
/// the way back, `Country::SUBDIVISIONS`.
///
/// It is a value, so that ways can be joined: with [`with`](ToMany::with) the
/// rows at its end bring others along, with [`through`](ToMany::through) it
/// leads past them.
pub trait Relation: Copy + Default + Send + Sync + 'static {
    /// The model that it starts from.
    type From: Model;

    /// The model that it leads to.
    type To: Model;

    /// What it gives for each row that it starts from.
    type Out: Send + 'static;

    /// What it gives for each of `rows`, in their order; `None` where a row went
    /// in the meantime that must be there.
    #[doc(hidden)]
    fn load<'a>(
        self,
        rows: &'a [Self::From],
        executor: &'a Executor,
    ) -> impl Future<Output = Result<Vec<Option<Self::Out>>>> + Send + 'a;

    /// Another of the same: several rows may refer to one.
    #[doc(hidden)]
    fn copy(out: &Self::Out) -> Result<Self::Out>;

    /// The field of the start that must be among what the select finds, when the
    /// end must meet the conditions of `inner`.
    #[doc(hidden)]
    fn narrow(self, inner: RawQuery) -> (&'static FieldDef, RawQuery);

    /// The error for one row alone, where [`load`](Relation::load) gives nothing.
    #[doc(hidden)]
    fn gone() -> Error {
        Error::new(Kind::NotFound, "what a row refers to is not there")
    }
}

/// A way on which the rows at its end bring along those that `relation` leads
/// to: `Country::SUBDIVISIONS.with(Subdivision::PARENT)`.
macro_rules! with {
    ($name:ident) => {
        impl<A, B, const AT: usize> $name<A, B, AT> {
            /// The same way; each row at its end brings along what `relation` leads to.
            #[must_use]
            pub const fn with<R: Relation>(self, relation: R) -> $name<A, B, AT, (R,)> {
                let _ = relation;
                $name::new()
            }
        }

        impl<A, B, const AT: usize, R1: Relation> $name<A, B, AT, (R1,)> {
            /// The same way; each row at its end brings along what `relation` leads to.
            #[must_use]
            pub const fn with<R: Relation>(self, relation: R) -> $name<A, B, AT, (R1, R)> {
                let _ = relation;
                $name::new()
            }
        }
    };
}

with!(ToOne);
with!(ToOptional);
with!(ToMany);

/// The index of a field in a schema, of what a relation goes over.
fn field<M: Model>(at: usize) -> &'static FieldDef {
    &M::schema().fields()[at]
}

/// A row's cell at `at`, as a key.
fn key_at<M: Model, K: Key>(row: &M, at: usize) -> Result<Option<K>> {
    match row.__value(at) {
        Value::Null => Ok(None),
        value => K::from_value(value).map(Some),
    }
}

/// The rows of `M` whose `field` is one of `values`, by key.
async fn rows_in<M: Model>(
    field: &'static FieldDef,
    values: Vec<Value>,
    executor: &Executor,
) -> Result<Vec<M>> {
    if values.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = RawQuery::new(M::schema());
    query.is_in(field, super::Operands::Values(values), true);
    if let Some(key) = M::schema().key() {
        query.sort(key, Direction::Up);
    }
    let select = query.into_bare()?;
    fetch::<M, All>(executor, Arc::new(Request::Select(select))).await
}

/// The key of `M`'s schema; a bound says that there is one.
fn key_field<M: Model<Key: Key>>() -> Result<&'static FieldDef> {
    M::schema()
        .key()
        .ok_or_else(|| Error::new(Kind::Invalid, format!("`{}` has no primary key", M::schema().model())))
}

/// A key as the database tells it from others: where its field ignores letter
/// case, keys that differ in nothing else are one.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Alike<K> {
    Text(String),
    Own(K),
}

/// `key`, of the field `field` or referring to it, to be found among others.
fn alike<K: Key>(field: &FieldDef, key: K) -> Alike<K> {
    match field.ignore_case.then(|| key.to_value()) {
        Some(Value::Text(mut it)) => {
            it.make_ascii_lowercase();
            Alike::Text(it)
        }
        _ => Alike::Own(key),
    }
}

/// The rows of the other end by their keys.
async fn by_key<M: Model<Key: Key>, L: Loads<M>>(
    field: &'static FieldDef,
    keys: impl Iterator<Item = &Alike<M::Key>>,
    executor: &Executor,
) -> Result<HashMap<Alike<M::Key>, L::Row>> {
    let keys: HashSet<&Alike<M::Key>> = keys.collect();
    let value = |it: &Alike<M::Key>| match it {
        Alike::Text(it) => Value::Text(it.clone()),
        Alike::Own(it) => it.to_value(),
    };
    let values = keys.into_iter().map(value).collect();
    let rows: Vec<M> = rows_in(field, values, executor).await?;
    let keys: Vec<_> = rows.iter().map(|it| alike(field, it.key().clone())).collect();
    let loaded = keys.into_iter().zip(L::load(rows, executor).await?);
    Ok(loaded.filter_map(|(key, row)| Some((key, row?))).collect())
}

/// What a relation gives for one row.
pub(super) fn related<R: Relation>(row: &R::From, relation: R) -> BoxFuture<'_, Result<R::Out>> {
    Box::pin(async move {
        let executor = crate::registry::resolve(R::To::schema(), None, Some(row.__origin()))?;
        let mut out = relation.load(std::slice::from_ref(row), &executor).await?;
        out.pop().flatten().ok_or_else(R::gone)
    })
}
