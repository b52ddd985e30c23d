//! What generated code names. Not for anybody else: it changes without notice.

pub use std::sync::Arc;

pub use inventory;
pub use jiff::Timestamp;
#[cfg(feature = "uuid")]
pub use uuid::Uuid;

pub use crate::model::{
    BoxFuture, Copied, Load, LoadContext, Meta, NoKey, Places, RawQuery, Set, ToMany, ToOne, ToOptional,
    Uncommitted, Unset, insert,
};
pub use crate::model::{find_or_create, insert_or_ignore, upsert, upsert_on};
pub use crate::query::{Aggregate, Column, Compare, Direction, Match};
pub use crate::registry::{Connection, Executor};
use crate::row::is_name;
pub use crate::row::{Columns, FromRow, RowRef, cell, read};
pub use crate::schema::{
    Choices, DefaultValue, FieldDef, IndexDef, KeyDef, OnDelete, Reference, Role, Schema, Type, no_variant,
};
pub use crate::transaction::Retries;
pub use crate::value::{Value, ValueRef};
pub use crate::{
    All, Base, Draft, Error, Field, Fits, Hooks, IntoOperand, IntoOperands, IntoValue, IntoValues, Key, Kind,
    Model, Operand, Operands, Projection, Query, Ref, Result, Rows, Select, Selected, mismatch,
};

/// The query that starts from `row`.
pub fn from_row<Q: Query>(mut query: Q, row: &impl Model) -> Q {
    query.__raw().set_origin(row);
    query
}

/// A field that is left out of the table, of a row that is copied. What may be
/// cloned is; what may not is its default again: the method of the first trait
/// is nearer by one reference.
#[derive(Debug)]
pub struct Skipped<'a, T>(pub &'a T);

/// See [`Skipped`].
pub trait CloneSkipped<T> {
    #[doc(hidden)]
    fn __copied(&self) -> T;
}

/// See [`Skipped`].
pub trait DefaultSkipped<T> {
    #[doc(hidden)]
    fn __copied(&self) -> T;
}

impl<T: Clone> CloneSkipped<T> for Skipped<'_, T> {
    fn __copied(&self) -> T {
        self.0.clone()
    }
}

impl<T: Default> DefaultSkipped<T> for &Skipped<'_, T> {
    fn __copied(&self) -> T {
        T::default()
    }
}

/// What a create builder gives that is set when its row is on its way already.
/// The values are gone; to begin anew with what is set now would lose them.
pub fn too_late<T: Send + 'static>(future: &mut Option<BoxFuture<'static, Result<T>>>) {
    if future.is_some() {
        let error = Error::new(Kind::Invalid, "the row was being inserted already when more of it was set");
        *future = Some(Box::pin(std::future::ready(Err(error))));
    }
}

/// The cell `index` of a result, for the field `name` of a struct, as
/// `Struct.field`.
#[inline]
pub fn column<T: Field>(row: &dyn RowRef, index: usize, name: &'static str) -> Result<T> {
    row.get(index).and_then(T::decode).map_err(|error| unreadable_column(error, row, index, name))
}

#[cold]
fn unreadable_column(error: Error, row: &dyn RowRef, index: usize, name: &'static str) -> Error {
    let field = name.rsplit('.').next().unwrap_or(name);
    let error = match row.name(index).filter(|column| *column != field && is_name(column)) {
        Some(column) => error.context(format_args!("`{name}`, the column `{column}`, cannot be read")),
        None => error.context(format_args!("`{name}` cannot be read")),
    };
    error.with_field(field)
}

/// A model, listed at link time.
#[derive(Debug, Clone, Copy)]
pub struct Listed(pub fn() -> &'static Schema);

inventory::collect!(Listed);
