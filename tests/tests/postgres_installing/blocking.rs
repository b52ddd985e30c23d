//! A table that is to be changed while somebody reads it for long.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use prom::prelude::*;
use prom::{Kind, Result};

use crate::setup::{connect, database};

#[prom::orm(table = "foo")]
#[derive(Debug)]
struct Old {
    bar: i64,
}

#[prom::orm(table = "foo")]
#[derive(Debug)]
struct New {
    bar: i64,
    che: Option<i64>,
}

/// Whoever is not done by then waits for what does not come.
const HANGS: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn its_other_readers_do_not_wait_for_it() -> Result<()> {
    let database = database("blocking");
    let old = connect(&database.dsn(), "");
    let new = connect(&database.dsn(), "install_lock_timeout=300ms");
    Old::create().bar(1).on(&old).await?;

    let long = prom::begin(old.name()).await?;
    Old::query().on(&long).count().await?;
    let is_over = Arc::new(AtomicBool::new(false));
    let other = tokio::spawn({
        let (old, is_over) = (old.clone(), is_over.clone());
        async move {
            let mut slowest = Duration::ZERO;
            while !is_over.load(Ordering::Relaxed) {
                let start = Instant::now();
                Old::query().on(&old).count().await.expect("it may read");
                slowest = slowest.max(start.elapsed());
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            slowest
        }
    });
    let start = Instant::now();
    let error = New::create().bar(2).che(2).on(&new).await.expect_err("somebody reads it");
    assert_eq!(error.kind(), Kind::Busy, "{error:?}");
    assert!(error.to_string().contains("`foo`") && error.is_retryable(), "{error:?}");
    assert!(start.elapsed() > Duration::from_millis(900), "it was tried {:?} only", start.elapsed());
    is_over.store(true, Ordering::Relaxed);
    // The long one is still open: who waited for it would wait for ever.
    let slowest = tokio::time::timeout(HANGS, other).await.expect("they wait for it").expect("no panic");
    println!("{error}; the slowest read took {slowest:?}");

    long.commit().await?;
    New::create().bar(2).che(2).on(&new).await?;
    assert_eq!(New::query().on(&new).count().await?, 2);
    Ok(())
}
