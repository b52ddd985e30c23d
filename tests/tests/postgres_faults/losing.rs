//! Backends that an administrator ends, whatever they are at.

use std::time::Duration;

use prom::prelude::*;
use prom::{Kind, Result};

use crate::calm::{number, until, until_calm};
use crate::setup::{connect, database};
use crate::{Half, pair, pairs};

#[tokio::test]
async fn an_idle_one_is_replaced() -> Result<()> {
    let database = database("idle");
    let db = connect(&database.dsn(), "max_connections=2");
    pair(&db, 0).await?;
    let mut lost = 0;
    for it in 1..30 {
        database.address().terminate_backends(database.name()).expect("it ends them");
        assert_eq!(Half::query().on(&db).eq_half(0).count().await.map(|_| ())?, (), "a read is asked again");
        database.address().terminate_backends(database.name()).expect("it ends them");
        match pair(&db, it).await {
            Ok(()) => assert!(pairs(&db).await.contains(&it)),
            Err(error) => {
                lost += 1;
                assert_eq!(error.kind(), Kind::Closed, "{error:?}");
                assert!(!pairs(&db).await.contains(&it), "it was refused");
            }
        }
    }
    println!("{lost} of 29 transactions began on a connection that had ended");
    Ok(())
}

#[tokio::test]
async fn one_at_a_statement_is_not_lent_again() -> Result<()> {
    let database = database("statement");
    let db = connect(&database.dsn(), "max_connections=1");
    pair(&db, 0).await?;
    let slow = tokio::spawn({
        let db = db.clone();
        async move { prom::raw("SELECT 1 FROM pg_sleep(20)").on(&db).all::<i64>().await }
    });
    let sleeping = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                    AND pid <> pg_backend_pid() AND wait_event = 'PgSleep'";
    until("it sleeps", || number(&database, sleeping) == 1).await;
    database.address().terminate_backends(database.name()).expect("it ends them");
    // Asked again, it sleeps again: until then it was ended.
    let error = match tokio::time::timeout(Duration::from_millis(500), slow).await {
        Ok(done) => done.expect("no panic").expect_err("it was ended"),
        Err(_) => return Ok(()),
    };
    assert_eq!(error.kind(), Kind::Closed, "{error:?}");
    pair(&db, 1).await
}

#[tokio::test]
async fn one_in_a_transaction_takes_it_along() -> Result<()> {
    let database = database("transaction");
    let db = connect(&database.dsn(), "max_connections=1");
    pair(&db, 0).await?;
    for is_seen in [true, false] {
        let done = prom::transaction(async {
            Half::create().bar(1).half(0).await?;
            Half::create().bar(1).half(1).await?;
            database.address().terminate_backends(database.name()).expect("it ends them");
            match is_seen {
                true => Half::query().count().await.map(drop),
                false => Ok(()),
            }
        });
        let error = done.on(&db).await.expect_err("it was ended");
        // A COMMIT that is answered by nothing leaves one in doubt.
        assert!(matches!(error.kind(), Kind::Closed | Kind::OutcomeUnknown), "{error:?}");
        assert!(!is_seen || error.kind() == Kind::Closed, "{error:?}");
        assert_eq!(pairs(&db).await.into_iter().collect::<Vec<_>>(), [0]);
    }
    until_calm(&database).await;
    Ok(())
}

#[tokio::test]
async fn one_with_a_stream_ends_it_with_an_error() -> Result<()> {
    let database = database("stream");
    let db = connect(&database.dsn(), "max_connections=2");
    let drafts = (0..5_000).map(|it| Half::draft().bar(it).half(0));
    Half::create_many(drafts).on(&db).await?;
    let mut rows = Half::query().on(&db).stream();
    rows.try_next().await?;
    database.address().terminate_backends(database.name()).expect("it ends them");
    let mut count = 1;
    let error = loop {
        match rows.try_next().await {
            Ok(Some(_)) => count += 1,
            Ok(None) => panic!("it ended after {count} rows as if all were well"),
            Err(error) => break error,
        }
    };
    assert_eq!((error.kind(), count), (Kind::Closed, 1_000), "{error:?}");
    assert_eq!(Half::query().on(&db).count().await?, 5_000);
    Ok(())
}

#[tokio::test]
async fn a_transaction_that_lies_idle_too_long_is_ended() -> Result<()> {
    let database = database("lies_idle");
    let db = connect(&database.dsn(), "max_connections=1&idle_in_transaction_session_timeout=300ms");
    pair(&db, 0).await?;
    for is_seen in [true, false] {
        let done = prom::transaction(async {
            Half::create().bar(1).half(0).await?;
            let backends = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                            AND pid <> pg_backend_pid() AND backend_type = 'client backend'";
            until("the server ends it", || number(&database, backends) == 0).await;
            // That it did has come by then, on whatever machine.
            tokio::time::sleep(Duration::from_millis(500)).await;
            match is_seen {
                true => Half::query().count().await.map(drop),
                false => Ok(()),
            }
        });
        let error = done.on(&db).await.expect_err("it was ended");
        // Nothing of the COMMIT was sent: there is no doubt.
        assert_eq!(error.kind(), Kind::Closed, "{error:?}");
        assert!(error.to_string().contains("lay idle too long"), "{error:?}");
        assert_eq!(pairs(&db).await.into_iter().collect::<Vec<_>>(), [0]);
    }
    Ok(())
}
