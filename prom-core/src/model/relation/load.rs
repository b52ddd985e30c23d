//! Rows that bring others along.

use std::marker::PhantomData;

use super::Relation;
use crate::model::{All, LoadContext, Model, Projection};
use crate::registry::Executor;
use crate::row::RowRef;
use crate::{Result, Value};

/// What rows of `M` bring along: nothing, or what up to four relations lead to.
pub trait Loads<M: Model>: Send + Sync + 'static {
    /// A row and what it brings along.
    type Row: Send + 'static;

    /// For each row; `None` where what it must refer to went in the meantime.
    #[doc(hidden)]
    fn load(rows: Vec<M>, executor: &Executor)
    -> impl Future<Output = Result<Vec<Option<Self::Row>>>> + Send;

    #[doc(hidden)]
    fn copy(row: &Self::Row) -> Result<Self::Row>;
}

impl<M: Model> Loads<M> for () {
    type Row = M;

    fn load(rows: Vec<M>, _: &Executor) -> impl Future<Output = Result<Vec<Option<M>>>> + Send {
        std::future::ready(Ok(rows.into_iter().map(Some).collect()))
    }

    fn copy(row: &M) -> Result<M> {
        row.__copy()
    }
}

macro_rules! loads {
    ($(($($name:ident $out:ident),*)),* $(,)?) => { $(
        impl<M: Model, $($name: Relation<From = M>),*> Loads<M> for ($($name,)*) {
            type Row = (M, $($name::Out),*);

            async fn load(rows: Vec<M>, executor: &Executor) -> Result<Vec<Option<Self::Row>>> {
                $(let mut $out = $name::default().load(&rows, executor).await?.into_iter();)*
                let mut loaded = Vec::with_capacity(rows.len());
                for row in rows {
                    // Each of them moves on, whatever the others give.
                    $(let $out = $out.next().flatten();)*
                    loaded.push(match ($($out,)*) {
                        ($(Some($out),)*) => Some((row, $($out),*)),
                        _ => None,
                    });
                }
                Ok(loaded)
            }

            fn copy((row, $($out),*): &Self::Row) -> Result<Self::Row> {
                Ok((row.__copy()?, $($name::copy($out)?),*))
            }
        }
    )* };
}

loads!((A a), (A a, B b), (A a, B b, C c), (A a, B b, C c, D d));

/// A query gives rows and what they bring along, as tuples.
#[derive(Debug)]
pub struct Loaded<L>(PhantomData<fn() -> L>);

impl<M: Model, L: Loads<M>> Projection<M> for Loaded<L> {
    type Base = M;
    type Row = L::Row;

    fn decode(row: &dyn RowRef, context: &LoadContext) -> Result<M> {
        M::__from_row(row, context)
    }

    fn key(row: &dyn RowRef) -> Option<(&'static str, Value)> {
        crate::model::key_of::<M>(row)
    }

    fn after_load(row: &mut M) -> Result<()> {
        row.__after_load()
    }

    async fn finish(rows: Vec<M>, executor: &Executor) -> Result<Vec<L::Row>> {
        Ok(L::load(rows, executor).await?.into_iter().flatten().collect())
    }
}

/// How a query's rows change when they bring along what `R` leads to.
#[diagnostic::on_unimplemented(
    message = "`with(..)` cannot follow what this query already gives",
    note = "a query brings along four relations at the most, and none beside selected columns"
)]
pub trait Load<R> {
    /// What they are then.
    type Next;
}

impl<R> Load<R> for All {
    type Next = Loaded<(R,)>;
}

impl<A, R> Load<R> for Loaded<(A,)> {
    type Next = Loaded<(A, R)>;
}

impl<A, B, R> Load<R> for Loaded<(A, B)> {
    type Next = Loaded<(A, B, R)>;
}

impl<A, B, C, R> Load<R> for Loaded<(A, B, C)> {
    type Next = Loaded<(A, B, C, R)>;
}
