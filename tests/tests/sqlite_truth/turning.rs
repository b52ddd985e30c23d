//! A spelling that another program writes after prom has looked is met while decoding.

use std::sync::atomic::{AtomicUsize, Ordering};

use prom::prelude::*;
use prom::{Kind, Result, transaction};

use super::database::{Database, PLACES, Place, refused};

#[prom::orm(table = "event", created = none, updated = none)]
#[derive(Debug, Clone, PartialEq)]
struct Event {
    at: Timestamp,
    name: String,
}

const TABLE: &str = "CREATE TABLE event (_id INTEGER PRIMARY KEY, at TIMESTAMP NOT NULL, name TEXT NOT NULL); \
     CREATE INDEX event_at ON event (at); \
     INSERT INTO event VALUES (1, '2024-05-06T00:00:00.000000Z', 'a'), (2, '2024-05-06T10:00:00.000000Z', 'b');";

fn at(text: &str) -> Timestamp {
    text.parse().expect("a timestamp")
}

async fn ids(query: EventQuery, db: &Connection) -> Result<Vec<i64>> {
    Ok(query.select_id().on(db).await?.into_vec())
}

#[tokio::test]
async fn a_query_that_meets_another_spelling_is_asked_again() -> Result<()> {
    for (name, literal) in [
        ("python", "'2024-05-06T09:00:00Z'"),
        ("sqlite", "'2024-05-06 09:00:00'"),
        ("offset", "'2024-05-06T11:00:00+02:00'"),
        ("number", "1714986000"),
        ("real", "1714986000.5"),
    ] {
        for place in PLACES {
            let database = Database::new(&format!("turning {name} {place:?}"), "", TABLE)?;
            let db = &database.prom;
            assert_eq!(ids(Event::query().asc_at(), db).await?, [1, 2]);
            database.run(&format!("INSERT INTO event VALUES (3, {literal}, 'c')"));
            // Text order has it elsewhere.
            let rows =
                place.run(&database, async { Ok(Event::query().asc_at().on(db).get().await?.into_vec()) });
            let rows = rows.await?;
            assert_eq!(rows.iter().map(|row| row.id).collect::<Vec<_>>(), [1, 3, 2], "{name} {place:?}");
            assert_eq!(ids(Event::query().lt_at(at("2024-05-06T09:30:00Z")).asc_id(), db).await?, [1, 3]);
            assert_eq!(ids(Event::query().eq_at(rows[1].at), db).await?, [3], "{name} {place:?}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn every_way_to_read_meets_it() -> Result<()> {
    for name in ["min", "page", "limit", "stream"] {
        let database = Database::new(&format!("ways {name}"), "", TABLE)?;
        let db = &database.prom;
        assert_eq!(ids(Event::query().asc_at(), db).await?, [1, 2]);
        database.run(
            "INSERT INTO event VALUES (3, '2024-05-05 23:00:00', 'c'), (4, '2024-05-06T11:30:00+02:00', 'd')",
        );
        let least = at("2024-05-05T23:00:00Z");
        match name {
            "min" => {
                let found = Event::query().min_at().on(db).only().await?;
                assert_eq!(found, Some(least));
                let groups = Event::query().group_by_at().counted().asc_at().on(db).await?;
                assert_eq!(groups.len(), 4);
            }
            "page" => {
                let last = Event::find(1).on(db).await?.expect("it is there");
                let page = Event::query().asc_at().after(&last).limit(5).on(db).await?;
                assert_eq!(page.iter().map(|row| row.id).collect::<Vec<_>>(), [4, 2]);
            }
            "limit" => {
                let one = Event::query().desc_at().limit(3).on(db).await?;
                assert_eq!(one.iter().map(|row| row.id).collect::<Vec<_>>(), [2, 4, 1]);
                assert!(one.has_more());
            }
            _ => {
                let mut stream = Event::query().asc_at().on(db).stream();
                let mut streamed = Vec::new();
                while let Some(row) = stream.try_next().await? {
                    streamed.push(row.id);
                }
                assert_eq!(streamed, [3, 1, 4, 2]);
            }
        }
    }
    Ok(())
}

/// A default of the column gives it, in a write: the write is undone and made anew.
#[tokio::test]
async fn a_change_that_gives_it_is_made_once() -> Result<()> {
    for place in PLACES {
        let database = Database::new(&format!("turning change {place:?}"), "", TABLE)?;
        let db = &database.prom;
        assert_eq!(ids(Event::query().asc_at(), db).await?, [1, 2]);
        database.run("INSERT INTO event VALUES (3, '2024-05-06 09:00:00', 'c')");
        let changed = place.run(&database, async {
            Event::query().gt_id(0).set_name("x").on(db).update().returning().await
        });
        assert_eq!(changed.await?.len(), 3, "{place:?}");
        assert_eq!(database.rows("SELECT count(*) FROM event WHERE name = 'x'"), ["3"]);
        let deleted = place.run(&database, async {
            Event::query().lt_at(at("2024-05-06T09:30:00Z")).on(db).delete().returning().await
        });
        assert_eq!(deleted.await?.len(), 2, "{place:?}");
    }
    Ok(())
}

/// Rows enough for many pieces; the last is spelled otherwise.
fn many(test: &str) -> Result<Database> {
    let database = Database::new(test, "", TABLE)?;
    database.run(
        "WITH RECURSIVE n (i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n WHERE i < 30000) \
         INSERT INTO event SELECT i, strftime('%Y-%m-%dT%H:%M:%f000Z', 1715000000 + i, 'unixepoch'), 'n' FROM n",
    );
    Ok(database)
}

#[tokio::test]
async fn a_stream_that_has_given_rows_ends_with_an_error_or_goes_on() -> Result<()> {
    for place in [Place::Outside, Place::Transaction] {
        let database = many(&format!("turning stream {place:?}"))?;
        let db = &database.prom;
        assert_eq!(Event::query().on(db).count().await?, 29_993);
        database.run("INSERT INTO event VALUES (40000, '2025-05-06 09:00:00', 'last')");
        let count = AtomicUsize::new(0);
        let read = async {
            count.store(0, Ordering::Relaxed);
            let mut stream = Event::query().asc_at().on(db).stream();
            while stream.try_next().await?.is_some() {
                count.fetch_add(1, Ordering::Relaxed);
            }
            Ok(())
        };
        // Its rows were found by text.
        let error = refused(place.run(&database, read).await, Kind::SchemaChanged);
        assert!(error.to_string().contains("ask again"), "{error}");
        assert!(count.load(Ordering::Relaxed) > 1_000, "{count:?}");
        // Asked again, it has all of them.
        let all = place.run(&database, async {
            let mut stream = Event::query().asc_at().on(db).stream();
            let mut count = 0;
            while stream.try_next().await?.is_some() {
                count += 1;
            }
            Ok(count)
        });
        assert_eq!(all.await?, 29_994, "{place:?}");
    }
    for place in [Place::Outside, Place::Transaction] {
        let database = many(&format!("going on {place:?}"))?;
        let db = &database.prom;
        assert_eq!(Event::query().on(db).count().await?, 29_993);
        database.run("INSERT INTO event VALUES (40000, '2025-05-06 09:00:00', 'last')");
        let all = place.run(&database, async {
            // Nothing in it is about instants.
            let mut stream = Event::query().asc_id().on(db).stream();
            let mut count = 0;
            while stream.try_next().await?.is_some() {
                count += 1;
            }
            Ok(count)
        });
        assert_eq!(all.await?, 29_994, "{place:?}");
        let last = Event::query().eq_at(at("2025-05-06T09:00:00Z"));
        assert_eq!(ids(last, db).await?, [40_000], "{place:?}");
    }
    Ok(())
}

/// SQLite's own convention for REAL is the Julian day.
#[tokio::test]
async fn a_real_where_python_declared_no_timestamp_is_an_error() -> Result<()> {
    let sql = TABLE.replace("TIMESTAMP", "DATETIME");
    for when in ["before", "after"] {
        let database = Database::new(&format!("julian {when}"), "", &sql)?;
        let db = &database.prom;
        let insert = "INSERT INTO event VALUES (3, julianday('2024-05-06 09:30:15'), 'c')";
        if when == "before" {
            database.run(insert);
        }
        assert_eq!(Event::find(1).on(db).await?.map(|row| row.name).as_deref(), Some("a"));
        if when == "after" {
            database.run(insert);
        }
        let error = refused(Event::find(3).on(db).await, Kind::Decode);
        assert_eq!((error.model(), error.field()), (Some("Event"), Some("at")), "{error}");
        assert!(error.to_string().contains("strftime"), "{error}");
        // Neither sorted nor compared with the others.
        for error in [
            refused(Event::query().asc_at().on(db).get().await, Kind::Decode),
            refused(Event::query().lt_at(at("2024-05-07T00:00:00Z")).on(db).count().await, Kind::Decode),
            refused(Event::query().min_at().on(db).only().await, Kind::Decode),
            refused(Event::query().select_at().distinct().on(db).get().await, Kind::Decode),
            refused(Event::query().lt_at(at("2024-05-07T00:00:00Z")).on(db).delete().await, Kind::Decode),
        ] {
            assert_eq!((error.model(), error.field()), (Some("Event"), Some("at")), "{error}");
            assert!(error.to_string().contains("strftime"), "{error}");
        }
        assert_eq!(database.rows("SELECT count(*) FROM event"), ["3"]);
        // The cure.
        database.run("UPDATE event SET at = strftime('%Y-%m-%dT%H:%M:%fZ', at) WHERE typeof(at) = 'real'");
        db.install(&[Event::schema()]).await?;
        assert_eq!(ids(Event::query().asc_at(), db).await?, [1, 3, 2], "{when}");
    }
    Ok(())
}

/// What one transaction learned, the next ones know.
#[tokio::test]
async fn a_transaction_looks_by_itself() -> Result<()> {
    let sql = format!("{TABLE} INSERT INTO event VALUES (3, '2024-05-06 09:00:00', 'c')");
    let database = Database::new("turning lease", "", &sql)?;
    let db = &database.prom;
    let found = transaction(async { ids(Event::query().asc_at(), db).await }).on(db).await?;
    assert_eq!(found, [1, 3, 2]);
    assert_eq!(ids(Event::query().asc_at(), db).await?, [1, 3, 2]);
    Ok(())
}
