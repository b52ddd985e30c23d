//! Changes to many rows, and their end.

use expect_test::expect;
use prom::prelude::*;
use prom::query::{
    Assign, Compare, Conflict, Delete, Filter, Insert, Output, Request, Returning, Select, Update,
};
use prom::schema::FieldDef;

use crate::shown::{Item, Shelf, requested};

fn field(name: &str) -> &'static FieldDef {
    Item::schema().field(name).expect("the model has it")
}

fn first() -> Vec<Filter> {
    vec![Filter::Compare(field("id"), Compare::Eq, 1.into())]
}

#[test]
fn updates() {
    let mut query = Select::new(Shelf::schema());
    query.output =
        Output::Columns(vec![prom::query::Column::Field(Shelf::schema().key().expect("it has one"))]);
    query.bounds.limit = Some(1);
    let update = |set| Update::new(Item::schema(), set, first());
    let mut returning = update(vec![(field("n"), Assign::To(1.into()))]);
    returning.returning = Returning::Rows;
    let all = Update::new(Item::schema(), vec![(field("n"), Assign::To(1.into()))], Vec::new());
    let updates = [
        all,
        update(vec![(field("n"), Assign::To(1.into())), (field("name"), Assign::To(prom::Value::Null))]),
        update(vec![(field("single"), Assign::Add(0.5.into()))]),
        update(vec![(field("shelf_id"), Assign::Query(Box::new(query)))]),
        returning,
    ];
    expect![[r#"
        UPDATE "item" SET "n" = ?1
        UPDATE "item" SET "n" = $1

        UPDATE "item" SET "n" = ?1, "name" = ?2 WHERE "_id" = ?3
        UPDATE "item" SET "n" = $1, "name" = $2 WHERE "_id" = $3

        UPDATE "item" SET "single" = prom_add_f32("single", ?1) WHERE "_id" = ?2
        UPDATE "item" SET "single" = "single" + $1 WHERE "_id" = $2

        UPDATE "item" SET "shelf_id" = (SELECT "_id" FROM "shelf" LIMIT 1) WHERE "_id" = ?1
        UPDATE "item" SET "shelf_id" = (SELECT "_id" FROM "shelf" LIMIT 1) WHERE "_id" = $1

        UPDATE "item" SET "n" = ?1 WHERE "_id" = ?2 RETURNING "n", "small", "single", "name", "code", "flag", "bytes", "at", "day", "uuid", "mood", "shelf_id", "_id"
        UPDATE "item" SET "n" = $1 WHERE "_id" = $2 RETURNING "n", "small", "single", "name", "code", "flag", "bytes", "at", "day", "uuid", "mood", "shelf_id", "_id"
    "#]].assert_eq(&updates.map(|update| requested(&Request::Update(update))).join("\n"));
}

#[test]
fn deletes() {
    let mut returning = Delete::new(Item::schema(), first());
    returning.returning = Returning::Rows;
    let deletes = [Delete::new(Item::schema(), Vec::new()), Delete::new(Item::schema(), first()), returning];
    expect![[r#"
        DELETE FROM "item"
        DELETE FROM "item"

        DELETE FROM "item" WHERE "_id" = ?1
        DELETE FROM "item" WHERE "_id" = $1

        DELETE FROM "item" WHERE "_id" = ?1 RETURNING "n", "small", "single", "name", "code", "flag", "bytes", "at", "day", "uuid", "mood", "shelf_id", "_id"
        DELETE FROM "item" WHERE "_id" = $1 RETURNING "n", "small", "single", "name", "code", "flag", "bytes", "at", "day", "uuid", "mood", "shelf_id", "_id"
    "#]].assert_eq(&deletes.map(|delete| requested(&Request::Delete(delete))).join("\n"));
}

#[test]
fn inserts() {
    let name = &Shelf::schema().fields()[0];
    let insert = || Insert::new(Shelf::schema(), vec![name], vec!["a".into()], 1);
    let inserts = [
        insert(),
        insert().on_conflict(Conflict::Ignore).returning(Returning::Rows),
        insert().on_conflict(Conflict::IgnoreOn(vec![name])).returning(Returning::Rows),
        insert()
            .on_conflict(Conflict::Update { target: vec![name], set: vec![name] })
            .returning(Returning::Rows),
    ];
    expect![[r#"
        INSERT INTO "shelf" ("name") VALUES (?1)
        INSERT INTO "shelf" ("name") VALUES ($1) RETURNING "_id"

        INSERT INTO "shelf" ("name") VALUES (?1) ON CONFLICT DO NOTHING RETURNING "name", "_id"
        INSERT INTO "shelf" ("name") VALUES ($1) ON CONFLICT DO NOTHING RETURNING "name", "_id"

        INSERT INTO "shelf" ("name") VALUES (?1) ON CONFLICT ("name") DO NOTHING RETURNING "name", "_id"
        INSERT INTO "shelf" ("name") VALUES ($1) ON CONFLICT ("name") DO NOTHING RETURNING "name", "_id"

        INSERT INTO "shelf" ("name") VALUES (?1) ON CONFLICT ("name") DO UPDATE SET "name" = excluded."name" RETURNING "name", "_id"
        INSERT INTO "shelf" ("name") VALUES ($1) ON CONFLICT ("name") DO UPDATE SET "name" = excluded."name" WHERE "shelf"."_id" IS NOT NULL RETURNING "name", "_id"
    "#]].assert_eq(&inserts.map(|insert| requested(&Request::Insert(insert))).join("\n"));
}
