//! Transactions that end while a task of theirs is still at something.

use std::time::Duration;

use prom::prelude::*;
use prom::{Kind, Result};
use prom_cluster::Database;
use tokio::time::{sleep, timeout};

use crate::calm::{number, until, until_calm};
use crate::setup::{connect, database};

#[prom::orm(created = none, updated = none)]
#[derive(Debug)]
struct Foo {
    bar: i64,
}

/// How a transaction ends.
#[derive(Clone, Copy, PartialEq)]
enum Leave {
    Keep,
    Undo,
}

/// Whatever is not at its end by then waits for ever.
const HANGS: Duration = Duration::from_secs(60);

/// Ends a transaction by hand while a task of it waits for others' lock, which is
/// freed when it has ended.
async fn end_under_a_lock(name: &str, has_begun: bool, end: Leave) -> Result<()> {
    let database = database(name);
    let db = connect(&database.dsn(), "pool_timeout=200ms");
    let others = connect(&database.dsn(), "");
    db.install(&[Foo::schema()]).await?;
    let tx = db.begin().await?;
    if has_begun {
        prom::raw("SELECT 1").on(&tx).one::<i64>().await?;
    }
    let lock = others.begin().await?;
    prom::raw("LOCK TABLE foo IN ACCESS EXCLUSIVE MODE").on(&lock).execute().await?;
    let task = tokio::spawn(tx.scope(async {
        Foo::create_many((0..12_000).map(|bar| Foo::draft().bar(bar))).await.map(|rows| rows.len())
    }));
    sleep(Duration::from_millis(200)).await;
    let free = tokio::spawn(async move {
        sleep(Duration::from_millis(800)).await;
        lock.rollback().await
    });
    let ending = async {
        match end {
            Leave::Keep => tx.commit().await,
            Leave::Undo => tx.rollback().await,
        }
    };
    let ended = timeout(HANGS, ending).await.expect("it ends");
    let made = timeout(HANGS, task).await.expect("it ends").expect("no panic");
    free.await.expect("no panic")?;
    until_calm(&database).await;
    let kept = Foo::query().on(&others).count().await?;
    let told = format!("{kept} rows are there, told {ended:?}, the task {made:?}");
    // A commit may also wait for its task.
    let (is_whole, is_undone) = (kept == 12_000 && ended.is_ok() && made.is_ok(), kept == 0 && made.is_err());
    assert!(is_undone || (is_whole && end == Leave::Keep), "{told}");
    assert!(is_whole || end == Leave::Undo || ended.is_err(), "{told}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rolled_back_at_once_while_a_task_waits_for_a_lock_nothing_of_the_task_stays() -> Result<()> {
    end_under_a_lock("at_once", false, Leave::Undo).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rolled_back_while_a_task_waits_for_a_lock_nothing_of_the_task_stays() -> Result<()> {
    end_under_a_lock("rolled_back", true, Leave::Undo).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn committed_while_a_task_waits_for_a_lock_the_task_is_told_what_became_of_it() -> Result<()> {
    end_under_a_lock("committed", true, Leave::Keep).await
}

/// Many rows are several statements, and between two of them the connection is idle.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rolled_back_between_two_statements_of_a_task_nothing_of_the_task_stays() -> Result<()> {
    let database = database("between");
    let db = connect(&database.dsn(), "pool_timeout=10ms");
    let others = connect(&database.dsn(), "");
    db.install(&[Foo::schema()]).await?;
    for round in 0..20 {
        let tx = db.begin().await?;
        let task = tokio::spawn(tx.scope(async {
            Foo::create_many((0..12_000).map(|bar| Foo::draft().bar(bar))).await.map(|rows| rows.len())
        }));
        sleep(Duration::from_millis(round)).await;
        let ended = timeout(HANGS, tx.rollback()).await.expect("it ends");
        let made = timeout(HANGS, task).await.expect("it ends").expect("no panic");
        until_calm(&database).await;
        let kept = Foo::query().on(&others).count().await?;
        assert_eq!(kept, 0, "in round {round}, told {ended:?}, the task {made:?}");
    }
    Ok(())
}

/// Waits until the server sleeps no more, which it would do for ten minutes.
async fn until_nobody_sleeps(database: &Database) {
    let sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' \
               AND pid <> pg_backend_pid() AND query LIKE '%pg_sleep%'";
    until("nobody sleeps", || number(database, sql) == 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deadline_stops_what_a_task_of_the_transaction_is_at() -> Result<()> {
    let database = database("stops");
    let db = connect(&database.dsn(), "statement_timeout=0");
    let slow = async { prom::raw("SELECT 1 FROM pg_sleep(600)").all::<i64>().await };
    let within = db.clone();
    let done = prom::transaction(async {
        let tx = within.begin().await?;
        let _task = tokio::spawn(tx.scope(slow));
        sleep(HANGS).await;
        tx.rollback().await
    });
    let error = done.on(&db).deadline(Duration::from_millis(500)).await.expect_err("it is late");
    assert_eq!(error.kind(), Kind::Deadline, "{error:?}");
    until_nobody_sleeps(&database).await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deadline_of_one_begun_by_hand_stops_what_a_task_of_it_is_at() -> Result<()> {
    let database = database("by_hand");
    let db = connect(&database.dsn(), "statement_timeout=0");
    // With a connection there is the deadline leaves time to begin.
    prom::raw("SELECT 1").on(&db).one::<i64>().await?;
    let tx = db.begin().deadline(Duration::from_secs(1)).await?;
    let slow = async { prom::raw("SELECT 1 FROM pg_sleep(600)").all::<i64>().await };
    let _task = tokio::spawn(tx.scope(slow));
    sleep(Duration::from_millis(1_100)).await;
    until_nobody_sleeps(&database).await;
    assert!(tx.commit().await.is_err());
    Ok(())
}
