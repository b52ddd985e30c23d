//! A server that restarts while a program goes on.

use prom::prelude::*;
use prom::{Kind, Result, retry, transaction};
use prom_cluster::Cluster;

use crate::setup::connect;

#[prom::orm]
#[derive(Debug)]
struct Counter {
    count: i64,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn retry_lasts_until_the_server_is_back() -> Result<()> {
    let mut cluster = Cluster::start().expect("a server");
    let db = connect(&cluster.dsn("postgres"), "");
    let counter = Counter::create().count(0).on(&db).await?;

    cluster.stop();
    let count = async || {
        let mut counter = Counter::find(counter.id).on(&db).await?.expect("it is there");
        counter.count += 1;
        counter.save().on(&db).await
    };
    // What is open is found dead; what opens anew meets nobody.
    let mut last = count().await.expect_err("nobody is there");
    for _ in 0..5 {
        last = count().await.expect_err("nobody is there");
    }
    assert_eq!((last.kind(), last.is_retryable()), (Kind::Connect, true), "{last:?}");

    let counting = {
        let (db, id) = (db.clone(), counter.id);
        tokio::spawn(retry(9, move || {
            let db = db.clone();
            async move {
                transaction(async {
                    let mut counter = Counter::find(id).await?.expect("it is there");
                    counter.count += 1;
                    counter.save().await
                })
                .on(&db)
                .await
            }
        }))
    };
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    cluster.start_again().expect("it recovers");
    counting.await.expect("no panic")?;
    assert_eq!(Counter::find(counter.id).on(&db).await?.expect("it is there").count, 1);

    let wrong = cluster.dsn("postgres").replace("/postgres", "/nowhere");
    let error = Counter::query().on(connect(&wrong, "")).count().await.expect_err("there is none");
    assert_eq!((error.kind(), error.is_retryable()), (Kind::Connect, false), "{error:?}");
    Ok(())
}
