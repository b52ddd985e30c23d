//! Many rows at once.

use bytes::BytesMut;
use futures_util::SinkExt;
use prom_core::Type;
use prom_core::Value;
use prom_core::query::{Conflict, Insert};
use prom_core::schema::{FieldDef, KeyDef, Schema};
use tokio_postgres::Client;
use tokio_postgres::types::ToSql;

use super::client;
use crate::dialect::Postgres;
use crate::{bulk, copy};

static FIELDS: &[FieldDef] = &[
    FieldDef::new("n", Type::I64),
    FieldDef::new("t", Type::Text).nullable(true),
    FieldDef::new("id", Type::I64).key(KeyDef::Generated),
];
static THING: Schema = Schema::new("Thing", "thing", FIELDS);
static KEYLESS: Schema = Schema::new("Thing", "thing", FIELDS.split_at(2).0);

// As Python's prom would have it: INTEGER for a number.
const TABLE: &str = "CREATE TABLE thing (n int4 DEFAULT 7, t text, id bigserial PRIMARY KEY)";

fn drafts(schema: &'static Schema, rows: usize) -> Insert {
    let values = (0..rows).flat_map(|it| {
        let number = i64::try_from(it).expect("few");
        let text = if it % 3 == 0 { Value::Null } else { Value::Text(format!("\\{it}\"")) };
        [Value::I64(number), text]
    });
    Insert::new(schema, FIELDS[..2].iter().collect(), values.collect(), rows)
}

async fn insert(client: &Client, insert: &Insert) -> Vec<i64> {
    let text = bulk::text(Postgres::PLAIN, insert).expect("it has types");
    let statement = client.prepare(&text).await.expect(&text);
    let mut keys = Vec::new();
    let mut start = 0;
    while start < insert.rows {
        let end = bulk::block_end(insert, start);
        let params = bulk::params(insert, start..end);
        start = end;
        let params: Vec<&(dyn ToSql + Sync)> = params.iter().map(|it| it as _).collect();
        let rows = client.query(&statement, &params).await.expect(&text);
        keys.extend(rows.iter().map(|it| it.get::<_, i64>(0)));
    }
    keys
}

#[tokio::test]
async fn the_keys_of_many_rows_come_in_their_order() {
    let Some(client) = client().await else { return };
    client.batch_execute(TABLE).await.expect("it can be made");
    let keys = insert(&client, &drafts(&THING, 12_345)).await;
    assert_eq!(keys, (1..=12_345).collect::<Vec<i64>>());
    let rows = client.query("SELECT n, t FROM thing ORDER BY id", &[]).await.expect("they are there");
    for (at, row) in rows.iter().enumerate() {
        let text = (at % 3 != 0).then(|| format!("\\{at}\""));
        assert_eq!(
            (row.get::<_, i32>(0), row.get::<_, Option<String>>(1)),
            (i32::try_from(at).expect("few"), text)
        );
    }
}

#[tokio::test]
async fn rows_without_fields_are_many_too() {
    let Some(client) = client().await else { return };
    client.batch_execute(TABLE).await.expect("it can be made");
    let keys = insert(&client, &Insert::new(&THING, vec![], vec![], 3)).await;
    assert_eq!(keys, [1, 2, 3]);
    let rows = client.query("SELECT n FROM thing", &[]).await.expect("they are there");
    assert!(rows.iter().all(|it| it.get::<_, i32>(0) == 7));
}

#[tokio::test]
async fn rows_have_as_many_columns_as_a_table() {
    let Some(client) = client().await else { return };
    let names = (0..1_599).map(|at| &*Box::leak(format!("c{at}").into_boxed_str()));
    let fields: Vec<_> = names.map(|name| FieldDef::new(name, Type::Bool).nullable(true)).collect();
    let key = FieldDef::new("id", Type::I64).key(KeyDef::Generated);
    let fields: &'static [FieldDef] = Vec::leak(fields.into_iter().chain([key]).collect());
    let schema: &'static Schema = Box::leak(Box::new(Schema::new("Wide", "wide", fields)));
    let columns: Vec<_> = fields[..1_599].iter().map(|field| format!("{} boolean", field.column)).collect();
    let table = format!("CREATE TABLE wide ({}, id bigserial PRIMARY KEY)", columns.join(", "));
    client.batch_execute(&table).await.expect("it can be made");
    let values = (0..3 * 1_599).map(|at| Value::Bool(at % 2 == 0)).collect();
    let rows = Insert::new(schema, fields[..1_599].iter().collect(), values, 3);
    assert_eq!(insert(&client, &rows).await, [1, 2, 3]);
    let row =
        client.query_one("SELECT c0, c1, c1598 FROM wide WHERE id = 2", &[]).await.expect("it is there");
    assert_eq!([0, 1, 2].map(|at| row.get::<_, bool>(at)), [false, true, false]);
}

#[test]
fn rows_of_many_bytes_go_in_several_statements() {
    let ends = |insert: &Insert| {
        let mut ends = vec![bulk::block_end(insert, 0)];
        while let Some(end) = ends.last().copied().filter(|end| *end < insert.rows) {
            ends.push(bulk::block_end(insert, end));
        }
        ends
    };
    assert_eq!(ends(&drafts(&THING, 12_000)), [5_000, 10_000, 12_000]);
    let mut large = drafts(&THING, 5);
    for at in [3, 5, 9] {
        large.values[at] = Value::Bytes(vec![0; 40 << 20]);
    }
    assert_eq!(ends(&large), [2, 4, 5]);
    // One alone goes, however large it is.
    large.values[1] = Value::Bytes(vec![0; 80 << 20]);
    assert_eq!(ends(&large), [1, 2, 4, 5]);
}

#[test]
fn what_is_written_how() {
    assert!(bulk::is_bulk(&drafts(&THING, 2)) && !bulk::is_bulk(&drafts(&THING, 1)));
    let set = Conflict::Update { target: vec![&FIELDS[0]], set: vec![&FIELDS[1]] };
    assert!(!bulk::is_bulk(&drafts(&THING, 2).on_conflict(set)));
    assert!(copy::is_copy(&drafts(&KEYLESS, 500)) && !copy::is_copy(&drafts(&KEYLESS, 499)));
    assert!(!copy::is_copy(&drafts(&THING, 500)));
    assert_eq!(
        bulk::text(Postgres::PLAIN, &drafts(&THING, 2)).expect("it has types"),
        r#"INSERT INTO "thing" ("n", "t") SELECT * FROM UNNEST($1::bigint[], $2::text[]) RETURNING "id""#
    );
    assert_eq!(copy::text(&drafts(&KEYLESS, 500)), r#"COPY "thing" ("n", "t") FROM STDIN (FORMAT binary)"#);
}

#[tokio::test]
async fn a_copy_goes_by_the_types_of_the_columns() {
    let Some(client) = client().await else { return };
    client.batch_execute(TABLE).await.expect("it can be made");
    let insert = drafts(&KEYLESS, 1_000);
    let probe = client.prepare(&copy::probe(&insert)).await.expect("the table is there");
    let types: Vec<_> = probe.columns().iter().map(|it| it.type_().clone()).collect();
    assert!(copy::fits(&insert, &types));
    let sink = client.copy_in(&copy::text(&insert)).await.expect("it begins");
    let mut sink = Box::pin(sink);
    let mut out = BytesMut::new();
    copy::begin(&mut out);
    for row in 0..1_000 {
        copy::row(&insert, row, &types, &mut out).expect("it fits");
    }
    copy::end(&mut out);
    sink.send(out.freeze()).await.expect("it is sent");
    assert_eq!(sink.as_mut().finish().await.expect("it ends"), 1_000);
    let row =
        client.query_one("SELECT count(*), sum(n)::int8, count(t) FROM thing", &[]).await.expect("there");
    assert_eq!((row.get::<_, i64>(0), row.get::<_, i64>(1), row.get::<_, i64>(2)), (1_000, 499_500, 666));

    let mut large = drafts(&KEYLESS, 500);
    large.values[2] = Value::I64(1 << 40);
    let error = copy::row(&large, 1, &types, &mut BytesMut::new()).expect_err("it does not fit");
    assert_eq!(
        error.to_string(),
        "draft 1, counted from 0: a number is outside the range of the column's type int4"
    );
}
