//! Transactions: wholly or not at all.

// How one is written.
mod ambient;
mod by_hand;
mod nesting;

// What is done in one.
mod errors;
mod installing;
mod statements;
mod streams;

// What becomes of the rows.
mod undone;

// What is done about others.
mod retrying;
mod waiting;

use std::time::Duration;

use prom::prelude::*;
use prom::{Error, Isolation, Kind, transaction};

use crate::behaviour::refused;
use crate::run::{another, in_scope};

#[prom::orm(unique(bar))]
#[derive(Debug, Clone, PartialEq)]
struct Foo {
    bar: i64,
}

/// An error of the program's own.
#[derive(Debug)]
enum Own {
    Refused,
    Prom(Error),
}

impl From<Error> for Own {
    fn from(error: Error) -> Self {
        Self::Prom(error)
    }
}

async fn foo(bar: i64) -> prom::Result<Foo> {
    Foo::create().bar(bar).await
}

async fn bars() -> prom::Result<Vec<i64>> {
    Ok(Foo::query().asc_bar().get().await?.iter().map(|it| it.bar).collect())
}

behaviour! {
    /// What a future did is there when it gives `Ok`, and what it gives comes back.
    #[needs(transactions)]
    async fn ok_commits() {
        let given = transaction(async {
            Foo::create().bar(1).await?;
            Foo::create().bar(2).await?;
            Ok::<_, Error>("done")
        })
        .await?;
        assert_eq!((given, bars().await?), ("done", vec![1, 2]));
    }
}

behaviour! {
    /// And nothing when it gives `Err`, of whatever type.
    #[needs(transactions)]
    async fn an_error_rolls_back() {
        Foo::create().bar(1).await?;
        let done = transaction(async {
            Foo::create().bar(2).await?;
            assert_eq!(bars().await?, [1, 2], "it sees its own rows");
            Err::<(), _>(Own::Refused)
        })
        .await;
        assert!(matches!(done, Err(Own::Refused)));
        let done = transaction(async {
            Foo::create().bar(2).await?;
            Foo::query().eq_bar(7).only().await?;
            Ok::<_, Own>(())
        });
        assert!(matches!(done.await, Err(Own::Prom(it)) if it.kind() == Kind::NotFound));
        assert_eq!(bars().await?, [1]);
    }
}

behaviour! {
    /// One within another is undone alone, and the outer one goes on.
    #[needs(transactions, savepoints, unique)]
    async fn what_may_fail_is_tried_in_one_within() {
        transaction(async {
            Foo::create().bar(1).await?;
            let inner = transaction(async {
                Foo::create().bar(2).await?;
                Foo::create().bar(1).await?;
                Ok::<_, Error>(())
            });
            assert_eq!(refused(inner.await).kind(), Kind::Unique);
            Foo::create().bar(3).await
        })
        .await?;
        assert_eq!(bars().await?, [1, 3]);
    }
}

behaviour! {
    /// An error that the database reports ends it, also where nobody heeds it.
    #[needs(transactions, unique)]
    async fn an_error_that_is_not_heeded_is_not_committed() {
        let done = transaction(async {
            Foo::create().bar(1).await?;
            assert_eq!(refused(Foo::create().bar(1).await).kind(), Kind::Unique);
            let error = refused(Foo::query().count().await);
            assert_eq!(error.kind(), Kind::TransactionAborted);
            assert!(error.to_string().contains("an earlier error ended the transaction"), "{error}");
            Ok::<_, Error>(())
        });
        assert_eq!(refused(done.await).kind(), Kind::TransactionAborted);
        assert_eq!(bars().await?, Vec::<i64>::new());
    }
}

behaviour! {
    /// Dropped half-way, it is rolled back before anybody else comes.
    #[needs(transactions)]
    async fn one_that_is_dropped_leaves_no_trace() {
        let slow = transaction(async {
            Foo::create().bar(1).await?;
            tokio::time::sleep(Duration::from_secs(60)).await;
            Ok::<_, Error>(())
        });
        assert!(tokio::time::timeout(Duration::from_millis(50), slow).await.is_err());
        assert_eq!(bars().await?, Vec::<i64>::new());
        Foo::create().bar(1).await?;
    }
}

behaviour! {
    /// By hand: begun, used by `on`, taken along into another task, committed.
    #[needs(transactions, savepoints)]
    async fn one_by_hand_is_carried_wherever_it_is_wanted(db) {
        let tx = db.begin().await?;
        let mut it = Foo::create().bar(1).on(&tx).await?;
        it.bar = 2;
        it.save().on(&tx).await?;
        let task = tokio::spawn(tx.scope(async { Foo::create().bar(3).insert().await }));
        task.await.expect("it does not panic")?;
        let inner = tx.begin().await?;
        Foo::create().bar(4).on(&inner).await?;
        inner.rollback().await?;
        tx.commit().await?;
        assert_eq!(bars().await?, [2, 3]);
        drop(db.begin().await?);
        let tx = db.begin().isolation(Isolation::Serializable).await?;
        Foo::create().bar(9).on(&tx).await?;
        drop(tx);
        assert_eq!(bars().await?, [2, 3]);
    }
}

behaviour! {
    /// A deadline ends it.
    #[needs(transactions)]
    async fn a_deadline_rolls_back() {
        let slow = transaction(async {
            Foo::create().bar(1).await?;
            tokio::time::sleep(Duration::from_secs(60)).await;
            Ok::<_, Error>(())
        });
        assert_eq!(refused(slow.deadline(Duration::from_millis(50)).await).kind(), Kind::Deadline);
        assert_eq!(bars().await?, Vec::<i64>::new());
    }
}

behaviour! {
    /// A stream of many rows within a transaction that changes them.
    #[needs(transactions)]
    async fn a_stream_in_a_transaction_sees_its_own_rows_once() {
        transaction(async {
            Foo::create_many((0..2_500).map(|it| Foo::draft().bar(it))).await?;
            let mut rows = Foo::query().asc_bar().stream();
            let mut seen = 0;
            while let Some(mut it) = rows.try_next().await? {
                it.bar += 10_000;
                it.save().await?;
                seen += 1;
            }
            assert_eq!(seen, 2_500);
            Ok::<_, Error>(())
        })
        .await?;
        assert_eq!(Foo::query().gte_bar(10_000).count().await?, 2_500);
    }
}

behaviour! {
    /// One connection's transaction is none of another's.
    #[needs(transactions)]
    async fn another_connection_is_outside() {
        let other = another("outside")?;
        let done = transaction(async {
            Foo::create().bar(1).await?;
            Foo::create().bar(7).on(&other).await?;
            Err::<(), _>(Own::Refused)
        });
        assert!(done.await.is_err());
        assert_eq!(bars().await?, Vec::<i64>::new());
        assert_eq!(Foo::query().on(&other).count().await?, 1);
        assert_eq!(tokio::spawn(in_scope(&other, bars())).await.expect("no panic")?, [7]);
    }
}
