//! Streams, and transactions around and between their pieces.

use prom::prelude::*;
use prom::{Error, Kind, transaction};

use super::Own;

/// Without an index, so that there may be many.
#[prom::orm]
#[derive(Debug, Clone, PartialEq)]
struct Foo {
    bar: i64,
}

async fn foo(bar: i64) -> prom::Result<Foo> {
    Foo::create().bar(bar).await
}

async fn foos(count: i64) -> prom::Result<()> {
    Foo::create_many((0..count).map(|it| Foo::draft().bar(it))).await.map(drop)
}

async fn bars() -> prom::Result<Vec<i64>> {
    Ok(Foo::query().asc_bar().get().await?.iter().map(|it| it.bar).collect())
}

/// More than is read at once, and than SQLite keeps in memory.
const MANY: i64 = 12_000;

fn all() -> Vec<i64> {
    (0..MANY).collect()
}

/// What is left of it.
macro_rules! rest {
    ($rows:expr) => {{
        let mut seen = Vec::new();
        while let Some(it) = $rows.try_next().await? {
            seen.push(it.bar);
        }
        seen
    }};
}

/// The error that it meets, behind whatever rows.
macro_rules! error_of {
    ($rows:expr) => {
        loop {
            match $rows.try_next().await {
                Ok(Some(_)) => {}
                Ok(None) => panic!("it reads what it may not to its end"),
                Err(error) => break error,
            }
        }
    };
}

behaviour! {
    /// Its first rows were read before, the others within: it stays what it was.
    #[needs(transactions, savepoints)]
    async fn one_that_was_begun_outside_is_read_in_a_transaction() {
        foos(MANY).await?;
        let mut rows = Foo::query().asc_bar().stream();
        let mut seen = vec![rows.try_next().await?.expect("the first").bar];
        let done = transaction(async {
            Foo::query().gte_bar(5).delete().await?;
            foo(-1).await?;
            for _ in 0..3_000 {
                seen.push(rows.try_next().await?.expect("there are more").bar);
            }
            transaction(async {
                foo(-2).await?;
                for _ in 0..3_000 {
                    seen.push(rows.try_next().await?.expect("there are more").bar);
                }
                Ok::<_, Error>(())
            })
            .await?;
            assert_eq!(Foo::query().count().await?, 7);
            Err::<(), _>(Own::Refused)
        });
        assert!(matches!(done.await, Err(Own::Refused)));
        seen.extend(rest!(rows));
        assert_eq!(seen, all());
        assert_eq!(bars().await?, all());
    }
}

behaviour! {
    /// Made outside, it begins where its first row is asked for.
    #[needs(transactions)]
    async fn one_begins_where_it_is_first_read() {
        foos(3).await?;
        let mut rows = Foo::query().asc_bar().stream();
        let done = transaction(async {
            foo(3).await?;
            assert_eq!(rest!(rows), [0, 1, 2, 3]);
            Err::<(), _>(Own::Refused)
        });
        assert!(matches!(done.await, Err(Own::Refused)));
    }
}

behaviour! {
    /// What the transaction wrote before, and not what it writes afterwards.
    #[needs(transactions, savepoints)]
    async fn one_in_a_transaction_is_a_snapshot_of_it() {
        for count in [10, 1_500, MANY] {
            let done = transaction(async {
                foos(count).await?;
                let mut rows = Foo::query().asc_bar().stream();
                assert_eq!(rows.try_next().await?.map(|it| it.bar), Some(0));
                foo(count).await?;
                Foo::query().eq_bar(count - 1).delete().await?;
                let inner = transaction(async {
                    foo(count + 1).await?;
                    assert_eq!(rows.try_next().await?.map(|it| it.bar), Some(1));
                    Err::<(), _>(Own::Refused)
                });
                assert!(inner.await.is_err());
                assert_eq!(rest!(rows), (2..count).collect::<Vec<_>>());
                Err::<(), _>(Own::Refused)
            });
            match done.await {
                Err(Own::Prom(error)) => return Err(error),
                done => assert!(matches!(done, Err(Own::Refused))),
            }
        }
        assert_eq!(bars().await?, []);
    }
}

behaviour! {
    /// Sorted by what the loop changes, each row comes once.
    #[needs(transactions)]
    async fn one_is_sorted_by_what_the_loop_changes() {
        foos(MANY).await?;
        transaction(async {
            let mut rows = Foo::query().asc_bar().stream();
            let mut seen = Vec::new();
            while let Some(mut it) = rows.try_next().await? {
                seen.push(it.bar);
                if it.bar % 100 == 0 {
                    it.bar += 100 * MANY;
                    it.save().await?;
                }
            }
            assert_eq!(seen, all());
            Ok::<_, Error>(())
        })
        .await?;
        assert_eq!(Foo::query().gte_bar(100 * MANY).count().await?, 120);
    }
}

behaviour! {
    /// Each goes on by itself.
    #[needs(transactions)]
    async fn two_at_once_do_not_meet() {
        transaction(async {
            foos(MANY).await?;
            let mut up = Foo::query().asc_bar().stream();
            let mut down = Foo::query().desc_bar().stream();
            for at in 0..MANY {
                let (one, other) = tokio::join!(up.try_next(), down.try_next());
                assert_eq!(one?.map(|it| it.bar), Some(at));
                assert_eq!(other?.map(|it| it.bar), Some(MANY - 1 - at));
            }
            assert!(up.try_next().await?.is_none() && down.try_next().await?.is_none());
            Ok::<_, Error>(())
        })
        .await?;
    }
}

behaviour! {
    /// Read to its end in the outer one.
    #[needs(transactions, savepoints)]
    async fn one_that_was_begun_within_goes_on_where_that_was_kept() {
        transaction(async {
            foos(MANY).await?;
            let mut rows = transaction(async {
                let mut rows = Foo::query().asc_bar().stream();
                assert_eq!(rows.try_next().await?.map(|it| it.bar), Some(0));
                Ok::<_, Error>(rows)
            })
            .await?;
            assert_eq!(rest!(rows), (1..MANY).collect::<Vec<_>>());
            Ok::<_, Error>(())
        })
        .await?;
    }
}

behaviour! {
    /// By hand as well, in a future that is in the outer one.
    #[needs(transactions, savepoints)]
    async fn one_is_read_in_one_by_hand_within(db) {
        transaction(async {
            foos(MANY).await?;
            let inner = db.begin().await?;
            let mut rows = Foo::query().asc_bar().on(&inner).stream();
            for at in 0..MANY - 1 {
                assert_eq!(rows.try_next().await?.map(|it| it.bar), Some(at));
                if at == 1 {
                    Foo::create().bar(-1).on(&inner).await?;
                }
            }
            inner.commit().await?;
            assert_eq!(rest!(rows), [MANY - 1]);
            Ok::<_, Error>(())
        })
        .await?;
    }
}

behaviour! {
    /// Its rows may never have been: what was read of it is given, and then an error, which does not
    /// end the outer one.
    #[needs(transactions, savepoints)]
    async fn one_that_was_begun_within_ends_where_that_was_undone() {
        transaction(async {
            foos(MANY).await?;
            let mut kept = None;
            let inner = transaction(async {
                foo(-1).await?;
                let mut rows = Foo::query().asc_bar().stream();
                assert_eq!(rows.try_next().await?.map(|it| it.bar), Some(-1));
                kept = Some(rows);
                Err::<(), _>(Own::Refused)
            });
            assert!(inner.await.is_err());
            let mut rows = kept.expect("it was begun");
            let error = error_of!(rows);
            assert_eq!(error.kind(), Kind::Invalid, "{error}");
            assert!(rows.try_next().await?.is_none());
            foo(MANY).await
        })
        .await?;
        assert_eq!(Foo::query().gte_bar(MANY).count().await?, 1);
    }
}

behaviour! {
    /// What is asked then goes at once.
    #[needs(transactions)]
    async fn one_that_is_dropped_holds_nobody_up() {
        transaction(async {
            foos(MANY).await?;
            for at in 0..20 {
                let mut rows = Foo::query().asc_bar().stream();
                assert_eq!(rows.try_next().await?.map(|it| it.bar), Some(0));
                drop(rows);
                foo(MANY + at).await?;
            }
            Ok::<_, Error>(())
        })
        .await?;
        foo(MANY + 20).await?;
        assert_eq!(bars().await?, (0..MANY + 21).collect::<Vec<_>>());
    }
}

behaviour! {
    /// Not in the next transaction either, nor outside.
    #[needs(transactions)]
    async fn one_is_not_read_after_its_transaction() {
        foos(MANY).await?;
        for how in ["committed", "rolled back"] {
            let mut kept = None;
            let done = transaction(async {
                let mut rows = Foo::query().asc_bar().stream();
                rows.try_next().await?;
                kept = Some(rows);
                if how == "committed" { Ok(()) } else { Err(Own::Refused) }
            });
            assert_eq!(done.await.is_ok(), how == "committed");
            let mut rows = kept.expect("it was begun");
            transaction(async {
                foo(MANY).await?;
                let error = error_of!(rows);
                assert_eq!(error.kind(), Kind::Invalid, "{error}");
                assert!(error.to_string().contains(how), "{error}");
                assert!(rows.try_next().await?.is_none());
                foo(MANY + 1).await
            })
            .await?;
        }
        assert_eq!(Foo::query().gte_bar(MANY).count().await?, 4);
    }
}

behaviour! {
    /// One that was begun outside goes on after many transactions.
    #[needs(transactions)]
    async fn one_from_outside_outlives_transactions() {
        foos(MANY).await?;
        let mut rows = Foo::query().asc_bar().stream();
        let mut seen = Vec::new();
        while let Some(it) = rows.try_next().await? {
            if it.bar % 2_000 == 0 {
                let done = transaction(async {
                    Foo::query().eq_bar(it.bar + 1_999).delete().await?;
                    if it.bar % 4_000 == 0 { Ok(()) } else { Err(Own::Refused) }
                });
                assert_eq!(done.await.is_ok(), it.bar % 4_000 == 0);
            }
            seen.push(it.bar);
        }
        assert_eq!(seen, all());
        assert_eq!(bars().await?.len(), seen.len() - 3);
    }
}
