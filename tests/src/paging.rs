//! Pages over rows that tie: every row is on one of them, whatever the order.

use std::fmt::Debug;

use prom::prelude::*;

#[prom::orm]
#[derive(Debug, Clone, PartialEq, PartialOrd)]
struct Seat {
    #[field(index)]
    row: i64,
    aisle: Option<bool>,
    holder: String,
    #[field(unique)]
    number: i64,
}

/// 200 seats in two rows, numbered against the order of their keys; a third of them has no aisle.
async fn seats() -> prom::Result<()> {
    let seat = |n: i64| {
        let seat = Seat::create().row(n * 7 % 2).number(1_000 - n).holder(format!("h{}", n % 20));
        if n % 3 == 0 { seat } else { seat.aisle(n % 3 == 1) }
    };
    Seat::create_many((0..200).map(seat)).await.map(drop)
}

/// What the pages of ten hold: the same as all at once, `count` things, none of them twice.
async fn are_on_one_page<Q>(query: Q, count: usize) -> prom::Result<()>
where
    Q: Query + Clone + Debug,
    <Q::Projection as prom::Projection<Q::Model>>::Row: Debug + Clone + PartialEq + PartialOrd,
{
    let mut seen = Vec::new();
    for page in 1.. {
        let rows = query.clone().limit(10).page(page).get().await?;
        seen.extend(rows.iter().cloned());
        if !rows.has_more() {
            break;
        }
    }
    let text = format!("{query:?}");
    assert_eq!(seen.len(), count, "{text}");
    assert_eq!(query.clone().limit(1_000).get().await?.into_vec(), seen, "{text}");
    assert_eq!(query.clone().offset(15).get().await?.into_vec(), seen[15..], "{text}");
    assert_eq!(query.clone().one().await?.as_ref(), seen.first(), "{text}");
    let mut stream = query.limit(25).stream();
    for row in &seen[..25] {
        assert_eq!(stream.try_next().await?.as_ref(), Some(row), "{text}");
    }
    for (at, row) in seen.iter().enumerate() {
        assert!(!seen[..at].contains(row), "twice: {row:?} of {text}");
    }
    Ok(())
}

type Orders = Vec<(&'static str, fn(SeatQuery) -> SeatQuery)>;

fn orders() -> Orders {
    vec![
        ("none", |q| q),
        ("up", |q| q.asc_row()),
        ("down", |q| q.desc_row()),
        ("null", |q| q.asc_aisle()),
        ("null down", |q| q.desc_aisle().asc_row()),
        ("list", |q| q.order_row([1])),
        ("list of nothing", |q| q.order_row(Vec::<i64>::new()).desc_aisle()),
        ("unique", |q| q.asc_row().desc_number()),
        ("key", |q| q.desc_aisle().asc_id()),
    ]
}

behaviour! {
    /// In both directions, over NULL, and by a list.
    async fn every_row_is_on_one_page() {
        seats().await?;
        for (_, order) in orders() {
            are_on_one_page(order(Seat::query()), 200).await?;
        }
    }
}

behaviour! {
    /// A page behind a row goes on where the one before it stopped.
    async fn pages_behind_a_row_are_those_by_number() {
        seats().await?;
        for (name, order) in orders() {
            if name == "list" {
                continue;
            }
            let all = order(Seat::query()).limit(1_000).await?.into_vec();
            let mut seen: Vec<Seat> = order(Seat::query()).limit(10).await?.into_vec();
            while let Some(last) = seen.last().cloned() {
                let page = order(Seat::query()).after(&last).limit(10).await?;
                if page.is_empty() {
                    break;
                }
                seen.extend(page.into_vec());
            }
            assert_eq!(seen, all, "{name}");
        }
    }
}

behaviour! {
    /// The key goes the way of the last sort, and up behind a list.
    async fn rows_that_tie_come_by_key_in_the_direction_of_the_last_sort() {
        seats().await?;
        let ids = |rows: prom::Rows<Seat>| rows.iter().map(|row| row.id).collect::<Vec<_>>();
        assert_eq!(ids(Seat::query().asc_row().limit(3).await?), [1, 3, 5]);
        assert_eq!(ids(Seat::query().desc_row().limit(3).await?), [200, 198, 196]);
        assert_eq!(ids(Seat::query().asc_row().desc_aisle().limit(3).await?), [199, 193, 187]);
        assert_eq!(ids(Seat::query().order_row([1]).limit(3).await?), [2, 4, 6]);
        assert_eq!(Seat::query().desc_row().one().await?.map(|row| row.id), Some(200));
    }
}

behaviour! {
    /// Selections of rows, those that are made one, and groups.
    #[needs(selections)]
    async fn every_selected_row_is_on_one_page() {
        seats().await?;
        for (_, order) in orders() {
            are_on_one_page(order(Seat::query()).select_id().select_row(), 200).await?;
            are_on_one_page(order(Seat::query()).select_row().select_number(), 200).await?;
        }
        let both = || Seat::query().select_row().select_holder().select_aisle().distinct();
        are_on_one_page(both().asc_row(), 60).await?;
        are_on_one_page(both().desc_holder(), 60).await?;
        are_on_one_page(both().order_row([1]), 60).await?;
        let groups = || Seat::query().group_by_holder().counted().group_by_aisle().sum_row();
        are_on_one_page(groups().desc_selected(), 60).await?;
        are_on_one_page(groups().asc_aisle(), 60).await?;
        are_on_one_page(groups().asc_aisle().desc_holder(), 60).await?;
        are_on_one_page(groups().order_holder(["h3", "h1"]), 60).await?;
    }
}

behaviour! {
    /// Rows of several queries, selections of them, and members with bounds of their own.
    #[needs(selections, sql)]
    async fn every_row_of_a_union_is_on_one_page() {
        seats().await?;
        let halves = || Seat::query().lt_id(120).union(Seat::query().gt_id(80));
        are_on_one_page(halves().desc_row(), 200).await?;
        are_on_one_page(halves().order_row([1]), 200).await?;
        let some = || Seat::query().select_row().select_number();
        are_on_one_page(some().lt_id(120).union(some().gt_id(80)).asc_row(), 200).await?;
        let groups = |least| Seat::query().gt_id(least).group_by_holder().counted();
        are_on_one_page(groups(0).union(groups(100)).desc_holder(), 40).await?;
        let bounded = || Seat::query().desc_row().limit(60).union(Seat::query().asc_row().limit(60));
        are_on_one_page(bounded().asc_row(), 120).await?;
        let mut ids = bounded().get().await?.iter().map(|row| row.id).collect::<Vec<_>>();
        ids.sort_unstable();
        // Of the one the greatest keys, of the other the least.
        let (up, down) = ((1..=119).step_by(2), (82..=200).step_by(2));
        let mut wanted: Vec<i64> = up.chain(down).collect();
        wanted.sort_unstable();
        assert_eq!(ids, wanted);
    }
}

behaviour! {
    /// The same rows, however often they are asked for.
    #[needs(subqueries)]
    async fn a_bounded_query_within_another_finds_the_rows_that_it_finds_alone() {
        seats().await?;
        let some = || Seat::query().desc_row().limit(7);
        let ids: Vec<i64> = some().await?.iter().map(|row| row.id).collect();
        assert_eq!(ids, [200, 198, 196, 194, 192, 190, 188]);
        let inside = Seat::query().in_id(some().select_id()).desc_id().select_id().await?;
        assert_eq!(inside.into_vec(), ids);
        assert_eq!(Seat::query().eq_id(Seat::query().desc_row().select_id()).only().await?.id, 200);
        assert_eq!(Seat::query().in_id(some().select_id()).delete().await?, 7);
        assert_eq!(Seat::query().in_id(ids).count().await?, 0);
    }
}

#[prom::orm(id = none, created = none, updated = none)]
#[derive(Debug, Clone, PartialEq, PartialOrd)]
struct Reading {
    kind: i64,
    level: Option<i64>,
    place: String,
}

behaviour! {
    /// Without a key, all fields tell rows apart.
    async fn every_row_without_a_key_is_on_one_page() {
        let reading = |n: i64| {
            let reading = Reading::create().kind(n % 2).place(format!("p{}", n * 77 % 200));
            if n % 5 == 0 { reading } else { reading.level(n % 5) }
        };
        Reading::create_many((0..200).map(reading)).await?;
        are_on_one_page(Reading::query(), 200).await?;
        are_on_one_page(Reading::query().asc_kind(), 200).await?;
        are_on_one_page(Reading::query().desc_level(), 200).await?;
        are_on_one_page(Reading::query().order_level([None, Some(3)]), 200).await?;
    }
}

behaviour! {
    /// What is selected of rows without a key tells them apart, as far as anybody can see.
    #[needs(selections)]
    async fn every_selected_row_without_a_key_is_on_one_page() {
        Reading::create_many((0..200).map(|n| Reading::create().kind(n % 2).place(format!("p{n}")))).await?;
        are_on_one_page(Reading::query().asc_kind().select_place(), 200).await?;
        are_on_one_page(Reading::query().desc_kind().select_place().select_kind(), 200).await?;
    }
}
