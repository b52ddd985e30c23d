//! The first use of a database, dropped.

use prom::prelude::*;
use prom::{Kind, Result, transaction};

use super::cases::{Case, Foo, Other, Part, cases};
use super::{LONGEST, Others};
use crate::faults::cut::{Moment, cut};
use crate::run::another;

/// What may be the first to use a database.
const FIRST_USES: &[Case] = cases! {
    async fn create(_db) { Foo::create().name("new").bar(9).await?; }
    async fn create_of_one_that_refers(_db) {
        let row = Foo::create().name("new").bar(9).await?;
        Part::create().foo_id(&row).size(1).await?;
    }
    async fn get(_db) { Part::query().get().await?; }
    async fn stream(_db) { Part::query().stream().try_next().await?; }
    async fn install(db) { db.install(&[Part::schema()]).await?; }
    async fn verify(db) {
        let error = db.verify(&[Part::schema()]).await.err();
        assert_eq!(error.map(|it| it.kind()), Some(Kind::InstallDenied));
    }
    #[needs(sql)]
    async fn raw(_db) { prom::raw("SELECT 1").only::<i64>().await?; }
    #[needs(transactions)]
    async fn transaction_that_writes(_db) {
        transaction(async {
            let row = Foo::create().name("new").bar(9).await?;
            Part::create().foo_id(&row).size(1).await
        })
        .await?;
    }
    #[needs(transactions)]
    async fn begun_and_rolled_back(db) {
        let tx = db.begin().await?;
        Foo::create().name("new").bar(9).on(&tx).await?;
        tx.rollback().await?;
    }
    async fn closed(db) { db.close().await?; }
    async fn used_and_closed(db) {
        Foo::query().count().await?;
        db.close().await?;
    }
};

/// How often a row was made, and with how many parts.
async fn made() -> Result<(u64, u64)> {
    Ok((Foo::query().count().await?, Part::query().count().await?))
}

behaviour! {
    /// Opening it and making tables included: the next to come does it all.
    async fn a_first_use_that_is_dropped_is_as_if_it_had_never_been(db) {
        let can = db.capabilities();
        let mut drops = 0;
        for case in FIRST_USES.iter().filter(|it| it.is_for(&can)) {
            for moment in Moment::ALL {
                for polls in 0.. {
                    let at = format!("{}, dropped {moment:?} after {polls} polls", case.name);
                    let fresh = another("first use")?;
                    let done = cut(fresh.scope((case.work)(fresh.clone())), polls, moment).await;
                    let next = fresh.scope(async {
                        Other::create().count(0).await?;
                        let others = Others::default();
                        others.write(&fresh, &at).await;
                        others.lost_nothing().await?;
                        made().await
                    });
                    let next = tokio::time::timeout(LONGEST, next).await.unwrap_or_else(|_| panic!("{at}: it hangs"));
                    let (foos, parts) = next.unwrap_or_else(|error| panic!("{at}: {error:?}"));
                    assert!(foos <= 1 && parts <= foos, "{at}: {foos} rows and {parts} parts");
                    if case.name.starts_with("transaction") {
                        assert_eq!(foos, parts, "{at}: half a transaction");
                    }
                    fresh.close().await?;
                    match done {
                        None => drops += 1,
                        Some(Err(error)) => panic!("{at}: {error:?}"),
                        Some(Ok(())) => break,
                    }
                }
            }
        }
        println!("first uses on {}: {drops} drops", db.name());
    }
}
