//! From a row to those that refer to it.

use std::collections::HashMap;
use std::marker::PhantomData;

use super::{Alike, Loads, Relation, alike, field, key_at, key_field, rows_in};
use crate::model::{Key, Model, RawQuery};
use crate::registry::Executor;
use crate::schema::FieldDef;
use crate::{Field, Result};

/// From a row of `P` to those of `C` whose field at `AT` refers to it:
/// `Country::SUBDIVISIONS`. They come by key.
pub struct ToMany<P, C, const AT: usize, L = ()>(PhantomData<fn(P, C) -> L>);

impl<P, C, const AT: usize, L> ToMany<P, C, AT, L> {
    #[doc(hidden)]
    #[must_use]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<P, C, const AT: usize, L> Default for ToMany<P, C, AT, L> {
    fn default() -> Self {
        Self::new()
    }
}

impl<P, C, const AT: usize, L> Clone for ToMany<P, C, AT, L> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P, C, const AT: usize, L> Copy for ToMany<P, C, AT, L> {}

impl<P, C, const AT: usize, L> std::fmt::Debug for ToMany<P, C, AT, L> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ToMany")
    }
}

impl<P, C, const AT: usize, L> Relation for ToMany<P, C, AT, L>
where
    P: Model<Key: Key>,
    C: Model,
    L: Loads<C>,
{
    type From = P;
    type To = C;
    type Out = Vec<L::Row>;

    async fn load(self, rows: &[P], executor: &Executor) -> Result<Vec<Option<Vec<L::Row>>>> {
        let key = key_field::<P>()?;
        let keys = rows.iter().map(|it| it.key().to_value()).collect();
        let children: Vec<C> = rows_in(field::<C>(AT), keys, executor).await?;
        let parents: Vec<Option<P::Key>> = children.iter().map(|it| key_at(it, AT)).collect::<Result<_>>()?;
        let mut families: HashMap<Alike<P::Key>, Vec<L::Row>> = HashMap::new();
        for (parent, child) in parents.into_iter().zip(L::load(children, executor).await?) {
            if let (Some(parent), Some(child)) = (parent, child) {
                families.entry(alike(key, parent)).or_default().push(child);
            }
        }
        let family = |row: &P| families.remove(&alike(key, row.key().clone())).unwrap_or_default();
        Ok(rows.iter().map(family).map(Some).collect())
    }

    fn copy(out: &Vec<L::Row>) -> Result<Vec<L::Row>> {
        out.iter().map(L::copy).collect()
    }

    fn narrow(self, mut inner: RawQuery) -> (&'static FieldDef, RawQuery) {
        inner.column(crate::query::Column::Field(field::<C>(AT)));
        match key_field::<P>() {
            Ok(key) => (key, inner),
            // The bound on the key says that there is one; the query keeps the error.
            Err(error) => {
                inner.mistake(error);
                (field::<C>(AT), inner)
            }
        }
    }
}
