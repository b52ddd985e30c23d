//! From a row to the one that it refers to.

use std::collections::HashMap;
use std::marker::PhantomData;

use super::{Alike, Loads, Relation, alike, by_key, field, key_at, key_field};
use crate::model::{Key, Model, RawQuery};
use crate::registry::Executor;
use crate::schema::FieldDef;
use crate::{Error, Kind, Result};

macro_rules! to_one {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        pub struct $name<C, P, const AT: usize, L = ()>(PhantomData<fn(C, P) -> L>);

        impl<C, P, const AT: usize, L> $name<C, P, AT, L> {
            #[doc(hidden)]
            #[must_use]
            pub const fn new() -> Self {
                Self(PhantomData)
            }
        }

        impl<C, P, const AT: usize, L> Default for $name<C, P, AT, L> {
            fn default() -> Self {
                Self::new()
            }
        }

        impl<C, P, const AT: usize, L> Clone for $name<C, P, AT, L> {
            fn clone(&self) -> Self {
                *self
            }
        }

        impl<C, P, const AT: usize, L> Copy for $name<C, P, AT, L> {}

        impl<C, P, const AT: usize, L> std::fmt::Debug for $name<C, P, AT, L> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(stringify!($name))
            }
        }
    };
}

to_one! {
    /// From a row to the one that its field at `AT` refers to: `Subdivision::COUNTRY`.
    ToOne
}

to_one! {
    /// The same where the field may be empty.
    ToOptional
}

impl<C, P, const AT: usize, L> Relation for ToOne<C, P, AT, L>
where
    C: Model,
    P: Model<Key: Key>,
    L: Loads<P>,
{
    type From = C;
    type To = P;
    type Out = L::Row;

    async fn load(self, rows: &[C], executor: &Executor) -> Result<Vec<Option<L::Row>>> {
        let found = ToOptional::<C, P, AT, L>::new().load(rows, executor).await?;
        Ok(found.into_iter().map(Option::flatten).collect())
    }

    fn copy(out: &L::Row) -> Result<L::Row> {
        L::copy(out)
    }

    fn narrow(self, inner: RawQuery) -> (&'static FieldDef, RawQuery) {
        ToOptional::<C, P, AT, L>::new().narrow(inner)
    }

    fn gone() -> Error {
        dangling::<C, AT>()
    }
}

impl<C, P, const AT: usize, L> Relation for ToOptional<C, P, AT, L>
where
    C: Model,
    P: Model<Key: Key>,
    L: Loads<P>,
{
    type From = C;
    type To = P;
    type Out = Option<L::Row>;

    async fn load(self, rows: &[C], executor: &Executor) -> Result<Vec<Option<Option<L::Row>>>> {
        let field = key_field::<P>()?;
        let key = |row: &C| Ok(key_at(row, AT)?.map(|it: P::Key| alike(field, it)));
        let keys: Vec<Option<Alike<P::Key>>> = rows.iter().map(key).collect::<Result<_>>()?;
        let mut found = by_key::<P, L>(field, keys.iter().flatten(), executor).await?;
        let mut uses: HashMap<&Alike<P::Key>, usize> = HashMap::new();
        keys.iter().flatten().for_each(|it| *uses.entry(it).or_default() += 1);
        // The last that refers to a row gets the row itself, those before it another of the same.
        let mut take = |key: &Alike<P::Key>| match uses.get_mut(key) {
            Some(left) if *left > 1 => {
                *left -= 1;
                found.get(key).map(L::copy).transpose()
            }
            _ => Ok(found.remove(key)),
        };
        keys.iter().map(|it| it.as_ref().map_or(Ok(None), &mut take).map(Some)).collect()
    }

    fn copy(out: &Option<L::Row>) -> Result<Option<L::Row>> {
        out.as_ref().map(L::copy).transpose()
    }

    fn narrow(self, mut inner: RawQuery) -> (&'static FieldDef, RawQuery) {
        match key_field::<P>() {
            Ok(key) => inner.column(crate::query::Column::Field(key)),
            Err(error) => inner.mistake(error),
        }
        (field::<C>(AT), inner)
    }
}

#[cold]
fn dangling<C: Model, const AT: usize>() -> Error {
    let (model, field) = (C::schema().model(), field::<C>(AT).name);
    Error::new(Kind::NotFound, format!("`{model}.{field}` refers to a row that is not there"))
        .with_model(model)
        .with_field(field)
}
