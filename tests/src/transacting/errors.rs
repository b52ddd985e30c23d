//! What ends one, and what does not.

use std::time::Duration;

use prom::prelude::*;
use prom::{Error, Kind, Ref, transaction};

use super::Own;
use crate::behaviour::refused;

#[prom::orm]
#[derive(Debug, Clone)]
struct Owner {
    #[field(max_size = 5)]
    name: String,
}

#[prom::orm]
#[derive(Debug, Clone)]
struct Thing {
    #[field(unique)]
    bar: i64,
    owner_id: Option<Ref<Owner>>,
}

#[prom::orm]
#[derive(Debug, Clone)]
struct Tie {
    #[field(on_delete = restrict)]
    owner_id: Ref<Owner>,
}

/// The same table, as a program knows it that requires less.
mod lax {
    #[prom::orm(table = "owner")]
    #[derive(Debug)]
    pub(super) struct Owner {
        pub(super) nick: Option<String>,
    }
}

/// The same table, as a program knows it that takes it for something else.
mod narrow {
    #[prom::orm(table = "thing")]
    #[derive(Debug)]
    pub(super) struct Thing {
        pub(super) bar: u8,
    }
}

async fn thing(bar: i64) -> prom::Result<Thing> {
    Thing::create().bar(bar).await
}

/// `mistake` meets this error, and ends the transaction that it is made in,
/// but not one around it.
async fn ends<T, F>(kind: Kind, mistake: impl Fn() -> F) -> prom::Result<()>
where
    F: Future<Output = prom::Result<T>>,
{
    let done = transaction(async {
        thing(100).await?;
        let first = refused(mistake().await);
        assert_eq!(first.kind(), kind, "{first}");
        for error in [
            refused(thing(101).await),
            refused(Thing::query().count().await.map(drop)),
            refused(transaction(async { thing(102).await }).await),
            refused(Thing::query().stream().try_next().await),
        ] {
            assert_eq!(error.kind(), Kind::TransactionAborted, "after {first}");
            assert!(error.to_string().contains(&first.to_string()), "{error} names {first}");
        }
        Ok::<_, Error>(())
    });
    let error = refused(done.await);
    assert_eq!(error.kind(), Kind::TransactionAborted);
    assert!(error.to_string().contains("transaction(..)"), "it tells the cure: {error}");
    assert_eq!(Thing::query().gte_bar(100).count().await?, 0);
    transaction(async {
        thing(200).await?;
        let within = transaction(async {
            thing(201).await?;
            assert_eq!(refused(mistake().await).kind(), kind);
            Ok::<_, Error>(())
        });
        // It is kept by who does not heed the error, and yet is undone.
        assert_eq!(refused(within.await).kind(), Kind::TransactionAborted);
        thing(202).await
    })
    .await?;
    let kept: Vec<i64> = Thing::query().gte_bar(100).asc_bar().get().await?.iter().map(|it| it.bar).collect();
    assert_eq!(kept, [200, 202]);
    Ok(())
}

/// `mistake` meets this error, and the transaction goes on.
async fn does_not_end<T, F>(kind: Kind, mistake: impl Fn() -> F) -> prom::Result<()>
where
    F: Future<Output = prom::Result<T>>,
{
    transaction(async {
        thing(100).await?;
        let error = refused(mistake().await);
        assert_eq!(error.kind(), kind, "{error}");
        thing(101).await?;
        Ok::<_, Error>(())
    })
    .await?;
    assert_eq!(Thing::query().gte_bar(100).delete().await?, 2, "after {kind:?}");
    Ok(())
}

behaviour! {
    /// It is said to whatever comes next, and at the end.
    #[needs(transactions, savepoints, unique)]
    async fn a_row_that_is_there_already_ends_it() {
        thing(1).await?;
        ends(Kind::Unique, || async { thing(1).await })
            .await?;
    }
}

behaviour! {
    /// The same with many rows at once, and with a row that is changed.
    #[needs(transactions, savepoints, unique)]
    async fn so_do_many_rows_and_a_row_that_is_changed() {
        let mut row = thing(1).await?;
        thing(2).await?;
        let many = || [3, 4, 1].map(|bar| Thing::draft().bar(bar));
        ends(Kind::Unique, || async { Thing::create_many(many()).await })
            .await?;
        Thing::query().gte_bar(100).delete().await?;
        row.bar = 2;
        ends(Kind::Unique, || {
            let mut row = row.clone();
            async move { row.save().await }
        }).await?;
        Thing::query().gte_bar(100).delete().await?;
        ends(Kind::Unique, || async { Thing::query().eq_bar(1).set_bar(2).update().await })
            .await?;
    }
}

behaviour! {
    /// In either direction.
    #[needs(transactions, savepoints, references)]
    async fn a_reference_that_points_nowhere_ends_it() {
        let nobody = Ref::<Owner>::from(4711);
        ends(Kind::ForeignKey, || async { Thing::create().bar(7).owner_id(nobody).await })
            .await?;
        Thing::query().gte_bar(100).delete().await?;
        let owner = Owner::create().name("Ann").await?;
        Tie::create().owner_id(&owner).await?;
        ends(Kind::ForeignKey, || async { owner.clone().delete().await })
            .await?;
    }
}

behaviour! {
    /// Which only another version of the program can try.
    #[needs(transactions, savepoints)]
    async fn a_required_column_that_would_be_empty_ends_it() {
        Owner::install().await?;
        ends(Kind::NotNull, || async { lax::Owner::create().await })
            .await?;
    }
}

behaviour! {
    /// A check, a syntax error, a table that is not there: what the database says to raw.
    #[needs(sql, transactions, savepoints)]
    async fn so_does_what_raw_meets() {
        thing(1).await?;
        prom::raw("CREATE TABLE checked (bar BIGINT CHECK (bar > 0))").execute().await?;
        for (kind, text) in [
            (Kind::Check, "INSERT INTO checked VALUES (0)"),
            (Kind::Statement, "SELEC 1"),
            (Kind::TableMissing, "SELECT * FROM nowhere"),
            (Kind::FieldMissing, "SELECT nowhere FROM thing"),
        ] {
            ends(kind, || async { prom::raw(text).execute().await })
            .await?;
            Thing::query().gte_bar(100).delete().await?;
        }
    }
}

behaviour! {
    /// A rule of a field, a name that is none, a field that has no value.
    #[needs(transactions)]
    async fn what_prom_refuses_does_not_end_it() {
        Owner::install().await?;
        let too_long = || Owner::create().name("far too long");
        does_not_end(Kind::Value, || async { too_long().await })
            .await?;
        does_not_end(Kind::UnknownField, || async { Thing::query().eq_field("che", 1).count().await })
            .await?;
        does_not_end(Kind::Required, || async { Owner::draft().insert().await })
            .await?;
        does_not_end(Kind::Invalid, || async { Thing::query().limit(3).set_bar(1).update().await })
            .await?;
    }
}

behaviour! {
    /// No row, two rows, a row that does not fit.
    #[needs(transactions)]
    async fn what_a_read_finds_does_not_end_it() {
        Thing::create_many([300, 301].map(|bar| Thing::draft().bar(bar - 310))).await?;
        does_not_end(Kind::NotFound, || async { Thing::query().eq_bar(7).only().await })
            .await?;
        does_not_end(Kind::Ambiguous, || async { Thing::query().lt_bar(0).only().await })
            .await?;
        does_not_end(Kind::Decode, || async { narrow::Thing::query().get().await })
            .await?;
        does_not_end(Kind::Decode, || async { narrow::Thing::query().stream().try_next().await })
            .await?;
        does_not_end(Kind::NotFound, || async {
            let mut gone = thing(50).await?;
            Thing::query().eq_bar(50).delete().await?;
            gone.bar = 51;
            gone.save().await
        })
        .await?;
    }
}

behaviour! {
    /// Nobody knows of it, and so it is not kept.
    #[needs(transactions, savepoints)]
    async fn a_change_that_is_dropped_half_way_ends_it() {
        thing(0).await?;
        // Whether it was dropped: a backend that never waits is done at once.
        let drop_many = || async {
            let many = async { Thing::create_many((1..2_000).map(|it| Thing::draft().bar(it))).await };
            tokio::time::timeout(Duration::ZERO, many).await.is_err()
        };
        let done = transaction(async {
            if drop_many().await {
                let error = refused(thing(3_000).await);
                assert_eq!(error.kind(), Kind::TransactionAborted);
                assert!(error.to_string().contains("dropped"), "{error}");
            }
            Err::<(), _>(Own::Refused)
        });
        assert!(matches!(done.await, Err(Own::Refused)));
        assert_eq!(Thing::query().count().await?, 1);
        transaction(async {
            let mut is_dropped = false;
            let within = transaction(async {
                is_dropped = drop_many().await;
                if is_dropped { Ok(()) } else { Err(Error::new(Kind::TransactionAborted, "as if")) }
            });
            assert_eq!(refused(within.await).kind(), Kind::TransactionAborted);
            thing(3_000).await
        })
        .await?;
        assert_eq!(Thing::query().count().await?, 2);
    }
}

behaviour! {
    /// It changed nothing.
    #[needs(transactions)]
    async fn a_read_that_is_dropped_half_way_does_not_end_it() {
        Thing::create_many((0..2_000).map(|it| Thing::draft().bar(it))).await?;
        transaction(async {
            thing(3_000).await?;
            for _ in 0..10 {
                let _ = tokio::time::timeout(Duration::ZERO, async { Thing::query().get().await }).await;
                let _ = tokio::time::timeout(Duration::ZERO, Thing::query().stream().try_next()).await;
            }
            thing(3_001).await
        })
        .await?;
        assert_eq!(Thing::query().gte_bar(3_000).count().await?, 2);
    }
}
