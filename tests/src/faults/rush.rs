//! Many processes that are the first to use a database, all at once.

use std::collections::BTreeMap;
use std::time::Instant;

use prom::prelude::*;
use prom::{Error, Result, transaction};

use super::child::{aside, start, wait_for_go};
use crate::run::{dsn, in_scope};

#[prom::orm(table = "rush")]
#[derive(Debug)]
struct Rush {
    process: i64,
    task: i64,
}

/// The same table as a later version of a program has it.
#[prom::orm(table = "rush")]
#[derive(Debug)]
struct Wider {
    process: i64,
    task: i64,
    #[field(index)]
    more: Option<i64>,
}

const PROCESSES: u64 = 8;
const TASKS: i64 = 25;
const ROUNDS: usize = 2;

async fn both(process: i64, task: i64) -> Result<()> {
    Rush::create().process(process).task(task).await?;
    Wider::create().process(process).task(task).more(7).await.map(drop)
}

/// In a transaction what changes the table comes first: two that have written
/// to it and then both want to change it wait for each other on a server.
async fn wider_first(process: i64, task: i64) -> Result<()> {
    let mut wider = Wider::create().process(process).task(task).await?;
    Rush::create().process(process).task(task).await?;
    wider.more = Some(7);
    wider.save().await
}

/// A child: uses the table for the first time, in many tasks, and then a column
/// that is not there yet; half of them in a transaction.
pub(super) async fn rush(db: Connection, process: u64) -> Result<()> {
    let process = process.cast_signed();
    wait_for_go().await;
    let tasks: Vec<_> = (0..TASKS)
        .map(|task| {
            tokio::spawn(in_scope(&db, async move {
                match task % 2 {
                    0 => both(process, task).await,
                    _ => transaction(wider_first(process, task)).await,
                }
            }))
        })
        .collect();
    let mut ended = Ok(());
    for task in tasks {
        let done: Result<(), Error> = task.await.expect("it does not panic");
        if let Err(error) = done {
            eprintln!("process {process}: {error:?}");
            ended = Err(error);
        }
    }
    ended
}

behaviour! {
    /// Nobody meets an error, and every row is there.
    #[needs(durable, transactions)]
    async fn eight_processes_use_a_database_for_the_first_time_at_once() {
        for round in 0..ROUNDS {
            // Two hundred that write to one file at once are served in no order: some wait long.
            let dsn = dsn("rush").replace('#', "?pool_timeout=120s#");
            let is_file = dsn.starts_with("sqlite:");
            let dsn = if is_file { dsn.replace('#', "&timeout=120s#") } else { dsn };
            let began = Instant::now();
            let given = dsn.clone();
            aside(move || {
                let mut children: Vec<_> = (0..PROCESSES).map(|it| start("rush", &given, it)).collect();
                for it in &mut children {
                    assert_eq!(it.line().as_deref(), Some("ready"));
                }
                children.iter_mut().for_each(super::child::Started::go);
                children.into_iter().for_each(super::child::Started::end);
            })
            .await;
            let took = began.elapsed();
            let db = prom::configure(&dsn)?;
            db.scope(async {
                let mut found: BTreeMap<(i64, i64), Vec<Option<i64>>> = BTreeMap::new();
                for it in Wider::query().asc_id().await? {
                    found.entry((it.process, it.task)).or_default().push(it.more);
                }
                found.values_mut().for_each(|it| it.sort_unstable());
                assert_eq!(found.len(), 200);
                assert!(found.values().all(|it| it[..] == [None, Some(7)]), "{found:?}");
                db.close().await
            })
            .await?;
            println!("a rush, round {round}: {PROCESSES} processes of {TASKS} tasks, no error, in {took:?}");
        }
    }
}
