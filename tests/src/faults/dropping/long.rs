//! Statements that would take minutes, dropped soon.

use std::time::Duration;

use prom::prelude::*;
use prom::{BoxFuture, Error, Kind, Result, transaction};

use super::cases::Other;
use super::{LONGEST, Others};

/// Counts far, and gives one number.
pub(in crate::faults) const LONG: &str = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000) \
                    SELECT max(i) FROM n";

async fn read() -> Result<()> {
    prom::raw(LONG).only::<i64>().await.map(drop)
}

async fn write() -> Result<()> {
    prom::raw_unchecked(format!("UPDATE other SET count = ({LONG})")).execute().await.map(drop)
}

/// What takes long, by its name.
type Long = (&'static str, fn(Connection) -> BoxFuture<'static, Result<()>>);

const LONG_ONES: &[Long] = &[
    ("a read", |_| Box::pin(read())),
    ("a write", |_| Box::pin(write())),
    ("a read in a transaction", |_| Box::pin(transaction(read()))),
    ("a write in a transaction", |_| Box::pin(transaction(write()))),
    ("a write in a transaction within another", |_| {
        Box::pin(transaction(async { transaction(write()).await }))
    }),
    ("a write in a transaction by hand", |db| {
        Box::pin(async move {
            let tx = db.begin().await?;
            tx.scope(write()).await?;
            tx.commit().await
        })
    }),
];

behaviour! {
    /// As often as it happens: who comes next waits for none of them, be it to
    /// read or to write.
    #[needs(sql, transactions, savepoints)]
    async fn a_long_statement_that_is_dropped_is_stopped(db) {
        Other::create().count(0).await?;
        let others = Others::default();
        for (name, long) in LONG_ONES {
            for _ in 0..6 {
                let cut = tokio::time::timeout(Duration::from_millis(20), long(db.clone())).await;
                assert!(cut.is_err(), "{name} was not long, but gave {cut:?}");
                let looked = tokio::time::timeout(LONGEST, Other::query().only()).await;
                looked.unwrap_or_else(|_| panic!("{name}: who reads waits for it"))?;
                others.write(db, name).await;
            }
        }
        others.lost_nothing().await?;
    }
}

behaviour! {
    /// Where only the statement is dropped, and its transaction is ended as usual.
    #[needs(sql, transactions, savepoints)]
    async fn a_long_statement_that_is_dropped_does_not_delay_the_end_of_its_transaction(db) {
        Other::create().count(0).await?;
        let others = Others::default();
        for _ in 0..3 {
            let ended = transaction(async {
                Other::query().incr_count(1).update_all().await?;
                let cut = tokio::time::timeout(Duration::from_millis(20), write()).await;
                assert!(cut.is_err(), "it was not long, but gave {cut:?}");
                Ok::<_, Error>(())
            });
            let ended = tokio::time::timeout(LONGEST, ended).await.expect("its end waits for the statement");
            assert_eq!(ended.map_err(|it| it.kind()), Err(Kind::TransactionAborted));
            others.write(db, "after a commit").await;

            let tx = db.begin().await?;
            tx.scope(Other::query().incr_count(1).update_all().run()).await?;
            let cut = tokio::time::timeout(Duration::from_millis(20), tx.scope(write())).await;
            assert!(cut.is_err(), "it was not long, but gave {cut:?}");
            tokio::time::timeout(LONGEST, tx.rollback()).await.expect("its end waits for the statement")?;
            others.write(db, "after a rollback").await;
        }
        others.lost_nothing().await?;
    }
}
