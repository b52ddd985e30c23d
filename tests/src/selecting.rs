//! What a query gives instead of rows: columns, aggregates, groups, what several
//! queries come to, and what a query within a query finds.

use prom::prelude::*;
use prom::{Aggregate, Kind, Value};

use crate::behaviour::refused;

#[prom::orm]
#[derive(Debug, Clone)]
struct Shop {
    #[field(unique)]
    name: String,
}

#[prom::orm]
#[derive(Debug, Clone)]
struct Sale {
    shop_id: Ref<Shop>,
    item: String,
    count: i64,
    price: f64,
    discount: Option<i64>,
}

/// Two shops; the first sold three things, the other two.
async fn shops() -> prom::Result<(Shop, Shop)> {
    let a = Shop::create().name("a").await?;
    let b = Shop::create().name("b").await?;
    Shop::create().name("empty").await?;
    let sale = |shop: &Shop, item: &str, count, price| {
        Sale::create().shop_id(shop).item(item).count(count).price(price)
    };
    Sale::create_many([
        sale(&a, "apple", 3, 0.5).discount(1),
        sale(&a, "pear", 4, 0.75),
        sale(&a, "apple", 5, 0.5),
        sale(&b, "apple", 10, 0.25).discount(2),
        sale(&b, "plum", 1, 2.0),
    ])
    .await?;
    Ok((a, b))
}

behaviour! {
    /// One column gives values, several give tuples.
    #[needs(selections)]
    async fn columns_are_selected() {
        shops().await?;
        let items: Vec<String> = Sale::query().asc_id().select_item().await?.into_vec();
        assert_eq!(items, ["apple", "pear", "apple", "apple", "plum"]);
        let pairs: Vec<(String, i64)> = Sale::query().gt_count(4).desc_count().select_item().select_count().await?.into_vec();
        assert_eq!(pairs, [("apple".to_owned(), 10), ("apple".to_owned(), 5)]);
        let one: Option<(i64, f64, Option<i64>)> = Sale::query().select_id().select_price().select_discount().one().await?;
        assert_eq!(one, Some((1, 0.5, Some(1))));
        assert_eq!(Sale::query().eq_item("plum").select_count().only().await?, 1);
        assert_eq!(Sale::query().select_item().limit(2).await?.into_vec(), ["apple", "pear"]);
        let mut stream = Sale::query().asc_id().select_id().stream();
        let mut ids = Vec::new();
        while let Some(id) = stream.try_next().await? {
            ids.push(id);
        }
        assert_eq!(ids, [1, 2, 3, 4, 5]);
    }
}

behaviour! {
    /// Columns that are named at run time come as values.
    #[needs(selections)]
    async fn columns_are_selected_by_name() {
        shops().await?;
        let rows = Sale::query().asc_id().limit(1).select_fields(["item", "count"]).await?;
        assert_eq!(rows[0], [Value::from("apple"), Value::I64(3)]);
        let rows = Sale::query().group_by_field("item").aggregate_field(Aggregate::Sum, "count").desc_selected().await?;
        assert_eq!(rows[0], [Value::from("apple"), Value::I64(18)]);
        assert_eq!(refused(Sale::query().select_fields(["itme"]).get().await).kind(), Kind::UnknownField);
        let error = refused(Sale::query().aggregate_field(Aggregate::Avg, "item").get().await);
        assert!(error.to_string().contains("`item` is no number"), "{error}");
    }
}

behaviour! {
    /// Over all rows, and over none.
    #[needs(selections)]
    async fn aggregates_are_of_all_rows() {
        shops().await?;
        let all = Sale::query().sum_count().avg_price().min_item().max_count().counted().only().await?;
        assert_eq!(all, (Some(23), Some(0.8), Some("apple".to_owned()), Some(10), 5));
        assert_eq!(Sale::query().sum_discount().min_discount().max_discount().only().await?, (Some(3), Some(1), Some(2)));
        let none = Sale::query().eq_item("fig").sum_count().avg_count().counted().only().await?;
        assert_eq!(none, (None, None, 0));
        assert_eq!(Sale::query().sum_price().only().await?, Some(4.0));
    }
}

behaviour! {
    /// A row for each group, sorted by what it comes to.
    #[needs(selections)]
    async fn groups_come_to_something() {
        let (a, b) = shops().await?;
        let by_shop = Sale::query().group_by_shop_id().counted().sum_count().desc_selected().await?;
        assert_eq!(by_shop.into_vec(), [(Ref::from(&a), 3, Some(12)), (Ref::from(&b), 2, Some(11))]);
        let by_item: Vec<(String, i64)> = Sale::query().group_by_item().counted().asc_item().await?.into_vec();
        assert_eq!(by_item, [("apple".to_owned(), 3), ("pear".to_owned(), 1), ("plum".to_owned(), 1)]);
        let most = Sale::query().group_by_item().counted().desc_selected().limit(1).await?;
        assert_eq!((most[0].1, most.has_more()), (3, true));
        let both = Sale::query().group_by_shop_id().group_by_item().counted().count().await?;
        assert_eq!(both, 4);
        assert!(Sale::query().gt_count(9).group_by_item().has().await?);
    }
}

behaviour! {
    /// What has no one value is not selected, and not sorted by.
    #[needs(selections)]
    async fn what_a_group_has_several_of_is_refused() {
        for (error, text) in [
            (refused(Sale::query().group_by_item().counted().select_price().get().await), "group_by_price()"),
            (refused(Sale::query().select_item().sum_count().get().await), "group_by_item()"),
            (refused(Sale::query().group_by_item().asc_price().get().await), "sorted by `price`"),
            (refused(Sale::query().select_item().distinct().asc_price().get().await), "sorted by `price`"),
            (refused(Sale::query().desc_selected().get().await), "nothing was selected"),
        ] {
            assert_eq!(error.kind(), Kind::Invalid);
            assert!(error.to_string().contains(text), "{error}");
        }
    }
}

behaviour! {
    /// Rows that are alike become one, and are counted as one.
    #[needs(selections)]
    async fn rows_that_are_alike_become_one() {
        shops().await?;
        let items = Sale::query().select_item().distinct();
        assert_eq!(items.clone().asc_item().await?.into_vec(), ["apple", "pear", "plum"]);
        assert_eq!(items.clone().count().await?, 3);
        assert_eq!(items.limit(2).await?.into_vec(), ["apple", "pear"]);
        assert_eq!(Sale::query().select_shop_id().select_item().distinct().count().await?, 4);
        assert_eq!(Sale::query().distinct().count().await?, 5);
    }
}

behaviour! {
    /// Results are combined, with bounds of their own and of the whole.
    #[needs(selections)]
    async fn queries_are_combined() {
        shops().await?;
        let counts = |low, high| Sale::query().between_count(low, high);
        let ids = |query: SaleQuery| async move {
            Ok::<_, prom::Error>(query.asc_count().get().await?.iter().map(|it| it.count).collect::<Vec<_>>())
        };
        assert_eq!(ids(counts(1, 3).union(counts(3, 4))).await?, [1, 3, 4]);
        assert_eq!(ids(counts(1, 4).intersect(counts(3, 10))).await?, [3, 4]);
        assert_eq!(ids(counts(1, 10).difference(counts(3, 4))).await?, [1, 5, 10]);
        // From left to right, whatever the words.
        assert_eq!(ids(counts(1, 1).union(counts(3, 5)).intersect(counts(4, 10))).await?, [4, 5]);
        assert_eq!(counts(1, 3).union(counts(3, 4)).count().await?, 3);
        assert!(counts(1, 3).union(counts(3, 4)).has().await?);
        let bounded = counts(1, 10).desc_count().limit(1).union(counts(1, 10).asc_count().limit(1));
        assert_eq!(ids(bounded).await?, [1, 10]);
        // What follows is about all of it.
        assert_eq!(ids(counts(1, 3).union(counts(3, 4)).gt_count(1)).await?, [3, 4]);
        let page = counts(1, 3).union(counts(3, 4)).desc_count().limit(2).await?;
        assert_eq!((page[0].count, page.has_more()), (4, true));
        let items = Sale::query().lt_count(5).select_item().union(Sale::query().gt_count(4).select_item());
        assert_eq!(items.asc_item().await?.into_vec(), ["apple", "pear", "plum"]);
    }
}

behaviour! {
    /// As a value, as a list, and none of it NULL.
    #[needs(subqueries)]
    async fn a_query_stands_within_another() {
        let (a, _) = shops().await?;
        let sold = |item: &str| Sale::query().eq_item(item).select_shop_id();
        let names = |query: ShopQuery| async move {
            Ok::<_, prom::Error>(query.asc_name().select_name().await?.into_vec())
        };
        assert_eq!(names(Shop::query().in_id(Sale::query().eq_item("plum").select_id())).await?, [""; 0]);
        assert_eq!(Sale::query().in_shop_id(Shop::query().eq_name("a").select_id()).count().await?, 3);
        assert_eq!(Sale::query().nin_shop_id(Shop::query().eq_name("a").select_id()).count().await?, 2);
        assert_eq!(Sale::query().eq_shop_id(sold("pear")).count().await?, 3);
        assert_eq!(Sale::query().eq_shop_id(sold("fig")).count().await?, 0);
        // NULL among the rows hides nothing.
        assert_eq!(Sale::query().nin_discount(Sale::query().select_discount()).count().await?, 0);
        assert_eq!(Sale::query().nin_count(Sale::query().eq_item("plum").select_count()).count().await?, 4);
        assert_eq!(Sale::query().in_discount(Sale::query().eq_shop_id(&a).select_discount()).count().await?, 1);
        assert_eq!(Sale::query().gt_count(Sale::query().eq_item("pear").select_count()).count().await?, 2);
        // Of a table that is not there yet.
        assert_eq!(Sale::query().in_count(Never::query().select_n()).count().await?, 0);
    }
}

#[prom::orm]
#[derive(Debug)]
struct Never {
    n: i64,
}

behaviour! {
    /// A query within another goes where that one goes, and says so if it cannot.
    #[needs(subqueries)]
    async fn a_query_of_another_connection_is_refused(db) {
        shops().await?;
        let elsewhere = crate::run::another("elsewhere")?;
        let inner = || Shop::query().on(&elsewhere).select_id();
        for error in [
            refused(Sale::query().in_shop_id(inner()).get().await),
            refused(Sale::query().nin_shop_id(inner()).delete().await),
            refused(Sale::query().any(|q| q.eq_shop_id(inner())).count().await),
            refused(Sale::query().union(Sale::query().on(&elsewhere)).count().await),
        ] {
            assert_eq!(error.kind(), Kind::Invalid);
            assert!(error.to_string().contains("one statement asks one database"), "{error}");
        }
        assert_eq!(Sale::query().on(db).in_shop_id(Shop::query().select_id()).count().await?, 5);
        assert_eq!(Sale::query().count().await?, 5);
    }
}

behaviour! {
    /// Whatever the plan, and whoever asks.
    #[needs(subqueries)]
    async fn bounds_without_an_order_go_by_key() {
        shops().await?;
        let bounded = || Sale::query().gt_count(0).limit(2);
        let ids = [1, 2];
        assert_eq!(bounded().select_id().await?.into_vec(), ids);
        let mut stream = bounded().select_id().stream();
        assert_eq!([stream.try_next().await?, stream.try_next().await?], ids.map(Some));
        let found = Sale::query().in_id(bounded().select_id()).asc_id().select_id().await?;
        assert_eq!(found.into_vec(), ids);
        assert_eq!(Sale::query().offset(4).select_id().await?.into_vec(), [5]);
    }
}

behaviour! {
    /// NULL among what a query finds is not there, and hides nothing.
    #[needs(subqueries)]
    async fn null_among_the_rows_of_a_query_hides_nothing() {
        shops().await?;
        let none = || Sale::query().gt_count(1_000).max_count();
        assert_eq!(Sale::query().nin_count(none()).count().await?, 5);
        assert_eq!(Sale::query().in_count(none()).count().await?, 0);
        let null = Sale::query().desc_discount().limit(1).select_discount();
        assert_eq!(Sale::query().in_discount(null.clone()).count().await?, 0);
        // NULL among them counts for nothing, within bounds and without.
        assert_eq!(Sale::query().nin_discount(null).count().await?, 5);
        let nulls = Sale::query().is_null_discount().select_discount();
        assert_eq!(Sale::query().nin_discount(nulls).count().await?, 5);
        let nobody = || Sale::query().gt_count(1_000).limit(3).select_discount();
        assert_eq!(Sale::query().nin_discount(nobody()).count().await?, 5);
        assert_eq!(Sale::query().not(|sale| sale.in_discount(nobody())).count().await?, 5);
        let all = || Sale::query().limit(9).select_discount();
        assert_eq!(Sale::query().nin_discount(all()).count().await?, 0);
        assert_eq!(Sale::query().in_discount(all()).count().await?, 2);
        let items = || Sale::query().select_item().union(Sale::query().select_item());
        let error = refused(items().gt_count(7).get().await);
        assert!(error.to_string().contains("`count`, which its parts do not select"), "{error}");
    }
}

behaviour! {
    /// Conditions and orders of a combined query go by name, and two columns have the same.
    #[needs(selections)]
    async fn what_the_parts_of_a_query_select_twice_is_not_asked_about() {
        shops().await?;
        let item = || Sale::query().select_item().select_item();
        let items = || item().union(item());
        let found = items().asc_selected().await?;
        assert_eq!(items().count().await?, 3);
        assert_eq!(found[0], ("apple".to_owned(), "apple".to_owned()));
        for query in [items().eq_item("apple"), items().asc_item(), items().order_item(["apple"])] {
            let error = refused(query.get().await);
            assert_eq!(error.kind(), Kind::Invalid);
            assert!(error.to_string().contains("its parts select it twice"), "{error}");
        }
    }
}
