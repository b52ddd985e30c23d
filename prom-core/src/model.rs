//! What users hold: a row is a value of the model's type, what is not yet a row
//! is a draft, and both know their way to the database.

// A row.
mod context;
mod hooks;
mod key;
mod meta;
mod reference;
mod uncommitted;
mod view;

// Its way to the database and back.
mod create;
mod delete;
mod find;
mod save;

// Many of them.
mod bulk;
mod operand;
mod places;
mod projection;
mod query;
mod relation;
mod row_connections;
mod rows;
mod stored;
mod stream;
mod values;

use std::sync::Arc;

use crate::registry::{Executor, InstallBuilder};
use crate::row::RowRef;
use crate::schema::Schema;
use crate::{Result, Value};
use view::View;

pub use bulk::{Bulk, Returning};
pub use context::LoadContext;
pub use create::{Copied, CreateMany, Draft, Set, Unset, insert};
pub use create::{find_or_create, insert_or_ignore, upsert, upsert_on};
pub use delete::Delete;
pub use find::Reload;
pub use hooks::Hooks;
pub use key::{Base, Key, NoKey};
pub use meta::Meta;
pub use operand::{Fits, IntoOperand, IntoOperands, Operand, Operands};
pub use places::Places;
pub use projection::{All, Named, Projection, Select, SelectNamed, Selected};
pub use query::{Plain, Query, RawQuery, Row};
pub use reference::Ref;
pub use relation::{Load, Loaded, Loads, Relation, Through, ToMany, ToOne, ToOptional};
pub use row_connections::RowConnections;
pub use rows::Rows;
pub(crate) use rows::came_back;
pub use save::Save;
pub use stream::RowStream;
pub use uncommitted::Uncommitted;
pub use values::{IntoValue, IntoValues};

/// A boxed future, as builders give when they are awaited.
pub type BoxFuture<'a, T> = std::pin::Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A struct whose values are rows: what `#[prom::orm]` makes of it.
///
/// Its methods are those that every model has; `query`, `create` and `draft`,
/// whose types are the model's own, stand on the struct itself.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a model",
    label = "not a model",
    note = "put `#[prom::orm]` over the struct, above its derives"
)]
pub trait Model: Sized + Send + Sync + 'static {
    /// The type of its primary key; [`NoKey`] where there is none.
    type Key: Clone + Send + Sync + 'static;

    /// What is not yet a row.
    type Draft: Draft<Model = Self>;

    /// The model's query builder.
    type Query: Query<Model = Self, Projection = All>;

    #[doc(hidden)]
    const UNTRACKED: bool = false;

    /// Whether the model has hooks of its own.
    #[doc(hidden)]
    const HAS_HOOKS: bool = false;

    /// Its table.
    fn schema() -> &'static Schema;

    /// The key of the row.
    fn key(&self) -> &Self::Key;

    /// Inserts many rows: wholly or not at all, in as few statements as the
    /// backend needs, and gives them back in the same order. Takes drafts and
    /// complete create builders.
    ///
    /// # Errors
    ///
    /// [`Kind::Required`](crate::Kind) and [`Kind::Value`](crate::Kind) before
    /// anything is sent, with the number of the draft; what the database refuses.
    fn create_many<I>(drafts: I) -> CreateMany<Self>
    where
        I: IntoIterator,
        I::Item: Into<Self::Draft>,
    {
        CreateMany::new(drafts.into_iter().map(Into::into).collect())
    }

    /// The row of that key, if there is one.
    ///
    /// # Errors
    ///
    /// What the database says.
    fn find(key: impl IntoValue<Self::Key>) -> find::Find<Self>
    where
        Self::Key: Key,
    {
        find::Find::new(key)
    }

    /// Saves what was changed since the row was read, and `updated`. Nothing
    /// changed: nothing is sent.
    ///
    /// What was saved in a transaction that was rolled back, or whose outcome is
    /// unknown, counts as changed again, and the row is found by the key that it had
    /// before. Where the transaction is still open, that holds outside of it.
    ///
    /// ```
    /// # use prom_sqlite::prelude::*;
    /// # use prom_sqlite::{Error, Kind, transaction};
    /// # #[prom_sqlite::orm]
    /// # struct Foo { bar: i64 }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> prom_sqlite::Result<()> {
    /// # prom_sqlite::configure("sqlite::memory:")?;
    /// let mut foo = Foo::create().bar(3).await?;
    /// let failed = transaction(async {
    ///     foo.bar = 4;
    ///     foo.save().await?;
    ///     Err::<(), _>(Error::new(Kind::Invalid, "not today"))
    /// });
    /// assert!(failed.await.is_err());
    /// assert!(foo.is_modified());
    /// foo.save().await?;
    /// assert_eq!(Foo::find(foo.id).await?.map(|found| found.bar), Some(4));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Kind::NotFound`](crate::Kind) when the row is gone, or was created in a
    /// transaction that was rolled back, or that is open elsewhere;
    /// [`Kind::Required`](crate::Kind) and [`Kind::Value`](crate::Kind) before
    /// anything is sent; [`Kind::Invalid`](crate::Kind) in the
    /// [`scope`](crate::Connection::scope) of a connection that the row did not
    /// come from; what the database refuses.
    fn save(&mut self) -> Save<'_, Self>
    where
        Self::Key: Key,
    {
        Save::new(self)
    }

    /// Deletes the row. Gives whether it was still there.
    ///
    /// # Errors
    ///
    /// [`Kind::NotFound`](crate::Kind) when it was created in a transaction that was
    /// rolled back, or that is open elsewhere; [`Kind::Invalid`](crate::Kind) in the
    /// [`scope`](crate::Connection::scope) of a connection that the row did not come
    /// from; what the database says.
    fn delete(self) -> Delete<Self>
    where
        Self::Key: Key,
    {
        Delete::new(self)
    }

    /// Reads the row anew and forgets what was changed.
    ///
    /// # Errors
    ///
    /// [`Kind::NotFound`](crate::Kind) when the row is gone, or was created in a
    /// transaction that was rolled back, or that is open elsewhere;
    /// [`Kind::Invalid`](crate::Kind) in the [`scope`](crate::Connection::scope)
    /// of a connection that the row did not come from.
    fn reload(&mut self) -> Reload<'_, Self>
    where
        Self::Key: Key,
    {
        Reload::new(self)
    }

    /// The names of the fields that were changed since the row was read or
    /// saved: those that [`save`](Model::save) would send here, in the transaction
    /// that this task is in or outside of one. With `track = false` that cannot be
    /// known, and all are named.
    fn modified(&self) -> Vec<&'static str> {
        let view = View::here(self);
        let fields = Self::schema().fields().iter().enumerate();
        fields.filter(|(at, _)| view.is_modified(self, *at)).map(|(_, it)| it.name).collect()
    }

    /// Whether a field was changed since the row was read or saved: whether
    /// [`save`](Model::save) would send anything here.
    ///
    /// A row that was saved in a transaction is not modified there; outside, it is
    /// until that is committed, and stays so when it is rolled back.
    fn is_modified(&self) -> bool {
        let view = View::here(self);
        (0..Self::schema().fields().len()).any(|at| view.is_modified(self, at))
    }

    /// A draft with the row's own values, without key and stamps.
    fn into_draft(self) -> Self::Draft {
        create::redraft(&self)
    }

    /// What `relation` leads to from this row: `country.related(Country::SUBDIVISIONS)`.
    ///
    /// # Errors
    ///
    /// [`Kind::Invalid`](crate::Kind) in the [`scope`](crate::Connection::scope)
    /// of a connection that the row did not come from; what the database says.
    fn related<R: Relation<From = Self>>(&self, relation: R) -> BoxFuture<'_, Result<R::Out>> {
        relation::related(self, relation)
    }

    /// Makes sure of the model's table, and of those it refers to, where a query of
    /// the model would run, or [`on`](InstallBuilder::on) a connection: creates them,
    /// adds missing columns and indexes. Called again, it does nothing. Where the DSN
    /// says `install=verify` it changes nothing, and any difference is an error.
    ///
    /// # Errors
    ///
    /// [`Kind::InstallDenied`](crate::Kind) for a required field that has no
    /// column in a table that is there; [`Kind::Invalid`](crate::Kind) where another model of
    /// the program has the same table and contradicts this one; what the database says.
    fn install() -> InstallBuilder {
        InstallBuilder::install(Self::schema())
    }

    #[doc(hidden)]
    fn home(on: Option<&Executor>) -> Result<Executor> {
        crate::registry::resolve(Self::schema(), on, None)
    }

    #[doc(hidden)]
    fn __from_row(row: &dyn RowRef, context: &LoadContext) -> Result<Self>;

    /// The primary key of a row in the schema's order, if it can be decoded.
    #[doc(hidden)]
    fn __row_key(row: &dyn RowRef) -> Option<Value> {
        let _ = row;
        None
    }

    #[doc(hidden)]
    fn __from_values(next: &mut dyn FnMut() -> Value, context: &LoadContext) -> Result<Self>;

    #[doc(hidden)]
    fn __copy(&self) -> Result<Self>;

    #[doc(hidden)]
    fn __value(&self, index: usize) -> Value;

    /// Gives a field the value that was stored.
    #[doc(hidden)]
    fn __set_value(&mut self, index: usize, value: Value) -> Result<()>;

    #[doc(hidden)]
    fn __is_modified(&self, index: usize) -> bool;

    #[doc(hidden)]
    fn __fingerprint(&self, index: usize) -> u64 {
        self.__value(index).fingerprint()
    }

    #[doc(hidden)]
    fn __fingerprints(&self) -> &[u64];

    #[doc(hidden)]
    fn __uncommitted(&self) -> Option<&Arc<Uncommitted>>;

    #[doc(hidden)]
    fn __set_uncommitted(&mut self, uncommitted: Option<Arc<Uncommitted>>);

    #[doc(hidden)]
    fn __remember(&mut self);

    #[doc(hidden)]
    fn __set_prints(&mut self);

    /// The field counts as not modified.
    #[doc(hidden)]
    fn __remember_field(&mut self, index: usize) {
        let _ = index;
    }

    /// Takes over the stored fields of `stored`, which is the same row.
    #[doc(hidden)]
    fn __take_fields(&mut self, stored: Self);

    #[doc(hidden)]
    fn __set_updated(&mut self, now: Value);

    #[doc(hidden)]
    fn __origin(&self) -> u32;

    #[doc(hidden)]
    fn __loaded_key(&self) -> &Self::Key;

    #[doc(hidden)]
    fn __before_insert(draft: &mut Self::Draft) -> impl Future<Output = Result<()>> + Send {
        let _ = draft;
        std::future::ready(Ok(()))
    }

    #[doc(hidden)]
    fn __before_update(&mut self) -> impl Future<Output = Result<()>> + Send {
        std::future::ready(Ok(()))
    }

    #[doc(hidden)]
    fn __before_delete(&self) -> impl Future<Output = Result<()>> + Send {
        std::future::ready(Ok(()))
    }

    #[doc(hidden)]
    fn __after_load(&mut self) -> Result<()> {
        Ok(())
    }
}

/// The primary key of a row that cannot be decoded, with its field's name; the row
/// is in the schema's order.
fn key_of<M: Model>(row: &dyn RowRef) -> Option<(&'static str, Value)> {
    Some((M::schema().key()?.name, M::__row_key(row)?))
}
