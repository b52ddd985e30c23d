//! More rows than anybody wants in memory.

use std::time::Instant;

use prom::prelude::*;
use prom::{Result, transaction};

use super::child::{aside, start};
use crate::run::dsn;

#[prom::orm(created = none, updated = none)]
#[derive(Debug)]
struct Million {
    bar: i64,
    text: String,
}

const ROWS: i64 = 1_000_000;
/// How much the process may grow while it reads them.
const GROWTH: u64 = 50 * 1024;

/// What this process has in memory, in KiB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("the process knows of itself");
    let line = status.lines().find_map(|it| it.strip_prefix("VmRSS:")).expect("and of its memory");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

async fn fill() -> Result<()> {
    Million::install().await?;
    let made = prom::raw(
        "INSERT INTO million (bar, text) \
         WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 999999) \
         SELECT i, 'the row of number ' || i FROM n",
    );
    assert_eq!(made.execute().await?, ROWS.unsigned_abs());
    Ok(())
}

/// Reads them one after the other, with another statement in between; then some
/// of them, and is dropped.
async fn read(what: &str) -> Result<()> {
    let (first, began) = (resident(), Instant::now());
    let mut most = first;
    let mut seen = 0;
    let mut rows = Million::query().asc_id().stream();
    while let Some(row) = rows.try_next().await? {
        assert_eq!(row.bar, seen);
        if seen % 1_000 == 0 {
            assert_eq!(Million::find(row.id).await?.map(|it| it.text), Some(row.text));
            most = most.max(resident());
        }
        seen += 1;
    }
    assert_eq!(seen, ROWS);
    let growth = most - first;
    println!(
        "{what}: {ROWS} rows in {:?}, {} MiB on top of {}",
        began.elapsed(),
        growth / 1024,
        first / 1024
    );
    assert!(growth < GROWTH, "{what}: the process grew by {growth} KiB");

    let mut rows = Million::query().asc_id().stream();
    for bar in 0..ROWS / 4 {
        assert_eq!(rows.try_next().await?.map(|it| it.bar), Some(bar));
    }
    let began = Instant::now();
    drop(rows);
    let dropped = began.elapsed();
    Million::create().bar(-1).text("next").await?;
    println!(
        "{what}: dropped midway in {dropped:?}, the next statement was done after {:?}",
        began.elapsed()
    );
    Ok(())
}

/// A child: outside of a transaction.
pub(super) async fn stream(db: Connection) -> Result<()> {
    fill().await?;
    read(db.name()).await?;
    db.close().await
}

/// A child: within one.
pub(super) async fn stream_in_a_transaction(db: Connection) -> Result<()> {
    fill().await?;
    transaction(read(&format!("{}, in a transaction", db.name()))).await?;
    db.close().await
}

/// What a child says, in a process whose memory is its own.
async fn show(role: &'static str) {
    let dsn = dsn("million");
    aside(move || {
        let mut child = start(role, &dsn, 0);
        while let Some(line) = child.line() {
            println!("{line}");
        }
        child.end();
    })
    .await;
}

behaviour! {
    /// While other statements run beside it.
    #[needs(sql)]
    async fn a_million_rows_are_streamed_in_little_memory() {
        show("stream").await;
    }
}

behaviour! {
    /// While other statements run in it.
    #[needs(sql, transactions)]
    async fn a_million_rows_are_streamed_in_a_transaction_in_little_memory() {
        show("stream in a transaction").await;
    }
}
