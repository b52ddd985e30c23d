//! Views that INSTEAD OF triggers write elsewhere.

use prom::prelude::*;
use prom::{Kind, Result};

use super::database::{Database, PLACES, refused};

#[prom::orm(table = "foo", created = none, updated = none)]
#[derive(Debug, Clone, PartialEq)]
struct Foo {
    name: String,
    score: i64,
}

/// The triggers store names in upper case, and leave the name `no` alone.
const SQL: &str = "CREATE TABLE base (_id INTEGER PRIMARY KEY, name TEXT NOT NULL, score INTEGER NOT NULL); \
     CREATE VIEW foo AS SELECT _id, name, score FROM base; \
     CREATE TRIGGER foo_insert INSTEAD OF INSERT ON foo WHEN NEW.name <> 'no' BEGIN \
     INSERT INTO base VALUES (NEW._id, upper(NEW.name), NEW.score); END; \
     CREATE TRIGGER foo_update INSTEAD OF UPDATE ON foo WHEN NEW.name <> 'no' BEGIN \
     UPDATE base SET _id = NEW._id, name = upper(NEW.name), score = NEW.score WHERE _id = OLD._id; END; \
     CREATE TRIGGER foo_delete INSTEAD OF DELETE ON foo WHEN OLD.name <> 'KEEP' BEGIN \
     DELETE FROM base WHERE _id = OLD._id; END";

const ROWS: &str = "SELECT * FROM base ORDER BY _id";

#[tokio::test]
async fn with_a_given_key_a_view_is_written_like_a_table() -> Result<()> {
    for options in ["", "install=off"] {
        let database = Database::new(&format!("view {options}"), options, SQL)?;
        let db = &database.prom;
        for place in PLACES {
            let mut row =
                place.run(&database, Foo::create().name("a").score(1).id(5).on(db).insert()).await?;
            assert_eq!((row.id, &*row.name), (5, "A"));
            assert_eq!(database.rows(ROWS), ["5|A|1"]);
            row.name = "b".into();
            place.run(&database, async { row.save().on(db).await }).await?;
            assert_eq!((&*row.name, row.is_modified()), ("B", false));
            assert_eq!(database.rows(ROWS), ["5|B|1"]);
            assert!(place.run(&database, row.delete().on(db).delete()).await?);
            assert_eq!(database.rows(ROWS), [""; 0]);
            let drafts =
                ["a", "b"].iter().zip(1..).map(|(name, id)| Foo::draft().name(*name).score(id).id(id));
            let many = place.run(&database, Foo::create_many(drafts).on(db).insert()).await?;
            assert_eq!(many.iter().map(|row| &*row.name).collect::<Vec<_>>(), ["A", "B"]);
            assert_eq!(database.rows(ROWS), ["1|A|1", "2|B|2"]);
            for row in many {
                assert!(row.clone().delete().on(db).await?);
                assert!(!row.delete().on(db).await?, "it is gone already");
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn without_a_key_an_insert_into_a_view_is_undone() -> Result<()> {
    let database = Database::new("view key", "", SQL)?;
    let db = &database.prom;
    for place in PLACES {
        let one = place.run(&database, Foo::create().name("a").score(1).on(db).insert()).await;
        let error = refused(one, Kind::Decode);
        assert!(error.to_string().contains("set the key"), "{error}");
        assert_eq!(database.rows(ROWS), [""; 0]);
    }
    Ok(())
}

#[tokio::test]
async fn what_the_triggers_of_a_view_do_not_do_is_an_error() -> Result<()> {
    let database = Database::new("view ignored", "", SQL)?;
    let db = &database.prom;
    for place in PLACES {
        let one = place.run(&database, Foo::create().name("no").score(1).id(1).on(db).insert()).await;
        refused(one, Kind::Suppressed);
        let drafts = ["a", "no"].iter().zip(1..).map(|(name, id)| Foo::draft().name(*name).score(id).id(id));
        refused(place.run(&database, Foo::create_many(drafts).on(db).insert()).await, Kind::Suppressed);
        assert_eq!(database.rows(ROWS), [""; 0]);
    }
    database.run("INSERT INTO base VALUES (1, 'KEEP', 1)");
    let row = Foo::find(1).on(db).await?.expect("it is there");
    refused(row.delete().await, Kind::Suppressed);
    // What is in memory is what the view holds.
    let mut row = Foo::find(1).on(db).await?.expect("it is there");
    row.name = "no".into();
    row.save().await?;
    assert_eq!((&*row.name, database.rows(ROWS)), ("KEEP", vec!["1|KEEP|1".to_owned()]));
    Ok(())
}

/// SQLite itself says that no row of a view was changed.
#[tokio::test]
async fn the_rows_of_a_view_are_counted() -> Result<()> {
    let database = Database::new("view bulk", "", SQL)?;
    let db = &database.prom;
    database.run("INSERT INTO base VALUES (1, 'A', 1), (2, 'B', 2), (3, 'KEEP', 3)");
    for place in PLACES {
        let update = Foo::query().lt_score(3).set_name("x").on(db).update().run();
        assert_eq!(place.run(&database, update).await?, 2);
        assert_eq!(database.rows(ROWS), ["1|X|1", "2|X|2", "3|KEEP|3"]);
        let none = Foo::query().eq_score(70).set_name("x").on(db).update().run();
        assert_eq!(place.run(&database, none).await?, 0);
    }
    let gone = Foo::query().eq_name("X").on(db).delete().await?;
    assert_eq!((gone, database.rows(ROWS)), (2, vec!["3|KEEP|3".to_owned()]));
    Ok(())
}

#[tokio::test]
async fn a_view_without_triggers_is_read_only() -> Result<()> {
    let sql = "CREATE TABLE base (_id INTEGER PRIMARY KEY, name TEXT NOT NULL, score INTEGER NOT NULL); \
               INSERT INTO base VALUES (1, 'a', 1); CREATE VIEW foo AS SELECT * FROM base";
    let database = Database::new("view plain", "", sql)?;
    let db = &database.prom;
    let mut row = Foo::find(1).on(db).await?.expect("it is there");
    row.name = "b".into();
    assert!(row.save().await.is_err());
    assert!(row.is_modified());
    assert!(Foo::create().name("c").score(1).id(2).on(db).await.is_err());
    assert!(Foo::query().set_score(3).on(db).update_all().await.is_err());
    assert!(row.delete().await.is_err());
    assert_eq!(database.rows(ROWS), ["1|a|1"]);
    Ok(())
}
