//! Tables that are first used in one.

use prom::prelude::*;
use prom::{Error, Kind, Ref, retry, transaction};

use super::Own;
use crate::behaviour::refused;

#[prom::orm]
#[derive(Debug, Clone, PartialEq)]
struct Fresh {
    #[field(index)]
    bar: i64,
}

#[prom::orm]
#[derive(Debug, Clone, PartialEq)]
struct Child {
    fresh_id: Ref<Fresh>,
}

mod newer {
    #[prom::orm(table = "fresh")]
    #[derive(Debug, Clone, PartialEq)]
    pub(super) struct Fresh {
        pub(super) bar: i64,
        #[field(default = 7)]
        pub(super) level: i64,
        pub(super) note: Option<String>,
    }
}

async fn fresh(bar: i64) -> prom::Result<Fresh> {
    Fresh::create().bar(bar).await
}

/// In one that is rolled back.
async fn in_vain<T>(work: impl Future<Output = prom::Result<T>>) -> prom::Result<()> {
    let done = transaction(async {
        work.await?;
        Err::<(), _>(Own::Refused)
    });
    match done.await {
        Err(Own::Prom(error)) => Err(error),
        _ => Ok(()),
    }
}

behaviour! {
    /// It is made in the transaction, and gone with it: and made again.
    #[needs(transactions)]
    async fn a_table_that_was_undone_is_made_again(db) {
        for bar in 0..3 {
            in_vain(fresh(bar)).await?;
            assert_eq!(refused(db.verify(&[Fresh::schema()]).await).kind(), Kind::InstallDenied);
        }
        transaction(async { fresh(3).await }).await?;
        db.verify(&[Fresh::schema()]).await?;
        fresh(4).await?;
        transaction(async { fresh(5).await }).await?;
        assert_eq!(Fresh::query().count().await?, 3);
    }
}

behaviour! {
    /// By every way to use it first.
    #[needs(transactions)]
    async fn every_first_use_makes_it() {
        in_vain(async { Fresh::create_many([Fresh::draft().bar(1)]).await }).await?;
        in_vain(async { Fresh::query().get().await }).await?;
        in_vain(async { Fresh::query().count().await }).await?;
        in_vain(async { Fresh::query().has().await }).await?;
        in_vain(async { Fresh::find(1).await }).await?;
        in_vain(async { Fresh::query().delete_all().await }).await?;
        in_vain(async { Fresh::query().stream().try_next().await }).await?;
        in_vain(async { Fresh::install().await }).await?;
        transaction(async { Fresh::query().get().await }).await?;
        assert_eq!(Fresh::query().count().await?, 0);
    }
}

behaviour! {
    /// With those that it refers to.
    #[needs(transactions)]
    async fn what_it_refers_to_comes_along(db) {
        in_vain(async { Child::query().get().await }).await?;
        transaction(async {
            let parent = fresh(1).await?;
            Child::create().fresh_id(&parent).await
        })
        .await?;
        db.verify(&[Child::schema(), Fresh::schema()]).await?;
        assert_eq!(Child::query().only().await?.fresh().await?.bar, 1);
    }
}

behaviour! {
    /// What was undone within is not remembered, what was kept there is.
    #[needs(transactions, savepoints)]
    async fn what_was_made_within_goes_by_what_became_of_that() {
        transaction(async {
            in_vain(fresh(1)).await?;
            // In the same transaction, and it is not there any more.
            transaction(async { fresh(2).await }).await?;
            fresh(3).await
        })
        .await?;
        assert_eq!(Fresh::query().count().await?, 2);
        let done = transaction(async {
            transaction(async { Child::query().get().await }).await?;
            Child::query().count().await?;
            Err::<(), _>(Own::Refused)
        });
        assert!(matches!(done.await, Err(Own::Refused)));
        assert_eq!(Child::query().count().await?, 0);
        in_vain(async { Child::query().get().await }).await?;
    }
}

behaviour! {
    /// It is gone with it too where the error was about something else.
    #[needs(transactions, savepoints, unique)]
    async fn an_error_within_takes_the_table_along() {
        super::foo(1).await?;
        transaction(async {
            let within = transaction(async {
                fresh(1).await?;
                super::foo(1).await
            });
            assert_eq!(refused(within.await).kind(), Kind::Unique);
            fresh(2).await
        })
        .await?;
        assert_eq!(Fresh::query().only().await?.bar, 2);
    }
}

behaviour! {
    /// With its default in the rows that there are.
    #[needs(transactions)]
    async fn a_column_is_added_within(db) {
        fresh(1).await?;
        in_vain(async { newer::Fresh::create().bar(2).note("x").await }).await?;
        assert_eq!(refused(db.verify(&[newer::Fresh::schema()]).await).kind(), Kind::InstallDenied);
        transaction(async {
            assert_eq!(newer::Fresh::query().only().await?.level, 7);
            newer::Fresh::create().bar(2).note("y").await
        })
        .await?;
        db.verify(&[newer::Fresh::schema()]).await?;
        assert_eq!(newer::Fresh::query().eq_note("y").count().await?, 1);
        assert_eq!(Fresh::query().count().await?, 2);
    }
}

behaviour! {
    /// What was thought to be there is looked for anew when the whole is run again.
    #[needs(sql, transactions, savepoints)]
    async fn a_table_that_vanished_ends_it_and_the_next_try_makes_it(db) {
        fresh(1).await?;
        prom::raw("DROP TABLE fresh").execute().await?;
        let done = transaction(async {
            let error = refused(fresh(2).await);
            assert_eq!(error.kind(), Kind::SchemaChanged);
            assert!(error.is_retryable() && error.to_string().contains("again"), "{error}");
            assert_eq!(error.model(), Some("Fresh"));
            Err::<(), Error>(error)
        });
        assert_eq!(refused(done.await).kind(), Kind::SchemaChanged);
        transaction(async { fresh(3).await }).await?;
        // In the middle.
        let mut tries = 0;
        prom::retry!(3, transaction(async {
            tries += 1;
            fresh(10 + tries).await?;
            if tries == 1 {
                prom::raw("DROP TABLE fresh").execute().await?;
            }
            fresh(20 + tries).await
        }))?;
        assert_eq!(tries, 2);
        let bars: Vec<_> = Fresh::query().asc_bar().get().await?.iter().map(|it| it.bar).collect();
        assert_eq!(bars, [3, 12, 22]);
        // Outside it is mended by itself.
        prom::raw("DROP TABLE fresh").execute().await?;
        assert_eq!(Fresh::query().count().await?, 0);
        db.verify(&[Fresh::schema()]).await?;
    }
}

behaviour! {
    /// One that only reads makes nothing, and says what to do.
    #[needs(transactions)]
    async fn one_that_only_reads_makes_no_table() {
        let done = transaction(async { Fresh::query().count().await }).read_only();
        let error = refused(done.await);
        assert_eq!(error.kind(), Kind::InstallDenied, "{error}");
        fresh(1).await?;
        assert_eq!(transaction(async { Fresh::query().count().await }).read_only().await?, 1);
    }
}

behaviour! {
    /// A first use by many tasks, each in a transaction, that all are told to try again.
    #[needs(transactions)]
    async fn many_first_uses_in_one_each(db) {
        let tasks: Vec<_> = (0..16)
            .map(|bar| {
                tokio::spawn(crate::run::in_scope(db, async move {
                    retry(50, || {
                        transaction(async move {
                            let parent = fresh(bar).await?;
                            Child::create().fresh_id(&parent).await?;
                            if bar % 4 == 0 { Err(Own::Refused) } else { Ok(()) }
                        })
                    })
                    .await
                }))
            })
            .collect();
        for (bar, task) in tasks.into_iter().enumerate() {
            match task.await.expect("it does not panic") {
                Ok(()) => assert_ne!(bar % 4, 0),
                Err(Own::Refused) => assert_eq!(bar % 4, 0),
                Err(Own::Prom(error)) => return Err(error),
            }
        }
        assert_eq!((Fresh::query().count().await?, Child::query().count().await?), (12, 12));
    }
}
