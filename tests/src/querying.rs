//! What a query finds, by method and by name, and in which order.

use std::collections::BTreeSet;

use prom::prelude::*;
use prom::{Kind, Value};

use crate::behaviour::refused;

#[prom::orm]
#[derive(Debug, Clone, PartialEq)]
struct Thing {
    n: i64,
    /// Every odd one is NULL.
    maybe: Option<i64>,
    name: String,
    ratio: f64,
    at: Option<Timestamp>,
}

/// Things 0 to 9: `maybe` is NULL in the odd ones, the names are `n0`, `n1`, ...
async fn ten() -> prom::Result<()> {
    let thing = |n: i64| {
        let at = Timestamp::from_second(n * 1_000).expect("it is in range");
        #[expect(clippy::cast_precision_loss, reason = "single digits")]
        let ratio = n as f64 / 2.0;
        let thing = Thing::draft().n(n).name(format!("n{n}")).ratio(ratio).at(at);
        if n % 2 == 0 { thing.maybe(n) } else { thing }
    };
    Thing::create_many((0..10).map(thing)).await.map(drop)
}

/// The numbers of the things that are found, in order.
async fn found(query: ThingQuery) -> prom::Result<Vec<i64>> {
    let mut found = listed(query).await?;
    found.sort_unstable();
    Ok(found)
}

/// The numbers of the things that are found, as they come.
async fn listed(query: ThingQuery) -> prom::Result<Vec<i64>> {
    Ok(query.get().await?.iter().map(|it| it.n).collect())
}

fn query() -> ThingQuery {
    Thing::query()
}

behaviour! {
    /// Each operator, named in a method.
    async fn a_field_is_compared_with_a_value() {
        ten().await?;
        for (query, numbers) in [
            (query().eq_n(3), vec![3]),
            (query().ne_n(3), vec![0, 1, 2, 4, 5, 6, 7, 8, 9]),
            (query().gt_n(7), vec![8, 9]),
            (query().gte_n(7), vec![7, 8, 9]),
            (query().lt_n(2), vec![0, 1]),
            (query().lte_n(2), vec![0, 1, 2]),
            (query().between_n(3, 5), vec![3, 4, 5]),
            (query().between_n(5, 3), vec![]),
            (query().in_n([5, 3, 30, 5]), vec![3, 5]),
            (query().nin_n([0, 1, 2, 3, 4, 30]), vec![5, 6, 7, 8, 9]),
            (query().eq_name("n4"), vec![4]),
            (query().gt_name("n7"), vec![8, 9]),
            (query().between_ratio(1.0, 2.0), vec![2, 3, 4]),
            (query().gte_at(Timestamp::from_second(8_000).expect("it is in range")), vec![8, 9]),
            (query().eq_id(4), vec![3]),
        ] {
            let shown = format!("{query:?}");
            assert_eq!(found(query).await?, numbers, "{shown}");
        }
    }
}

behaviour! {
    /// The same, named at run time.
    async fn a_field_that_is_named_by_text_is_compared_with_a_value() {
        ten().await?;
        for (query, numbers) in [
            (query().eq_field("n", 3), vec![3]),
            (query().ne_field("n", 3), vec![0, 1, 2, 4, 5, 6, 7, 8, 9]),
            (query().gt_field("n", 7), vec![8, 9]),
            (query().gte_field("n", 7), vec![7, 8, 9]),
            (query().lt_field("n", 2), vec![0, 1]),
            (query().lte_field("n", 2), vec![0, 1, 2]),
            (query().between_field("n", 3, 5), vec![3, 4, 5]),
            (query().in_field("n", [5, 3, 30]), vec![3, 5]),
            (query().nin_field("n", [0, 1, 2, 3, 4]), vec![5, 6, 7, 8, 9]),
            (query().is_null_field("maybe").lt_field("n", 4), vec![1, 3]),
            (query().not_null_field("maybe").lt_field("n", 4), vec![0, 2]),
            (query().eq_field("name", "n4"), vec![4]),
            (query().like_field("name", "%4"), vec![4]),
            (query().nlike_field("name", "%4").lt_field("n", 6), vec![0, 1, 2, 3, 5]),
            (query().startswith_field("name", "n4"), vec![4]),
            (query().endswith_field("name", "4"), vec![4]),
            (query().contains_field("name", "4"), vec![4]),
            (query().eq_field("_id", 4), vec![3]),
            // A whole number will do for a floating-point one, text for an instant.
            (query().eq_field("ratio", 2), vec![4]),
            (query().eq_field("at", "1970-01-01T00:50:00Z"), vec![3]),
        ] {
            let shown = format!("{query:?}");
            assert_eq!(found(query).await?, numbers, "{shown}");
        }
        assert_eq!(listed(query().desc_field("n").limit(2)).await?, [9, 8]);
        assert_eq!(listed(query().asc_field("n").limit(2)).await?, [0, 1]);
    }
}

behaviour! {
    /// Whatever is asked, the answer is unknown.
    async fn a_comparison_does_not_find_null() {
        ten().await?;
        for (query, numbers) in [
            (query().eq_maybe(4), vec![4]),
            (query().ne_maybe(4), vec![0, 2, 6, 8]),
            (query().gt_maybe(4), vec![6, 8]),
            (query().gte_maybe(4), vec![4, 6, 8]),
            (query().lt_maybe(4), vec![0, 2]),
            (query().lte_maybe(4), vec![0, 2, 4]),
            (query().between_maybe(-9, 3), vec![0, 2]),
            (query().in_maybe([2, 3]), vec![2]),
            (query().nin_maybe([2, 3]), vec![0, 4, 6, 8]),
            (query().ne_maybe(4).or().eq_n(3), vec![0, 2, 3, 6, 8]),
        ] {
            let shown = format!("{query:?}");
            assert_eq!(found(query).await?, numbers, "{shown}");
        }
    }
}

behaviour! {
    /// By a method of its own, by `eq` and `ne`, and by name.
    async fn null_is_found_by_asking_for_it() {
        ten().await?;
        let none = None::<i64>;
        for query in [
            query().is_null_maybe(),
            query().eq_maybe(none),
            query().is_null_field("maybe"),
            query().eq_field("maybe", none),
            query().eq_field("maybe", Value::Null),
        ] {
            assert_eq!(found(query).await?, [1, 3, 5, 7, 9]);
        }
        for query in [
            query().not_null_maybe(),
            query().ne_maybe(none),
            query().not_null_field("maybe"),
            query().ne_field("maybe", none),
        ] {
            assert_eq!(found(query).await?, [0, 2, 4, 6, 8]);
        }
        assert_eq!(found(query().eq_maybe(Some(4))).await?, [4]);
    }
}

behaviour! {
    /// It is neither greater nor less than anything.
    async fn null_has_no_place_in_an_order(db) {
        let none = None::<i64>;
        for query in [
            query().gt_maybe(none),
            query().gte_maybe(none),
            query().lt_maybe(none),
            query().lte_maybe(none),
            query().between_maybe(none, Some(3)),
            query().between_maybe(3, none),
            query().gt_field("maybe", none),
            query().between_field("maybe", 1, none),
        ] {
            let error = refused(query.get().await);
            assert_eq!((error.kind(), error.model()), (Kind::Invalid, Some("Thing")));
            assert!(error.to_string().contains("`maybe`"), "{error}");
        }
        assert!(!db.is_open(), "nothing had to be asked");
    }
}

behaviour! {
    /// Arrays, vectors, slices, ranges, sets, iterators, by value or borrowed.
    async fn a_list_is_any_sequence() {
        ten().await?;
        let vector = vec![2, 3];
        for query in [
            query().in_n([2, 3]),
            query().in_n(&vector),
            query().in_n(&vector[..]),
            query().in_n(vector.iter()),
            query().in_n(vector.clone()),
            query().in_n(2..4),
            query().in_n(2..=3),
            query().in_n(BTreeSet::from([3, 2])),
            query().in_n((1..3).map(|it| it + 1)),
            query().in_name(["n2", "n3"]),
            query().in_name(vec![String::from("n2"), String::from("n3")]),
            query().in_field("n", vector),
            query().in_field("name", ["n2", "n3"]),
        ] {
            assert_eq!(found(query).await?, [2, 3]);
        }
    }
}

behaviour! {
    /// An empty list keeps no row, and leaves none out.
    async fn a_list_may_be_empty() {
        ten().await?;
        let nothing: [i64; 0] = [];
        assert_eq!(found(query().in_n(nothing)).await?, []);
        assert_eq!(found(query().in_maybe(nothing)).await?, []);
        assert_eq!(found(query().in_field("n", nothing)).await?, []);
        assert_eq!(found(query().nin_n(nothing)).await?.len(), 10);
        assert_eq!(found(query().nin_maybe(nothing)).await?.len(), 10);
        assert_eq!(found(query().nin_field("maybe", nothing)).await?.len(), 10);
        assert_eq!(found(query().in_n(nothing).or().eq_n(4)).await?, [4]);
        assert_eq!(found(query().eq_n(4).or().in_n(nothing).or().eq_n(5)).await?, [4, 5]);
        assert_eq!(found(query().eq_n(4).or().nin_n(nothing)).await?.len(), 10);
        assert_eq!(found(query().nin_n(nothing).eq_n(4)).await?, [4]);
    }
}

behaviour! {
    /// In a list that keeps rows it keeps them, in one that does not it does not.
    async fn null_may_stand_in_a_list() {
        ten().await?;
        for (query, numbers) in [
            (query().in_maybe([Some(2), None]), vec![1, 2, 3, 5, 7, 9]),
            (query().in_maybe([None::<i64>]), vec![1, 3, 5, 7, 9]),
            (query().nin_maybe([Some(2), None]), vec![0, 4, 6, 8]),
            (query().nin_maybe([None::<i64>]), vec![0, 2, 4, 6, 8]),
            (query().in_field("maybe", [Some(2), None]), vec![1, 2, 3, 5, 7, 9]),
            (query().nin_field("maybe", [Some(2), None]), vec![0, 4, 6, 8]),
            // The list is one condition, whatever stands beside it.
            (query().in_maybe([Some(2), None]).or().eq_n(4).lt_n(5), vec![1, 2, 3, 4]),
            (query().eq_n(4).or().in_maybe([Some(2), None]).lt_n(5), vec![1, 2, 3, 4]),
            (query().eq_n(2).or().nin_maybe([Some(2), None]).lt_n(5), vec![0, 2, 4]),
            (query().in_maybe([Some(2), None]).eq_n(3), vec![3]),
        ] {
            let shown = format!("{query:?}");
            assert_eq!(found(query).await?, numbers, "{shown}");
        }
    }
}

behaviour! {
    /// Far more than a statement may have parameters.
    async fn a_list_may_be_long() {
        ten().await?;
        assert_eq!(found(query().in_n(5..40_005)).await?, [5, 6, 7, 8, 9]);
        assert_eq!(found(query().nin_n(5..40_005)).await?, [0, 1, 2, 3, 4]);
        assert_eq!(query().in_n(-20_000..20_000).count().await?, 10);
        let names = (8..40_008).map(|it| format!("n{it}"));
        assert_eq!(found(query().in_name(names)).await?, [8, 9]);
        let both = query().in_n(0..40_000).nin_name((0..40_000).step_by(2).map(|it| format!("n{it}")));
        assert_eq!(found(both).await?, [1, 3, 5, 7, 9]);
    }
}

behaviour! {
    /// All of them.
    async fn conditions_must_all_be_met() {
        ten().await?;
        assert_eq!(found(query().gt_n(2).lt_n(7).ne_n(5)).await?, [3, 4, 6]);
        assert_eq!(found(query().eq_n(1).eq_n(2)).await?, []);
        assert_eq!(found(query()).await?.len(), 10);
    }
}

behaviour! {
    /// It binds tighter than AND, and a run of it makes one group.
    async fn or_joins_its_two_neighbours() {
        ten().await?;
        for (query, numbers) in [
            (query().eq_n(1).or().eq_n(2), vec![1, 2]),
            (query().eq_n(1).or().eq_n(2).or().eq_n(3), vec![1, 2, 3]),
            (query().gte_n(5).eq_n(1).or().eq_n(6), vec![6]),
            (query().eq_n(1).or().eq_n(6).gte_n(5), vec![6]),
            (query().lt_n(3).or().gt_n(6).ne_n(0).eq_maybe(2).or().eq_n(9), vec![2, 9]),
            (query().eq_n(1).or().eq_n(2).eq_n(2).or().eq_n(3), vec![2]),
            (query().eq_n(0).or().between_n(4, 5), vec![0, 4, 5]),
            (query().between_n(4, 5).or().eq_n(0), vec![0, 4, 5]),
            (query().is_null_maybe().or().eq_n(0).lt_n(4), vec![0, 1, 3]),
            (query().eq_n(0).or().in_n([4, 5]).or().like_name("%9"), vec![0, 4, 5, 9]),
            (query().eq_field("n", 0).or().eq_field("n", 1), vec![0, 1]),
        ] {
            let shown = format!("{query:?}");
            assert_eq!(found(query).await?, numbers, "{shown}");
        }
    }
}

behaviour! {
    /// Alternatives by the hundred.
    async fn a_run_of_or_may_be_long() {
        ten().await?;
        let many = (0..2_000).fold(query().eq_n(-1), |query, n| query.or().eq_n(n + 5));
        assert_eq!(found(many).await?, [5, 6, 7, 8, 9]);
        let all = (0..2_000).fold(query(), |query, n| query.ne_n(n + 5));
        assert_eq!(found(all).await?, [0, 1, 2, 3, 4]);
    }
}

behaviour! {
    /// Before, after, or between two of them.
    async fn an_or_with_nothing_beside_it_is_refused(db) {
        for query in [
            query().or().eq_n(1),
            query().eq_n(1).or(),
            query().or(),
            query().eq_n(1).or().or().eq_n(2),
            query().eq_n(1).or().asc_n(),
        ] {
            for error in [
                refused(query.clone().get().await),
                refused(query.clone().one().await),
                refused(query.clone().only().await),
                refused(query.clone().count().await),
                refused(query.clone().has().await),
                refused(query.stream().try_next().await),
            ] {
                assert_eq!((error.kind(), error.model()), (Kind::Invalid, Some("Thing")));
                assert!(error.to_string().contains("`or()`"), "{error}");
            }
        }
        assert!(!db.is_open(), "nothing had to be asked");
    }
}

behaviour! {
    /// Before anything is sent, with the nearest name that there is.
    async fn an_unknown_field_is_refused_by_name(db) {
        for query in [
            query().eq_field("naem", "x"),
            query().ne_field("naem", "x"),
            query().gt_field("naem", "x"),
            query().lte_field("naem", "x"),
            query().between_field("naem", "x", "y"),
            query().in_field("naem", ["x"]),
            query().nin_field("naem", ["x"]),
            query().is_null_field("naem"),
            query().not_null_field("naem"),
            query().like_field("naem", "x"),
            query().contains_field("naem", "x"),
            query().asc_field("naem"),
            query().desc_field("naem"),
            query().eq_n(1).or().eq_field("naem", "x").eq_field("other", 1),
        ] {
            let error = refused(query.get().await);
            assert_eq!(error.kind(), Kind::UnknownField);
            assert_eq!((error.model(), error.field()), (Some("Thing"), Some("naem")));
            assert!(error.to_string().contains("did you mean `name`?"), "{error}");
        }
        let injected = refused(query().eq_field("n\" = 1 OR \"n", 1).get().await);
        assert_eq!(injected.kind(), Kind::UnknownField);
        assert!(!db.is_open(), "nothing had to be asked");
    }
}

behaviour! {
    /// Before anything is sent, without showing the value.
    async fn a_value_of_another_type_is_refused_by_name(db) {
        for (query, field) in [
            (query().eq_field("n", "secret"), "n"),
            (query().eq_field("n", "1.0"), "n"),
            (query().eq_field("name", 1), "name"),
            (query().in_field("n", ["secret"]), "n"),
            (query().between_field("n", 1, "secret"), "n"),
            (query().eq_field("at", "secret"), "at"),
            (query().eq_field("ratio", true), "ratio"),
        ] {
            let error = refused(query.get().await);
            assert_eq!((error.kind(), error.field()), (Kind::Invalid, Some(field)));
            assert!(!format!("{error} {error:?}").contains("secret"), "{error:?}");
        }
        for query in [query().like_field("n", "1%"), query().startswith_field("at", "2024")] {
            let error = refused(query.get().await);
            assert_eq!(error.kind(), Kind::Invalid);
        }
        assert!(!db.is_open(), "nothing had to be asked");
    }
}

#[prom::orm(table = "Select \"from\" 'where'")]
#[derive(Debug, Clone, PartialEq)]
struct Odd {
    foo_bar: i64,
    eq_x: i64,
    order: i64,
    #[field(name = "Mixed \"Case\"")]
    mixed: i64,
    #[field(name = "größe")]
    size: Option<i64>,
}

behaviour! {
    /// Words of SQL, quotes, capitals, and the names of methods.
    async fn names_may_be_odd() {
        let odd = |it: i64| Odd::draft().foo_bar(it).eq_x(it).order(-it).mixed(it).size(it);
        let rows = Odd::create_many((0..3).map(odd)).await?;
        for query in [
            Odd::query().eq_foo_bar(1),
            Odd::query().eq_eq_x(1),
            Odd::query().eq_order(-1),
            Odd::query().eq_mixed(1),
            Odd::query().eq_size(1),
            Odd::query().eq_field("foo_bar", 1),
            Odd::query().eq_field("eq_x", 1),
            Odd::query().eq_field("Mixed \"Case\"", 1),
            Odd::query().eq_field("größe", 1),
        ] {
            assert_eq!(query.only().await?, rows[1]);
        }
        let sorted = Odd::query().asc_order().desc_mixed().asc_field("größe").get().await?;
        assert_eq!(sorted.iter().map(|it| it.order).collect::<Vec<_>>(), [-2, -1, 0]);
        let mut row = rows[1].clone();
        (row.mixed, row.size) = (7, None);
        row.save().await?;
        assert_eq!(Odd::find(row.id).await?, Some(row.clone()));
        assert!(row.delete().await?);
    }
}

behaviour! {
    /// Up or down, and what was said first counts for most.
    async fn rows_come_in_the_order_that_is_asked_for() {
        ten().await?;
        assert_eq!(listed(query().asc_n()).await?, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
        assert_eq!(listed(query().desc_n()).await?, [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
        assert_eq!(listed(query().desc_name().lt_n(3)).await?, [2, 1, 0]);
        for (n, maybe) in [(10, 1), (11, 0), (12, 1)] {
            Thing::create().n(n).maybe(maybe).name("").ratio(0.0).await?;
        }
        let few = || query().in_n([10, 11, 12]);
        assert_eq!(listed(few().asc_maybe().desc_n()).await?, [11, 12, 10]);
        assert_eq!(listed(few().desc_maybe().asc_n()).await?, [10, 12, 11]);
        assert_eq!(listed(few().desc_n().asc_maybe()).await?, [12, 11, 10]);
        assert_eq!(listed(few().asc_ratio().asc_name().asc_maybe().desc_n()).await?, [11, 12, 10]);
    }
}

behaviour! {
    /// So it comes last going up and first going down.
    async fn null_sorts_as_the_greatest() {
        ten().await?;
        assert_eq!(listed(query().asc_maybe().asc_n()).await?, [0, 2, 4, 6, 8, 1, 3, 5, 7, 9]);
        assert_eq!(listed(query().desc_maybe().asc_n()).await?, [1, 3, 5, 7, 9, 8, 6, 4, 2, 0]);
        assert_eq!(listed(query().asc_maybe().limit(1)).await?, [0]);
        assert_eq!(listed(query().desc_maybe().asc_n().limit(1)).await?, [1]);
    }
}

behaviour! {
    /// And it is known whether rows were left out.
    async fn a_query_stops_at_its_limit_and_begins_at_its_offset() {
        ten().await?;
        for (query, numbers, has_more) in [
            (query().asc_n().limit(3), vec![0, 1, 2], true),
            (query().asc_n().limit(3).offset(4), vec![4, 5, 6], true),
            (query().asc_n().limit(3).offset(7), vec![7, 8, 9], false),
            (query().asc_n().limit(3).offset(8), vec![8, 9], false),
            (query().asc_n().limit(3).offset(20), vec![], false),
            (query().asc_n().offset(8), vec![8, 9], false),
            (query().asc_n().limit(10), (0..10).collect(), false),
            (query().asc_n().limit(9), (0..9).collect(), true),
            (query().asc_n().limit(u64::MAX), (0..10).collect(), false),
            (query().asc_n().offset(u64::MAX), vec![], false),
            (query().asc_n(), (0..10).collect(), false),
            (query().asc_n().limit(2).limit(1), vec![0], true),
            (query().gt_n(7).asc_n().limit(1), vec![8], true),
        ] {
            let rows = query.get().await?;
            assert_eq!(rows.iter().map(|it| it.n).collect::<Vec<_>>(), numbers);
            assert_eq!(rows.has_more(), has_more, "{numbers:?}");
        }
    }
}

behaviour! {
    /// But it is known whether there are any.
    async fn a_limit_of_none_gives_none() {
        assert!(!query().limit(0).get().await?.has_more());
        ten().await?;
        let rows = query().limit(0).get().await?;
        assert!(rows.is_empty() && rows.has_more());
        let rows = query().offset(10).limit(0).get().await?;
        assert!(rows.is_empty() && !rows.has_more());
        assert_eq!(query().limit(0).count().await?, 0);
        assert!(!query().limit(0).has().await?);
        assert_eq!(query().limit(0).one().await?, None);
        assert_eq!(query().limit(0).stream().try_next().await?, None);
        assert_eq!(refused(query().limit(0).only().await).kind(), Kind::NotFound);
    }
}

behaviour! {
    /// So that every backend begins with the same one.
    async fn without_an_order_bounded_rows_come_by_key() {
        for id in [30, 10, 20] {
            Thing::create().id(id).n(id).name("").ratio(0.0).await?;
        }
        let mut row = Thing::find(10).await?.expect("it was inserted");
        row.name = "touched".to_owned();
        row.save().await?;
        assert_eq!(listed(query().limit(2)).await?, [10, 20]);
        assert_eq!(listed(query().limit(2).offset(1)).await?, [20, 30]);
        assert_eq!(query().one().await?.map(|it| it.n), Some(10));
        assert_eq!(query().offset(2).one().await?.map(|it| it.n), Some(30));
    }
}

behaviour! {
    /// Or none.
    async fn one_is_the_first_row() {
        assert_eq!(query().one().await?, None);
        ten().await?;
        assert_eq!(query().one().await?.map(|it| it.n), Some(0));
        assert_eq!(query().desc_n().one().await?.map(|it| it.n), Some(9));
        assert_eq!(query().desc_n().offset(3).one().await?.map(|it| it.n), Some(6));
        assert_eq!(query().gt_n(4).asc_n().limit(5).one().await?.map(|it| it.n), Some(5));
        assert_eq!(query().gt_n(9).one().await?, None);
        assert_eq!(Thing::find(1).await?.map(|it| it.n), Some(0));
        assert_eq!(Thing::find(11).await?, None);
    }
}

behaviour! {
    /// None, or several, is an error, and which is known.
    async fn only_is_the_row_that_has_no_second() {
        ten().await?;
        assert_eq!(query().eq_n(4).only().await?.n, 4);
        for (query, kind) in [
            (query().eq_n(40), Kind::NotFound),
            (query().gt_n(7), Kind::Ambiguous),
            (query(), Kind::Ambiguous),
        ] {
            let error = refused(query.only().await);
            assert_eq!((error.kind(), error.model()), (kind, Some("Thing")));
        }
        assert_eq!(query().asc_n().offset(9).only().await?.n, 9);
        assert_eq!(query().asc_n().limit(1).only().await?.n, 0);
    }
}

behaviour! {
    /// Bounds included.
    async fn count_is_the_number_of_rows_that_the_query_would_give() {
        assert_eq!(query().count().await?, 0);
        ten().await?;
        for (query, count) in [
            (query(), 10),
            (query().gt_n(6), 3),
            (query().is_null_maybe(), 5),
            (query().eq_n(40), 0),
            (query().limit(3), 3),
            (query().limit(30), 10),
            (query().offset(4), 6),
            (query().offset(4).limit(3), 3),
            (query().offset(9).limit(3), 1),
            (query().offset(40), 0),
            (query().gt_n(2).desc_maybe().offset(1).limit(100), 6),
        ] {
            let shown = format!("{query:?}");
            assert_eq!(query.count().await?, count, "{shown}");
        }
    }
}

behaviour! {
    /// Bounds included.
    async fn has_is_whether_the_query_would_give_a_row() {
        assert!(!query().has().await?);
        ten().await?;
        for (query, has) in [
            (query(), true),
            (query().eq_n(9), true),
            (query().eq_n(10), false),
            (query().offset(9), true),
            (query().offset(10), false),
            (query().is_null_maybe().desc_n().limit(1), true),
        ] {
            let shown = format!("{query:?}");
            assert_eq!(query.has().await?, has, "{shown}");
        }
    }
}

behaviour! {
    /// What is said of the one is not said of the other.
    async fn a_copied_query_is_independent() {
        ten().await?;
        let few = query().gt_n(4).asc_n();
        assert_eq!(few.clone().one().await?.map(|it| it.n), Some(5));
        assert_eq!(listed(few.clone().lt_n(7)).await?, [5, 6]);
        assert_eq!(few.clone().eq_n(5).or().eq_n(6).count().await?, 2);
        assert_eq!(few.clone().limit(1).count().await?, 1);
        assert_eq!(listed(few).await?, [5, 6, 7, 8, 9]);
    }
}

#[prom::orm]
#[derive(Debug, Clone)]
struct Note {
    text: String,
    #[field(ignore_case)]
    label: Option<String>,
}

async fn notes(texts: &[&str]) -> prom::Result<()> {
    Note::create_many(texts.iter().map(|it| Note::create().text(it).label(it))).await.map(drop)
}

async fn texts(query: NoteQuery) -> prom::Result<Vec<String>> {
    Ok(query.asc_id().get().await?.into_iter().map(|it| it.text).collect())
}

behaviour! {
    /// Any run, any one character, and characters taken as they are.
    #[needs(patterns)]
    async fn like_takes_a_pattern() {
        notes(&["abc", "ABC", "a%c", "a_c", r"a\c", "äbc", "ab\nc", ""]).await?;
        for (pattern, found) in [
            ("abc", vec!["abc"]),
            ("a%", vec!["abc", "a%c", "a_c", r"a\c", "ab\nc"]),
            ("%c", vec!["abc", "a%c", "a_c", r"a\c", "äbc", "ab\nc"]),
            ("a_c", vec!["abc", "a%c", "a_c", r"a\c"]),
            ("_bc", vec!["abc", "äbc"]),
            ("a__c", vec!["ab\nc"]),
            (r"a\%c", vec!["a%c"]),
            (r"a\_c", vec!["a_c"]),
            (r"a\\c", vec![r"a\c"]),
            (r"\a\b\c", vec!["abc"]),
            ("%b%", vec!["abc", "äbc", "ab\nc"]),
            ("", vec![""]),
            ("b", vec![]),
            ("[a]bc", vec![]),
            ("a?c", vec![]),
            ("a*", vec![]),
        ] {
            assert_eq!(texts(Note::query().like_text(pattern)).await?, found, "LIKE {pattern:?}");
            assert_eq!(texts(Note::query().like_field("text", pattern)).await?, found);
            let others = Note::query().nlike_text(pattern).count().await?;
            assert_eq!(others, 8 - found.len() as u64, "NOT LIKE {pattern:?}");
        }
    }
}

behaviour! {
    /// It takes no character, so it is a slip.
    #[needs(patterns)]
    async fn a_pattern_that_ends_in_an_escape_is_refused() {
        for pattern in [r"\", r"a\", r"a\\\"] {
            assert_eq!(refused(Note::query().like_text(pattern).get().await).kind(), Kind::Invalid);
        }
        assert_eq!(Note::query().like_text(r"a\\").count().await?, 0);
    }
}

behaviour! {
    /// Wildcards are characters like any other.
    #[needs(patterns)]
    async fn the_beginning_the_end_and_the_middle_are_taken_literally() {
        notes(&["100%", "100x", "%100", "a_b", "axb", r"a\b", r"\", "Straße", "[x]", "*"]).await?;
        for (query, found) in [
            (Note::query().startswith_text("100"), vec!["100%", "100x"]),
            (Note::query().startswith_text("100%"), vec!["100%"]),
            (Note::query().startswith_text("%"), vec!["%100"]),
            (Note::query().startswith_text("a_"), vec!["a_b"]),
            (Note::query().startswith_text("["), vec!["[x]"]),
            (Note::query().startswith_text(r"\"), vec![r"\"]),
            (Note::query().endswith_text("%"), vec!["100%"]),
            (Note::query().endswith_text("_b"), vec!["a_b"]),
            (Note::query().endswith_text(r"\"), vec![r"\"]),
            (Note::query().endswith_text("ße"), vec!["Straße"]),
            (Note::query().contains_text("_"), vec!["a_b"]),
            (Note::query().contains_text("%"), vec!["100%", "%100"]),
            (Note::query().contains_text(r"\"), vec![r"a\b", r"\"]),
            (Note::query().contains_text("*"), vec!["*"]),
            (Note::query().contains_text("aß"), vec!["Straße"]),
            (Note::query().contains_text("100%x"), vec![]),
            (Note::query().startswith_text("longer than any of the texts"), vec![]),
        ] {
            let shown = format!("{query:?}");
            assert_eq!(texts(query).await?, found, "{shown}");
        }
        assert_eq!(Note::query().startswith_text("").count().await?, 10);
        assert_eq!(Note::query().endswith_text("").count().await?, 10);
        assert_eq!(Note::query().contains_text("").count().await?, 10);
    }
}

behaviour! {
    /// In comparisons, lists and patterns, unless the field ignores it.
    #[needs(patterns)]
    async fn letter_case_counts() {
        notes(&["foo", "Foo", "FOO"]).await?;
        for query in [
            Note::query().eq_text("Foo"),
            Note::query().in_text(["Foo", "fOO"]),
            Note::query().like_text("F%o"),
            Note::query().startswith_text("Fo"),
            Note::query().endswith_text("oo").startswith_text("F"),
            Note::query().contains_text("Fo"),
        ] {
            assert_eq!(texts(query).await?, ["Foo"]);
        }
        for query in [
            Note::query().eq_label("fOO"),
            Note::query().in_label(["fOO"]),
            Note::query().between_label("FOO", "foo"),
            Note::query().like_label("f%O"),
            Note::query().eq_field("label", "fOO"),
        ] {
            let shown = format!("{query:?}");
            assert_eq!(query.count().await?, 3, "{shown}");
        }
        for query in [
            Note::query().ne_label("fOO"),
            Note::query().nin_label(["fOO"]),
            Note::query().nlike_label("f%O"),
            Note::query().gt_label("fOO"),
            Note::query().lt_label("fOO"),
        ] {
            let shown = format!("{query:?}");
            assert_eq!(query.count().await?, 0, "{shown}");
        }
    }
}

behaviour! {
    /// It looks like nothing, and like nothing else.
    #[needs(patterns)]
    async fn a_pattern_does_not_find_null() {
        Note::create().text("a").await?;
        for query in [
            Note::query().like_label("%"),
            Note::query().nlike_label("x"),
            Note::query().startswith_label(""),
            Note::query().endswith_label(""),
            Note::query().contains_label(""),
        ] {
            let shown = format!("{query:?}");
            assert_eq!(query.count().await?, 0, "{shown}");
        }
        assert_eq!(Note::query().like_label("%").or().eq_text("a").count().await?, 1);
    }
}

behaviour! {
    /// Nothing is opened for it.
    #[needs(sql)]
    async fn a_query_is_rendered_without_a_database(db) {
        let rendered = query().eq_n(7).in_name(["a", "b"]).desc_n().limit(3).render()?;
        assert!(rendered.text.contains("SELECT") && rendered.text.contains("\"thing\""), "{rendered}");
        assert!(rendered.params.contains(&Value::I64(7)));
        assert_eq!(refused(query().or().render()).kind(), Kind::Invalid);
        assert!(!db.is_open());
    }
}
