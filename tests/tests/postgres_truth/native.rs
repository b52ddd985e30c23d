//! Whether columns of PostgreSQL's own types take many rows where they take one, however
//! the rows get there: one statement, a COPY, an upsert, in lists and in comparisons.

use prom::prelude::*;
use prom::{Connection, Field, Kind, Other, Result, Type, Value, ValueRef};

use crate::setup::{connect, database};

/// What the server reads from text, and gives in a form of its own.
#[derive(Debug, Clone, PartialEq)]
struct Any(String);

impl Field for Any {
    const TYPE: Type = Type::Text;

    fn to_value(&self) -> Value {
        Value::Text(self.0.clone())
    }

    fn decode(value: ValueRef<'_>) -> Result<Self> {
        Ok(Self(format!("{value:?}")))
    }
}

/// A value in a column of any type.
#[prom::orm(table = "native", created = none, updated = none)]
#[derive(Debug, Clone, PartialEq)]
struct Native {
    #[field(pk)]
    at: i64,
    value: Any,
}

#[prom::orm(table = "documents", created = none, updated = none)]
#[derive(Debug, Clone, PartialEq)]
struct Document {
    #[field(pk)]
    at: i64,
    value: String,
}

const TYPES: &str = "\
    CREATE EXTENSION IF NOT EXISTS citext; \
    CREATE SCHEMA other; \
    CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE TYPE other.\"Odd (mood)\" AS ENUM ('sad', 'ok'); \
    CREATE DOMAIN moods AS mood CHECK (VALUE <> 'sad'); CREATE DOMAIN oks AS moods; \
    CREATE DOMAIN codes AS character varying(3) CHECK (VALUE <> 'bad'); \
    CREATE DOMAIN documents AS jsonb; CREATE DOMAIN amounts AS numeric(10,2)";

/// How a value gets into the table: alone, as one of a few, and as one of many.
#[derive(Debug, Clone, Copy)]
enum Way {
    Alone,
    Few,
    /// A COPY where the type allows it.
    Many,
    Upserting,
}
const WAYS: [Way; 4] = [Way::Alone, Way::Few, Way::Many, Way::Upserting];

/// Gives how the first row is stored, or the kind of what was refused.
async fn written(db: &Connection, way: Way, value: &str) -> Result<String, Kind> {
    let value = Any(value.to_owned());
    let drafts =
        |count: i64| (0..count).map(|at| Native::draft().at(at).value(value.clone())).collect::<Vec<_>>();
    let done = match way {
        Way::Alone => Native::create().at(0).value(value.clone()).on(db).await.map(drop),
        Way::Few => Native::create_many(drafts(2)).on(db).await.map(drop),
        Way::Many => Native::create_many(drafts(500)).on(db).await.map(drop),
        Way::Upserting => {
            let first = Native::create_many(drafts(2)).on(db).await.map(drop);
            match first {
                Ok(()) => Native::draft().at(0).value(value.clone()).on(db).upsert().await.map(drop),
                refused => refused,
            }
        }
    };
    done.map_err(|error| error.kind())?;
    let rows = prom::raw("SELECT value::text FROM native ORDER BY at").on(db).all::<String>().await;
    let rows = rows.expect("they are there");
    assert!(rows.iter().all(|row| *row == rows[0]), "{rows:?}");
    Ok(rows[0].clone())
}

#[tokio::test]
async fn many_rows_are_taken_where_one_is_and_refused_where_one_is() -> Result<()> {
    let database = database("native");
    database.query(TYPES).expect("they are made");
    for (column, taken, refused) in [
        ("mood", &["sad", "ok"][..], Some(("bad", Kind::Value))),
        ("other.\"Odd (mood)\"", &["ok"], Some(("bad", Kind::Value))),
        ("moods", &["ok"], Some(("sad", Kind::Check))),
        ("oks", &["ok"], Some(("sad", Kind::Check))),
        ("citext", &["Ab", ""], None),
        ("codes", &["ab", "abc"], Some(("bad", Kind::Check))),
        ("jsonb", &["{\"b\": 1, \"a\":[2]}", "\"a\\\\\\\"\"", "null"], Some(("{", Kind::Value))),
        ("documents", &["{\"b\": 1}"], Some(("{", Kind::Value))),
        ("json", &["{\"b\": 1, \"a\":2}"], Some(("{", Kind::Value))),
        ("xml", &["<a>b</a>"], None),
        ("name", &["ab"], None),
        ("\"char\"", &["a"], None),
        ("character varying(3)", &["abc", "ab "], None),
        ("character(3)", &["ab", "abc"], Some(("abcd", Kind::Value))),
        ("bpchar", &["ab"], None),
        ("inet", &["10.0.0.1/8", "::1"], Some(("a", Kind::Value))),
        ("cidr", &["10.0.0.0/8"], Some(("10.0.0.1/8", Kind::Value))),
        ("macaddr", &["08:00:2b:01:02:03"], Some(("a", Kind::Value))),
        ("bit(3)", &["101"], Some(("1011", Kind::Value))),
        ("bit varying(3)", &["10"], Some(("1011", Kind::Value))),
        ("uuid", &["00000000-0000-0000-0000-00000000000a"], Some(("a", Kind::Value))),
        ("numeric(10,2)", &["1.005", "-7"], Some(("1e9", Kind::Value))),
        ("amounts", &["1.005"], Some(("a", Kind::Value))),
        ("money", &["1.50"], Some(("a", Kind::Value))),
        ("interval", &["1 day 02:00:00"], Some(("a", Kind::Value))),
        ("interval second(0)", &["00:00:01.6"], None),
        ("time", &["07:08:09.5"], Some(("25:00", Kind::Value))),
        ("date", &["2024-02-29"], Some(("2024-02-30", Kind::Value))),
        ("timestamp", &["2024-02-29 00:00:00"], Some(("a", Kind::Value))),
        ("int4range", &["[1,3)"], Some(("a", Kind::Value))),
        ("tsvector", &["'a':1"], None),
        ("point", &["(1,2)"], Some(("a", Kind::Value))),
        ("text[]", &["{a,\"b c\"}", "{}"], Some(("a", Kind::Value))),
        ("mood[]", &["{ok,sad}"], Some(("{bad}", Kind::Value))),
        ("bigint[]", &["{1,2}", "{{1},{2}}"], Some(("{a}", Kind::Value))),
    ] {
        let table = format!(
            "DROP TABLE IF EXISTS native; CREATE TABLE native (at bigint PRIMARY KEY, value {column})"
        );
        for options in ["", "prepare=off"] {
            database.query(&table).expect(&table);
            let db = connect(&database.dsn(), options);
            for value in taken {
                let mut stored = Vec::new();
                for way in WAYS {
                    database.query("TRUNCATE native").expect("it is empty");
                    stored.push(written(&db, way, value).await);
                }
                assert!(stored.iter().all(Result::is_ok), "{column}: {value:?}: {stored:?}");
                assert!(stored.iter().all(|one| *one == stored[0]), "{column}: {value:?}: {stored:?}");
            }
            let Some((value, kind)) = refused else { continue };
            for way in WAYS {
                database.query("TRUNCATE native").expect("it is empty");
                assert_eq!(written(&db, way, value).await, Err(kind), "{column}: {value:?}: {way:?}");
                assert_eq!(Native::query().on(&db).count().await?, 0, "{column}: {way:?}");
            }
        }
    }
    Ok(())
}

#[derive(Debug, Clone, Copy, PartialEq, prom::Enum)]
enum Mood {
    Sad,
    Ok,
}

#[prom::orm(table = "felt", created = none, updated = none)]
#[derive(Debug, Clone, PartialEq)]
struct Felt {
    mood: Mood,
    maybe: Option<Mood>,
    /// A domain over the type.
    better: Mood,
    #[field(unique)]
    address: String,
    tag: Option<String>,
}

const FELT: &str = "\
    CREATE EXTENSION IF NOT EXISTS citext; \
    CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE DOMAIN moods AS mood; \
    CREATE TABLE felt (_id bigserial PRIMARY KEY, mood mood NOT NULL, maybe mood, better moods NOT NULL, \
        address citext NOT NULL UNIQUE, tag character varying(5))";

#[tokio::test]
async fn enumerated_types_are_found_by_one_and_by_lists() -> Result<()> {
    let database = database("felt");
    database.query(FELT).expect("it is made");
    for options in ["", "prepare=off"] {
        database.query("TRUNCATE felt").expect("it is empty");
        let db = connect(&database.dsn(), options);
        let draft = |mood, address: &str| Felt::draft().mood(mood).better(mood).address(address);
        let rows = Felt::create_many([
            draft(Mood::Sad, "A@b").maybe(Mood::Ok),
            draft(Mood::Ok, "c@d"),
            draft(Mood::Ok, "e@f").tag("x"),
        ]);
        let rows = rows.on(&db).await?;
        assert_eq!(*Felt::query().on(&db).asc_id().get().await?, *rows);
        let query = || Felt::query().on(&db);
        assert_eq!(query().eq_mood(Mood::Ok).count().await?, 2);
        assert_eq!(query().in_mood([Mood::Ok, Mood::Sad]).count().await?, 3);
        assert_eq!(query().nin_mood([Mood::Ok]).only().await?, rows[0]);
        assert_eq!(query().in_maybe([Some(Mood::Ok), None]).count().await?, 3);
        assert_eq!(query().in_better([Mood::Ok]).count().await?, 2);
        assert_eq!(query().eq_better(Mood::Sad).only().await?, rows[0]);
        assert_eq!(query().eq_address("a@B").only().await?, rows[0]);
        assert_eq!(query().in_address(["a@B", "C@D"]).count().await?, 2);
        assert_eq!(query().in_tag(["x", "longer than five"]).only().await?, rows[2]);
        assert_eq!(query().order_mood([Mood::Ok, Mood::Sad]).asc_id().get().await?[0], rows[1]);
        let sql = "SELECT count(*) FROM felt WHERE mood IN (:moods) AND mood NOT IN (:none)";
        let count = prom::raw(sql).bind_list("moods", ["ok", "sad"]).bind_list("none", ["sad"]);
        assert_eq!(count.on(&db).only::<i64>().await?, 2);

        let changed = query().eq_mood(Mood::Ok).set_maybe(Mood::Sad).update().returning().await?;
        assert!(changed.iter().all(|row| row.maybe == Some(Mood::Sad)), "{changed:?}");
        let met = draft(Mood::Sad, "C@D").on(&db).upsert_on(["address"]).await?;
        assert_eq!((met.id, met.mood), (rows[1].id, Mood::Sad));
    }
    Ok(())
}

/// A list of texts, in a column of that type.
#[derive(Debug, Clone, PartialEq)]
struct Tags(Vec<u8>);

impl Field for Tags {
    const TYPE: Type = Type::Text;

    fn to_value(&self) -> Value {
        Value::Other(Box::new(Other { type_name: "_text".into(), bytes: self.0.clone() }))
    }

    fn decode(value: ValueRef<'_>) -> Result<Self> {
        match value {
            ValueRef::Other { type_name: "_text", bytes } => Ok(Self(bytes.to_owned())),
            other => Err(prom::mismatch("an array of texts", other)),
        }
    }
}

#[prom::orm(table = "tagged", created = none, updated = none)]
#[derive(Debug, Clone, PartialEq)]
struct Tagged {
    tags: Tags,
}

#[tokio::test]
async fn arrays_of_a_type_of_ones_own_go_in_numbers_too() -> Result<()> {
    let database = database("tagged");
    let table = "CREATE TABLE tagged (_id bigserial PRIMARY KEY, tags text[] NOT NULL); \
                 INSERT INTO tagged (tags) VALUES ('{a,\"b c\"}')";
    database.query(table).expect("it is made");
    let db = connect(&database.dsn(), "");
    let row = Tagged::query().on(&db).only().await?;
    for count in [1, 2, 500] {
        let rows =
            Tagged::create_many((0..count).map(|_| Tagged::draft().tags(row.tags.clone()))).on(&db).await?;
        assert!(rows.iter().all(|other| other.tags == row.tags));
    }
    assert_eq!(database.query("SELECT DISTINCT tags FROM tagged").expect("there").len(), 1);
    assert_eq!(Tagged::query().on(&db).count().await?, 504);
    Ok(())
}

#[prom::orm(table = "counted", created = none, updated = none)]
#[derive(Debug, Clone, PartialEq)]
struct Counted {
    #[field(unique)]
    name: String,
    count: i32,
}

#[tokio::test]
async fn numbers_in_domains_are_counted_up() -> Result<()> {
    let database = database("counted");
    let table = "CREATE DOMAIN percent AS integer CHECK (VALUE <= 100); CREATE DOMAIN names AS text; \
                 CREATE TABLE counted (_id bigserial PRIMARY KEY, name names NOT NULL UNIQUE, count percent NOT NULL)";
    database.query(table).expect("it is made");
    for options in ["", "prepare=off"] {
        database.query("TRUNCATE counted").expect("it is empty");
        let db = connect(&database.dsn(), options);
        let drafts = ["a", "b"].map(|name| Counted::draft().name(name).count(98));
        Counted::create_many(drafts).on(&db).await?;
        assert_eq!(Counted::query().on(&db).incr_count(2).update_all().await?, 2);
        let error = Counted::query().on(&db).incr_count(1).update_all().await.expect_err("it is more");
        assert_eq!(error.kind(), Kind::Check);
        assert_eq!(Counted::query().on(&db).eq_count(100).in_name(["a", "b"]).count().await?, 2);
        let drafts = [101, 1].map(|count| Counted::draft().name(format!("{count}")).count(count));
        let error = Counted::create_many(drafts).on(&db).await.expect_err("one is more");
        assert_eq!((error.kind(), Counted::query().on(&db).count().await?), (Kind::Check, 2));
    }
    Ok(())
}

/// A column whose equality the server knows.
#[tokio::test]
async fn documents_are_compared_by_what_they_mean() -> Result<()> {
    let database = database("documents");
    database
        .query("CREATE TABLE documents (at bigint PRIMARY KEY, value jsonb NOT NULL)")
        .expect("it is made");
    for options in ["", "prepare=off"] {
        database.query("TRUNCATE documents").expect("it is empty");
        let db = connect(&database.dsn(), options);
        let drafts =
            [(1, "{\"a\":1,\"b\":2}"), (2, "[]")].map(|(at, text)| Document::draft().at(at).value(text));
        Document::create_many(drafts).on(&db).await?;
        assert_eq!(Document::query().on(&db).eq_value("{\"b\": 2, \"a\": 1}").only().await?.at, 1);
        assert_eq!(Document::query().on(&db).in_value(["[ ]", "{}"]).only().await?.at, 2);
        assert_eq!(Document::query().on(&db).nin_value(["[ ]"]).only().await?.at, 1);
    }
    Ok(())
}
