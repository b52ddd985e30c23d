//! A server that falls and gets up again, under those who write.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use prom::prelude::*;
use prom::{Kind, Result};
use prom_cluster::Cluster;

use crate::setup::connect;
use crate::{pair, pairs};

/// Whoever cannot write by then, with the server up again, never can.
const HANGS: Duration = Duration::from_secs(60);

#[derive(Default)]
struct Told {
    done: BTreeSet<i64>,
    refused: BTreeSet<i64>,
    unknown: BTreeSet<i64>,
}

async fn writer(
    db: Connection,
    next: Arc<AtomicI64>,
    writes: Arc<AtomicUsize>,
    is_over: Arc<AtomicBool>,
) -> Told {
    let mut told = Told::default();
    while !is_over.load(Ordering::Relaxed) {
        let bar = next.fetch_add(1, Ordering::Relaxed);
        match pair(&db, bar).await {
            Ok(()) => {
                writes.fetch_add(1, Ordering::Relaxed);
                told.done.insert(bar);
            }
            Err(error) if error.kind() == Kind::OutcomeUnknown => drop(told.unknown.insert(bar)),
            Err(error) => {
                let kinds = [Kind::Closed, Kind::Connect, Kind::TransactionAborted];
                assert!(kinds.contains(&error.kind()), "{error:?}");
                told.refused.insert(bar);
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
    }
    told
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_falls_lose_nothing_that_was_acknowledged() -> Result<()> {
    let mut cluster = Cluster::builder().durable().start().expect("a server");
    let db = connect(&cluster.dsn("postgres"), "max_connections=4&connect_timeout=2s&pool_timeout=60s");
    pair(&db, -1).await?;
    let (next, writes) = (Arc::new(AtomicI64::new(0)), Arc::new(AtomicUsize::new(0)));
    let is_over = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = (0..4)
        .map(|_| tokio::spawn(writer(db.clone(), next.clone(), writes.clone(), is_over.clone())))
        .collect();
    let mut slowest = Duration::ZERO;
    for round in 0..5_u64 {
        tokio::time::sleep(Duration::from_millis(150 + 37 * round)).await;
        // What blocks the thread blocks no writer: there is another one.
        tokio::task::block_in_place(|| {
            cluster.stop_immediately();
            cluster.start_again().expect("it recovers");
        });
        let (start, before) = (Instant::now(), writes.load(Ordering::Relaxed));
        while writes.load(Ordering::Relaxed) < before + 4 {
            assert!(start.elapsed() < HANGS, "it does not heal in round {round}");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        slowest = slowest.max(start.elapsed());
    }
    is_over.store(true, Ordering::Relaxed);
    let mut told = Told::default();
    for it in writers {
        let it = it.await.expect("it does not panic");
        told.done.extend(it.done);
        told.refused.extend(it.refused);
        told.unknown.extend(it.unknown);
    }
    let there = pairs(&db).await;
    println!(
        "{} acknowledged, {} refused, {} unknown, of which {} are there; healed within {slowest:?}",
        told.done.len(),
        told.refused.len(),
        told.unknown.len(),
        told.unknown.intersection(&there).count()
    );
    assert!(told.done.is_subset(&there), "an acknowledged one is lost");
    assert!(told.refused.is_disjoint(&there), "a refused one is there");
    Ok(())
}
