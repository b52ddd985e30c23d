//! A unique index refuses what is read alike, however the row in the way is spelled.

use prom::prelude::*;
use prom::{Kind, Result};

use super::database::{Database, PLACES, refused};

#[prom::orm(table = "slot", created = none, updated = none)]
#[derive(Debug, Clone, PartialEq)]
struct Slot {
    #[field(unique)]
    at: Timestamp,
    name: String,
}

#[prom::orm(table = "booking", created = none, updated = none, unique(room, at))]
#[derive(Debug, Clone, PartialEq)]
struct Booking {
    room: i64,
    at: Timestamp,
    name: String,
}

const SLOT: &str =
    "CREATE TABLE slot (_id INTEGER PRIMARY KEY, at DATETIME NOT NULL UNIQUE, name TEXT NOT NULL);";
const ROWS: &str = "SELECT at, name FROM slot ORDER BY _id";

/// How the row in the way is spelled: listed, and not.
const SPELLINGS: [&str; 5] = [
    "2024-05-06",
    "2024-05-06 00:00:00",
    "2024-05-06T00:00:00+00:00",
    "2024-05-06T02:00:00+02:00",
    "20240506T000000Z",
];

fn at(text: &str) -> Timestamp {
    text.parse().expect("a timestamp")
}

fn midnight() -> Timestamp {
    at("2024-05-06T00:00:00Z")
}

#[tokio::test]
async fn an_instant_in_another_spelling_is_in_the_way() -> Result<()> {
    for spelling in SPELLINGS {
        let sql = format!("{SLOT} INSERT INTO slot VALUES (1, '{spelling}', 'a')");
        for place in PLACES {
            let database = Database::new(&format!("slot {spelling} {place:?}"), "", &sql)?;
            let db = &database.prom;
            let create = || Slot::create().at(midnight()).on(db);
            let one = place.run(&database, create().name("b").insert()).await;
            assert_eq!(refused(one, Kind::Unique).field(), Some("at"), "{spelling}");
            let drafts = [at("2030-01-01T00:00:00Z"), midnight()].map(|at| Slot::draft().at(at).name("b"));
            let many = place.run(&database, Slot::create_many(drafts).on(db).insert()).await;
            refused(many, Kind::Unique);
            assert_eq!(database.rows(ROWS), [format!("{spelling}|a")]);

            let row = place.run(&database, create().name("b").upsert()).await?;
            assert_eq!((row.id, row.at, &*row.name), (1, midnight(), "b"), "{spelling}");
            assert_eq!(database.rows(ROWS), [format!("{spelling}|b")]);
            let ignored = place.run(&database, create().name("c").or_ignore()).await?;
            assert!(ignored.is_none(), "{spelling}");
            let (found, is_new) = place.run(&database, create().name("c").find_or_create()).await?;
            assert_eq!((found.id, &*found.name, is_new), (1, "b", false), "{spelling}");
            assert_eq!(database.rows(ROWS), [format!("{spelling}|b")]);

            let mut other = Slot::create().at(at("2030-01-01T00:00:00Z")).name("d").on(db).await?;
            other.at = midnight();
            refused(place.run(&database, async { other.save().on(db).await }).await, Kind::Unique);
            let all = Slot::query().eq_name("d").set_at(midnight()).on(db);
            refused(place.run(&database, async { all.update().await }).await, Kind::Unique);
            let query = Slot::query().eq_name("b").select_at();
            let all = Slot::query().eq_name("d").set_at(query).on(db);
            refused(place.run(&database, async { all.update().await }).await, Kind::Unique);
            // The row itself is in nobody's way.
            let same = Slot::query().eq_name("b").set_at(midnight()).set_name("e").on(db);
            assert_eq!(place.run(&database, async { same.update().await }).await?, 1);
            assert_eq!(database.rows("SELECT count(*) FROM slot"), ["2"]);
        }
    }
    Ok(())
}

#[tokio::test]
async fn an_index_over_several_fields_refuses_what_is_read_alike() -> Result<()> {
    let sql = "CREATE TABLE booking (_id INTEGER PRIMARY KEY, room INTEGER NOT NULL, at TIMESTAMP NOT NULL, \
               name TEXT NOT NULL, UNIQUE (room, at)); \
               INSERT INTO booking VALUES (1, 1, '2024-05-06', 'a'), (2, 2, '2024-05-06 00:00:00', 'b'), \
               (3, 3, '2024-05-06T02:00:00+02:00', 'c')";
    let database = Database::new("booking", "", sql)?;
    let db = &database.prom;
    for (room, id) in [(1, 1), (2, 2), (3, 3)] {
        let create = || Booking::create().room(room).at(midnight()).on(db);
        refused(create().name("x").await, Kind::Unique);
        assert_eq!(create().name(format!("n{room}")).upsert().await?.id, id);
    }
    assert_eq!(Booking::create().room(4).at(midnight()).name("n4").on(db).upsert().await?.id, 4);
    assert_eq!(
        database.rows("SELECT room, at, name FROM booking ORDER BY _id"),
        [
            "1|2024-05-06|n1",
            "2|2024-05-06 00:00:00|n2",
            "3|2024-05-06T02:00:00+02:00|n3",
            "4|2024-05-06T00:00:00.000000Z|n4"
        ]
    );
    // Which of them the row would be alike to depends on its room.
    let moved = Booking::query().eq_room(1).set_at(midnight()).on(db).update().await;
    assert!(refused(moved, Kind::Unsupported).to_string().contains("rewrite()"));
    Ok(())
}

/// The same number of 64 bits is another one of 32.
#[prom::orm(table = "ratio", created = none, updated = none)]
#[derive(Debug, Clone, PartialEq)]
struct Ratio {
    #[field(unique)]
    value: f32,
}

#[tokio::test]
async fn numbers_of_32_bits_are_compared_as_they_are_read() -> Result<()> {
    let sql = "CREATE TABLE ratio (_id INTEGER PRIMARY KEY, value REAL NOT NULL UNIQUE); \
               INSERT INTO ratio VALUES (1, 0.1), (2, 0.25), (3, 0.3)";
    let database = Database::new("ratio", "", sql)?;
    let db = &database.prom;
    let ids = |query: RatioQuery| async move {
        Ok::<_, prom::Error>(query.asc_id().select_id().on(db).await?.into_vec())
    };
    assert_eq!(ids(Ratio::query().eq_value(0.1)).await?, [1]);
    assert_eq!(ids(Ratio::query().in_value([0.1, 0.25, 0.3])).await?, [1, 2, 3]);
    assert_eq!(ids(Ratio::query().lte_value(0.3)).await?, [1, 2, 3]);
    assert_eq!(ids(Ratio::query().gt_value(0.1)).await?, [2, 3]);
    refused(Ratio::create().value(0.3).on(db).await, Kind::Unique);
    // What prom adds up stays a number of 32 bits.
    Ratio::query().eq_id(2).incr_value(0.1).on(db).update().await?;
    assert_eq!(Ratio::find(2).on(db).await?.map(|row| row.value), Some(0.25 + 0.1));
    assert_eq!(
        database.rows("SELECT value FROM ratio WHERE _id = 2"),
        [format!("{:?}", f64::from(0.35_f32))]
    );
    Ok(())
}
