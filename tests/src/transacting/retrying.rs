//! Tried again where it lost against others.

use std::sync::atomic::{AtomicU32, Ordering};

use prom::prelude::*;
use prom::{Error, Isolation, Kind, retry, transaction};

use super::{Foo, Own, bars, foo};
use crate::behaviour::refused;
use crate::run::in_scope;

fn lost() -> Error {
    Error::new(Kind::Serialization, "it lost against another one")
}

behaviour! {
    /// As often as it takes, and what was tried in vain is not there.
    #[needs(transactions)]
    async fn what_lost_is_tried_again() {
        let tries = AtomicU32::new(0);
        let given = retry(5, || {
            transaction(async {
                let count = tries.fetch_add(1, Ordering::Relaxed);
                foo(count.into()).await?;
                if count < 3 { Err(lost()) } else { Ok(count) }
            })
        })
        .await?;
        assert_eq!((given, tries.into_inner()), (3, 4));
        assert_eq!(bars().await?, [3]);
    }
}

behaviour! {
    /// Then it gives up, with the last error.
    #[needs(transactions)]
    async fn it_is_tried_so_often_and_no_more() {
        for (tries, expected) in [(0, 1), (1, 1), (3, 3)] {
            let mut count = 0;
            let done = prom::retry!(tries, async {
                count += 1;
                Err::<(), _>(lost())
            });
            assert_eq!((refused(done).kind(), count), (Kind::Serialization, expected));
        }
    }
}

behaviour! {
    /// Another try would meet it again.
    #[needs(transactions, unique)]
    async fn what_another_try_would_meet_again_is_not_tried_again() {
        foo(1).await?;
        let mut count = 0;
        let done = prom::retry!(5, transaction(async {
            count += 1;
            foo(1).await
        }));
        assert_eq!((refused(done).kind(), count), (Kind::Unique, 1));
        let mut count = 0;
        let done: Result<(), Own> = prom::retry!(5, transaction(async {
            count += 1;
            foo(2).await?;
            Err(Own::Refused)
        }));
        assert!(matches!(done, Err(Own::Refused)));
        assert_eq!(count, 1);
        assert_eq!(bars().await?, [1]);
    }
}

behaviour! {
    /// What is around may be changed in it.
    #[needs(transactions)]
    async fn the_macro_borrows_what_it_changes() {
        let mut row = foo(0).await?;
        let mut log = Vec::new();
        prom::retry!(4, transaction(async {
            row.bar += 1;
            row.save().await?;
            log.push(row.bar);
            if log.len() < 3 { Err(lost()) } else { Ok(()) }
        }))?;
        assert_eq!(log, [1, 2, 3]);
        assert_eq!(bars().await?, [3]);
    }
}

behaviour! {
    /// Prom's errors stand for themselves, in a transaction or not.
    async fn prom_s_own_errors_need_no_transaction() {
        let mut count = 0;
        let done = prom::retry!(3, async {
            count += 1;
            if count < 3 { Err(lost()) } else { foo(count).await }
        })?;
        assert_eq!(done.bar, 3);
    }
}

behaviour! {
    /// What ended the transaction counts, whatever is made of it.
    #[needs(sql, transactions)]
    async fn an_error_type_of_the_program_s_own_hides_nothing(db) {
        foo(1).await?;
        let tries = AtomicU32::new(0);
        let given: Result<i64, Own> = retry(3, || {
            transaction(async {
                let first = tries.fetch_add(1, Ordering::Relaxed) == 0;
                if first {
                    // As if another program had, just now.
                    prom::raw("DROP TABLE foo").execute().await?;
                    return match Foo::query().count().await {
                        Ok(_) => panic!("it is gone"),
                        Err(error) => {
                            assert_eq!(error.kind(), Kind::SchemaChanged, "{error}");
                            Err(Own::Refused)
                        }
                    };
                }
                Ok(i64::try_from(Foo::query().count().await?).expect("it is small"))
            })
        })
        .await;
        assert!(matches!(given, Ok(1)), "{given:?}");
        assert_eq!(tries.into_inner(), 2);
        db.verify(&[Foo::schema()]).await?;
    }
}

behaviour! {
    /// Nothing is lost of what two and more tasks count together, in tasks of their own.
    #[needs(transactions)]
    async fn what_many_tasks_count_together_is_all_there(db) {
        const TASKS: i64 = 4;
        const TIMES: i64 = 25;
        for isolation in [None, Some(Isolation::Serializable)] {
            Foo::query().delete_all().await?;
            let id = foo(0).await?.id;
            let tasks: Vec<_> = (0..TASKS)
                .map(|_| {
                    tokio::spawn(in_scope(db, async move {
                        for _ in 0..TIMES {
                            retry(1_000, || {
                                let counted = transaction(async move {
                                    match isolation {
                                        // Read and write, which only the database can keep apart.
                                        Some(_) => {
                                            let mut row = Foo::query().eq_id(id).only().await?;
                                            tokio::task::yield_now().await;
                                            row.bar += 1;
                                            row.save().await
                                        }
                                        None => {
                                            let found = Foo::query().eq_id(id).incr_bar(1).update();
                                            found.await.map(drop)
                                        }
                                    }
                                });
                                match isolation {
                                    Some(isolation) => counted.isolation(isolation),
                                    None => counted,
                                }
                            })
                            .await?;
                        }
                        Ok::<_, Error>(())
                    }))
                })
                .collect();
            for task in tasks {
                task.await.expect("it does not panic")?;
            }
            assert_eq!(bars().await?, [TASKS * TIMES]);
        }
    }
}

behaviour! {
    /// A retried one within another is tried again as a whole with it, or by itself.
    #[needs(transactions, savepoints)]
    async fn one_within_is_tried_again_by_itself() {
        let (mut outer, mut inner) = (0, 0);
        transaction(async {
            outer += 1;
            foo(1).await?;
            prom::retry!(3, transaction(async {
                inner += 1;
                foo(2).await?;
                if inner < 3 { Err(lost()) } else { Ok(()) }
            }))
        })
        .await?;
        assert_eq!((outer, inner), (1, 3));
        assert_eq!(bars().await?, [1, 2]);
    }
}
