//! Futures that are dropped at any point, ten thousand of them.

use std::collections::BTreeSet;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;

use prom::prelude::*;
use prom::{Error, Kind, Result};
use tokio::time::timeout;

use crate::calm::until_calm;
use crate::random::Random;
use crate::setup::{connect, database};
use crate::{Half, pair, pairs};

const WORKERS: u64 = 20;
const EACH: u64 = 500;

/// What came of those of one worker.
#[derive(Default)]
struct Told {
    done: BTreeSet<i64>,
    refused: BTreeSet<i64>,
    dropped: usize,
}

/// Slow on the server, or on this side, or undone on purpose, or none of it.
async fn work(db: &Connection, bar: i64, kind: u64) -> Result<()> {
    match kind {
        0 => {
            let slow = prom::transaction(async {
                Half::create().bar(bar).half(0).await?;
                prom::raw("SELECT 1 FROM pg_sleep(0.05)").all::<i64>().await?;
                Half::create().bar(bar).half(1).await?;
                Ok(())
            });
            slow.on(db).await
        }
        1 => {
            let undone = prom::transaction(async {
                Half::create().bar(bar).half(0).await?;
                tokio::time::sleep(Duration::from_millis(2)).await;
                Err::<(), _>(Error::new(Kind::Invalid, "on purpose"))
            });
            undone.on(db).await
        }
        2 => {
            let drafts = [0, 1].map(|half| Half::draft().bar(bar).half(half));
            Half::create_many(drafts).on(db).await.map(drop)
        }
        _ => pair(db, bar).await,
    }
}

async fn worker(db: Connection, number: u64) -> Told {
    let mut random = Random(number);
    let mut told = Told::default();
    for it in 0..EACH {
        let bar = i64::try_from(number * EACH + it).expect("a small number");
        let kind = random.below(10);
        let time = Duration::from_micros(random.below(40_000));
        match timeout(time, work(&db, bar, kind)).await {
            Ok(Ok(())) => drop(told.done.insert(bar)),
            Ok(Err(error)) => {
                assert!(kind == 1 && error.kind() == Kind::Invalid, "{error:?}");
                told.refused.insert(bar);
            }
            Err(_) => told.dropped += 1,
        }
    }
    told
}

/// Reads and writes without a deadline; whoever is cancelled, it is not this one.
async fn innocent(db: Connection, is_over: Arc<AtomicBool>, bar: i64) -> usize {
    let mut count = 0;
    while !is_over.load(Ordering::Relaxed) {
        let half = Half::create().bar(bar).half(count).on(&db).await.expect("nobody harms it");
        let seen = Half::query().eq_bar(bar).on(&db).count().await.expect("nobody harms it");
        assert_eq!(i64::try_from(seen).ok(), Some(half.half + 1), "it sees its own rows alone");
        count += 1;
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    usize::try_from(count).expect("a small number")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_futures_are_dropped_and_nobody_notices() -> Result<()> {
    let database = database("cancelling");
    let db = connect(&database.dsn(), "max_connections=8&application_name=cancelling");
    let others = connect(&database.dsn(), "max_connections=1");
    pair(&db, -1).await?;

    let is_over = Arc::new(AtomicBool::new(false));
    let innocents: Vec<_> =
        (2..4).map(|it| tokio::spawn(innocent(db.clone(), is_over.clone(), -it))).collect();
    let most = Arc::new(AtomicUsize::new(0));
    let counting = tokio::spawn({
        let (is_over, most) = (is_over.clone(), most.clone());
        async move {
            let sql = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'cancelling'";
            while !is_over.load(Ordering::Relaxed) {
                let count: i64 = prom::raw(sql).on(&others).only().await.expect("it counts");
                most.fetch_max(usize::try_from(count).expect("a small number"), Ordering::Relaxed);
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
    });

    let start = std::time::Instant::now();
    let workers: Vec<_> = (0..WORKERS).map(|it| tokio::spawn(worker(db.clone(), it))).collect();
    let mut told = Told::default();
    for worker in workers {
        let it = worker.await.expect("it does not panic");
        told.done.extend(it.done);
        told.refused.extend(it.refused);
        told.dropped += it.dropped;
    }
    let took = start.elapsed();
    is_over.store(true, Ordering::Relaxed);
    let mut harmless = 0;
    for it in innocents {
        harmless += it.await.expect("it is not harmed");
    }
    counting.await.expect("it counts");

    until_calm(&database).await;
    Half::query().lt_bar(-1).on(&db).delete().await?;
    let there = pairs(&db).await;
    println!(
        "{} done, {} undone, {} dropped, of which {} are there; {harmless} innocent; at most {} backends; {took:?}",
        told.done.len(),
        told.refused.len(),
        told.dropped,
        there.len() - told.done.len() - 1,
        most.load(Ordering::Relaxed),
    );
    assert!(told.done.is_subset(&there), "an acknowledged one is lost");
    assert!(told.refused.is_disjoint(&there), "a refused one is there");
    assert!(most.load(Ordering::Relaxed) <= 8, "more backends than `max_connections`");
    Ok(())
}

/// Polls `future` so often at the most, and gives what it gave, if it came to that.
async fn polled<T>(polls: usize, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    let mut left = polls;
    poll_fn(|context| {
        left -= 1;
        match future.as_mut().poll(context) {
            Poll::Ready(done) => Poll::Ready(Some(done)),
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

#[tokio::test]
async fn dropped_after_any_number_of_polls_it_leaves_nothing() -> Result<()> {
    let database = database("polls");
    let db = connect(&database.dsn(), "max_connections=1");
    pair(&db, -1).await?;
    for polls in 1.. {
        let bar = i64::try_from(polls).expect("a small number");
        let done = polled(polls, pair(&db, bar)).await;
        // On the only connection there is.
        let there = pairs(&db).await;
        if let Some(done) = done {
            done?;
            assert!(there.contains(&bar), "an acknowledged one is lost");
            println!("done with {polls} polls");
            break;
        }
    }
    until_calm(&database).await;
    Ok(())
}

/// The same where the table is to be made first.
#[tokio::test]
async fn dropped_while_tables_are_made_it_leaves_nothing() -> Result<()> {
    let database = database("first_use");
    let db = connect(&database.dsn(), "max_connections=1");
    for polls in 1.. {
        let done = polled(polls, pair(&db, 0)).await;
        let is_done = done.is_some();
        done.transpose()?;
        pair(&db, 1).await?;
        assert!(pairs(&db).await.contains(&1));
        if is_done {
            println!("done with {polls} polls");
            break;
        }
        db.close().await?;
        database.query("DROP TABLE half").expect("nobody holds it");
    }
    until_calm(&database).await;
    Ok(())
}

/// Without a key that the database makes, many go by COPY.
#[prom::orm(id = none, created = none, updated = none)]
#[derive(Debug)]
struct Line {
    bar: i64,
}

#[tokio::test]
async fn many_rows_that_are_dropped_on_their_way_come_wholly_or_not_at_all() -> Result<()> {
    let database = database("copying");
    let db = connect(&database.dsn(), "max_connections=1");
    pair(&db, -1).await?;
    Line::create().bar(-1).on(&db).await?;
    for is_copy in [true, false] {
        let (rows, step) = if is_copy { (40_000, 2_000) } else { (5_000, 2_000) };
        let mut whole = 0;
        for it in 0..20_i64 {
            let time = Duration::from_micros(step * it.unsigned_abs());
            let (is_done, count) = if is_copy {
                let drafts = (0..rows).map(|_| Line::draft().bar(it));
                let done = timeout(time, Line::create_many(drafts).on(&db)).await;
                (done.is_ok(), Line::query().eq_bar(it).on(&db).count().await?)
            } else {
                let drafts = (0..rows).map(|half| Half::draft().bar(it).half(half));
                let done = timeout(time, Half::create_many(drafts).on(&db)).await;
                (done.is_ok(), Half::query().eq_bar(it).on(&db).count().await?)
            };
            assert!(count == rows.unsigned_abs() || (count == 0 && !is_done), "{count} rows are there");
            whole += u32::from(count == rows.unsigned_abs());
        }
        println!("{whole} of 20 came, copied: {is_copy}");
    }
    until_calm(&database).await;
    Ok(())
}
