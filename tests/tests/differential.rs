//! The same programme of operations on SQLite in memory, SQLite in a file, PostgreSQL and
//! a plain vector comes to the same: results, kinds of errors, the rows in memory, and
//! what is in the tables at the end.
//!
//! `PROM_TEST_PROGRAMMES` says how many, `PROM_TEST_SEED` from which seed on; the number
//! of a programme is its seed. It ends at the first difference, or after as many as
//! `PROM_TEST_DIFFERENCES` says.

#[path = "differential/asking.rs"]
mod asking;
#[path = "differential/maker.rs"]
mod maker;
#[path = "differential/models.rs"]
mod models;
#[path = "differential/outcome.rs"]
mod outcome;
#[path = "differential/program.rs"]
mod program;
#[path = "differential/random.rs"]
mod random;
#[path = "differential/run.rs"]
mod run;
#[path = "differential/shrink.rs"]
mod shrink;
#[path = "differential/switches.rs"]
mod switches;
#[path = "differential/values.rs"]
mod values;
#[path = "differential/vector.rs"]
mod vector;

use std::sync::atomic::{AtomicU64, Ordering};

use prom::Connection;
use prom::prelude::*;
use prom_cluster::Cluster;

use models::{Maybe, Owner, Thing};
use program::Step;
use random::Random;
use vector::Vector;

/// Of each programme.
const LENGTH: usize = 20;

#[test]
fn all_backends_and_a_plain_vector_come_to_the_same() {
    let number = |name: &str| {
        let text = std::env::var(name).ok()?;
        Some(text.parse::<u64>().unwrap_or_else(|_| panic!("{name} is a number")))
    };
    let programmes = number("PROM_TEST_PROGRAMMES").unwrap_or(300);
    let seed = number("PROM_TEST_SEED").unwrap_or(1);
    let most = number("PROM_TEST_DIFFERENCES").unwrap_or(1);
    println!("{programmes} programmes of {LENGTH} operations, from seed {seed} on");

    let directory = tempfile::tempdir().expect("there is room");
    let file = directory.path().join("differential.db");
    let database = Cluster::shared().expect("there is a server").database("differential");
    let database = database.expect("it makes databases");
    let backends = [
        ("SQLite in memory", "sqlite::memory:#differential_memory".to_owned()),
        ("SQLite in a file", format!("sqlite://{}?synchronous=off#differential_file", file.display())),
        ("PostgreSQL", format!("{}#differential_postgres", database.dsn())),
    ];
    let left = AtomicU64::new(most);
    let found = std::thread::scope(|scope| {
        let threads = backends.map(|(name, dsn)| {
            let left = &left;
            scope.spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                runtime.expect("it starts").block_on(async {
                    let connection = prom::configure(&dsn).expect("a good DSN");
                    let found = differences(&connection, programmes, seed, left).await;
                    connection.close().await.expect("it closes");
                    found.into_iter().map(|found| format!("on {name}, {found}")).collect::<Vec<_>>()
                })
            })
        });
        threads.map(|thread| thread.join().expect("it does not panic"))
    });
    let found = found.concat();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// Of each programme that comes to something else, what is left of it; no more than are
/// `left` to be found.
async fn differences(connection: &Connection, programmes: u64, seed: u64, left: &AtomicU64) -> Vec<String> {
    let install = connection.scope(async {
        Owner::install().await?;
        Thing::install().await?;
        Maybe::install().await
    });
    install.await.expect("it makes the tables");
    let mut found = Vec::new();
    for number in 0..programmes {
        if left.load(Ordering::Relaxed) == 0 {
            break;
        }
        let seed = seed.wrapping_add(number);
        let steps = maker::programme(Random(seed), LENGTH);
        if let Some(difference) = difference(connection, &steps).await {
            let _ = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
            let (steps, difference) = shrink::smallest(connection, steps, difference).await;
            let listed = program::listed(&steps);
            found.push(format!(
                "the programme of PROM_TEST_SEED={seed} comes to something else. What is left of it:\n{listed}\
                 the first difference:\n    {difference}"
            ));
        }
    }
    found
}

/// What differs between a database and the plain vector.
async fn difference(connection: &Connection, steps: &[Step]) -> Option<String> {
    run::difference(connection, steps, &Vector::of(steps)).await
}
