//! What lost against others, and is tried again.

use std::sync::Arc;

use prom::prelude::*;
use prom::{Isolation, Kind, Result};
use tokio::sync::Barrier;

use crate::Half;
use crate::calm::until_calm;
use crate::setup::{connect, database};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_that_wait_for_each_other_are_both_done() -> Result<()> {
    let database = database("deadlock");
    let db = connect(&database.dsn(), "max_connections=4");
    for bar in [0, 1] {
        Half::create().bar(bar).half(0).on(&db).await?;
    }
    let barrier = Arc::new(Barrier::new(2));
    let sides: Vec<_> = [[0, 1], [1, 0]]
        .map(|order| {
            let (db, barrier) = (db.clone(), barrier.clone());
            tokio::spawn(async move {
                let mut tries = 0;
                let done = prom::retry!(5, {
                    tries += 1;
                    let (is_first, barrier) = (tries == 1, barrier.clone());
                    prom::transaction(async move {
                        for bar in order {
                            Half::query().eq_bar(bar).incr_half(1).update().await?;
                            if is_first && bar == order[0] {
                                barrier.wait().await;
                            }
                        }
                        Ok::<_, prom::Error>(())
                    })
                    .on(&db)
                });
                done.map(|()| tries)
            })
        })
        .into_iter()
        .collect();
    let mut tries = 0;
    for it in sides {
        tries += it.await.expect("no panic")?;
    }
    assert!(tries > 2, "one of them lost");
    let halves: Vec<i64> = Half::query().on(&db).get().await?.iter().map(|it| it.half).collect();
    assert_eq!(halves, [2, 2]);
    until_calm(&database).await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_counter_that_all_read_and_write_loses_none() -> Result<()> {
    let database = database("counter");
    let db = connect(&database.dsn(), "max_connections=6");
    Half::create().bar(0).half(0).on(&db).await?;
    let tasks: Vec<_> = (0..6)
        .map(|_| {
            let db = db.clone();
            tokio::spawn(async move {
                let mut lost = 0;
                for _ in 0..15 {
                    let count = prom::retry!(100, {
                        lost += 1;
                        prom::transaction(async {
                            let mut it = Half::query().eq_bar(0).only().await?;
                            it.half += 1;
                            it.save().await
                        })
                        .isolation(Isolation::Serializable)
                        .on(&db)
                    });
                    count?;
                }
                Ok::<_, prom::Error>(lost - 15)
            })
        })
        .collect();
    let mut lost = 0;
    for it in tasks {
        lost += it.await.expect("no panic")?;
    }
    println!("{lost} lost, and were tried again");
    assert_eq!(Half::query().on(&db).only().await?.half, 90);
    Ok(())
}

/// Without another try the error says what it is.
#[tokio::test]
async fn who_loses_is_told_so() -> Result<()> {
    let database = database("loses");
    let (db, others) = (connect(&database.dsn(), ""), connect(&database.dsn(), ""));
    let mut row = Half::create().bar(0).half(0).on(&others).await?;
    let done = prom::transaction(async {
        let mut mine = Half::query().only().await?;
        row.half = 5;
        row.save().on(&others).await?;
        mine.half = 6;
        mine.save().await
    });
    let error = done.isolation(Isolation::RepeatableRead).on(&db).await;
    match error {
        Err(error) => assert!(error.kind() == Kind::Serialization && error.is_retryable(), "{error:?}"),
        Ok(()) => panic!("both wrote"),
    }
    Ok(())
}
