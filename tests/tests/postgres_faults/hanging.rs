//! Statements that take too long, and a backend that says nothing any more.

use std::process::Command;
use std::time::{Duration, Instant};

use prom::prelude::*;
use prom::{Kind, Result};
use prom_cluster::Database;
use tokio::time::timeout;

use crate::calm::{number, until, until_calm};
use crate::setup::{connect, database};
use crate::{Half, pair, pairs};

/// A backend that is stopped, and goes on when this is dropped.
struct Stopped(i32);

impl Stopped {
    fn new(pid: i32) -> Self {
        signal("-STOP", pid);
        Self(pid)
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        signal("-CONT", self.0);
    }
}

fn signal(name: &str, pid: i32) {
    let sent = Command::new("kill").args([name, &pid.to_string()]).status();
    assert!(sent.expect("there is `kill`").success());
}

/// The only one, once those that were given up have noticed it.
async fn backend(database: &Database) -> i32 {
    let backends = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() \
                    AND backend_type = 'client backend'";
    until("there is one backend", || number(database, &format!("SELECT count(*) {backends}")) == 1).await;
    i32::try_from(number(database, &format!("SELECT pid {backends}"))).expect("a pid")
}

/// Nothing that is stopped answers, however long one waits.
const HANGS: Duration = Duration::from_secs(60);

#[tokio::test]
async fn one_that_says_nothing_is_given_up() -> Result<()> {
    let database = database("hanging");
    let db = connect(&database.dsn(), "max_connections=1&statement_timeout=2s");
    pair(&db, 0).await?;
    for is_write in [false, true] {
        let stopped = Stopped::new(backend(&database).await);
        let asked = async {
            if is_write {
                Half::create().bar(7).half(7).on(&db).await.expect_err("no answer")
            } else {
                Half::query().on(&db).count().await.expect_err("no answer")
            }
        };
        let error = timeout(HANGS, asked).await.expect("it waits for ever");
        let kind = if is_write { Kind::OutcomeUnknown } else { Kind::Deadline };
        assert_eq!(error.kind(), kind, "{error:?}");
        // There is one place alone, and it is still stopped.
        timeout(HANGS, Half::query().eq_bar(0).on(&db).count()).await.expect("its place is not free")?;
        drop(stopped);
    }
    Half::query().eq_half(7).on(&db).delete().await?;
    until_calm(&database).await;
    Ok(())
}

#[tokio::test]
async fn a_statement_that_takes_too_long_is_ended_by_the_server() -> Result<()> {
    let database = database("too_long");
    let db = connect(&database.dsn(), "max_connections=1&statement_timeout=600ms");
    pair(&db, 0).await?;
    let pid = || prom::raw("SELECT pg_backend_pid()").on(&db).only::<i32>();
    let before = pid().await?;
    let start = Instant::now();
    let slow = || prom::raw("SELECT 1 FROM pg_sleep(60)");
    let error = slow().on(&db).all::<i64>().await.expect_err("too long");
    assert_eq!(error.kind(), Kind::Deadline, "{error:?}");
    let done = prom::transaction(async {
        Half::create().bar(1).half(0).await?;
        slow().all::<i64>().await.map(drop)
    });
    assert_eq!(done.on(&db).await.expect_err("too long").kind(), Kind::Deadline);
    let error = prom::raw("UPDATE half SET half = half FROM pg_sleep(60)").on(&db).execute().await;
    let error = error.expect_err("too long");
    // The server itself said that it ended it.
    assert_eq!(error.kind(), Kind::Deadline, "{error:?}");
    assert!(start.elapsed() < Duration::from_secs(60), "it slept to its end: {:?}", start.elapsed());
    assert_eq!(pid().await?, before, "nothing is wrong with the connection");
    assert_eq!(pairs(&db).await.len(), 1);
    Ok(())
}
