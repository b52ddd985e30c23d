//! What the log tells of a table that differs from its model.

#[path = "log/captured.rs"]
mod captured;

use prom::Result;
use prom::prelude::*;
use prom_cluster::Cluster;

use captured::Log;

#[prom::orm(table = "warned", created = none, updated = none)]
#[derive(Debug)]
struct Warned {
    name: String,
    number: i64,
}

// The only test of its process: the subscriber is the global one.
#[tokio::test]
async fn a_table_that_differs_is_warned_of_once_and_used() -> Result<()> {
    let log = Log::default();
    let writer = log.clone();
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::WARN)
        .with_writer(move || writer.clone())
        .init();
    let folder = tempfile::tempdir().expect("a folder");
    let cluster = Cluster::shared().expect("there is a server");
    let database = cluster.database("warned").expect("it makes databases");
    let file = format!("sqlite://{}", folder.path().join("warned.db").display());
    for (name, dsn, key) in [
        ("file", file, "INTEGER PRIMARY KEY"),
        ("postgres", database.dsn().to_string(), "bigserial PRIMARY KEY"),
    ] {
        let db = prom::configure(&format!("{dsn}#{name}"))?;
        let sql = format!("CREATE TABLE warned (_id {key}, name text, number bigint NOT NULL)");
        prom::raw_unchecked(sql).on(&db).execute().await?;
        Warned::create().name("a").number(1).on(&db).await?;
        assert_eq!(Warned::query().on(&db).count().await?, 1);
        // Opened again it is looked at again, and was told.
        db.close().await?;
        assert_eq!(Warned::query().on(&db).only().await?.name, "a");
        db.close().await?;
    }
    let text = log.text();
    let warnings = text.matches("the table `warned` differs from `Warned`").count();
    assert_eq!(warnings, 2, "one for each connection: {text}");
    assert!(text.contains("the column `name` may be NULL, and `Warned.name` is required"), "{text}");
    Ok(())
}
