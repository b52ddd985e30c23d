//! Columns, what they come to, and groups.

use expect_test::expect;
use prom::prelude::*;
use prom::query::{Aggregate, Request, Select, Want};

use crate::shown::{Item, requested, shown};

#[test]
fn columns() {
    expect![[r#"
        SELECT "n" FROM "item"
        SELECT "n" FROM "item"

        SELECT "n", "name", "at" FROM "item"
        SELECT "n", "name", "at" FROM "item"

        SELECT "n" FROM "item" ORDER BY 1 ASC NULLS LAST
        SELECT "n" FROM "item" ORDER BY 1 ASC NULLS LAST

        SELECT "n", "name" FROM "item" ORDER BY 2 DESC NULLS FIRST
        SELECT "n", "name" FROM "item" ORDER BY 2 DESC NULLS FIRST

        SELECT "n", "name" FROM "item"
        SELECT "n", "name" FROM "item"
    "#]]
    .assert_eq(
        &[
            shown(Item::query().select_n()),
            shown(Item::query().select_n().select_name().select_at()),
            shown(Item::query().select_n().asc_selected()),
            shown(Item::query().select_n().select_name().desc_selected()),
            shown(Item::query().select_fields(["n", "name"])),
        ]
        .join("\n"),
    );
}

#[test]
fn aggregates() {
    expect![[r#"
        SELECT count(*) FROM "item"
        SELECT count(*) FROM "item"

        SELECT prom_sum("n"), prom_avg("n"), min("n"), max("n") FROM "item"
        SELECT CAST(sum("n") AS bigint), CAST(sum("n") AS double precision) / count("n"), min("n"), max("n") FROM "item"

        SELECT sum("small"), avg("small"), min("small") FROM "item"
        SELECT CAST(sum("small") AS bigint), CAST(sum("small") AS double precision) / count("small"), min("small") FROM "item"

        SELECT sum("single"), avg("single"), min("single") FROM "item"
        SELECT sum(CAST("single" AS double precision)), CAST(avg("single") AS double precision), min("single") FROM "item"

        SELECT min("name"), max("code") FROM "item"
        SELECT min("name"), max("code") FROM "item"

        SELECT min("at"), max("day"), min("uuid") FROM "item"
        SELECT min("at"), max("day"), CAST(min(CAST("uuid" AS text) COLLATE "C") AS uuid) FROM "item"

        SELECT min("_id"), max("_id") FROM "item"
        SELECT min("_id"), max("_id") FROM "item"

        SELECT min("shelf_id") FROM "item"
        SELECT min("shelf_id") FROM "item"
    "#]].assert_eq(
        &[
            shown(Item::query().counted()),
            shown(Item::query().sum_n().avg_n().min_n().max_n()),
            shown(Item::query().sum_small().avg_small().min_small()),
            shown(Item::query().sum_single().avg_single().min_single()),
            shown(Item::query().min_name().max_code()),
            shown(Item::query().min_at().max_day().min_uuid()),
            shown(Item::query().min_id().max_id()),
            shown(Item::query().aggregate_field(Aggregate::Min, "shelf_id")),
        ]
        .join("\n"),
    );
}

#[test]
fn groups() {
    expect![[r#"
        SELECT "name", count(*) FROM "item" GROUP BY "name"
        SELECT "name", count(*) FROM "item" GROUP BY "name"

        SELECT "name", "flag", prom_sum("n") FROM "item" GROUP BY "name", "flag" ORDER BY 3 DESC NULLS FIRST, 1 DESC NULLS FIRST, 2 DESC NULLS FIRST LIMIT ?1
        SELECT "name", "flag", CAST(sum("n") AS bigint) FROM "item" GROUP BY "name", "flag" ORDER BY 3 DESC NULLS FIRST, 1 DESC NULLS FIRST, 2 DESC NULLS FIRST LIMIT $1

        SELECT "code", max("at") FROM "item" WHERE "n" > ?1 GROUP BY "code" ORDER BY "code"
        SELECT "code", max("at") FROM "item" WHERE "n" > $1 GROUP BY "code" ORDER BY "code"

        SELECT "mood", prom_avg("n") FROM "item" GROUP BY "mood"
        SELECT "mood", CAST(sum("n") AS double precision) / count("n") FROM "item" GROUP BY "mood"
    "#]].assert_eq(
        &[
            shown(Item::query().group_by_name().counted()),
            shown(Item::query().group_by_name().group_by_flag().sum_n().desc_selected().limit(3)),
            shown(Item::query().gt_n(1).group_by_code().max_at().asc_code()),
            shown(Item::query().group_by_field("mood").aggregate_field(Aggregate::Avg, "n")),
        ]
        .join("\n"),
    );
}

/// What `count()` and `has()` send.
#[test]
fn counts() {
    let plain = Select::new(Item::schema());
    let bounded = |mut select: Select| {
        (select.bounds.limit, select.bounds.offset) = (Some(3), 1);
        select
    };
    let distinct = |mut select: Select| {
        let field = Item::schema().field("name").expect("the model has it");
        select.output = prom::query::Output::Columns(vec![prom::query::Column::Field(field)]);
        select.distinct = true;
        select
    };
    let selects = [plain.clone(), bounded(plain.clone()), distinct(plain.clone()), bounded(distinct(plain))];
    let want = |select: &Select, want| {
        let mut select = select.clone();
        select.want = want;
        requested(&Request::Select(select))
    };
    let both = |select: &Select| want(select, Want::Count) + &want(select, Want::Exists);
    expect![[r#"
        SELECT count(*) FROM "item"
        SELECT count(*) FROM "item"
        SELECT EXISTS (SELECT 1 FROM "item")
        SELECT EXISTS (SELECT 1 FROM "item")

        SELECT count(*) FROM (SELECT 1 FROM "item" LIMIT ?1 OFFSET ?2) AS "rows"
        SELECT count(*) FROM (SELECT 1 FROM "item" LIMIT $1 OFFSET $2) AS "rows"
        SELECT EXISTS (SELECT 1 FROM "item" LIMIT ?1 OFFSET ?2)
        SELECT EXISTS (SELECT 1 FROM "item" LIMIT $1 OFFSET $2)

        SELECT count(*) FROM (SELECT DISTINCT "name" FROM "item") AS "rows"
        SELECT count(*) FROM (SELECT DISTINCT "name" FROM "item") AS "rows"
        SELECT EXISTS (SELECT DISTINCT "name" FROM "item")
        SELECT EXISTS (SELECT DISTINCT "name" FROM "item")

        SELECT count(*) FROM (SELECT DISTINCT "name" FROM "item" LIMIT ?1 OFFSET ?2) AS "rows"
        SELECT count(*) FROM (SELECT DISTINCT "name" FROM "item" LIMIT $1 OFFSET $2) AS "rows"
        SELECT EXISTS (SELECT 1 FROM (SELECT DISTINCT "name" FROM "item" LIMIT ?1 OFFSET ?2) AS "rows")
        SELECT EXISTS (SELECT 1 FROM (SELECT DISTINCT "name" FROM "item" LIMIT $1 OFFSET $2) AS "rows")
    "#]]
    .assert_eq(&selects.each_ref().map(both).join("\n"));
}
