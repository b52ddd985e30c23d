//! What is dropped: everything that prom does, and the rows that it is done to.

use std::sync::atomic::{AtomicUsize, Ordering};

use prom::interface::Capabilities;
use prom::prelude::*;
use prom::{BoxFuture, Error, Kind, Result, retry, transaction};

use crate::behaviour::Need;

// The table is its own, so that no other model of it speaks against `install()`.
#[prom::orm(table = "dropped")]
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Foo {
    #[field(unique)]
    pub(super) name: String,
    pub(super) bar: i64,
}

#[prom::orm]
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Part {
    #[field(reverse = "parts")]
    pub(super) foo_id: Ref<Foo>,
    pub(super) size: i64,
}

/// What a transaction does beside the case in it.
#[prom::orm]
#[derive(Debug)]
pub(super) struct Mark {
    pub(super) name: String,
}

/// What others write meanwhile.
#[prom::orm]
#[derive(Debug)]
pub(super) struct Other {
    pub(super) count: i64,
}

/// More rows than are read at once; nobody changes them.
#[prom::orm]
#[derive(Debug)]
pub(super) struct Many {
    pub(super) bar: i64,
}

pub(super) const MANY: i64 = 2_100;

/// All rows that a case, or a transaction around it, may change.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct State {
    pub(super) foos: Vec<(String, i64, Vec<i64>)>,
    pub(super) marks: Vec<String>,
}

pub(super) async fn state() -> Result<State> {
    let foos = Foo::query().asc_name().with(Foo::PARTS).await?.into_iter().map(|(row, parts)| {
        let mut sizes: Vec<_> = parts.iter().map(|it| it.size).collect();
        sizes.sort_unstable();
        (row.name, row.bar, sizes)
    });
    let marks = Mark::query().asc_name().await?.into_iter().map(|it| it.name);
    Ok(State { foos: foos.collect(), marks: marks.collect() })
}

impl State {
    pub(super) fn marked(&self, marks: &[&str]) -> Self {
        Self { marks: marks.iter().map(|&it| it.to_owned()).collect(), ..self.clone() }
    }
}

/// What each case begins with.
pub(super) async fn arrange() -> Result<State> {
    let wanted = State {
        foos: vec![("a".into(), 1, vec![1, 2]), ("b".into(), 2, vec![3]), ("c".into(), 3, vec![])],
        marks: vec![],
    };
    if state().await? == wanted {
        return Ok(wanted);
    }
    Mark::query().delete_all().await?;
    Part::query().delete_all().await?;
    Foo::query().delete_all().await?;
    let foos = Foo::create_many(wanted.foos.iter().map(|(name, bar, _)| Foo::draft().name(name).bar(*bar)));
    let foos = foos.await?;
    let parts = foos
        .iter()
        .zip(&wanted.foos)
        .flat_map(|(row, (_, _, sizes))| sizes.iter().map(move |&size| Part::draft().foo_id(row).size(size)));
    Part::create_many(parts.collect::<Vec<_>>()).await?;
    assert_eq!(state().await?, wanted);
    Ok(wanted)
}

/// Something that prom does.
pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) needs: &'static [Need],
    pub(super) work: fn(Connection) -> BoxFuture<'static, Result<()>>,
}

impl Case {
    pub(super) fn is_for(&self, can: &Capabilities) -> bool {
        self.needs.iter().all(|(_, has)| has(can))
    }

    /// Whether it is done in a transaction of its own; else its last statement
    /// is all that it does.
    pub(super) fn has_own_transaction(&self) -> bool {
        self.needs.iter().any(|(need, _)| *need == "savepoints")
    }
}

/// Cases: each like an asynchronous function of a connection.
macro_rules! cases {
    ($(
        $(#[needs($($need:ident),+)])?
        async fn $name:ident($db:ident) $body:block
    )+) => {
        &[$(Case {
            name: stringify!($name),
            needs: &[$($((stringify!($need), |it| it.$need)),+)?],
            work: |$db| Box::pin(async move {
                let _ = &$db;
                $body
                Ok(())
            }),
        }),+]
    };
}
pub(super) use cases;

pub(super) async fn mark(name: &str) -> Result<()> {
    Mark::create().name(name).await.map(drop)
}

async fn a() -> Result<Foo> {
    Foo::query().eq_name("a").only().await
}

pub(super) const CASES: &[Case] = cases! {
    async fn create(_db) { Foo::create().name("new").bar(9).insert().await?; }
    async fn create_awaited(_db) { Foo::create().name("new").bar(9).await?; }
    async fn draft(_db) { Foo::draft().name("new").bar(9).await?; }
    async fn create_many(_db) {
        Foo::create_many((0..20).map(|it| Foo::draft().name(format!("new {it}")).bar(it))).insert().await?;
    }
    #[needs(upsert)]
    async fn upsert_of_one_that_is_there(_db) { Foo::create().name("a").bar(9).upsert().await?; }
    #[needs(upsert)]
    async fn upsert_of_a_new_one(_db) { Foo::create().name("new").bar(9).upsert().await?; }
    #[needs(upsert)]
    async fn upsert_on(_db) { Foo::create().name("a").bar(9).upsert_on(["name"]).await?; }
    #[needs(upsert)]
    async fn or_ignore(_db) {
        assert_eq!(Foo::create().name("a").bar(9).or_ignore().await?, None);
        Foo::create().name("new").bar(9).or_ignore().await?;
    }
    #[needs(upsert)]
    async fn find_or_create_of_one_that_is_there(_db) {
        assert!(!Foo::create().name("a").bar(9).find_or_create().await?.1);
    }
    #[needs(upsert)]
    async fn find_or_create_of_a_new_one(_db) {
        assert!(Foo::create().name("new").bar(9).find_or_create().await?.1);
    }
    async fn save(_db) {
        let mut a = a().await?;
        a.bar = 9;
        a.save().await?;
    }
    #[needs(references)]
    async fn delete(_db) { assert!(a().await?.delete().await?); }
    async fn reload(_db) { a().await?.reload().await?; }
    async fn find(_db) {
        let id = a().await?.id;
        assert!(Foo::find(id).await?.is_some());
    }
    async fn get(_db) { assert_eq!(Foo::query().get().await?.len(), 3); }
    async fn a_page(_db) { assert_eq!(Foo::query().asc_name().limit(2).await?.len(), 2); }
    async fn one(_db) { assert!(Foo::query().asc_name().one().await?.is_some()); }
    async fn only(_db) { Foo::query().eq_name("b").only().await?; }
    async fn count(_db) { assert_eq!(Foo::query().count().await?, 3); }
    async fn has(_db) { assert!(Foo::query().eq_name("c").has().await?); }
    #[needs(selections)]
    async fn aggregate(_db) { assert_eq!(Foo::query().max_bar().only().await?, Some(3)); }
    async fn stream_of_few(_db) {
        let mut rows = Foo::query().asc_name().stream();
        while rows.try_next().await?.is_some() {}
    }
    async fn stream_of_many(_db) {
        let mut rows = Many::query().asc_bar().stream();
        let mut seen = 0;
        while rows.try_next().await?.is_some() { seen += 1; }
        assert_eq!(seen, MANY);
    }
    async fn stream_of_many_that_writes(_db) {
        let mut rows = Many::query().asc_bar().stream();
        while rows.try_next().await?.is_some_and(|it| it.bar < 1_500) {}
        Foo::create().name("new").bar(9).await?;
    }
    async fn related(_db) { assert_eq!(a().await?.related(Foo::PARTS).await?.len(), 2); }
    async fn reverse(_db) { assert_eq!(a().await?.parts().await?.len(), 2); }
    async fn referred_to(_db) {
        let part = Part::query().eq_size(1).only().await?;
        assert_eq!(part.foo().await?.name, "a");
    }
    async fn with(_db) { assert_eq!(Part::query().with_foo().await?.len(), 3); }
    async fn update(_db) { assert_eq!(Foo::query().lt_bar(3).incr_bar(10).update().await?, 2); }
    #[needs(returning)]
    async fn update_returning(_db) {
        assert_eq!(Foo::query().lt_bar(3).set_bar(7).update().returning().await?.len(), 2);
    }
    #[needs(references)]
    async fn delete_many(_db) { assert_eq!(Foo::query().lt_bar(3).delete().await?, 2); }
    #[needs(returning, references)]
    async fn delete_many_returning(_db) {
        assert_eq!(Foo::query().lt_bar(3).delete().returning().await?.len(), 2);
    }
    #[needs(sql)]
    async fn raw_all(_db) {
        let all: Vec<String> = prom::raw("SELECT name FROM dropped ORDER BY name").all().await?;
        assert_eq!(all, ["a", "b", "c"]);
    }
    #[needs(sql)]
    async fn raw_one(_db) { prom::raw("SELECT bar FROM dropped ORDER BY bar").one::<i64>().await?; }
    #[needs(sql)]
    async fn raw_only(_db) { prom::raw("SELECT max(bar) FROM dropped").only::<i64>().await?; }
    #[needs(sql)]
    async fn raw_execute(_db) {
        assert_eq!(prom::raw("UPDATE dropped SET bar = bar + :it").bind("it", 10).execute().await?, 3);
    }
    #[needs(sql)]
    async fn raw_that_changes_and_gives(_db) {
        let got = prom::raw("UPDATE dropped SET bar = 7 RETURNING name").all::<String>().await?;
        assert_eq!(got.len(), 3);
    }
    async fn install(_db) { Foo::install().await?; }
    async fn install_of_several(db) { db.install(&[Part::schema(), Mark::schema()]).await?; }
    async fn verify(db) { db.verify(&[Part::schema(), Mark::schema()]).await?; }
    #[needs(transactions, savepoints)]
    async fn begun_and_dropped(db) {
        let tx = db.begin().await?;
        Foo::create().name("new").bar(9).on(&tx).await?;
        drop(tx);
    }
    #[needs(transactions, savepoints)]
    async fn begun_and_rolled_back(db) {
        let tx = db.begin().await?;
        Foo::create().name("new").bar(9).on(&tx).await?;
        tx.rollback().await?;
    }
    #[needs(transactions, savepoints)]
    async fn begun_and_committed(db) {
        let tx = db.begin().await?;
        Foo::create().name("new").bar(9).on(&tx).await?;
        Foo::query().eq_name("a").incr_bar(10).on(&tx).update().await?;
        tx.commit().await?;
    }
    #[needs(transactions, savepoints)]
    async fn one_within_another_by_hand(db) {
        let tx = db.begin().await?;
        Foo::create().name("new").bar(9).on(&tx).await?;
        let inner = tx.begin().await?;
        Foo::create().name("newer").bar(9).on(&inner).await?;
        inner.commit().await?;
        let inner = tx.begin().await?;
        Foo::create().name("undone").bar(9).on(&inner).await?;
        inner.rollback().await?;
        tx.commit().await?;
    }
    #[needs(transactions, savepoints)]
    async fn transaction_of_two_statements(_db) {
        transaction(async {
            Foo::create().name("new").bar(9).await?;
            Foo::query().eq_name("a").incr_bar(10).update().await?;
            Ok::<_, Error>(())
        })
        .await?;
    }
    #[needs(transactions, savepoints)]
    async fn transaction_within_another(_db) {
        transaction(async {
            Foo::create().name("new").bar(9).await?;
            transaction(async { Foo::create().name("newer").bar(9).await.map(drop) }).await?;
            let undone = transaction(async {
                Foo::create().name("undone").bar(9).await?;
                Err::<(), _>(Error::new(Kind::Value, "it is not wanted"))
            });
            assert_eq!(undone.await.map_err(|it| it.kind()), Err(Kind::Value));
            Foo::query().eq_name("a").incr_bar(10).update().await
        })
        .await?;
    }
    #[needs(transactions, savepoints)]
    async fn transaction_that_only_looks(_db) {
        transaction(async { Foo::query().get().await }).await?;
    }
    #[needs(transactions, savepoints)]
    async fn tried_again(_db) {
        let tries = AtomicUsize::new(0);
        retry(3, || transaction(async {
            Foo::create().name("new").bar(9).await?;
            match tries.fetch_add(1, Ordering::Relaxed) {
                0 => Err(Error::new(Kind::Serialization, "another was faster")),
                _ => Ok(()),
            }
        }))
        .await?;
        assert_eq!(tries.load(Ordering::Relaxed), 2);
    }
};
