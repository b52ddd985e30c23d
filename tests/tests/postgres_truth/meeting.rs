//! An upsert that meets a row which cannot be decoded: an error, and the row is as it was.

use prom::prelude::*;
use prom::{Date, Error, Field, Kind, Result, Type, Value, ValueRef};
use prom_cluster::Database;

use crate::setup::{connect, database};

#[derive(Debug, Clone, Copy, PartialEq, Eq, prom::Enum)]
enum Level {
    Low = 1,
    High = 2,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, prom::Enum)]
enum Size {
    Small,
    Large,
}

#[derive(Debug, Clone, PartialEq, prom::Field)]
struct Age(u8);

/// A type of the program's own, which refuses what it likes.
#[derive(Debug, Clone, PartialEq)]
struct Even(i64);

impl Field for Even {
    const TYPE: Type = Type::I64;

    fn to_value(&self) -> Value {
        Value::I64(self.0)
    }

    fn decode(value: ValueRef<'_>) -> Result<Self> {
        match i64::decode(value)? {
            number if number % 2 == 0 => Ok(Self(number)),
            _ => Err(Error::new(Kind::Decode, "it is odd")),
        }
    }
}

#[prom::orm]
#[derive(Debug, Clone, PartialEq)]
struct Plain {
    #[field(unique)]
    name: String,
    bar: i64,
    day: Option<Date>,
    #[field(default = Age(1))]
    age: Age,
    #[field(default = Some(1))]
    small: Option<i32>,
    #[field(default = 1)]
    required: i64,
    #[field(default = Level::Low)]
    level: Level,
    #[field(default = Size::Small)]
    size: Size,
    #[field(default = Some(Size::Small))]
    maybe: Option<Size>,
}

#[prom::orm(created = none, updated = none)]
#[derive(Debug, Clone, PartialEq)]
struct Odd {
    #[field(unique)]
    name: String,
    bar: i64,
    #[field(default = Even(2))]
    even: Even,
}

#[prom::orm(created = none, updated = none)]
#[derive(Debug, Clone, PartialEq)]
struct Cased {
    #[field(unique, ignore_case)]
    size: Size,
    bar: i64,
}

fn cell(database: &Database, sql: &str) -> Option<String> {
    database.query(sql).expect("it answers")[0][0].clone()
}

fn last_sent(database: &Database) -> String {
    let sql = "SELECT query FROM pg_stat_activity WHERE datname = current_database() \
               AND pid <> pg_backend_pid() AND backend_type = 'client backend' ORDER BY query_start DESC LIMIT 1";
    cell(database, sql).expect("prom has a connection")
}

#[tokio::test]
async fn a_row_that_cannot_be_decoded_is_not_changed() -> Result<()> {
    let trigger = "CREATE FUNCTION same() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; \
                   CREATE TRIGGER same BEFORE UPDATE ON plain FOR EACH ROW EXECUTE FUNCTION same()";
    for extra in ["", trigger] {
        let database = database("undecodable");
        let db = connect(&database.dsn(), "max_connections=1");
        db.install(&[Plain::schema()]).await?;
        let loosen = "ALTER TABLE plain ALTER required DROP NOT NULL, ALTER level DROP NOT NULL, \
                      ALTER small TYPE bigint";
        database.query(loosen).expect("it is changed");
        database.query(extra).expect("it is made");
        for bad in [
            "_created = 'infinity'",
            "_created = '-infinity'",
            "_created = '0044-03-15 BC'",
            "_created = '10000-01-01'",
            "day = 'infinity'",
            "day = '0044-03-15 BC'",
            "age = 300",
            "age = -1",
            "small = 3000000000",
            "required = NULL",
            "level = 3",
            "level = NULL",
            "size = 'huge'",
            "maybe = 'huge'",
        ] {
            database.query("TRUNCATE plain").expect("it is emptied");
            Plain::create().name("a").bar(1).on(&db).await?;
            database.query(&format!("UPDATE plain SET {bad}")).expect(bad);
            let row = "SELECT plain::text || xmin FROM plain";
            let before = cell(&database, row);
            let upsert = || Plain::create().name("a").bar(2).on(&db).upsert();
            let error = upsert().await.expect_err(bad);
            assert_eq!(error.kind(), Kind::Decode, "{bad}: {error}");
            assert_eq!(cell(&database, row), before, "{bad} {extra}");
            // In a transaction too, whose level it ends as it does on every backend.
            let done = prom::transaction(async {
                let done = Plain::create().name("a").bar(2).upsert().await;
                assert_eq!(done.map_err(|error| error.kind()), Err(Kind::Decode));
                Ok::<_, Error>(())
            });
            assert!(done.on(&db).await.is_err(), "{bad}");
            assert_eq!(cell(&database, row), before, "{bad} {extra}");
            let found = Plain::create().name("a").bar(2).on(&db).find_or_create().await;
            assert_eq!(found.map_err(|error| error.kind()), Err(Kind::Decode), "{bad}");
            assert_eq!(Plain::create().name("a").bar(2).on(&db).or_ignore().await?, None);
            assert_eq!(cell(&database, row), before, "{bad} {extra}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn what_can_be_decoded_is_changed_in_one_round_trip() -> Result<()> {
    let database = database("decodable");
    let db = connect(&database.dsn(), "max_connections=1");
    db.install(&[Plain::schema()]).await?;
    for set in [
        "bar = 1",
        "_created = '0001-01-01T00:00:00Z', day = '0001-01-01', age = 0, small = -2147483648",
        "_created = '9999-12-30T22:00:00.999999Z', day = '9999-12-31', age = 255, small = 2147483647",
        "day = NULL, small = NULL, maybe = NULL, size = 'large', level = 2",
        "maybe = 'large', required = -9223372036854775808",
    ] {
        database.query("TRUNCATE plain").expect("it is emptied");
        let row = Plain::create().name("a").bar(1).on(&db).upsert().await?;
        database.query(&format!("UPDATE plain SET {set}")).expect(set);
        let changed = Plain::create().name("a").bar(2).on(&db).upsert().await?;
        assert!(last_sent(&database).starts_with("INSERT"), "no COMMIT: {}", last_sent(&database));
        assert_eq!((changed.id, changed.bar), (row.id, 2));
        assert_eq!(Plain::find(row.id).on(&db).await?, Some(changed), "{set}");
    }
    Ok(())
}

#[tokio::test]
async fn a_type_that_refuses_what_it_likes_is_undone() -> Result<()> {
    let database = database("odd");
    let db = connect(&database.dsn(), "max_connections=1");
    Odd::create().name("a").bar(1).on(&db).await?;
    Odd::create().name("a").bar(2).on(&db).upsert().await?;
    database.query("UPDATE odd SET even = 3").expect("it is changed");
    let error = Odd::create().name("a").bar(3).on(&db).upsert().await.expect_err("it is odd");
    assert_eq!(error.kind(), Kind::Decode, "{error}");
    assert_eq!(cell(&database, "SELECT bar FROM odd").as_deref(), Some("2"));
    // What it sets itself can be decoded.
    let row = Odd::create().name("a").bar(4).even(Even(4)).on(&db).upsert().await?;
    assert_eq!((row.bar, row.even), (4, Even(4)));
    assert!(last_sent(&database).starts_with("INSERT"));
    Ok(())
}

#[tokio::test]
async fn a_name_in_other_letters_is_met_and_cannot_be_decoded() -> Result<()> {
    let database = database("cased");
    let db = connect(&database.dsn(), "");
    Cased::create().size(Size::Small).bar(1).on(&db).await?;
    Cased::create().size(Size::Small).bar(2).on(&db).upsert().await?;
    database.query("UPDATE cased SET size = 'SMALL'").expect("it is changed");
    let error = Cased::create().size(Size::Small).bar(3).on(&db).upsert().await.expect_err("`SMALL` is none");
    assert_eq!(error.kind(), Kind::Decode, "{error}");
    assert_eq!(cell(&database, "SELECT bar FROM cased").as_deref(), Some("2"));
    Ok(())
}

#[tokio::test]
async fn a_column_that_may_hold_more_than_the_field_is_looked_at_before_the_commit() -> Result<()> {
    let database = database("wider");
    let db = connect(&database.dsn(), "");
    let sql = "CREATE TABLE plain (name text UNIQUE NOT NULL, bar bigint NOT NULL, day date, \
        age smallint NOT NULL, small integer, required numeric NOT NULL, level bigint NOT NULL, size text NOT NULL, \
        maybe text, _id bigserial PRIMARY KEY, _created timestamptz NOT NULL, _updated timestamptz NOT NULL)";
    database.query(sql).expect("it is made");
    Plain::create().name("a").bar(1).on(&db).await?;
    for value in ["1.5", "'NaN'", "1e30"] {
        database.query(&format!("UPDATE plain SET required = {value}")).expect("it is changed");
        let error = Plain::create().name("a").bar(2).on(&db).upsert().await.expect_err("it is no `i64`");
        assert_eq!(error.kind(), Kind::Decode, "{error}");
        assert_eq!(cell(&database, "SELECT bar FROM plain").as_deref(), Some("1"));
    }
    Ok(())
}
