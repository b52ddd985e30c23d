//! What is told of rows that are written is so.

use prom::prelude::*;
use prom::{Kind, Result};

use crate::setup::{connect, database};

/// Many rows of it go by COPY, the key being given.
#[prom::orm(created = none, updated = none)]
#[derive(Debug)]
struct Keyed {
    #[field(pk)]
    bar: i64,
    half: i64,
}

#[prom::orm(created = none, updated = none)]
#[derive(Debug)]
struct Written {
    bar: i64,
}

#[tokio::test]
async fn many_rows_that_are_refused_at_their_end_are_refused() -> Result<()> {
    let database = database("refused");
    let db = connect(&database.dsn(), "");
    db.install(&[Keyed::schema()]).await?;
    let sql = "ALTER TABLE keyed ADD CONSTRAINT later UNIQUE (half) DEFERRABLE INITIALLY DEFERRED";
    database.query(sql).expect("it is changed");
    for count in [400, 600] {
        let drafts = (0..count).map(|bar| Keyed::draft().bar(bar).half(1));
        let done = Keyed::create_many(drafts).on(&db).await;
        let kept = Keyed::query().on(&db).count().await?;
        let told = done.map(|rows| rows.len()).map_err(|error| error.kind());
        assert_eq!((told, kept), (Err(Kind::Unique), 0), "of {count} rows");
    }
    Ok(())
}

#[tokio::test]
async fn a_query_of_which_one_row_is_wanted_does_all_it_does() -> Result<()> {
    let database = database("does_all");
    let db = connect(&database.dsn(), "");
    db.install(&[Written::schema()]).await?;
    let sql = "CREATE FUNCTION ins(it int) RETURNS int LANGUAGE sql VOLATILE \
               AS 'INSERT INTO written (bar) VALUES (it) RETURNING 1'";
    database.query(sql).expect("it is made");
    for round in 1..=20 {
        let first = prom::raw("SELECT ins(g) FROM generate_series(1, 3000) g").on(&db).one::<i64>().await?;
        assert_eq!(first, Some(1));
        assert_eq!(Written::query().on(&db).count().await?, round * 3_000, "in round {round}");
    }
    Ok(())
}
