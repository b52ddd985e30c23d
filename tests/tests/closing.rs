//! A database that is closed, held or mended while others use it.

use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use prom::prelude::*;
use prom::{Kind, Result};
use tempfile::TempDir;

#[prom::orm]
#[derive(Debug)]
struct Foo {
    bar: i64,
}

fn folder() -> TempDir {
    TempDir::new().expect("a folder")
}

fn file(folder: &TempDir, name: &str, options: &str) -> Connection {
    let dsn = format!("sqlite://{}/{name}.db?{options}#{name}", folder.path().display());
    prom::configure(&dsn).expect("a good DSN")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_close_that_is_dropped_half_way_leaves_a_database_that_works() -> Result<()> {
    let folder = folder();
    for polls in 0..8 {
        let db = file(&folder, &format!("dropped_{polls}"), "readers=2");
        Foo::create().bar(1).on(&db).await?;
        {
            let mut close = pin!(db.close());
            for _ in 0..polls {
                if let Poll::Ready(done) = close.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                    done?;
                    break;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
        Foo::create().bar(2).on(&db).await?;
        assert_eq!(Foo::query().on(&db).count().await?, 2, "after {polls} polls");
        db.close().await?;
        assert!(!db.is_open());
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_for_a_turn_goes_on_with_the_database_opened_again() -> Result<()> {
    let folder = folder();
    let db = file(&folder, "waiting", "readers=1&pool_timeout=20s");
    Foo::create().bar(0).on(&db).await?;
    for _ in 0..20 {
        let lease = db.begin().await?;
        let close = tokio::spawn({
            let db = db.clone();
            async move { db.close().await }
        });
        tokio::time::sleep(Duration::from_millis(2)).await;
        let uses: Vec<_> = (0..4)
            .map(|bar| {
                let db = db.clone();
                tokio::spawn(async move {
                    Foo::create().bar(bar).on(&db).await?;
                    Foo::query().on(&db).count().await
                })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(2)).await;
        lease.rollback().await?;
        close.await.expect("it does not panic")?;
        for it in uses {
            it.await.expect("it does not panic")?;
        }
    }
    assert_eq!(Foo::query().on(&db).count().await?, 81);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn many_first_uses_behind_a_busy_writer_fail_at_once_and_not_one_by_one() -> Result<()> {
    #[prom::orm]
    #[derive(Debug)]
    struct Late {
        bar: i64,
    }
    let folder = folder();
    let db = file(&folder, "late", "pool_timeout=500ms");
    Foo::create().bar(1).on(&db).await?;
    let lease = db.begin().await?;
    let began = Instant::now();
    let uses: Vec<_> = (0..40)
        .map(|_| {
            let db = db.clone();
            tokio::spawn(async move { Late::query().on(&db).count().await })
        })
        .collect();
    for it in uses {
        let error = it.await.expect("it does not panic").expect_err("the writer is busy");
        assert_eq!((error.kind(), error.model()), (Kind::PoolTimeout, Some("Late")));
    }
    // One by one they would wait 500 ms each.
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    lease.rollback().await?;
    assert_eq!(Late::query().on(&db).count().await?, 0);
    Ok(())
}

#[tokio::test]
async fn a_generated_column_is_there() -> Result<()> {
    #[prom::orm(table = "generated", created = none, updated = none)]
    #[derive(Debug)]
    struct Generated {
        bar: Option<i64>,
        double: Option<i64>,
    }
    let folder = folder();
    let path = folder.path().join("generated.db");
    let raw = tokio_rusqlite::rusqlite::Connection::open(&path).expect("it opens");
    raw.execute_batch(
        "CREATE TABLE generated (_id INTEGER PRIMARY KEY, bar INTEGER, double INTEGER AS (bar * 2));
         INSERT INTO generated (bar) VALUES (21);",
    )
    .expect("it is made");
    let db = file(&folder, "generated", "");
    assert_eq!(Generated::query().on(&db).only().await?.double, Some(42));
    Ok(())
}

#[tokio::test]
async fn a_column_that_never_was_does_not_make_everybody_look_again() -> Result<()> {
    #[prom::orm]
    #[derive(Debug)]
    struct Beside {
        bar: i64,
        che: Option<i64>,
    }
    let folder = folder();
    let db = file(&folder, "slip", "");
    Beside::create().bar(1).on(&db).await?;
    let slip = Foo::query().on(&db).raw_field("baar = ?", [1]).count().await.expect_err("a slip");
    assert_eq!(slip.kind(), Kind::FieldMissing);

    // Who looks at the table makes the column again, and to count nobody needs it.
    prom::raw_unchecked("ALTER TABLE beside DROP COLUMN che".to_owned()).on(&db).execute().await?;
    assert_eq!(Beside::query().on(&db).count().await?, 1);
    let error = db.verify(&[Beside::schema()]).await.expect_err("nobody looked");
    assert_eq!(error.kind(), Kind::InstallDenied);

    // Where a table did vanish, it is looked for the others.
    prom::raw_unchecked("DROP TABLE foo".to_owned()).on(&db).execute().await?;
    assert_eq!(Foo::query().on(&db).count().await?, 0);
    assert_eq!(Beside::query().on(&db).count().await?, 1);
    db.verify(&[Beside::schema()]).await
}
