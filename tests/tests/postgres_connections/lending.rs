//! Who gets a connection, and when.

use std::sync::Arc;
use std::time::{Duration, Instant};

use prom_postgres::__connections::{IfLost, Use};
use prom_postgres::{Kind, Result};
use tokio::time::timeout;

use super::fake::proxy;
use super::{BACKEND, HANGS, ask, ask_once, dsn_with, pool, pool_of, read, until};

#[tokio::test]
async fn a_connection_has_the_settings_of_the_dsn() -> Result<()> {
    let pool = pool("search_path=a,b&readonly&lock_timeout=3&application_name=till");
    for (name, value) in [
        ("statement_timeout", "30s"),
        ("idle_in_transaction_session_timeout", "1min"),
        ("client_connection_check_interval", "5s"),
        ("lock_timeout", "3s"),
        ("search_path", "a,b"),
        ("default_transaction_read_only", "on"),
        ("application_name", "till"),
    ] {
        assert_eq!(ask_once(&pool, &format!("SHOW {name}")).await?, value, "{name}");
    }
    let error = ask_once(&pool, "CREATE TABLE foo ()").await.expect_err("it only reads");
    assert_eq!(error.code(), Some("25006"));
    Ok(())
}

#[tokio::test]
async fn without_a_session_nothing_is_set_or_prepared() -> Result<()> {
    let pool = pool("prepare=off&statement_timeout=5");
    let loan = pool.get(Use::Statement).await?;
    assert_eq!(ask(&loan, "SHOW statement_timeout").await?, "0");
    let statement = loan.run(IfLost::NothingDone, loan.statement("SELECT 1", &[])).await?;
    assert!(statement.is_none());
    Ok(())
}

#[tokio::test]
async fn there_are_never_more_than_may_be() -> Result<()> {
    let pool = Arc::new(pool("max_connections=4&application_name=never_more"));
    let tasks: Vec<_> = (0..100)
        .map(|_| {
            let pool = pool.clone();
            tokio::spawn(async move {
                let loan = pool.get(Use::Statement).await?;
                let sql = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'never_more'";
                ask(&loan, sql).await
            })
        })
        .collect();
    for task in tasks {
        let count: usize = task.await.expect("no panic")?.parse().expect("a number");
        assert!((1..=4).contains(&count), "{count}");
    }
    Ok(())
}

#[tokio::test]
async fn who_waits_too_long_is_told_what_for() -> Result<()> {
    let pool = pool("max_connections=3&pool_timeout=100ms");
    let (_a, _b) = (pool.get(Use::Transaction).await?, pool.get(Use::Transaction).await?);
    let c = pool.get(Use::Statement).await?;
    c.label(Use::Stream);
    let waited = timeout(HANGS, pool.get(Use::Statement)).await.expect("it waits for ever");
    let error = waited.expect_err("none is free");
    assert_eq!(error.kind(), Kind::PoolTimeout);
    assert!(error.to_string().contains("within 100ms: the 3 of this process"), "{error}");
    assert!(error.to_string().contains("by 2 transactions, 1 stream;"), "{error}");
    drop(c);
    pool.get(Use::Statement).await?;
    Ok(())
}

#[tokio::test]
async fn one_is_left_by_those_who_keep_it_long() -> Result<()> {
    let pool = pool("max_connections=2");
    let stream = pool.spare(Use::Stream).await?;
    assert!(stream.is_some() && pool.spare(Use::Stream).await?.is_none());
    ask_once(&pool, BACKEND).await?;
    drop(stream);
    let (_a, _b) = (pool.get(Use::Statement).await?, pool.get(Use::Statement).await?);
    assert!(pool.spare(Use::Stream).await?.is_none());
    Ok(())
}

/// Connecting takes longer than anybody waits; if each took its half-made
/// connection with it, nobody would ever have one.
#[tokio::test]
async fn short_deadlines_do_not_starve() {
    let (proxy, switch) = proxy(Duration::from_millis(100)).await;
    let pool = pool_of(&dsn_with(&proxy.to_string(), "sslmode=disable"));
    let (start, mut waits) = (Instant::now(), 0);
    while timeout(Duration::from_millis(20), pool.get(Use::Statement)).await.is_err() {
        waits += 1;
        assert!(start.elapsed() < HANGS, "nobody gets one");
    }
    println!("{waits} waited in vain");
    assert_eq!(switch.accepted(), 1, "one connect served them all");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_dropped_there_are_never_too_many() {
    let pool = Arc::new(pool("max_connections=8&application_name=dropped"));
    for round in 0..20 {
        let tasks: Vec<_> = (0..50_u64)
            .map(|it| {
                let pool = pool.clone();
                let time = Duration::from_millis((it * 7 + round) % 40);
                tokio::spawn(async move { timeout(time, ask_once(&pool, BACKEND)).await.is_ok() })
            })
            .collect();
        for task in tasks {
            task.await.expect("no panic");
        }
    }
    let sql = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'dropped'";
    let count: usize = ask_once(&pool, sql).await.expect("it answers").parse().expect("a number");
    assert!(count <= 8, "{count}");
}

#[tokio::test]
async fn what_is_idle_or_old_is_closed() -> Result<()> {
    let others = pool("");
    for options in ["max_idle=200ms", "max_lifetime=200ms"] {
        let pool = pool(options);
        let backend = ask_once(&pool, BACKEND).await?;
        let sql = format!("SELECT count(*) FROM pg_stat_activity WHERE pid = {backend}");
        until(&others, &sql, 0).await?;
        assert_ne!(ask_once(&pool, BACKEND).await?, backend);
    }
    Ok(())
}

#[tokio::test]
async fn statements_are_kept_and_not_too_many() -> Result<()> {
    let pool = pool("statement_cache=8");
    let loan = pool.get(Use::Statement).await?;
    let prepared = "SELECT count(*) FROM pg_prepared_statements";
    for it in 0..100 {
        // The first is used again and again, and so is kept.
        for sql in ["SELECT 'first'".to_owned(), format!("SELECT {it}")] {
            loan.run(IfLost::NothingDone, loan.statement(&sql, &[])).await?;
        }
    }
    assert_eq!(read(&loan, prepared).await?, "8");
    let first = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%first%'";
    assert_eq!(read(&loan, first).await?, "1");
    // All of them go when the next is asked for.
    loan.outdate();
    loan.run(IfLost::NothingDone, loan.statement("SELECT 2", &[])).await?;
    assert_eq!(read(&loan, first).await?, "0");
    Ok(())
}

#[test]
fn several_runtimes_share_the_connections() {
    let pool = Arc::new(pool("max_connections=2"));
    let mut backends = Vec::new();
    for _ in 0..3 {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        backends.push(runtime.block_on(ask_once(&pool, BACKEND)).expect("it answers"));
    }
    assert!(backends.iter().all(|it| *it == backends[0]), "{backends:?}");
    let threads: Vec<_> = (0..8)
        .map(|_| {
            let pool = pool.clone();
            std::thread::spawn(move || {
                let runtime =
                    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
                for _ in 0..20 {
                    runtime.block_on(ask_once(&pool, BACKEND)).expect("it answers");
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().expect("no panic");
    }
}

#[test]
fn what_polls_without_a_clock_gets_an_error_whatever_is_open() {
    use std::task::{Context, Poll, Waker};

    let with_clock = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("it is made");
    let pool = with_clock.block_on(async {
        let pool = pool("");
        pool.get(Use::Statement).await.expect("there is a server");
        pool
    });
    let refused = |error: prom_postgres::Error, cure: &str| {
        assert_eq!(error.kind(), prom_postgres::Kind::Invalid);
        assert!(error.to_string().contains(cure), "{error}");
    };
    let without = tokio::runtime::Builder::new_current_thread().build().expect("it is made");
    refused(without.block_on(pool.get(Use::Statement)).expect_err("there is no clock"), "`enable_time()`");
    refused(without.block_on(pool.spare(Use::Stream)).expect_err("there is no clock"), "`enable_time()`");
    let mut get = std::pin::pin!(pool.get(Use::Statement));
    let Poll::Ready(got) = get.as_mut().poll(&mut Context::from_waker(Waker::noop())) else {
        panic!("it waits for nothing");
    };
    refused(got.expect_err("there is no runtime"), "#[tokio::main]");
    with_clock.block_on(pool.get(Use::Statement)).expect("it is as good as before");
}
