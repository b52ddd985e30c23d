//! PgBouncer in transaction mode: each transaction may run on another connection
//! of the server's, and whatever is left on one is somebody else's.

use std::process::{Command, Stdio};
use std::time::Duration;

use prom::Result;
use prom::prelude::*;
use prom_cluster::Cluster;

use crate::random::Random;
use crate::setup::connect;

#[prom::orm]
#[derive(Debug)]
struct Account {
    /// Which task's it is.
    owner: i64,
    #[field(index)]
    amount: i64,
}

/// What is made at first use, under everybody's eyes.
#[prom::orm(unique(owner, number))]
#[derive(Debug)]
struct Entry {
    owner: i64,
    number: i64,
    account_id: Ref<Account>,
}

const PROCESSES: i64 = 6;
const TASKS: i64 = 2;
const EACH: i64 = 250;

/// One operation of any kind; gives how many entries there are more.
async fn step(db: &Connection, account: &mut Account, number: i64, random: &mut Random) -> Result<i64> {
    let owner = account.owner;
    let enter = async |number: i64, account: &Account| {
        Entry::create().owner(owner).number(number).account_id(account).await.map(drop)
    };
    match random.below(8) {
        0 => {
            account.amount += 1;
            account.save().on(db).await?;
            let seen = Account::query().eq_id(account.id).on(db).only().await?;
            assert_eq!(seen.amount, account.amount);
            Ok(0)
        }
        1 => {
            let account = &*account;
            db.scope(enter(number, account)).await?;
            Ok(1)
        }
        2 => {
            let account = &*account;
            let twice = async {
                enter(number, account).await?;
                enter(-number, account).await
            };
            prom::transaction(twice).on(db).await?;
            Ok(2)
        }
        3 => {
            let account = &*account;
            let nested = async {
                enter(number, account).await?;
                let undone = prom::transaction(enter(number, account));
                assert_eq!(undone.await.expect_err("it is there").kind(), prom::Kind::Unique);
                prom::transaction(enter(-number, account)).await
            };
            prom::transaction(nested).on(db).await?;
            Ok(2)
        }
        4 => {
            let mut rows = Entry::query().eq_owner(owner).asc_number().on(db).stream();
            let mut last = i64::MIN;
            while let Some(row) = rows.try_next().await? {
                assert!(row.number > last);
                last = row.number;
            }
            Ok(0)
        }
        5 => {
            let drafts = (0..1_100).map(|it| Account::draft().owner(-owner - 1).amount(it));
            Account::create_many(drafts).on(db).await?;
            let mut rows = Account::query().eq_owner(-owner - 1).asc_id().on(db).stream();
            for it in 0..1_100 {
                assert_eq!(rows.try_next().await?.map(|it| it.amount), Some(it));
            }
            drop(rows);
            let gone = Account::query().eq_owner(-owner - 1).on(db).delete().await?;
            assert_eq!(gone, 1_100);
            Ok(0)
        }
        6 => {
            let count: i64 =
                prom::raw("SELECT count(*) FROM entry WHERE owner = :owner AND number > :number")
                    .bind("owner", owner)
                    .bind("number", number)
                    .on(db)
                    .only()
                    .await?;
            assert_eq!(count, 0);
            Ok(0)
        }
        _ => {
            let slow = prom::transaction(async {
                Account::query().eq_id(account.id).incr_amount(1_000_000).update().await?;
                // Idle, or at a statement that has to be cancelled.
                match number % 2 {
                    0 => prom::raw("SELECT 1 FROM pg_sleep(5)").all::<i64>().await.map(drop),
                    _ => {
                        tokio::time::sleep(Duration::from_secs(5)).await;
                        Ok(())
                    }
                }
            });
            let time = Duration::from_micros(random.below(3_000));
            assert!(tokio::time::timeout(time, slow.on(db)).await.is_err(), "it was to be dropped");
            Ok(0)
        }
    }
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn child(dsn: &str, process: i64) {
    let db = connect(dsn, "prepare=off&max_connections=3&pool_timeout=30s");
    let tasks: Vec<_> = (0..TASKS)
        .map(|task| {
            let (db, owner) = (db.clone(), process * TASKS + task);
            tokio::spawn(async move {
                let mut random = Random(owner.unsigned_abs());
                let mut account = Account::create().owner(owner).amount(0).on(&db).await?;
                // A raw statement makes no table.
                let mut count = i64::from(Entry::query().eq_owner(owner).on(&db).has().await?);
                for number in 1..=EACH {
                    count += step(&db, &mut account, number, &mut random).await?;
                }
                assert_eq!(Entry::query().eq_owner(owner).on(&db).count().await?, count.unsigned_abs());
                let seen = Account::query().eq_owner(owner).on(&db).only().await?;
                assert_eq!(seen.amount, account.amount, "what was dropped is undone");
                Ok::<_, prom::Error>(())
            })
        })
        .collect();
    for it in tasks {
        if let Err(error) = it.await.expect("no panic") {
            panic!("{error:?}");
        }
    }
    db.close().await.expect("it is closed");
}

#[test]
fn six_processes_share_three_connections() {
    const NAME: &str = "pgbouncer::six_processes_share_three_connections";
    if let (Ok(dsn), Ok(process)) = (std::env::var("CHILD_DSN"), std::env::var("CHILD")) {
        return child(&dsn, process.parse().expect("a number"));
    }
    let cluster = Cluster::start().expect("a server");
    let database = cluster.database("pgbouncer").expect("a database");
    let pgbouncer = cluster.pgbouncer(3).expect("a PgBouncer");
    let dsn = pgbouncer.dsn(database.name());
    let children: Vec<_> = (0..PROCESSES)
        .map(|process| {
            Command::new(std::env::current_exe().expect("this test"))
                .args(["--exact", NAME, "--nocapture"])
                .env("CHILD_DSN", &dsn)
                .env("CHILD", process.to_string())
                .stdout(Stdio::null())
                .stderr(Stdio::piped())
                .spawn()
                .expect("it runs")
        })
        .collect();
    for it in children {
        let output = it.wait_with_output().expect("it ends");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    // The server's connections are as they came; what is not is shown with who is at it.
    let others = || {
        let sql = "SELECT pid, backend_type, state, wait_event, query, \
                   (SELECT array_agg(locktype || ' ' || mode) FROM pg_locks held WHERE held.pid = client.pid) \
                   FROM pg_stat_activity client WHERE pid <> pg_backend_pid()";
        cluster.query("postgres", sql)
    };
    for _ in 0..10 {
        let sql = "SELECT current_setting('statement_timeout'), current_setting('lock_timeout'), \
                   (SELECT count(*) FROM pg_prepared_statements), (SELECT count(*) FROM pg_cursors), \
                   (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory')";
        let state = pgbouncer.address().query(database.name(), sql);
        let state = state.unwrap_or_else(|error| panic!("{error}: {:#?}", others()));
        let state: Vec<_> = state.into_iter().flatten().flatten().collect();
        assert_eq!(state, ["0", "0", "0", "0", "0"], "{:#?}", others());
    }
}
