//! The schema model, the query AST, the connection registry and the interface
//! traits of prom, an asynchronous, lightweight ORM.
//!
//! Programs use the facade `prom`, or a backend crate such as `prom-sqlite`
//! alone; both give everything here again. This crate is for those who write a
//! backend: the traits are in [`mod@interface`], what is asked in [`query`], what a
//! table is in [`schema`]. It names no database, and nothing outside `sql`, a
//! feature for backends that speak it, knows SQL.

// What a table is, what is asked of it, who answers.
pub mod interface;
pub mod query;
pub mod schema;

// How an SQL backend answers.
#[cfg(feature = "sql")]
pub mod sql;

// Where the database is.
mod dsn;
mod registry;

// What users hold.
mod field;
mod model;
mod raw;
mod row;
mod transaction;
mod value;

mod error;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

pub use dsn::{Dsn, Host, Options, Secret};
pub use error::{Error, Kind, Result};
pub use field::{Field, date_from_days, mismatch, timestamp_from_micros};
pub use interface::{Execute, Interface, Isolation};
#[doc(hidden)]
pub use model::RowConnections;
pub use model::{
    All, Base, BoxFuture, Bulk, CreateMany, Delete, Draft, Fits, Hooks, IntoOperand, IntoOperands, IntoValue,
    IntoValues, Key, Load, Loaded, Loads, Meta, Model, Named, NoKey, Operand, Operands, Plain, Projection,
    Query, RawQuery, Ref, Relation, Reload, Returning, Row, RowStream, Rows, Save, Select, SelectNamed,
    Selected, Through, ToMany, ToOne, ToOptional,
};
pub use query::Aggregate;
pub use query::date_parts as date;
pub use raw::{IntoParam, RawStatement, raw, raw_unchecked};
pub use registry::{
    Backend, Connection, Executor, InstallBuilder, configure, connection, install, register, verify,
};
pub use row::{Columns, Flow, FromRow, RowRef, Sink};
pub use schema::{Schema, Type};
pub use transaction::{Transaction, TransactionBuilder, TransactionFuture, begin, retry, transaction};
pub use value::{Numeric, Other, Value, ValueRef};

pub use async_trait::async_trait;
pub use jiff::Timestamp;
pub use jiff::civil::Date;
#[cfg(feature = "uuid")]
pub use uuid::Uuid;
