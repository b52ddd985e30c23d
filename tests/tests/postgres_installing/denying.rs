//! Tables that may not be made here.

use prom::prelude::*;
use prom::{Kind, Result};

use crate::setup::{connect, database};

/// A thing that somebody wants.
#[prom::orm(table = "thing", index(size))]
#[derive(Debug)]
struct Thing {
    /// In metres.
    size: i64,
}

#[tokio::test]
async fn a_role_that_may_not_is_told_what_one_that_may_runs() -> Result<()> {
    let database = database("denied");
    let (owner, writer) = (connect(&database.dsn(), ""), connect(&database.writer().expect("a role"), ""));
    for is_within in [false, true] {
        let error = match is_within {
            false => Thing::create().size(1).on(&writer).await.map(drop),
            true => prom::transaction(async { Thing::create().size(1).await.map(drop) }).on(&writer).await,
        };
        let error = error.expect_err("it may not");
        assert_eq!((error.kind(), error.model()), (Kind::InstallDenied, Some("Thing")), "{error:?}");
        assert!(error.to_string().contains("CREATE TABLE"), "{error}");
    }
    Thing::create().size(1).on(&owner).await?;
    // What others made is found, and used.
    Thing::create().size(2).on(&writer).await?;
    assert_eq!(Thing::query().on(&writer).count().await?, 2);
    Ok(())
}

#[tokio::test]
async fn a_role_that_only_reads_reads() -> Result<()> {
    let database = database("reads");
    let (owner, reader) = (connect(&database.dsn(), ""), connect(&database.reader().expect("a role"), ""));
    let mut thing = Thing::create().size(1).on(&owner).await?;
    assert_eq!(Thing::query().on(&reader).count().await?, 1);
    thing.size = 2;
    let error = thing.save().on(&reader).await.expect_err("it only reads");
    assert!(error.to_string().contains("permission denied"), "{error:?}");
    assert_eq!(Thing::query().on(&reader).count().await?, 1);
    Ok(())
}

#[tokio::test]
async fn a_connection_that_looks_or_does_not_even_look() -> Result<()> {
    let database = database("looks");
    let dsn = database.dsn();
    let (verify, off) = (connect(&dsn, "install=verify"), connect(&dsn, "install=off"));
    let error = Thing::create().size(1).on(&verify).await.expect_err("it is not there");
    assert_eq!(error.kind(), Kind::InstallDenied);
    assert!(
        error.to_string().contains("CREATE TABLE") && error.to_string().contains("CREATE INDEX"),
        "{error}"
    );
    let error = Thing::create().size(1).on(&off).await.expect_err("it is not there");
    assert_eq!((error.kind(), error.model()), (Kind::TableMissing, Some("Thing")), "{error:?}");
    let tables = "SELECT count(*) FROM pg_class WHERE relname LIKE 'thing%'";
    assert_eq!(database.query(tables).expect("it counts"), [[Some("0".to_owned())]]);
    let auto = connect(&dsn, "");
    Thing::create().size(1).on(&auto).await?;
    for db in [verify, off] {
        Thing::create().size(2).on(&db).await?;
    }
    assert_eq!(Thing::query().on(&auto).count().await?, 3);
    Ok(())
}
