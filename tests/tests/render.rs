//! The SQL of each dialect, to be read.

#[path = "render/changes.rs"]
mod changes;
#[path = "render/combined.rs"]
mod combined;
#[path = "render/conditions.rs"]
mod conditions;
#[path = "render/order.rs"]
mod order;
#[path = "render/selections.rs"]
mod selections;
#[path = "render/shown.rs"]
mod shown;
#[path = "render/subqueries.rs"]
mod subqueries;

use std::sync::OnceLock;

use expect_test::{Expect, expect};
use prom::Value;
use prom::prelude::*;
use prom::query::{Assign, Conflict, Insert, Raw, Request, Returning, Update};

/// A row of everything that the renderer tells apart.
#[prom::orm(table = "foo")]
#[derive(Debug)]
struct Foo {
    bar: i64,
    #[field(name = "order")]
    place: i32,
    name: Option<String>,
    #[field(ignore_case)]
    code: String,
    at: Timestamp,
    level: u8,
}

/// Renders for databases that are never opened.
fn check<P: prom::Projection<Foo>>(query: FooQuery<P>, sqlite: &Expect, postgres: &Expect)
where
    FooQuery<P>: Clone,
{
    for (connection, wanted) in [(sqlite_connection(), sqlite), (postgres_connection(), postgres)] {
        let rendered = query.clone().on(&connection).render().expect("it renders");
        let mut text = rendered.text.clone();
        for it in &rendered.params {
            text.push_str(&format!("\n  {it:?}"));
        }
        wanted.assert_eq(&text);
    }
}

fn sqlite_connection() -> Connection {
    static DB: OnceLock<Connection> = OnceLock::new();
    DB.get_or_init(|| prom::configure("sqlite::memory:#render").expect("a good DSN")).clone()
}

fn postgres_connection() -> Connection {
    static DB: OnceLock<Connection> = OnceLock::new();
    DB.get_or_init(|| prom::configure("postgres://nobody@localhost/nothing#shown").expect("a good DSN"))
        .clone()
}

#[test]
fn conditions() {
    check(
        Foo::query().eq_bar(3).gt_place(4),
        &expect![[r#"
            SELECT "bar", "order", "name", "code", "at", "level", "_id", "_created", "_updated" FROM "foo" WHERE "bar" = ?1 AND "order" > ?2
              I64(3)
              I64(4)"#]],
        &expect![[r#"
            SELECT "bar", "order", "name", "code", "at", "level", "_id", "_created", "_updated" FROM "foo" WHERE "bar" = $1 AND "order" > $2
              I64(3)
              I64(4)"#]],
    );
    check(
        Foo::query().eq_bar(1).eq_bar(2).or().eq_bar(3).or().eq_name(None).ne_name("x"),
        &expect![[r#"
            SELECT "bar", "order", "name", "code", "at", "level", "_id", "_created", "_updated" FROM "foo" WHERE "bar" = ?1 AND ("bar" = ?2 OR "bar" = ?3 OR "name" IS NULL) AND "name" <> ?4
              I64(1)
              I64(2)
              I64(3)
              Text("x")"#]],
        &expect![[r#"
            SELECT "bar", "order", "name", "code", "at", "level", "_id", "_created", "_updated" FROM "foo" WHERE "bar" = $1 AND ("bar" = $2 OR "bar" = $3 OR "name" IS NULL) AND "name" <> $4
              I64(1)
              I64(2)
              I64(3)
              Text("x")"#]],
    );
    check(
        Foo::query().in_bar([3, 4, 5]).nin_name([Some("a"), None].map(|it| it.map(String::from))),
        &expect![[r#"
            SELECT "bar", "order", "name", "code", "at", "level", "_id", "_created", "_updated" FROM "foo" WHERE "bar" IN rarray(?1) AND ("name" NOT IN rarray(?2) AND "name" IS NOT NULL)
              List([I64(3), I64(4), I64(5)])
              List([Text("a")])"#]],
        &expect![[r#"
            SELECT "bar", "order", "name", "code", "at", "level", "_id", "_created", "_updated" FROM "foo" WHERE "bar" = ANY($1) AND ("name" <> ALL($2) AND "name" IS NOT NULL)
              List([I64(3), I64(4), I64(5)])
              List([Text("a")])"#]],
    );
    check(
        Foo::query().in_bar(Vec::<i64>::new()).or().nin_bar(Vec::<i64>::new()).between_bar(1, 2),
        &expect![[r#"
            SELECT "bar", "order", "name", "code", "at", "level", "_id", "_created", "_updated" FROM "foo" WHERE (1 = 0 OR 1 = 1) AND "bar" BETWEEN ?1 AND ?2
              I64(1)
              I64(2)"#]],
        &expect![[r#"
            SELECT "bar", "order", "name", "code", "at", "level", "_id", "_created", "_updated" FROM "foo" WHERE (1 = 0 OR 1 = 1) AND "bar" BETWEEN $1 AND $2
              I64(1)
              I64(2)"#]],
    );
}

#[test]
fn texts() {
    check(
        Foo::query().startswith_name("50%").nlike_name("a_%"),
        &expect![[r#"
            SELECT "bar", "order", "name", "code", "at", "level", "_id", "_created", "_updated" FROM "foo" WHERE "name" GLOB ?1 AND NOT ("name" GLOB ?2)
              Text("50%*")
              Text("a?*")"#]],
        &expect![[r#"
            SELECT "bar", "order", "name", "code", "at", "level", "_id", "_created", "_updated" FROM "foo" WHERE "name" LIKE $1 AND NOT ("name" LIKE $2)
              Text("50\\%%")
              Text("a_%")"#]],
    );
    check(
        Foo::query().contains_code("50%"),
        &expect![[r#"
            SELECT "bar", "order", "name", "code", "at", "level", "_id", "_created", "_updated" FROM "foo" WHERE "code" LIKE ?1 ESCAPE '\'
              Text("%50\\%%")"#]],
        &expect![[r#"
            SELECT "bar", "order", "name", "code", "at", "level", "_id", "_created", "_updated" FROM "foo" WHERE "code" COLLATE "und-x-icu" ILIKE $1
              Text("%50\\%%")"#]],
    );
}

#[test]
fn an_instant_is_compared_in_prom_s_spelling_alone() {
    check(
        Foo::query().eq_at("2024-05-06T00:00:00Z".parse::<Timestamp>().expect("a timestamp")),
        &expect![[r#"
            SELECT "bar", "order", "name", "code", "at", "level", "_id", "_created", "_updated" FROM "foo" WHERE "at" = ?1
              Timestamp(2024-05-06T00:00:00Z)"#]],
        &expect![[r#"
            SELECT "bar", "order", "name", "code", "at", "level", "_id", "_created", "_updated" FROM "foo" WHERE "at" = $1
              Timestamp(2024-05-06T00:00:00Z)"#]],
    );
}

#[test]
fn order_and_bounds() {
    check(
        Foo::query().asc_bar().desc_name().limit(10).offset(20),
        &expect![[r#"
            SELECT "bar", "order", "name", "code", "at", "level", "_id", "_created", "_updated" FROM "foo" ORDER BY "bar", "name" DESC NULLS FIRST, "_id" DESC LIMIT ?1 OFFSET ?2
              I64(11)
              I64(20)"#]],
        &expect![[r#"
            SELECT "bar", "order", "name", "code", "at", "level", "_id", "_created", "_updated" FROM "foo" ORDER BY "bar", "name" DESC NULLS FIRST, "_id" DESC LIMIT $1 OFFSET $2
              I64(11)
              I64(20)"#]],
    );
    check(
        Foo::query().offset(20),
        &expect![[r#"
            SELECT "bar", "order", "name", "code", "at", "level", "_id", "_created", "_updated" FROM "foo" ORDER BY "_id" LIMIT -1 OFFSET ?1
              I64(20)"#]],
        &expect![[r#"
            SELECT "bar", "order", "name", "code", "at", "level", "_id", "_created", "_updated" FROM "foo" ORDER BY "_id" LIMIT ALL OFFSET $1
              I64(20)"#]],
    );
    check(
        Foo::query().limit(1),
        &expect![[r#"
            SELECT "bar", "order", "name", "code", "at", "level", "_id", "_created", "_updated" FROM "foo" ORDER BY "_id" LIMIT ?1
              I64(2)"#]],
        &expect![[r#"
            SELECT "bar", "order", "name", "code", "at", "level", "_id", "_created", "_updated" FROM "foo" ORDER BY "_id" LIMIT $1
              I64(2)"#]],
    );
}

#[test]
fn groups() {
    check(
        Foo::query().any(|q| q.eq_bar(1).all(|q| q.gt_bar(2).not(|q| q.is_null_name()))).or().lt_place(3),
        &expect![[r#"
            SELECT "bar", "order", "name", "code", "at", "level", "_id", "_created", "_updated" FROM "foo" WHERE (("bar" = ?1 OR ("bar" > ?2 AND NOT ("name" IS NULL))) OR "order" < ?3)
              I64(1)
              I64(2)
              I64(3)"#]],
        &expect![[r#"
            SELECT "bar", "order", "name", "code", "at", "level", "_id", "_created", "_updated" FROM "foo" WHERE (("bar" = $1 OR ("bar" > $2 AND NOT ("name" IS NULL))) OR "order" < $3)
              I64(1)
              I64(2)
              I64(3)"#]],
    );
    check(
        Foo::query().raw_field("length(name) > ? AND name <> '?'", [3]).eq_bar(1),
        &expect![[r#"
            SELECT "bar", "order", "name", "code", "at", "level", "_id", "_created", "_updated" FROM "foo" WHERE (length(name) > ?1 AND name <> '?') AND "bar" = ?2
              I64(3)
              I64(1)"#]],
        &expect![[r#"
            SELECT "bar", "order", "name", "code", "at", "level", "_id", "_created", "_updated" FROM "foo" WHERE (length(name) > $1 AND name <> '?') AND "bar" = $2
              I64(3)
              I64(1)"#]],
    );
    check(
        Foo::query().eq_at(prom::date::year(2024)).nin_at(prom::date::weekday([0, 6])),
        &expect![[r#"
            SELECT "bar", "order", "name", "code", "at", "level", "_id", "_created", "_updated" FROM "foo" WHERE CAST(strftime('%Y', "at") AS INTEGER) = ?1 AND CAST(strftime('%w', "at") AS INTEGER) NOT IN (?2, ?3)
              I64(2024)
              I64(0)
              I64(6)"#]],
        &expect![[r#"
            SELECT "bar", "order", "name", "code", "at", "level", "_id", "_created", "_updated" FROM "foo" WHERE CASE WHEN isfinite("at") THEN CAST(floor(extract(year FROM "at" AT TIME ZONE 'UTC')) AS bigint) END = $1 AND CAST(floor(extract(dow FROM "at" AT TIME ZONE 'UTC')) AS bigint) NOT IN ($2, $3)
              I64(2024)
              I64(0)
              I64(6)"#]],
    );
}

#[test]
fn what_no_row_can_hold() {
    check(
        Foo::query()
            .eq_field("bar", 1e300)
            .lt_field("level", 256)
            .gt_field("order", 1.5)
            .in_field("bar", [1.5, 2.0]),
        &expect![[r#"
            SELECT "bar", "order", "name", "code", "at", "level", "_id", "_created", "_updated" FROM "foo" WHERE ("bar" IS NULL AND NULL) AND ("level" IS NOT NULL OR NULL) AND "order" > ?1 AND "bar" IN rarray(?2)
              I64(1)
              List([I64(2)])"#]],
        &expect![[r#"
            SELECT "bar", "order", "name", "code", "at", "level", "_id", "_created", "_updated" FROM "foo" WHERE ("bar" IS NULL AND NULL) AND ("level" IS NOT NULL OR NULL) AND "order" > $1 AND "bar" = ANY($2)
              I64(1)
              List([I64(2)])"#]],
    );
    check(
        Foo::query()
            .not(|q| q.eq_name("a\0"))
            .any(|q| q.between_field("order", 1e300, 2).in_field("level", [-1])),
        &expect![[r#"
            SELECT "bar", "order", "name", "code", "at", "level", "_id", "_created", "_updated" FROM "foo" WHERE NOT (("name" IS NULL AND NULL)) AND ((("order" IS NULL AND NULL) AND "order" <= ?1) OR ("level" IS NULL AND NULL))
              I64(2)"#]],
        &expect![[r#"
            SELECT "bar", "order", "name", "code", "at", "level", "_id", "_created", "_updated" FROM "foo" WHERE NOT (("name" IS NULL AND NULL)) AND ((("order" IS NULL AND NULL) AND "order" <= $1) OR ("level" IS NULL AND NULL))
              I64(2)"#]],
    );
}

#[test]
fn selections() {
    check(
        Foo::query().select_bar().select_name().distinct().limit(3),
        &expect![[r#"
        SELECT DISTINCT "bar", "name" FROM "foo" ORDER BY 1 ASC NULLS LAST, 2 ASC NULLS LAST LIMIT ?1
          I64(4)"#]],
        &expect![[r#"
            SELECT DISTINCT "bar", "name" FROM "foo" ORDER BY 1 ASC NULLS LAST, 2 ASC NULLS LAST LIMIT $1
              I64(4)"#]],
    );
    check(
        Foo::query().group_by_name().counted().sum_bar().desc_selected().limit(3),
        &expect![[r#"
            SELECT "name", count(*), prom_sum("bar") FROM "foo" GROUP BY "name" ORDER BY 3 DESC NULLS FIRST, 1 DESC NULLS FIRST LIMIT ?1
              I64(4)"#]],
        &expect![[r#"
            SELECT "name", count(*), CAST(sum("bar") AS bigint) FROM "foo" GROUP BY "name" ORDER BY 3 DESC NULLS FIRST, 1 DESC NULLS FIRST LIMIT $1
              I64(4)"#]],
    );
    check(
        Foo::query().sum_bar().avg_bar().min_at().max_code(),
        &expect![[r#"SELECT prom_sum("bar"), prom_avg("bar"), min("at"), max("code") FROM "foo""#]],
        &expect![[
            r#"SELECT CAST(sum("bar") AS bigint), CAST(sum("bar") AS double precision) / count("bar"), min("at"), max("code") FROM "foo""#
        ]],
    );
    check(
        Foo::query().sum_place().avg_place().max_level(),
        &expect![[r#"SELECT sum("order"), avg("order"), max("level") FROM "foo""#]],
        &expect![[
            r#"SELECT CAST(sum("order") AS bigint), CAST(sum("order") AS double precision) / count("order"), max("level") FROM "foo""#
        ]],
    );
    check(
        Foo::query().order_bar([3, 1]).desc_id(),
        &expect![[r#"
            SELECT "bar", "order", "name", "code", "at", "level", "_id", "_created", "_updated" FROM "foo" ORDER BY (WITH "list" ("value", "place") AS MATERIALIZED (SELECT value, rowid FROM rarray(?1)) SELECT min("place") FROM "list" WHERE +"bar" IS "value") NULLS LAST, "_id" DESC
              List([I64(3), I64(1)])"#]],
        &expect![[r#"
            SELECT "bar", "order", "name", "code", "at", "level", "_id", "_created", "_updated" FROM "foo" FULL JOIN (SELECT "value", min("place") AS "place" FROM unnest(COALESCE($1, (SELECT ARRAY["bar"] FROM "foo" LIMIT 0))) WITH ORDINALITY AS "list" ("value", "place") GROUP BY "value") AS "list 1" ON "bar" = "list 1"."value" WHERE ("bar" IS NOT NULL OR "list 1"."place" IS NULL) ORDER BY "list 1"."place" NULLS LAST, "_id" DESC
              List([I64(3), I64(1)])"#]],
    );
    check(
        Foo::query().limit(10).page(3),
        &expect![[r#"
            SELECT "bar", "order", "name", "code", "at", "level", "_id", "_created", "_updated" FROM "foo" ORDER BY "_id" LIMIT ?1 OFFSET ?2
              I64(11)
              I64(20)"#]],
        &expect![[r#"
            SELECT "bar", "order", "name", "code", "at", "level", "_id", "_created", "_updated" FROM "foo" ORDER BY "_id" LIMIT $1 OFFSET $2
              I64(11)
              I64(20)"#]],
    );
}

#[test]
fn an_order_by_a_list() {
    check(
        Foo::query().gt_bar(1).order_name([Some("a".to_owned()), None]).order_place([2]).limit(3),
        &expect![[r#"
            SELECT "bar", "order", "name", "code", "at", "level", "_id", "_created", "_updated" FROM "foo" WHERE "bar" > ?1 ORDER BY (WITH "list" ("value", "place") AS MATERIALIZED (SELECT value, rowid FROM rarray(?2)) SELECT min("place") FROM "list" WHERE +"name" IS "value") NULLS LAST, (WITH "list" ("value", "place") AS MATERIALIZED (SELECT value, rowid FROM rarray(?3)) SELECT min("place") FROM "list" WHERE +"order" IS "value") NULLS LAST, "_id" LIMIT ?4
              I64(1)
              List([Text("a"), Null])
              List([I64(2)])
              I64(4)"#]],
        &expect![[r#"
            SELECT "bar", "order", "name", "code", "at", "level", "_id", "_created", "_updated" FROM (SELECT * FROM "foo" WHERE "bar" > $1) AS "rows" FULL JOIN (SELECT "value", min("place") AS "place" FROM unnest(COALESCE($2, (SELECT ARRAY["name"] FROM "foo" LIMIT 0))) WITH ORDINALITY AS "list" ("value", "place") GROUP BY "value") AS "list 1" ON "name" = "list 1"."value" FULL JOIN (SELECT "value", min("place") AS "place" FROM unnest(COALESCE($3, (SELECT ARRAY["order"] FROM "foo" LIMIT 0))) WITH ORDINALITY AS "list" ("value", "place") GROUP BY "value") AS "list 2" ON "order" = "list 2"."value" WHERE ("name" IS NOT NULL OR "list 1"."place" IS NULL) AND ("order" IS NOT NULL OR "list 2"."place" IS NULL) ORDER BY CASE WHEN "name" IS NULL THEN $4 ELSE "list 1"."place" END NULLS LAST, "list 2"."place" NULLS LAST, "_id" LIMIT $5
              I64(1)
              List([Text("a"), Null])
              List([I64(2)])
              I64(2)
              I64(4)"#]],
    );
    check(
        Foo::query().select_code().distinct().order_code(["a"]),
        &expect![[r#"
        SELECT "rows".* FROM (SELECT DISTINCT "code" FROM "foo") AS "rows" ORDER BY (WITH "list" ("value", "place") AS MATERIALIZED (SELECT value, rowid FROM rarray(?1)) SELECT min("place") FROM "list" WHERE +"code" IS "value") NULLS LAST, 1 ASC NULLS LAST
          List([Text("a")])"#]],
        &expect![[r#"
        SELECT "rows".* FROM (SELECT DISTINCT "code" FROM "foo") AS "rows" FULL JOIN (SELECT "value", min("place") AS "place" FROM unnest(COALESCE($1, (SELECT ARRAY["code"] FROM "foo" LIMIT 0))) WITH ORDINALITY AS "list" ("value", "place") GROUP BY "value") AS "list 1" ON "code" = "list 1"."value" WHERE ("code" IS NOT NULL OR "list 1"."place" IS NULL) ORDER BY "list 1"."place" NULLS LAST, 1 ASC NULLS LAST
          List([Text("a")])"#]],
    );
    check(
        Foo::query().lt_bar(5).group_by_bar().counted().order_bar([3]),
        &expect![[r#"
        SELECT "rows".* FROM (SELECT "bar", count(*) FROM "foo" WHERE "bar" < ?1 GROUP BY "bar") AS "rows" ORDER BY (WITH "list" ("value", "place") AS MATERIALIZED (SELECT value, rowid FROM rarray(?2)) SELECT min("place") FROM "list" WHERE +"bar" IS "value") NULLS LAST, 1 ASC NULLS LAST
          I64(5)
          List([I64(3)])"#]],
        &expect![[r#"
        SELECT "rows".* FROM (SELECT "bar", count(*) FROM "foo" WHERE "bar" < $1 GROUP BY "bar") AS "rows" FULL JOIN (SELECT "value", min("place") AS "place" FROM unnest(COALESCE($2, (SELECT ARRAY["bar"] FROM "foo" LIMIT 0))) WITH ORDINALITY AS "list" ("value", "place") GROUP BY "value") AS "list 1" ON "bar" = "list 1"."value" WHERE ("bar" IS NOT NULL OR "list 1"."place" IS NULL) ORDER BY "list 1"."place" NULLS LAST, 1 ASC NULLS LAST
          I64(5)
          List([I64(3)])"#]],
    );
    check(
        Foo::query().select_bar().union(Foo::query().select_bar()).order_bar([3]),
        &expect![[r#"
            SELECT * FROM (SELECT "bar" FROM "foo" UNION SELECT "bar" FROM "foo") AS "rows" ORDER BY (WITH "list" ("value", "place") AS MATERIALIZED (SELECT value, rowid FROM rarray(?1)) SELECT min("place") FROM "list" WHERE +"bar" IS "value") NULLS LAST, 1 ASC NULLS LAST
              List([I64(3)])"#]],
        &expect![[r#"
            SELECT "rows".* FROM (SELECT "bar" FROM "foo" UNION SELECT "bar" FROM "foo") AS "rows" FULL JOIN (SELECT "value", min("place") AS "place" FROM unnest(COALESCE($1, (SELECT ARRAY["bar"] FROM "foo" LIMIT 0))) WITH ORDINALITY AS "list" ("value", "place") GROUP BY "value") AS "list 1" ON "bar" = "list 1"."value" WHERE ("bar" IS NOT NULL OR "list 1"."place" IS NULL) ORDER BY "list 1"."place" NULLS LAST, 1 ASC NULLS LAST
              List([I64(3)])"#]],
    );
}

/// Tables whose columns are called as those of a list would be.
#[prom::orm(table = "list", id = none, created = none, updated = none)]
#[derive(Debug)]
struct Listed {
    value: i64,
    #[field(unique, name = "Place")]
    place: i64,
    maybe: Option<i64>,
}

#[test]
fn an_order_without_a_key() {
    let shown = |query: ListedQuery, sqlite: &Expect, postgres: &Expect| {
        for (connection, wanted) in [(sqlite_connection(), sqlite), (postgres_connection(), postgres)] {
            wanted.assert_eq(&query.clone().on(&connection).render().expect("it renders").text);
        }
    };
    shown(
        Listed::query().order_value([1]),
        &expect![[
            r#"SELECT "value", "Place", "maybe" FROM "list" ORDER BY (WITH "list" ("value_", "place_") AS MATERIALIZED (SELECT value, rowid FROM rarray(?1)) SELECT min("place_") FROM "list" WHERE +"value" IS "value_") NULLS LAST, "value", "Place""#
        ]],
        &expect![[
            r#"SELECT "value", "Place", "maybe" FROM "list" FULL JOIN (SELECT "value_", min("place_") AS "place_" FROM unnest(COALESCE($1, (SELECT ARRAY["value"] FROM "list" LIMIT 0))) WITH ORDINALITY AS "list" ("value_", "place_") GROUP BY "value_") AS "list 1" ON "value" = "list 1"."value_" WHERE ("value" IS NOT NULL OR "list 1"."place_" IS NULL) ORDER BY "list 1"."place_" NULLS LAST, "value", "Place""#
        ]],
    );
    shown(
        Listed::query().desc_maybe().limit(1),
        &expect![[
            r#"SELECT "value", "Place", "maybe" FROM "list" ORDER BY "maybe" DESC NULLS FIRST, "value" DESC, "Place" DESC LIMIT ?1"#
        ]],
        &expect![[
            r#"SELECT "value", "Place", "maybe" FROM "list" ORDER BY "maybe" DESC NULLS FIRST, "value" DESC, "Place" DESC LIMIT $1"#
        ]],
    );
    shown(
        Listed::query().asc_maybe().desc_place().limit(1),
        &expect![[
            r#"SELECT "value", "Place", "maybe" FROM "list" ORDER BY "maybe" ASC NULLS LAST, "Place" DESC LIMIT ?1"#
        ]],
        &expect![[
            r#"SELECT "value", "Place", "maybe" FROM "list" ORDER BY "maybe" ASC NULLS LAST, "Place" DESC LIMIT $1"#
        ]],
    );
}

#[test]
fn queries_within_queries() {
    check(
        Foo::query().in_bar(Foo::query().gt_place(1).select_bar()),
        &expect![[r#"
            SELECT "bar", "order", "name", "code", "at", "level", "_id", "_created", "_updated" FROM "foo" WHERE "bar" IN (SELECT "bar" FROM "foo" WHERE "order" > ?1)
              I64(1)"#]],
        &expect![[r#"
            SELECT "bar", "order", "name", "code", "at", "level", "_id", "_created", "_updated" FROM "foo" WHERE "bar" IN (SELECT "bar" FROM "foo" WHERE "order" > $1)
              I64(1)"#]],
    );
    check(
        Foo::query().nin_name(Foo::query().select_name()),
        &expect![[
            r#"SELECT "bar", "order", "name", "code", "at", "level", "_id", "_created", "_updated" FROM "foo" WHERE "name" NOT IN (SELECT "name" FROM "foo" WHERE "name" IS NOT NULL)"#
        ]],
        &expect![[
            r#"SELECT "bar", "order", "name", "code", "at", "level", "_id", "_created", "_updated" FROM "foo" WHERE "name" NOT IN (SELECT "name" FROM "foo" WHERE "name" IS NOT NULL)"#
        ]],
    );
    check(
        Foo::query().gt_bar(Foo::query().max_bar()),
        &expect![[
            r#"SELECT "bar", "order", "name", "code", "at", "level", "_id", "_created", "_updated" FROM "foo" WHERE "bar" > (SELECT max("bar") FROM "foo" LIMIT 1)"#
        ]],
        &expect![[
            r#"SELECT "bar", "order", "name", "code", "at", "level", "_id", "_created", "_updated" FROM "foo" WHERE "bar" > (SELECT max("bar") FROM "foo" LIMIT 1)"#
        ]],
    );
    check(
        Foo::query()
            .eq_bar(1)
            .union(Foo::query().eq_bar(2).limit(5))
            .difference(Foo::query().eq_bar(3))
            .asc_bar(),
        &expect![[r#"
            SELECT "bar", "order", "name", "code", "at", "level", "_id", "_created", "_updated" FROM (SELECT "bar", "order", "name", "code", "at", "level", "_id", "_created", "_updated" FROM (SELECT "bar", "order", "name", "code", "at", "level", "_id", "_created", "_updated" FROM "foo" WHERE "bar" = ?1 UNION SELECT * FROM (SELECT "bar", "order", "name", "code", "at", "level", "_id", "_created", "_updated" FROM "foo" WHERE "bar" = ?2 ORDER BY "_id" LIMIT ?3) AS "part") AS "rows" EXCEPT SELECT "bar", "order", "name", "code", "at", "level", "_id", "_created", "_updated" FROM "foo" WHERE "bar" = ?4) AS "rows" ORDER BY "bar"
              I64(1)
              I64(2)
              I64(5)
              I64(3)"#]],
        &expect![[r#"
            SELECT "bar", "order", "name", "code", "at", "level", "_id", "_created", "_updated" FROM (SELECT "bar", "order", "name", "code", "at", "level", "_id", "_created", "_updated" FROM (SELECT "bar", "order", "name", "code", "at", "level", "_id", "_created", "_updated" FROM "foo" WHERE "bar" = $1 UNION SELECT * FROM (SELECT "bar", "order", "name", "code", "at", "level", "_id", "_created", "_updated" FROM "foo" WHERE "bar" = $2 ORDER BY "_id" LIMIT $3) AS "part") AS "rows" EXCEPT SELECT "bar", "order", "name", "code", "at", "level", "_id", "_created", "_updated" FROM "foo" WHERE "bar" = $4) AS "rows" ORDER BY "bar"
              I64(1)
              I64(2)
              I64(5)
              I64(3)"#]],
    );
}

/// Renders an insert of two fields that meets a row.
fn check_insert(conflict: Conflict, sqlite: &Expect, postgres: &Expect) {
    let fields = ["place", "code"].map(|it| Foo::schema().field(it).expect("the model has it"));
    let insert = Insert::new(Foo::schema(), fields.to_vec(), vec![1.into(), "a".into()], 1);
    check_request(
        &Request::Insert(insert.on_conflict(conflict).returning(Returning::Rows)),
        sqlite,
        postgres,
    );
}

fn check_request(request: &Request, sqlite: &Expect, postgres: &Expect) {
    let shown = |it: Connection| it.interface().render(request).expect("it renders").text;
    sqlite.assert_eq(&shown(sqlite_connection()));
    postgres.assert_eq(&shown(postgres_connection()));
}

#[test]
fn a_new_row_and_its_key() {
    let place = Foo::schema().field("place").expect("the model has it");
    let insert = Insert::new(Foo::schema(), vec![place], vec![1.into()], 1);
    check_request(
        &Request::Insert(insert),
        &expect![[r#"INSERT INTO "foo" ("order") VALUES (?1)"#]],
        &expect![[r#"INSERT INTO "foo" ("order") VALUES ($1) RETURNING "_id""#]],
    );
    let key = Foo::schema().key().expect("the model has one");
    let insert = Insert::new(Foo::schema(), vec![key], vec![1.into()], 1);
    check_request(
        &Request::Insert(insert),
        &expect![[r#"INSERT INTO "foo" ("_id") VALUES (?1)"#]],
        &expect![[
            r#"INSERT INTO "foo" ("_id") VALUES ($1) RETURNING CASE WHEN "foo"."_id" > COALESCE(pg_sequence_last_value(pg_get_serial_sequence('"foo"', '_id')), 0) THEN setval(pg_get_serial_sequence('"foo"', '_id'), "foo"."_id") END"#
        ]],
    );
    let insert = Insert::new(Foo::schema(), vec![], vec![], 1);
    check_request(
        &Request::Insert(insert),
        &expect![[r#"INSERT INTO "foo" DEFAULT VALUES"#]],
        &expect![[r#"INSERT INTO "foo" DEFAULT VALUES RETURNING "_id""#]],
    );
}

#[test]
fn what_is_there_and_more() {
    let add = |name| {
        let field = Foo::schema().field(name).expect("the model has it");
        Request::Update(Update::new(Foo::schema(), vec![(field, Assign::Add(1.into()))], vec![]))
    };
    check_request(
        &add("bar"),
        &expect![[
            r#"UPDATE "foo" SET "bar" = CASE WHEN typeof("bar" + ?1) = 'real' OR "bar" + ?2 NOT BETWEEN ?3 AND ?4 THEN abs(-9223372036854775808) ELSE "bar" + ?5 END"#
        ]],
        &expect![[r#"UPDATE "foo" SET "bar" = "bar" + $1"#]],
    );
    check_request(
        &add("level"),
        &expect![[
            r#"UPDATE "foo" SET "level" = CASE WHEN typeof("level" + ?1) = 'real' OR "level" + ?2 NOT BETWEEN ?3 AND ?4 THEN abs(-9223372036854775808) ELSE "level" + ?5 END"#
        ]],
        &expect![[
            r#"UPDATE "foo" SET "level" = CASE WHEN "level" + CAST($1 AS bigint) NOT BETWEEN $2 AND $3 THEN 1e30 ELSE "level" + CAST($4 AS bigint) END"#
        ]],
    );
    check_request(
        &add("order"),
        &expect![[
            r#"UPDATE "foo" SET "order" = CASE WHEN typeof("order" + ?1) = 'real' OR "order" + ?2 NOT BETWEEN ?3 AND ?4 THEN abs(-9223372036854775808) ELSE "order" + ?5 END"#
        ]],
        &expect![[r#"UPDATE "foo" SET "order" = "order" + CAST($1 AS bigint)"#]],
    );
}

#[test]
fn a_list_in_a_statement_of_the_users_own() {
    let mut raw =
        Raw::new("SELECT 1 FROM foo WHERE bar IN (:ids) OR bar NOT /* ever */ IN ( :ids ) AND bar IN (:one)");
    raw.params = vec![("ids".into(), Value::List(vec![1.into()].into())), ("one".into(), 1.into())];
    check_request(
        &Request::Raw(raw),
        &expect![
            "SELECT 1 FROM foo WHERE bar IN (SELECT value FROM rarray(?1)) OR bar NOT IN (SELECT value FROM rarray(?2)) AND bar IN (?3)"
        ],
        &expect!["SELECT 1 FROM foo WHERE bar = ANY($1) OR bar <> ALL($2) AND bar IN ($3)"],
    );
}

#[test]
fn inserts_that_meet_a_row() {
    let fields = |names: &[&str]| {
        names.iter().map(|it| Foo::schema().field(it).expect("the model has it")).collect::<Vec<_>>()
    };
    check_insert(
        Conflict::Ignore,
        &expect![[
            r#"INSERT INTO "foo" ("order", "code") VALUES (?1, ?2) ON CONFLICT DO NOTHING RETURNING "bar", "order", "name", "code", "at", "level", "_id", "_created", "_updated""#
        ]],
        &expect![[
            r#"INSERT INTO "foo" ("order", "code") VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING "bar", "order", "name", "code", "at", "level", "_id", "_created", "_updated""#
        ]],
    );
    check_insert(
        Conflict::IgnoreOn(fields(&["place", "code"])),
        &expect![[
            r#"INSERT INTO "foo" ("order", "code") VALUES (?1, ?2) ON CONFLICT ("order", "code") DO NOTHING RETURNING "bar", "order", "name", "code", "at", "level", "_id", "_created", "_updated""#
        ]],
        &expect![[
            r#"INSERT INTO "foo" ("order", "code") VALUES ($1, $2) ON CONFLICT ("order", "code") DO NOTHING RETURNING "bar", "order", "name", "code", "at", "level", "_id", "_created", "_updated""#
        ]],
    );
    check_insert(
        Conflict::Update { target: fields(&["place"]), set: fields(&["code", "updated"]) },
        &expect![[
            r#"INSERT INTO "foo" ("order", "code") VALUES (?1, ?2) ON CONFLICT ("order") DO UPDATE SET "code" = excluded."code", "_updated" = excluded."_updated" RETURNING "bar", "order", "name", "code", "at", "level", "_id", "_created", "_updated""#
        ]],
        &expect![[
            r#"INSERT INTO "foo" ("order", "code") VALUES ($1, $2) ON CONFLICT ("order") DO UPDATE SET "code" = excluded."code", "_updated" = excluded."_updated" WHERE "foo"."bar" IS NOT NULL AND "foo"."at" BETWEEN '0001-01-01T00:00:00Z' AND '9999-12-30T22:00:00.999999Z' AND "foo"."level" BETWEEN 0 AND 255 AND "foo"."_id" IS NOT NULL AND "foo"."_created" BETWEEN '0001-01-01T00:00:00Z' AND '9999-12-30T22:00:00.999999Z' RETURNING "bar", "order", "name", "code", "at", "level", "_id", "_created", "_updated""#
        ]],
    );
}
