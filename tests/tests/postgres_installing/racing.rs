//! First use by many tasks of many processes at once.

use std::process::{Command, Stdio};

use prom::Result;
use prom::prelude::*;

use crate::setup::{connect, database};

mod old {
    use super::*;

    #[prom::orm(unique(name))]
    #[derive(Debug)]
    pub(super) struct Hall {
        pub(super) name: String,
    }

    #[prom::orm]
    #[derive(Debug)]
    pub(super) struct Seat {
        #[field(index)]
        pub(super) number: i64,
        pub(super) hall_id: Ref<Hall>,
    }
}

mod new {
    use super::*;

    #[prom::orm(unique(name))]
    #[derive(Debug)]
    pub(super) struct Hall {
        pub(super) name: String,
        pub(super) city: Option<String>,
    }

    #[prom::orm]
    #[derive(Debug)]
    pub(super) struct Seat {
        #[field(index)]
        pub(super) number: i64,
        pub(super) hall_id: Ref<Hall>,
        #[field(index)]
        pub(super) row: Option<i64>,
        #[field(default = false)]
        pub(super) folds: bool,
    }
}

async fn sit(is_new: bool, number: i64) -> Result<()> {
    // Who is in a transaction begins with what is made last: who holds a table that another wants to refer to,
    // and waits to make one himself, would be in a deadlock.
    match is_new {
        true => new::Seat::query().limit(1).get().await.map(drop)?,
        false => old::Seat::query().limit(1).get().await.map(drop)?,
    }
    let name = format!("{} {number}", if is_new { "new" } else { "old" });
    if is_new {
        let hall = new::Hall::create().name(name).city("Kiel").await?;
        new::Seat::create().number(number).hall_id(&hall).row(7).await.map(drop)
    } else {
        let hall = old::Hall::create().name(name).await?;
        old::Seat::create().number(number).hall_id(&hall).await.map(drop)
    }
}

const PROCESSES: i64 = 8;
const TASKS: i64 = 25;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn child(dsn: &str, is_new: bool, process: i64) {
    let db = connect(dsn, "max_connections=5&pool_timeout=30s");
    let tasks: Vec<_> = (0..TASKS)
        .map(|task| {
            let (db, number) = (db.clone(), process * TASKS + task);
            tokio::spawn(async move {
                match task % 2 {
                    0 => prom::transaction(sit(is_new, number)).on(&db).await,
                    _ => db.scope(sit(is_new, number)).await,
                }
            })
        })
        .collect();
    let mut errors = 0;
    for it in tasks {
        if let Err(error) = it.await.expect("no panic") {
            errors += 1;
            eprintln!("{error:?}");
        }
    }
    assert_eq!(errors, 0);
}

#[test]
fn eight_processes_make_the_same_tables_and_columns() {
    const NAME: &str = "racing::eight_processes_make_the_same_tables_and_columns";
    if let (Ok(dsn), Ok(round)) = (std::env::var("CHILD_DSN"), std::env::var("CHILD_ROUND")) {
        let process = std::env::var("CHILD").expect("its number").parse().expect("a number");
        return child(&dsn, round == "new", process);
    }
    for _ in 0..2 {
        let database = database("racing");
        for round in ["old", "new"] {
            let children: Vec<_> = (0..PROCESSES)
                .map(|process| {
                    Command::new(std::env::current_exe().expect("this test"))
                        .args(["--exact", NAME, "--nocapture"])
                        .envs([("CHILD_DSN", database.dsn()), ("CHILD_ROUND", round.to_owned())])
                        .env("CHILD", process.to_string())
                        .stdout(Stdio::null())
                        .stderr(Stdio::piped())
                        .spawn()
                        .expect("it runs")
                })
                .collect();
            for it in children {
                let output = it.wait_with_output().expect("it ends");
                assert!(output.status.success(), "{round}: {}", String::from_utf8_lossy(&output.stderr));
            }
        }
        let sql = "SELECT (SELECT count(*) FROM hall), (SELECT count(*) FROM seat), \
                   (SELECT count(*) FROM seat WHERE \"row\" = 7 AND NOT folds), \
                   (SELECT count(*) FROM pg_indexes WHERE tablename IN ('hall', 'seat'))";
        let counts = database.query(sql).expect("it counts").remove(0);
        // Two keys, the unique name, and those on number, hall_id and row.
        let counts: Vec<_> = counts.into_iter().flatten().collect();
        assert_eq!(counts, ["400", "400", "200", "6"]);
    }
}
