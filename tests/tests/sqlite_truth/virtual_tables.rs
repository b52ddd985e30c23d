//! Tables whose rows a module of SQLite's stores.

use prom::prelude::*;
use prom::{Kind, Result};

use super::database::{Database, PLACES, refused};

#[prom::orm(table = "box", created = none, updated = none)]
#[derive(Debug, Clone, PartialEq)]
struct Area {
    #[field(pk)]
    id: i64,
    low: f64,
    high: f64,
}

/// An R-tree rounds to 32 bits, and gives no rows back from an UPDATE.
#[tokio::test]
async fn what_an_r_tree_rounds_is_in_memory() -> Result<()> {
    let database = Database::new("r-tree", "", "CREATE VIRTUAL TABLE box USING rtree(id, low, high)")?;
    let db = &database.prom;
    for place in PLACES {
        let mut row = place.run(&database, Area::create().id(1).low(0.1).high(0.2).on(db).insert()).await?;
        assert!(row.low <= 0.1 && row.high >= 0.2 && row.low != 0.1);
        assert_eq!(Area::find(1).on(db).await?, Some(row.clone()));
        row.high = 0.7;
        place.run(&database, async { row.save().on(db).await }).await?;
        assert_eq!((row.is_modified(), Area::find(1).on(db).await?), (false, Some(row.clone())));
        row.id = 2;
        place.run(&database, async { row.save().on(db).await }).await?;
        assert_eq!(Area::find(2).on(db).await?, Some(row.clone()));
        assert_eq!(Area::query().set_high(9.0).on(db).update_all().await?, 1);
        let gone = row.clone();
        assert!(place.run(&database, row.delete().on(db).delete()).await?);
        assert_eq!(database.rows("SELECT * FROM box"), [""; 0]);
        let mut gone = gone;
        gone.low = -1.0;
        refused(place.run(&database, async { gone.save().on(db).await }).await, Kind::NotFound);
    }
    Ok(())
}

#[prom::orm(table = "page", created = none, updated = none)]
#[derive(Debug, Clone, PartialEq)]
struct Page {
    #[field(pk)]
    id: String,
    body: String,
}

#[tokio::test]
async fn a_full_text_table_is_written_like_another() -> Result<()> {
    let database = Database::new("full text", "", "CREATE VIRTUAL TABLE page USING fts5(id, body)")?;
    let db = &database.prom;
    for place in PLACES {
        let mut row = place.run(&database, Page::create().id("a").body("one").on(db).insert()).await?;
        row.body = "two".into();
        place.run(&database, async { row.save().on(db).await }).await?;
        assert_eq!(Page::find("a").on(db).await?, Some(row.clone()));
        assert_eq!(database.rows("SELECT id FROM page WHERE page MATCH 'two'"), ["a"]);
        assert!(place.run(&database, row.delete().on(db).delete()).await?);
        assert_eq!(database.rows("SELECT id FROM page"), [""; 0]);
    }
    Ok(())
}
