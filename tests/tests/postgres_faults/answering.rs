//! Answers that get lost between the server and a pooler, which says so in its own
//! words: what may have been done is not done twice.

use std::sync::Arc;

use prom::prelude::*;
use prom::{Kind, Result};

use crate::answer::{Answers, CRASHED, Words, pooler, through};
use crate::setup::database;
use crate::{Half, pair};

/// Without a key that the database makes, many go by COPY.
#[prom::orm(id = none, created = none, updated = none)]
#[derive(Debug)]
struct Line {
    bar: i64,
}

/// None of them tells what came of the work.
const WORDS: [Words; 6] = [
    CRASHED,
    pooler("ERROR", "08P01", "server conn crashed?"),
    pooler("FATAL", "57P01", "terminating connection due to administrator command"),
    pooler("ERROR", "58000", "the pool is out of connections"),
    pooler("FATAL", "26000", "prepared statement did not exist"),
    Words::Nothing,
];

/// What writes outside a transaction, and the tag of what makes it last.
const WRITES: [(&str, &str); 12] = [
    ("create", "INSERT"),
    ("create many", "INSERT"),
    ("create more than a block", "COMMIT"),
    ("copy", "COMMIT"),
    ("upsert", "INSERT"),
    ("delete returning", "COMMIT"),
    ("save", "UPDATE"),
    ("update", "UPDATE"),
    ("update returning", "COMMIT"),
    ("delete", "DELETE"),
    ("raw", "INSERT"),
    ("transaction", "COMMIT"),
];

async fn write(db: &Connection, what: &str, bar: i64) -> Result<()> {
    let drafts = |count: i64| (0..count).map(move |half| Half::draft().bar(bar).half(half));
    match what {
        "create" => Half::create().bar(bar).half(0).on(db).await.map(drop),
        "create many" => Half::create_many(drafts(3)).on(db).await.map(drop),
        "create more than a block" => Half::create_many(drafts(5_001)).on(db).await.map(drop),
        "copy" => Line::create_many((0..600).map(|_| Line::draft().bar(bar))).on(db).await.map(drop),
        "upsert" => Half::create().bar(bar).half(0).on(db).upsert().await.map(drop),
        "save" => {
            let mut row = Half::query().eq_bar(-1).on(db).only().await?;
            row.half += 1;
            row.save().on(db).await
        }
        "update" => Half::query().eq_bar(-1).incr_half(1).on(db).update().await.map(drop),
        "update returning" => {
            Half::query().eq_bar(-1).incr_half(1).on(db).update().returning().await.map(drop)
        }
        "delete" => Half::query().eq_bar(-1).on(db).delete().await.map(drop),
        "delete returning" => Half::query().eq_bar(-1).on(db).delete().returning().await.map(drop),
        "raw" => {
            let sql = "INSERT INTO half (bar, half, _created, _updated) VALUES (:bar, 0, now(), now())";
            prom::raw(sql).bind("bar", bar).on(db).execute().await.map(drop)
        }
        "transaction" => pair(db, bar).await,
        _ => panic!("there is no {what}"),
    }
}

/// How many rows there are of `bar`, and what is in the row that was there before.
async fn state(others: &Connection, bar: i64) -> Result<(u64, Vec<i64>)> {
    let rows = Half::query().eq_bar(bar).on(others).count().await?;
    let lines = Line::query().eq_bar(bar).on(others).count().await?;
    let before = Half::query().eq_bar(-1).on(others).get().await?;
    Ok((rows + lines, before.iter().map(|it| it.half).collect()))
}

/// A table with one row, as each write finds it.
async fn prepare(others: &Connection) -> Result<()> {
    Half::query().on(others).delete_all().await?;
    Line::query().on(others).delete_all().await?;
    Half::create().bar(-1).half(0).on(others).await.map(drop)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_that_was_done_is_unknown_and_is_not_done_again() -> Result<()> {
    for (options, words) in [("prepare=on", &WORDS[..]), ("prepare=off", &WORDS[..1])] {
        let database = database(&options.replace('=', "_"));
        let (db, others, answers) = through(&database, options).await;
        for (what, tag) in WRITES {
            prepare(&others).await?;
            write(&db, what, 1).await?;
            // Without prepared statements nothing goes by COPY.
            let tag = if (what, options) == ("copy", "prepare=off") { "INSERT" } else { tag };
            let expected = state(&others, 1).await?;
            for words in words.iter().copied() {
                prepare(&others).await?;
                // The connection was used before, and the statement is prepared on it.
                write(&db, what, 1).await?;
                prepare(&others).await?;
                answers.replace(tag, words);
                let told = write(&db, what, 1).await;
                let told = told.map_err(|it| (it.kind(), it.is_retryable()));
                let case = format!("{what}, {options}, {words:?}");
                assert_eq!(told, Err((Kind::OutcomeUnknown, false)), "{case}");
                assert_eq!(answers.count(tag), 1, "{case}");
                assert_eq!(state(&others, 1).await?, expected, "{case}");
            }
        }
    }
    Ok(())
}

/// The server's own last words on a COMMIT may come after it was done.
#[tokio::test]
async fn a_commit_is_unknown_whoever_ends_the_connection() -> Result<()> {
    let database = database("last_words");
    let (db, others, answers) = through(&database, "").await;
    let codes = [
        ("FATAL", "57P01"),
        ("FATAL", "57P02"),
        ("FATAL", "08006"),
        ("PANIC", "53100"),
        ("ERROR", "57014"),
        ("ERROR", "08007"),
    ];
    for (severity, code) in codes {
        prepare(&others).await?;
        answers
            .replace("COMMIT", Words::Error { severity, code, text: "", routine: Some("ProcessInterrupts") });
        let mut tries = 0;
        let done = prom::retry!(3, {
            tries += 1;
            pair(&db, 1)
        });
        let error = done.expect_err("nobody knows");
        assert_eq!((error.kind(), tries), (Kind::OutcomeUnknown, 1), "{code}: {error:?}");
        assert_eq!(answers.count("COMMIT"), 1);
        assert!(pairs_of_one(&others).await);
    }
    Ok(())
}

async fn pairs_of_one(others: &Connection) -> bool {
    Half::query().eq_bar(1).on(others).count().await.expect("it counts") == 2
}

/// A transaction is undone with its connection, so that it can be run again; where
/// it is one of prom's own, prom does so.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_not_committed_is_done_on_another_connection() -> Result<()> {
    let database = database("undone");
    let (db, others, answers) = through(&database, "").await;
    prepare(&others).await?;
    for words in WORDS {
        let is_over = !matches!(words, Words::Error { code: "58000", .. });
        let own = [("create more than a block", "INSERT", 5_001), ("copy", "COPY", 600)];
        for (what, tag, whole) in own {
            prepare(&others).await?;
            write(&db, "update", 0).await?;
            prepare(&others).await?;
            answers.replace(tag, words);
            let told = write(&db, what, 1).await;
            let (rows, _) = state(&others, 1).await?;
            let case = format!("{what}, {words:?}: {told:?}, {rows} rows");
            assert_eq!(told.is_ok(), rows > 0, "{case}");
            assert_eq!(told.is_ok(), is_over, "{case}");
            assert!(told.is_ok() || told.is_err_and(|it| it.kind() != Kind::OutcomeUnknown), "{case}");
            assert!(rows == 0 || rows == whole, "{case}");
        }
        prepare(&others).await?;
        answers.replace("INSERT", words);
        let error = pair(&db, 1).await.expect_err("its connection was lost");
        assert_ne!(error.kind(), Kind::OutcomeUnknown, "{words:?}: {error:?}");
        assert_eq!(state(&others, 1).await?.0, 0, "{words:?}");
        pair(&db, 1).await?;
        assert!(pairs_of_one(&others).await);
    }
    Ok(())
}

#[tokio::test]
async fn a_read_is_asked_again() -> Result<()> {
    let database = database("reads");
    let (db, others, answers) = through(&database, "").await;
    prepare(&others).await?;
    for words in WORDS {
        if matches!(words, Words::Error { code: "58000", .. }) {
            continue;
        }
        let replace = |answers: &Arc<Answers>| answers.replace("SELECT", words);
        Half::query().on(&db).get().await?;
        replace(&answers);
        assert_eq!(Half::query().on(&db).get().await?.len(), 1, "{words:?}");
        replace(&answers);
        assert_eq!(Half::query().on(&db).count().await?, 1, "{words:?}");
        replace(&answers);
        assert!(Half::query().eq_bar(-1).on(&db).has().await?, "{words:?}");
        assert!(answers.count("SELECT") >= 2, "it was asked twice");
        // What it does is not known.
        replace(&answers);
        let told = prom::raw("SELECT count(*) FROM half").on(&db).one::<i64>().await;
        assert_eq!(told.map_err(|it| it.kind()), Err(Kind::OutcomeUnknown), "{words:?}");
        assert_eq!(answers.count("SELECT"), 1);
    }
    Ok(())
}

/// What a distributed engine says where a worker is down, and a foreign table where
/// its server is.
#[tokio::test]
async fn an_error_about_a_connection_of_the_servers_own_leaves_this_one_good() -> Result<()> {
    let database = database("workers");
    let db = crate::setup::connect(&database.dsn(), "max_connections=1");
    prepare(&db).await?;
    let pid = || prom::raw("SELECT pg_backend_pid()").on(&db).only::<i32>();
    let before = pid().await?;
    for code in ["08006", "08003", "57P01"] {
        let sql = format!(
            "CREATE OR REPLACE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN PERFORM nextval('tries'); RAISE EXCEPTION 'a worker is down' USING ERRCODE = '{code}'; END $$; \
             DROP SEQUENCE IF EXISTS tries; CREATE SEQUENCE tries; \
             CREATE OR REPLACE TRIGGER fail AFTER INSERT OR UPDATE ON half EXECUTE FUNCTION fail()"
        );
        database.query(&sql).expect("it is made");
        let ways = ["create", "create many", "upsert", "update", "raw", "transaction"];
        for (what, tries) in ways.into_iter().zip(1..) {
            let error = write(&db, what, 1).await.expect_err("it is refused");
            assert_eq!(error.kind(), Kind::Closed, "{what}, {code}: {error:?}");
            assert_eq!(rows_and_tries(&database), (1, tries), "{what}, {code}");
            assert_eq!(pid().await?, before, "{what}, {code}");
        }
    }
    Ok(())
}

/// How many rows there are, and how often a write was tried.
fn rows_and_tries(database: &prom_cluster::Database) -> (i64, i64) {
    let sql = "SELECT (SELECT count(*) FROM half), (SELECT last_value FROM tries)";
    let rows = database.query(sql).expect("it answers");
    let number = |at: usize| rows[0][at].as_deref().and_then(|it| it.parse().ok()).expect("a number");
    (number(0), number(1))
}

/// A COMMIT that is cancelled or ended while it is written to the disk is done, and
/// may be answered by an error of the server's.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_commit_that_was_done_is_called_refused() -> Result<()> {
    let cluster = prom_cluster::Cluster::builder()
        .durable()
        .setting("commit_delay", "50000")
        .setting("commit_siblings", "0")
        .setting("log_duration", "on")
        .start()
        .expect("a server");
    let db = crate::setup::connect(&cluster.dsn("postgres"), "max_connections=1&application_name=committing");
    let others = crate::setup::connect(&cluster.dsn("postgres"), "");
    pair(&db, -1).await?;
    let (mut unknown, mut refused, mut done) = (0, 0, 0);
    for round in 0..12_i64 {
        let how = if round % 2 == 0 { "pg_cancel_backend" } else { "pg_terminate_backend" };
        let is_pair = round % 4 < 2;
        let working = tokio::spawn({
            let db = db.clone();
            async move {
                match is_pair {
                    true => pair(&db, round).await,
                    false => Half::create().bar(round).half(0).on(&db).await.map(drop),
                }
            }
        });
        let mut tries = 0;
        while !working.is_finished() && tries < 1_000 {
            tries += 1;
            let sql = format!(
                "SELECT {how}(pid) FROM pg_stat_activity WHERE application_name = 'committing' \
                 AND state = 'active' AND (query LIKE '%COMMIT' OR query LIKE 'INSERT%')"
            );
            let sent = tokio::task::block_in_place(|| cluster.query("postgres", &sql));
            if !sent.expect("it answers").is_empty() {
                break;
            }
        }
        let told = working.await.expect("no panic");
        let rows = Half::query().eq_bar(round).on(&others).count().await?;
        match told {
            Ok(()) => {
                done += 1;
                assert!(rows > 0, "an acknowledged one is lost");
            }
            Err(error) if error.kind() == Kind::OutcomeUnknown => unknown += 1,
            Err(error) => {
                refused += 1;
                assert_eq!(rows, 0, "a refused one is there: {error:?}");
            }
        }
    }
    println!("{done} done, {refused} refused, {unknown} unknown");
    Ok(())
}
