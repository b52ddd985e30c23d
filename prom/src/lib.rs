#![doc = include_str!("../../README.md")]

pub mod prelude;

#[cfg(feature = "postgres")]
pub use prom_postgres as postgres;
#[cfg(feature = "sqlite")]
pub use prom_sqlite as sqlite;

pub use prom_core::*;
pub use prom_macros::{__Hidden, Enum, Field, FromRow, orm};

/// The guide's code, compiled and run.
#[cfg(doctest)]
mod guide {
    #[doc = include_str!("../../docs/guide/models.md")]
    mod models {}
    #[doc = include_str!("../../docs/guide/querying.md")]
    mod querying {}
    #[doc = include_str!("../../docs/guide/writing.md")]
    mod writing {}
    #[doc = include_str!("../../docs/guide/relations.md")]
    mod relations {}
    #[doc = include_str!("../../docs/guide/transactions.md")]
    mod transactions {}
    #[doc = include_str!("../../docs/guide/connections.md")]
    mod connections {}
    #[doc = include_str!("../../docs/guide/sqlite.md")]
    mod sqlite {}
    #[doc = include_str!("../../docs/backends.md")]
    mod backends {}
}
