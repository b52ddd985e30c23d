//! Which statements an index serves: all of them in prom's own spelling, equalities in the
//! spellings that can be listed.

use prom::prelude::*;
use prom::{Projection, Result, Uuid};

use super::database::Database;

#[prom::orm(table = "event", created = none, updated = none)]
#[derive(Debug, Clone, PartialEq)]
struct Event {
    at: Timestamp,
}

#[prom::orm(table = "thing", id = Uuid, created = none, updated = none)]
#[derive(Debug, Clone, PartialEq)]
struct Thing {
    name: String,
}

fn at() -> Timestamp {
    "2024-05-06T00:00:00Z".parse().expect("a timestamp")
}

fn events(test: &str, spelling: &str) -> Result<Database> {
    let sql = format!(
        "CREATE TABLE event (_id INTEGER PRIMARY KEY, at TIMESTAMP NOT NULL); CREATE INDEX event_at ON event (at); \
         INSERT INTO event VALUES (1, '{spelling}'), (2, '2024-05-07T00:00:00.000000Z')"
    );
    Database::new(test, "", &sql)
}

/// What SQLite does for a statement.
async fn plan(database: &Database, text: &str) -> Result<String> {
    // Parameters would be prom's: NULL has the same plan.
    let mut sql = text.to_owned();
    for number in (1..10).rev() {
        sql = sql.replace(&format!("?{number}"), "NULL");
    }
    let sql: &str = format!("EXPLAIN QUERY PLAN {sql}").leak();
    let rows: Vec<(i64, i64, i64, String)> = prom::raw(sql).on(&database.prom).all().await?;
    Ok(rows.into_iter().map(|row| row.3).collect::<Vec<_>>().join("; "))
}

fn text<P: Projection<Event>>(query: EventQuery<P>, database: &Database) -> Result<String> {
    Ok(query.on(&database.prom).render()?.text)
}

#[tokio::test]
async fn in_prom_s_own_spelling_the_sql_is_plain() -> Result<()> {
    let database = events("plain", "2024-05-06T00:00:00.000000Z")?;
    assert_eq!(Event::query().on(&database.prom).count().await?, 2);
    let query = Event::query;
    for (sql, wanted) in [
        (text(query().eq_at(at()), &database)?, "\"at\" = ?1"),
        (text(query().ne_at(at()), &database)?, "\"at\" <> ?1"),
        (text(query().in_at([at()]), &database)?, "\"at\" IN rarray(?1)"),
        (text(query().gt_at(at()).asc_at(), &database)?, "\"at\" > ?1 ORDER BY \"at\""),
        (text(query().group_by_at().counted(), &database)?, "GROUP BY \"at\""),
        (text(query().max_at(), &database)?, "max(\"at\")"),
    ] {
        assert!(sql.contains(wanted) && !sql.contains("prom_"), "{sql}");
    }
    for query in [query().eq_at(at()), query().gt_at(at()), query().asc_at()] {
        let plan = plan(&database, &text(query, &database)?).await?;
        assert!(plan.contains("INDEX event_at"), "{plan}");
        assert!(!plan.contains("TEMP B-TREE"), "{plan}");
    }
    Ok(())
}

#[tokio::test]
async fn an_index_finds_the_spellings_that_are_listed() -> Result<()> {
    let listed = events("listed", "2024-05-06 00:00:00")?;
    assert_eq!(Event::query().eq_at(at()).on(&listed.prom).count().await?, 1);
    for query in [Event::query().eq_at(at()), Event::query().in_at([at()])] {
        let plan = plan(&listed, &text(query, &listed)?).await?;
        assert!(plan.contains("SEARCH event USING") && plan.contains("INDEX event_at (at=?)"), "{plan}");
    }
    assert!(text(Event::query().gt_at(at()), &listed)?.contains("prom_instant(\"at\") > ?1"));

    let other = events("not listed", "2024-05-06T02:00:00+02:00")?;
    assert_eq!(Event::query().eq_at(at()).on(&other.prom).count().await?, 1);
    assert!(text(Event::query().eq_at(at()), &other)?.contains("prom_instant(\"at\") = ?1"));
    Ok(())
}

#[tokio::test]
async fn a_key_of_16_bytes_is_found_by_its_index() -> Result<()> {
    let uuid = Uuid::from_u128(7);
    let sql = format!(
        "CREATE TABLE thing (_id BLOB NOT NULL PRIMARY KEY, name TEXT NOT NULL); \
         INSERT INTO thing VALUES (X'{}', 'a')",
        uuid.simple()
    );
    let database = Database::new("blob key", "", &sql)?;
    assert_eq!(Thing::find(uuid).on(&database.prom).await?.map(|row| row.name).as_deref(), Some("a"));
    let sql = Thing::query().eq_id(uuid).on(&database.prom).render()?.text;
    let plan = plan(&database, &sql).await?;
    assert!(plan.contains("SEARCH thing USING INDEX"), "{plan}");
    Ok(())
}

/// `rewrite()` ends it, and so does anybody else who leaves one spelling: a look shows it.
#[tokio::test]
async fn a_look_at_one_spelling_ends_it() -> Result<()> {
    let database = events("ended", "2024-05-06 00:00:00")?;
    let db = &database.prom;
    assert_eq!(Event::query().eq_at(at()).on(db).count().await?, 1);
    assert!(text(Event::query().eq_at(at()), &database)?.contains("rarray"));
    database.run("UPDATE event SET at = '2024-05-06T00:00:00.000000Z' WHERE _id = 1");
    db.install(&[Event::schema()]).await?;
    assert!(text(Event::query().eq_at(at()), &database)?.contains("\"at\" = ?1"));
    Ok(())
}
