//! Queries within queries, and conditions over relations.

use expect_test::expect;
use prom::prelude::*;

use crate::shown::{Item, Shelf, conditions};

#[test]
fn compared_with_a_query() {
    let low = || Item::query().lt_n(3);
    expect![[r#"
        "n" = (SELECT "n" FROM "item" WHERE "n" < ?1 ORDER BY "_id" LIMIT 1)
        "n" = (SELECT "n" FROM "item" WHERE "n" < $1 ORDER BY "_id" LIMIT 1)

        "n" <> (SELECT "n" FROM "item" WHERE "n" < ?1 ORDER BY "n" DESC, "_id" DESC LIMIT 1)
        "n" <> (SELECT "n" FROM "item" WHERE "n" < $1 ORDER BY "n" DESC, "_id" DESC LIMIT 1)

        "n" > (SELECT max("n") FROM "item" WHERE "n" < ?1 LIMIT 1)
        "n" > (SELECT max("n") FROM "item" WHERE "n" < $1 LIMIT 1)

        "name" <= (SELECT "name" FROM "item" WHERE "n" < ?1 ORDER BY "name" ASC NULLS LAST, "_id" LIMIT 1 OFFSET ?2)
        "name" <= (SELECT "name" FROM "item" WHERE "n" < $1 ORDER BY "name" ASC NULLS LAST, "_id" LIMIT 1 OFFSET $2)

        "n" = (SELECT "n" FROM "item" WHERE "_id" = (SELECT min("_id") FROM "item" LIMIT 1) ORDER BY "_id" LIMIT 1)
        "n" = (SELECT "n" FROM "item" WHERE "_id" = (SELECT min("_id") FROM "item" LIMIT 1) ORDER BY "_id" LIMIT 1)
    "#]].assert_eq(&conditions([
        Item::query().eq_n(low().select_n()),
        Item::query().ne_n(low().desc_n().select_n()),
        Item::query().gt_n(low().max_n()),
        Item::query().lte_name(low().asc_name().offset(2).select_name()),
        Item::query().eq_n(Item::query().eq_id(Item::query().min_id()).select_n()),
    ]));
}

#[test]
fn among_the_rows_of_a_query() {
    let low = || Item::query().lt_n(3);
    expect![[r#"
        "n" IN (SELECT "n" FROM "item" WHERE "n" < ?1)
        "n" IN (SELECT "n" FROM "item" WHERE "n" < $1)

        "n" NOT IN (SELECT "n" FROM "item" WHERE "n" < ?1 ORDER BY "n", "_id" LIMIT ?2)
        "n" NOT IN (SELECT "n" FROM "item" WHERE "n" < $1 ORDER BY "n", "_id" LIMIT $2)

        "name" IN (SELECT "name" FROM "item" WHERE "n" < ?1 AND "name" IS NOT NULL)
        "name" IN (SELECT "name" FROM "item" WHERE "n" < $1 AND "name" IS NOT NULL)

        "name" NOT IN (SELECT "name" FROM "item" WHERE "n" < ?1 AND "name" IS NOT NULL)
        "name" NOT IN (SELECT "name" FROM "item" WHERE "n" < $1 AND "name" IS NOT NULL)

        "name" NOT IN (WITH "part" ("1") AS (SELECT "name" FROM "item" WHERE "n" < ?1 ORDER BY "_id" LIMIT ?2) SELECT "1" FROM "part" WHERE "1" IS NOT NULL)
        "name" NOT IN (WITH "part" ("1") AS (SELECT "name" FROM "item" WHERE "n" < $1 ORDER BY "_id" LIMIT $2) SELECT "1" FROM "part" WHERE "1" IS NOT NULL)

        "name" NOT IN (SELECT "name" FROM "item" WHERE "n" < ?1 AND "name" IS NOT NULL ORDER BY "_id" LIMIT ?2)
        "name" NOT IN (SELECT "name" FROM "item" WHERE "n" < $1 AND "name" IS NOT NULL ORDER BY "_id" LIMIT $2)

        "n" IN (WITH "part" ("1") AS (SELECT max("n") FROM "item" WHERE "n" < ?1) SELECT "1" FROM "part" WHERE "1" IS NOT NULL)
        "n" IN (WITH "part" ("1") AS (SELECT max("n") FROM "item" WHERE "n" < $1) SELECT "1" FROM "part" WHERE "1" IS NOT NULL)

        "n" IN (SELECT DISTINCT "n" FROM "item" WHERE "n" < ?1)
        "n" IN (SELECT DISTINCT "n" FROM "item" WHERE "n" < $1)

        "n" IN (SELECT * FROM (SELECT "n" FROM "item" WHERE "n" < ?1 UNION SELECT "n" FROM "item") AS "rows")
        "n" IN (SELECT * FROM (SELECT "n" FROM "item" WHERE "n" < $1 UNION SELECT "n" FROM "item") AS "rows")

        "shelf_id" IN (SELECT "_id" FROM "shelf" WHERE "name" = ?1)
        "shelf_id" IN (SELECT "_id" FROM "shelf" WHERE "name" = $1)
    "#]].assert_eq(&conditions([
        Item::query().in_n(low().select_n()),
        Item::query().nin_n(low().asc_n().limit(2).select_n()),
        Item::query().in_name(low().select_name()),
        Item::query().nin_name(low().select_name()),
        Item::query().nin_name(low().limit(2).select_name()),
        Item::query().nin_name(low().not_null_name().limit(2).select_name()),
        Item::query().in_n(low().max_n()),
        Item::query().in_n(low().distinct().select_n()),
        Item::query().in_n(low().select_n().union(Item::query().select_n())),
        Item::query().in_shelf_id(Shelf::query().eq_name("a").select_id()),
    ]));
}

#[test]
fn over_a_relation() {
    expect![[r#"
        ("shelf_id" IN (SELECT "_id" FROM "shelf" WHERE "name" = ?1) AND "shelf_id" IS NOT NULL)
        ("shelf_id" IN (SELECT "_id" FROM "shelf" WHERE "name" = $1) AND "shelf_id" IS NOT NULL)

        NOT ("shelf_id" IN (SELECT "_id" FROM "shelf") AND "shelf_id" IS NOT NULL)
        NOT ("shelf_id" IN (SELECT "_id" FROM "shelf") AND "shelf_id" IS NOT NULL)

        ("shelf_id" IN (SELECT "_id" FROM "shelf" WHERE "_id" IN (SELECT "shelf_id" FROM "item" WHERE "n" > ?1 AND "shelf_id" IS NOT NULL)) AND "shelf_id" IS NOT NULL)
        ("shelf_id" IN (SELECT "_id" FROM "shelf" WHERE "_id" IN (SELECT "shelf_id" FROM "item" WHERE "n" > $1 AND "shelf_id" IS NOT NULL)) AND "shelf_id" IS NOT NULL)

        ("shelf_id" IN (SELECT "_id" FROM "shelf" WHERE "_id" IN (SELECT "shelf_id" FROM "item" WHERE "shelf_id" IN (SELECT "_id" FROM "shelf" WHERE "name" = ?1) AND "shelf_id" IS NOT NULL)) AND "shelf_id" IS NOT NULL)
        ("shelf_id" IN (SELECT "_id" FROM "shelf" WHERE "_id" IN (SELECT "shelf_id" FROM "item" WHERE "shelf_id" IN (SELECT "_id" FROM "shelf" WHERE "name" = $1) AND "shelf_id" IS NOT NULL)) AND "shelf_id" IS NOT NULL)
    "#]].assert_eq(&conditions([
        Item::query().where_shelf(|shelf| shelf.eq_name("a")),
        Item::query().not(|item| item.where_shelf(|shelf| shelf)),
        Item::query().where_has(Item::SHELF, |shelf| shelf.where_has(Shelf::ITEMS, |item| item.gt_n(3))),
        Item::query().where_shelf(|shelf| shelf.where_has(Shelf::ITEMS.through(Item::SHELF), |shelf| shelf.eq_name("a"))),
    ]));
}
