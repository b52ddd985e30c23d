//! What the database stores in the place of what it was sent: the value in memory is
//! that.

use prom::prelude::*;
use prom::{Connection, Result};
use prom_cluster::Database;

use crate::setup::{connect, database};

#[prom::orm(created = none, updated = none)]
#[derive(Debug, Clone, PartialEq)]
struct Thing {
    #[field(unique)]
    name: String,
    bar: i64,
    /// An AFTER trigger counts it up.
    touched: Option<i64>,
    /// The database computes it.
    double: Option<i64>,
    /// Padded.
    code: String,
    /// Rounded.
    at: prom::Timestamp,
}

const THING: &str = "\
    CREATE TABLE thing (name text NOT NULL UNIQUE, bar bigint NOT NULL, touched bigint, \
        double bigint GENERATED ALWAYS AS (bar * 2) STORED, code character(5) NOT NULL, \
        at timestamp(0) with time zone NOT NULL, ";
const UPPER: &str = "\
    CREATE FUNCTION upper() RETURNS trigger LANGUAGE plpgsql AS \
    'BEGIN NEW.name = upper(NEW.name); RETURN NEW; END'";
const UPPER_TRIGGER: &str =
    "CREATE TRIGGER upper BEFORE INSERT OR UPDATE ON thing FOR EACH ROW EXECUTE FUNCTION upper()";
const TOUCH: &str = "\
    CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS \
    'BEGIN UPDATE thing SET touched = COALESCE(touched, 0) + 1 WHERE bar = NEW.bar; RETURN NULL; END'";
const TOUCH_TRIGGER: &str = "CREATE TRIGGER touch AFTER INSERT OR UPDATE ON thing FOR EACH ROW \
    WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION touch()";
const STATEMENT: &str = "\
    CREATE FUNCTION sweep() RETURNS trigger LANGUAGE plpgsql AS \
    'BEGIN UPDATE thing SET touched = 9 WHERE touched IS DISTINCT FROM 9; RETURN NULL; END'";
const STATEMENT_TRIGGER: &str = "CREATE TRIGGER sweep AFTER INSERT OR UPDATE ON thing FOR EACH STATEMENT \
    WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION sweep()";
const ALSO: &str =
    "CREATE RULE also AS ON INSERT TO thing DO ALSO UPDATE thing SET touched = 4 WHERE bar = NEW.bar";

/// The row as a plain client reads it.
fn stored(database: &Database, row: &Thing) -> Thing {
    let sql = format!(
        "SELECT name, bar, touched, double, code, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.USZ') \
         FROM thing WHERE _id = {}",
        row.id
    );
    let rows = database.query(&sql).expect("it is there");
    let cell = |at: usize| rows[0][at].clone();
    let text = |at: usize| cell(at).expect("not NULL");
    let number = |at: usize| cell(at).map(|text| text.parse().expect("a number"));
    Thing {
        name: text(0),
        bar: number(1).expect("not NULL"),
        touched: number(2),
        double: number(3),
        code: text(4),
        at: text(5).parse().expect("a timestamp"),
        ..row.clone()
    }
}

fn draft(name: &str, bar: i64) -> ThingDraft {
    let at: prom::Timestamp = "2024-02-29T12:34:56.789012Z".parse().expect("a timestamp");
    Thing::draft().name(name).bar(bar).code("ab").at(at)
}

/// Every way of writing a row, of which the one in memory is the one in the database.
async fn every_write(db: &Connection, start: i64) -> Result<Vec<Thing>> {
    let name = |at: i64| format!("n{}", start + at);
    let mut row = draft(&name(1), start + 1).on(db).insert().await?;
    let mut rows =
        Thing::create_many([draft(&name(2), start + 2), draft(&name(3), start + 3)]).on(db).await?;
    row.name = name(10);
    row.bar = start + 11;
    row.save().await?;
    rows.push(row);
    Ok(rows)
}

async fn every_upsert(db: &Connection, start: i64) -> Result<Vec<Thing>> {
    let name = |at: i64| format!("N{}", start + at);
    let new = draft(&name(5), start + 5).on(db).upsert().await?;
    let changed = draft(&name(5), start + 6).on(db).upsert().await?;
    assert_eq!(changed.id, new.id);
    let offered = draft(&name(7), start + 7).on(db).or_ignore().await?.expect("it is new");
    assert_eq!(draft(&name(7), start + 7).on(db).or_ignore().await?, None);
    let (found, is_new) = draft(&name(8), start + 8).on(db).find_or_create().await?;
    assert!(is_new);
    let (again, is_new) = draft(&name(8), start + 8).on(db).find_or_create().await?;
    assert!(!is_new);
    assert_eq!(again, found);
    Ok(vec![changed, offered, found])
}

async fn every_way(case: &str, key: &str, sql: &[&str]) -> Result<()> {
    for options in ["", "install=off", "prepare=off"] {
        let database = database("storing");
        database.query(&format!("{THING}{key})")).expect("it is made");
        for sql in sql {
            database.query(sql).expect(sql);
        }
        let db = connect(&database.dsn(), options);
        // A rule and ON CONFLICT are at odds.
        let has_rule = sql.contains(&ALSO);
        let all = async |start| {
            let mut rows = every_write(&db, start).await?;
            if !has_rule {
                rows.extend(every_upsert(&db, start).await?);
            }
            Ok::<_, prom::Error>(rows)
        };
        let mut rows = all(100).await?;
        rows.extend(prom::transaction(all(200)).on(&db).await?);
        let nested = prom::transaction(async { prom::transaction(all(300)).await });
        rows.extend(nested.on(&db).await?);
        for row in rows {
            assert_eq!(stored(&database, &row), row, "{case} {options}");
            assert!(!row.is_modified(), "{case} {options}");
        }
    }
    Ok(())
}

const SERIAL: &str = "_id bigserial PRIMARY KEY";

#[tokio::test]
async fn computed_padded_and_rounded_columns_are_as_they_are_stored() -> Result<()> {
    every_way("no trigger", SERIAL, &[]).await
}

#[tokio::test]
async fn what_a_trigger_changes_before_is_as_it_is_stored() -> Result<()> {
    every_way("before", SERIAL, &[UPPER, UPPER_TRIGGER]).await
}

#[tokio::test]
async fn what_a_trigger_changes_after_is_as_it_is_stored() -> Result<()> {
    every_way("after", SERIAL, &[TOUCH, TOUCH_TRIGGER, UPPER, UPPER_TRIGGER]).await
}

#[tokio::test]
async fn what_a_trigger_of_the_statement_changes_is_as_it_is_stored() -> Result<()> {
    every_way("statement", SERIAL, &[STATEMENT, STATEMENT_TRIGGER]).await
}

#[tokio::test]
async fn what_a_rule_changes_is_as_it_is_stored() -> Result<()> {
    every_way("rule", SERIAL, &[ALSO]).await
}

#[tokio::test]
async fn a_key_of_an_identity_column_is_the_one_that_is_stored() -> Result<()> {
    for by in ["ALWAYS", "BY DEFAULT"] {
        let key = format!("_id bigint GENERATED {by} AS IDENTITY PRIMARY KEY");
        every_way(by, &key, &[]).await?;
    }
    Ok(())
}

#[prom::orm(created = none, updated = none)]
#[derive(Debug, Clone, PartialEq)]
struct Numbered {
    bar: i64,
    number: Option<i64>,
}

#[tokio::test]
async fn an_identity_column_that_is_no_key_is_counted_by_the_database() -> Result<()> {
    let database = database("numbered");
    let sql = "CREATE TABLE numbered (_id bigserial PRIMARY KEY, bar bigint NOT NULL, \
               number bigint GENERATED ALWAYS AS IDENTITY (START 7))";
    database.query(sql).expect("it is made");
    let db = connect(&database.dsn(), "");
    assert_eq!(Numbered::create().bar(1).on(&db).await?.number, Some(7));
    let rows = Numbered::create_many([Numbered::draft().bar(1), Numbered::draft().bar(2)]).on(&db).await?;
    assert_eq!(rows.iter().map(|row| row.number).collect::<Vec<_>>(), [Some(8), Some(9)]);
    let given = Numbered::create().bar(1).number(5).on(&db).await;
    assert!(given.is_err(), "the database alone counts");
    assert_eq!(Numbered::query().on(&db).count().await?, 3);
    Ok(())
}

#[prom::orm(table = "total", created = none, updated = none)]
#[derive(Debug, Clone, PartialEq)]
struct Total {
    bar: i64,
    double: Option<i64>,
}

#[prom::orm(table = "total", track = false, created = none, updated = none)]
#[derive(Debug, Clone, PartialEq)]
struct Untracked {
    bar: i64,
    double: Option<i64>,
}

/// By a save of all fields, or from a draft that was a row.
#[tokio::test]
async fn a_computed_column_is_not_sent_unless_it_was_set() -> Result<()> {
    let database = database("computed");
    let table = "CREATE TABLE total (_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, \
                 bar bigint NOT NULL, double bigint GENERATED ALWAYS AS (bar * 2) STORED)";
    database.query(table).expect(table);
    let db = connect(&database.dsn(), "");
    let first = Total::create().bar(1).on(&db).await?;
    let tx = db.begin().await?;
    let second = Total::create().bar(2).on(&tx).await?;
    let mut row = Total::find(first.id).on(&tx).await?.expect("it is there");
    tx.rollback().await?;
    row.bar = 5;
    row.save().on(&db).await?;
    assert_eq!((row.double, row.is_modified()), (Some(10), false));
    let mut untracked = Untracked::query().on(&db).only().await?;
    untracked.bar = 6;
    untracked.save().on(&db).await?;
    assert_eq!(untracked.double, Some(12));
    let again = second.into_draft().bar(3).on(&db).await?;
    assert_eq!(again.double, Some(6));
    row.double = Some(1);
    assert!(row.save().on(&db).await.is_err(), "PostgreSQL refuses it");
    Ok(())
}
