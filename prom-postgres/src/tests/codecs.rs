//! Values, there and back.

use futures_util::TryStreamExt;
use prom_core::query::{Aggregate, Raw, Request};
use prom_core::schema::FieldDef;
use prom_core::sql::{Dialect, Writer, render};
use prom_core::{Kind, RowRef, Value, ValueRef};
use tokio_postgres::Client;
use tokio_postgres::types::Type;

use super::client;
use crate::dialect::Postgres;
use crate::error::from_postgres;
use crate::value::{Param, PostgresRow, params, types};

/// What comes back of `value` in the place of `$1`, where the server has given it
/// a type, and where it had to infer one from the text.
async fn echo(client: &Client, sql: &str, value: &Value) -> [prom_core::Result<Value>; 2] {
    let prepared = client.prepare(sql).await.expect("it can be prepared");
    let by_type = client.query(&prepared, &[&Param(value)]).await;
    let by_text = client.query_typed(sql, &[(&Param(value), Type::UNKNOWN)]).await;
    [by_type, by_text].map(|rows| {
        let rows = rows.map_err(|error| from_postgres(&error))?;
        PostgresRow::new(&rows[0]).get(0).map(|it| it.to_owned())
    })
}

fn at(text: &str) -> Value {
    Value::Timestamp(text.parse().expect("a timestamp"))
}

fn day(text: &str) -> Value {
    Value::Date(text.parse().expect("a date"))
}

#[tokio::test]
async fn values_come_back_as_they_went() {
    let Some(client) = client().await else { return };
    let mut cases = vec![
        ("bool", Value::Bool(true)),
        ("int2", Value::I64(-32_768)),
        ("int4", Value::I64(i64::from(i32::MAX))),
        ("int8", Value::I64(i64::MIN)),
        ("numeric(20,0)", Value::Text("9223372036854775807".into())),
        ("numeric", Value::Text("5".into())),
        ("oid", Value::I64(4_294_967_295)),
        ("float4", Value::F64(0.5)),
        ("float8", Value::F64(5e-324)),
        ("float8", Value::F64(f64::MAX)),
        ("float8", Value::F64(f64::NEG_INFINITY)),
        ("text", Value::Text("é🦀\\'\"{}".into())),
        ("text", Value::Text(String::new())),
        ("varchar", Value::Text("a".into())),
        ("name", Value::Text("a".into())),
        ("json", Value::Text(r#"{"a": "b\\"}"#.into())),
        ("jsonb", Value::Text(r#"{"a": 1}"#.into())),
        ("bytea", Value::Bytes((0..=255).collect())),
        ("bytea", Value::Bytes(vec![])),
        ("date", day("0001-01-01")),
        ("date", day("9999-12-31")),
        ("date", day("2024-02-29")),
        ("int8", Value::Null),
    ];
    #[cfg(feature = "uuid")]
    cases.push(("uuid", Value::Uuid(prom_core::Uuid::from_u128(7))));
    for text in [
        "0001-01-01T00:00:00.000001Z",
        "1969-12-31T23:59:59.999999Z",
        "2024-05-06T07:08:09Z",
        "9999-12-30T22:00:00.999999Z",
    ] {
        cases.push(("timestamptz", at(text)));
        cases.push(("timestamp", at(text)));
    }
    // Another zone than ours changes nothing.
    client.batch_execute("SET timezone = 'Asia/Kathmandu'").await.expect("it can be set");
    for (ty, value) in cases {
        for it in echo(&client, &format!("SELECT $1::{ty}"), &value).await {
            assert_eq!(it.expect(ty), value, "{ty}");
        }
    }
}

#[tokio::test]
async fn a_statement_is_sent_either_way() {
    let Some(client) = client().await else { return };
    client.batch_execute("CREATE TABLE foo (a int2, t varchar)").await.expect("it can be made");
    client.batch_execute("INSERT INTO foo VALUES (1, 'a'), (2, 'b')").await.expect("they fit");
    let mut raw = Raw::new("SELECT a FROM foo WHERE a = :a AND t NOT IN (:none) AND t IN (:some)");
    let list = |it: &[&str]| Value::List(it.iter().map(|it| Value::Text((*it).into())).collect());
    raw.params =
        vec![("a".into(), Value::I64(2)), ("none".into(), list(&[])), ("some".into(), list(&["b", "c"]))];
    let request = Request::Raw(raw);
    let statement = render(Postgres::PLAIN, &request).expect("it renders");
    let prepared = client.prepare(&statement.text).await.expect("it can be prepared");
    let by_type = client.query_raw(&prepared, params(&statement)).await.expect("it can be asked");
    let typed = params(&statement).into_iter().zip(types(&statement));
    let by_text = client.query_typed_raw(&statement.text, typed).await.expect("it can be asked");
    for rows in [by_type, by_text] {
        let rows: Vec<_> = rows.try_collect().await.expect("they come");
        assert_eq!(PostgresRow::new(&rows[0]).get(0).expect("it is there"), ValueRef::I64(2));
    }
}

#[tokio::test]
async fn the_least_and_the_greatest_uuid() {
    let Some(client) = client().await else { return };
    client.batch_execute("CREATE TABLE foo (id uuid)").await.expect("it can be made");
    let ids = "VALUES ('00000000-0000-0000-0000-00000000000a'), ('00000000-0000-0000-0000-000000000009')";
    client.batch_execute(&format!("INSERT INTO foo {ids}")).await.expect("they fit");
    let field = FieldDef::new("id", prom_core::Type::Uuid);
    for (aggregate, end) in [(Aggregate::Min, '9'), (Aggregate::Max, 'a')] {
        let mut w = Writer::new(Postgres::PLAIN);
        w.sql("SELECT ");
        Postgres::PLAIN.aggregate(&mut w, aggregate, &field);
        let sql = format!("SELECT it::text FROM ({} AS it FROM foo) AS x", w.finish().text);
        let text: String = client.query_one(&sql, &[]).await.expect(&sql).get(0);
        assert!(text.ends_with(end), "{text}");
    }
}

#[tokio::test]
async fn decimals_lose_nothing() {
    let Some(client) = client().await else { return };
    for text in [
        "0.00",
        "1.10",
        "-12345678901234.654321",
        "7",
        "123456789012345678901234567890",
        "0.00000000001",
        "NaN",
        "10000.0001",
    ] {
        let value = Value::Text(text.into());
        for it in echo(&client, "SELECT $1::numeric", &value).await {
            assert_eq!(it.expect(text), value);
        }
    }
}

#[tokio::test]
async fn lists_are_arrays_of_what_the_server_wants() {
    let Some(client) = client().await else { return };
    let list = |it: &[Value]| Value::List(it.to_vec().into());
    let numbers = list(&[Value::I64(1), Value::Null, Value::I64(3)]);
    let texts = list(&[Value::Text("a\"\\,{}'".into()), Value::Text("NULL".into())]);
    for (sql, list) in [
        ("SELECT 3::int2 = ANY($1)", &numbers),
        ("SELECT 3::int4 = ANY($1)", &numbers),
        ("SELECT 3::int8 = ANY($1)", &numbers),
        ("SELECT 3::numeric = ANY($1)", &numbers),
        ("SELECT 3::float8 = ANY($1)", &numbers),
        (r#"SELECT 'a"\,{}'''::text = ANY($1)"#, &texts),
        ("SELECT 'NULL'::varchar = ANY($1)", &texts),
        ("SELECT 5::int4 <> ALL($1)", &list(&[])),
        ("SELECT NULL::int4 <> ALL($1)", &list(&[])),
        ("SELECT '\\x00ff'::bytea = ANY($1)", &list(&[Value::Bytes(vec![0, 255])])),
        ("SELECT '2024-05-06T07:08:09Z'::timestamptz = ANY($1)", &list(&[at("2024-05-06T07:08:09Z")])),
        ("SELECT '2024-05-06'::date = ANY($1)", &list(&[day("2024-05-06")])),
    ] {
        for it in echo(&client, sql, list).await {
            assert_eq!(it.expect(sql), Value::Bool(true), "{sql}");
        }
    }
}

#[tokio::test]
async fn a_number_that_does_not_fit_its_column_never_wraps() {
    let Some(client) = client().await else { return };
    for (ty, number) in [("int2", 32_768), ("int4", -2_147_483_649), ("oid", -1)] {
        for it in echo(&client, &format!("SELECT $1::{ty}"), &Value::I64(number)).await {
            // As text, the server takes a negative OID for one at the other end.
            if ty != "oid" || it.is_err() {
                assert_eq!(it.expect_err(ty).kind(), Kind::Value, "{ty}");
            }
        }
        let list = Value::List(vec![Value::I64(number)].into());
        for it in echo(&client, &format!("SELECT 1::{ty} = ANY($1)"), &list).await {
            if ty != "oid" || it.is_err() {
                assert_eq!(it.expect_err(ty).kind(), Kind::Value, "{ty}");
            }
        }
    }
}

#[tokio::test]
async fn what_has_no_place_in_time_is_an_error_that_names_the_limits() {
    let Some(client) = client().await else { return };
    for sql in [
        "SELECT 1, 'infinity'::timestamptz AS at",
        "SELECT 1, '-infinity'::timestamp AS at",
        "SELECT 1, 'infinity'::date AS at",
        "SELECT 1, '4713-01-01 BC'::date AS at",
        "SELECT 1, '0001-12-31 23:59:59+00 BC'::timestamptz AS at",
        "SELECT 1, '12000-01-01'::timestamptz AS at",
        "SELECT 1, '9999-12-31T23:59:59Z'::timestamptz AS at",
    ] {
        let rows = client.query(sql, &[]).await.expect("it can be asked");
        let row = PostgresRow::new(&rows[0]);
        assert_eq!(row.get(0).expect("it is a number"), ValueRef::I64(1));
        let error = row.get(1).expect_err(sql);
        assert_eq!(error.kind(), Kind::Decode);
        assert!(error.to_string().contains(" is not within 0001-01-01"), "{error}");
        assert_eq!((row.name(1), row.name(2)), (Some("at"), None));
    }
}

#[tokio::test]
async fn what_only_the_server_knows_goes_through() {
    let Some(client) = client().await else { return };
    client.batch_execute("CREATE TYPE pg_temp.mood AS ENUM ('sad', 'ok')").await.expect("it can be made");
    for it in echo(&client, "SELECT $1::pg_temp.mood", &Value::Text("ok".into())).await {
        assert_eq!(it.expect("an enum is text"), Value::Text("ok".into()));
    }
    let rows = client.query("SELECT '1 day'::interval", &[]).await.expect("it can be asked");
    let interval = PostgresRow::new(&rows[0]).get(0).expect("its bytes are there").to_owned();
    let [it, _] = echo(&client, "SELECT $1::interval", &interval).await;
    assert_eq!(it.expect("it goes back"), interval);
}
