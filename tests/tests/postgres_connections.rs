//! The connections to a PostgreSQL server: how they are made, lent, given back
//! and lost. The models are not needed for that.

#[path = "postgres_connections/fake.rs"]
mod fake;
#[path = "postgres_connections/lending.rs"]
mod lending;
#[path = "postgres_connections/losing.rs"]
mod losing;
#[path = "postgres_connections/refusing.rs"]
mod refusing;
#[path = "postgres_connections/returning.rs"]
mod returning;
#[path = "postgres_connections/tls.rs"]
mod tls;

use std::sync::Arc;
use std::time::{Duration, Instant};

use prom_postgres::__connections::{Failure, IfLost, Loan, Pool, Use};
use prom_postgres::{Config, Dsn, Error, Result};

/// Far longer than anything here takes, on whatever machine: what has not come by
/// then does not come.
const HANGS: Duration = Duration::from_secs(60);

/// The server to test on.
fn dsn() -> Dsn {
    let shared = prom_cluster::Cluster::shared().expect("there is a server");
    shared.dsn("postgres").parse().expect("a good DSN")
}

/// The DSN of the server with other hosts and more options.
fn dsn_with(hosts: &str, options: &str) -> String {
    let dsn = dsn();
    let encoded = |text: &str| -> String { text.bytes().map(|it| format!("%{it:02X}")).collect() };
    let user = encoded(dsn.user().unwrap_or("postgres"));
    let password = encoded(dsn.password().map_or("", |it| it.expose()));
    let hosts = if hosts.is_empty() { dsn.authority() } else { hosts };
    format!("postgres://{user}:{password}@{hosts}/{}?{options}", dsn.database())
}

fn pool_of(dsn: &str) -> Pool {
    let dsn: Dsn = dsn.parse().expect("a good DSN");
    Pool::new(Arc::new(Config::from_dsn(&dsn).expect("good options")))
}

/// Connections to the server, with more options.
fn pool(options: &str) -> Pool {
    pool_of(&dsn_with("", options))
}

/// The error of a DSN that nothing can be reached by.
async fn refusal(dsn: &str) -> Error {
    pool_of(dsn).get(Use::Statement).await.expect_err("no connection")
}

/// The first column of the first row, as text, of what may do anything.
async fn ask(loan: &Loan, sql: &str) -> Result<String> {
    loan.run(IfLost::Unknown, first(loan, sql)).await
}

/// The same of what does nothing.
async fn read(loan: &Loan, sql: &str) -> Result<String> {
    loan.run(IfLost::NothingDone, first(loan, sql)).await
}

async fn first(loan: &Loan, sql: &str) -> Result<String, Failure> {
    let messages = loan.client().simple_query(sql).await?;
    let text = messages.iter().find_map(|it| match it {
        tokio_postgres::SimpleQueryMessage::Row(row) => Some(row.get(0).unwrap_or("NULL").to_owned()),
        _ => None,
    });
    Ok(text.unwrap_or_default())
}

/// The same on a connection of its own from `pool`.
async fn ask_once(pool: &Pool, sql: &str) -> Result<String> {
    let loan = pool.get(Use::Statement).await?;
    ask(&loan, sql).await
}

/// Waits until the number that `sql` gives, asked by others, is this one.
async fn until(others: &Pool, sql: &str, number: u64) -> Result<()> {
    let start = Instant::now();
    while ask_once(others, sql).await? != number.to_string() {
        assert!(start.elapsed() < HANGS, "it never gives {number}: {sql}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

const BACKEND: &str = "SELECT pg_backend_pid()";
