//! Which connection a statement goes to, and what becomes of it.

use std::time::Duration;

use prom::Kind;
use prom::prelude::*;

use crate::behaviour::refused;
use crate::run::{another, dsn, dsn_named, in_scope};

#[prom::orm]
#[derive(Debug, Clone, PartialEq)]
struct Foo {
    bar: i64,
}

/// No other model is of its table.
#[prom::orm]
#[derive(Debug)]
struct Lone {
    bar: i64,
}

#[prom::orm]
#[derive(Debug)]
struct Bystander {
    bar: i64,
}

/// What `bar` is in every row on that connection.
async fn bars(on: &Connection) -> prom::Result<Vec<i64>> {
    Ok(Foo::query().on(on).asc_bar().get().await?.iter().map(|it| it.bar).collect())
}

behaviour! {
    /// Every kind of statement.
    async fn a_statement_goes_where_it_is_told_to(db) {
        let other = another("other")?;
        let row = Foo::create().bar(1).on(&other).await?;
        Foo::draft().bar(2).on(&other).await?;
        Foo::create_many([Foo::draft().bar(3), Foo::draft().bar(4)]).on(&other).await?;
        assert_eq!((bars(db).await?, bars(&other).await?), (vec![], vec![1, 2, 3, 4]));
        assert_eq!(Foo::find(row.id).on(&other).await?, Some(row.clone()));
        assert_eq!(Foo::find(row.id).await?, None);
        assert_eq!(Foo::query().on(&other).count().await?, 4);
        assert!(Foo::query().on(&other).has().await? && !Foo::query().has().await?);
        assert_eq!(Foo::query().on(&other).asc_bar().one().await?, Some(row.clone()));
        assert!(Foo::query().on(&other).stream().try_next().await?.is_some());

        let mut row = row;
        row.bar = 10;
        row.save().on(&other).await?;
        row.bar = 11;
        row.reload().on(&other).await?;
        assert_eq!(row.bar, 10);
        assert!(row.delete().on(&other).await?);
        assert_eq!(bars(&other).await?, [2, 3, 4]);
        other.close().await?;
    }
}

behaviour! {
    /// The innermost of them counts, and outside it is as before.
    async fn a_scope_is_where_statements_go(db) {
        let other = another("other")?;
        Foo::create().bar(1).await?;
        other
            .scope(async {
                Foo::create().bar(2).await?;
                db.scope(async { Foo::create().bar(3).await }).await?;
                Foo::create_many([Foo::draft().bar(4)]).await?;
                Foo::create().bar(5).on(db).await
            })
            .await?;
        Foo::create().bar(6).await?;
        assert_eq!((bars(db).await?, bars(&other).await?), (vec![1, 3, 5, 6], vec![2, 4]));
        other.close().await?;
    }
}

behaviour! {
    /// Without a scope, a row is saved, read and deleted where it came from.
    async fn a_row_knows_where_it_came_from(db) {
        let other = another("other")?;
        for connection in [db, &other] {
            Foo::create_many((1..4).map(|it| Foo::draft().bar(it))).on(connection).await?;
        }
        // A task that is spawned is outside every scope.
        let outside = tokio::spawn({
            let other = other.clone();
            async move {
                let mut rows = Foo::query().on(&other).asc_bar().get().await?.into_vec();
                rows.push(Foo::create().bar(4).on(&other).await?);
                rows.push(Foo::find(2).on(&other).await?.expect("it is there"));
                for row in &mut rows {
                    row.bar += 10;
                    row.save().await?;
                    row.reload().await?;
                }
                rows.remove(0).delete().await
            }
        });
        assert!(outside.await.expect("it does not panic")?);
        assert_eq!((bars(db).await?, bars(&other).await?), (vec![1, 2, 3], vec![12, 13, 14]));
        other.close().await?;
    }
}

behaviour! {
    /// It is not guessed which of several is meant; the error has their names.
    async fn a_task_that_is_spawned_is_outside_the_scope(db) {
        let other = another("other")?;
        let error = refused(tokio::spawn(Foo::create().bar(1).insert()).await.expect("it does not panic"));
        assert_eq!((error.kind(), error.model()), (Kind::NotConfigured, Some("Foo")));
        assert!(error.to_string().contains(other.name()), "{error}");
        let row = tokio::spawn(in_scope(db, async { Foo::create().bar(1).await }));
        assert_eq!(row.await.expect("it does not panic")?.bar, 1);
        assert_eq!(bars(db).await?, [1]);
    }
}

const NAMED: &str = "a connection that a model names";

#[prom::orm(connection = "a connection that a model names")]
#[derive(Debug)]
struct Elsewhere {
    bar: i64,
}

behaviour! {
    /// Whatever scope it is in, unless it is one of that name.
    async fn a_model_goes_to_the_connection_it_names(db) {
        static ONE_AT_A_TIME: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
        let _turn = ONE_AT_A_TIME.lock().await;
        if prom::connection(NAMED).is_err() {
            let error = refused(Elsewhere::create().bar(0).await);
            assert_eq!((error.kind(), error.model()), (Kind::NotConfigured, Some("Elsewhere")));
            assert!(error.to_string().contains(NAMED), "{error}");
        }
        let named = prom::configure(&dsn_named("named", NAMED))?;
        Elsewhere::create().bar(1).await?;
        assert_eq!(Elsewhere::query().on(&named).only().await?.bar, 1);
        assert_eq!(Elsewhere::query().on(db).count().await?, 0);
        let inside = named.scope(async { Elsewhere::query().count().await }).await?;
        assert_eq!(inside, 1);
        // A scope of another name is not the model's, and takes no row of it.
        let mut row = Elsewhere::query().only().await?;
        row.bar = 2;
        let other = another("other")?;
        other.scope(row.save().into_future()).await?;
        assert_eq!(Elsewhere::query().only().await?.bar, 2);
        other.scope(named.scope(row.reload().into_future())).await?;
        assert!(other.scope(row.delete().into_future()).await?);
        named.close().await?;
    }
}

behaviour! {
    /// What is durable is there again.
    async fn a_closed_connection_opens_at_the_next_use(db) {
        assert!(!db.is_open(), "it opens when it is needed");
        let mut row = Foo::create().bar(1).await?;
        assert!(db.is_open());
        for _ in 0..3 {
            db.close().await?;
            assert!(!db.is_open());
            let kept = u64::from(db.capabilities().durable);
            assert_eq!(Foo::query().count().await?, kept);
            assert!(db.is_open());
        }
        if db.capabilities().durable {
            db.close().await?;
            row.bar = 2;
            row.save().await?;
        }
        db.close().await?;
        db.close().await?;
        Foo::create().bar(3).await?;
        assert!(bars(db).await?.contains(&3));
    }
}

behaviour! {
    /// By its name, or one much like it is offered.
    async fn a_connection_is_found_by_its_name(db) {
        let found = prom::connection(db.name())?;
        Foo::create().bar(1).on(&found).await?;
        assert_eq!(bars(db).await?, [1]);
        let error = refused(prom::connection(&format!("{}x", db.name())));
        assert_eq!(error.kind(), Kind::NotConfigured);
        assert!(error.to_string().contains(&format!("did you mean `{}`?", db.name())), "{error}");
    }
}

behaviour! {
    /// While it is open; once it is closed, its name may be given to another.
    async fn an_open_connection_is_not_replaced(db) {
        Foo::create().bar(1).await?;
        let again = dsn_named("again", db.name());
        assert_eq!(refused(prom::configure(&again)).kind(), Kind::Invalid);
        db.close().await?;
        let new = prom::configure(&again)?;
        assert_eq!((new.name(), new.is_open()), (db.name(), false));
        assert_eq!(bars(&new).await?, []);
        Foo::create().bar(2).on(&new).await?;
        assert_eq!(bars(&prom::connection(db.name())?).await?, [2]);
        new.close().await?;
    }
}

behaviour! {
    /// A slip in it would otherwise go unseen.
    async fn an_unknown_option_is_refused() {
        let dsn = dsn("unknown option").replace('#', "?instal=off#");
        let error = refused(prom::configure(&dsn));
        assert_eq!(error.kind(), Kind::Dsn);
        assert!(error.to_string().contains("instal"), "{error}");
    }
}

behaviour! {
    /// Then a missing table is an error.
    async fn nothing_is_installed_where_the_dsn_says_so() {
        for (option, kind) in [("off", Kind::TableMissing), ("verify", Kind::InstallDenied)] {
            let dsn = dsn(option);
            // Where there is no database at all, none is made to be verified.
            let before = prom::configure(&dsn)?;
            before.install(&[Bystander::schema()]).await?;
            before.close().await?;
            let other = prom::configure(&dsn.replace('#', &format!("?install={option}#")))?;
            let error = refused(Lone::query().on(&other).get().await);
            assert_eq!((error.kind(), error.model()), (kind, Some("Lone")), "{error}");
            assert_eq!(refused(Lone::create().bar(1).on(&other).await).kind(), kind);
            assert_eq!(refused(Lone::query().on(&other).stream().try_next().await).kind(), kind);
            let durable = other.capabilities().durable;
            if option == "verify" {
                // By hand neither: nothing is made where tables are only verified.
                assert_eq!(refused(other.install(&[Lone::schema()]).await).kind(), kind);
                assert_eq!(refused(Lone::install().on(&other).await).kind(), kind);
                other.close().await?;
                if !durable {
                    continue;
                }
                before.install(&[Lone::schema()]).await?;
                before.close().await?;
            } else {
                Lone::install().on(&other).await?;
            }
            Lone::create().bar(1).on(&other).await?;
            assert_eq!(Lone::query().on(&other).select_bar().get().await?.into_vec(), [1]);
            other.close().await?;
            if !durable {
                assert_eq!(refused(Lone::query().on(&other).get().await).kind(), kind, "it is gone again");
                other.close().await?;
            }
        }
    }
}

behaviour! {
    /// They take turns, and none fails.
    async fn many_tasks_write_at_once(db) {
        db.install(&[Foo::schema()]).await?;
        let tasks: Vec<_> = (0..20)
            .map(|it| {
                tokio::spawn(in_scope(db, async move {
                    for at in 0..10 {
                        let mut row = Foo::create().bar(it).await?;
                        row.bar += 100;
                        row.save().await?;
                        if at % 2 == 0 {
                            row.delete().await?;
                        }
                        Foo::query().gt_bar(100).count().await?;
                    }
                    prom::Result::Ok(())
                }))
            })
            .collect();
        for task in tasks {
            task.await.expect("it does not panic")?;
        }
        let sum: i64 = bars(db).await?.iter().sum();
        assert_eq!((Foo::query().count().await?, sum), (100, (0..20).map(|it| (it + 100) * 5).sum()));
    }
}

behaviour! {
    /// Wherever it was dropped: a row is there wholly or not at all.
    async fn a_future_that_is_dropped_leaves_the_connection_usable(db) {
        db.install(&[Foo::schema()]).await?;
        for micros in 0..60 {
            let task = tokio::spawn(in_scope(db, async move {
                Foo::create_many((0..50).map(|it| Foo::draft().bar(it))).await?;
                let mut rows = Foo::query().stream();
                while rows.try_next().await?.is_some() {}
                prom::Result::Ok(())
            }));
            tokio::time::sleep(Duration::from_micros(micros * 20)).await;
            task.abort();
            match task.await {
                Ok(done) => done?,
                Err(error) => assert!(error.is_cancelled(), "{error}"),
            }
        }
        // Behind whatever was already on its way.
        let mut row = Foo::create().bar(1).await?;
        row.bar = -2;
        row.save().await?;
        let count = Foo::query().gte_bar(0).count().await?;
        assert_eq!(count % 50, 0, "{count} rows");
        assert_eq!(Foo::query().eq_bar(-2).only().await?, row);
        db.close().await?;
    }
}
