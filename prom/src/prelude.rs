//! Everything that a program with models needs: `use prom::prelude::*;`.

pub use prom_core::{Connection, Model, Query, Ref, Timestamp};
