//! SQLite when others hold the lock, or when nobody waits any longer.

use std::time::{Duration, Instant};

use prom::prelude::*;
use prom::{Error, Kind, Result, transaction};
use tempfile::TempDir;
use tokio_rusqlite::rusqlite;

#[prom::orm]
#[derive(Debug, Clone, PartialEq)]
struct Foo {
    bar: i64,
}

/// Whoever is not done by then waits for ever, or to the end of what takes minutes.
const HANGS: Duration = Duration::from_secs(25);

/// Would run for minutes.
const LONG: &str = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000) \
                    SELECT count(*) FROM n";
const LONG_INSERT: &str = "INSERT INTO foo (bar, _created, _updated) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL \
                           SELECT i + 1 FROM n WHERE i < 1000000000) SELECT i, 0, 0 FROM n";

struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        Self { folder: TempDir::new().expect("a folder") }
    }

    fn open(&self, name: &str, options: &str) -> Result<Connection> {
        let path = self.folder.path().display();
        prom::configure(&format!("sqlite://{path}/{name}.db?{options}#locked {name}"))
    }

    /// A connection of somebody else's.
    fn other(&self, name: &str) -> rusqlite::Connection {
        let other = rusqlite::Connection::open(self.folder.path().join(format!("{name}.db")));
        other.expect("it opens")
    }
}

async fn count(db: &Connection) -> Result<u64> {
    Foo::query().on(db).count().await
}

fn kind<T>(done: Result<T>) -> Kind {
    done.err().expect("it is refused").kind()
}

/// One row can be written and read.
async fn check(db: &Connection) -> Result<()> {
    let before = count(db).await?;
    let row = Foo::create().bar(7).on(db).await?;
    assert_eq!(count(db).await?, before + 1);
    assert!(row.delete().on(db).await?);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_waits_for_the_lock_so_long_and_no_longer() -> Result<()> {
    let place = Place::new();
    let db = place.open("busy", "timeout=150ms")?;
    Foo::create().bar(1).on(&db).await?;
    let other = place.other("busy");
    other.execute_batch("BEGIN IMMEDIATE").expect("it is free");
    let began = Instant::now();
    assert_eq!(kind(Foo::create().bar(2).on(&db).await), Kind::Busy);
    let time = began.elapsed();
    assert!(time >= Duration::from_millis(150) && time < HANGS, "{time:?}");
    let done = transaction(async { Foo::create().bar(2).await }).on(&db).await;
    let error = done.expect_err("it is locked");
    assert!(error.kind() == Kind::Busy && error.is_retryable(), "{error}");
    assert_eq!(count(&db).await?, 1, "who reads waits for nobody");

    // Freed in time, it goes on.
    let path = place.folder.path().display();
    let db = prom::configure(&format!("sqlite://{path}/busy.db?timeout=20s#locked patient"))?;
    let free = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(60));
        other.execute_batch("COMMIT").expect("it commits");
    });
    Foo::create().bar(2).on(&db).await?;
    free.join().expect("it does not panic");
    check(&db).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_deadline_of_a_statement_counts_while_it_waits_for_the_lock() -> Result<()> {
    let place = Place::new();
    let db = place.open("deadline", "timeout=120s&statement_timeout=1s&synchronous=off")?;
    Foo::create().bar(1).on(&db).await?;
    let other = place.other("deadline");
    other.execute_batch("BEGIN IMMEDIATE").expect("it is free");
    let began = Instant::now();
    assert_eq!(kind(Foo::create().bar(2).on(&db).await), Kind::Deadline);
    let done = transaction(async { Foo::create().bar(2).await }).on(&db).await;
    assert_eq!(kind(done), Kind::Deadline);
    assert!(began.elapsed() < HANGS, "{:?}", began.elapsed());
    other.execute_batch("COMMIT").expect("it commits");
    check(&db).await
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_dropped_while_he_waits_for_the_lock_frees_the_connection() -> Result<()> {
    let place = Place::new();
    let db = place.open("dropped", "timeout=120s&statement_timeout=0")?;
    Foo::create().bar(1).on(&db).await?;
    for in_transaction in [false, true] {
        let other = place.other("dropped");
        other.execute_batch("BEGIN IMMEDIATE").expect("it is free");
        let write = async {
            match in_transaction {
                true => transaction(async { Foo::create().bar(2).await }).on(&db).await,
                false => Foo::create().bar(2).on(&db).await,
            }
        };
        assert!(tokio::time::timeout(Duration::from_millis(100), write).await.is_err());
        other.execute_batch("COMMIT").expect("it commits");
        let began = Instant::now();
        check(&db).await?;
        assert!(began.elapsed() < HANGS, "{:?}", began.elapsed());
        assert_eq!(count(&db).await?, 1);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_is_too_long_is_stopped() -> Result<()> {
    let place = Place::new();
    let memory = prom::configure("sqlite::memory:?statement_timeout=500ms#locked memory")?;
    for db in [memory, place.open("long", "statement_timeout=500ms&synchronous=off")?] {
        Foo::create().bar(1).on(&db).await?;
        let began = Instant::now();
        assert_eq!(kind(prom::raw(LONG).on(&db).only::<i64>().await), Kind::Deadline);
        assert_eq!(kind(prom::raw(LONG_INSERT).on(&db).execute().await), Kind::Deadline);
        assert_eq!(count(&db).await?, 1);
        for text in [LONG, LONG_INSERT] {
            let done = transaction(async {
                Foo::create().bar(2).await?;
                let first = prom::raw(text).execute().await;
                assert_eq!(kind(first), Kind::Deadline);
                assert_eq!(kind(Foo::query().count().await), Kind::TransactionAborted);
                Ok::<_, Error>(())
            });
            assert_eq!(kind(done.on(&db).await), Kind::TransactionAborted);
            assert_eq!(count(&db).await?, 1, "nothing is kept");
        }
        assert!(began.elapsed() < HANGS, "{:?}", began.elapsed());
        check(&db).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_s_deadline_stops_its_statement() -> Result<()> {
    let place = Place::new();
    let db = place.open("transaction", "statement_timeout=0&synchronous=off")?;
    Foo::create().bar(1).on(&db).await?;
    let began = Instant::now();
    let done = transaction(async {
        Foo::create().bar(2).await?;
        prom::raw(LONG_INSERT).execute().await
    });
    assert_eq!(kind(done.on(&db).deadline(Duration::from_millis(100)).await), Kind::Deadline);
    check(&db).await?;
    let tx = db.begin().deadline(Duration::from_secs(1)).await?;
    Foo::create().bar(2).on(&tx).await?;
    assert_eq!(kind(prom::raw(LONG_INSERT).on(&tx).execute().await), Kind::Deadline);
    assert!(tx.commit().await.is_err());
    check(&db).await?;
    assert!(began.elapsed() < HANGS, "{:?}", began.elapsed());
    assert_eq!(count(&db).await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_statement_that_is_dropped_frees_its_connection() -> Result<()> {
    let place = Place::new();
    let memory = prom::configure("sqlite::memory:?statement_timeout=0#locked dropped memory")?;
    for db in [memory, place.open("dropped_long", "readers=1&statement_timeout=0")?] {
        Foo::create().bar(1).on(&db).await?;
        for text in [LONG, LONG_INSERT] {
            let long = prom::raw(text).on(&db).execute();
            assert!(tokio::time::timeout(Duration::from_millis(50), long).await.is_err());
            let began = Instant::now();
            check(&db).await?;
            assert!(began.elapsed() < HANGS, "{:?}", began.elapsed());
        }
        assert_eq!(count(&db).await?, 1);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn no_innocent_statement_is_interrupted() -> Result<()> {
    let place = Place::new();
    let memory = prom::configure("sqlite::memory:#locked innocents")?;
    for db in [memory, place.open("innocents", "readers=1&synchronous=off")?] {
        Foo::create().bar(1).on(&db).await?;
        let mut harmed = Vec::new();
        for round in 0..500_u64 {
            let long = prom::raw(LONG).on(&db).only::<i64>();
            let _ = tokio::time::timeout(Duration::from_micros(round % 50 * 20), long).await;
            for done in [
                Foo::create().bar(2).on(&db).await.map(drop),
                Foo::query().on(&db).get().await.map(drop),
                Foo::query().eq_bar(2).on(&db).delete().await.map(drop),
            ] {
                harmed.extend(done.err());
            }
        }
        assert!(harmed.is_empty(), "{} of 1500: {:?}", harmed.len(), harmed.first());
        assert_eq!(count(&db).await?, 1);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_sqlite_ends_by_itself_is_noticed() -> Result<()> {
    let place = Place::new();
    let db = place.open("rollback", "")?;
    prom::raw("CREATE TABLE sole (a BIGINT UNIQUE)").on(&db).execute().await?;
    let insert = || prom::raw("INSERT OR ROLLBACK INTO sole VALUES (1)").execute();
    for inner in [false, true] {
        let done = transaction(async {
            insert().await?;
            let work = async {
                assert_eq!(kind(insert().await), Kind::Unique);
                Ok::<_, Error>(())
            };
            match inner {
                true => assert_eq!(kind(transaction(work).await), Kind::TransactionAborted),
                false => work.await?,
            }
            let next = prom::raw("INSERT INTO sole VALUES (2)").execute().await;
            assert_eq!(kind(next), Kind::TransactionAborted);
            Ok::<_, Error>(())
        });
        assert_eq!(kind(done.on(&db).await), Kind::TransactionAborted);
        let left: i64 = prom::raw("SELECT count(*) FROM sole").on(&db).only().await?;
        assert_eq!(left, 0, "nothing of it, nor what came after it");
    }
    Foo::create().bar(1).on(&db).await?;
    check(&db).await
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_only_reads_blocks_nobody() -> Result<()> {
    let place = Place::new();
    let db = place.open("reading", "pool_timeout=300ms")?;
    Foo::create().bar(1).on(&db).await?;
    let tx = db.begin().read_only().await?;
    assert_eq!(Foo::query().on(&tx).count().await?, 1);
    Foo::create().bar(2).on(&db).await?;
    transaction(async { Foo::create().bar(3).await }).on(&db).await?;
    assert_eq!(count(&db).await?, 3);
    assert_eq!(Foo::query().on(&tx).count().await?, 1, "it reads what was there when it began");
    tx.commit().await?;
    check(&db).await
}

/// An error of the program's own, which says nothing of what was before.
#[derive(Debug)]
struct Own;

impl From<Error> for Own {
    fn from(_: Error) -> Self {
        Self
    }
}

#[tokio::test]
async fn what_fails_after_its_transaction_was_committed_is_not_tried_again() -> Result<()> {
    let db = prom::configure("sqlite::memory:?pool_timeout=1s#locked committed")?;
    db.install(&[Foo::schema()]).await?;
    let mut tries = 0;
    let done = prom::retry!(3, async {
        tries += 1;
        let held = db.begin().await?;
        Foo::query().on(&held).count().await?;
        // Its connection is taken.
        let refused = transaction(async { Ok::<_, Own>(()) }).on(&db).await;
        assert!(refused.is_err());
        drop(held);
        transaction(async { Foo::create().bar(5).await }).on(&db).await?;
        Err::<(), Own>(Own)
    });
    assert!(done.is_err());
    assert_eq!((tries, count(&db).await?), (1, 1));
    Ok(())
}
