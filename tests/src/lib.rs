//! The behaviour suite that every backend of prom passes.
//!
//! A behaviour is written once and every backend shows it. Whoever writes a
//! backend runs the suite from a test without a harness of its own:
//!
//! ```no_run
//! use std::process::ExitCode;
//!
//! use prom_tests::Backend;
//!
//! fn main() -> ExitCode {
//!     prom_tests::main(&[Backend {
//!         name: "mine",
//!         dsn: |name| format!("my_crate::MyInterface://anything#{name}"),
//!     }])
//! }
//! ```
//!
//! What the backend lacks, by its own
//! [`Capabilities`](prom::interface::Capabilities), is reported as ignored, with
//! the capability. Nothing here knows a backend.

// How a behaviour is written, and how the suite is run.
#[macro_use]
mod behaviour;
mod run;

// A row's life.
mod ends;
mod hooks;
mod models;
mod own_types;
mod saving;
mod upserting;
mod values;

// Many rows.
mod cells;
mod changing;
mod counting_up;
mod grouping;
mod limits;
mod ordering;
mod paging;
mod querying;
mod relating;
mod selecting;
mod streaming;
mod text_order;
mod undecodable;
mod unheld;

// The tables they are in.
mod indexes;
mod nesting;
mod references;
mod tables;
mod transacting;
mod verifying;

// The way there.
mod belonging;
mod connections;

// What goes wrong on it.
mod faults;

pub use run::{Backend, main, main_without};
