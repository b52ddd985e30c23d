//! What stands between a program and PostgreSQL, or in its place: PgBouncer, a
//! standby, several hosts, TLS, and what is no server at all.

#[path = "postgres_servers/bad_input.rs"]
mod bad_input;
#[path = "postgres_servers/pgbouncer.rs"]
mod pgbouncer;
#[path = "postgres_setup/random.rs"]
mod random;
#[path = "postgres_servers/restarting.rs"]
mod restarting;
#[path = "postgres_setup/setup.rs"]
mod setup;
#[path = "postgres_servers/standby.rs"]
mod standby;
#[path = "postgres_servers/tls.rs"]
mod tls;
