//! A process that is killed while it writes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use prom::prelude::*;
use prom::{Result, transaction};

use super::child::{aside, start};
use super::seed::Seed;
use crate::run::{dsn, in_scope};

#[prom::orm]
#[derive(Debug)]
struct Half {
    #[field(index)]
    pair: i64,
    side: i64,
}

const ROUNDS: i64 = 200;
/// More pairs than a child ever makes.
const PAIRS: i64 = 1_000_000;

async fn pair(pair: i64) -> Result<()> {
    let half = |side| Half::create().pair(pair).side(side);
    match pair % 3 {
        0 => Half::create_many((0..2).map(half)).await.map(drop),
        1 => {
            transaction(async {
                half(0).await?;
                half(1).await.map(drop)
            })
            .await
        }
        _ => {
            transaction(async {
                half(0).await?;
                transaction(async { half(1).await.map(drop) }).await
            })
            .await
        }
    }
}

/// A child: writes pairs from `base` on, and says of each that it is done.
pub(super) async fn write(db: Connection, base: u64) -> Result<()> {
    println!("ready");
    let next = Arc::new(AtomicI64::new(base.cast_signed()));
    let tasks: Vec<_> = (0..3)
        .map(|_| {
            let next = next.clone();
            tokio::spawn(in_scope(&db, async move {
                loop {
                    let it = next.fetch_add(1, Ordering::Relaxed);
                    pair(it).await?;
                    println!("{it}");
                }
            }))
        })
        .collect();
    for task in tasks {
        let ended: Result<()> = task.await.expect("it does not panic");
        ended?;
    }
    Ok(())
}

/// Starts a child, kills it after a while, and gives what it said was done.
fn killed(dsn: &str, base: i64, after: Duration) -> Vec<i64> {
    let mut child = start("write", dsn, base.unsigned_abs());
    assert_eq!(child.line().as_deref(), Some("ready"));
    let lines = std::thread::scope(|scope| {
        let process = &mut child.process;
        let lines = &mut child.lines;
        let reading = scope.spawn(move || {
            let mut all = String::new();
            std::io::Read::read_to_string(lines, &mut all).expect("its output can be read");
            all
        });
        std::thread::sleep(after);
        process.kill().expect("it can be killed");
        let status = process.wait().expect("its end can be waited for");
        assert!(!status.success() && status.code().is_none(), "it ended before it was killed: {status}");
        reading.join().expect("it does not panic")
    });
    // The last line may have been cut.
    let whole = lines.rfind('\n').map_or("", |end| &lines[..end]);
    whole.lines().map(|it| it.parse().expect("a number")).collect()
}

/// The sides of each pair from `base` on.
async fn sides(base: i64) -> Result<BTreeMap<i64, BTreeSet<i64>>> {
    let mut found: BTreeMap<i64, BTreeSet<i64>> = BTreeMap::new();
    for it in Half::query().gte_pair(base).await? {
        assert!(found.entry(it.pair).or_default().insert(it.side), "pair {} is there twice", it.pair);
    }
    Ok(found)
}

/// What only a database in a file has to be asked; a server sees to itself.
async fn check_file(db: &Connection) -> Result<()> {
    if db.dsn().is_scheme("sqlite") {
        assert_eq!(prom::raw("PRAGMA integrity_check").only::<String>().await?, "ok");
    }
    Ok(())
}

behaviour! {
    /// Two hundred of them, one after the other, in one database.
    #[needs(durable, transactions, savepoints)]
    async fn what_a_killed_process_was_told_is_done_is_there() {
        let mut seed = Seed::new("killing");
        let dsn = dsn("killing");
        let db = prom::configure(&dsn)?;
        let both = BTreeSet::from([0, 1]);
        let (mut told, mut untold) = (0, 0);
        for round in 0..ROUNDS {
            let base = round * PAIRS;
            let after = Duration::from_micros(15_000 + seed.below(60_000));
            let dsn = dsn.clone();
            let done = aside(move || killed(&dsn, base, after)).await;
            db.scope(async {
                let found = sides(base).await?;
                for it in &done {
                    assert!(found.contains_key(it), "pair {it} is lost, in round {round}");
                }
                assert!(found.values().all(|it| *it == both), "half a pair in round {round}: {found:?}");
                told += done.len();
                untold += found.len() - done.len();
                if round % 20 == 19 {
                    check_file(&db).await?;
                }
                db.close().await
            })
            .await?;
        }
        let found = db.scope(sides(0)).await?;
        println!("killing: {ROUNDS} rounds, {told} pairs told of and {untold} others, none lost, none by half");
        // What a server was still at when its client died may have come after it was looked for.
        assert!(found.len() >= told + untold, "{} of {}", found.len(), told + untold);
        assert!(found.values().all(|it| *it == both));
        db.close().await?;
    }
}
