//! Begun and ended by hand.

use std::time::Duration;

use prom::prelude::*;
use prom::{Isolation, Kind, transaction};

use super::{Foo, bars, foo};
use crate::behaviour::refused;
use crate::run::{another, in_scope};

behaviour! {
    /// Only it is seen by what runs in it, until it is committed.
    #[needs(transactions)]
    async fn what_it_does_is_seen_in_it_alone(db) {
        foo(1).await?;
        let tx = db.begin().await?;
        Foo::create().bar(2).on(&tx).await?;
        assert_eq!(Foo::query().on(&tx).count().await?, 2);
        assert_eq!(tx.scope(bars()).await?, [1, 2]);
        tx.commit().await?;
        assert_eq!(bars().await?, [1, 2]);
    }
}

behaviour! {
    /// By commit, rollback or drop; of the handle, in a task, by a stream.
    #[needs(transactions)]
    async fn nothing_happens_after_its_end(db) {
        foo(0).await?;
        for (at, how) in ["committed", "rolled back", "rolled back"].into_iter().enumerate() {
            let tx = db.begin().await?;
            Foo::create().bar(1).on(&tx).await?;
            let mut row = Foo::query().eq_bar(0).on(&tx).only().await?;
            let executor = prom::Executor::from(&tx);
            let (go, gone) = tokio::sync::oneshot::channel::<()>();
            let late = tokio::spawn(tx.scope(async move {
                let _ = gone.await;
                (foo(7).await.map(drop), transaction(async { foo(8).await }).await.map(drop))
            }));
            match at {
                0 => tx.commit().await?,
                1 => tx.rollback().await?,
                _ => drop(tx),
            }
            let _ = go.send(());
            let (plain, within) = late.await.expect("it does not panic");
            row.bar = 9;
            for done in [
                plain,
                within,
                Foo::create().bar(9).on(&executor).await.map(drop),
                row.save().on(&executor).await,
                Foo::query().on(&executor).count().await.map(drop),
                Foo::query().on(&executor).stream().try_next().await.map(drop),
            ] {
                let error = refused(done);
                assert_eq!(error.kind(), Kind::Invalid, "{error}");
                assert!(error.to_string().contains(how), "{error}");
            }
            Foo::query().gt_bar(0).delete().await?;
            assert_eq!(bars().await?, [0]);
        }
    }
}

behaviour! {
    /// A task inherits nothing; `scope` takes the transaction along.
    #[needs(transactions)]
    async fn a_task_that_is_spawned_is_outside_unless_it_is_taken_along(db) {
        foo(0).await?;
        let tx = db.begin().await?;
        Foo::create().bar(1).on(&tx).await?;
        let inside = tokio::spawn(tx.scope(async {
            foo(2).await?;
            // Another scope around it takes nothing away.
            bars().await
        }));
        assert_eq!(inside.await.expect("it does not panic")?, [0, 1, 2]);
        tx.rollback().await?;
        assert_eq!(bars().await?, [0]);
    }
}

behaviour! {
    /// A row knows its connection, and not a transaction.
    #[needs(transactions)]
    async fn rows_are_carried_in_and_out(db) {
        let mut before = foo(1).await?;
        let mut after = transaction(async {
            before.bar = 10;
            before.save().await?;
            foo(2).await
        })
        .await?;
        after.bar = 20;
        after.save().await?;
        assert_eq!(bars().await?, [10, 20]);
        let tx = db.begin().await?;
        let mut inside = Foo::query().eq_bar(10).on(&tx).only().await?;
        inside.bar = 11;
        inside.save().on(&tx).await?;
        tx.commit().await?;
        inside.bar = 12;
        inside.save().await?;
        assert!(inside.delete().await?);
        // What was undone is not in the row that it was done with.
        let mut undone = after.clone();
        let tx = db.begin().await?;
        undone.bar = 99;
        undone.save().on(&tx).await?;
        tx.rollback().await?;
        undone.reload().await?;
        assert_eq!(undone, after);
    }
}

behaviour! {
    /// It is taken, and kept at the least.
    #[needs(transactions)]
    async fn every_isolation_is_taken(db) {
        for (bar, isolation) in
            [Isolation::ReadCommitted, Isolation::RepeatableRead, Isolation::Serializable].into_iter().enumerate()
        {
            let bar = i64::try_from(bar).expect("it is small");
            let tx = db.begin().isolation(isolation).await?;
            Foo::create().bar(bar).on(&tx).await?;
            tx.commit().await?;
            transaction(async { foo(bar + 10).await }).isolation(isolation).await?;
        }
        assert_eq!(bars().await?, [0, 1, 2, 10, 11, 12]);
    }
}

behaviour! {
    /// Every kind of change is refused; reads go on.
    #[needs(transactions)]
    async fn one_that_only_reads_writes_nothing(db) {
        let row = foo(1).await?;
        let done = transaction(async {
            assert_eq!(bars().await?, [1]);
            let first = refused(foo(2).await);
            assert_eq!(first.kind(), Kind::ReadOnly, "{first}");
            Ok::<_, prom::Error>(())
        });
        let _ = done.read_only().await;
        let tx = db.begin().read_only().await?;
        let mut changed = row.clone();
        changed.bar = 2;
        let tried = tx.scope(async {
            [
                foo(2).await.map(drop),
                Foo::create_many([Foo::draft().bar(2), Foo::draft().bar(3)]).await.map(drop),
                changed.save().await,
                changed.delete().await.map(drop),
                Foo::query().delete_all().await.map(drop),
                Foo::query().set_bar(3).update_all().await.map(drop),
            ]
        });
        for done in tried.await {
            let error = refused(done);
            assert!(matches!(error.kind(), Kind::ReadOnly | Kind::TransactionAborted), "{error}");
        }
        drop(tx);
        let tx = db.begin().read_only().await?;
        assert_eq!(tx.scope(bars()).await?, [1]);
        assert_eq!(Foo::query().on(&tx).stream().try_next().await?, Some(row));
        tx.commit().await?;
        assert_eq!(bars().await?, [1]);
    }
}

behaviour! {
    /// Nor by hand-written SQL.
    #[needs(sql, transactions)]
    async fn nor_by_hand_written_sql(db) {
        foo(1).await?;
        for text in ["DELETE FROM foo", "UPDATE foo SET bar = 2", "CREATE TABLE more (a BIGINT)"] {
            let tx = db.begin().read_only().await?;
            let error = refused(prom::raw(text).on(&tx).execute().await);
            assert_eq!(error.kind(), Kind::ReadOnly, "{error}");
            drop(tx);
        }
        let tx = db.begin().read_only().await?;
        assert_eq!(prom::raw("SELECT count(*) FROM foo").on(&tx).only::<i64>().await?, 1);
        tx.commit().await?;
        assert_eq!(bars().await?, [1]);
    }
}

/// One row is made long before, on whatever machine.
const LATE: Duration = Duration::from_millis(1_500);

behaviour! {
    /// In its body, in a statement, and what comes after it.
    #[needs(transactions)]
    async fn a_deadline_ends_one_by_hand(db) {
        db.install(&[Foo::schema()]).await?;
        for wait in [true, false] {
            let tx = db.begin().deadline(LATE).await?;
            Foo::create().bar(1).on(&tx).await?;
            tokio::time::sleep(LATE + LATE / 3).await;
            if wait {
                let error = refused(Foo::create().bar(2).on(&tx).await);
                assert_eq!(error.kind(), Kind::Deadline, "{error}");
                assert_eq!(refused(Foo::query().on(&tx).count().await).kind(), Kind::Deadline);
            }
            assert_eq!(refused(tx.commit().await).kind(), Kind::Deadline);
            assert_eq!(bars().await?, []);
        }
        // Others need not wait until somebody notices.
        let idle = db.begin().deadline(LATE).await?;
        Foo::create().bar(1).on(&idle).await?;
        foo(1).await?;
        assert_eq!(bars().await?, [1]);
        drop(idle);
        let quick = db.begin().deadline(LATE).await?;
        Foo::create().bar(3).on(&quick).await?;
        quick.commit().await?;
        tokio::time::sleep(LATE + LATE / 3).await;
        assert_eq!(bars().await?, [1, 3]);
    }
}

behaviour! {
    /// Where a model names its connection it stays there, else it goes along.
    #[needs(transactions)]
    async fn one_on_another_connection_takes_the_place_of_the_default(db) {
        let other = another("other")?;
        transaction(async {
            foo(1).await?;
            Foo::create().bar(2).on(db).await
        })
        .on(&other)
        .await?;
        assert_eq!(bars().await?, [2]);
        assert_eq!(other.scope(bars()).await?, [1]);
        let tx = other.begin().await?;
        tx.scope(foo(3)).await?;
        tokio::spawn(tx.scope(foo(4))).await.expect("it does not panic")?;
        assert_eq!(bars().await?, [2]);
        tx.rollback().await?;
        assert_eq!(tokio::spawn(in_scope(&other, bars())).await.expect("it does not panic")?, [1]);
        other.close().await?;
    }
}

behaviour! {
    /// `.on` takes one by hand too, and then it is within that.
    #[needs(transactions, savepoints)]
    async fn one_on_another_one_is_within_it(db) {
        let tx = db.begin().await?;
        let done = transaction(async {
            foo(1).await?;
            Err::<(), _>(super::Own::Refused)
        });
        assert!(done.on(&tx).await.is_err());
        transaction(async { foo(2).await }).on(&tx).await?;
        assert_eq!(tx.scope(bars()).await?, [2]);
        tx.commit().await?;
        assert_eq!(bars().await?, [2]);
    }
}

behaviour! {
    /// There is none for a name that is none.
    #[needs(transactions)]
    async fn a_name_that_is_none_is_refused(db) {
        let missing = format!("{}x", db.name());
        assert_eq!(refused(prom::begin(&missing).await).kind(), Kind::NotConfigured);
        let done = transaction(async { foo(1).await }).named(&missing);
        assert_eq!(refused(done.await).kind(), Kind::NotConfigured);
    }
}
