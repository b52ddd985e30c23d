//! What prom sends once more by itself, after an answer that says that a statement is
//! outdated or that a table is missing: only what surely did nothing.

use prom::prelude::*;
use prom::{Kind, Result};
use prom_cluster::Database;

use crate::setup::{connect, database};

#[prom::orm(created = none, updated = none)]
#[derive(Debug)]
struct Foo {
    bar: i64,
    note: Option<String>,
}

/// Each try is counted, also where it is undone.
fn prepare(database: &Database, body: &str) {
    let sql = format!(
        "DROP SEQUENCE IF EXISTS tries; CREATE SEQUENCE tries; \
         CREATE OR REPLACE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS \
         $$ BEGIN PERFORM nextval('tries'); {body}; RETURN NULL; END $$; \
         CREATE OR REPLACE TRIGGER fail AFTER INSERT OR UPDATE OR DELETE ON foo EXECUTE FUNCTION fail()"
    );
    database.query(&sql).expect("it is made");
}

fn number(database: &Database, sql: &str) -> i64 {
    let rows = database.query(sql).expect("it answers");
    rows[0][0].as_deref().and_then(|it| it.parse().ok()).expect("a number")
}

fn rows(database: &Database) -> i64 {
    number(database, "SELECT count(*) FROM foo")
}

/// How often it was tried since the last time.
fn tries(database: &Database) -> i64 {
    let tries = number(database, "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM tries");
    database.query("ALTER SEQUENCE tries RESTART").expect("it is reset");
    tries
}

#[tokio::test]
async fn a_procedure_that_commits_and_then_fails_is_called_once() -> Result<()> {
    let database = database("procedures");
    let db = connect(&database.dsn(), "max_connections=1");
    db.install(&[Foo::schema()]).await?;
    let failures = [
        "RAISE EXCEPTION 'secret' USING ERRCODE = '26000'",
        "RAISE EXCEPTION 'secret' USING ERRCODE = '0A000'",
        "RAISE EXCEPTION 'secret' USING ERRCODE = '08006'",
        "EXECUTE 'EXECUTE there_is_none'",
    ];
    for failure in failures {
        let sql = format!(
            "CREATE OR REPLACE PROCEDURE step() LANGUAGE plpgsql AS \
             $$ BEGIN INSERT INTO foo (bar) VALUES (1); COMMIT; {failure}; END $$"
        );
        database.query(&sql).expect("it is made");
        for sql in ["CALL step()", "DO $$ BEGIN CALL step(); END $$"] {
            for is_fetched in [false, true] {
                let before = rows(&database);
                let error = match is_fetched {
                    true => prom::raw(sql).on(&db).all::<i64>().await.map(drop),
                    false => prom::raw(sql).on(&db).execute().await.map(drop),
                };
                let error = error.expect_err("it fails");
                assert_eq!(rows(&database), before + 1, "{sql}, {failure}: {error:?}");
                assert!(!format!("{error:?}").contains("secret"), "{error:?}");
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn what_fails_by_an_error_of_a_trigger_or_a_function_is_tried_once() -> Result<()> {
    let database = database("triggers");
    let db = connect(&database.dsn(), "max_connections=1");
    let mut foo = Foo::create().bar(1).on(&db).await?;
    let function = "CREATE OR REPLACE FUNCTION ins() RETURNS int LANGUAGE sql \
                    AS 'INSERT INTO foo (bar) VALUES (2) RETURNING 1'";
    database.query(function).expect("it is made");
    let failures = [
        "RAISE EXCEPTION 'x' USING ERRCODE = '26000'",
        "RAISE EXCEPTION 'x' USING ERRCODE = '0A000'",
        "RAISE EXCEPTION 'x' USING ERRCODE = '42P01'",
        "EXECUTE 'EXECUTE there_is_none'",
        "EXECUTE 'SELECT FROM there_is_none'",
    ];
    for failure in failures {
        prepare(&database, failure);
        foo.bar += 1;
        let told = [
            ("create", Foo::create().bar(2).on(&db).await.map(drop)),
            (
                "create many",
                Foo::create_many([2, 3].map(|bar| Foo::draft().bar(bar))).on(&db).await.map(drop),
            ),
            ("save", foo.save().on(&db).await),
            ("update", Foo::query().eq_bar(1).set_bar(2).on(&db).update().await.map(drop)),
            ("returning", Foo::query().eq_bar(1).set_bar(2).on(&db).update().returning().await.map(drop)),
            ("delete", Foo::query().eq_bar(1).on(&db).delete().await.map(drop)),
            ("raw", prom::raw("INSERT INTO foo (bar) VALUES (2)").on(&db).execute().await.map(drop)),
            ("function", prom::raw("SELECT ins()").on(&db).one::<i64>().await.map(drop)),
        ];
        let count = i64::try_from(told.len()).expect("a small number");
        for (what, done) in told {
            let error = done.expect_err("it fails");
            assert!(!error.is_retryable() || error.kind() == Kind::SchemaChanged, "{what}: {error:?}");
        }
        assert_eq!((tries(&database), rows(&database)), (count, 1), "{failure}");
        assert_eq!(Foo::query().eq_bar(1).on(&db).count().await?, 1, "{failure}");
    }
    Ok(())
}

/// Where something of the model's had vanished, the statement is sent once more: what
/// it did before it failed was undone.
#[tokio::test]
async fn what_is_repeated_after_a_repair_leaves_nothing_of_the_first_try() -> Result<()> {
    let database = database("repairs");
    let db = connect(&database.dsn(), "max_connections=1");
    Foo::create().bar(1).on(&db).await?;
    let fails_once = "IF NOT EXISTS (SELECT FROM information_schema.columns \
                      WHERE table_name = 'foo' AND column_name = 'note') \
                      THEN EXECUTE 'SELECT FROM there_is_none'; END IF";
    prepare(&database, fails_once);
    for is_returning in [false, true] {
        database.query("ALTER TABLE foo DROP COLUMN note").expect("it is dropped");
        tries(&database);
        let before = number(&database, "SELECT bar FROM foo");
        let change = || Foo::query().gt_bar(0).incr_bar(1).on(&db).update();
        match is_returning {
            true => drop(change().returning().await?),
            false => drop(change().await?),
        }
        assert_eq!(number(&database, "SELECT bar FROM foo"), before + 1);
        // What is returned names all columns, so that it was refused before it was executed.
        assert_eq!(tries(&database), if is_returning { 1 } else { 2 });
    }
    Ok(())
}

#[tokio::test]
async fn an_outdated_statement_is_prepared_anew_and_done_once() -> Result<()> {
    let database = database("outdated");
    let db = connect(&database.dsn(), "max_connections=1");
    Foo::create().bar(1).on(&db).await?;
    prepare(&database, "NULL");
    let work = async |what: &str| match what {
        "raw" => {
            prom::raw("INSERT INTO foo (bar) VALUES (5) RETURNING bar").on(&db).one::<i64>().await.map(drop)
        }
        "create" => Foo::create().bar(5).on(&db).await.map(drop),
        "many" => Foo::create_many((0..5_001).map(|_| Foo::draft().bar(5))).on(&db).await.map(drop),
        _ => Foo::query().eq_bar(1).incr_bar(0).on(&db).update().returning().await.map(drop),
    };
    let mut types = ["integer", "bigint"].into_iter().cycle();
    for (what, new, statements) in [("raw", 1, 1), ("create", 1, 1), ("many", 5_001, 2), ("returning", 0, 1)]
    {
        for ty in types.by_ref().take(2) {
            work(what).await?;
            let sql = format!("ALTER TABLE foo ALTER COLUMN bar TYPE {ty}, ALTER COLUMN _id TYPE {ty}");
            database.query(&sql).expect("it is changed");
            tries(&database);
            let before = rows(&database);
            work(what).await.inspect_err(|error| println!("{what}: {error:?}"))?;
            assert_eq!((rows(&database), tries(&database)), (before + new, statements), "{what}");
        }
    }
    Ok(())
}

/// Without prepared statements the driver asks for the types of what is returned once
/// the statement is on its way, by statements that a pooler may have lost.
#[tokio::test]
async fn a_type_that_cannot_be_looked_up_repeats_nothing() -> Result<()> {
    let database = database("types");
    let db = connect(&database.dsn(), "max_connections=1&prepare=off");
    let sql = "CREATE TYPE mood AS ENUM ('fine'); CREATE TYPE hue AS ENUM ('red'); \
               CREATE TABLE moods (mood mood); CREATE TABLE hues (hue hue); \
               CREATE FUNCTION forget() RETURNS int LANGUAGE plpgsql \
               AS $$ BEGIN EXECUTE 'DEALLOCATE ALL'; RETURN 1; END $$";
    database.query(sql).expect("it is made");
    let insert = |sql: &'static str| prom::raw(sql).on(&db).one::<String>();
    assert_eq!(insert("INSERT INTO moods VALUES ('fine') RETURNING mood").await?.as_deref(), Some("fine"));
    // On this connection, as another one of the server's would not know them.
    prom::raw("SELECT forget()").on(&db).one::<i64>().await?;
    let told = insert("INSERT INTO hues VALUES ('red') RETURNING hue").await;
    assert_eq!(number(&database, "SELECT count(*) FROM hues"), 1, "{told:?}");
    assert_eq!(told.map_err(|it| it.kind()), Err(Kind::OutcomeUnknown));
    Ok(())
}
