//! Who waits for whom, and not for ever.

use std::time::Duration;

use prom::prelude::*;
use prom::{Error, Kind, transaction};

use super::{Foo, bars, foo};
use crate::behaviour::refused;
use crate::run::{dsn, in_scope};

/// It gives up soon; who never did would meet the suite's own deadline. What need not
/// wait has time enough, on whatever machine.
fn impatient() -> prom::Result<Connection> {
    prom::configure(&dsn("impatient").replace('#', "?pool_timeout=1s#"))
}

behaviour! {
    /// And is told why; where it needs not wait, it is outside all the same.
    #[needs(transactions)]
    async fn a_task_that_waits_for_its_own_transaction_gives_up() {
        let db = impatient()?;
        db.scope(async {
            foo(0).await?;
            transaction(async {
                foo(1).await?;
                let outside = tokio::spawn(in_scope(&db, foo(2)));
                if let Err(error) = outside.await.expect("it does not panic") {
                    assert_eq!(error.kind(), Kind::PoolTimeout, "{error}");
                    for word in ["transaction", "tokio::spawn", "scope"] {
                        assert!(error.to_string().contains(word), "no `{word}`: {error}");
                    }
                }
                // That error was not the transaction's own.
                foo(3).await
            })
            .await?;
            assert_eq!(Foo::query().ne_bar(2).count().await?, 3);
            Ok::<_, Error>(())
        })
        .await?;
        db.close().await?;
    }
}

behaviour! {
    /// Whoever asks the outer one meanwhile is told so.
    #[needs(transactions, savepoints)]
    async fn one_within_that_does_not_end_is_not_waited_for_for_ever() {
        let db = impatient()?;
        let tx = db.begin().await?;
        Foo::create().bar(1).on(&tx).await?;
        let inner = tx.begin().await?;
        Foo::create().bar(2).on(&inner).await?;
        for error in [
            refused(Foo::create().bar(3).on(&tx).await),
            refused(tx.begin().await),
            refused(Foo::query().on(&tx).stream().try_next().await),
        ] {
            assert_eq!(error.kind(), Kind::PoolTimeout, "{error}");
            assert!(error.to_string().contains("within it"), "{error}");
        }
        // Both go on as if nothing had been.
        Foo::create().bar(4).on(&inner).await?;
        inner.commit().await?;
        Foo::create().bar(5).on(&tx).await?;
        tx.commit().await?;
        assert_eq!(db.scope(bars()).await?, [1, 2, 4, 5]);
        db.close().await?;
    }
}

behaviour! {
    /// Committed while one within is open, it is undone and not kept by halves.
    #[needs(transactions, savepoints)]
    async fn the_end_does_not_wait_for_one_within_for_ever() {
        let db = impatient()?;
        let tx = db.begin().await?;
        Foo::create().bar(1).on(&tx).await?;
        let inner = tx.begin().await?;
        assert_eq!(refused(tx.commit().await).kind(), Kind::PoolTimeout);
        assert_eq!(refused(Foo::create().bar(2).on(&inner).await).kind(), Kind::Invalid);
        drop(inner);
        assert_eq!(db.scope(bars()).await?, []);
        let tx = db.begin().await?;
        let inner = tx.begin().await?;
        Foo::create().bar(1).on(&inner).await?;
        // It says that it waited in vain, and is undone all the same.
        assert_eq!(refused(tx.rollback().await).kind(), Kind::PoolTimeout);
        assert!(inner.commit().await.is_err());
        assert_eq!(db.scope(bars()).await?, []);
        db.close().await?;
    }
}

behaviour! {
    /// Whoever writes takes turns with a transaction that is soon over.
    #[needs(transactions)]
    async fn others_wait_for_a_short_one(db) {
        foo(0).await?;
        let tx = db.begin().await?;
        Foo::create().bar(1).on(&tx).await?;
        let outside = tokio::spawn(in_scope(db, foo(2)));
        tokio::time::sleep(Duration::from_millis(30)).await;
        tx.commit().await?;
        assert_eq!(outside.await.expect("it does not panic")?.bar, 2);
        assert_eq!(bars().await?, [0, 1, 2]);
    }
}
