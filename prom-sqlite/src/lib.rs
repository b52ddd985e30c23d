//! SQLite for prom, an asynchronous, lightweight ORM.
//!
//! Behind the facade, `prom = { features = ["sqlite"] }`, or alone: this crate
//! gives everything of `prom-core` again, with macros that name it.
//!
//! ```
//! use prom_sqlite::prelude::*;
//!
//! #[prom_sqlite::orm]
//! #[derive(Debug)]
//! struct Foo {
//!     bar: i64,
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> prom_sqlite::Result<()> {
//! prom_sqlite::configure("sqlite::memory:")?;
//! let foo = Foo::create().bar(3).await?;
//! assert_eq!(Foo::query().eq_bar(3).only().await?.id, foo.id);
//! # Ok(())
//! # }
//! ```
//!
//! A file has one connection that writes and several that read, in WAL mode; a
//! database in memory has one for both. Each is a thread of its own, so that
//! the runtime is never blocked. The DSN's options are those of [`Config`].

// What is opened.
mod config;
mod driver;
mod identity;
mod job;
mod pool;
mod temporary;
mod watch;

// What is said to it.
mod dialect;
mod fit;
mod functions;
mod introspect;
mod note;
mod value;

// What comes back.
mod error;

// The whole.
mod database;

pub use config::{Config, JournalMode, Synchronous};
pub use database::SqliteInterface;

pub use prom_core::*;
pub use prom_macros::{
    __Hidden, EnumSqlite as Enum, FieldSqlite as Field, FromRowSqlite as FromRow, orm_sqlite as orm,
};

/// Everything that a program with models needs.
pub mod prelude {
    pub use prom_core::{Connection, Model, Query, Ref, Timestamp};
}
