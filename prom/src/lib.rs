#![doc = include_str!("../../README.md")]

pub mod prelude;

#[cfg(feature = "sqlite")]
pub use prom_sqlite as sqlite;

pub use prom_core::*;
pub use prom_macros::{__Hidden, Enum, Field, orm};
