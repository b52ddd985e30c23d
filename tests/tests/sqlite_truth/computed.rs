//! Columns that the database computes are sent only where the user has changed them.

use prom::prelude::*;
use prom::{Error, Kind, Result, transaction};

use super::database::{Database, PLACES};

#[prom::orm(table = "product", unique(name))]
#[derive(Debug, Clone, PartialEq)]
struct Product {
    name: String,
    price: i64,
    doubled: Option<i64>,
    #[field(default = 0)]
    tripled: i64,
}

#[prom::orm(table = "product", track = false)]
#[derive(Debug, Clone, PartialEq)]
struct Untracked {
    name: String,
    price: i64,
    doubled: Option<i64>,
    #[field(default = 0)]
    tripled: i64,
}

const TABLE: &str = "CREATE TABLE product (_id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, \
     price INTEGER NOT NULL, doubled INTEGER GENERATED ALWAYS AS (price * 2) VIRTUAL, \
     tripled INTEGER NOT NULL GENERATED ALWAYS AS (price * 3) STORED, \
     _created TIMESTAMP, _updated TIMESTAMP)";

const ROWS: &str = "SELECT name, price, doubled, tripled FROM product ORDER BY _id";

/// Runs `work` in a transaction that is rolled back.
async fn undone<T>(db: &Connection, work: impl Future<Output = Result<T>> + Send) {
    let work = transaction(async {
        work.await?;
        Err::<(), _>(Error::new(Kind::Invalid, "not today"))
    });
    assert_eq!(work.on(db).await.err().map(|error| error.to_string().contains("not today")), Some(true));
}

#[tokio::test]
async fn a_row_of_an_undone_transaction_is_saved_without_them() -> Result<()> {
    let database = Database::new("computed undone", "", TABLE)?;
    let db = &database.prom;
    Product::create().name("a").price(5).on(db).await?;
    let mut read = None;
    undone(db, async {
        Product::create().name("b").price(1).await?;
        read = Product::query().eq_name("a").one().await?;
        Ok(())
    })
    .await;
    let mut row = read.expect("it was read");
    row.price = 6;
    row.save().on(db).await?;
    assert_eq!((row.doubled, row.tripled, row.is_modified()), (Some(12), 18, false));
    undone(db, async {
        row.price = 7;
        row.save().await
    })
    .await;
    assert_eq!(row.doubled, Some(14));
    row.save().on(db).await?;
    assert_eq!((row.doubled, row.tripled, row.is_modified()), (Some(14), 21, false));
    undone(db, async {
        row.price = 8;
        row.save().await
    })
    .await;
    // Set back, nothing is to be saved, and what was computed is that of the database again.
    row.price = 7;
    row.save().on(db).await?;
    assert_eq!(Product::query().on(db).only().await?, row);
    assert!(!row.is_modified());
    row.price = 9;
    row.save().on(db).await?;
    assert_eq!(Product::query().on(db).only().await?, row);
    assert_eq!(database.rows(ROWS), ["a|9|18|27"]);
    row.tripled = 1;
    assert!(row.save().on(db).await.is_err(), "SQLite refuses it");
    Ok(())
}

#[tokio::test]
async fn a_draft_of_a_row_is_created_without_them() -> Result<()> {
    let database = Database::new("computed drafts", "", TABLE)?;
    let db = &database.prom;
    let row = Product::create().name("a").price(5).on(db).await?;
    for place in PLACES {
        let draft = |name: &str| row.clone().into_draft().name(name).price(1);
        let one = place.run(&database, draft("b").on(db).insert()).await?;
        assert_eq!((one.doubled, one.tripled), (Some(2), 3));
        let many = Product::create_many([draft("c"), draft("d").price(2)]).on(db);
        let many = place.run(&database, many.insert()).await?;
        assert_eq!(many.iter().map(|row| row.tripled).collect::<Vec<_>>(), [3, 6]);
        let met = place.run(&database, draft("c").price(4).on(db).upsert()).await?;
        assert_eq!((met.id, met.doubled), (many[0].id, Some(8)));
        let found = place.run(&database, draft("c").on(db).find_or_create()).await?;
        assert_eq!(found, (met, false));
        assert_eq!(database.rows(ROWS), ["a|5|10|15", "b|1|2|3", "c|4|8|12", "d|2|4|6"]);
        let given = place.run(&database, draft("e").tripled(1).on(db).insert()).await;
        assert!(given.is_err(), "what was set by hand, SQLite refuses");
        for row in Product::query().ne_name("a").on(db).await? {
            row.delete().on(db).await?;
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_model_that_does_not_track_is_saved_without_them() -> Result<()> {
    let database = Database::new("computed untracked", "", TABLE)?;
    let db = &database.prom;
    let mut row = Untracked::create().name("a").price(5).on(db).await?;
    row.price = 6;
    row.save().on(db).await?;
    assert_eq!((row.doubled, row.tripled), (Some(12), 18));
    assert_eq!(database.rows(ROWS), ["a|6|12|18"]);
    Ok(())
}

#[tokio::test]
async fn a_row_is_saved_on_another_connection_without_them() -> Result<()> {
    let (here, there) = (Database::new("here", "", TABLE)?, Database::new("there", "", TABLE)?);
    let mut row = Product::create().name("a").price(5).on(&here.prom).await?;
    Product::create().name("b").price(1).on(&there.prom).await?;
    for price in [7, 8] {
        row.price = price;
        row.save().on(&there.prom).await?;
        assert_eq!(Product::query().on(&there.prom).only().await?, row);
    }
    row.save().await?;
    assert_eq!(here.rows(ROWS), there.rows(ROWS));
    assert_eq!(here.rows(ROWS), ["a|8|16|24"]);
    Ok(())
}
