//! Rows that were saved in a transaction that the server undid, or of which nobody knows.

use std::time::Duration;

use prom::prelude::*;
use prom::{Error, Isolation, Kind, Result, transaction};

use crate::setup::{connect, database};

#[prom::orm]
#[derive(Debug, Clone, PartialEq)]
struct Foo {
    bar: i64,
}

async fn stored(db: &Connection, id: i64) -> Result<Foo> {
    Foo::query().eq_id(id).on(db).only().await
}

/// The save is acknowledged, and then the transaction loses against another: each has
/// read what the other writes.
#[tokio::test]
async fn what_lost_after_it_was_saved_is_saved_when_it_is_tried_again() -> Result<()> {
    let database = database("lost_late");
    let (db, others) = (connect(&database.dsn(), ""), connect(&database.dsn(), ""));
    let mut row = Foo::create().bar(0).on(&db).await?;
    let other = Foo::create().bar(0).on(&db).await?;
    let mut tries = 0;
    prom::retry!(
        5,
        transaction(async {
            tries += 1;
            row.bar = 4;
            row.save().await?;
            if tries == 1 {
                let theirs = transaction(async {
                    let sum = Foo::query().sum_bar().only().await?;
                    assert_eq!(sum, Some(0), "it does not see what is not committed");
                    Foo::query().eq_id(other.id).set_bar(1).update().await
                });
                theirs.isolation(Isolation::Serializable).on(&others).await?;
            }
            Foo::query().sum_bar().only().await
        })
        .isolation(Isolation::Serializable)
        .on(&db)
    )?;
    assert_eq!(tries, 2, "the first one lost");
    assert_eq!(stored(&others, row.id).await?, row);
    assert_eq!(row.bar, 4);
    Ok(())
}

/// Each has a row of its own and one with all others, and reads them all: they lose often.
#[tokio::test]
async fn what_many_acknowledged_is_all_there() -> Result<()> {
    const TASKS: i64 = 8;
    const TIMES: i64 = 10;
    let database = database("acknowledged");
    let db = connect(&database.dsn(), "max_connections=8");
    let shared = Foo::create().bar(0).on(&db).await?;
    let tasks: Vec<_> = (0..TASKS)
        .map(|_| {
            let (db, mut shared) = (db.clone(), shared.clone());
            tokio::spawn(async move {
                let mut own = Foo::create().bar(0).on(&db).await?;
                let mut tries = 0;
                for time in 1..=TIMES {
                    prom::retry!(
                        1_000,
                        transaction(async {
                            tries += 1;
                            own.bar = time;
                            own.save().await?;
                            shared.reload().await?;
                            Foo::query().sum_bar().only().await?;
                            shared.bar += 1;
                            shared.save().await
                        })
                        .isolation(Isolation::Serializable)
                        .on(&db)
                    )?;
                    assert_eq!(stored(&db, own.id).await?, own, "it was acknowledged");
                }
                Ok::<_, Error>(tries)
            })
        })
        .collect();
    let mut tries = 0;
    for task in tasks {
        tries += task.await.expect("it does not panic")?;
    }
    println!("{tries} tries for {} transactions", TASKS * TIMES);
    assert_eq!(stored(&db, shared.id).await?.bar, TASKS * TIMES);
    Ok(())
}

/// Whether it was committed or not, the row can be saved.
#[tokio::test]
async fn of_which_nobody_knows_all_is_saved_again() -> Result<()> {
    let database = database("nobody_knows");
    let db = connect(&database.dsn(), "statement_timeout=1s");
    let others = connect(&database.dsn(), "");
    let mut row = Foo::create().bar(0).on(&db).await?;
    let sql = "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql \
               AS 'BEGIN IF NEW.bar = 7 THEN PERFORM pg_sleep(3); END IF; RETURN NULL; END'; \
               CREATE CONSTRAINT TRIGGER slow AFTER INSERT OR UPDATE ON foo DEFERRABLE INITIALLY DEFERRED \
               FOR EACH ROW EXECUTE FUNCTION slow()";
    database.query(sql).expect("it is made");
    let mut created = None;
    let done = transaction(async {
        // The server shall not end the commit by itself.
        prom::raw("SELECT set_config('statement_timeout', '0', true)").all::<String>().await?;
        row.bar = 7;
        row.save().await?;
        created = Some(Foo::create().bar(7).await?);
        Ok::<_, Error>(())
    });
    let error = done.on(&db).await.expect_err("it takes too long");
    assert_eq!(error.kind(), Kind::OutcomeUnknown, "{error:?}");
    let mut created = created.expect("it was created");
    assert!(row.is_modified() && created.is_modified());
    tokio::time::sleep(Duration::from_secs(7)).await;
    row.bar = 8;
    row.save().on(&others).await?;
    assert_eq!(stored(&others, row.id).await?, row);
    created.bar = 9;
    match created.save().on(&others).await {
        Ok(()) => assert_eq!(stored(&others, created.id).await?, created),
        Err(error) => {
            assert_eq!(error.kind(), Kind::NotFound, "{error:?}");
            assert_eq!(Foo::query().on(&others).count().await?, 1);
        }
    }
    Ok(())
}
