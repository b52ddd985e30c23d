//! A commit that is none.

use std::time::Duration;

use prom::{Kind, Result};

use crate::calm::until_calm;
use crate::setup::{connect, database};
use crate::{Half, pair, pairs};

/// What failed was dropped before it did, so that only the server knows of it.
#[tokio::test]
async fn of_a_transaction_that_was_ended_unseen_it_is_refused() -> Result<()> {
    let database = database("unseen");
    let db = connect(&database.dsn(), "max_connections=1");
    pair(&db, 0).await?;
    let done = prom::transaction(async {
        Half::create().bar(1).half(0).await?;
        let slow = prom::raw("SELECT 1 / (count(*) - 1) FROM pg_sleep(0.05)").all::<i64>();
        // On a busy machine it may fail in time: then it was seen, and ends the transaction as well.
        let seen = tokio::time::timeout(Duration::from_millis(10), slow).await;
        assert!(!matches!(seen, Ok(Ok(_))), "it divides by zero");
        Ok::<_, prom::Error>(())
    });
    let error = done.on(&db).await.expect_err("it was ended");
    assert_eq!(error.kind(), Kind::TransactionAborted, "{error:?}");
    assert_eq!(pairs(&db).await.len(), 1);
    Ok(())
}

#[tokio::test]
async fn what_is_checked_at_the_end_is_said_at_the_end() -> Result<()> {
    let database = database("deferred");
    let db = connect(&database.dsn(), "max_connections=1");
    pair(&db, 0).await?;
    let sql = "ALTER TABLE half ADD CONSTRAINT later FOREIGN KEY (bar, half) REFERENCES half (bar, half) \
               DEFERRABLE INITIALLY DEFERRED; \
               CREATE TABLE later (of int8 REFERENCES half (_id) DEFERRABLE INITIALLY DEFERRED)";
    database.query(sql).expect("it is changed");
    let done = prom::transaction(async {
        Half::create().bar(1).half(0).await?;
        Half::create().bar(1).half(1).await?;
        prom::raw("INSERT INTO later VALUES (4711)").execute().await.map(drop)
    });
    let error = done.on(&db).await.expect_err("there is no such row");
    assert_eq!(error.kind(), Kind::ForeignKey, "{error:?}");
    assert_eq!(pairs(&db).await.len(), 1);
    until_calm(&database).await;
    Ok(())
}
