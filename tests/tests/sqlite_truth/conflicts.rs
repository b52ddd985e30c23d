//! Conflict clauses other than the one that ignores, and triggers that raise FAIL.

use prom::prelude::*;
use prom::{Kind, Result};

use super::database::{Database, PLACES, refused};

#[prom::orm(table = "foo", created = none, updated = none)]
#[derive(Debug, Clone, PartialEq)]
struct Foo {
    name: String,
}

const ROWS: &str = "SELECT * FROM foo ORDER BY _id";

fn sql(clause: &str) -> String {
    format!(
        "CREATE TABLE foo (_id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE ON CONFLICT {clause}); \
         INSERT INTO foo VALUES (1, 'a'), (2, 'b'), (3, 'c')"
    )
}

/// The second of the rows takes the place of the first.
#[tokio::test]
async fn a_row_that_a_later_one_replaced_is_not_given() -> Result<()> {
    let database = Database::new("replace", "", &sql("REPLACE"))?;
    let db = &database.prom;
    for place in PLACES {
        let drafts = ["x", "x"].map(|name| Foo::draft().name(name));
        refused(place.run(&database, Foo::create_many(drafts).on(db).insert()).await, Kind::Suppressed);
        assert_eq!(database.rows(ROWS), ["1|a", "2|b", "3|c"]);
    }
    let row = Foo::create().name("a").on(db).await?;
    assert_eq!(row.id, 4);
    assert_eq!(database.rows(ROWS), ["2|b", "3|c", "4|a"]);
    let mut row = Foo::find(2).on(db).await?.expect("it is there");
    row.name = "a".into();
    row.save().await?;
    assert_eq!(database.rows(ROWS), ["2|a", "3|c"]);
    Ok(())
}

/// FAIL keeps the rows before the one that failed.
#[tokio::test]
async fn an_update_that_fails_half_way_is_undone() -> Result<()> {
    for (name, table, trigger) in [
        ("clause", sql("FAIL"), ""),
        (
            "trigger",
            sql("ABORT"),
            "CREATE TRIGGER stop BEFORE UPDATE ON foo WHEN OLD._id = 2 BEGIN SELECT RAISE(FAIL, 'no'); END; \
             CREATE TRIGGER halt BEFORE DELETE ON foo WHEN OLD._id = 2 BEGIN SELECT RAISE(FAIL, 'no'); END",
        ),
    ] {
        let database = Database::new(&format!("fail {name}"), "", &table)?;
        database.run(trigger);
        let db = &database.prom;
        for place in PLACES {
            let update = Foo::query().lt_id(3).set_name("x").on(db).update().run();
            assert!(place.run(&database, update).await.is_err());
            assert_eq!(database.rows(ROWS), ["1|a", "2|b", "3|c"], "{name} {place:?}");
            let drafts = ["x", "y", "a"].map(|name| Foo::draft().name(name));
            let many = place.run(&database, Foo::create_many(drafts).on(db).insert()).await;
            refused(many, Kind::Unique);
            assert_eq!(database.rows(ROWS), ["1|a", "2|b", "3|c"], "{name} {place:?}");
            if !trigger.is_empty() {
                let delete = Foo::query().lt_id(4).on(db).delete().run();
                assert!(place.run(&database, delete).await.is_err());
                assert_eq!(database.rows(ROWS), ["1|a", "2|b", "3|c"], "{name} {place:?}");
            }
        }
    }
    Ok(())
}

/// A row that fails after its trigger wrote elsewhere.
#[tokio::test]
async fn what_a_trigger_did_before_it_failed_is_undone() -> Result<()> {
    let database = Database::new(
        "fail after",
        "",
        "CREATE TABLE foo (_id INTEGER PRIMARY KEY, name TEXT NOT NULL); CREATE TABLE log (text TEXT); \
         INSERT INTO foo VALUES (1, 'a'); \
         CREATE TRIGGER i AFTER INSERT ON foo BEGIN INSERT INTO log VALUES ('i'); SELECT RAISE(FAIL, 'no'); END; \
         CREATE TRIGGER u AFTER UPDATE ON foo BEGIN INSERT INTO log VALUES ('u'); SELECT RAISE(FAIL, 'no'); END; \
         CREATE TRIGGER d AFTER DELETE ON foo BEGIN INSERT INTO log VALUES ('d'); SELECT RAISE(FAIL, 'no'); END",
    )?;
    let db = &database.prom;
    for place in PLACES {
        assert!(place.run(&database, Foo::create().name("x").on(db).insert()).await.is_err());
        let mut row = Foo::find(1).on(db).await?.expect("it is there");
        row.name = "b".into();
        assert!(place.run(&database, async { row.save().on(db).await }).await.is_err());
        assert!(place.run(&database, row.delete().on(db).delete()).await.is_err());
        let by_key = Foo::query().eq_id(1).set_name("x").on(db).update().run();
        assert!(place.run(&database, by_key).await.is_err());
        let by_key = Foo::query().eq_id(1).on(db).delete().run();
        assert!(place.run(&database, by_key).await.is_err());
        assert_eq!(database.rows(ROWS), ["1|a"], "{place:?}");
        assert_eq!(database.rows("SELECT * FROM log"), [""; 0], "{place:?}");
    }
    Ok(())
}
