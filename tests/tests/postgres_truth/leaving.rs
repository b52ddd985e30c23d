//! What prom does for itself in a transaction leaves nothing behind in it.

use prom::Result;
use prom::prelude::*;

use crate::setup::{connect, database};

#[prom::orm(created = none, updated = none)]
#[derive(Debug)]
struct Foo {
    bar: i64,
}

#[prom::orm(created = none, updated = none)]
#[derive(Debug)]
struct New {
    bar: i64,
}

#[tokio::test]
async fn a_stream_that_was_read_to_its_end_leaves_no_cursor() -> Result<()> {
    let database = database("cursor");
    let db = connect(&database.dsn(), "");
    for is_dropped in [true, false] {
        Foo::create_many((0..3_000).map(|bar| Foo::draft().bar(bar))).on(&db).await?;
        let tx = db.begin().await?;
        let mut rows = Foo::query().on(&tx).stream();
        let mut count = 0;
        while rows.try_next().await?.is_some() {
            count += 1;
        }
        assert_eq!(count, 3_000);
        let rows = (!is_dropped).then_some(rows);
        let emptied = prom::raw("TRUNCATE foo").on(&tx).execute().await;
        assert!(emptied.is_ok(), "{emptied:?}, the stream dropped: {is_dropped}");
        let open: i64 =
            prom::raw("SELECT count(*) FROM pg_cursors WHERE name LIKE 'prom%'").on(&tx).only().await?;
        assert_eq!(open, 0, "the stream dropped: {is_dropped}");
        drop(rows);
        tx.commit().await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_table_that_was_made_leaves_the_deadline_of_statements() -> Result<()> {
    let database = database("settings");
    let db = connect(&database.dsn(), "statement_timeout=20s");
    db.install(&[Foo::schema()]).await?;
    let tx = db.begin().await?;
    let read = || prom::raw("SELECT current_setting('statement_timeout')").on(&tx).only::<String>();
    let before = read().await?;
    New::create().bar(1).on(&tx).await?;
    assert_eq!(read().await?, before);
    tx.commit().await?;
    Ok(())
}
