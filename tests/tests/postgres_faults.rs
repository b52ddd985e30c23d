//! What PostgreSQL, the network and the program itself do to work that is under
//! way, seen from models: nothing acknowledged is lost, nothing refused is there,
//! and the next statement finds a connection that works.

#[path = "postgres_faults/answer.rs"]
mod answer;
#[path = "postgres_faults/answering.rs"]
mod answering;
#[path = "postgres_setup/calm.rs"]
mod calm;
#[path = "postgres_faults/cancelling.rs"]
mod cancelling;
#[path = "postgres_faults/committing.rs"]
mod committing;
#[path = "postgres_faults/crashing.rs"]
mod crashing;
#[path = "postgres_faults/cutting.rs"]
mod cutting;
#[path = "postgres_faults/hanging.rs"]
mod hanging;
#[path = "postgres_faults/losing.rs"]
mod losing;
#[path = "postgres_setup/random.rs"]
mod random;
#[path = "postgres_faults/retrying.rs"]
mod retrying;
#[path = "postgres_setup/setup.rs"]
mod setup;

use prom::prelude::*;

/// What is written twice, or not at all.
#[prom::orm(unique(bar, half))]
#[derive(Debug)]
struct Half {
    bar: i64,
    half: i64,
}

/// Both halves in one transaction.
async fn pair(db: &Connection, bar: i64) -> prom::Result<()> {
    prom::transaction(async {
        Half::create().bar(bar).half(0).await?;
        Half::create().bar(bar).half(1).await?;
        Ok(())
    })
    .on(db)
    .await
}

/// Which pairs there are; none is torn.
async fn pairs(db: &Connection) -> std::collections::BTreeSet<i64> {
    let rows = Half::query().on(db).get().await.expect("they are read");
    let of = |half| -> std::collections::BTreeSet<i64> {
        rows.iter().filter(|it| it.half == half).map(|it| it.bar).collect()
    };
    let torn: Vec<_> = of(0).symmetric_difference(&of(1)).copied().collect();
    let torn: Vec<_> = rows.iter().filter(|it| torn.contains(&it.bar)).collect();
    assert!(torn.is_empty(), "torn: {torn:?}");
    of(0)
}
