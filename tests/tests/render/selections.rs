//! Columns, what they come to, and groups.

use expect_test::expect;
use prom::prelude::*;
use prom::query::{Aggregate, Request, Select, Want};

use crate::shown::{Item, requested, shown};

#[test]
fn columns() {
    expect![""].assert_eq(
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
    expect![""].assert_eq(
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
    expect![""].assert_eq(
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
    expect![""].assert_eq(&selects.each_ref().map(both).join("\n"));
}
