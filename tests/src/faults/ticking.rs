//! A runtime of one thread, on which something ticks while prom is busy.

use std::time::{Duration, Instant};

use prom::prelude::*;
use prom::{Result, transaction};

use super::child::aside;
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
const LONGEST: Duration = Duration::from_millis(50);

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
    assert!(ticks > 10, "it did not tick");
    db.close().await?;
    Ok(longest)
}

thread_local! {
    /// The longest gap on this thread's runtime, and how many ticks there were.
    static GAP: std::cell::Cell<(Duration, u32)> = const { std::cell::Cell::new((Duration::ZERO, 0)) };
}

behaviour! {
    /// Nothing that prom does keeps the runtime's only thread from others for
    /// long. The best of six tries counts, since a busy machine keeps it too.
    #[needs(sql)]
    async fn the_runtime_is_never_blocked(db) {
        let mut gaps = Vec::new();
        for _ in 0..6 {
            let other = another("ticking")?;
            let gap = aside(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                GAP.set((Duration::ZERO, 0));
                runtime.expect("a runtime").block_on(other.scope(longest_gap(other.clone())))
            });
            gaps.push(gap.await?);
            if gaps.last() < Some(&LONGEST) {
                break;
            }
        }
        println!("the longest gap on {}: {gaps:?}", db.name());
        assert!(gaps.iter().any(|it| *it < LONGEST), "the runtime was blocked: {gaps:?}");
    }
}
