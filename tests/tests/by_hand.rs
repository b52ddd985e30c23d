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

/// As Python's prom makes them on SQLite.
const PYTHON: &str = "\
    CREATE TABLE \"maker\" (\
        \"name\" TEXT COLLATE NOCASE NOT NULL, \
        \"_id\" INTEGER NOT NULL PRIMARY KEY, \
        \"_created\" TIMESTAMP NOT NULL, \
        \"_updated\" TIMESTAMP NOT NULL); \
    CREATE UNIQUE INDEX IF NOT EXISTS \"maker_name\" ON \"maker\" (\"name\"); \
    CREATE TABLE \"tool\" (\
        \"count\" INTEGER NOT NULL, \
        \"weight\" REAL NULL, \
        \"is_sharp\" BOOL NULL, \
        \"title\" TEXT CHECK(length(\"title\") <= 16) NULL, \
        \"data\" BLOB NULL, \
        \"bought\" DATE NULL, \
        \"maker_id\" INTEGER NOT NULL REFERENCES \"maker\" (\"_id\") ON UPDATE CASCADE ON DELETE CASCADE, \
        \"spare_id\" INTEGER NULL REFERENCES \"maker\" (\"_id\") ON UPDATE CASCADE ON DELETE SET NULL, \
        \"_id\" INTEGER NOT NULL PRIMARY KEY, \
        \"_created\" TIMESTAMP NOT NULL, \
        \"_updated\" TIMESTAMP NOT NULL); \
    INSERT INTO maker VALUES ('Muller', 1, '2024-05-06T07:08:09Z', '2024-05-06');";

mod python {
    use prom::prelude::*;

    #[prom::orm(connection = "python")]
    #[derive(Debug)]
    pub(super) struct Maker {
        #[field(ignore_case, unique)]
        pub(super) name: String,
    }

    #[prom::orm(connection = "python")]
    #[derive(Debug)]
    pub(super) struct Tool {
        pub(super) count: i64,
        pub(super) weight: Option<f64>,
        pub(super) is_sharp: Option<bool>,
        #[field(max_size = 16)]
        pub(super) title: Option<String>,
        pub(super) data: Option<Vec<u8>>,
        pub(super) bought: Option<prom::Date>,
        #[field(reverse = "tools", index = false)]
        pub(super) maker_id: Ref<Maker>,
        #[field(reverse = "spares", index = false)]
        pub(super) spare_id: Option<Ref<Maker>>,
    }
}

#[tokio::test]
async fn what_python_made_on_sqlite_differs_in_nothing() -> prom::Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("python.db");
    let made = tokio_rusqlite::rusqlite::Connection::open(&path).expect("a file");
    made.execute_batch(PYTHON).expect("it is made");
    drop(made);
    let db = prom::configure(&format!("sqlite://{}?install=verify#python", path.display()))?;
    prom::verify().on(&db).await.expect_err("the other models have no table there");
    db.verify(&[python::Maker::schema(), python::Tool::schema()]).await?;
    let maker = python::Maker::query().eq_name("MULLER").only().await?;
    let tool = python::Tool::create().count(3).maker_id(&maker).await?;
    assert_eq!(python::Tool::find(tool.id).await?.map(|found| found.count), Some(3));
    db.close().await
}
