//! Keys that the database does not make, or makes in its own way.

use prom::prelude::*;
use prom::{Kind, Result};

use super::database::{Database, PLACES, refused};

#[prom::orm(table = "foo", created = none, updated = none)]
#[derive(Debug, Clone, PartialEq)]
struct Foo {
    name: String,
}

#[prom::orm(table = "foo", created = none, updated = none)]
#[derive(Debug, Clone, PartialEq)]
struct Named {
    #[field(pk)]
    key: String,
    name: String,
}

/// The rows are read as a plain program reads them: none may have a NULL key.
#[tokio::test]
async fn a_key_that_would_be_null_is_an_error_that_says_what_to_do() -> Result<()> {
    for (name, ty) in
        [("bigint", "BIGINT"), ("int", "INT"), ("desc", "INTEGER"), ("unsigned", "UNSIGNED BIG INT")]
    {
        let order = if name == "desc" { "DESC" } else { "" };
        let sql = format!("CREATE TABLE foo (_id {ty} PRIMARY KEY {order}, name TEXT NOT NULL)");
        for options in ["", "install=off"] {
            let database = Database::new(&format!("{name} {options}"), options, &sql)?;
            let db = &database.prom;
            for place in PLACES {
                let one = place.run(&database, Foo::create().name("a").on(db).insert()).await;
                let error = refused(one, Kind::Decode);
                assert!(error.to_string().contains("`INTEGER PRIMARY KEY`"), "{error}");
                assert_eq!((error.model(), error.field()), (Some("Foo"), Some("id")));
                let drafts = ["a", "b"].map(|name| Foo::draft().name(name));
                refused(place.run(&database, Foo::create_many(drafts).on(db).insert()).await, Kind::Decode);
                assert_eq!(database.rows("SELECT * FROM foo"), [""; 0]);
            }
            let mut row = Foo::create().name("a").id(7).on(db).await?;
            assert_eq!(Foo::find(7).on(db).await?, Some(row.clone()));
            row.name = "b".into();
            row.save().await?;
            assert_eq!(database.rows("SELECT * FROM foo"), ["7|b"]);
            assert!(row.delete().await?);
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_key_that_a_default_makes_is_read_back() -> Result<()> {
    let database = Database::new(
        "default",
        "",
        "CREATE TABLE foo (_id BIGINT NOT NULL PRIMARY KEY DEFAULT (abs(random() / 2)), name TEXT NOT NULL)",
    )?;
    let db = &database.prom;
    for place in PLACES {
        let row = place.run(&database, Foo::create().name("a").on(db).insert()).await?;
        assert_eq!(database.rows("SELECT _id FROM foo"), [row.id.to_string()]);
        assert!(row.delete().on(db).await?);
        let drafts = ["a", "b", "c"].map(|name| Foo::draft().name(name));
        for row in place.run(&database, Foo::create_many(drafts).on(db).insert()).await? {
            let sql = format!("SELECT name FROM foo WHERE _id = {}", row.id);
            assert_eq!(database.rows(&sql), std::slice::from_ref(&row.name));
            assert!(row.delete().on(db).await?);
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_text_key_that_a_trigger_changes_is_read_back_or_refused() -> Result<()> {
    let database = Database::new(
        "text key",
        "",
        "CREATE TABLE foo (key TEXT PRIMARY KEY DEFAULT (lower(hex(randomblob(16)))), name TEXT NOT NULL); \
         CREATE TRIGGER lower AFTER INSERT ON foo BEGIN UPDATE foo SET key = lower(key) WHERE rowid = NEW.rowid; END",
    )?;
    let db = &database.prom;
    let row = Named::create().key("a").name("x").on(db).await?;
    assert_eq!(Named::find("a").on(db).await?, Some(row));
    for place in PLACES {
        let other = place.run(&database, Named::create().key("B").name("x").on(db).insert()).await;
        refused(other, Kind::Suppressed);
        assert_eq!(database.rows("SELECT * FROM foo"), ["a|x"]);
    }
    Ok(())
}

#[tokio::test]
async fn without_a_rowid_a_key_is_given_or_refused() -> Result<()> {
    let database = Database::new(
        "without rowid",
        "",
        "CREATE TABLE foo (_id INTEGER PRIMARY KEY, name TEXT NOT NULL) WITHOUT ROWID; \
         CREATE TABLE other (id INTEGER PRIMARY KEY); INSERT INTO other VALUES (99)",
    )?;
    let db = &database.prom;
    refused(Foo::create().name("a").on(db).await, Kind::NotNull);
    let mut row = Foo::create().name("a").id(5).on(db).await?;
    row.name = "b".into();
    row.save().await?;
    assert_eq!(Foo::find(5).on(db).await?, Some(row.clone()));
    assert_eq!(database.rows("SELECT * FROM foo"), ["5|b"]);
    assert!(row.delete().await?);
    assert_eq!(database.rows("SELECT * FROM foo"), [""; 0]);
    Ok(())
}

/// The rowid is told after an insert, and is the key of the table, not of the model.
#[tokio::test]
async fn the_key_of_the_model_is_another_column_than_that_of_the_table() -> Result<()> {
    let database = Database::new(
        "other key",
        "",
        "CREATE TABLE foo (number INTEGER PRIMARY KEY, \
         _id BIGINT NOT NULL UNIQUE DEFAULT (abs(random() / 2)), name TEXT NOT NULL)",
    )?;
    let row = Foo::create().name("a").on(&database.prom).await?;
    assert_eq!(database.rows("SELECT number, _id FROM foo"), [format!("1|{}", row.id)]);
    Ok(())
}
