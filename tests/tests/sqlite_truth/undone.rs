//! What a transaction saw of a table that it rewrote is forgotten with it.

use prom::prelude::*;
use prom::{Error, Kind, Ref, Result};

use super::database::Database;

#[prom::orm(table = "parent", created = none, updated = none)]
#[derive(Debug, Clone)]
struct Parent {
    at: Timestamp,
}

#[prom::orm(table = "child", created = none, updated = none)]
#[derive(Debug, Clone)]
struct Child {
    parent: Ref<Parent>,
}

const TABLES: &str = "\
    CREATE TABLE parent (at TIMESTAMP NOT NULL, _id INTEGER NOT NULL PRIMARY KEY); \
    CREATE TABLE child (parent INTEGER NOT NULL REFERENCES parent (_id), _id INTEGER NOT NULL PRIMARY KEY); \
    INSERT INTO parent VALUES ('2024-05-06', 1);";

#[tokio::test]
async fn a_rewrite_that_is_rolled_back_leaves_what_is_known() -> Result<()> {
    let database = Database::new("a rewrite that is rolled back", "", TABLES)?;
    let db = &database.prom;
    let at: Timestamp = "2024-05-06T00:00:00Z".parse().expect("a timestamp");
    let later = async || Parent::query().gte_at(at).on(db).count().await;
    assert_eq!(later().await?, 1);
    let undone: Result<()> = prom::transaction(async {
        Parent::rewrite().await?;
        // The first use of what refers to it looks at both.
        assert_eq!(Child::query().count().await?, 0);
        assert_eq!(Parent::query().gte_at(at).count().await?, 1);
        Err(Error::new(Kind::Invalid, "undo"))
    })
    .on(db)
    .await;
    assert!(undone.is_err());
    assert_eq!(later().await?, 1);
    Ok(())
}
