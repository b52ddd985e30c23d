//! Conditions in groups, orders by a list, pages, and what is done only when.

use prom::date;
use prom::prelude::*;
use prom::{Kind, Value};

use crate::behaviour::refused;

#[prom::orm]
#[derive(Debug, Clone)]
struct Thing {
    n: i64,
    maybe: Option<i64>,
    name: String,
    at: Timestamp,
    day: Option<prom::Date>,
}

/// Things 0 to 9, of the hours after noon on days that are six weeks apart.
async fn ten() -> prom::Result<()> {
    let first: Timestamp = "2023-12-31T12:30:15.9Z".parse().expect("a timestamp");
    let thing = |n: i64| {
        let at = Timestamp::from_second(first.as_second() + n * (42 * 86_400 + 3_600)).expect("in range");
        let day = at.to_string()[..10].parse::<prom::Date>().expect("a date");
        let thing = Thing::draft().n(n).name(format!("n{n}")).at(at).day(day);
        if n % 2 == 0 { thing.maybe(n) } else { thing }
    };
    Thing::create_many((0..10).map(thing)).await.map(drop)
}

fn query() -> ThingQuery {
    Thing::query()
}

async fn found(query: ThingQuery) -> prom::Result<Vec<i64>> {
    let mut found: Vec<i64> = query.get().await?.iter().map(|it| it.n).collect();
    found.sort_unstable();
    Ok(found)
}

behaviour! {
    /// Groups within groups, beside an `or` as well.
    async fn conditions_stand_in_groups() {
        ten().await?;
        for (query, numbers) in [
            (query().any(|q| q.eq_n(1).eq_n(3)), vec![1, 3]),
            (query().any(|q| q.eq_n(1).all(|q| q.gt_n(6).lt_n(9))), vec![1, 7, 8]),
            (query().not(|q| q.gt_n(1).lt_n(8)), vec![0, 1, 8, 9]),
            (query().not(|q| q.any(|q| q.lt_n(8).eq_n(9))), vec![8]),
            (query().gt_n(4).any(|q| q.eq_n(1).eq_n(5)).or().eq_n(9), vec![5, 9]),
            (query().all(|q| q.eq_n(1).or().eq_n(2)).or().eq_n(3), vec![1, 2, 3]),
            // Neither met nor failed: a comparison with NULL, and its opposite.
            (query().not(|q| q.gt_maybe(4)), vec![0, 2, 4]),
            (query().any(|q| q), vec![]),
            (query().all(|q| q), (0..10).collect()),
        ] {
            let sql = format!("{query:?}");
            assert_eq!(found(query).await?, numbers, "{sql}");
        }
    }
}

behaviour! {
    /// A group has conditions and nothing else.
    async fn a_group_of_anything_else_is_refused() {
        for query in [
            query().any(|q| q.asc_n()),
            query().not(|q| q.limit(1)),
            query().all(|q| q.eq_n(1).or()),
            query().any(|q| q.set_n(1)),
        ] {
            assert_eq!(refused(query.get().await).kind(), Kind::Invalid);
        }
    }
}

behaviour! {
    /// What depends on something is said in the chain.
    async fn a_step_is_taken_only_when_it_should_be() {
        ten().await?;
        let asked = |least: Option<i64>| query().when(least.is_some(), |q| q.gte_n(least.unwrap_or_default()));
        assert_eq!(asked(Some(8)).count().await?, 2);
        assert_eq!(asked(None).count().await?, 10);
    }
}

behaviour! {
    /// The order of a list, and the rest behind it.
    async fn rows_come_in_the_order_of_a_list() {
        ten().await?;
        let rows = query().lt_n(5).order_n([3, 1, 4]).asc_n().await?;
        assert_eq!(rows.iter().map(|it| it.n).collect::<Vec<_>>(), [3, 1, 4, 0, 2]);
        let rows = query().lt_n(5).order_field("name", ["n2", "n0"]).desc_n().await?;
        assert_eq!(rows.iter().map(|it| it.n).collect::<Vec<_>>(), [2, 0, 4, 3, 1]);
        let rows = query().lt_n(3).order_maybe([None, Some(2)]).asc_n().await?;
        assert_eq!(rows.iter().map(|it| it.n).collect::<Vec<_>>(), [1, 2, 0]);
        assert_eq!(query().order_n(Vec::<i64>::new()).one().await?.map(|it| it.n), Some(0));
    }
}

behaviour! {
    /// Pages are counted from 1, and know whether another one follows.
    async fn pages_follow_each_other() {
        ten().await?;
        let page = |page| query().asc_n().limit(4).page(page);
        for (number, numbers, more) in
            [(0, vec![0, 1, 2, 3], true), (1, vec![0, 1, 2, 3], true), (2, vec![4, 5, 6, 7], true), (3, vec![8, 9], false), (4, vec![], false)]
        {
            let rows = page(number).await?;
            assert_eq!(rows.iter().map(|it| it.n).collect::<Vec<_>>(), numbers);
            assert_eq!(rows.has_more(), more, "page {number}");
        }
        assert_eq!(page(3).offset(1).one().await?.map(|it| it.n), Some(1));
        assert_eq!(query().asc_n().offset(1).limit(2).page(2).one().await?.map(|it| it.n), Some(2));
        let error = refused(query().page(2).get().await);
        assert!(error.to_string().contains("`page(n)` needs a `limit(..)`"), "{error}");
    }
}

behaviour! {
    /// In any order, with NULL and rows that are alike, and with what came in meanwhile.
    async fn a_page_begins_behind_the_last_row() {
        ten().await?;
        let orders: [fn(ThingQuery) -> ThingQuery; 5] =
            [|q| q, |q| q.desc_n(), |q| q.asc_maybe(), |q| q.desc_maybe().asc_name(), |q| q.asc_day().desc_id()];
        for order in orders {
            let all: Vec<i64> = order(query()).asc_id().await?.iter().map(|it| it.n).collect();
            let mut read = Vec::new();
            let mut page = order(query()).limit(3).await?;
            loop {
                read.extend(page.iter().map(|it| it.n));
                match page.last() {
                    Some(last) if page.has_more() => page = order(query()).after(last).limit(3).await?,
                    _ => break,
                }
            }
            assert_eq!(read, all);
        }
        let last = query().eq_n(4).only().await?;
        assert_eq!(query().asc_n().after(&last).gt_n(6).count().await?, 3);
        assert_eq!(refused(query().after(&last).order_n([1]).count().await).kind(), Kind::Invalid);
        assert_eq!(refused(query().after(&last).delete().await).kind(), Kind::Invalid);
    }
}

behaviour! {
    /// Every part, by method and by name.
    #[needs(date_parts)]
    async fn a_part_of_a_time_is_compared() {
        ten().await?;
        let all = query().asc_n().await?;
        for (query, is_it) in [
            (query().eq_at(date::year(2024)), (|at| &at[..4] == "2024") as fn(&str) -> bool),
            (query().ne_at(date::month(2)), |at| &at[5..7] != "02"),
            (query().gt_at(date::day(15)), |at| &at[8..10] > "15"),
            (query().lte_at(date::hour(14)), |at| &at[11..13] <= "14"),
            (query().in_at(date::day([24, 31])), |at| matches!(&at[8..10], "24" | "31")),
            (query().nin_at(date::month([12, 2])), |at| !matches!(&at[5..7], "12" | "02")),
            (query().eq_at(date::minute(30)), |_| true),
            (query().eq_at(date::second(15)), |_| true),
            (query().eq_day(date::year(2023)), |at| &at[..4] == "2023"),
            (query().part_field("day", date::month(12)), |at| &at[5..7] == "12"),
        ] {
            let text = format!("{query:?}");
            let wanted: Vec<i64> = all.iter().filter(|it| is_it(&it.at.to_string())).map(|it| it.n).collect();
            assert_eq!(found(query).await?, wanted, "{text}");
        }
        // 2023-12-31 was a Sunday, in the last week of its year by ISO 8601, and its 365th day.
        for part in [date::weekday(0), date::week(52), date::year_day(365)] {
            assert!(found(query().eq_at(part)).await?.contains(&0));
        }
        assert_eq!(found(query().eq_at(date::weekday(1))).await?, Vec::<i64>::new());
    }
}

behaviour! {
    /// As a list of values without any: no row is one of none, and every row is none of them.
    #[needs(date_parts)]
    async fn an_empty_list_of_parts_is_an_answer() {
        ten().await?;
        assert_eq!(query().in_at(date::year([])).count().await?, 0);
        assert_eq!(query().nin_at(date::month(Vec::new())).count().await?, 10);
        assert_eq!(query().part_field("day", date::day([])).or().eq_n(3).count().await?, 1);
        assert_eq!(query().not(|query| query.in_day(date::weekday([]))).count().await?, 10);
    }
}

behaviour! {
    /// An offset passes over a row of the result, for which several of the table may stand.
    #[needs(selections)]
    async fn rows_that_are_alike_are_passed_over_as_one() {
        ten().await?;
        let alike = || query().is_null_maybe().select_maybe().distinct();
        assert!(alike().has().await?);
        assert!(!alike().offset(1).has().await?);
        assert!(!alike().limit(2).offset(1).has().await?);
        assert_eq!(alike().offset(1).count().await?, 0);
        assert!(!query().is_null_maybe().group_by_maybe().offset(1).has().await?);
        assert!(alike().union(alike()).has().await?);
        assert!(!alike().union(alike()).offset(1).has().await?);
    }
}

behaviour! {
    /// Only times have parts, only timestamps have hours, and a comparison takes one number.
    async fn a_part_that_is_not_there_is_refused() {
        for query in [
            query().part_field("n", date::year(2024)),
            query().part_field("day", date::hour(1)),
            query().eq_day(date::minute(1)),
            query().eq_at(date::day([1, 2])),
        ] {
            assert_eq!(refused(query.get().await).kind(), Kind::Invalid);
        }
    }
}

behaviour! {
    /// The database's own words stand in brackets, and their values are bound.
    #[needs(sql)]
    async fn a_raw_condition_is_one_among_others() {
        ten().await?;
        assert_eq!(found(query().raw_field("n = ? OR n = ?", [1, 2]).gt_n(1)).await?, [2]);
        assert_eq!(found(query().raw_field("upper(name) = ?", ["N3"]).or().eq_n(4)).await?, [3, 4]);
        assert_eq!(found(query().raw_field("name <> '?' AND n < 1", Vec::<Value>::new())).await?, [0]);
        assert_eq!(found(query().raw_field("n < ? -- and ? more", [1]).gte_n(0)).await?, [0]);
        for query in [
            query().raw_field("n = ?", Vec::<Value>::new()),
            query().raw_field("n = 1", [1]),
            query().raw_field("n = ?1", [1]),
            query().raw_field("name = 'n", Vec::<Value>::new()),
        ] {
            assert_eq!(refused(query.get().await).kind(), Kind::Invalid);
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, prom::Enum)]
enum Rank {
    Zero,
    One,
}

#[prom::orm]
#[derive(Debug)]
struct Ranked {
    rank: Rank,
}

behaviour! {
    /// What is stored by name is equal or not, and has no order but that of the alphabet.
    async fn the_variants_of_an_enum_are_not_compared_by_the_alphabet() {
        Ranked::create().rank(Rank::One).await?;
        assert_eq!(Ranked::query().ne_rank(Rank::Zero).count().await?, 1);
        for error in [
            refused(Ranked::query().gt_rank(Rank::Zero).count().await),
            refused(Ranked::query().between_rank(Rank::Zero, Rank::One).count().await),
            refused(Ranked::query().max_rank().one().await),
        ] {
            assert_eq!(error.kind(), Kind::Invalid);
            assert!(error.to_string().contains("neither less nor greater"), "{error}");
        }
    }
}
