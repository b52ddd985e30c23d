//! prom beside raw tokio-postgres and a pool of it, in one run: what counts is
//! the ratio. `cargo bench -p prom-tests --bench postgres`
//!
//! Raw is one connection that is held, with its statements prepared before; bare
//! takes a connection from deadpool-postgres and a statement from its cache each
//! time, as a program does. Each has a database of its own, whose tables prom made.
//!
//! Rounds of the three are interleaved, and the least time of each is compared:
//! it is the one that other work on the machine disturbed least.
//!
//! On few cores the time of a short operation is mostly that of waking threads,
//! which is halved or doubled by where they happen to run. Only with everything on
//! one core do the ratios of the short ones tell of the code:
//! `taskset -c 0 prom-cluster run cargo bench -p prom-tests --bench postgres`
#![allow(missing_docs, reason = "a programme")]

use std::collections::HashMap;
use std::hint::black_box;
use std::pin::pin;
use std::time::{Duration, Instant, SystemTime};

use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, RecyclingMethod};
use futures_util::TryStreamExt;
use prom::prelude::*;
use prom_cluster::{Cluster, Database};
use prom_postgres as _;
use tokio::{join, try_join};
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error, NoTls, Row, Statement};

#[prom::orm]
#[derive(Debug, Clone)]
struct Item {
    number: i64,
    name: String,
    ratio: f64,
}

/// Its key is the program's own.
#[prom::orm]
#[derive(Debug, Clone)]
struct Entry {
    #[field(pk)]
    code: i64,
    name: String,
    ratio: f64,
}

#[prom::orm]
#[derive(Debug, Clone)]
struct Word {
    #[field(unique)]
    word: String,
    count: i64,
}

#[prom::orm]
#[derive(Debug, Clone)]
struct Author {
    name: String,
}

#[prom::orm]
#[derive(Debug, Clone)]
struct Book {
    title: String,
    #[field(reverse = "books")]
    author_id: Ref<Author>,
}

type Result<T, E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

const ROUNDS: usize = 9;
const LOADED: i64 = 10_000;
const AUTHORS: i64 = 1_000;
const BOOKS: i64 = 10;

const INSERT: &str =
    "INSERT INTO item (number, name, ratio, _created, _updated) VALUES ($1, $2, $3, $4, $5) RETURNING _id";
const INSERT_MANY: &str = "INSERT INTO item (number, name, ratio, _created, _updated) \
    SELECT * FROM UNNEST($1::bigint[], $2::text[], $3::float8[], $4::timestamptz[], $5::timestamptz[]) RETURNING _id";
const COPY: &str = "COPY entry (code, name, ratio, _created, _updated) FROM STDIN (FORMAT binary)";
const FIND: &str = "SELECT number, name, ratio, _id, _created, _updated FROM item WHERE _id = $1";
const UPDATE: &str = "UPDATE item SET number = $1, _updated = $2 WHERE _id = $3";
const UPSERT: &str = "INSERT INTO word (word, count, _created, _updated) VALUES ($1, $2, $3, $4) \
    ON CONFLICT (word) DO UPDATE SET count = excluded.count, _updated = excluded._updated \
    RETURNING word, count, _id, _created, _updated";
const LIST: &str = "SELECT number, name, ratio, _id, _created, _updated FROM item WHERE _id = ANY($1)";
const LOAD: &str = "SELECT number, name, ratio, _id, _created, _updated FROM item";
const LOAD_FEW: &str = "SELECT number, name, ratio, _id, _created, _updated FROM item ORDER BY _id LIMIT $1";
const AUTHORS_ALL: &str = "SELECT name, _id, _created, _updated FROM author";
const BOOKS_OF: &str = "SELECT title, author_id, _id, _created, _updated FROM book WHERE author_id = ANY($1)";

/// A row as a user of the driver would hold it.
#[derive(Debug)]
#[expect(dead_code, reason = "read by black_box alone")]
struct Raw(i64, String, f64, i64, SystemTime, SystemTime);

fn raw(row: &Row) -> Raw {
    Raw(row.get(0), row.get(1), row.get(2), row.get(3), row.get(4), row.get(5))
}

async fn insert(client: &Client, statement: &Statement, number: i64) -> Result<i64, Error> {
    let (name, now) = (name(number), SystemTime::now());
    Ok(client.query_one(statement, &[&number, &name, &0.5, &now, &now]).await?.get(0))
}

async fn insert_many(client: &Client, statement: &Statement, count: i64) -> Result<Vec<i64>, Error> {
    let now = SystemTime::now();
    let numbers: Vec<_> = (0..count).collect();
    let names: Vec<_> = (0..count).map(name).collect();
    let (ratios, nows): (Vec<_>, Vec<_>) = (0..count).map(|_| (0.5, now)).unzip();
    let rows = client.query(statement, &[&numbers, &names, &ratios, &nows, &nows]).await?;
    Ok(rows.iter().map(|it| it.get(0)).collect())
}

async fn copy(client: &Client, count: i64) -> Result<u64, Error> {
    let now = SystemTime::now();
    let types = [Type::INT8, Type::TEXT, Type::FLOAT8, Type::TIMESTAMPTZ, Type::TIMESTAMPTZ];
    let mut writer = pin!(BinaryCopyInWriter::new(client.copy_in(COPY).await?, &types));
    for code in 0..count {
        writer.as_mut().write(&[&code, &name(code), &0.5, &now, &now]).await?;
    }
    writer.finish().await
}

async fn find(client: &Client, statement: &Statement, key: i64) -> Result<Raw, Error> {
    Ok(raw(&client.query_one(statement, &[&key]).await?))
}

async fn update(client: &Client, statement: &Statement, key: i64, number: i64) -> Result<u64, Error> {
    client.execute(statement, &[&number, &SystemTime::now(), &key]).await
}

async fn upsert(client: &Client, statement: &Statement, word: &str, count: i64) -> Result<Row, Error> {
    let now = SystemTime::now();
    client.query_one(statement, &[&word, &count, &now, &now]).await
}

async fn sequential(client: &Client, statement: &Statement, number: i64) -> Result<(), Error> {
    client.batch_execute("BEGIN").await?;
    update(client, statement, 1, number).await?;
    update(client, statement, 2, number).await?;
    client.batch_execute("COMMIT").await
}

async fn pipelined(client: &Client, statement: &Statement, number: i64) -> Result<(), Error> {
    let (a, b, c, d) = join!(
        biased;
        client.batch_execute("BEGIN"),
        update(client, statement, 1, number),
        update(client, statement, 2, number),
        client.batch_execute("COMMIT"),
    );
    a.and(b).and(c).and(d)
}

async fn list(client: &Client, statement: &Statement, keys: &[i64]) -> Result<Vec<Raw>, Error> {
    Ok(client.query(statement, &[&keys]).await?.iter().map(raw).collect())
}

async fn load(client: &Client, statement: &Statement) -> Result<Vec<Raw>, Error> {
    Ok(client.query(statement, &[]).await?.iter().map(raw).collect())
}

async fn load_few(client: &Client, statement: &Statement, count: i64) -> Result<Vec<Raw>, Error> {
    Ok(client.query(statement, &[&count]).await?.iter().map(raw).collect())
}

async fn step(client: &Client, statement: &Statement) -> Result<(), Error> {
    let mut rows = pin!(client.query_raw(statement, std::iter::empty::<i64>()).await?);
    while let Some(row) = rows.try_next().await? {
        black_box(raw(&row));
    }
    Ok(())
}

type Books = Vec<(String, i64, i64, SystemTime, SystemTime)>;

async fn eager(client: &Client, authors: &Statement, books: &Statement) -> Result<usize, Error> {
    let authors: Vec<(String, i64, SystemTime, SystemTime)> = client
        .query(authors, &[])
        .await?
        .iter()
        .map(|it| (it.get(0), it.get(1), it.get(2), it.get(3)))
        .collect();
    let keys: Vec<_> = authors.iter().map(|it| it.1).collect();
    let mut by_author: HashMap<i64, Books> = HashMap::with_capacity(keys.len());
    for it in client.query(books, &[&keys]).await? {
        let book = (it.get(0), it.get(1), it.get(2), it.get(3), it.get(4));
        by_author.entry(book.1).or_default().push(book);
    }
    let all: Vec<_> = authors
        .into_iter()
        .map(|it| {
            let books = by_author.remove(&it.1).unwrap_or_default();
            (it, books)
        })
        .collect();
    Ok(black_box(all).len())
}

fn name(number: i64) -> String {
    format!("the item with number {number}")
}

/// The least times of a workload, per operation: raw, bare, prom.
struct Line {
    workload: &'static str,
    least: [Duration; 3],
}

impl Line {
    fn print(&self) {
        let micros = |at: usize| self.least[at].as_secs_f64() * 1e6;
        println!(
            "{:<18} {:>11.2} {:>11.2} {:>11.2}   {:>8.2} {:>8.2}",
            self.workload,
            micros(0),
            micros(1),
            micros(2),
            micros(2) / micros(0),
            micros(2) / micros(1),
        );
    }
}

#[derive(Default)]
struct Lines(Vec<Line>);

impl Lines {
    fn note(&mut self, workload: &'static str, which: usize, took: Duration) {
        let at = self.0.iter().position(|it| it.workload == workload).unwrap_or_else(|| {
            self.0.push(Line { workload, least: [Duration::MAX; 3] });
            self.0.len() - 1
        });
        let least = &mut self.0[at].least[which];
        *least = took.min(*least);
    }
}

/// Times raw, bare and prom at so many operations each.
macro_rules! compare {
    ($lines:ident, $workload:literal, $count:literal, |$it:ident| $raw:expr, $bare:expr, $prom:expr $(,)?) => {
        compare!(@one $lines, $workload, 0, $count, $it, $raw);
        compare!(@one $lines, $workload, 1, $count, $it, $bare);
        compare!(@one $lines, $workload, 2, $count, $it, $prom);
    };
    (@one $lines:ident, $workload:literal, $which:literal, $count:literal, $it:ident, $job:expr) => {
        let started = Instant::now();
        for $it in 0..$count {
            let _: i64 = $it;
            black_box($job);
        }
        $lines.note($workload, $which, started.elapsed() / $count);
    };
}

async fn direct(database: &Database) -> Result<Client> {
    let (client, connection) = tokio_postgres::connect(&database.dsn(), NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

fn pooled(database: &Database) -> Result<Pool> {
    let config = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    let manager = Manager::from_config(database.dsn().parse()?, NoTls, config);
    Ok(Pool::builder(manager).max_size(10).build()?)
}

/// A connection and a statement, as one who has neither gets them.
async fn take(pool: &Pool, text: &str) -> Result<(Object, Statement)> {
    let client = pool.get().await?;
    let statement = client.prepare_cached(text).await?;
    Ok((client, statement))
}

/// The tables, and what is read.
async fn fill(database: &Database) -> Result<prom::Connection> {
    let db = prom::configure(&format!("{}#{}", database.dsn(), database.name()))?;
    Item::create_many((0..LOADED).map(draft)).on(&db).await?;
    Entry::query().on(&db).has().await?;
    Word::query().on(&db).has().await?;
    let authors = (0..AUTHORS).map(|it| Author::create().name(name(it)));
    let authors = Author::create_many(authors).on(&db).await?;
    let books =
        authors.iter().flat_map(|it| (0..BOOKS).map(move |at| Book::create().title(name(at)).author_id(it)));
    Book::create_many(books).on(&db).await?;
    Ok(db)
}

fn draft(number: i64) -> <Item as prom::Model>::Draft {
    Item::create().number(number).name(name(number)).ratio(0.5).into()
}

fn entry(code: i64) -> <Entry as prom::Model>::Draft {
    Entry::create().code(code).name(name(code)).ratio(0.5).into()
}

#[tokio::main]
async fn main() -> Result<()> {
    let server = Cluster::shared()?;
    let (one, two, three) = (server.database("raw")?, server.database("bare")?, server.database("prom")?);
    fill(&one).await?.close().await?;
    fill(&two).await?.close().await?;
    let db = fill(&three).await?;
    let (raw, pool) = (direct(&one).await?, pooled(&two)?);
    let tidy = [direct(&one).await?, direct(&two).await?, direct(&three).await?];
    for client in &tidy {
        client.batch_execute("VACUUM (FREEZE, ANALYZE)").await?;
    }
    let [insert_1, insert_n, by_key, update_1, upsert_1, in_list, all, few, authors, books] = [
        raw.prepare(INSERT).await?,
        raw.prepare(INSERT_MANY).await?,
        raw.prepare(FIND).await?,
        raw.prepare(UPDATE).await?,
        raw.prepare(UPSERT).await?,
        raw.prepare(LIST).await?,
        raw.prepare(LOAD).await?,
        raw.prepare(LOAD_FEW).await?,
        raw.prepare(AUTHORS_ALL).await?,
        raw.prepare(BOOKS_OF).await?,
    ];
    let mut lines = Lines::default();
    let mut first = Item::find(1_i64).on(&db).await?.ok_or("it was inserted")?;
    let mut second = Item::find(2_i64).on(&db).await?.ok_or("it was inserted")?;
    let keys: Vec<i64> = (1..=100).map(|it| it * 97).collect();

    for round in 0..ROUNDS {
        compare!(
            lines,
            "insert 1",
            200,
            |it| insert(&raw, &insert_1, it).await?,
            {
                let (client, statement) = take(&pool, INSERT).await?;
                insert(&client, &statement, it).await?
            },
            Item::create().number(it).name(name(it)).ratio(0.5).on(&db).await?,
        );
        compare!(
            lines,
            "insert 1,000",
            1,
            |_it| insert_many(&raw, &insert_n, 1_000).await?,
            {
                let (client, statement) = take(&pool, INSERT_MANY).await?;
                insert_many(&client, &statement, 1_000).await?
            },
            Item::create_many((0..1_000).map(draft)).on(&db).await?,
        );
        compare!(
            lines,
            "copy 10,000",
            1,
            |_it| copy(&raw, 10_000).await?,
            copy(&*pool.get().await?, 10_000).await?,
            Entry::create_many((0..10_000).map(entry)).on(&db).await?,
        );
        compare!(
            lines,
            "find by key",
            500,
            |it| find(&raw, &by_key, it + 1).await?,
            {
                let (client, statement) = take(&pool, FIND).await?;
                find(&client, &statement, it + 1).await?
            },
            Item::find(it + 1).on(&db).await?,
        );
        let number = i64::try_from(round)? * 1_000;
        compare!(
            lines,
            "update 1",
            200,
            |it| update(&raw, &update_1, 1, number + it).await?,
            {
                let (client, statement) = take(&pool, UPDATE).await?;
                update(&client, &statement, 1, number + it).await?
            },
            {
                first.number = number + it;
                first.save().await?;
            },
        );
        compare!(
            lines,
            "upsert",
            200,
            |it| upsert(&raw, &upsert_1, &name(it % 50), number + it).await?,
            {
                let (client, statement) = take(&pool, UPSERT).await?;
                upsert(&client, &statement, &name(it % 50), number + it).await?
            },
            Word::create().word(name(it % 50)).count(number + it).on(&db).upsert().await?,
        );
        compare!(
            lines,
            "transaction of 2",
            100,
            |it| sequential(&raw, &update_1, number + it).await?,
            {
                let (client, statement) = take(&pool, UPDATE).await?;
                sequential(&client, &statement, number + it).await?
            },
            {
                let two = prom::transaction(async {
                    first.number = number + 500 + it;
                    first.save().await?;
                    second.number = number + 500 + it;
                    second.save().await
                });
                two.on(&db).await?;
            },
        );
        // Drivers can send all four at once; in prom the two updates can go together.
        compare!(
            lines,
            "pipelined",
            100,
            |it| pipelined(&raw, &update_1, number + it).await?,
            {
                let (client, statement) = take(&pool, UPDATE).await?;
                pipelined(&client, &statement, number + it).await?
            },
            {
                let two = prom::transaction(async {
                    first.number = number + 700 + it;
                    second.number = number + 700 + it;
                    try_join!(first.save(), second.save())
                });
                two.on(&db).await?;
            },
        );
        compare!(
            lines,
            "in-list of 100",
            100,
            |_it| list(&raw, &in_list, &keys).await?,
            {
                let (client, statement) = take(&pool, LIST).await?;
                list(&client, &statement, &keys).await?
            },
            Item::query().in_id(keys.iter().copied()).on(&db).await?,
        );

        // What the round left behind goes, so that all load the same.
        for client in &tidy {
            client.batch_execute("DELETE FROM item WHERE _id > 10000; TRUNCATE entry").await?;
            client.batch_execute("VACUUM (FREEZE, ANALYZE)").await?;
        }

        compare!(
            lines,
            "load 10,000",
            3,
            |_it| load(&raw, &all).await?,
            {
                let (client, statement) = take(&pool, LOAD).await?;
                load(&client, &statement).await?
            },
            Item::query().on(&db).await?,
        );
        compare!(
            lines,
            "stream 10,000",
            3,
            |_it| step(&raw, &all).await?,
            {
                let (client, statement) = take(&pool, LOAD).await?;
                step(&client, &statement).await?
            },
            {
                let mut rows = Item::query().on(&db).stream();
                while let Some(row) = rows.try_next().await? {
                    black_box(row);
                }
            },
        );
        compare!(
            lines,
            "load 10",
            100,
            |_it| load_few(&raw, &few, 10).await?,
            {
                let (client, statement) = take(&pool, LOAD_FEW).await?;
                load_few(&client, &statement, 10).await?
            },
            Item::query().limit(10).on(&db).await?,
        );
        // Raw and bare load here, which is what a stream of so few is to cost.
        compare!(
            lines,
            "stream, limit 10",
            100,
            |_it| load_few(&raw, &few, 10).await?,
            {
                let (client, statement) = take(&pool, LOAD_FEW).await?;
                load_few(&client, &statement, 10).await?
            },
            {
                let mut rows = Item::query().limit(10).on(&db).stream();
                while let Some(row) = rows.try_next().await? {
                    black_box(row);
                }
            },
        );
        compare!(
            lines,
            "stream 100 found",
            100,
            |_it| list(&raw, &in_list, &keys).await?,
            {
                let (client, statement) = take(&pool, LIST).await?;
                list(&client, &statement, &keys).await?
            },
            {
                let mut rows = Item::query().in_id(keys.iter().copied()).on(&db).stream();
                while let Some(row) = rows.try_next().await? {
                    black_box(row);
                }
            },
        );
        compare!(
            lines,
            "eager 1,000 x 10",
            2,
            |_it| eager(&raw, &authors, &books).await?,
            {
                let client = pool.get().await?;
                let authors = client.prepare_cached(AUTHORS_ALL).await?;
                let books = client.prepare_cached(BOOKS_OF).await?;
                eager(&client, &authors, &books).await?
            },
            Author::query().with(Author::BOOKS).on(&db).await?,
        );
    }

    println!("\nPostgreSQL; microseconds an operation");
    println!(
        "{:<18} {:>11} {:>11} {:>11}   {:>8} {:>8}",
        "", "tokio-p.", "deadpool-p.", "prom", "/ raw", "/ bare"
    );
    lines.0.iter().for_each(Line::print);
    db.close().await?;
    drop((raw, pool, tidy));
    Ok(())
}
