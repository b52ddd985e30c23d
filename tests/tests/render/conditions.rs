//! Conditions on one field, and groups of them.

use expect_test::expect;
use prom::date;
use prom::prelude::*;

use crate::shown::{Item, Mood, conditions};

fn some(texts: [&str; 2]) -> [Option<String>; 2] {
    texts.map(|text| (!text.is_empty()).then(|| text.to_owned()))
}

#[test]
fn comparisons() {
    expect![[r#"
        "n" = ?1
        "n" = $1

        "n" <> ?1
        "n" <> $1

        "n" > ?1
        "n" > $1

        "n" >= ?1
        "n" >= $1

        "n" < ?1
        "n" < $1

        "n" <= ?1
        "n" <= $1

        "n" BETWEEN ?1 AND ?2
        "n" BETWEEN $1 AND $2

        "name" IS NULL
        "name" IS NULL

        "name" IS NOT NULL
        "name" IS NOT NULL

        "name" IS NULL
        "name" IS NULL

        "name" IS NOT NULL
        "name" IS NOT NULL
    "#]]
    .assert_eq(&conditions([
        Item::query().eq_n(1),
        Item::query().ne_n(1),
        Item::query().gt_n(1),
        Item::query().gte_n(1),
        Item::query().lt_n(1),
        Item::query().lte_n(1),
        Item::query().between_n(1, 2),
        Item::query().eq_name(None),
        Item::query().ne_name(None),
        Item::query().is_null_name(),
        Item::query().not_null_name(),
    ]));
}

#[test]
fn values_of_every_type() {
    let at: Timestamp = "2024-05-06T07:08:09.000001Z".parse().expect("a timestamp");
    let day: prom::Date = "2024-05-06".parse().expect("a date");
    expect![[r#"
        "small" > ?1
        "small" > $1

        "single" > ?1
        "single" > $1

        "name" > ?1
        "name" > $1

        "code" > ?1
        "code" > $1

        "flag" = ?1
        "flag" = $1

        "bytes" = ?1
        "bytes" = $1

        "at" > ?1
        "at" > $1

        "at" = ?1
        "at" = $1

        "day" > ?1
        "day" > $1

        "uuid" > ?1
        "uuid" > $1

        "mood" = ?1
        "mood" = $1

        "shelf_id" = ?1
        "shelf_id" = $1

        "code" BETWEEN ?1 AND ?2
        "code" BETWEEN $1 AND $2

        "at" BETWEEN ?1 AND ?2
        "at" BETWEEN $1 AND $2
    "#]]
    .assert_eq(&conditions([
        Item::query().gt_small(1),
        Item::query().gt_single(0.5),
        Item::query().gt_name("a".to_owned()),
        Item::query().gt_code("a"),
        Item::query().eq_flag(true),
        Item::query().eq_bytes(b"a".to_vec()),
        Item::query().gt_at(at),
        Item::query().eq_at(at),
        Item::query().gt_day(day),
        Item::query().gt_uuid(prom::Uuid::nil()),
        Item::query().eq_mood(Mood::Calm),
        Item::query().eq_shelf_id(1),
        Item::query().between_code("a", "b"),
        Item::query().between_at(at, at),
    ]));
}

#[test]
fn lists() {
    let at: Timestamp = "2024-05-06T07:08:09.000001Z".parse().expect("a timestamp");
    expect![[r#"
        "n" IN rarray(?1)
        "n" = ANY($1)

        "n" NOT IN rarray(?1)
        "n" <> ALL($1)

        1 = 0
        1 = 0

        1 = 1
        1 = 1

        ("name" IN rarray(?1) OR "name" IS NULL)
        ("name" = ANY($1) OR "name" IS NULL)

        ("name" NOT IN rarray(?1) AND "name" IS NOT NULL)
        ("name" <> ALL($1) AND "name" IS NOT NULL)

        "name" IS NULL
        "name" IS NULL

        "code" IN rarray(?1)
        "code" = ANY($1)

        "at" IN rarray(?1)
        "at" = ANY($1)

        "uuid" NOT IN rarray(?1)
        "uuid" <> ALL($1)
    "#]]
    .assert_eq(&conditions([
        Item::query().in_n([1, 2]),
        Item::query().nin_n([1, 2]),
        Item::query().in_n([0; 0]),
        Item::query().nin_n([0; 0]),
        Item::query().in_name(some(["a", ""])),
        Item::query().nin_name(some(["a", ""])),
        Item::query().in_name([None::<String>]),
        Item::query().in_code(["a"]),
        Item::query().in_at([at]),
        Item::query().nin_uuid([prom::Uuid::nil()]),
    ]));
}

#[test]
fn texts() {
    expect![[r#"
        "name" GLOB ?1
        "name" LIKE $1

        NOT ("name" GLOB ?1)
        NOT ("name" LIKE $1)

        "name" GLOB ?1
        "name" LIKE $1

        "name" GLOB ?1
        "name" LIKE $1

        "name" GLOB ?1
        "name" LIKE $1

        "code" LIKE ?1 ESCAPE '\'
        "code" COLLATE "und-x-icu" ILIKE $1

        NOT ("code" LIKE ?1 ESCAPE '\')
        NOT ("code" COLLATE "und-x-icu" ILIKE $1)

        "code" LIKE ?1 ESCAPE '\'
        "code" COLLATE "und-x-icu" ILIKE $1

        "code" LIKE ?1 ESCAPE '\'
        "code" COLLATE "und-x-icu" ILIKE $1

        "code" LIKE ?1 ESCAPE '\'
        "code" COLLATE "und-x-icu" ILIKE $1
    "#]]
    .assert_eq(&conditions([
        Item::query().like_name("a%_\\%[*"),
        Item::query().nlike_name("a%"),
        Item::query().startswith_name("50%[*"),
        Item::query().endswith_name("a"),
        Item::query().contains_name("a"),
        Item::query().like_code("a%"),
        Item::query().nlike_code("a%"),
        Item::query().startswith_code("a"),
        Item::query().endswith_code("a"),
        Item::query().contains_code("a"),
    ]));
}

#[test]
fn parts_of_times() {
    expect![[r#"
        CAST(strftime('%Y', "at") AS INTEGER) = ?1
        CASE WHEN isfinite("at") THEN CAST(floor(extract(year FROM "at" AT TIME ZONE 'UTC')) AS bigint) END = $1

        CAST(strftime('%m', "at") AS INTEGER) <> ?1
        CAST(floor(extract(month FROM "at" AT TIME ZONE 'UTC')) AS bigint) <> $1

        CAST(strftime('%d', "at") AS INTEGER) > ?1
        CAST(floor(extract(day FROM "at" AT TIME ZONE 'UTC')) AS bigint) > $1

        CAST(strftime('%H', "at") AS INTEGER) >= ?1
        CAST(floor(extract(hour FROM "at" AT TIME ZONE 'UTC')) AS bigint) >= $1

        CAST(strftime('%M', "at") AS INTEGER) < ?1
        CAST(floor(extract(minute FROM "at" AT TIME ZONE 'UTC')) AS bigint) < $1

        CAST(strftime('%S', "at") AS INTEGER) <= ?1
        CAST(floor(extract(second FROM "at" AT TIME ZONE 'UTC')) AS bigint) <= $1

        CAST(strftime('%w', "at") AS INTEGER) IN (?1, ?2)
        CAST(floor(extract(dow FROM "at" AT TIME ZONE 'UTC')) AS bigint) IN ($1, $2)

        CAST(strftime('%V', "at") AS INTEGER) NOT IN (?1, ?2)
        CAST(floor(extract(week FROM "at" AT TIME ZONE 'UTC')) AS bigint) NOT IN ($1, $2)

        CAST(strftime('%j', "at") AS INTEGER) = ?1
        CAST(floor(extract(doy FROM "at" AT TIME ZONE 'UTC')) AS bigint) = $1

        1 = 0
        1 = 0

        1 = 1
        1 = 1

        CAST(strftime('%Y', "day") AS INTEGER) = ?1
        CASE WHEN isfinite("day") THEN CAST(floor(extract(year FROM "day")) AS bigint) END = $1

        CAST(strftime('%w', "day") AS INTEGER) IN (?1, ?2, ?3, ?4, ?5, ?6, ?7)
        CAST(floor(extract(dow FROM "day")) AS bigint) IN ($1, $2, $3, $4, $5, $6, $7)
    "#]]
    .assert_eq(&conditions([
        Item::query().eq_at(date::year(2024)),
        Item::query().ne_at(date::month(2)),
        Item::query().gt_at(date::day(2)),
        Item::query().gte_at(date::hour(2)),
        Item::query().lt_at(date::minute(2)),
        Item::query().lte_at(date::second(2)),
        Item::query().in_at(date::weekday([0, 6])),
        Item::query().nin_at(date::week([1, 2])),
        Item::query().eq_at(date::year_day(1)),
        Item::query().in_at(date::year([])),
        Item::query().nin_at(date::year([])),
        Item::query().eq_day(date::year(2024)),
        Item::query().part_field("day", date::weekday(0..=6)),
    ]));
}

#[test]
fn groups() {
    expect![[r#"
        "n" = ?1 AND ("n" = ?2 OR "n" = ?3 OR "n" = ?4) AND ("n" = ?5 OR "n" = ?6)
        "n" = $1 AND ("n" = $2 OR "n" = $3 OR "n" = $4) AND ("n" = $5 OR "n" = $6)

        ("n" = ?1 OR "n" = ?2) AND "n" = ?3
        ("n" = $1 OR "n" = $2) AND "n" = $3

        1 = 0
        1 = 0

        (("n" = ?1 AND "n" = ?2) OR "n" = ?3)
        (("n" = $1 AND "n" = $2) OR "n" = $3)

        1 = 1
        1 = 1

        NOT ("n" = ?1 AND "n" = ?2)
        NOT ("n" = $1 AND "n" = $2)

        NOT (NOT ("n" = ?1 OR "n" = ?2))
        NOT (NOT ("n" = $1 OR "n" = $2))

        NOT (1 = 1)
        NOT (1 = 1)

        "n" = ?1
        "n" = $1

        (n = ?1 OR n = ?2) AND "n" = ?3
        (n = $1 OR n = $2) AND "n" = $3
    "#]]
    .assert_eq(&conditions([
        Item::query().eq_n(1).eq_n(2).or().eq_n(3).or().eq_n(4).eq_n(5).or().eq_n(6),
        Item::query().any(|group| group.eq_n(1).eq_n(2)).eq_n(3),
        Item::query().any(|group| group),
        Item::query().all(|group| group.eq_n(1).eq_n(2)).or().eq_n(3),
        Item::query().all(|group| group),
        Item::query().not(|group| group.eq_n(1).eq_n(2)),
        Item::query().not(|group| group.not(|inner| inner.any(|inner| inner.eq_n(1).eq_n(2)))),
        Item::query().not(|group| group),
        Item::query().when(true, |query| query.eq_n(1)).when(false, |query| query.eq_n(2)),
        Item::query().raw_field("n = ? OR n = ?", [1, 2]).eq_n(3),
    ]));
}

#[test]
fn by_name() {
    expect![[r#"
        "n" = ?1 AND "n" <> ?2 AND "n" > ?3 AND "n" >= ?4
        "n" = $1 AND "n" <> $2 AND "n" > $3 AND "n" >= $4

        "n" < ?1 AND "n" <= ?2 AND "n" BETWEEN ?3 AND ?4
        "n" < $1 AND "n" <= $2 AND "n" BETWEEN $3 AND $4

        "n" IN rarray(?1) AND "n" NOT IN rarray(?2)
        "n" = ANY($1) AND "n" <> ALL($2)

        "name" IS NULL AND "n" IS NOT NULL
        "name" IS NULL AND "n" IS NOT NULL

        "name" GLOB ?1 AND NOT ("name" GLOB ?2)
        "name" LIKE $1 AND NOT ("name" LIKE $2)

        "name" GLOB ?1 AND "name" GLOB ?2 AND "name" GLOB ?3
        "name" LIKE $1 AND "name" LIKE $2 AND "name" LIKE $3

        "flag" > ?1 AND "bytes" > ?2 AND "shelf_id" > ?3
        "flag" > $1 AND "bytes" > $2 AND "shelf_id" > $3
    "#]]
    .assert_eq(&conditions([
        Item::query().eq_field("n", 1).ne_field("n", 1).gt_field("n", 1).gte_field("n", 1),
        Item::query().lt_field("n", 1).lte_field("n", 1).between_field("n", 1, 2),
        Item::query().in_field("n", [1, 2]).nin_field("n", [1, 2]),
        Item::query().is_null_field("name").not_null_field("n"),
        Item::query().like_field("name", "a").nlike_field("name", "a"),
        Item::query().startswith_field("name", "a").endswith_field("name", "a").contains_field("name", "a"),
        Item::query().gt_field("flag", false).gt_field("bytes", vec![0_u8]).gt_field("shelf_id", 1),
    ]));
}
