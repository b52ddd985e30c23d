//! What is sorted by what was selected is sorted as it is read.

use prom::Result;
use prom::prelude::*;

use super::database::Database;

#[prom::orm(table = "theirs", created = none, updated = none)]
#[derive(Debug, Clone)]
struct Selected {
    at: Timestamp,
}

#[tokio::test]
async fn what_was_selected_is_sorted_as_it_is_read() -> Result<()> {
    let tables = "\
        CREATE TABLE theirs (at TIMESTAMP NOT NULL, _id INTEGER NOT NULL PRIMARY KEY); \
        INSERT INTO theirs VALUES ('2024-05-06T12:00:00+05:00', 1), ('2024-05-06 08:00:00', 2), \
            ('2024-05-06T08:00:00+00:00', 3), ('2024-05-06T07:30:00.000000Z', 4), (1714975200, 5);";
    let database = Database::new("what was selected is sorted", "", tables)?;
    let db = &database.prom;
    let mut wanted: Vec<Timestamp> = ["06:00", "07:00", "07:30", "08:00", "08:00"]
        .map(|time| format!("2024-05-06T{time}:00Z").parse().expect("a timestamp"))
        .into();
    let up = Selected::query().select_at().asc_selected().on(db).await?;
    assert_eq!(up.into_vec(), wanted);
    wanted.dedup();
    let groups = Selected::query().group_by_at().asc_selected().on(db).await?;
    assert_eq!(groups.into_vec(), wanted);
    let groups = Selected::query().group_by_at().limit(2).on(db).await?;
    assert_eq!(groups.into_vec(), wanted[..2]);
    let distinct = Selected::query().select_at().distinct().limit(2).on(db).await?;
    assert_eq!(distinct.into_vec(), wanted[..2]);
    Ok(())
}

#[prom::orm(table = "weight", created = none, updated = none)]
#[derive(Debug, Clone)]
struct Weight {
    #[field(unique)]
    n: f32,
}

#[tokio::test]
async fn a_unique_number_that_is_read_narrower_leaves_ties() -> Result<()> {
    let tables = "\
        CREATE TABLE weight (n REAL NOT NULL UNIQUE, _id INTEGER NOT NULL PRIMARY KEY); \
        INSERT INTO weight VALUES (0.1, 1), (0.10000000149011612, 2), (0.5, 3);";
    let database = Database::new("a number that is read narrower", "", tables)?;
    let query = || Weight::query().limit(3);
    let down = query().desc_n().on(&database.prom).get().await?;
    assert_eq!(down.iter().map(|row| row.id).collect::<Vec<_>>(), [3, 2, 1]);
    let sql = query().asc_n().on(&database.prom).render()?.text;
    assert!(sql.contains("\"_id\" LIMIT"), "{sql}");
    Ok(())
}
