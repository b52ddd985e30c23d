//! Around a future, without a handle.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use prom::prelude::*;
use prom::{Error, Kind, transaction};

use super::{Foo, Own, bars, foo};
use crate::behaviour::refused;
use crate::run::{another, dsn_named, in_scope};

behaviour! {
    /// The panic goes on, and the connection with it.
    #[needs(transactions)]
    async fn a_panic_rolls_back(db) {
        foo(1).await?;
        let panics = tokio::spawn(in_scope(db, async {
            transaction(async {
                foo(2).await?;
                assert_eq!(bars().await?.len(), 7, "a panic of the program's own");
                Ok::<_, Error>(())
            })
            .await
        }));
        assert!(panics.await.expect_err("it panics").is_panic());
        assert_eq!(bars().await?, [1]);
        foo(2).await?;
        assert_eq!(bars().await?, [1, 2]);
    }
}

behaviour! {
    /// Who catches the panic goes on with the outer one.
    #[needs(transactions, savepoints)]
    async fn a_panic_within_is_undone_alone() {
        transaction(async {
            foo(1).await?;
            let panics = tokio::spawn(async {});
            panics.await.expect("it does nothing");
            let mut within = Box::pin(transaction(async {
                foo(2).await?;
                if bars().await?.len() == 2 {
                    panic!("a panic of the program's own");
                }
                Ok::<_, Error>(())
            }));
            let caught = std::future::poll_fn(|context| {
                match std::panic::catch_unwind(AssertUnwindSafe(|| within.as_mut().poll(context))) {
                    Ok(poll) => poll.map(|it| it.is_ok()),
                    Err(_) => std::task::Poll::Ready(false),
                }
            });
            assert!(!caught.await);
            drop(within);
            assert_eq!(bars().await?, [1]);
            foo(3).await
        })
        .await?;
        assert_eq!(bars().await?, [1, 3]);
    }
}

behaviour! {
    /// Nobody else sees what it does before its end.
    #[needs(transactions)]
    async fn others_see_what_was_there_before(db) {
        foo(1).await?;
        let outside = db.clone();
        let durable = db.capabilities().durable;
        transaction(async {
            foo(2).await?;
            // Where there is one connection for all, the other would wait.
            if durable {
                let seen = tokio::spawn(async move { Foo::query().on(&outside).count().await });
                assert_eq!(seen.await.expect("it does not panic")?, 1);
            }
            Ok::<_, Error>(())
        })
        .await?;
        assert_eq!(bars().await?, [1, 2]);
    }
}

behaviour! {
    /// It does not matter how often one is begun, and none waits for another's end for ever.
    #[needs(transactions)]
    async fn many_tasks_have_one_each(db) {
        db.install(&[Foo::schema()]).await?;
        let tasks: Vec<_> = (0..40)
            .map(|bar| {
                tokio::spawn(in_scope(db, async move {
                    let done = transaction(async {
                        foo(bar).await?;
                        tokio::task::yield_now().await;
                        foo(bar + 100).await?;
                        if bar % 2 == 0 { Ok(()) } else { Err(Own::Refused) }
                    });
                    done.await.is_ok()
                }))
            })
            .collect();
        for (bar, task) in tasks.into_iter().enumerate() {
            assert_eq!(task.await.expect("it does not panic"), bar % 2 == 0);
        }
        let expected: Vec<_> = (0..40).filter(|it| it % 2 == 0).flat_map(|it| [it, it + 100]).collect();
        let mut expected = expected;
        expected.sort_unstable();
        assert_eq!(bars().await?, expected);
    }
}

behaviour! {
    /// A future that is made within is in it wherever it is awaited there; one that was made before
    /// is too.
    #[needs(transactions)]
    async fn it_counts_where_a_future_is_awaited() {
        let before = Foo::create().bar(1);
        let done = transaction(async {
            before.await?;
            let late = Foo::create().bar(2);
            Err::<(), Own>(match late.await {
                Ok(_) => Own::Refused,
                Err(error) => error.into(),
            })
        });
        assert!(matches!(done.await, Err(Own::Refused)));
        assert_eq!(bars().await?, []);
    }
}

behaviour! {
    /// What is not awaited does not begin.
    #[needs(transactions)]
    async fn one_that_is_not_awaited_never_was(db) {
        drop(transaction(async { foo(1).await }));
        drop(db.begin());
        assert_eq!(bars().await?, []);
    }
}

behaviour! {
    /// The connection's own scope within one changes nothing, another's does.
    #[needs(transactions)]
    async fn a_scope_within_one_is_in_it_where_it_is_the_same_connection(db) {
        let other = another("other")?;
        let done = transaction(async {
            db.scope(async { foo(1).await }).await?;
            other.scope(async { foo(2).await }).await?;
            Foo::create().bar(3).on(db).await?;
            Foo::create().bar(4).on(&other).await?;
            assert_eq!(bars().await?, [1, 3]);
            // Back again, inside of the other.
            other.scope(db.scope(async { foo(5).await })).await?;
            Err::<(), _>(Own::Refused)
        });
        assert!(matches!(done.await, Err(Own::Refused)));
        assert_eq!(bars().await?, []);
        assert_eq!(other.scope(bars()).await?, [2, 4]);
        other.close().await?;
    }
}

behaviour! {
    /// One on each of two connections: each has its own end.
    #[needs(transactions)]
    async fn two_connections_have_one_each(db) {
        let other = another("other")?;
        let done = transaction(async {
            foo(1).await?;
            transaction(async {
                foo(2).await?;
                Foo::create().bar(3).on(db).await
            })
            .on(&other)
            .await?;
            Err::<(), _>(Own::Refused)
        });
        assert!(matches!(done.await, Err(Own::Refused)));
        assert_eq!(bars().await?, []);
        assert_eq!(other.scope(bars()).await?, [2]);
        other.close().await?;
    }
}

const NAMED: &str = "the home of some model in transactions";

#[prom::orm(connection = "the home of some model in transactions")]
#[derive(Debug)]
struct Elsewhere {
    bar: i64,
}

behaviour! {
    /// Its own, and no other.
    #[needs(transactions)]
    async fn a_model_on_a_named_connection_is_in_the_one_on_that() {
        static ONE_AT_A_TIME: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
        let _turn = ONE_AT_A_TIME.lock().await;
        let named = prom::configure(&dsn_named("named", NAMED))?;
        let on_the_default = transaction(async {
            foo(1).await?;
            Elsewhere::create().bar(1).await?;
            Err::<(), _>(Own::Refused)
        });
        assert!(on_the_default.await.is_err());
        assert_eq!((Foo::query().count().await?, Elsewhere::query().count().await?), (0, 1));
        let on_its_own = transaction(async {
            foo(1).await?;
            Elsewhere::create().bar(2).await?;
            Err::<(), _>(Own::Refused)
        });
        assert!(on_its_own.named(NAMED).await.is_err());
        assert_eq!((Foo::query().count().await?, Elsewhere::query().count().await?), (1, 1));
        transaction(async { Elsewhere::create().bar(3).await }).named(NAMED).await?;
        let both = transaction(async {
            foo(7).await?;
            let inner = transaction(async { Elsewhere::create().bar(4).await }).named(NAMED);
            inner.await?;
            Err::<(), _>(Own::Refused)
        });
        assert!(both.await.is_err());
        assert_eq!((Foo::query().count().await?, Elsewhere::query().count().await?), (1, 3));
        named.close().await?;
    }
}

behaviour! {
    /// The body is dropped then, and so is what it holds.
    #[needs(transactions)]
    async fn a_deadline_drops_the_body() {
        let held = Arc::new(());
        let kept = held.clone();
        let slow = transaction(async move {
            let _kept = kept;
            foo(1).await?;
            tokio::time::sleep(Duration::from_secs(60)).await;
            Ok::<_, Error>(())
        });
        let error = refused(slow.deadline(Duration::from_millis(40)).await);
        assert_eq!(error.kind(), Kind::Deadline);
        assert!(error.to_string().contains("deadline"), "{error}");
        assert_eq!(Arc::strong_count(&held), 1);
        assert_eq!(bars().await?, []);
        let quick = transaction(async { foo(1).await }).deadline(Duration::from_secs(60));
        quick.await?;
        assert_eq!(bars().await?, [1]);
    }
}

behaviour! {
    /// The wait for a connection counts as well.
    #[needs(transactions, unique)]
    async fn a_deadline_counts_from_when_it_is_awaited(db) {
        foo(0).await?;
        let tx = db.begin().await?;
        Foo::create().bar(1).on(&tx).await?;
        let late = tokio::spawn(in_scope(db, async {
            transaction(async { foo(1).await }).deadline(Duration::from_millis(40)).await
        }));
        assert_eq!(refused(late.await.expect("it does not panic")).kind(), Kind::Deadline);
        tx.commit().await?;
        assert_eq!(bars().await?, [0, 1]);
    }
}

behaviour! {
    /// An error of the program's own comes out as it went in, also where there is a better one.
    #[needs(transactions, unique)]
    async fn the_error_of_the_body_is_the_one_that_is_given() {
        foo(1).await?;
        let done = transaction(async {
            assert_eq!(refused(foo(1).await).kind(), Kind::Unique);
            Err::<(), _>(Own::Refused)
        });
        assert!(matches!(done.await, Err(Own::Refused)));
        let done = transaction(async { foo(1).await.map_err(Own::from) });
        assert!(matches!(done.await, Err(Own::Prom(it)) if it.kind() == Kind::Unique));
    }
}
