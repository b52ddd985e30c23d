//! Connections that die, and those that are closed.

use std::time::Duration;

use prom_postgres::__connections::{IfLost, Use};
use prom_postgres::{Kind, Result};
use tokio::time::timeout;

use super::fake::proxy;
use super::{BACKEND, HANGS, ask, ask_once, dsn_with, pool, pool_of, read, until};

#[tokio::test]
async fn a_connection_that_died_is_not_lent() -> Result<()> {
    let (pool, others) = (pool("max_connections=1"), pool(""));
    let backend = ask_once(&pool, BACKEND).await?;
    ask_once(&others, &format!("SELECT pg_terminate_backend({backend})")).await?;
    until(&others, &format!("SELECT count(*) FROM pg_stat_activity WHERE pid = {backend}"), 0).await?;
    // That the server hung up has come by then, on whatever machine.
    tokio::time::sleep(Duration::from_millis(500)).await;
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
        let sleeping = async { Ok(loan.client().simple_query("SELECT pg_sleep(60)").await?) };
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
    let (pool, others) = (pool("max_connections=3&application_name=closing&statement_timeout=0"), pool(""));
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

    let loan = pool.get(Use::Statement).await?;
    let long = async { tokio::join!(ask(&loan, "SELECT pg_sleep(600)"), pool.close()) };
    let (done, closed) = timeout(HANGS, long).await.expect("it waits for a long statement");
    closed?;
    assert!(done.is_err());
    until(&others, "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'closing'", 0).await?;
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
    let options = "sslmode=disable&max_connections=1&statement_timeout=500ms&connect_timeout=20s";
    let pool = pool_of(&dsn_with(&proxy.to_string(), options));
    let backend = ask_once(&pool, BACKEND).await?;
    switch.set_silent(true);
    let asked = timeout(HANGS, ask_once(&pool, BACKEND)).await.expect("it waits for ever");
    let error = asked.expect_err("no answer");
    assert_eq!(error.kind(), Kind::OutcomeUnknown);
    let waiting = async {
        let loan = pool.get(Use::Statement).await?;
        loan.run_within(None, IfLost::NothingDone, async {
            Ok(loan.client().query_typed(BACKEND, &[]).await?)
        })
        .await
    };
    let (rows, ()) = tokio::join!(timeout(HANGS, waiting), async {
        tokio::time::sleep(Duration::from_millis(1500)).await;
        switch.set_silent(false);
    });
    let rows = rows.expect("who comes next waits for ever")?;
    assert_ne!(rows[0].get::<_, i32>(0).to_string(), backend, "on another connection");
    Ok(())
}
