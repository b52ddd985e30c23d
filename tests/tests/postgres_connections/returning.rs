//! What the next user of a connection finds.

use std::time::{Duration, Instant};

use prom_postgres::__connections::{IfLost, Pool, Use};
use prom_postgres::{Kind, Result};
use tokio::time::timeout;

use super::{BACKEND, HANGS, ask, ask_once, pool, read, until};

/// Waits until no more backend of that name runs a statement.
async fn until_calm(others: &Pool, name: &str) -> Result<()> {
    let sql = format!(
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = '{name}' AND state <> 'idle'"
    );
    until(others, &sql, 0).await
}

#[tokio::test]
async fn an_open_transaction_is_undone_before_the_next_user() -> Result<()> {
    let pool = pool("max_connections=1");
    let loan = pool.get(Use::Transaction).await?;
    let backend = read(&loan, BACKEND).await?;
    loan.opens();
    ask(&loan, "BEGIN; CREATE TABLE left_open ()").await?;
    drop(loan);
    assert_eq!(ask_once(&pool, BACKEND).await?, backend, "the connection is used again");
    assert_eq!(ask_once(&pool, "SELECT to_regclass('left_open') IS NULL").await?, "t");
    assert_eq!(ask_once(&pool, "SELECT now() = statement_timestamp()").await?, "t", "nothing is open");
    Ok(())
}

#[tokio::test]
async fn a_begin_that_is_dropped_at_any_point_is_undone() -> Result<()> {
    let pool = pool("max_connections=1");
    for polls in 0..4 {
        let loan = pool.get(Use::Transaction).await?;
        loan.opens();
        {
            let mut begin = std::pin::pin!(ask(&loan, "BEGIN"));
            for _ in 0..polls {
                let waker = std::task::Waker::noop();
                if begin.as_mut().poll(&mut std::task::Context::from_waker(waker)).is_ready() {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        }
        drop(loan);
        assert_eq!(ask_once(&pool, "SELECT now() = statement_timestamp()").await?, "t", "{polls} polls");
    }
    Ok(())
}

#[tokio::test]
async fn what_raw_sql_leaves_behind_is_gone() -> Result<()> {
    let pool = pool("max_connections=1&search_path=public");
    let loan = pool.get(Use::Statement).await?;
    let backend = read(&loan, BACKEND).await?;
    loan.taint();
    ask(
        &loan,
        "SET search_path = elsewhere; SET statement_timeout = 1234; SET ROLE pg_monitor; \
         SELECT pg_advisory_lock(4711); LISTEN news; CREATE TEMP TABLE pg_hidden (); \
         DECLARE c CURSOR WITH HOLD FOR SELECT 1; BEGIN; SELECT 1",
    )
    .await?;
    drop(loan);
    for (sql, value) in [
        (BACKEND, backend.as_str()),
        ("SHOW search_path", "public"),
        ("SHOW statement_timeout", "30s"),
        ("SELECT current_user = session_user", "t"),
        ("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()", "0"),
        ("SELECT count(*) FROM pg_listening_channels()", "0"),
        ("SELECT to_regclass('pg_temp.pg_hidden') IS NULL", "t"),
        ("SELECT count(*) FROM pg_cursors", "0"),
        ("SELECT now() = statement_timestamp()", "t"),
    ] {
        assert_eq!(ask_once(&pool, sql).await?, value, "{sql}");
    }
    Ok(())
}

/// On a busy machine any may take longer than is waited for; they do not all.
#[tokio::test]
async fn a_short_statement_nobody_waits_for_is_let_finish() -> Result<()> {
    let pool = pool("max_connections=1");
    let start = Instant::now();
    loop {
        let backend = ask_once(&pool, BACKEND).await?;
        let dropped = timeout(Duration::from_millis(2), ask_once(&pool, "SELECT pg_sleep(0.01)"));
        let is_dropped = dropped.await.is_err();
        if ask_once(&pool, BACKEND).await? == backend && is_dropped {
            return Ok(());
        }
        assert!(start.elapsed() < HANGS, "each is broken off");
    }
}

#[tokio::test]
async fn a_long_statement_nobody_waits_for_is_cancelled() -> Result<()> {
    let (pool, others) = (pool("max_connections=1&application_name=long&statement_timeout=0"), pool(""));
    let backend = ask_once(&pool, BACKEND).await?;
    let dropped = timeout(Duration::from_millis(50), ask_once(&pool, "SELECT pg_sleep(600)"));
    assert!(dropped.await.is_err());
    let next = timeout(HANGS, ask_once(&pool, BACKEND)).await.expect("who comes next waits for it");
    assert_ne!(next?, backend, "a cancelled one is not used again");
    until_calm(&others, "long").await
}

#[tokio::test(flavor = "multi_thread")]
async fn no_innocent_statement_is_cancelled() -> Result<()> {
    let pool = std::sync::Arc::new(pool("max_connections=4&application_name=innocent"));
    let tasks: Vec<_> = (0..8_u64)
        .map(|task| {
            let pool = pool.clone();
            tokio::spawn(async move {
                for round in 0..40 {
                    let time = Duration::from_millis(15 + (task * 13 + round) % 30);
                    let _ = timeout(time, ask_once(&pool, "SELECT pg_sleep(0.04)")).await;
                    for _ in 0..5 {
                        ask_once(&pool, "SELECT pg_sleep(0.001)").await?;
                    }
                }
                Ok(())
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("no panic")?;
    }
    Ok(())
}

#[tokio::test]
async fn a_deadline_says_what_is_known() -> Result<()> {
    let (pool, others) = (pool("max_connections=1&application_name=late&statement_timeout=0"), pool(""));
    let backend = ask_once(&pool, BACKEND).await?;
    for (if_lost, kind) in [(IfLost::NothingDone, Kind::Deadline), (IfLost::Unknown, Kind::OutcomeUnknown)] {
        let loan = pool.get(Use::Statement).await?;
        let late = async { Ok(loan.client().simple_query("SELECT pg_sleep(600)").await?) };
        let late = loan.run_within(Some(Duration::from_millis(50)), if_lost, late);
        let error = timeout(HANGS, late).await.expect("it has no deadline").expect_err("late");
        assert_eq!(error.kind(), kind);
        let error = read(&loan, BACKEND).await.expect_err("it was given up");
        assert_eq!(error.kind(), Kind::Closed);
        drop(loan);
        assert_ne!(ask_once(&pool, BACKEND).await?, backend);
    }
    until_calm(&others, "late").await
}

#[tokio::test]
async fn what_is_sent_is_done_in_order_and_can_be_cut_short() -> Result<()> {
    let pool = pool("max_connections=1&statement_timeout=0");
    let loan = pool.get(Use::Transaction).await?;
    loan.opens();
    ask(&loan, "BEGIN; CREATE TEMP TABLE kept AS SELECT 1; SAVEPOINT s; DELETE FROM kept").await?;
    loan.begins();
    loan.send("ROLLBACK TO SAVEPOINT s");
    assert_eq!(read(&loan, "SELECT count(*) FROM kept").await?, "1");
    let slept = timeout(HANGS, read(&loan, "SELECT pg_sleep(600)"));
    let (slept, ()) = tokio::join!(slept, async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        loan.cut_short();
    });
    assert!(slept.expect("it sleeps on").is_err() && loan.is_doomed());
    Ok(())
}
