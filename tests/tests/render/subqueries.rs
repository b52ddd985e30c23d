//! Queries within queries, and conditions over relations.

use expect_test::expect;
use prom::prelude::*;

use crate::shown::{Item, Shelf, conditions};

#[test]
fn compared_with_a_query() {
    let low = || Item::query().lt_n(3);
    expect![""].assert_eq(&conditions([
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
    expect![""].assert_eq(&conditions([
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
    expect![""].assert_eq(&conditions([
        Item::query().where_shelf(|shelf| shelf.eq_name("a")),
        Item::query().not(|item| item.where_shelf(|shelf| shelf)),
        Item::query().where_has(Item::SHELF, |shelf| shelf.where_has(Shelf::ITEMS, |item| item.gt_n(3))),
        Item::query().where_shelf(|shelf| shelf.where_has(Shelf::ITEMS.through(Item::SHELF), |shelf| shelf.eq_name("a"))),
    ]));
}
