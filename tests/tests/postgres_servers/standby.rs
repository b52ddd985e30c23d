//! A standby, and several hosts.

use std::time::{Duration, Instant};

use prom::prelude::*;
use prom::{Kind, Result};
use prom_cluster::{Address, Cluster};
use tokio::net::TcpListener;

use crate::setup::connect;

#[prom::orm]
#[derive(Debug)]
struct Foo {
    bar: i64,
}

#[prom::orm]
#[derive(Debug)]
struct Later {
    bar: i64,
}

/// Whoever is not there by then does not come.
const HANGS: Duration = Duration::from_secs(60);

/// The DSN of a database of `address`, with other hosts.
fn dsn(address: &Address, database: &str, hosts: &[String]) -> String {
    let host = format!("@{}:{}/", address.host(), address.port());
    address.dsn(database).replace(&host, &format!("@{}/", hosts.join(",")))
}

fn host(address: &Address) -> String {
    format!("{}:{}", address.host(), address.port())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_standby_reads_and_takes_over() -> Result<()> {
    let mut cluster = Cluster::start().expect("a server");
    let standby = cluster.standby().expect("a standby");
    let primary = connect(&cluster.dsn("postgres"), "");
    Foo::create().bar(1).on(&primary).await?;
    standby.catch_up().expect("it does");

    // It reads, and says that it does no more.
    let reader = connect(&standby.address().dsn("postgres"), "");
    assert_eq!(Foo::query().on(&reader).only().await?.bar, 1);
    let mut rows = Foo::query().on(&reader).stream();
    assert!(rows.try_next().await?.is_some());
    for _ in 0..2 {
        let error = Foo::create().bar(2).on(&reader).await.expect_err("it only reads");
        assert_eq!(error.kind(), Kind::ReadOnly, "{error:?}");
    }
    let error = Later::create().bar(2).on(&reader).await.expect_err("it only reads");
    println!("{error:?}");
    assert!(matches!(error.kind(), Kind::ReadOnly | Kind::InstallDenied), "{error:?}");

    // The hosts are tried in their order, and one that does not do is passed over.
    let hosts = [host(standby.address()), host(&cluster)];
    let both = dsn(&cluster, "postgres", &hosts);
    let writer = connect(&both, "target_session_attrs=read-write&max_connections=3");
    Foo::create().bar(2).on(&writer).await?;
    let any = connect(&both, "target_session_attrs=prefer-standby");
    let is_standby: bool = prom::raw("SELECT pg_is_in_recovery()").on(&any).only().await?;
    assert!(is_standby);
    standby.catch_up().expect("it does");

    // The primary goes, and the standby takes over.
    cluster.stop_immediately();
    let error = Foo::create().bar(3).on(&writer).await.expect_err("nobody writes");
    // Who had sent it before it was seen that the server is gone cannot know more.
    assert!(matches!(error.kind(), Kind::Connect | Kind::Closed | Kind::OutcomeUnknown), "{error:?}");
    standby.promote().expect("it does");
    let start = Instant::now();
    while let Err(error) = Foo::create().bar(3).on(&writer).await {
        assert!(start.elapsed() < HANGS, "{error:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    println!("healed within {:?}", start.elapsed());
    let bars: Vec<i64> = Foo::query().asc_bar().on(&writer).get().await?.iter().map(|it| it.bar).collect();
    assert_eq!(bars, [1, 2, 3]);
    // The one that was a standby's connection writes as well by now.
    Foo::create().bar(4).on(&reader).await?;
    Ok(())
}

#[tokio::test]
async fn a_host_that_refuses_or_is_silent_is_passed_over() -> Result<()> {
    let shared = Cluster::shared().expect("there is a server");
    let database = shared.database("hosts").expect("a database");
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let silent = silent.local_addr().map(|it| (it, silent)).expect("an address");
    for first in ["127.0.0.1:1".to_owned(), "no-such-host.invalid:5432".to_owned(), silent.0.to_string()] {
        let there = dsn(shared, database.name(), &[first.clone(), host(shared)]);
        let db = connect(&there, "connect_timeout=2s");
        let done = tokio::time::timeout(HANGS, Foo::create().bar(1).on(&db)).await;
        done.unwrap_or_else(|_| panic!("it waits for {first}"))?;
    }
    Ok(())
}
