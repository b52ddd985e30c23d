//! A row that SQLite leaves out without an error.

use prom::prelude::*;
use prom::{Kind, Result, transaction};

use super::database::{Database, PLACES, refused};

#[prom::orm(table = "foo", created = none, updated = none)]
#[derive(Debug, Clone, PartialEq)]
struct Foo {
    name: String,
}

const IGNORE: &str = "CREATE TABLE foo (_id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE ON CONFLICT IGNORE); \
                      INSERT INTO foo VALUES (1, 'a'), (2, 'b')";

const PLAIN: &str = "CREATE TABLE foo (_id INTEGER PRIMARY KEY, name TEXT NOT NULL); \
                     CREATE TABLE log (text TEXT); INSERT INTO foo VALUES (1, 'a'), (2, 'b')";

const RAISE: &str = "CREATE TRIGGER quiet BEFORE INSERT ON foo WHEN NEW.name = 'a' BEGIN \
                     INSERT INTO log VALUES ('seen'); SELECT RAISE(IGNORE); END";

const RAISE_AFTER: &str = "CREATE TRIGGER quiet AFTER INSERT ON foo WHEN NEW.name = 'a' BEGIN \
                           INSERT INTO log VALUES ('seen'); SELECT RAISE(IGNORE); END";

fn drafts(names: [&str; 3]) -> impl Iterator<Item = FooDraft> {
    names.map(|name| Foo::draft().name(name)).into_iter()
}

const ROWS: &str = "SELECT * FROM foo ORDER BY _id";

/// The look saw what leaves rows out, or it was made afterwards.
#[derive(Debug, Clone, Copy)]
enum Made {
    Before,
    Afterwards,
}

/// Everything that inserts is refused and undone; what is not in the way goes on.
async fn nothing_is_inserted(name: &str, options: &str, made: Made, plain: &str, quiet: &str) -> Result<()> {
    let database = Database::new(name, options, plain)?;
    let db = &database.prom;
    if matches!(made, Made::Afterwards) {
        Foo::create().name("first").on(db).await?.delete().await?;
    }
    database.run(quiet);
    let logged = || if plain == PLAIN { database.rows("SELECT * FROM log") } else { Vec::new() };
    for place in PLACES {
        let one = place.run(&database, Foo::create().name("a").on(db).insert()).await;
        refused(one, Kind::Suppressed);
        let many = place.run(&database, Foo::create_many(drafts(["x", "a", "y"])).on(db).insert()).await;
        refused(many, Kind::Suppressed);
        let given = place.run(&database, Foo::create().name("a").id(70).on(db).insert()).await;
        refused(given, Kind::Suppressed);
        assert_eq!(database.rows(ROWS), ["1|a", "2|b"], "{place:?} {made:?}");
        // A trigger that nobody looked for is not undone outside of a transaction.
        if matches!(made, Made::Before) {
            assert_eq!(logged(), [""; 0], "{place:?}");
        }
    }
    let good = Foo::create_many(drafts(["x", "y", "z"])).on(db).await?;
    for row in good {
        assert_eq!(Foo::find(row.id).on(db).await?, Some(row));
    }
    Ok(())
}

#[tokio::test]
async fn a_conflict_clause_that_ignores_is_an_error() -> Result<()> {
    nothing_is_inserted("ignore", "", Made::Before, IGNORE, "").await?;
    nothing_is_inserted("ignore off", "install=off", Made::Before, IGNORE, "").await
}

#[tokio::test]
async fn a_trigger_that_ignores_is_an_error_and_what_it_did_is_undone() -> Result<()> {
    nothing_is_inserted("raise", "", Made::Before, PLAIN, RAISE).await?;
    nothing_is_inserted("raise off", "install=off", Made::Before, PLAIN, RAISE).await
}

#[tokio::test]
async fn a_trigger_that_was_made_after_the_look_is_met_all_the_same() -> Result<()> {
    nothing_is_inserted("raise late", "", Made::Afterwards, PLAIN, RAISE).await
}

/// An AFTER trigger that raises IGNORE leaves the row where it is.
#[tokio::test]
async fn what_is_ignored_after_it_was_inserted_is_inserted() -> Result<()> {
    for options in ["", "install=off"] {
        let database = Database::new(&format!("raise after {options}"), options, PLAIN)?;
        database.run(RAISE_AFTER);
        let row = Foo::create().name("a").on(&database.prom).await?;
        assert_eq!((row.id, &*row.name), (3, "a"));
        assert_eq!(database.rows(ROWS), ["1|a", "2|b", "3|a"]);
        assert_eq!(database.rows("SELECT * FROM log"), ["seen"]);
    }
    Ok(())
}

#[tokio::test]
async fn a_save_that_is_ignored_is_an_error_and_the_row_stays_modified() -> Result<()> {
    for (name, sql, quiet) in [
        ("clause", IGNORE, ""),
        (
            "trigger",
            PLAIN,
            "CREATE TRIGGER quiet BEFORE UPDATE ON foo WHEN NEW.name = 'a' BEGIN \
             INSERT INTO log VALUES ('seen'); SELECT RAISE(IGNORE); END",
        ),
    ] {
        let database = Database::new(&format!("save {name}"), "", sql)?;
        database.run(quiet);
        let db = &database.prom;
        for place in PLACES {
            let mut row = Foo::find(2).on(db).await?.expect("it is there");
            row.name = "a".into();
            refused(place.run(&database, async { row.save().await }).await, Kind::Suppressed);
            assert!(row.is_modified());
            assert_eq!(database.rows(ROWS), ["1|a", "2|b"]);
            if sql == PLAIN {
                assert_eq!(database.rows("SELECT * FROM log"), [""; 0]);
            }
        }
        let mut row = Foo::find(2).on(db).await?.expect("it is there");
        row.name = "c".into();
        row.save().await?;
        assert_eq!(database.rows(ROWS), ["1|a", "2|c"]);
        assert_eq!(Foo::query().eq_name("c").set_name("a").on(db).update().await?, 0, "none was changed");
        database.run("DELETE FROM foo WHERE _id = 2");
        row.name = "d".into();
        refused(row.save().await, Kind::NotFound);
    }
    Ok(())
}

#[tokio::test]
async fn a_delete_that_is_ignored_is_an_error() -> Result<()> {
    let database = Database::new("delete", "", PLAIN)?;
    database.run(
        "CREATE TRIGGER quiet BEFORE DELETE ON foo WHEN OLD.name = 'a' BEGIN \
         INSERT INTO log VALUES ('seen'); SELECT RAISE(IGNORE); END",
    );
    let db = &database.prom;
    for place in PLACES {
        let row = Foo::find(1).on(db).await?.expect("it is there");
        refused(place.run(&database, row.delete().on(db).delete()).await, Kind::Suppressed);
        assert_eq!(database.rows(ROWS), ["1|a", "2|b"]);
        assert_eq!(database.rows("SELECT * FROM log"), [""; 0]);
    }
    assert_eq!(Foo::query().on(db).delete_all().await?, 1, "the number is that of the rows that went");
    assert_eq!(database.rows(ROWS), ["1|a"]);
    Ok(())
}

/// What was written in the level before it is not kept either.
#[tokio::test]
async fn in_a_transaction_the_error_ends_its_level() -> Result<()> {
    let database = Database::new("level", "", IGNORE)?;
    let db = &database.prom;
    transaction(async {
        Foo::create().name("outer").await?;
        let inner = transaction(async {
            Foo::create().name("inner").await?;
            refused(Foo::create().name("a").await, Kind::Suppressed);
            refused(Foo::create().name("more").await, Kind::TransactionAborted);
            Ok::<_, prom::Error>(())
        });
        refused(inner.await, Kind::TransactionAborted);
        Ok::<_, prom::Error>(())
    })
    .on(db)
    .await?;
    assert_eq!(database.rows("SELECT name FROM foo ORDER BY name"), ["a", "b", "outer"]);
    Ok(())
}
