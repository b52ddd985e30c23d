//! What is not tried again, since it may have happened, or did.

use prom::prelude::*;
use prom::{Error, Kind, Result};

use crate::calm::until_calm;
use crate::setup::{connect, database};

#[prom::orm(created = none, updated = none)]
#[derive(Debug)]
struct Foo {
    bar: i64,
}

/// Fails within a transaction of its own, in a way that another try might not.
async fn busy(db: &Connection) -> Result<()> {
    let done = prom::transaction(async {
        prom::raw("SELECT set_config('lock_timeout', '50ms', true)").all::<String>().await?;
        prom::raw("SELECT count(*) FROM held").one::<i64>().await
    });
    let error = done.on(db).await.expect_err("it is locked");
    assert!(error.kind() == Kind::Busy && error.is_retryable(), "{error:?}");
    Ok(())
}

#[tokio::test]
async fn a_commit_of_which_nobody_knows() -> Result<()> {
    let database = database("unknown");
    let db = connect(&database.dsn(), "statement_timeout=1s");
    let others = connect(&database.dsn(), "");
    db.install(&[Foo::schema()]).await?;
    let sql = "CREATE TABLE held (a int); \
               CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql \
               AS 'BEGIN PERFORM pg_sleep(6); RETURN NULL; END'; \
               CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON foo DEFERRABLE INITIALLY DEFERRED \
               FOR EACH ROW EXECUTE FUNCTION slow()";
    database.query(sql).expect("it is made");
    let lock = others.begin().await?;
    prom::raw("LOCK TABLE held IN ACCESS EXCLUSIVE MODE").on(&lock).execute().await?;
    let mut tries = 0;
    let done = prom::retry!(3, {
        tries += 1;
        prom::transaction(async {
            // The server shall not end the commit by itself.
            prom::raw("SELECT set_config('statement_timeout', '0', true)").all::<String>().await?;
            busy(&db).await?;
            Foo::create().bar(1).await
        })
        .on(&db)
    });
    let error = done.expect_err("it takes too long");
    assert_eq!((error.kind(), tries), (Kind::OutcomeUnknown, 1), "{error:?}");
    drop(lock);
    until_calm(&database).await;
    assert!(Foo::query().on(&others).count().await? < 2, "it happened twice");
    Ok(())
}

/// An error of the program's own, which says nothing of what was before.
#[derive(Debug)]
struct Own;

impl From<Error> for Own {
    fn from(_: Error) -> Self {
        Self
    }
}

#[tokio::test]
async fn one_whose_transaction_was_committed() -> Result<()> {
    let database = database("committed");
    let (db, others) = (connect(&database.dsn(), ""), connect(&database.dsn(), ""));
    db.install(&[Foo::schema()]).await?;
    database.query("CREATE TABLE held (a int)").expect("it is made");
    let lock = others.begin().await?;
    prom::raw("LOCK TABLE held IN ACCESS EXCLUSIVE MODE").on(&lock).execute().await?;
    let mut tries = 0;
    let done = prom::retry!(3, async {
        tries += 1;
        busy(&db).await?;
        prom::transaction(async { Foo::create().bar(1).await }).on(&db).await?;
        Err::<(), Own>(Own)
    });
    assert!(done.is_err());
    assert_eq!((tries, Foo::query().on(&others).count().await?), (1, 1));
    Ok(())
}
