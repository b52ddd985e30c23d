//! What is in memory after a write is what the table holds.

use prom::prelude::*;
use prom::{Kind, Result};

use super::database::{Database, PLACES, Place, refused};

#[prom::orm(table = "foo", created = none)]
#[derive(Debug, Clone, PartialEq)]
struct Foo {
    name: String,
}

#[prom::orm(table = "product", created = none, updated = none)]
#[derive(Debug, Clone, PartialEq)]
struct Product {
    price: i64,
    doubled: Option<i64>,
    #[field(default = 0)]
    tripled: i64,
}

const UPPER: &str = "CREATE TABLE foo (_id INTEGER PRIMARY KEY, name TEXT, _updated TIMESTAMP); \
     CREATE TRIGGER foo_insert AFTER INSERT ON foo BEGIN \
     UPDATE foo SET name = upper(name) WHERE _id = NEW._id; END; \
     CREATE TRIGGER foo_update AFTER UPDATE ON foo BEGIN \
     UPDATE foo SET name = upper(name) WHERE _id = NEW._id; END";

/// A BEFORE trigger that updates the row does so behind RETURNING as well.
const UPPER_BEFORE: &str = "CREATE TABLE foo (_id INTEGER PRIMARY KEY, name TEXT, _updated TIMESTAMP); \
     CREATE TRIGGER foo_insert AFTER INSERT ON foo BEGIN \
     UPDATE foo SET name = upper(name) WHERE _id = NEW._id; END; \
     CREATE TRIGGER foo_update BEFORE UPDATE OF name ON foo WHEN NEW.name <> upper(NEW.name) BEGIN \
     UPDATE foo SET name = upper(NEW.name) WHERE _id = NEW._id; SELECT RAISE(IGNORE); END";

const ROWS: &str = "SELECT _id, name FROM foo ORDER BY _id";

async fn is_upper_case(database: &Database, place: Place) -> Result<()> {
    let db = &database.prom;
    let mut row = place.run(database, Foo::create().name("a").on(db).insert()).await?;
    assert_eq!((&*row.name, row.is_modified()), ("A", false), "{place:?}");
    let found = Foo::find(row.id).on(db).await?.expect("it is there");
    assert_eq!((&*found.name, found.updated), ("A", row.updated));
    row.name = "b".into();
    place.run(database, async { row.save().on(db).await }).await?;
    assert_eq!((&*row.name, row.is_modified()), ("B", false), "{place:?}");
    let found = Foo::find(row.id).on(db).await?.expect("it is there");
    assert_eq!((&*found.name, found.updated), ("B", row.updated));
    let drafts = ["c", "d", "e"].map(|name| Foo::draft().name(name));
    let many = place.run(database, Foo::create_many(drafts).on(db).insert()).await?;
    assert_eq!(many.iter().map(|row| &*row.name).collect::<Vec<_>>(), ["C", "D", "E"]);
    for row in many.into_iter().chain([row]) {
        assert!(place.run(database, row.delete().on(db).delete()).await?);
    }
    assert_eq!(database.rows(ROWS), [""; 0]);
    Ok(())
}

#[tokio::test]
async fn what_a_trigger_makes_of_a_row_is_in_memory() -> Result<()> {
    for options in ["", "install=off"] {
        let database = Database::new(&format!("upper {options}"), options, UPPER)?;
        for place in PLACES {
            is_upper_case(&database, place).await?;
        }
    }
    Ok(())
}

/// RAISE(IGNORE) after the trigger's own UPDATE: nothing of it is kept.
#[tokio::test]
async fn a_trigger_that_updates_in_place_of_the_statement_is_an_error_and_undone() -> Result<()> {
    let database = Database::new("upper before", "", UPPER_BEFORE)?;
    let db = &database.prom;
    for place in PLACES {
        let mut row = Foo::create().name("a").on(db).await?;
        assert_eq!(row.name, "A");
        row.name = "b".into();
        refused(place.run(&database, async { row.save().on(db).await }).await, Kind::Suppressed);
        assert_eq!(database.rows("SELECT name FROM foo"), ["A"]);
        assert!(row.delete().on(db).await?);
    }
    Ok(())
}

#[tokio::test]
async fn a_before_trigger_that_changes_the_row_is_seen() -> Result<()> {
    let sql = "CREATE TABLE foo (_id INTEGER PRIMARY KEY, name TEXT, other TEXT, _updated TIMESTAMP); \
               INSERT INTO foo VALUES (1, 'a', 'x', 0)";
    let database = Database::new("before", "", sql)?;
    database.run(
        "CREATE TRIGGER touch BEFORE UPDATE OF _updated ON foo BEGIN \
         UPDATE foo SET name = NEW.name || '!' WHERE _id = NEW._id; END",
    );
    let db = &database.prom;
    for place in PLACES {
        let mut row = Foo::find(1).on(db).await?.expect("it is there");
        row.updated = row.updated.checked_add(prom_second()).expect("it is in range");
        place.run(&database, async { row.save().on(db).await }).await?;
        assert_eq!(database.rows("SELECT name FROM foo"), std::slice::from_ref(&row.name), "{place:?}");
        assert!(!row.is_modified());
    }
    Ok(())
}

fn prom_second() -> std::time::Duration {
    std::time::Duration::from_secs(1)
}

#[tokio::test]
async fn a_trigger_that_deletes_the_row_or_moves_it_is_an_error_and_undone() -> Result<()> {
    for (name, statement) in [
        ("deletes", "DELETE FROM foo WHERE _id = NEW._id"),
        ("moves", "UPDATE foo SET _id = _id + 1000 WHERE _id = NEW._id"),
    ] {
        let sql = format!(
            "CREATE TABLE foo (_id INTEGER PRIMARY KEY, name TEXT, _updated TIMESTAMP); \
             INSERT INTO foo VALUES (1, 'one', 0); \
             CREATE TRIGGER a AFTER INSERT ON foo BEGIN {statement}; END; \
             CREATE TRIGGER b AFTER UPDATE OF name ON foo BEGIN {statement}; END"
        );
        let database = Database::new(name, "", &sql)?;
        let db = &database.prom;
        for place in PLACES {
            refused(place.run(&database, Foo::create().name("a").on(db).insert()).await, Kind::Suppressed);
            let drafts = ["a", "b"].map(|name| Foo::draft().name(name));
            refused(place.run(&database, Foo::create_many(drafts).on(db).insert()).await, Kind::Suppressed);
            let mut row = Foo::find(1).on(db).await?.expect("it is there");
            row.name = "two".into();
            refused(place.run(&database, async { row.save().on(db).await }).await, Kind::Suppressed);
            assert_eq!(database.rows(ROWS), ["1|one"], "{name} {place:?}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_generated_column_is_computed_in_memory_as_well() -> Result<()> {
    for options in ["", "install=off"] {
        let database = Database::new(
            &format!("generated {options}"),
            options,
            "CREATE TABLE product (_id INTEGER PRIMARY KEY, price INTEGER NOT NULL, \
             doubled INTEGER GENERATED ALWAYS AS (price * 2) VIRTUAL, \
             tripled INTEGER GENERATED ALWAYS AS (price * 3) STORED)",
        )?;
        let db = &database.prom;
        for place in PLACES {
            let mut row = place.run(&database, Product::create().price(5).on(db).insert()).await?;
            assert_eq!((row.doubled, row.tripled), (Some(10), 15));
            row.price = 7;
            place.run(&database, async { row.save().on(db).await }).await?;
            assert_eq!((row.doubled, row.tripled, row.is_modified()), (Some(14), 21, false));
            assert_eq!(Product::find(row.id).on(db).await?, Some(row.clone()));
            let drafts = [1, 2].map(|price| Product::draft().price(price));
            let many = place.run(&database, Product::create_many(drafts).on(db).insert()).await?;
            assert_eq!(many.iter().map(|row| row.tripled).collect::<Vec<_>>(), [3, 6]);
            assert_eq!(
                database.rows("SELECT price, doubled, tripled FROM product ORDER BY _id"),
                ["7|14|21", "1|2|3", "2|4|6"]
            );
            // SQLite refuses it, and says so.
            row.tripled = 1;
            assert!(row.save().on(db).await.is_err());
            assert_eq!(Product::query().on(db).delete_all().await?, 3);
        }
    }
    Ok(())
}

#[prom::orm(table = "loose", created = none, updated = none)]
#[derive(Debug, Clone, PartialEq)]
struct Loose {
    text: String,
    number: f64,
}

/// `007` becomes 7 in a NUMERIC column, which no text field reads.
#[tokio::test]
async fn a_value_that_a_column_converts_is_never_an_ok() -> Result<()> {
    let sql = "CREATE TABLE loose (_id INTEGER PRIMARY KEY, text STRING NOT NULL, number NUMERIC NOT NULL)";
    let database = Database::new("loose", "", sql)?;
    let db = &database.prom;
    for place in PLACES {
        let one = place.run(&database, Loose::create().text("007").number(1.5).on(db).insert()).await;
        assert_eq!(refused(one, Kind::Decode).field(), Some("text"));
        assert_eq!(database.rows("SELECT * FROM loose"), [""; 0]);
        let mut row =
            place.run(&database, Loose::create().text("seven").number(1e18).on(db).insert()).await?;
        assert_eq!(Loose::find(row.id).on(db).await?, Some(row.clone()));
        row.text = "1e3".into();
        refused(place.run(&database, async { row.save().on(db).await }).await, Kind::Decode);
        assert_eq!(database.rows("SELECT text, number FROM loose"), ["seven|1000000000000000000"]);
        assert!(row.delete().on(db).await?);
    }
    Ok(())
}

/// One that the model does not know, and a NOT NULL that becomes the default.
#[tokio::test]
async fn a_default_that_takes_the_place_of_null_is_in_memory() -> Result<()> {
    let sql = "CREATE TABLE product (_id INTEGER PRIMARY KEY, price INTEGER NOT NULL, secret TEXT DEFAULT 'x', \
               doubled INTEGER NOT NULL ON CONFLICT REPLACE DEFAULT 70, tripled INTEGER NOT NULL)";
    let database = Database::new("replaced null", "", sql)?;
    let db = &database.prom;
    for place in PLACES {
        let mut row = place.run(&database, Product::create().price(1).on(db).insert()).await?;
        assert_eq!(row.doubled, Some(70));
        row.doubled = Some(1);
        row.save().on(db).await?;
        row.doubled = None;
        place.run(&database, async { row.save().on(db).await }).await?;
        assert_eq!(row.doubled, Some(70));
        assert_eq!(database.rows("SELECT doubled FROM product"), ["70"]);
        assert!(row.delete().on(db).await?);
    }
    Ok(())
}
