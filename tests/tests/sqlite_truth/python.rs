//! Tables that Python's prom made are the models' own.

use prom::prelude::*;

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

mod models {
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
        #[field(reverse = "tools")]
        pub(super) maker_id: Ref<Maker>,
        #[field(reverse = "spares")]
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
    db.verify(&[models::Maker::schema(), models::Tool::schema()]).await?;
    let maker = models::Maker::query().eq_name("MULLER").only().await?;
    let tool = models::Tool::create().count(3).maker_id(&maker).await?;
    assert_eq!(models::Tool::find(tool.id).await?.map(|found| found.count), Some(3));
    db.close().await
}
