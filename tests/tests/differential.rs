//! The same programme of operations on SQLite in memory, SQLite in a file, PostgreSQL and
//! a plain vector comes to the same: results, kinds of errors, the rows in memory, and
//! what is in the tables at the end.
//!
//! `PROM_TEST_PROGRAMMES` says how many, `PROM_TEST_SEED` from which seed on; the number
//! of a programme is its seed.

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

use std::sync::atomic::{AtomicBool, Ordering};

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
    // One that is found is enough.
    let is_found = AtomicBool::new(false);
    let found = std::thread::scope(|scope| {
        let threads = backends.map(|(name, dsn)| {
            let is_found = &is_found;
            scope.spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                runtime.expect("it starts").block_on(async {
                    let connection = prom::configure(&dsn).expect("a good DSN");
                    let found = first_difference(&connection, programmes, seed, is_found).await;
                    is_found.fetch_or(found.is_some(), Ordering::Relaxed);
                    connection.close().await.expect("it closes");
                    found.map(|found| format!("on {name}, {found}"))
                })
            })
        });
        threads.map(|thread| thread.join().expect("it does not panic"))
    });
    if let Some(found) = found.into_iter().flatten().next() {
        panic!("{found}");
    }
}

async fn first_difference(
    connection: &Connection,
    programmes: u64,
    seed: u64,
    is_found: &AtomicBool,
) -> Option<String> {
    let install = connection.scope(async {
        Owner::install().await?;
        Thing::install().await?;
        Maybe::install().await
    });
    install.await.expect("it makes the tables");
    for number in 0..programmes {
        if is_found.load(Ordering::Relaxed) {
            return None;
        }
        let seed = seed.wrapping_add(number);
        let steps = program::programme(Random(seed), LENGTH);
        if let Some(difference) = difference(connection, &steps).await {
            let (steps, difference) = shrink::smallest(connection, steps, difference).await;
            let listed = program::listed(&steps);
            return Some(format!(
                "the programme of PROM_TEST_SEED={seed} comes to something else. What is left of it:\n{listed}\
                 the first difference:\n    {difference}"
            ));
        }
    }
    None
}

/// What differs between a database and the plain vector.
async fn difference(connection: &Connection, steps: &[Step]) -> Option<String> {
    run::difference(connection, steps, &Vector::of(steps)).await
}
