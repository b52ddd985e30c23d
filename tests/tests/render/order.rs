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
    expect![""].assert_eq(&queries.map(|query| shown(query.select_n())).join("\n"));
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
    expect![""].assert_eq(&queries.map(|query| shown(query.select_n())).join("\n"));
}

#[test]
fn rows_that_are_alike() {
    let queries = [Item::query().distinct(), Item::query().distinct().asc_n(), Item::query().distinct().limit(3)];
    expect![""].assert_eq(&queries.map(|query| shown(query.select_n())).join("\n"));
}
