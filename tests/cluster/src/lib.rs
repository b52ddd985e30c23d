//! The PostgreSQL that prom's tests start themselves, and what stands round it.
//!
//! A test takes a database of its own from the server of the whole run:
//!
//! ```
//! # fn main() -> prom_cluster::Result<()> {
//! let database = prom_cluster::Cluster::shared()?.database("a_name_for_people")?;
//! let dsn = database.dsn(); // and `format!("{dsn}?an_option=1#a_name")`
//! # Ok(())
//! # }
//! ```
//!
//! [`Cluster::shared`] is the server that `PROM_TEST_POSTGRES_DSN` names, and
//! without one a server that this process starts and that ends with it. nextest
//! starts a process a test, so `tests/run` starts one for all of them:
//! `prom-cluster run cargo nextest run`.
//!
//! What a test would break for the others it does on a server of its own, which
//! takes half a second: [`Cluster::start`], or [`Cluster::builder`] for one that
//! outlives a crash ([`Builder::durable`]), that speaks TLS ([`Builder::tls`] with
//! [`Certificates`]) or that asks for the password itself
//! ([`Builder::clear_text_passwords`]). Such a server is stopped, started again and
//! signalled; [`Cluster::standby`] and [`Address::pgbouncer`] stand beside it.
//!
//! Everything here blocks, and may be called from within a tokio runtime: a query
//! runs on a thread of its own. It must not wait for a lock that a task of the
//! calling thread holds.
//!
//! Nothing outlives the test, not even when it is killed: see `watchdog`.

// What is started.
mod builder;
mod cluster;
mod pgbouncer;
mod standby;

// How it is reached.
mod address;
mod certificates;
mod database;

// How it is run.
mod account;
mod binaries;
mod error;
mod server;
mod watchdog;

pub use address::Address;
pub use builder::Builder;
pub use certificates::{Certificate, Certificates};
pub use cluster::{Cluster, DSN_VARIABLE};
pub use database::Database;
pub use error::{Error, Result};
pub use pgbouncer::PgBouncer;
pub use standby::Standby;
