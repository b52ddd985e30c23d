//! Tables made, and looked at, by hand: where, and by whose leave.

use prom::prelude::*;
use prom::{Connection, Kind};
use prom_cluster::Cluster;

#[prom::orm(table = "by_hand_foo")]
#[derive(Debug)]
struct Foo {
    bar: i64,
}

#[prom::orm(table = "by_hand_geo", connection = "geo")]
#[derive(Debug)]
struct Geo {
    bar: i64,
}

#[prom::orm(table = "by_hand_log", connection = "logs")]
#[derive(Debug)]
struct Log {
    bar: i64,
}

/// Whether the table of `Foo` is there.
async fn has_foo(db: &Connection) -> bool {
    match prom::raw("SELECT count(*) FROM by_hand_foo").on(db).one::<i64>().await {
        Ok(_) => true,
        Err(error) => {
            assert_eq!(error.kind(), Kind::TableMissing, "{error}");
            false
        }
    }
}

/// The whole story in one test: what is configured is the process's.
#[tokio::test]
async fn whatever_is_done_by_hand_heeds_the_scope_and_the_mode() -> prom::Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    let cluster = Cluster::shared().expect("there is a server");
    let database = cluster.database("by_hand").expect("it makes databases");
    let file = format!("sqlite://{}", folder.path().join("tenant.db").display());
    let bystander = prom::configure("sqlite::memory:#bystander")?;
    for (name, dsn) in [("file", file), ("postgres", database.dsn().to_string())] {
        let tenant = prom::configure(&format!("{dsn}#{name}"))?;
        if name == "file" {
            // No default connection, and neither of the named ones: all is said at once.
            let unconfigured = tenant.scope(async { prom::install().await }).await;
            let error = unconfigured.expect_err("`geo` and `logs` are not configured");
            assert_eq!(error.kind(), Kind::NotConfigured);
            for part in ["`geo`", "`logs`"] {
                assert!(error.to_string().contains(part), "{error}");
            }
            assert!(!has_foo(&tenant).await, "nothing was made");
            prom::configure("sqlite::memory:#geo")?;
            prom::configure("sqlite::memory:#logs")?;
        }

        // Where tables are only verified, nothing is made, whoever asks.
        let verified = prom::configure(&format!(
            "{dsn}{}install=verify#{name} verified",
            if dsn.contains('?') { '&' } else { '?' }
        ))?;
        for denied in [
            verified.scope(async { Foo::install().await }).await,
            Foo::install().on(&verified).await,
            prom::install().on(&verified).await,
            prom::verify().on(&verified).await,
            verified.install(&[Foo::schema()]).await,
        ] {
            assert_eq!(denied.expect_err("it is missing").kind(), Kind::InstallDenied);
        }
        assert!(!has_foo(&tenant).await, "nothing was made");

        // In the scope, and where it is said, and nowhere else.
        tenant.scope(async { prom::verify().await }).await.expect_err("it is missing");
        tenant.scope(async { prom::install().await }).await?;
        tenant.scope(async { prom::verify().await }).await?;
        prom::verify().on(&tenant).await?;
        verified.scope(async { Foo::install().await }).await?;
        assert!(has_foo(&tenant).await);
        assert!(!has_foo(&bystander).await);

        // The default connection is that of the scope.
        let tx = tenant.scope(async { prom::begin("").await }).await?;
        assert_eq!(tx.connection().name(), name);
        Foo::create().bar(1).on(&tx).await?;
        tx.commit().await?;
        assert_eq!(Foo::query().on(&tenant).count().await?, 1);

        tenant.close().await?;
        verified.close().await?;
    }
    prom::install().on(&bystander).await?;
    assert!(has_foo(&bystander).await);
    assert_eq!(Geo::query().count().await?, 0);
    assert_eq!(Log::query().count().await?, 0);
    let geo = prom::connection("geo")?;
    assert!(!has_foo(&geo).await, "it is no connection of `Foo`'s");
    Ok(())
}
