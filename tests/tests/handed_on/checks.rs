//! What one who was dropped hands on to the next, alike on each backend. `others` is
//! a connection of its own to the same database, which sees what is committed.

use std::time::{Duration, Instant};

use prom::prelude::*;
use prom::{Error, Result};
use tokio::time::timeout;

use crate::spent::{drop_spent, polled_spent};

#[prom::orm(created = none, updated = none)]
#[derive(Debug)]
pub(crate) struct Foo {
    bar: i64,
}

async fn seen(others: &Connection, bar: i64) -> Result<u64> {
    Foo::query().eq_bar(bar).on(others).count().await
}

/// Who comes next writes for himself alone.
async fn next(db: &Connection, others: &Connection) -> Result<()> {
    Foo::create().bar(101).on(db).await?;
    assert_eq!(seen(others, 101).await?, 1, "the next one's row was acknowledged and is not there");
    let tx = db.begin().await?;
    Foo::create().bar(102).on(&tx).await?;
    tx.rollback().await?;
    assert_eq!(seen(others, 102).await?, 0, "the next one's row was undone and is there");
    let tx = db.begin().await?;
    Foo::create().bar(103).on(&tx).await?;
    tx.commit().await?;
    assert_eq!(seen(others, 103).await?, 1, "the next one's row was committed and is not there");
    Foo::query().on(db).delete_all().await?;
    Ok(())
}

/// What follows a first read that was dropped is in the transaction all the same.
pub(crate) async fn first_read(db: &Connection, others: &Connection) -> Result<()> {
    next(db, others).await?;
    for is_kept in [false, true] {
        let tx = db.begin().await?;
        drop_spent(Foo::query().on(&tx).count()).await;
        let write = Foo::create().bar(1).on(&tx).await;
        assert_eq!(seen(others, 1).await?, 0, "written outside the transaction");
        let is_kept = match is_kept {
            true => write.is_ok() & tx.commit().await.is_ok(),
            false => {
                tx.rollback().await?;
                false
            }
        };
        assert_eq!(seen(others, 1).await?, u64::from(is_kept));
        next(db, others).await?;
    }
    Ok(())
}

/// The first statement of a transaction, which goes on after the transaction was dropped.
pub(crate) async fn late_first_read(db: &Connection, others: &Connection) -> Result<()> {
    next(db, others).await?;
    let tx = db.begin().await?;
    let (done, read) = polled_spent(Foo::query().on(&tx).count()).await;
    drop(tx);
    if done.is_none() {
        // Whatever it says, it says it of nobody else's.
        let _ = read.await;
    }
    next(db, others).await
}

/// Wholly or not at all.
pub(crate) async fn commit(db: &Connection, others: &Connection) -> Result<()> {
    next(db, others).await?;
    let tx = db.begin().await?;
    Foo::create().bar(1).on(&tx).await?;
    Foo::create().bar(2).on(&tx).await?;
    drop_spent(tx.commit()).await;
    Foo::create().bar(3).on(db).await?;
    assert_eq!(seen(others, 3).await?, 1, "the next one's row was acknowledged and is not there");
    assert_eq!(seen(others, 1).await?, seen(others, 2).await?, "torn");
    next(db, others).await
}

pub(crate) async fn rollback(db: &Connection, others: &Connection) -> Result<()> {
    next(db, others).await?;
    let tx = db.begin().await?;
    Foo::create().bar(1).on(&tx).await?;
    drop_spent(tx.rollback()).await;
    Foo::create().bar(3).on(db).await?;
    assert_eq!(seen(others, 3).await?, 1, "the next one's row was acknowledged and is not there");
    assert_eq!(seen(others, 1).await?, 0, "it was undone and is there");
    next(db, others).await
}

/// What is undone within stays undone, whether the outer one can still be kept or not.
pub(crate) async fn nested_rollback(db: &Connection, others: &Connection) -> Result<()> {
    next(db, others).await?;
    let tx = db.begin().await?;
    Foo::create().bar(1).on(&tx).await?;
    let within = tx.begin().await?;
    Foo::create().bar(2).on(&within).await?;
    drop_spent(within.rollback()).await;
    let is_kept = tx.commit().await.is_ok();
    assert_eq!(seen(others, 2).await?, 0, "it was undone and is there");
    assert_eq!(seen(others, 1).await?, u64::from(is_kept));
    next(db, others).await
}

/// A statement that goes on when its transaction is no more, and another one has the
/// connection.
pub(crate) async fn late_statement(db: &Connection, others: &Connection) -> Result<()> {
    next(db, others).await?;
    let tx = db.begin().await?;
    Foo::create().bar(1).on(&tx).await?;
    let (done, late) = polled_spent(Foo::create().bar(2).on(&tx).insert()).await;
    drop(tx);
    let begin = async {
        let another = db.begin().await?;
        Foo::create().bar(3).on(&another).await?;
        Ok::<_, Error>(another)
    };
    // Where the late one still has the connection, nobody else gets it meanwhile.
    let another = timeout(Duration::from_millis(500), begin).await;
    if done.is_none() {
        // Also where it is told that it ran: it ran in what is undone.
        let _ = late.await;
    }
    let Ok(another) = another else { return next(db, others).await };
    let another = another?;
    another.commit().await?;
    assert_eq!(seen(others, 3).await?, 1);
    assert_eq!(seen(others, 1).await? + seen(others, 2).await?, 0, "its transaction was dropped");
    next(db, others).await
}

/// Four tasks bring a transaction its first statements at once. With a worker each they are
/// interrupted between any two steps, also where there are fewer cores.
pub(crate) async fn together(db: &Connection, others: &Connection) -> Result<()> {
    next(db, others).await?;
    let start = Instant::now();
    let mut rounds = 0;
    while rounds < 2_000 && start.elapsed() < Duration::from_secs(5) {
        let tx = db.begin().await?;
        let first = |bar| tokio::spawn(tx.scope(async move { Foo::create().bar(bar).insert().await }));
        for task in [1, 2, 3, 4].map(first) {
            task.await.expect("no panic")?;
        }
        tx.rollback().await?;
        rounds += 1;
    }
    let stayed = Foo::query().on(others).count().await?;
    assert_eq!(stayed, 0, "of {rounds} transactions that were undone");
    Ok::<_, Error>(())
}
