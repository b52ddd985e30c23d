//! PostgreSQL for prom, an asynchronous, lightweight ORM.
//!
//! Behind the facade, `prom = { features = ["postgres"] }`, or alone: this crate
//! gives everything of `prom-core` again, with macros that name it.
//!
//! ```no_run
//! use prom_postgres::prelude::*;
//!
//! #[prom_postgres::orm]
//! #[derive(Debug)]
//! struct Foo {
//!     bar: i64,
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> prom_postgres::Result<()> {
//! prom_postgres::configure("postgres://app:secret@localhost/app")?;
//! let foo = Foo::create().bar(3).await?;
//! assert_eq!(Foo::query().eq_bar(3).only().await?.id, foo.id);
//! # Ok(())
//! # }
//! ```
//!
//! The connections live on a thread of prom's own, whatever runtime the program
//! has. The DSN's options are those of [`Config`].

// What to connect to.
mod config;
mod server;

// How a connection is made.
mod connect;
mod stream;
mod tls;

// What is kept of it, and who has it.
mod connects;
mod driver;
mod loan;
mod pool;
mod session;
mod statements;

// What is said to it.
mod bulk;
mod copy;
mod dialect;
mod install;
mod introspect;
mod note;
mod value;

// What comes back.
mod error;
mod fit;

// The whole.
mod database;

#[cfg(test)]
mod tests;

pub use config::{ChannelBinding, Config, Keepalives, SslMode, Target};
pub use database::PostgresInterface;
pub use server::Server;

pub use prom_core::*;
pub use prom_macros::{
    __Hidden, EnumPostgres as Enum, FieldPostgres as Field, FromRowPostgres as FromRow, orm_postgres as orm,
};

/// Everything that a program with models needs.
pub mod prelude {
    pub use prom_core::{Connection, Model, Query, Ref, Timestamp};
}

/// The connections themselves, for prom's own tests. Not part of the API.
#[doc(hidden)]
pub mod __connections {
    pub use crate::loan::{Failure, IfLost, Loan, Step};
    pub use crate::pool::{Pool, Use};
}
