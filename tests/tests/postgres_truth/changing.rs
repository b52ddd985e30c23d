//! Tables that somebody else changes or makes, while connections know them otherwise.

use prom::prelude::*;
use prom::{Isolation, Kind, Result};

use crate::setup::{connect, database};

#[prom::orm(created = none, updated = none)]
#[derive(Debug)]
struct Foo {
    bar: i64,
}

#[prom::orm(created = none, updated = none)]
#[derive(Debug)]
struct Late {
    bar: i64,
}

/// On four connections of the pool the statement is prepared.
async fn warm(db: &Connection) -> Result<()> {
    let mut open = Vec::new();
    for _ in 0..4 {
        let tx = db.begin().await?;
        Foo::query().on(&tx).get().await?;
        open.push(tx);
    }
    for tx in open {
        tx.commit().await?;
    }
    Ok(())
}

const NARROW: &str = "ALTER TABLE foo ALTER COLUMN bar TYPE integer";
const WIDE: &str = "ALTER TABLE foo ALTER COLUMN bar TYPE bigint";

#[tokio::test]
async fn a_field_s_type_is_changed_and_nobody_notices() -> Result<()> {
    let database = database("notices");
    let db = connect(&database.dsn(), "max_connections=4");
    Foo::create_many((0..3).map(|bar| Foo::draft().bar(bar))).on(&db).await?;
    for sql in [NARROW, WIDE] {
        warm(&db).await?;
        database.query(sql).expect("it is changed");
        for _ in 0..5 {
            assert_eq!(Foo::query().on(&db).get().await?.len(), 3);
        }
    }
    // All of them at once.
    warm(&db).await?;
    database.query(NARROW).expect("it is changed");
    let read = || Foo::query().on(&db).get();
    let (a, b, c, d) = tokio::join!(read(), read(), read(), read());
    assert_eq!([a?, b?, c?, d?].map(|it| it.len()), [3; 4]);
    Ok(())
}

#[tokio::test]
async fn a_field_s_type_is_changed_and_a_transaction_is_tried_again() -> Result<()> {
    let database = database("again");
    let db = connect(&database.dsn(), "max_connections=4");
    Foo::create_many((0..3).map(|bar| Foo::draft().bar(bar))).on(&db).await?;
    for sql in [NARROW, WIDE] {
        warm(&db).await?;
        database.query(sql).expect("it is changed");
        for _ in 0..4 {
            let read = || prom::transaction(async { Foo::query().get().await }).on(&db);
            assert_eq!(prom::retry(3, read).await?.len(), 3);
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_table_that_is_younger_than_the_snapshot_is_found_by_another_try() -> Result<()> {
    let database = database("younger");
    let db = connect(&database.dsn(), "");
    db.install(&[Foo::schema()]).await?;
    let mut told = Vec::new();
    let done = prom::retry!(3, {
        let (told, database) = (&mut told, &database);
        prom::transaction(async move {
            Foo::query().count().await?;
            if told.is_empty() {
                let sql = "CREATE TABLE late (_id bigserial PRIMARY KEY, bar bigint NOT NULL)";
                database.query(sql).expect("it is made");
            }
            let done = Late::query().count().await;
            told.push(done.as_ref().err().map(|error| (error.kind(), error.is_retryable())));
            done
        })
        .isolation(Isolation::RepeatableRead)
        .on(&db)
    });
    assert_eq!(told[0], Some((Kind::SchemaChanged, true)), "{done:?}");
    assert_eq!(done?, 0, "{told:?}");
    Ok(())
}
