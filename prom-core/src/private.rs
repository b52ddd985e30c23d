//! What generated code names. Not for anybody else: it changes without notice.

pub use inventory;
pub use jiff::Timestamp;
#[cfg(feature = "uuid")]
pub use uuid::Uuid;

pub use crate::model::{BoxFuture, Meta, NoKey, RawQuery, Set, Unset, insert};
pub use crate::query::{Compare, Direction, Match};
pub use crate::registry::Connection;
pub use crate::row::{RowRef, cell, read};
pub use crate::schema::{
    Choices, DefaultValue, FieldDef, IndexDef, KeyDef, OnDelete, Reference, Role, Schema, Type, no_variant,
};
pub use crate::value::{Value, ValueRef};
pub use crate::{
    Base, Draft, Error, Field, Hooks, IntoValue, IntoValues, Key, Kind, Model, Query, Ref, Result, Rows,
    mismatch,
};

/// A model, listed at link time.
#[derive(Debug, Clone, Copy)]
pub struct Listed(pub fn() -> &'static Schema);

inventory::collect!(Listed);
