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
    expect![""].assert_eq(&conditions([
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
    expect![""].assert_eq(&conditions([
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
    expect![""].assert_eq(&conditions([
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
    expect![""].assert_eq(&conditions([
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
    expect![""].assert_eq(&conditions([
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
    expect![""].assert_eq(&conditions([
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
    expect![""].assert_eq(&conditions([
        Item::query().eq_field("n", 1).ne_field("n", 1).gt_field("n", 1).gte_field("n", 1),
        Item::query().lt_field("n", 1).lte_field("n", 1).between_field("n", 1, 2),
        Item::query().in_field("n", [1, 2]).nin_field("n", [1, 2]),
        Item::query().is_null_field("name").not_null_field("n"),
        Item::query().like_field("name", "a").nlike_field("name", "a"),
        Item::query().startswith_field("name", "a").endswith_field("name", "a").contains_field("name", "a"),
        Item::query().gt_field("flag", false).gt_field("bytes", vec![0_u8]).gt_field("shelf_id", 1),
    ]));
}
