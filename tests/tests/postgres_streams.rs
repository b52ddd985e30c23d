//! Streams from PostgreSQL, which wait for nobody and hold nobody up, however few
//! connections there are and however long the loop takes.

#[path = "postgres_setup/calm.rs"]
mod calm;
#[path = "postgres_setup/setup.rs"]
mod setup;

use std::time::{Duration, Instant};

use calm::until_calm;
use prom::prelude::*;
use prom::{Kind, Result};
use prom_cluster::Database;
use setup::{connect, database};

#[prom::orm(unique(bar))]
#[derive(Debug)]
struct Foo {
    bar: i64,
}

/// A database with rows, and a connection to it.
async fn foos(name: &str, count: i64, options: &str) -> Result<(Database, Connection)> {
    let database = database(name);
    let db = connect(&database.dsn(), options);
    Foo::create_many((0..count).map(|it| Foo::draft().bar(it))).on(&db).await?;
    Ok((database, db))
}

/// How long a connection is waited for here. Who waits for one that is not coming
/// takes as long; who does not is done long before, on whatever machine.
const POOL_TIMEOUT: Duration = Duration::from_secs(60);

type Rows = prom::RowStream<Foo>;

/// The rows that are left, which begin with `bar`.
async fn rest(rows: &mut Rows, mut bar: i64) -> Result<i64> {
    while let Some(row) = rows.try_next().await? {
        assert_eq!(row.bar, bar);
        bar += 1;
    }
    Ok(bar)
}

#[tokio::test]
async fn held_at_its_first_row_it_is_in_nobodys_way() -> Result<()> {
    for connections in [1, 2, 4] {
        let options = format!("max_connections={connections}&pool_timeout=60s");
        let (database, db) = foos("held", 3_000, &options).await?;
        let start = Instant::now();
        let mut rows = Foo::query().asc_bar().on(&db).stream();
        rows.try_next().await?;
        for it in 0..50 {
            let mut row = Foo::query().eq_bar(it).on(&db).only().await?;
            row.bar = -1 - it;
            row.save().await?;
            Foo::create().bar(10_000 + it).on(&db).await?;
        }
        assert_eq!(rest(&mut rows, 1).await?, 3_000);
        assert!(start.elapsed() < POOL_TIMEOUT, "{options}: {:?}", start.elapsed());
        until_calm(&database).await;
    }
    Ok(())
}

#[tokio::test]
async fn two_and_statements_between_share_few_connections() -> Result<()> {
    for connections in [1, 2] {
        let options = format!("max_connections={connections}&pool_timeout=60s");
        let (database, db) = foos("share", 3_000, &options).await?;
        let start = Instant::now();
        let (mut up, mut down) =
            (Foo::query().asc_bar().on(&db).stream(), Foo::query().desc_bar().on(&db).stream());
        for it in 0..3_000 {
            assert_eq!(up.try_next().await?.map(|it| it.bar), Some(it));
            assert_eq!(down.try_next().await?.map(|it| it.bar), Some(2_999 - it));
            if it % 50 == 0 {
                Foo::query().eq_bar(it).on(&db).only().await?.delete().await?;
                prom::transaction(async { Foo::create().bar(10_000 + it).await.map(drop) }).on(&db).await?;
            }
        }
        assert!(up.try_next().await?.is_none() && down.try_next().await?.is_none());
        assert!(start.elapsed() < POOL_TIMEOUT, "{options}: {:?}", start.elapsed());
        until_calm(&database).await;
    }
    Ok(())
}

#[tokio::test]
async fn a_slow_loop_outlives_the_deadline_of_statements() -> Result<()> {
    let options = "statement_timeout=2s&idle_in_transaction_session_timeout=2s&max_connections=3";
    let (_database, db) = foos("slow", 2_500, options).await?;
    let alone = async {
        let mut rows = Foo::query().asc_bar().on(&db).stream();
        rows.try_next().await?;
        tokio::time::sleep(Duration::from_millis(2_500)).await;
        for bar in 1..1_500 {
            assert_eq!(rows.try_next().await?.map(|it| it.bar), Some(bar));
        }
        tokio::time::sleep(Duration::from_millis(2_500)).await;
        rest(&mut rows, 1_500).await
    };
    // A transaction that does nothing is ended; one whose loop does something is not.
    let within = prom::transaction(async {
        let mut rows = Foo::query().asc_bar().stream();
        rows.try_next().await?;
        for _ in 0..6 {
            tokio::time::sleep(Duration::from_millis(400)).await;
            Foo::query().eq_bar(3).only().await?;
        }
        rest(&mut rows, 1).await
    });
    let (alone, within) = tokio::join!(alone, within.on(&db));
    assert_eq!((alone?, within?), (2_500, 2_500));
    Ok(())
}

#[tokio::test]
async fn what_is_undone_within_leaves_the_outer_one_going() -> Result<()> {
    let (database, db) = foos("undone", 3_000, "max_connections=1").await?;
    prom::transaction(async {
        Foo::create().bar(3_000).await?;
        let mut rows = Foo::query().asc_bar().stream();
        for it in 0..3_001 {
            let row = rows.try_next().await?.expect("there are more");
            assert_eq!(row.bar, it);
            if it % 400 == 0 {
                let undone = prom::transaction(async {
                    Foo::create().bar(-1 - it).await?;
                    // The server itself refuses it, and ends what is within.
                    Foo::create().bar(row.bar).await
                });
                assert_eq!(undone.await.expect_err("it is there").kind(), Kind::Unique);
                prom::transaction(async { Foo::create().bar(-1 - it).await.map(drop) }).await?;
            }
        }
        assert!(rows.try_next().await?.is_none(), "none but those of its snapshot");
        Ok::<_, prom::Error>(())
    })
    .on(&db)
    .await?;
    assert_eq!(Foo::query().lt_bar(0).on(&db).count().await?, 8);
    until_calm(&database).await;
    Ok(())
}

/// One that was begun within what is undone is at its end with it.
#[tokio::test]
async fn one_that_is_undone_itself_says_so() -> Result<()> {
    let (_database, db) = foos("itself", 2_500, "max_connections=1").await?;
    let done = prom::transaction(async {
        let mut rows = Foo::query().asc_bar().stream();
        let undone = prom::transaction(async {
            rows.try_next().await?;
            Err::<(), _>(prom::Error::new(Kind::Invalid, "on purpose"))
        });
        assert!(undone.await.is_err());
        rest(&mut rows, 1).await
    });
    let error = done.on(&db).await.expect_err("it does not end as if all were well");
    assert_eq!(error.kind(), Kind::Invalid, "{error:?}");
    assert!(error.to_string().contains("was rolled back before"), "{error:?}");
    assert_eq!(Foo::query().on(&db).count().await?, 2_500);
    Ok(())
}

#[tokio::test]
async fn dropped_midway_it_leaves_nothing() -> Result<()> {
    let (database, db) = foos("midway", 2_500, "max_connections=2").await?;
    for taken in [0, 1, 999, 1_000, 1_001, 2_499] {
        let mut rows = Foo::query().asc_bar().on(&db).stream();
        for _ in 0..taken {
            rows.try_next().await?;
        }
        // Also while the next piece is on its way.
        let _ = tokio::time::timeout(Duration::ZERO, rows.try_next()).await;
        drop(rows);
        assert_eq!(Foo::query().on(&db).count().await?, 2_500);
    }
    prom::transaction(async {
        for _ in 0..50 {
            let mut rows = Foo::query().asc_bar().stream();
            rows.try_next().await?;
        }
        Foo::create().bar(-1).await
    })
    .on(&db)
    .await?;
    until_calm(&database).await;
    let open: i64 =
        prom::raw("SELECT count(*) FROM pg_cursors WHERE name LIKE 'prom%'").on(&db).only().await?;
    assert_eq!(open, 0);
    Ok(())
}

/// In KiB.
fn memory() -> i64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("this is Linux");
    let line = status.lines().find(|it| it.starts_with("VmRSS")).expect("it is told");
    line.split_whitespace().nth(1).and_then(|it| it.parse().ok()).expect("a number")
}

#[tokio::test]
async fn two_hundred_thousand_rows_take_little_memory() -> Result<()> {
    let (_database, db) = foos("many", 1, "").await?;
    let sql = "INSERT INTO foo (bar, _created, _updated) SELECT it, now(), now() FROM generate_series(1, 199999) it";
    prom::raw(sql).on(&db).execute().await?;
    let (before, start) = (memory(), Instant::now());
    let mut rows = Foo::query().asc_bar().on(&db).stream();
    let (mut count, mut most) = (0, 0);
    while let Some(row) = rows.try_next().await? {
        assert_eq!(row.bar, count);
        count += 1;
        if count % 5_000 == 0 {
            most = most.max(memory() - before);
            Foo::query().eq_bar(count - 1).on(&db).only().await?;
        }
    }
    println!("{count} rows in {:?}, {most} KiB more", start.elapsed());
    assert!(count == 200_000 && most < 20 * 1024, "{count} rows, {most} KiB");
    Ok(())
}
