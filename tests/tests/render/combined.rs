//! Several queries as one.

use expect_test::expect;
use prom::prelude::*;
use prom::query::Aggregate;

use crate::shown::{Item, shown};

#[test]
fn selections() {
    let low = || Item::query().lt_n(3).select_n();
    let high = || Item::query().gt_n(7).select_n();
    expect![""].assert_eq(
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
    expect![""].assert_eq(&shown(groups().union(groups()).asc_field("name")));
}

#[test]
fn rows() {
    let (low, high) = (Item::query().lt_n(3), Item::query().gt_n(7).limit(2));
    expect![""].assert_eq(&shown(low.union(high).eq_flag(true).limit(1)));
}
