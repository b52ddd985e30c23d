//! Tables before first use.

use prom_core::Kind;
use prom_core::interface::{Change, Install};
use prom_core::schema::{DefaultValue, FieldDef, IndexDef, KeyDef, OnDelete, Reference, Schema};
use prom_core::sql::define_all;
use prom_core::{Result, Type, Value};
use tokio_postgres::Client;

use super::{client, connect};
use crate::dialect::Postgres;
use crate::install::{Waits, look, make, refuse};

const fn to(name: &'static str, target: fn() -> &'static Schema) -> FieldDef {
    FieldDef::new(name, Type::I64)
        .nullable(true)
        .reference(Reference { target, on_delete: OnDelete::SetNull })
}

const ID: FieldDef = FieldDef::new("_id", Type::I64).key(KeyDef::Generated);

// Two that refer to each other.
static EGG: Schema = Schema::new(
    "Egg",
    "egg",
    &[
        to("hen_id", || &HEN),
        to("egg_id", || &EGG),
        FieldDef::new("name", Type::Text).ignore_case().size(Some(1), Some(9)),
        ID,
    ],
)
.with_indexes(&[IndexDef::unique("name", &["name"])])
.with_doc("What was \\ first, it's said");
static HEN: Schema = Schema::new(
    "Hen",
    "hen",
    &[
        to("egg_id", || &EGG),
        FieldDef::new("at", Type::Timestamp).doc("When."),
        FieldDef::new("b", Type::Bytes).default(DefaultValue::Constant(|| Value::Bytes(vec![0, 92]))),
        FieldDef::new("t", Type::Text).default(DefaultValue::Constant(|| Value::Text("\\'".into()))),
        FieldDef::new("f", Type::F64).default(DefaultValue::Constant(|| Value::F64(f64::INFINITY))),
        FieldDef::new("i", Type::I64).default(DefaultValue::Constant(|| Value::I64(i64::MIN))),
        FieldDef::new("ok", Type::Bool).default(DefaultValue::Constant(|| Value::Bool(true))),
        ID,
    ],
)
.with_indexes(&[IndexDef::new("at", &["at"])]);
/// The same with a field more.
static NEW_HEN: Schema = Schema::new(
    "Hen",
    "hen",
    &[
        FieldDef::new("egg_id", Type::I64),
        to("coop_id", || &COOP),
        FieldDef::new("weight", Type::F64).nullable(true).doc("Grams."),
        ID,
    ],
)
.with_indexes(&[IndexDef::new("weight", &["weight"])]);
static COOP: Schema = Schema::new("Coop", "coop", &[to("hen_id", || &NEW_HEN), ID]);
static FAR: Schema = Schema::new("Far", "far", &[ID]).with_namespace(Some("prom \"far\""));

async fn install(client: &Client, schemas: &[&'static Schema]) -> Result<Vec<Change>> {
    client.batch_execute("BEGIN").await.expect("it begins");
    let made = make(client, schemas, Install::Auto, Waits::default()).await;
    let end = if made.is_ok() { "COMMIT" } else { "ROLLBACK" };
    client.batch_execute(end).await.expect("it ends");
    Ok(made?.changes)
}

/// A schema of the database's for one test alone.
async fn in_schema(name: &str) -> Option<Client> {
    let client = connect().await?;
    let sql = format!("DROP SCHEMA IF EXISTS {name} CASCADE; CREATE SCHEMA {name}; SET search_path = {name}");
    client.batch_execute(&sql).await.expect("it can be made");
    Some(client)
}

#[test]
fn tables_that_refer_to_each_other_are_made_before_they_do() {
    let changes: Vec<_> = [&EGG, &COOP].map(Change::CreateTable).into();
    let newer = Change::AddField(&NEW_HEN, &NEW_HEN.fields()[2]);
    let steps = define_all(Postgres::PLAIN, &[changes, vec![newer]].concat()).expect("it can be said");
    let texts: Vec<_> = steps.iter().map(|(_, it)| it.as_str()).collect();
    assert_eq!(
        texts,
        [
            r#"CREATE TABLE IF NOT EXISTS "egg" ("hen_id" bigint NULL REFERENCES "hen" ("_id") ON UPDATE CASCADE ON DELETE SET NULL, "egg_id" bigint NULL REFERENCES "egg" ("_id") ON UPDATE CASCADE ON DELETE SET NULL, "name" text CHECK(length("name") >= 1 AND length("name") <= 9) COLLATE "case_insensitive" NOT NULL, "_id" bigserial NOT NULL PRIMARY KEY); COMMENT ON TABLE "egg" IS E'What was \\ first, it''s said'"#,
            r#"CREATE TABLE IF NOT EXISTS "coop" ("hen_id" bigint NULL REFERENCES "hen" ("_id") ON UPDATE CASCADE ON DELETE SET NULL, "_id" bigserial NOT NULL PRIMARY KEY)"#,
            r#"ALTER TABLE "hen" ADD COLUMN IF NOT EXISTS "weight" double precision NULL; COMMENT ON COLUMN "hen"."weight" IS 'Grams.'"#,
        ]
    );
    let steps = define_all(Postgres::PLAIN, &[&EGG, &HEN].map(Change::CreateTable)).expect("it can be said");
    let last = r#"ALTER TABLE "egg" ADD FOREIGN KEY ("hen_id") REFERENCES "hen" ("_id") ON UPDATE CASCADE ON DELETE SET NULL"#;
    assert_eq!((steps.len(), steps[2].1.as_str()), (3, last));
    assert!(!steps[0].1.contains("REFERENCES \"hen\""));
}

#[tokio::test]
async fn what_is_missing_is_made_once() {
    let Some(client) = in_schema("prom_once").await else { return };
    let tables: [&'static Schema; 2] = [&EGG, &HEN];
    assert_eq!(install(&client, &tables).await.expect("they are made").len(), 4);
    assert!(look(&client, &tables, Install::Full).await.expect("it looks").changes.is_empty());
    assert!(install(&client, &tables).await.expect("they are there").is_empty());
    let sql = "INSERT INTO hen (at) VALUES (now()) RETURNING b, t, f, i, ok";
    let row = client.query_one(sql, &[]).await.expect("the defaults are there");
    assert_eq!((row.get::<_, Vec<u8>>(0), row.get::<_, String>(1)), (vec![0, 92], "\\'".to_owned()));
    assert_eq!(
        (row.get::<_, f64>(2), row.get::<_, i64>(3), row.get::<_, bool>(4)),
        (f64::INFINITY, i64::MIN, true)
    );
    let comments = "SELECT obj_description('egg'::regclass), col_description('hen'::regclass, 2)";
    let row = client.query_one(comments, &[]).await.expect("it has comments");
    assert_eq!(
        (row.get::<_, String>(0), row.get::<_, String>(1)),
        ("What was \\ first, it's said".into(), "When.".into())
    );
    let named = "SELECT array_agg(conname::text ORDER BY conname::text) FROM pg_constraint WHERE contype = 'f' \
                 AND connamespace = 'prom_once'::regnamespace";
    let names: Vec<String> = client.query_one(named, &[]).await.expect("it has references").get(0);
    assert_eq!(names, ["egg_egg_id_fkey", "egg_hen_id_fkey", "hen_egg_id_fkey"]);
    client.batch_execute("INSERT INTO egg (name) VALUES ('Ä')").await.expect("it fits");
    client.batch_execute("INSERT INTO egg (name) VALUES ('ä')").await.expect_err("letter case is ignored");

    // A field that refers to a table which comes later.
    let newer: [&'static Schema; 2] = [&NEW_HEN, &COOP];
    let made = install(&client, &newer).await.expect("they are made");
    assert_eq!(made.len(), 4, "{made:?}");
    assert!(look(&client, &newer, Install::Full).await.expect("it looks").changes.is_empty());
    let timeout: String = client.query_one("SHOW lock_timeout", &[]).await.expect("it has one").get(0);
    assert_eq!(timeout, "0");
    client.batch_execute("DROP SCHEMA prom_once CASCADE").await.expect("it goes");
}

#[tokio::test]
async fn a_schema_of_the_models_is_made_too() {
    let Some(client) = client().await else { return };
    client.batch_execute("DROP SCHEMA IF EXISTS \"prom \"\"far\"\"\" CASCADE").await.expect("it goes");
    assert_eq!(install(&client, &[&FAR]).await.expect("it is made").len(), 1);
    assert!(install(&client, &[&FAR]).await.expect("it is there").is_empty());
    client.batch_execute("DROP SCHEMA \"prom \"\"far\"\"\" CASCADE").await.expect("it goes");
}

#[tokio::test]
async fn a_refusal_says_all_there_is_to_run() {
    let Some(client) = in_schema("prom_refused").await else { return };
    let schemas: [&'static Schema; 3] = [&FAR, &EGG, &HEN];
    let changes = look(&client, &schemas, Install::Verify).await.expect("it looks");
    let error = refuse(&client, &changes.changes, Install::Verify).await;
    let steps = error.to_string().split_once("what is missing: ").expect("it says").1.to_owned();
    let steps = steps.replace("prom \"\"far", "prom \"\"farther");
    assert!(steps.contains("CREATE COLLATION"), "{steps}");
    client.batch_execute(&format!("BEGIN; {steps}; ROLLBACK")).await.expect("it can be done by hand");
    client.batch_execute("DROP SCHEMA prom_refused CASCADE").await.expect("it goes");
}

#[tokio::test]
async fn a_role_that_may_not_is_told_what_to_run() {
    let Some(client) = in_schema("prom_denied").await else { return };
    let sql = "DROP ROLE IF EXISTS prom_nobody; CREATE ROLE prom_nobody; \
               GRANT USAGE ON SCHEMA prom_denied TO prom_nobody; SET ROLE prom_nobody";
    client.batch_execute(sql).await.expect("it can be made");
    let error = install(&client, &[&COOP]).await.expect_err("it may not");
    assert_eq!(error.kind(), Kind::InstallDenied);
    assert!(error.to_string().contains("CREATE TABLE IF NOT EXISTS \"coop\""), "{error}");
    let sql = "RESET ROLE; DROP SCHEMA prom_denied CASCADE; DROP ROLE prom_nobody";
    client.batch_execute(sql).await.expect("they go");
}

#[tokio::test]
async fn a_table_in_use_is_not_waited_for_long() {
    let (Some(one), Some(other)) = (in_schema("prom_busy").await, connect().await) else { return };
    let sql = "CREATE TABLE hen (egg_id int8, coop_id int8, _id int8 PRIMARY KEY); CREATE TABLE coop (hen_id int8, _id int8 PRIMARY KEY); \
               BEGIN; SELECT 1 FROM hen";
    one.batch_execute(sql).await.expect("it reads");
    other.batch_execute("SET search_path = prom_busy; SET lock_timeout = '7s'").await.expect("it begins");
    other.batch_execute("BEGIN").await.expect("it begins");
    let waits = Waits { table: std::time::Duration::from_millis(100), ..Waits::default() };
    let error = make(&other, &[&NEW_HEN], Install::Auto, waits).await.expect_err("it is in use");
    assert_eq!((error.kind(), error.code()), (Kind::Busy, Some("55P03")), "{error}");
    // The transaction goes on as it was.
    let timeout: String = other.query_one("SHOW lock_timeout", &[]).await.expect("it has one").get(0);
    assert_eq!(timeout, "7s");
    one.batch_execute("COMMIT").await.expect("it ends");
    assert_eq!(make(&other, &[&NEW_HEN], Install::Auto, waits).await.expect("it is free").changes.len(), 2);
    let timeout: String = other.query_one("SHOW lock_timeout", &[]).await.expect("it has one").get(0);
    assert_eq!(timeout, "7s");
    other.batch_execute("COMMIT; DROP SCHEMA prom_busy CASCADE").await.expect("it goes");
}

/// Some of them go by hand, without the lock.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_at_once_are_no_trouble() {
    let Some(first) = in_schema("prom_race").await else { return };
    for round in 0..20 {
        let sql = "DROP TABLE IF EXISTS hen, egg, coop CASCADE; DROP COLLATION IF EXISTS case_insensitive";
        first.batch_execute(sql).await.expect("they go");
        let mut tasks = Vec::new();
        for task in 0..16 {
            tasks.push(tokio::spawn(async move {
                let client = connect().await.expect("the server is there");
                client.batch_execute("SET search_path = prom_race").await.expect("it can be set");
                if (round + task) % 4 == 0 {
                    let sql = "CREATE TABLE IF NOT EXISTS coop (hen_id int8, _id bigserial PRIMARY KEY)";
                    // Whether it comes first, in time, or too late.
                    let _ = client.batch_execute(sql).await;
                }
                install(&client, &[&EGG, &HEN]).await?;
                install(&client, &[&NEW_HEN, &COOP]).await?;
                client
                    .batch_execute("INSERT INTO hen (at) VALUES (now()); INSERT INTO coop DEFAULT VALUES")
                    .await
                    .expect("there");
                Ok::<_, prom_core::Error>(())
            }));
        }
        for task in tasks {
            task.await.expect("it does not panic").expect("it is made");
        }
        let row = first.query_one("SELECT count(*) FROM hen", &[]).await.expect("it is there");
        assert_eq!(row.get::<_, i64>(0), 16);
    }
    first.batch_execute("DROP SCHEMA prom_race CASCADE").await.expect("it goes");
}
