//! Connections that die, and those that are closed.

use std::time::{Duration, Instant};

use prom_postgres::__connections::{IfLost, Use};
use prom_postgres::{Kind, Result};

use super::fake::proxy;
use super::{BACKEND, ask, ask_once, dsn_with, pool, pool_of, read};

#[tokio::test]
async fn a_connection_that_died_is_not_lent() -> Result<()> {
    let (pool, others) = (pool("max_connections=1"), pool(""));
    let backend = ask_once(&pool, BACKEND).await?;
    ask_once(&others, &format!("SELECT pg_terminate_backend({backend})")).await?;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_ne!(ask_once(&pool, BACKEND).await?, backend);
    Ok(())
}

#[tokio::test]
async fn a_connection_that_dies_in_use_is_not_lent_again() -> Result<()> {
    let (pool, others) = (pool("max_connections=1"), pool(""));
    let loan = pool.get(Use::Statement).await?;
    let backend = read(&loan, BACKEND).await?;
    let kill = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        ask_once(&others, &format!("SELECT pg_terminate_backend({backend})")).await
    };
    let (slept, killed) = tokio::join!(ask(&loan, "SELECT pg_sleep(20)"), kill);
    killed?;
    let error = slept.expect_err("it was killed");
    // The server said so: nothing was done.
    assert_ne!(error.kind(), Kind::OutcomeUnknown, "{error:?}");
    assert!(loan.is_doomed());
    drop(loan);
    assert_ne!(ask_once(&pool, BACKEND).await?, backend);
    Ok(())
}

#[tokio::test]
async fn a_lost_answer_is_an_unknown_outcome() -> Result<()> {
    let (proxy, switch) = proxy(Duration::ZERO).await;
    let pool = pool_of(&dsn_with(&proxy.to_string(), "sslmode=disable&max_connections=1"));
    for (if_lost, kind) in [(IfLost::Unknown, Kind::OutcomeUnknown), (IfLost::NothingDone, Kind::Closed)] {
        let loan = pool.get(Use::Statement).await?;
        let sleeping = async { Ok(loan.client().simple_query("SELECT pg_sleep(1)").await?) };
        let (slept, ()) = tokio::join!(loan.run(if_lost, sleeping), async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            switch.cut();
        });
        let error = slept.expect_err("it was broken off");
        assert!(error.kind() == kind && loan.is_doomed(), "{error:?}");
    }
    assert!(!ask_once(&pool, BACKEND).await?.is_empty(), "the next one works");
    Ok(())
}

#[tokio::test]
async fn closing_waits_and_then_breaks_off() -> Result<()> {
    let (pool, others) = (pool("max_connections=3&application_name=closing"), pool(""));
    let start = Instant::now();
    pool.close().await?;
    let quick = pool.get(Use::Statement).await?;
    let quick = async {
        let done = ask(&quick, "SELECT pg_sleep(0.3)").await;
        drop(quick);
        done
    };
    let (done, closed) = tokio::join!(quick, pool.close());
    done?;
    closed?;
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());

    let loan = pool.get(Use::Statement).await?;
    let (done, closed) = tokio::join!(ask(&loan, "SELECT pg_sleep(20)"), pool.close());
    closed?;
    assert!(done.is_err());
    assert!(start.elapsed() < Duration::from_secs(9), "{:?}", start.elapsed());
    let sql = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'closing'";
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(ask_once(&others, sql).await?, "0");
    ask_once(&pool, BACKEND).await?;
    Ok(())
}

#[tokio::test]
async fn who_waits_while_it_is_closed_goes_on() -> Result<()> {
    let pool = pool("max_connections=1");
    let loan = pool.get(Use::Statement).await?;
    let close = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let (closed, ()) = tokio::join!(pool.close(), async { drop(loan) });
        closed
    };
    let (waited, closed) = tokio::join!(ask_once(&pool, BACKEND), close);
    closed?;
    waited?;
    Ok(())
}

/// The socket stays open, and whoever is behind it never answers.
#[tokio::test]
async fn a_connection_that_went_silent_takes_nobody_with_it() -> Result<()> {
    let (proxy, switch) = proxy(Duration::ZERO).await;
    let options = "sslmode=disable&max_connections=1&statement_timeout=200ms&connect_timeout=3s";
    let pool = pool_of(&dsn_with(&proxy.to_string(), options));
    let backend = ask_once(&pool, BACKEND).await?;
    switch.set_silent(true);
    let start = Instant::now();
    let error = ask_once(&pool, BACKEND).await.expect_err("no answer");
    assert_eq!(error.kind(), Kind::OutcomeUnknown);
    let waiting = async {
        let loan = pool.get(Use::Statement).await?;
        loan.run_within(None, IfLost::NothingDone, async {
            Ok(loan.client().query_typed(BACKEND, &[]).await?)
        })
        .await
    };
    let (rows, ()) = tokio::join!(waiting, async {
        tokio::time::sleep(Duration::from_millis(1500)).await;
        switch.set_silent(false);
    });
    assert_ne!(rows?[0].get::<_, i32>(0).to_string(), backend, "on another connection");
    assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
    Ok(())
}
