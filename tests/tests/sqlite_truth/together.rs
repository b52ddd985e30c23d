//! Writes of several statements: they are one, whatever ends them half-way.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Waker};
use std::time::Duration;

use prom::prelude::*;
use prom::{Connection, Error, Kind, Result, Transaction, transaction};

use super::database::{Database, refused};

#[prom::orm(table = "foo", created = none, updated = none, hooks)]
#[derive(Debug, PartialEq)]
struct Foo {
    #[field(unique)]
    name: String,
}

impl prom::Hooks for Foo {
    fn after_load(&mut self) -> Result<()> {
        match &*self.name {
            "lost" => Err(Error::new(Kind::NotFound, "not for you")),
            _ => Ok(()),
        }
    }
}

const FOO: &str = "CREATE TABLE foo (_id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE); \
                   CREATE TABLE log (text TEXT)";
const AFTER: &str = "CREATE TRIGGER tell AFTER INSERT ON foo BEGIN INSERT INTO log VALUES (NEW.name); END";
const ROWS: &str = "SELECT name FROM foo ORDER BY name";

/// Polls so often, and gives the thread time in between; drops it then.
async fn drop_after(polls: usize, future: impl Future<Output = Result<Foo>>) -> bool {
    let mut future = pin!(future);
    for _ in 0..polls {
        let mut context = Context::from_waker(Waker::noop());
        if future.as_mut().poll(&mut context).is_ready() {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    false
}

/// Whether the row is there is what the end of the transaction says.
#[tokio::test]
async fn what_is_dropped_between_two_statements_is_not_kept() -> Result<()> {
    let database = Database::new("dropped half-way", "", FOO)?;
    database.run(AFTER);
    let db = &database.prom;
    let mut is_finished = false;
    let mut polls = 0;
    while !is_finished {
        let tx: Transaction = db.begin().await?;
        let name = format!("polled {polls}");
        is_finished = drop_after(polls, Foo::create().name(&*name).on(&tx).insert()).await;
        let committed = tx.commit().await.is_ok();
        let is_there = database.rows(ROWS).contains(&name);
        assert_eq!(is_there, is_finished && committed, "after {polls} polls");
        polls += 1;
        assert!(polls < 100, "it comes to an end");
    }
    Ok(())
}

/// Whatever kind of error the hook gives.
#[tokio::test]
async fn a_hook_that_finds_nothing_undoes_the_write_too() -> Result<()> {
    let database = Database::new("hook", "", FOO)?;
    database.run(AFTER);
    let db = &database.prom;
    refused(Foo::create().name("lost").on(db).upsert().await, Kind::NotFound);
    let within = transaction(async {
        refused(Foo::create().name("lost").upsert().await, Kind::NotFound);
        Ok(())
    });
    refused(within.on(db).await, Kind::TransactionAborted);
    assert_eq!(database.rows(ROWS), [""; 0]);
    Ok(())
}

/// As it ends nothing where the table is a plain one.
#[tokio::test]
async fn what_is_refused_before_it_is_sent_ends_no_transaction() -> Result<()> {
    let database = Database::new("before it is sent", "", FOO)?;
    database.run(AFTER);
    let db = &database.prom;
    Foo::create().name("a").on(db).await?;
    let tx = db.begin().read_only().await?;
    refused(Foo::create().name("b").on(&tx).insert().await, Kind::ReadOnly);
    assert_eq!(Foo::query().on(&tx).count().await?, 1);
    tx.commit().await?;
    let gone = transaction(async {
        let mut row = Foo::query().only().await?;
        prom::raw("DELETE FROM foo").execute().await?;
        row.name = "b".into();
        refused(row.save().await, Kind::NotFound);
        Foo::create().name("c").await
    });
    assert_eq!(gone.on(db).await?.name, "c");
    assert_eq!(database.rows(ROWS), ["c"]);
    Ok(())
}

/// The look did not show the trigger.
#[tokio::test]
async fn a_row_that_something_keeps_is_not_said_to_be_gone() -> Result<()> {
    let database = Database::new("kept", "", FOO)?;
    let db: &Connection = &database.prom;
    let row = Foo::create().name("a").on(db).await?;
    database.run("CREATE TRIGGER keep BEFORE DELETE ON foo BEGIN SELECT RAISE(IGNORE); END");
    refused(row.delete().on(db).await, Kind::Suppressed);
    assert_eq!(database.rows(ROWS), ["a"]);
    database.run("DROP TRIGGER keep");
    let row = Foo::query().on(db).only().await?;
    let gone = Foo::query().on(db).only().await?;
    assert!(row.delete().on(db).await?);
    assert!(!gone.delete().on(db).await?);
    Ok(())
}

#[prom::orm(table = "live", created = none, updated = none)]
#[derive(Debug, PartialEq)]
struct Live {
    name: String,
    gone: bool,
}

/// It is as the view gave it back, since nothing of it can be read there.
#[tokio::test]
async fn a_row_may_leave_its_view() -> Result<()> {
    let database = Database::new(
        "leaving",
        "",
        "CREATE TABLE every (_id INTEGER PRIMARY KEY, name TEXT NOT NULL, gone BOOL NOT NULL); \
         CREATE VIEW live AS SELECT * FROM every WHERE gone = 0; \
         CREATE TRIGGER change INSTEAD OF UPDATE ON live BEGIN \
         UPDATE every SET name = NEW.name, gone = NEW.gone WHERE _id = OLD._id; END; \
         INSERT INTO every VALUES (1, 'a', 0)",
    )?;
    let mut row = Live::find(1).on(&database.prom).await?.expect("it is there");
    row.gone = true;
    row.save().on(&database.prom).await?;
    assert!(row.gone);
    assert_eq!(database.rows("SELECT * FROM every"), ["1|a|1"]);
    Ok(())
}

#[prom::orm(table = "late", created = none, updated = none)]
#[derive(Debug)]
struct Late {
    number: i64,
}

/// FAIL keeps what was done before it, and alone prom cannot undo it.
#[tokio::test]
async fn a_trigger_that_fails_and_was_not_seen_leaves_the_outcome_open() -> Result<()> {
    let database = Database::new(
        "failing late",
        "",
        "CREATE TABLE late (_id INTEGER PRIMARY KEY, number BIGINT NOT NULL)",
    )?;
    let db = &database.prom;
    let mut row = Late::create().number(1).on(db).await?;
    let gone = Late::create().number(2).on(db).await?;
    for event in ["INSERT", "UPDATE", "DELETE"] {
        let text = "BEGIN SELECT RAISE(FAIL, 'no'); END";
        database.run(&format!("CREATE TRIGGER fail_{event} AFTER {event} ON late {text}"));
    }
    refused(Late::create().number(3).on(db).await, Kind::OutcomeUnknown);
    row.number = 10;
    refused(row.save().on(db).await, Kind::OutcomeUnknown);
    refused(gone.delete().on(db).await, Kind::OutcomeUnknown);
    refused(Late::query().set_number(5).on(db).update_all().await, Kind::OutcomeUnknown);
    // In a transaction it is undone, and many rows are one.
    let rows = database.rows("SELECT number FROM late ORDER BY 1");
    refused(transaction(Late::create().number(4).insert()).on(db).await, Kind::Check);
    let many = [5, 6].map(|number| Late::draft().number(number));
    refused(Late::create_many(many).on(db).await, Kind::Check);
    assert_eq!(database.rows("SELECT number FROM late ORDER BY 1"), rows);
    // Once it is seen, so is each.
    db.close().await?;
    refused(Late::create().number(7).on(db).await, Kind::Check);
    assert_eq!(database.rows("SELECT number FROM late ORDER BY 1"), rows);
    Ok(())
}

#[prom::orm(table = "named", created = none, updated = none)]
#[derive(Debug, PartialEq)]
struct Named {
    #[field(unique)]
    name: String,
    number: i64,
}

/// It was there before the transaction, and is there after it.
#[tokio::test]
async fn a_row_that_an_undone_upsert_found_was_not_created() -> Result<()> {
    let database = Database::new(
        "found",
        "",
        "CREATE TABLE named (_id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, number BIGINT NOT NULL)",
    )?;
    let db = &database.prom;
    let old = Named::create().name("a").number(1).on(db).await?;
    let (mut found, mut made) = (None, None);
    let undone = transaction(async {
        found = Some(Named::create().name("a").number(2).upsert().await?);
        made = Some(Named::create().name("b").number(2).upsert().await?);
        Err::<(), _>(Error::new(Kind::Invalid, "not today"))
    });
    refused(undone.on(db).await, Kind::Invalid);
    let (mut found, mut made) = (found.expect("it is"), made.expect("it is"));
    assert_eq!(found.id, old.id);
    found.number = 3;
    found.save().on(db).await?;
    assert_eq!(database.rows("SELECT name, number FROM named"), ["a|3"]);
    made.number = 3;
    refused(made.save().on(db).await, Kind::NotFound);
    Ok(())
}
