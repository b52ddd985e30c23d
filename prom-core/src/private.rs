//! What generated code names. Not for anybody else: it changes without notice.

pub use inventory;
pub use jiff::Timestamp;
#[cfg(feature = "uuid")]
pub use uuid::Uuid;

pub use crate::model::{
    BoxFuture, Load, Meta, NoKey, RawQuery, Set, ToMany, ToOne, ToOptional, Unset, insert,
};
pub use crate::model::{find_or_create, insert_or_ignore, upsert, upsert_on};
pub use crate::query::{Aggregate, Column, Compare, Direction, Match};
pub use crate::registry::Connection;
pub use crate::row::{RowRef, cell, read};
pub use crate::schema::{
    Choices, DefaultValue, FieldDef, IndexDef, KeyDef, OnDelete, Reference, Role, Schema, Type, no_variant,
};
pub use crate::value::{Value, ValueRef};
pub use crate::{
    All, Base, Columns, Draft, Error, Field, Fits, Hooks, IntoOperand, IntoOperands, IntoValue, IntoValues,
    Key, Kind, Model, Operand, Operands, Projection, Query, Ref, Result, Rows, Select, mismatch,
};

/// The query that starts from `row`.
pub fn from_row<Q: Query>(mut query: Q, row: &impl Model) -> Q {
    query.__raw().set_origin(row);
    query
}

/// A model, listed at link time.
#[derive(Debug, Clone, Copy)]
pub struct Listed(pub fn() -> &'static Schema);

inventory::collect!(Listed);
