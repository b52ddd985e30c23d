//! PostgreSQL for prom, an asynchronous, lightweight ORM.

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
// What the database says.
mod error;

pub use config::{ChannelBinding, Config, Keepalives, SslMode, Target};
pub use prom_core::*;
pub use server::Server;

/// The connections themselves, for prom's own tests. Not part of the API.
#[doc(hidden)]
pub mod __connections {
    pub use crate::loan::{Failure, IfLost, Loan};
    pub use crate::pool::{Pool, Use};
}
