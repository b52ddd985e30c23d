//! What generated code names. Not for anybody else: it changes without notice.

pub use inventory;
pub use jiff::Timestamp;
#[cfg(feature = "uuid")]
pub use uuid::Uuid;

pub use crate::model::{BoxFuture, Meta, NoKey, Places, RawQuery, Set, Unset, draft_value, insert};
pub use crate::query::{Compare, Direction, Match};
pub use crate::registry::Connection;
pub use crate::row::{Columns, FromRow, RowRef};
pub use crate::schema::{DefaultValue, FieldDef, IndexDef, KeyDef, OnDelete, Reference, Role, Schema, Type};
pub use crate::value::{Value, ValueRef};
pub use crate::{
    Base, Draft, Error, Field, Hooks, IntoValue, IntoValues, Key, Kind, Model, Query, Ref, Result, Rows,
    mismatch,
};

/// The field `index` of a row in the schema's order.
#[inline]
pub fn decode<T: Field>(row: &dyn RowRef, index: usize, schema: &Schema) -> Result<T> {
    crate::row::decode(row, index, schema)
}

/// The same from an owned value.
#[inline]
pub fn decode_owned<T: Field>(value: Value, index: usize, schema: &Schema) -> Result<T> {
    crate::row::decode_owned(value, index, schema)
}

/// The cell `index` of a row in the schema's order.
#[inline]
pub fn cell<'a>(row: &'a dyn RowRef, index: usize, schema: &Schema) -> Result<ValueRef<'a>> {
    read(row.get(index), index, schema)
}

/// The cell `index` of a result, for the field `name` of a struct, as
/// `Struct.field`.
#[inline]
pub fn column<T: Field>(row: &dyn RowRef, index: usize, name: &'static str) -> Result<T> {
    row.get(index).and_then(T::decode).map_err(|error| unreadable_column(error, name))
}

#[cold]
fn unreadable_column(error: Error, name: &'static str) -> Error {
    let field = name.rsplit('.').next().unwrap_or(name);
    error.context(format_args!("`{name}` cannot be read")).with_field(field)
}

/// What came of reading the field `index`; an error learns which field it was.
/// Without a bound on `T`, so that the compiler says only once, and under the
/// field's type, that it is no field.
#[inline]
pub fn read<T>(cell: Result<T>, index: usize, schema: &Schema) -> Result<T> {
    cell.map_err(|error| unreadable(error, index, schema))
}

#[cold]
fn unreadable(error: Error, index: usize, schema: &Schema) -> Error {
    let field = schema.fields()[index].name;
    error
        .context(format_args!("`{}.{field}` cannot be read", schema.model()))
        .with_model(schema.model())
        .with_field(field)
}

/// A model, listed at link time.
#[derive(Debug, Clone, Copy)]
pub struct Listed(pub fn() -> &'static Schema);

inventory::collect!(Listed);
