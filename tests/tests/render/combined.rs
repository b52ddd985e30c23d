//! Several queries as one.

use expect_test::expect;
use prom::prelude::*;
use prom::query::Aggregate;

use crate::shown::{Item, shown};

#[test]
fn selections() {
    let low = || Item::query().lt_n(3).select_n();
    let high = || Item::query().gt_n(7).select_n();
    expect![[r#"
        SELECT * FROM (SELECT "n" FROM "item" WHERE "n" < ?1 UNION SELECT "n" FROM "item" WHERE "n" > ?2) AS "rows"
        SELECT * FROM (SELECT "n" FROM "item" WHERE "n" < $1 UNION SELECT "n" FROM "item" WHERE "n" > $2) AS "rows"

        SELECT * FROM (SELECT "n" FROM "item" WHERE "n" < ?1 INTERSECT SELECT "n" FROM "item" WHERE "n" > ?2) AS "rows"
        SELECT * FROM (SELECT "n" FROM "item" WHERE "n" < $1 INTERSECT SELECT "n" FROM "item" WHERE "n" > $2) AS "rows"

        SELECT * FROM (SELECT "n" FROM "item" WHERE "n" < ?1 EXCEPT SELECT "n" FROM "item" WHERE "n" > ?2) AS "rows"
        SELECT * FROM (SELECT "n" FROM "item" WHERE "n" < $1 EXCEPT SELECT "n" FROM "item" WHERE "n" > $2) AS "rows"

        SELECT * FROM (SELECT * FROM (SELECT "n" FROM "item" WHERE "n" < ?1 UNION SELECT "n" FROM "item" WHERE "n" > ?2) AS "rows" EXCEPT SELECT * FROM (SELECT "n" FROM "item" WHERE "n" < ?3 INTERSECT SELECT "n" FROM "item" WHERE "n" > ?4) AS "rows") AS "rows"
        SELECT * FROM (SELECT * FROM (SELECT "n" FROM "item" WHERE "n" < $1 UNION SELECT "n" FROM "item" WHERE "n" > $2) AS "rows" EXCEPT SELECT * FROM (SELECT "n" FROM "item" WHERE "n" < $3 INTERSECT SELECT "n" FROM "item" WHERE "n" > $4) AS "rows") AS "rows"

        SELECT * FROM (SELECT "n" FROM "item" WHERE "n" < ?1 UNION SELECT "n" FROM "item" WHERE "n" > ?2) AS "rows" WHERE "n" > ?3 ORDER BY "n"
        SELECT * FROM (SELECT "n" FROM "item" WHERE "n" < $1 UNION SELECT "n" FROM "item" WHERE "n" > $2) AS "rows" WHERE "n" > $3 ORDER BY "n"

        SELECT * FROM (SELECT "n" FROM "item" WHERE "n" < ?1 UNION SELECT "n" FROM "item" WHERE "n" > ?2) AS "rows" ORDER BY 1 ASC NULLS LAST LIMIT ?3
        SELECT * FROM (SELECT "n" FROM "item" WHERE "n" < $1 UNION SELECT "n" FROM "item" WHERE "n" > $2) AS "rows" ORDER BY 1 ASC NULLS LAST LIMIT $3

        SELECT * FROM (SELECT "n" FROM "item" WHERE "n" < ?1 UNION SELECT "n" FROM "item" WHERE "n" > ?2) AS "rows" ORDER BY (WITH "list" ("value", "place") AS MATERIALIZED (SELECT value, rowid FROM rarray(?3)) SELECT min("place") FROM "list" WHERE +"n" IS "value") NULLS LAST, 1 ASC NULLS LAST
        SELECT "rows".* FROM (SELECT "n" FROM "item" WHERE "n" < $1 UNION SELECT "n" FROM "item" WHERE "n" > $2) AS "rows" FULL JOIN (SELECT "value", min("place") AS "place" FROM unnest(COALESCE($3, (SELECT ARRAY["n"] FROM "item" LIMIT 0))) WITH ORDINALITY AS "list" ("value", "place") GROUP BY "value") AS "list 1" ON "n" = "list 1"."value" WHERE ("n" IS NOT NULL OR "list 1"."place" IS NULL) ORDER BY "list 1"."place" NULLS LAST, 1 ASC NULLS LAST

        SELECT * FROM (SELECT * FROM (SELECT "n" FROM "item" WHERE "n" < ?1 ORDER BY "_id" LIMIT ?2) AS "part" UNION SELECT * FROM (SELECT "n" FROM "item" WHERE "n" > ?3 ORDER BY "n" DESC, "_id" DESC LIMIT ?4 OFFSET ?5) AS "part") AS "rows" ORDER BY 1 ASC NULLS LAST LIMIT ?6
        SELECT * FROM (SELECT * FROM (SELECT "n" FROM "item" WHERE "n" < $1 ORDER BY "_id" LIMIT $2) AS "part" UNION SELECT * FROM (SELECT "n" FROM "item" WHERE "n" > $3 ORDER BY "n" DESC, "_id" DESC LIMIT $4 OFFSET $5) AS "part") AS "rows" ORDER BY 1 ASC NULLS LAST LIMIT $6

        SELECT * FROM (SELECT "n" FROM "item" WHERE "n" < ?1 UNION SELECT "n" FROM "item" WHERE "n" > ?2) AS "rows"
        SELECT * FROM (SELECT "n" FROM "item" WHERE "n" < $1 UNION SELECT "n" FROM "item" WHERE "n" > $2) AS "rows"
    "#]].assert_eq(
        &[
            shown(low().union(high())),
            shown(low().intersect(high())),
            shown(low().difference(high())),
            shown(low().union(high()).difference(low().intersect(high()))),
            shown(low().union(high()).gt_n(1).asc_n()),
            shown(low().union(high()).limit(3)),
            shown(low().union(high()).order_n([1, 2])),
            shown(low().limit(2).union(high().desc_n().limit(2).offset(1)).asc_selected().limit(3)),
            shown(low().union(high()).distinct()),
        ]
        .join("\n"),
    );
}

#[test]
fn groups() {
    let groups = || Item::query().group_by_field("name").aggregate_field(Aggregate::Sum, "n");
    expect![[r#"
        SELECT * FROM (SELECT "name", prom_sum("n") FROM "item" GROUP BY "name" UNION SELECT "name", prom_sum("n") FROM "item" GROUP BY "name") AS "rows" ORDER BY "name" ASC NULLS LAST
        SELECT * FROM (SELECT "name", CAST(sum("n") AS bigint) FROM "item" GROUP BY "name" UNION SELECT "name", CAST(sum("n") AS bigint) FROM "item" GROUP BY "name") AS "rows" ORDER BY "name" ASC NULLS LAST
    "#]].assert_eq(&shown(groups().union(groups()).asc_field("name")));
}

#[test]
fn rows() {
    let (low, high) = (Item::query().lt_n(3), Item::query().gt_n(7).limit(2));
    expect![[r#"
        SELECT "n", "small", "single", "name", "code", "flag", "bytes", "at", "day", "uuid", "mood", "shelf_id", "_id" FROM (SELECT "n", "small", "single", "name", "code", "flag", "bytes", "at", "day", "uuid", "mood", "shelf_id", "_id" FROM "item" WHERE "n" < ?1 UNION SELECT * FROM (SELECT "n", "small", "single", "name", "code", "flag", "bytes", "at", "day", "uuid", "mood", "shelf_id", "_id" FROM "item" WHERE "n" > ?2 ORDER BY "_id" LIMIT ?3) AS "part") AS "rows" WHERE "flag" = ?4 ORDER BY "_id" LIMIT ?5
        SELECT "n", "small", "single", "name", "code", "flag", "bytes", "at", "day", "uuid", "mood", "shelf_id", "_id" FROM (SELECT "n", "small", "single", "name", "code", "flag", "bytes", "at", "day", "uuid", "mood", "shelf_id", "_id" FROM "item" WHERE "n" < $1 UNION SELECT * FROM (SELECT "n", "small", "single", "name", "code", "flag", "bytes", "at", "day", "uuid", "mood", "shelf_id", "_id" FROM "item" WHERE "n" > $2 ORDER BY "_id" LIMIT $3) AS "part") AS "rows" WHERE "flag" = $4 ORDER BY "_id" LIMIT $5
    "#]].assert_eq(&shown(low.union(high).eq_flag(true).limit(1)));
}
