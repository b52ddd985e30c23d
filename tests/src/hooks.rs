//! What a model does of its own, and that its mishaps stay its own.

use prom::prelude::*;
use prom::{Error, Hooks, Kind, Result, Type, Value, ValueRef, transaction};

use crate::behaviour::refused;
use crate::run::in_scope;

/// A model whose hooks do what its fields tell them to.
#[prom::orm(hooks)]
#[derive(Debug, Clone, PartialEq)]
struct Hooked {
    bar: i64,
    #[field(default = String::new())]
    log: String,
    #[field(skip)]
    loaded: usize,
}

const REFUSED: i64 = 13;
const PANICS: i64 = 666;

fn look_at(bar: i64) -> Result<()> {
    match bar {
        REFUSED => Err(Error::new(Kind::Value, "an unlucky number").with_field("bar")),
        PANICS => panic!("a hook that is not ours"),
        _ => Ok(()),
    }
}

impl Hooks for Hooked {
    async fn before_insert(draft: &mut HookedDraft) -> Result<()> {
        tokio::task::yield_now().await;
        if draft.get_bar().is_none() {
            draft.set_bar(7);
        }
        look_at(draft.get_bar().unwrap_or_default())?;
        draft.set_log(format!("{}inserted ", draft.get_log().unwrap_or_default()));
        Ok(())
    }

    async fn before_update(&mut self) -> Result<()> {
        look_at(self.bar)?;
        if self.bar < 0 {
            self.log.push_str("below zero ");
        }
        Ok(())
    }

    async fn before_delete(&self) -> Result<()> {
        look_at(self.bar)
    }

    fn after_load(&mut self) -> Result<()> {
        if self.bar == -REFUSED {
            return Err(Error::new(Kind::Value, "an unlucky number").with_field("bar"));
        }
        self.loaded += 1;
        Ok(())
    }
}

behaviour! {
    /// Of one row, and of each of many.
    async fn a_hook_completes_a_draft() {
        let row = Hooked::draft().await?;
        assert_eq!((row.bar, row.log.as_str()), (7, "inserted "));
        assert_eq!(Hooked::query().only().await?.log, "inserted ");
        let many = Hooked::create_many([Hooked::draft().log("x "), Hooked::draft().bar(1)]).await?;
        let seen: Vec<_> = many.iter().map(|it| (it.bar, it.log.as_str())).collect();
        assert_eq!(seen, [(7, "x inserted "), (1, "inserted ")]);
    }
}

behaviour! {
    /// With its own error, and nothing is inserted.
    async fn a_hook_refuses_a_row() {
        let error = refused(Hooked::create().bar(REFUSED).await);
        assert_eq!((error.kind(), error.field()), (Kind::Value, Some("bar")));
        assert_eq!(error.to_string(), "an unlucky number");
        let many = [Hooked::draft().bar(1), Hooked::draft().bar(REFUSED)];
        assert!(refused(Hooked::create_many(many).await).to_string().contains("an unlucky number"));
        assert_eq!(Hooked::query().count().await?, 0);
    }
}

behaviour! {
    /// What it changes is saved with the rest; what it refuses is not.
    async fn a_hook_sees_a_row_before_it_is_saved() {
        let mut row = Hooked::create().bar(1).await?;
        row.bar = -1;
        row.save().await?;
        let stored = Hooked::query().only().await?;
        assert_eq!((stored.bar, stored.log.as_str()), (-1, "inserted below zero "));
        row.bar = REFUSED;
        assert_eq!(refused(row.save().await).to_string(), "an unlucky number");
        assert_eq!(row.modified(), ["bar"]);
        assert_eq!(Hooked::query().only().await?.bar, -1);
    }
}

behaviour! {
    /// It may change what was not changed yet.
    async fn a_hook_runs_before_anything_was_changed() {
        let mut row = Hooked::create().bar(-1).await?;
        row.save().await?;
        assert_eq!(Hooked::query().only().await?.log, "inserted below zero ");
    }
}

behaviour! {
    /// The row stays.
    async fn a_hook_refuses_to_delete_a_row() {
        let mut row = Hooked::create().bar(1).await?;
        row.bar = REFUSED;
        assert_eq!(refused(row.delete().await).to_string(), "an unlucky number");
        let row = Hooked::query().only().await?;
        assert!(row.delete().await?);
        assert_eq!(Hooked::query().count().await?, 0);
    }
}

behaviour! {
    /// Once for each row, whichever way it was read.
    async fn a_hook_sees_a_row_after_it_was_read() {
        let mut row = Hooked::create().bar(1).await?;
        row.reload().await?;
        let mut stream = Hooked::query().stream();
        for row in [
            row.clone(),
            Hooked::find(row.id).await?.expect("it is there"),
            Hooked::query().one().await?.expect("it is there"),
            Hooked::query().only().await?,
            Hooked::query().get().await?.into_vec().remove(0),
            stream.try_next().await?.expect("it is there"),
        ] {
            assert_eq!(row.loaded, 1);
            assert!(!row.is_modified());
        }
    }
}

behaviour! {
    /// No part of the result is given out; a stream gives what comes before.
    async fn a_hook_refuses_what_was_read() {
        Hooked::create_many([Hooked::draft().bar(1), Hooked::draft().bar(-REFUSED)]).await?;
        assert_eq!(refused(Hooked::query().get().await).to_string(), "an unlucky number");
        assert_eq!(refused(Hooked::query().eq_bar(-REFUSED).one().await).kind(), Kind::Value);
        let mut rows = Hooked::query().desc_bar().stream();
        assert_eq!(rows.try_next().await?.map(|it| it.bar), Some(1));
        assert_eq!(refused(rows.try_next().await).kind(), Kind::Value);
        assert_eq!(rows.try_next().await?, None);
        assert_eq!(Hooked::query().eq_bar(1).only().await?.loaded, 1);
        assert_eq!(Hooked::query().count().await?, 2, "nothing is read for a count");
    }
}

/// A model whose hook refuses what a write gives back.
#[prom::orm(hooks)]
#[derive(Debug, Clone, PartialEq)]
struct Guarded {
    #[field(unique)]
    name: String,
    bar: i64,
}

impl Hooks for Guarded {
    fn after_load(&mut self) -> Result<()> {
        look_at(self.bar)
    }
}

async fn guarded(name: &str, bar: i64) -> Result<Guarded> {
    Guarded::create().name(name).bar(bar).upsert().await
}

/// The same table without a hook.
mod unguarded {
    #[prom::orm(table = "guarded")]
    #[derive(Debug, Clone, PartialEq)]
    pub(super) struct Guarded {
        #[field(unique)]
        pub(super) name: String,
        pub(super) bar: i64,
    }
}

/// What is stored, without its stamps.
async fn stored() -> Result<Vec<(String, i64)>> {
    let rows = unguarded::Guarded::query().asc_name().get().await?;
    Ok(rows.into_iter().map(|it| (it.name, it.bar)).collect())
}

behaviour! {
    /// An error means that nothing was done.
    #[needs(unique, upsert, transactions)]
    async fn a_hook_undoes_the_write_whose_row_it_refuses() {
        guarded("a", 1).await?;
        let before = stored().await?;
        let insert = || Guarded::create().name("b").bar(REFUSED);
        for error in [
            refused(insert().upsert().await),
            refused(insert().or_ignore().await),
            refused(insert().find_or_create().await),
            refused(Guarded::draft().name("b").bar(REFUSED).upsert_on(["name"]).await),
            refused(guarded("a", REFUSED).await),
        ] {
            assert_eq!((error.kind(), error.to_string().as_str()), (Kind::Value, "an unlucky number"));
            assert_eq!(stored().await?, before);
        }
        // What it does not refuse is kept.
        assert_eq!(guarded("a", 2).await?.bar, 2);
        assert_eq!(Guarded::create().name("a").bar(REFUSED).or_ignore().await?, None);
        let (found, is_new) = Guarded::create().name("a").bar(REFUSED).find_or_create().await?;
        assert_eq!((found.bar, is_new), (2, false));
        assert!(Guarded::create().name("c").bar(3).find_or_create().await?.1);
        assert_eq!(stored().await?, [("a".to_owned(), 2), ("c".to_owned(), 3)]);
    }
}

behaviour! {
    /// Of many rows, where one is refused.
    #[needs(unique, returning, transactions)]
    async fn a_hook_undoes_the_change_one_of_whose_rows_it_refuses() {
        for (name, bar) in [("a", 1), ("b", REFUSED - 1), ("c", 3)] {
            Guarded::create().name(name).bar(bar).await?;
        }
        let before = stored().await?;
        assert_eq!(refused(Guarded::query().incr_bar(1).update_all().returning().await).kind(), Kind::Value);
        assert_eq!(stored().await?, before);
        // The number alone is given by a change that reads no row.
        assert_eq!(Guarded::query().incr_bar(1).update_all().await?, 3);
        assert_eq!(refused(Guarded::query().delete_all().returning().await).kind(), Kind::Value);
        assert_eq!(stored().await?.len(), 3);
        assert_eq!(Guarded::query().ne_bar(REFUSED).delete().returning().await?.len(), 2);
        assert_eq!(stored().await?, [("b".to_owned(), REFUSED)]);
    }
}

behaviour! {
    /// It is at its end; one within it alone.
    #[needs(unique, upsert, transactions, savepoints)]
    async fn a_hook_ends_the_transaction_of_the_write_whose_row_it_refuses() {
        let swallowed = transaction(async {
            guarded("a", 1).await?;
            assert_eq!(refused(guarded("b", REFUSED).await).kind(), Kind::Value);
            assert_eq!(refused(guarded("c", 1).await).kind(), Kind::TransactionAborted);
            Ok::<_, Error>(())
        });
        assert_eq!(refused(swallowed.await).kind(), Kind::TransactionAborted);
        assert_eq!(stored().await?, []);

        transaction(async {
            guarded("a", 1).await?;
            let inner = transaction(async {
                guarded("b", 1).await?;
                guarded("a", REFUSED).await
            });
            assert_eq!(refused(inner.await).kind(), Kind::Value);
            guarded("c", 1).await
        })
        .await?;
        assert_eq!(stored().await?, [("a".to_owned(), 1), ("c".to_owned(), 1)]);

        // What it refuses of a row that was only read ends nothing.
        unguarded::Guarded::create().name("d").bar(REFUSED).await?;
        transaction(async {
            assert_eq!(refused(Guarded::query().get().await).kind(), Kind::Value);
            guarded("e", 1).await
        })
        .await?;
        assert_eq!(stored().await?.len(), 4);
    }
}

behaviour! {
    /// With and without a transaction around it.
    #[needs(unique, upsert, transactions)]
    async fn a_panic_in_a_hook_undoes_the_write_that_it_came_after(db) {
        Guarded::install().await?;
        let task = tokio::spawn(in_scope(db, guarded("a", PANICS)));
        assert!(task.await.is_err_and(|it| it.is_panic()));
        assert_eq!(stored().await?, []);

        let tx = db.begin().await?;
        Guarded::create().name("b").bar(1).on(&tx).await?;
        let task = tokio::spawn(tx.scope(guarded("c", PANICS)));
        assert!(task.await.is_err_and(|it| it.is_panic()));
        assert_eq!(refused(tx.commit().await).kind(), Kind::TransactionAborted);
        assert_eq!(stored().await?, []);
        guarded("d", 1).await?;
        assert_eq!(stored().await?, [("d".to_owned(), 1)]);
    }
}

/// A model whose hook writes to another.
#[prom::orm(hooks)]
#[derive(Debug)]
struct Audited {
    bar: i64,
}

#[prom::orm]
#[derive(Debug)]
struct Audit {
    text: String,
}

impl Hooks for Audited {
    async fn before_insert(draft: &mut AuditedDraft) -> Result<()> {
        Audit::create().text(format!("insert {:?}", draft.get_bar())).await.map(drop)
    }

    async fn before_update(&mut self) -> Result<()> {
        let inserts = Audit::query().startswith_text("insert").count().await?;
        Audit::create().text(format!("update after {inserts}")).await.map(drop)
    }
}

behaviour! {
    /// Asks, and writes.
    #[needs(patterns)]
    async fn a_hook_uses_the_database() {
        let mut row = Audited::create().bar(1).await?;
        row.bar = 2;
        row.save().await?;
        let texts: Vec<_> = Audit::query().asc_id().get().await?.into_iter().map(|it| it.text).collect();
        assert_eq!(texts, ["insert Some(1)", "update after 1"]);
    }
}

behaviour! {
    /// The others notice nothing, and the connection works on.
    async fn a_panic_in_a_hook_stays_in_its_task(db) {
        Hooked::install().await?;
        let tasks: Vec<_> = (0..20)
            .map(|it| {
                let bar = if it % 2 == 0 { PANICS } else { 20 + it };
                tokio::spawn(in_scope(db, async move {
                    let mut row = Hooked::create().bar(bar).await?;
                    row.bar += 100;
                    row.save().await
                }))
            })
            .collect();
        for (at, task) in tasks.into_iter().enumerate() {
            match (at % 2, task.await) {
                (0, joined) => assert!(joined.is_err_and(|it| it.is_panic()), "{at} panics"),
                (_, joined) => joined.expect("it does not panic")?,
            }
        }
        assert_eq!(Hooked::query().gt_bar(100).count().await?, 10);
        assert_eq!(Hooked::query().count().await?, 10);
        Hooked::create().bar(1).await?;
    }
}

/// A number that cannot be read without a mishap, if it is the wrong one.
#[derive(Debug, Clone, PartialEq)]
struct Bomb(i64);

impl prom::Field for Bomb {
    const TYPE: Type = Type::I64;

    fn to_value(&self) -> Value {
        Value::I64(self.0)
    }

    fn decode(value: ValueRef<'_>) -> Result<Self> {
        match i64::decode(value)? {
            PANICS => panic!("a decoder that is not ours"),
            it => Ok(Self(it)),
        }
    }
}

#[prom::orm(table = "bomb")]
#[derive(Debug, Clone, PartialEq)]
struct Armed {
    bomb: Bomb,
}

/// The same table, to be written without a mishap.
#[prom::orm(table = "bomb")]
struct Safe {
    bomb: i64,
}

behaviour! {
    /// The others notice nothing, and the connection works on.
    async fn a_panic_while_a_row_is_read_stays_in_its_task(db) {
        Safe::create_many((0..5).map(|it| Safe::draft().bomb(it))).await?;
        let bomb = Safe::create().bomb(PANICS).await?.id;
        let tasks: Vec<_> = (0..20)
            .map(|it| {
                tokio::spawn(in_scope(db, async move {
                    match it % 4 {
                        0 => Armed::find(bomb).await.map(drop),
                        2 => Armed::query().asc_id().stream().try_next().await.map(drop),
                        _ => Armed::find(1).await.map(|it| assert_eq!(it.map(|it| it.bomb), Some(Bomb(0)))),
                    }
                }))
            })
            .collect();
        for (at, task) in tasks.into_iter().enumerate() {
            // A backend that reads elsewhere than in the task tells it by an error.
            match (at % 2, task.await) {
                (0, Ok(read)) => assert_eq!(refused(read).kind(), Kind::Panicked),
                (0, Err(joined)) => assert!(joined.is_panic()),
                (_, joined) => joined.expect("it does not panic")?,
            }
        }
        assert_eq!(Armed::query().count().await?, 6);
        let mut safe = Safe::find(bomb).await?.expect("it is still there");
        safe.bomb = 6;
        safe.save().await?;
        assert_eq!(Armed::query().get().await?.len(), 6);
        db.close().await?;
    }
}
