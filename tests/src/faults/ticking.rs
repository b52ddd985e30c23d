//! A runtime of one thread, on which something ticks while prom is busy.

use std::time::{Duration, Instant};

use prom::prelude::*;
use prom::{Result, transaction};

use super::child::aside;
use super::dropping::LONG;
use crate::run::{another, in_scope};

#[prom::orm]
#[derive(Debug)]
struct Foo {
    #[field(index)]
    bar: i64,
}

const OPERATIONS: i64 = 10_000;
const TASKS: i64 = 8;
const TICK: Duration = Duration::from_millis(1);

async fn operate(at: i64) -> Result<()> {
    match at % 10 {
        0..3 => Foo::create().bar(at).await.map(drop),
        3..6 => Foo::query().eq_bar(at % 2_000).one().await.map(drop),
        6 => Foo::query().eq_bar(at % 2_000).incr_bar(1).update().await.map(drop),
        7 => Foo::query().gte_bar(at % 2_000).limit(100).await.map(drop),
        8 if at % 100 == 8 => {
            let mut rows = Foo::query().asc_bar().limit(3_000).stream();
            while rows.try_next().await?.is_some() {}
            Ok(())
        }
        _ => {
            transaction(async {
                let mut row = Foo::create().bar(at).await?;
                row.bar += 1;
                row.save().await
            })
            .await
        }
    }
}

/// Ticks while something goes on that does not end by itself. If that kept the thread,
/// no tick would come before it is over.
async fn tick_beside(
    db: &Connection,
    what: &str,
    endless: impl Future<Output = Result<()>> + Send + 'static,
) {
    let endless = tokio::spawn(in_scope(db, endless));
    for _ in 0..20 {
        tokio::time::sleep(TICK).await;
    }
    if endless.is_finished() {
        panic!("the runtime was blocked by {what}, until it gave {:?}", endless.await);
    }
    endless.abort();
    assert!(endless.await.is_err_and(|error| error.is_cancelled()), "{what} has no end");
}

/// What waits for the database, and what waits for others.
async fn tick_beside_each(db: Connection) -> Result<()> {
    Foo::create().bar(1).await?;
    let write = || prom::raw_unchecked(format!("UPDATE foo SET bar = ({LONG})")).execute();
    tick_beside(&db, "a read", async { prom::raw(LONG).only::<i64>().await.map(drop) }).await;
    tick_beside(&db, "a write", async move { write().await.map(drop) }).await;
    tick_beside(&db, "a read in a transaction", async {
        transaction(async { prom::raw(LONG).only::<i64>().await.map(drop) }).await
    })
    .await;
    tick_beside(&db, "a write in a transaction", async move {
        transaction(async { write().await.map(drop) }).await
    })
    .await;
    let tx = db.begin().await?;
    Foo::query().set_bar(2).on(&tx).update_all().await?;
    let wait = async { Foo::query().set_bar(3).update_all().await.map(drop) };
    tick_beside(&db, "the wait for a transaction", wait).await;
    let wait = async { transaction(async { Foo::query().set_bar(3).update_all().await.map(drop) }).await };
    tick_beside(&db, "the wait of a transaction for another", wait).await;
    tx.rollback().await?;
    assert_eq!(Foo::query().only().await?.bar, 1);
    db.close().await
}

/// The longest time between two ticks while all of it is done.
async fn longest_gap(db: Connection) -> Result<Duration> {
    Foo::create_many((0..3_000).map(|it| Foo::draft().bar(it))).await?;
    let ticker = tokio::spawn(async {
        let (mut last, mut longest) = (Instant::now(), Duration::ZERO);
        let mut ticks = 0_u32;
        loop {
            tokio::time::sleep(TICK).await;
            longest = longest.max(last.elapsed());
            last = Instant::now();
            ticks += 1;
            GAP.set((longest, ticks));
        }
    });
    let tasks: Vec<_> = (0..TASKS)
        .map(|task| {
            tokio::spawn(in_scope(&db, async move {
                for at in 0..OPERATIONS / TASKS {
                    operate(at * TASKS + task).await?;
                }
                Result::Ok(())
            }))
        })
        .collect();
    for task in tasks {
        task.await.expect("it does not panic")?;
    }
    ticker.abort();
    let (longest, ticks) = GAP.get();
    assert!(ticks > 0, "it did not tick");
    db.close().await?;
    Ok(longest)
}

thread_local! {
    /// The longest gap on this thread's runtime, and how many ticks there were.
    static GAP: std::cell::Cell<(Duration, u32)> = const { std::cell::Cell::new((Duration::ZERO, 0)) };
}

/// Runs it on a runtime of one thread.
async fn on_one_thread<T: Send + 'static>(
    db: Connection,
    work: impl AsyncFnOnce(Connection) -> Result<T> + Send + 'static,
) -> Result<T> {
    aside(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(db.scope(work(db.clone())))
    })
    .await
}

behaviour! {
    /// Nothing that takes long keeps the runtime's only thread from others.
    #[needs(sql, transactions)]
    async fn the_runtime_is_not_blocked_by_what_takes_long() {
        on_one_thread(another("ticking")?, tick_beside_each).await?;
    }
}

behaviour! {
    /// Whatever prom does, others go on beside it. How long they wait at most depends on
    /// the machine, and is printed.
    #[needs(sql)]
    async fn the_runtime_is_never_blocked(db) {
        let gap = on_one_thread(another("ticking")?, longest_gap).await?;
        println!("the longest gap on {}: {gap:?}", db.name());
    }
}
