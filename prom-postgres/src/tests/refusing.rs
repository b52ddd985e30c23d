//! What the server refuses.

use prom_core::query::{Delete, Insert, Request};
use prom_core::schema::{FieldDef, IndexDef, KeyDef, OnDelete, Reference, Schema};
use prom_core::{Error, Kind, Type, Value};
use tokio_postgres::Client;

use super::{client, connect};
use crate::error::{about, from_postgres};

const TABLES: &str = r#"
    CREATE TABLE parent (id int8 PRIMARY KEY);
    CREATE TABLE child (
        name text NOT NULL, size int2 CHECK (size > 0), parent_id int8 REFERENCES parent, id int8 PRIMARY KEY);
    CREATE UNIQUE INDEX child_name ON child (name);
    INSERT INTO parent VALUES (1);
    INSERT INTO child VALUES ('secret', 1, 1, 1);
"#;

static PARENT: Schema = Schema::new("Parent", "parent", &[FieldDef::new("id", Type::I64).key(KeyDef::Given)]);
static CHILD: Schema = Schema::new(
    "Child",
    "child",
    &[
        FieldDef::new("name", Type::Text),
        FieldDef::new("size", Type::I16).nullable(true),
        FieldDef::new("parent_id", Type::I64)
            .nullable(true)
            .reference(Reference { target: || &PARENT, on_delete: OnDelete::Cascade }),
        FieldDef::new("id", Type::I64).key(KeyDef::Given),
    ],
)
.with_indexes(&[IndexDef::unique("name", &["name"])]);

async fn refused(client: &Client, sql: &str) -> Error {
    let error = client.batch_execute(sql).await.expect_err(sql);
    from_postgres(&error)
}

#[tokio::test]
async fn rows_are_refused_in_the_words_of_the_model() {
    let Some(client) = client().await else { return };
    client.batch_execute(TABLES).await.expect("they can be made");
    let values = vec![Value::Text("a".into()), Value::I64(1), Value::I64(2), Value::I64(3)];
    let insert = Request::Insert(Insert::new(&CHILD, CHILD.fields().iter().collect(), values, 1));
    let delete = Request::Delete(Delete::new(&PARENT, vec![]));
    for (request, sql, kind, field, constraint, text) in [
        (
            &insert,
            "INSERT INTO child VALUES ('secret', 1, 1, 2)",
            Kind::Unique,
            Some("name"),
            Some("child_name"),
            "another row of `Child` has the same `name`",
        ),
        (
            &insert,
            "INSERT INTO child VALUES ('b', 1, 1, 1)",
            Kind::Unique,
            Some("id"),
            Some("child_pkey"),
            "another row of `Child` has the same `id`",
        ),
        (
            &insert,
            "INSERT INTO child VALUES (NULL, 1, 1, 2)",
            Kind::NotNull,
            Some("name"),
            Some("child.name"),
            "`Child.name` is required and would be NULL",
        ),
        (
            &insert,
            "INSERT INTO child VALUES ('b', -1, 1, 2)",
            Kind::Check,
            None,
            Some("child_size_check"),
            "the row breaks the check `child_size_check`",
        ),
        (
            &insert,
            "INSERT INTO child VALUES ('b', 1, 7, 2)",
            Kind::ForeignKey,
            Some("parent_id"),
            Some("child_parent_id_fkey"),
            "a reference of `Child` points at no row: `parent_id`",
        ),
        (
            &delete,
            "DELETE FROM parent",
            Kind::ForeignKey,
            None,
            Some("child_parent_id_fkey"),
            "a row of `Parent` cannot go: rows that refer to it are still there",
        ),
    ] {
        let error = about(request, refused(&client, sql).await);
        assert_eq!((error.kind(), error.field(), error.constraint()), (kind, field, constraint), "{sql}");
        assert_eq!(error.to_string(), text);
        assert!(error.code().is_some());
    }
}

#[tokio::test]
async fn statements_are_refused_without_what_they_quote() {
    let Some(client) = client().await else { return };
    client.batch_execute(TABLES).await.expect("they can be made");
    for (sql, kind, text) in [
        ("SELECT * FROM nothing", Kind::TableMissing, "there is no table `nothing`"),
        ("SELECT * FROM nowhere.nothing", Kind::TableMissing, "there is no table `nowhere.nothing`"),
        ("CREATE TABLE nowhere.nothing ()", Kind::TableMissing, "there is no schema `nowhere`"),
        ("SELECT nothing FROM child", Kind::FieldMissing, "there is no column `nothing`"),
        ("SELECT child.nothing FROM child", Kind::FieldMissing, "there is no column `child.nothing`"),
        ("UPDATE child SET nothing = 1", Kind::FieldMissing, "there is no column `nothing`"),
        ("SELECT 1 FROM 'secret'", Kind::Statement, "postgres: syntax error at or near .."),
        ("SELECT 'it''s secret", Kind::Statement, "postgres: unterminated quoted string at or near .."),
        ("SELECT 'secret'::int", Kind::Value, "a value does not fit its column or its operator"),
        ("SELECT 32767::int2 + 1::int2", Kind::Value, "a whole number would leave the range of its field"),
        (
            "DO $$ BEGIN RAISE EXCEPTION 'secret'; END $$",
            Kind::Statement,
            "a function or a trigger raised an error of its own; the server's log has its text",
        ),
        (
            "INSERT INTO child VALUES ('a', 1, 1, 9) ON CONFLICT (size) DO NOTHING",
            Kind::InstallDenied,
            "the table lacks the unique index that the upsert goes by; `install()` of its model adds it",
        ),
        (
            "SELECT DISTINCT 1 FROM child ORDER BY size",
            Kind::Statement,
            "postgres: for SELECT DISTINCT, ORDER BY expressions must appear in select list",
        ),
        (
            "SET statement_timeout = 20; SELECT pg_sleep(1)",
            Kind::Deadline,
            "the server stopped the statement, since it took longer than `statement_timeout` in the DSN, or somebody \
             cancelled it: raise that, or make the statement shorter",
        ),
        (
            "BEGIN READ ONLY; CREATE TABLE public.foo ()",
            Kind::ReadOnly,
            "the connection, or the transaction, may only read",
        ),
        ("SELECT 1", Kind::TransactionAborted, "an earlier error ended the transaction: leave it"),
    ] {
        let error = refused(&client, sql).await;
        assert_eq!((error.kind(), error.to_string().as_str()), (kind, text), "{sql}");
        assert!(!format!("{error:?}").contains("secret"));
    }
}

#[tokio::test]
async fn a_plan_that_no_longer_holds_says_so() {
    let Some(client) = client().await else { return };
    client.batch_execute("CREATE TABLE foo (a int4)").await.expect("it can be made");
    let prepared = client.prepare("SELECT * FROM foo").await.expect("it is there");
    client.batch_execute("ALTER TABLE foo ADD COLUMN b int4").await.expect("it can be altered");
    let error = client.query(&prepared, &[]).await.expect_err("the result has another type");
    assert_eq!(from_postgres(&error).kind(), Kind::SchemaChanged);
}

#[tokio::test]
async fn a_connection_that_the_server_closed_is_closed() {
    let (Some(one), Some(other)) = (client().await, connect().await) else { return };
    let row = one.query_one("SELECT pg_backend_pid()", &[]).await.expect("it answers");
    other.execute("SELECT pg_terminate_backend($1)", &[&row.get::<_, i32>(0)]).await.expect("it may");
    for _ in 0..2 {
        let error = one.batch_execute("SELECT pg_sleep(1)").await.expect_err("it is gone");
        assert_eq!(from_postgres(&error).kind(), Kind::Closed);
    }
}
