//! Whether anything was left behind on the server.

use std::time::{Duration, Instant};

use prom_cluster::Database;

/// Waits until it is so, which others have to see to.
async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !is_so() {
        assert!(Instant::now() < deadline, "{what}: it never came");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// No transaction lies open, and no lock is held, by anybody.
pub(crate) async fn until_calm(database: &Database) {
    until("nobody is in a transaction", || {
        let sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                   AND pid <> pg_backend_pid() AND backend_type = 'client backend' AND state <> 'idle'";
        database.query(sql).expect("it answers") == [[Some("0".to_owned())]]
    })
    .await;
    let sql = "SELECT count(*) FROM pg_locks WHERE pid <> pg_backend_pid() \
               AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    assert_eq!(database.query(sql).expect("it answers"), [[Some("0".to_owned())]], "locks are held");
}
