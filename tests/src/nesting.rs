//! Transactions within transactions, by hand and by future, each way.

use prom::prelude::*;
use prom::{Error, transaction};

#[prom::orm]
#[derive(Debug)]
struct Foo {
    bar: i64,
}

async fn bars() -> prom::Result<Vec<i64>> {
    Ok(Foo::query().asc_bar().get().await?.iter().map(|it| it.bar).collect())
}

behaviour! {
    /// What is said to run in it does, though its task is in the outer one.
    #[needs(transactions, savepoints)]
    async fn one_by_hand_within_a_future_has_its_own_statements(db) {
        transaction(async {
            Foo::create().bar(1).await?;
            let inner = db.begin().await?;
            Foo::create().bar(2).on(&inner).await?;
            let mut rows = Foo::query().on(&inner).asc_bar().stream();
            assert_eq!(rows.try_next().await?.map(|it| it.bar), Some(1));
            let innermost = transaction(async { Foo::create().bar(3).await.map(drop) });
            innermost.on(&inner).await?;
            inner.rollback().await?;
            let inner = db.begin().await?;
            Foo::create().bar(4).on(&inner).await?;
            inner.commit().await?;
            Ok::<_, Error>(())
        })
        .await?;
        assert_eq!(bars().await?, [1, 4]);
    }
}

behaviour! {
    /// The other way round: the innermost that its task is in.
    #[needs(transactions, savepoints)]
    async fn a_future_within_one_by_hand_has_what_runs_on_the_outer_one(db) {
        let tx = db.begin().await?;
        Foo::create().bar(1).on(&tx).await?;
        let undone = transaction(async {
            Foo::create().bar(2).on(&tx).await?;
            Err::<(), _>(Error::new(prom::Kind::Value, "it is not wanted"))
        });
        assert!(undone.on(&tx).await.is_err());
        Foo::create().bar(3).on(&tx).await?;
        tx.commit().await?;
        assert_eq!(bars().await?, [1, 3]);
    }
}
