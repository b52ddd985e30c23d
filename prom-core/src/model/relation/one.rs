//! From a row to the one that it refers to.

use std::marker::PhantomData;

use super::{Loads, Relation, by_key, field, key_at, key_field};
use crate::model::{Key, Model, RawQuery};
use crate::registry::Connection;
use crate::schema::FieldDef;
use crate::{Error, Kind, Result};

macro_rules! to_one {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        pub struct $name<C, P, const AT: usize, L = ()>(PhantomData<fn() -> (C, P, L)>);

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
    L::Row: Clone + Sync,
{
    type From = C;
    type To = P;
    type Out = L::Row;
    type With<N: Loads<P>>
        = ToOne<C, P, AT, N>
    where
        N::Row: Clone;

    async fn load(self, rows: &[C], connection: &Connection) -> Result<Vec<L::Row>> {
        let found = ToOptional::<C, P, AT, L>::new().load(rows, connection).await?;
        found.into_iter().map(|it| it.ok_or_else(dangling::<C, AT>)).collect()
    }

    fn narrow(self, inner: RawQuery) -> (&'static FieldDef, RawQuery) {
        ToOptional::<C, P, AT, L>::new().narrow(inner)
    }
}

impl<C, P, const AT: usize, L> Relation for ToOptional<C, P, AT, L>
where
    C: Model,
    P: Model<Key: Key>,
    L: Loads<P>,
    L::Row: Clone + Sync,
{
    type From = C;
    type To = P;
    type Out = Option<L::Row>;
    type With<N: Loads<P>>
        = ToOptional<C, P, AT, N>
    where
        N::Row: Clone;

    async fn load(self, rows: &[C], connection: &Connection) -> Result<Vec<Option<L::Row>>> {
        let keys: Vec<Option<P::Key>> = rows.iter().map(|it| key_at(it, AT)).collect::<Result<_>>()?;
        let found = by_key::<P, L>(keys.iter().flatten().cloned(), connection).await?;
        Ok(keys.iter().map(|it| found.get(it.as_ref()?).cloned()).collect())
    }

    fn narrow(self, mut inner: RawQuery) -> (&'static FieldDef, RawQuery) {
        match key_field::<P>() {
            Ok(key) => inner.column(crate::query::Column::Field(key)),
            Err(error) => inner.mistaken(error),
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
