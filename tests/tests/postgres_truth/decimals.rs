//! Whether NUMERIC is read and written as what it is, whatever the number: by fields of
//! numbers and of text, and by SQL of the user's own.

use prom::prelude::*;
use prom::{Aggregate, Kind, Result, Value};

use crate::setup::{connect, database};

#[prom::orm(table = "price", created = none, updated = none)]
#[derive(Debug, Clone, PartialEq)]
struct Float {
    amount: f64,
}

#[prom::orm(table = "price", created = none, updated = none)]
#[derive(Debug, Clone, PartialEq)]
struct Single {
    amount: f32,
}

#[prom::orm(table = "price", created = none, updated = none)]
#[derive(Debug, Clone, PartialEq)]
struct Text {
    amount: String,
}

#[prom::orm(table = "price", created = none, updated = none)]
#[derive(Debug, Clone, PartialEq)]
struct Whole {
    amount: i64,
}

const TABLE: &str = "CREATE TABLE price (_id bigserial PRIMARY KEY, amount numeric NOT NULL)";

/// What a `numeric` column may hold, from a fraction that no float is to the ends.
const NUMBERS: [&str; 15] = [
    "5",
    "5.5",
    "5.00",
    "-0.10",
    "0.30000000000000004",
    "0.3333333333333333333333333333",
    "9007199254740993",
    "9007199254740993.00000000000000000001",
    "123456789012345678901234567890.123456789",
    "0.00000000000000000000000000000000000001",
    "1797693134862315700000000000000000000",
    "-9223372036854775808",
    "9223372036854775807.000",
    "10000",
    "0",
];

#[tokio::test]
async fn every_number_is_read_as_a_float_and_as_text() -> Result<()> {
    let database = database("decimals");
    database.query(TABLE).expect("it is made");
    let values = NUMBERS.map(|number| format!("({number})")).join(", ");
    database.query(&format!("INSERT INTO price (amount) VALUES {values}")).expect("they fit");
    for options in ["", "prepare=off"] {
        let db = connect(&database.dsn(), options);
        let floats = Float::query().on(&db).asc_id().get().await?;
        let singles = Single::query().on(&db).asc_id().get().await?;
        let texts = Text::query().on(&db).asc_id().get().await?;
        for (at, number) in NUMBERS.iter().enumerate() {
            assert_eq!(floats[at].amount, number.parse::<f64>().expect("a number"), "{number}");
            assert_eq!(singles[at].amount, number.parse::<f32>().expect("a number"), "{number}");
            assert_eq!(texts[at].amount, *number);
        }
        // Of one kind by name, whatever the number.
        for value in Text::query().on(&db).select_fields(["amount"]).asc_id().get().await? {
            assert!(matches!(value[..], [Value::Text(_)]), "{value:?}");
        }
        let sql = "SELECT amount, amount::text FROM price ORDER BY _id";
        let rows: Vec<(f64, String)> = prom::raw(sql).on(&db).all().await?;
        let read: Vec<(String, String)> = prom::raw(sql).on(&db).all().await?;
        for ((float, text), (decimal, same)) in rows.into_iter().zip(read) {
            assert_eq!((float, &decimal), (text.parse().expect("a number"), &same));
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_whole_number_is_read_where_it_is_one_in_range() -> Result<()> {
    let database = database("wholes");
    database.query(TABLE).expect("it is made");
    let db = connect(&database.dsn(), "");
    for (number, wanted) in [
        ("5", Ok(5)),
        ("5.00", Ok(5)),
        ("-9223372036854775808", Ok(i64::MIN)),
        ("9223372036854775807.0", Ok(i64::MAX)),
        ("5.5", Err("not whole")),
        ("0.0001", Err("not whole")),
        ("NaN", Err("not whole")),
        ("9223372036854775808", Err("outside the range of i64")),
        ("1e30", Err("outside the range of i64")),
    ] {
        database
            .query(&format!("TRUNCATE price; INSERT INTO price (amount) VALUES ('{number}')"))
            .expect("it fits");
        match (Whole::query().on(&db).only().await, wanted) {
            (Ok(row), Ok(wanted)) => assert_eq!(row.amount, wanted, "{number}"),
            (Err(error), Err(text)) => {
                assert_eq!(
                    (error.kind(), error.model(), error.field()),
                    (Kind::Decode, Some("Whole"), Some("amount"))
                );
                assert!(error.to_string().contains(text), "{number}: {error}");
            }
            (read, _) => panic!("{number}: {read:?}"),
        }
    }
    Ok(())
}

#[tokio::test]
async fn what_is_no_number_and_what_is_beyond_them_is_read_as_floats_have_it() -> Result<()> {
    let database = database("beyond");
    database.query(TABLE).expect("it is made");
    let db = connect(&database.dsn(), "");
    let set = |number: &str| {
        let sql = format!("TRUNCATE price; INSERT INTO price (amount) VALUES ('{number}')");
        database.query(&sql).is_ok()
    };
    assert!(set("NaN"));
    assert!(Float::query().on(&db).only().await?.amount.is_nan());
    // From PostgreSQL 14 on.
    if set("-Infinity") {
        assert_eq!(Float::query().on(&db).only().await?.amount, f64::NEG_INFINITY);
        assert_eq!(Text::query().on(&db).only().await?.amount, "-Infinity");
        assert_eq!(Float::query().on(&db).eq_amount(f64::NEG_INFINITY).count().await?, 1);
    }
    assert!(set("1e400"));
    let error = Float::query().on(&db).only().await.expect_err("no float is as large");
    assert_eq!((error.kind(), error.model(), error.field()), (Kind::Decode, Some("Float"), Some("amount")));
    assert!(error.to_string().contains("outside the range of f64"), "{error}");
    assert!(set("1e39"));
    assert_eq!(Float::query().on(&db).only().await?.amount, 1e39);
    let error = Single::query().on(&db).only().await.expect_err("no float of 32 bits is as large");
    assert!(error.to_string().contains("outside the range of f32"), "{error}");
    Ok(())
}

#[tokio::test]
async fn floats_are_written_digit_by_digit_alone_and_in_numbers_and_found_again() -> Result<()> {
    let database = database("written");
    database.query(TABLE).expect("it is made");
    // The server's own cast keeps 15 digits of a float.
    let numbers = [0.1 + 0.2, 1.0 / 3.0, 1e300, 5e-324, -2.5, 123_456_789.123_456_79];
    for options in ["", "prepare=off"] {
        let db = connect(&database.dsn(), options);
        for number in numbers {
            database.query("TRUNCATE price").expect("it is empty");
            Float::create().amount(number).on(&db).await?;
            Float::create_many((0..2).map(|_| Float::draft().amount(number))).on(&db).await?;
            Float::create_many((0..500).map(|_| Float::draft().amount(number))).on(&db).await?;
            let distinct = database.query("SELECT DISTINCT amount FROM price").expect("there");
            assert_eq!(distinct.len(), 1, "{number}: {distinct:?}");
            assert_eq!(Float::query().on(&db).eq_amount(number).count().await?, 503);
            assert_eq!(Float::query().on(&db).in_amount([number, 7.0]).count().await?, 503);
            assert_eq!(Float::query().on(&db).between_amount(number, number).count().await?, 503);
            assert_eq!(Float::query().on(&db).gt_amount(number).count().await?, 0);
        }
        database.query("TRUNCATE price").expect("it is empty");
        let texts = ["12.50", "-0.000000000000000000000000001", "98765432109876543210"];
        Text::create().amount(texts[0]).on(&db).await?;
        Text::create_many(texts[1..].iter().map(|text| Text::draft().amount(*text))).on(&db).await?;
        for text in texts {
            assert_eq!(Text::query().on(&db).eq_amount(text).only().await?.amount, text);
        }
        // Equal as numbers, as the column has them.
        assert_eq!(Text::query().on(&db).eq_amount("12.5").only().await?.amount, "12.50");
        let error = Text::create().amount("much").on(&db).await.expect_err("it is no number");
        assert_eq!(error.kind(), Kind::Value);
        let drafts = ["1", "much"].map(|text| Text::draft().amount(text));
        let error = Text::create_many(drafts).on(&db).await.expect_err("one is no number");
        assert_eq!(error.kind(), Kind::Value);
        assert_eq!(Text::query().on(&db).count().await?, 3);
    }
    Ok(())
}

#[derive(Debug, PartialEq, prom::FromRow)]
struct Mean {
    mean: f64,
    total: String,
}

#[tokio::test]
async fn what_the_server_computes_as_numeric_is_read() -> Result<()> {
    let database = database("computed");
    database.query(TABLE).expect("it is made");
    database.query("INSERT INTO price (amount) VALUES (1), (2), (2)").expect("they fit");
    let db = connect(&database.dsn(), "");
    let mean = |sql: &'static str| prom::raw(sql).on(&db).only::<f64>();
    let sum = |sql: &'static str| prom::raw(sql).on(&db).only::<i64>();
    assert_eq!(mean("SELECT avg(a) FROM (VALUES (1), (2), (2)) AS t(a)").await?, 5.0 / 3.0);
    assert_eq!(mean("SELECT avg(a) FROM (VALUES (1), (2)) AS t(a)").await?, 1.5);
    assert_eq!(mean("SELECT avg(a) FROM (VALUES (1), (3)) AS t(a)").await?, 2.0);
    assert_eq!(sum("SELECT sum(a::bigint) FROM (VALUES (1), (3)) AS t(a)").await?, 4);
    assert_eq!(prom::raw("SELECT round(2.5, 3)").on(&db).only::<String>().await?, "2.500");
    let sql = "SELECT avg(amount) AS mean, sum(amount) AS total FROM price";
    let row: Mean = prom::raw(sql).on(&db).only().await?;
    assert_eq!(row, Mean { mean: 5.0 / 3.0, total: "5".into() });
    let at = "SELECT extract(epoch FROM 'epoch'::timestamptz)::numeric + 1.5";
    let at: prom::Timestamp = prom::raw(at).on(&db).only().await?;
    assert_eq!(at.to_string(), "1970-01-01T00:00:01.5Z");

    assert_eq!(Float::query().on(&db).avg_amount().only().await?, Some(5.0 / 3.0));
    assert_eq!(Float::query().on(&db).sum_amount().only().await?, Some(5.0));
    assert_eq!(Float::query().on(&db).max_amount().only().await?, Some(2.0));
    assert_eq!(Whole::query().on(&db).sum_amount().only().await?, Some(5));
    let named = Float::query().on(&db).aggregate_field(Aggregate::Sum, "amount").only().await;
    assert!(named.is_ok(), "{named:?}");
    Ok(())
}
