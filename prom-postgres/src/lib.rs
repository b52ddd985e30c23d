//! PostgreSQL for prom, an asynchronous, lightweight ORM.

pub use prom_core::*;
