//! One within another.

use std::time::Duration;

use prom::prelude::*;
use prom::{Error, Isolation, Kind, Transaction, transaction};

use super::{Foo, Own, bars, foo};
use crate::behaviour::refused;

behaviour! {
    /// In whatever order they are kept and undone.
    #[needs(transactions, savepoints)]
    async fn each_of_those_within_is_kept_or_undone() {
        transaction(async {
            foo(0).await?;
            for (bar, keep) in [(1, true), (2, false), (3, false), (4, true), (5, false)] {
                let inner = transaction(async {
                    foo(bar).await?;
                    if keep { Ok(()) } else { Err(Own::Refused) }
                });
                assert_eq!(inner.await.is_ok(), keep);
            }
            foo(6).await
        })
        .await?;
        assert_eq!(bars().await?, [0, 1, 4, 6]);
    }
}

behaviour! {
    /// What was kept within goes with what it is part of.
    #[needs(transactions, savepoints)]
    async fn what_was_kept_within_goes_with_the_outer_one() {
        let done = transaction(async {
            foo(1).await?;
            transaction(async {
                foo(2).await?;
                transaction(foo_alone(3)).await
            })
            .await?;
            assert_eq!(bars().await?, [1, 2, 3]);
            Err::<(), _>(Own::Refused)
        });
        assert!(matches!(done.await, Err(Own::Refused)));
        assert_eq!(bars().await?, []);
        transaction(async {
            foo(1).await?;
            let middle = transaction(async {
                foo(2).await?;
                transaction(foo_alone(3)).await?;
                Err::<(), _>(Own::Refused)
            });
            assert!(middle.await.is_err());
            Ok::<_, Own>(())
        })
        .await
        .map_err(|it| match it {
            Own::Prom(error) => error,
            Own::Refused => Error::new(Kind::Invalid, "of the program's own"),
        })?;
        assert_eq!(bars().await?, [1]);
    }
}

async fn foo_alone(bar: i64) -> prom::Result<()> {
    foo(bar).await.map(drop)
}

behaviour! {
    /// A hundred of them, and those from the fiftieth on are undone.
    #[needs(transactions, savepoints)]
    async fn they_are_as_deep_as_one_likes(db) {
        let mut open: Vec<Transaction> = vec![db.begin().await?];
        for depth in 0..100 {
            let inner = open[open.len() - 1].begin().await?;
            Foo::create().bar(depth).on(&inner).await?;
            open.push(inner);
        }
        for depth in (0..100).rev() {
            let inner = open.pop().expect("a hundred were begun");
            if depth == 50 { inner.rollback().await? } else { inner.commit().await? }
        }
        open.pop().expect("the first").commit().await?;
        assert_eq!(bars().await?, (0..50).collect::<Vec<_>>());
    }
}

behaviour! {
    /// The outer one as well, whatever is still open in it.
    #[needs(transactions, savepoints)]
    async fn an_outer_one_that_is_dropped_takes_the_inner_along(db) {
        let outer = db.begin().await?;
        Foo::create().bar(1).on(&outer).await?;
        let inner = outer.begin().await?;
        Foo::create().bar(2).on(&inner).await?;
        drop(outer);
        let error = refused(Foo::create().bar(3).on(&inner).await);
        assert_eq!(error.kind(), Kind::Invalid, "{error}");
        assert!(error.to_string().contains("rolled back"), "{error}");
        assert_eq!(refused(inner.commit().await).kind(), Kind::Invalid);
        assert_eq!(bars().await?, []);
    }
}

behaviour! {
    /// Statements that are joined queue on the connection, and all are done.
    #[needs(transactions)]
    async fn statements_may_be_joined() {
        let (a, b, c) = transaction(async {
            let rows = tokio::join!(foo(1), foo(2), Foo::query().count());
            Ok::<_, Error>((rows.0?.bar, rows.1?.bar, rows.2?))
        })
        .await?;
        assert_eq!((a, b), (1, 2));
        assert!(c <= 2);
        assert_eq!(bars().await?, [1, 2]);
    }
}

behaviour! {
    /// Those within exclude each other, and what is joined with them waits: only the one that
    /// fails is undone.
    #[needs(transactions, savepoints)]
    async fn those_within_may_be_joined() {
        for pause in [0, 3] {
            let wait = || tokio::time::sleep(Duration::from_millis(pause));
            let fails = transaction(async {
                foo(1).await?;
                wait().await;
                foo(2).await?;
                Err::<(), _>(Own::Refused)
            });
            let holds = transaction(async {
                foo(3).await?;
                wait().await;
                assert!(!bars().await?.contains(&1), "it is alone");
                foo(4).await?;
                Ok::<_, Error>(())
            });
            transaction(async {
                foo(0).await?;
                let (failed, held, plain) = tokio::join!(fails, holds, foo(5));
                assert!(matches!(failed, Err(Own::Refused)));
                held?;
                plain
            })
            .await?;
            assert_eq!(bars().await?, [0, 3, 4, 5]);
            Foo::query().delete_all().await?;
        }
    }
}

behaviour! {
    /// Many, of which every third fails.
    #[needs(transactions, savepoints)]
    async fn many_within_take_turns(db) {
        let tx = db.begin().await?;
        let tasks: Vec<_> = (0..30)
            .map(|bar| {
                tokio::spawn(tx.scope(async move {
                    transaction(async {
                        foo(bar).await?;
                        tokio::task::yield_now().await;
                        foo(bar + 100).await?;
                        if bar % 3 == 0 { Err(Own::Refused) } else { Ok(()) }
                    })
                    .await
                    .is_ok()
                }))
            })
            .collect();
        for (bar, task) in tasks.into_iter().enumerate() {
            assert_eq!(task.await.expect("it does not panic"), bar % 3 != 0);
        }
        tx.commit().await?;
        assert_eq!(bars().await?.len(), 40);
        assert_eq!(Foo::query().lt_bar(100).count().await?, 20);
    }
}

behaviour! {
    /// What the outer one has is said there.
    #[needs(transactions, savepoints)]
    async fn one_within_has_no_options_of_its_own() {
        transaction(async {
            foo(1).await?;
            let within = || transaction(foo_alone(2));
            for done in [
                within().isolation(Isolation::Serializable).await,
                within().read_only().await,
                within().deadline(Duration::from_secs(9)).await,
            ] {
                let error = refused(done);
                assert_eq!(error.kind(), Kind::Invalid);
                assert!(error.to_string().contains("within another"), "{error}");
            }
            // It has not ended anything.
            within().await
        })
        .await?;
        assert_eq!(bars().await?, [1, 2]);
    }
}

behaviour! {
    /// One within, dropped half-way, is undone before the outer one goes on.
    #[needs(transactions, savepoints)]
    async fn one_within_may_be_dropped() {
        transaction(async {
            foo(1).await?;
            let slow = transaction(async {
                foo(2).await?;
                tokio::time::sleep(Duration::from_secs(60)).await;
                Ok::<_, Error>(())
            });
            assert!(tokio::time::timeout(Duration::from_millis(30), slow).await.is_err());
            assert_eq!(bars().await?, [1]);
            foo(3).await
        })
        .await?;
        assert_eq!(bars().await?, [1, 3]);
    }
}

behaviour! {
    /// Its name is the outer one's.
    #[needs(transactions, savepoints)]
    async fn one_that_is_begun_in_another_is_within_it(db) {
        let done = transaction(async {
            foo(1).await?;
            let within = db.begin().await?;
            Foo::create().bar(2).on(&within).await?;
            within.scope(foo(3)).await?;
            assert_eq!(Foo::query().on(&within).count().await?, 3);
            within.commit().await?;
            let named = prom::begin(db.name()).await?;
            Foo::create().bar(4).on(&named).await?;
            named.rollback().await?;
            assert_eq!(bars().await?, [1, 2, 3]);
            Err::<(), _>(Own::Refused)
        });
        assert!(matches!(done.await, Err(Own::Refused)));
        assert_eq!(bars().await?, []);
    }
}
