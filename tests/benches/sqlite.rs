//! prom beside raw rusqlite and bare tokio-rusqlite, in one run: what counts is
//! the ratio. `cargo bench -p prom-tests --bench sqlite`
//!
//! Rounds of the three are interleaved, and the least time of each is compared:
//! it is the one that other work on the machine disturbed least.
#![allow(missing_docs, reason = "a programme")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use prom::prelude::*;
use prom_sqlite as _;
use tokio_rusqlite::rusqlite::{self, params};

#[prom::orm]
#[derive(Debug, Clone)]
struct Item {
    number: i64,
    name: String,
    ratio: f64,
}

/// What happens at an instant, one of ten to a second.
#[prom::orm(created = none, updated = none)]
#[derive(Debug, Clone)]
struct Event {
    number: i64,
    #[field(index)]
    at: Timestamp,
}

const ROUNDS: usize = 9;
const LOADED: i64 = 10_000;

const CREATE: &str = "CREATE TABLE item (number INTEGER NOT NULL, name TEXT NOT NULL, ratio REAL NOT NULL, \
    _id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, _created TIMESTAMP NOT NULL, _updated TIMESTAMP NOT NULL)";
const INSERT: &str = "INSERT INTO item (number, name, ratio, _created, _updated) VALUES (?1, ?2, ?3, ?4, ?5)";
const FIND: &str = "SELECT number, name, ratio, _id, _created, _updated FROM item WHERE _id = ?1";
const LOAD: &str = "SELECT number, name, ratio, _id, _created, _updated FROM item";
const CREATE_EVENTS: &str = "CREATE TABLE event (number INTEGER NOT NULL, at TIMESTAMP NOT NULL, \
    _id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT); CREATE INDEX event_at ON event (at)";
const INSERT_EVENT: &str = "INSERT INTO event (number, at) VALUES (?1, ?2)";
const PAGE: &str = "SELECT number, at, _id FROM event WHERE at >= ?1 AND at < ?2 ORDER BY at LIMIT 51";
const NOW: &str = "2026-11-24T12:34:56.789012Z";

/// A row as a user of the driver would hold it; the stamps stay text.
#[derive(Debug)]
#[expect(dead_code, reason = "read by black_box alone")]
struct Raw(i64, String, f64, i64, String, String);

fn raw(row: &rusqlite::Row<'_>) -> rusqlite::Result<Raw> {
    Ok(Raw(row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?))
}

fn insert(connection: &rusqlite::Connection, number: i64) -> rusqlite::Result<i64> {
    let mut statement = connection.prepare_cached(INSERT)?;
    statement.execute(params![number, name(number), 0.5, NOW, NOW])?;
    Ok(connection.last_insert_rowid())
}

fn insert_many(connection: &mut rusqlite::Connection, count: i64) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    for number in 0..count {
        black_box(insert(&transaction, number)?);
    }
    transaction.commit()
}

fn find(connection: &rusqlite::Connection, key: i64) -> rusqlite::Result<Raw> {
    connection.prepare_cached(FIND)?.query_row([key], raw)
}

fn load(connection: &rusqlite::Connection) -> rusqlite::Result<Vec<Raw>> {
    connection.prepare_cached(LOAD)?.query_map([], raw)?.collect()
}

fn step(connection: &rusqlite::Connection) -> rusqlite::Result<()> {
    connection.prepare_cached(LOAD)?.query_map([], raw)?.try_for_each(|row| row.map(|it| drop(black_box(it))))
}

/// The instant of the event of that number.
fn instant(number: i64) -> Timestamp {
    Timestamp::from_millisecond(1_714_989_600_000 + number * 100).expect("it is in range")
}

/// As prom writes it.
fn instant_text(number: i64) -> String {
    format!("{:.6}", instant(number))
}

fn insert_events(connection: &mut rusqlite::Connection, count: i64) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    for number in 0..count {
        transaction.prepare_cached(INSERT_EVENT)?.execute(params![number, instant_text(number)])?;
    }
    transaction.commit()
}

/// The first 50 events from that number on, of a range of 1,000, and whether there are more.
fn page(connection: &rusqlite::Connection, from: i64) -> rusqlite::Result<Vec<(i64, String, i64)>> {
    let mut statement = connection.prepare_cached(PAGE)?;
    let rows = statement.query_map(params![instant_text(from), instant_text(from + 1_000)], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?))
    });
    rows?.collect()
}

fn name(number: i64) -> String {
    format!("the item with number {number}")
}

fn set_up(connection: &rusqlite::Connection) -> rusqlite::Result<()> {
    connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL")?;
    connection.set_prepared_statement_cache_capacity(256);
    connection.execute_batch(CREATE)?;
    connection.execute_batch(CREATE_EVENTS)
}

/// The least times of a workload, per operation: raw, bare, prom.
struct Line {
    workload: &'static str,
    least: [Duration; 3],
}

impl Line {
    fn new(workload: &'static str) -> Self {
        Self { workload, least: [Duration::MAX; 3] }
    }

    fn note(&mut self, which: usize, started: Instant, operations: u32) {
        self.least[which] = self.least[which].min(started.elapsed() / operations);
    }

    fn print(&self) {
        let micros = |at: usize| self.least[at].as_secs_f64() * 1e6;
        println!(
            "{:<15} {:>11.2} {:>11.2} {:>11.2}   {:>8.2} {:>8.2}",
            self.workload,
            micros(0),
            micros(1),
            micros(2),
            micros(2) / micros(0),
            micros(2) / micros(1),
        );
    }
}

async fn measure(title: &str, folder: Option<&std::path::Path>) -> Result<(), Box<dyn std::error::Error>> {
    let file = |name: &str| folder.map(|it| it.join(name));
    let mut direct = match file("raw.db") {
        Some(file) => rusqlite::Connection::open(file)?,
        None => rusqlite::Connection::open_in_memory()?,
    };
    set_up(&direct)?;
    let bare = match file("bare.db") {
        Some(file) => tokio_rusqlite::Connection::open(file).await?,
        None => tokio_rusqlite::Connection::open_in_memory().await?,
    };
    bare.call(|it| set_up(it)).await?;
    let dsn = match file("prom.db") {
        Some(file) => format!("sqlite://{}?synchronous=normal#{title}", file.display()),
        None => format!("sqlite::memory:#{title}"),
    };
    let db = prom::configure(&dsn)?;
    Item::query().on(&db).has().await?;
    Event::query().on(&db).has().await?;

    let mut lines = [
        Line::new("insert 1"),
        Line::new("insert 1,000"),
        Line::new("transaction"),
        Line::new("find by key"),
        Line::new("load 10,000"),
        Line::new("load in writer"),
        Line::new("stream 10,000"),
        Line::new("page by instant"),
    ];
    insert_many(&mut direct, LOADED)?;
    bare.call(|it| insert_many(it, LOADED)).await?;
    let draft = |number| Item::create().number(number).name(name(number)).ratio(0.5);
    Item::create_many((0..LOADED).map(draft)).on(&db).await?;
    insert_events(&mut direct, LOADED)?;
    bare.call(|it| insert_events(it, LOADED)).await?;
    let event = |number| Event::create().number(number).at(instant(number));
    Event::create_many((0..LOADED).map(event)).on(&db).await?;

    for _ in 0..ROUNDS {
        let [one, many, both, by_key, all, writer, stream, by_instant] = &mut lines;

        let started = Instant::now();
        for number in 0..200 {
            black_box(insert(&direct, number)?);
        }
        one.note(0, started, 200);
        let started = Instant::now();
        for number in 0..200 {
            black_box(bare.call(move |it| insert(it, number)).await?);
        }
        one.note(1, started, 200);
        let started = Instant::now();
        for number in 0..200 {
            black_box(draft(number).on(&db).await?);
        }
        one.note(2, started, 200);

        let started = Instant::now();
        insert_many(&mut direct, 1_000)?;
        many.note(0, started, 1);
        let started = Instant::now();
        bare.call(|it| insert_many(it, 1_000)).await?;
        many.note(1, started, 1);
        let started = Instant::now();
        black_box(Item::create_many((0..1_000).map(draft)).on(&db).await?);
        many.note(2, started, 1);

        // Two inserts between BEGIN and COMMIT; bare, each of the four is a call.
        let started = Instant::now();
        for number in 0..100 {
            direct.execute_batch("BEGIN IMMEDIATE")?;
            black_box((insert(&direct, number)?, insert(&direct, number)?));
            direct.execute_batch("COMMIT")?;
        }
        both.note(0, started, 100);
        let started = Instant::now();
        for number in 0..100 {
            bare.call(|it| it.execute_batch("BEGIN IMMEDIATE")).await?;
            black_box(bare.call(move |it| insert(it, number)).await?);
            black_box(bare.call(move |it| insert(it, number)).await?);
            bare.call(|it| it.execute_batch("COMMIT")).await?;
        }
        both.note(1, started, 100);
        let started = Instant::now();
        for number in 0..100 {
            let two = prom::transaction(async {
                black_box(draft(number).await?);
                black_box(draft(number).await?);
                Ok::<_, prom::Error>(())
            });
            two.on(&db).await?;
        }
        both.note(2, started, 100);

        let started = Instant::now();
        for key in 1..=500 {
            black_box(find(&direct, key)?);
        }
        by_key.note(0, started, 500);
        let started = Instant::now();
        for key in 1..=500 {
            black_box(bare.call(move |it| find(it, key)).await?);
        }
        by_key.note(1, started, 500);
        let started = Instant::now();
        for key in 1..=500_i64 {
            black_box(Item::find(key).on(&db).await?);
        }
        by_key.note(2, started, 500);

        // What the rounds inserted goes, so that all load the same.
        direct.execute("DELETE FROM item WHERE _id > ?1", [LOADED])?;
        bare.call(|it| it.execute("DELETE FROM item WHERE _id > ?1", [LOADED])).await?;
        for row in Item::query().gt_id(LOADED).on(&db).await? {
            row.delete().await?;
        }

        let started = Instant::now();
        black_box(load(&direct)?);
        all.note(0, started, 1);
        let started = Instant::now();
        black_box(bare.call(|it| load(it)).await?);
        all.note(1, started, 1);
        let started = Instant::now();
        black_box(Item::query().on(&db).await?);
        all.note(2, started, 1);

        // 10,000 rows in a transaction that has written: prom's rows remember that.
        let started = Instant::now();
        direct.execute_batch("BEGIN IMMEDIATE")?;
        direct.execute("DELETE FROM item WHERE _id > ?1", [LOADED])?;
        black_box(load(&direct)?);
        direct.execute_batch("COMMIT")?;
        writer.note(0, started, 1);
        let started = Instant::now();
        bare.call(|it| it.execute_batch("BEGIN IMMEDIATE")).await?;
        bare.call(|it| it.execute("DELETE FROM item WHERE _id > ?1", [LOADED])).await?;
        black_box(bare.call(|it| load(it)).await?);
        bare.call(|it| it.execute_batch("COMMIT")).await?;
        writer.note(1, started, 1);
        let started = Instant::now();
        let written = prom::transaction(async {
            Item::query().gt_id(LOADED).delete().await?;
            Item::query().await.map(black_box)
        });
        drop(written.on(&db).await?);
        writer.note(2, started, 1);

        // Raw and bare, the rows are stepped through and dropped; prom's go out one by one.
        let started = Instant::now();
        step(&direct)?;
        stream.note(0, started, 1);
        let started = Instant::now();
        bare.call(|it| step(it)).await?;
        stream.note(1, started, 1);
        let started = Instant::now();
        let mut rows = Item::query().on(&db).stream();
        while let Some(row) = rows.try_next().await? {
            black_box(row);
        }
        stream.note(2, started, 1);

        // A range of 1,000 of 10,000, in order, and the first 50 of it.
        let started = Instant::now();
        for from in (0..9_000).step_by(30) {
            black_box(page(&direct, from)?);
        }
        by_instant.note(0, started, 300);
        let started = Instant::now();
        for from in (0..9_000).step_by(30) {
            black_box(bare.call(move |it| page(it, from)).await?);
        }
        by_instant.note(1, started, 300);
        let started = Instant::now();
        for from in (0..9_000).step_by(30) {
            let range = Event::query().gte_at(instant(from)).lt_at(instant(from + 1_000));
            black_box(range.asc_at().limit(50).on(&db).await?);
        }
        by_instant.note(2, started, 300);
    }

    println!("\nSQLite, {title}; microseconds an operation");
    println!(
        "{:<15} {:>11} {:>11} {:>11}   {:>8} {:>8}",
        "", "rusqlite", "tokio-r.", "prom", "/ raw", "/ bare"
    );
    lines.iter().for_each(Line::print);
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    measure("memory", None).await?;
    let folder = tempfile::tempdir()?;
    measure("file", Some(folder.path())).await
}
