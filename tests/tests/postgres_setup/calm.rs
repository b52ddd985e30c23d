//! Whether anything was left behind on the server.

use std::time::{Duration, Instant};

use prom_cluster::Database;

/// Far longer than anything here takes, on whatever machine: what has not come by
/// then does not come.
const HANGS: Duration = Duration::from_secs(60);

/// Waits until it is so, which others have to see to.
pub(crate) async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + HANGS;
    while !is_so() {
        assert!(Instant::now() < deadline, "{what}: it never came");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The only number that a query gives.
pub(crate) fn number(database: &Database, sql: &str) -> i64 {
    let rows = database.query(sql).expect("it answers");
    let [[Some(text)]] = &rows.iter().map(Vec::as_slice).collect::<Vec<_>>()[..] else {
        panic!("not one number: {rows:?}");
    };
    text.parse().expect("a number")
}

/// No transaction lies open, and no lock is held, by any client of the database;
/// the server's own workers, such as autovacuum, are nobody's affair.
pub(crate) async fn until_calm(database: &Database) {
    until("no client is in a transaction, or holds a lock", || {
        let sql = "SELECT count(*) FROM pg_stat_activity client \
                   WHERE datname = current_database() AND pid <> pg_backend_pid() \
                   AND backend_type = 'client backend' AND (state <> 'idle' \
                   OR EXISTS (SELECT FROM pg_locks held WHERE held.pid = client.pid))";
        number(database, sql) == 0
    })
    .await;
}
