//! Orders and bounds, and rows that are alike.

use expect_test::expect;
use prom::prelude::*;

use crate::shown::{Item, shown};

#[test]
fn orders() {
    let queries = [
        Item::query().asc_n().desc_single(),
        Item::query().asc_name().desc_day(),
        Item::query().asc_code().asc_uuid().asc_mood(),
        Item::query().asc_field("flag").desc_field("shelf_id"),
        Item::query().order_n([3, 1]),
        Item::query().order_name([Some("a".to_owned()), None]),
        Item::query().order_field("code", ["b", "a"]).asc_n(),
        Item::query().order_n([0; 0]),
    ];
    expect![[r#"
        SELECT "n" FROM "item" ORDER BY "n", "single" DESC
        SELECT "n" FROM "item" ORDER BY "n", "single" DESC

        SELECT "n" FROM "item" ORDER BY "name" ASC NULLS LAST, "day" DESC NULLS FIRST
        SELECT "n" FROM "item" ORDER BY "name" ASC NULLS LAST, "day" DESC NULLS FIRST

        SELECT "n" FROM "item" ORDER BY "code", "uuid", "mood"
        SELECT "n" FROM "item" ORDER BY "code", "uuid", "mood"

        SELECT "n" FROM "item" ORDER BY "flag", "shelf_id" DESC NULLS FIRST
        SELECT "n" FROM "item" ORDER BY "flag", "shelf_id" DESC NULLS FIRST

        SELECT "n" FROM "item" ORDER BY (WITH "list" ("value", "place") AS MATERIALIZED (SELECT value, rowid FROM rarray(?1)) SELECT min("place") FROM "list" WHERE +"n" IS "value") NULLS LAST, "_id"
        SELECT "n" FROM "item" FULL JOIN (SELECT "value", min("place") AS "place" FROM unnest(COALESCE($1, (SELECT ARRAY["n"] FROM "item" LIMIT 0))) WITH ORDINALITY AS "list" ("value", "place") GROUP BY "value") AS "list 1" ON "n" = "list 1"."value" WHERE ("n" IS NOT NULL OR "list 1"."place" IS NULL) ORDER BY "list 1"."place" NULLS LAST, "_id"

        SELECT "n" FROM "item" ORDER BY (WITH "list" ("value", "place") AS MATERIALIZED (SELECT value, rowid FROM rarray(?1)) SELECT min("place") FROM "list" WHERE +"name" IS "value") NULLS LAST, "_id"
        SELECT "n" FROM "item" FULL JOIN (SELECT "value", min("place") AS "place" FROM unnest(COALESCE($1, (SELECT ARRAY["name"] FROM "item" LIMIT 0))) WITH ORDINALITY AS "list" ("value", "place") GROUP BY "value") AS "list 1" ON "name" = "list 1"."value" WHERE ("name" IS NOT NULL OR "list 1"."place" IS NULL) ORDER BY CASE WHEN "name" IS NULL THEN $2 ELSE "list 1"."place" END NULLS LAST, "_id"

        SELECT "n" FROM "item" ORDER BY (WITH "list" ("value", "place") AS MATERIALIZED (SELECT value, rowid FROM rarray(?1)) SELECT min("place") FROM "list" WHERE +"code" IS "value") NULLS LAST, "n", "_id"
        SELECT "n" FROM "item" FULL JOIN (SELECT "value", min("place") AS "place" FROM unnest(COALESCE($1, (SELECT ARRAY["code"] FROM "item" LIMIT 0))) WITH ORDINALITY AS "list" ("value", "place") GROUP BY "value") AS "list 1" ON "code" = "list 1"."value" WHERE ("code" IS NOT NULL OR "list 1"."place" IS NULL) ORDER BY "list 1"."place" NULLS LAST, "n", "_id"

        SELECT "n" FROM "item" ORDER BY "_id"
        SELECT "n" FROM "item" ORDER BY "_id"
    "#]]
    .assert_eq(&queries.map(|query| shown(query.select_n())).join("\n"));
}

#[test]
fn bounds() {
    let queries = [
        Item::query().limit(10),
        Item::query().limit(0),
        Item::query().offset(20),
        Item::query().limit(10).offset(20),
        Item::query().limit(10).page(3),
        Item::query().asc_id().limit(10),
        Item::query().asc_n().desc_id().limit(10),
    ];
    expect![[r#"
        SELECT "n" FROM "item" ORDER BY "_id" LIMIT ?1
        SELECT "n" FROM "item" ORDER BY "_id" LIMIT $1

        SELECT "n" FROM "item" ORDER BY "_id" LIMIT 1
        SELECT "n" FROM "item" ORDER BY "_id" LIMIT 1

        SELECT "n" FROM "item" ORDER BY "_id" LIMIT -1 OFFSET ?1
        SELECT "n" FROM "item" ORDER BY "_id" LIMIT ALL OFFSET $1

        SELECT "n" FROM "item" ORDER BY "_id" LIMIT ?1 OFFSET ?2
        SELECT "n" FROM "item" ORDER BY "_id" LIMIT $1 OFFSET $2

        SELECT "n" FROM "item" ORDER BY "_id" LIMIT ?1 OFFSET ?2
        SELECT "n" FROM "item" ORDER BY "_id" LIMIT $1 OFFSET $2

        SELECT "n" FROM "item" ORDER BY "_id" LIMIT ?1
        SELECT "n" FROM "item" ORDER BY "_id" LIMIT $1

        SELECT "n" FROM "item" ORDER BY "n", "_id" DESC LIMIT ?1
        SELECT "n" FROM "item" ORDER BY "n", "_id" DESC LIMIT $1
    "#]]
    .assert_eq(&queries.map(|query| shown(query.select_n())).join("\n"));
}

#[test]
fn rows_that_are_alike() {
    let queries =
        [Item::query().distinct(), Item::query().distinct().asc_n(), Item::query().distinct().limit(3)];
    expect![[r#"
        SELECT DISTINCT "n" FROM "item"
        SELECT DISTINCT "n" FROM "item"

        SELECT DISTINCT "n" FROM "item" ORDER BY "n"
        SELECT DISTINCT "n" FROM "item" ORDER BY "n"

        SELECT DISTINCT "n" FROM "item" ORDER BY 1 ASC NULLS LAST LIMIT ?1
        SELECT DISTINCT "n" FROM "item" ORDER BY 1 ASC NULLS LAST LIMIT $1
    "#]]
    .assert_eq(&queries.map(|query| shown(query.select_n())).join("\n"));
}
