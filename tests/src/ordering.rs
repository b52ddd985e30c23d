//! The order of a list: its own, then the others, whatever the field's type and the list's length.

use prom::prelude::*;
use prom::{Date, Kind, Uuid};

#[derive(Debug, Clone, Copy, PartialEq, prom::Enum)]
enum Suit {
    Hearts,
    Spades,
}

#[derive(Debug, Clone, Copy, PartialEq, prom::Enum)]
#[repr(i64)]
enum Level {
    Low = 1,
    High = 7,
}

/// With columns that are called as those of a list might be.
#[prom::orm]
#[derive(Debug, Clone)]
struct Card {
    value: i64,
    place: Option<i64>,
    #[field(ignore_case)]
    list: String,
    suit: Suit,
    level: Level,
    flag: bool,
    ratio: f64,
    at: Timestamp,
    day: Date,
    token: Uuid,
    bytes: Vec<u8>,
    before: Option<Ref<Card>>,
}

fn at(n: i64) -> Timestamp {
    // Midnight, a whole second, and a fraction of one.
    let moment = ["2024-05-06T00:00:00Z", "2024-05-06T10:00:00Z", "2024-05-06T10:00:00.5Z"];
    moment[usize::try_from(n % 3).expect("it is small")].parse().expect("a timestamp")
}

fn day(n: i64) -> Date {
    format!("2024-05-0{}", n % 3 + 1).parse().expect("a date")
}

/// Cards 0 to 5, whose keys are 1 to 6.
async fn six() -> prom::Result<Vec<Card>> {
    let card = |n: i64| {
        let card = Card::create()
            .value(n % 3)
            .list(["ann", "Bob", "cat"][usize::try_from(n % 3).expect("it is small")])
            .suit(if n % 2 == 0 { Suit::Hearts } else { Suit::Spades })
            .level(if n % 2 == 0 { Level::Low } else { Level::High })
            .flag(n % 2 == 1)
            .ratio([0.5, 2.0, -1e300][usize::try_from(n % 3).expect("it is small")])
            .at(at(n))
            .day(day(n))
            .token(Uuid::from_u128(n.unsigned_abs().into()))
            .bytes(vec![0, u8::try_from(n).expect("it is small")]);
        if n % 3 == 0 { card } else { card.place(n) }
    };
    Card::create_many((0..6).map(card)).await
}

fn query() -> CardQuery {
    Card::query()
}

async fn ids(query: CardQuery) -> prom::Result<Vec<i64>> {
    Ok(query.await?.iter().map(|row| row.id).collect())
}

behaviour! {
    /// Without bounds as well; a value that is there twice counts at its first place.
    async fn listed_rows_come_first_and_the_others_by_key() {
        six().await?;
        for (query, wanted) in [
            (query().order_id([4, 2]), [4, 2, 1, 3, 5, 6]),
            (query().order_id([4, 2, 4, 9, 2]), [4, 2, 1, 3, 5, 6]),
            (query().order_value([2]), [3, 6, 1, 2, 4, 5]),
            (query().order_value([2, 0, 2]), [3, 6, 1, 4, 2, 5]),
            (query().order_value([2]).desc_place(), [6, 3, 4, 1, 5, 2]),
            (query().desc_flag().order_value([1]), [2, 4, 6, 5, 1, 3]),
            (query().order_flag([true]).order_value([2, 0]), [6, 4, 2, 3, 1, 5]),
            (query().order_value(Vec::<i64>::new()), [1, 2, 3, 4, 5, 6]),
            (query().order_value(Vec::<i64>::new()).desc_flag(), [6, 4, 2, 5, 3, 1]),
            (query().order_field("value", [1]).asc_field("flag"), [5, 2, 1, 3, 4, 6]),
        ] {
            let text = format!("{query:?}");
            assert_eq!(ids(query.clone()).await?, wanted, "{text}");
            assert_eq!(ids(query.clone().limit(4)).await?, wanted[..4], "{text}");
            assert_eq!(ids(query.limit(2).page(2)).await?, wanted[2..4], "{text}");
        }
    }
}

behaviour! {
    /// A field that is NULL has a place if the list has it, else it is one of the others.
    async fn null_is_a_value_of_the_list_or_one_of_the_others() {
        six().await?;
        for (query, wanted) in [
            (query().order_place([Some(4)]), [5, 1, 2, 3, 4, 6]),
            (query().order_place([None, Some(4)]), [1, 4, 5, 2, 3, 6]),
            (query().order_place([Some(4), None, None, Some(1)]), [5, 1, 4, 2, 3, 6]),
            (query().order_place([None::<i64>]).desc_value(), [4, 1, 6, 3, 5, 2]),
        ] {
            let text = format!("{query:?}");
            assert_eq!(ids(query).await?, wanted, "{text}");
        }
        let narrowed = query().in_place([None, Some(2)]).order_place([Some(2), None]);
        assert_eq!(ids(narrowed).await?, [3, 1, 4]);
    }
}

behaviour! {
    /// What is equal to a value of the list is in it: as conditions compare.
    async fn a_list_is_looked_through_as_conditions_are() {
        let cards = six().await?;
        for (query, wanted) in [
            (query().order_list(["BOB", "bob", "Cat"]), [2, 5, 3, 6, 1, 4]),
            (query().order_suit([Suit::Spades]), [2, 4, 6, 1, 3, 5]),
            (query().order_level([Level::High, Level::Low]), [2, 4, 6, 1, 3, 5]),
            (query().order_flag([true, false]), [2, 4, 6, 1, 3, 5]),
            (query().order_ratio([-1e300, 2.0]), [3, 6, 2, 5, 1, 4]),
            (query().order_at([at(2), at(0)]), [3, 6, 1, 4, 2, 5]),
            (query().order_at([at(1), at(2)]), [2, 5, 3, 6, 1, 4]),
            (query().order_day([day(1)]), [2, 5, 1, 3, 4, 6]),
            (query().order_token([cards[5].token, cards[0].token]), [6, 1, 2, 3, 4, 5]),
            (query().order_bytes([vec![0, 3], vec![0]]), [4, 1, 2, 3, 5, 6]),
        ] {
            let text = format!("{query:?}");
            assert_eq!(ids(query).await?, wanted, "{text}");
        }
        query().eq_id(6).set_before(&cards[2]).update().await?;
        query().eq_id(5).set_before(&cards[0]).update().await?;
        assert_eq!(ids(query().order_before([cards[2].id, cards[0].id])).await?, [6, 5, 1, 2, 3, 4]);
        assert_eq!(ids(query().order_before([None, Some(Ref::from(&cards[0]))])).await?, [1, 2, 3, 4, 5, 6]);
    }
}

behaviour! {
    /// Of what is selected, made one, or grouped.
    #[needs(selections)]
    async fn selections_come_in_the_order_of_a_list() {
        six().await?;
        assert_eq!(query().order_value([2]).select_id().await?.into_vec(), [3, 6, 1, 2, 4, 5]);
        let values = query().select_value().distinct();
        assert_eq!(values.clone().order_value([1, 2]).await?.into_vec(), [1, 2, 0]);
        assert_eq!(values.clone().gt_value(0).order_value([2]).limit(1).await?.into_vec(), [2]);
        assert_eq!(values.order_value([2]).count().await?, 3);
        let twice = query().select_value().select_value().distinct().order_value([1]);
        assert_eq!(twice.await?.into_vec(), [(1, 1), (0, 0), (2, 2)]);
        let twice = query().group_by_value().counted().select_value().order_value([1]).limit(1);
        assert_eq!(twice.await?.into_vec(), [(1, 2, 1)]);
        let places = query().select_place().distinct().order_place([Some(4), None]);
        assert_eq!(places.await?.into_vec(), [Some(4), None, Some(1), Some(2), Some(5)]);
        let groups = query().lt_id(6).group_by_value().counted().group_by_flag().order_flag([true]);
        let wanted = [(0, 1, true), (1, 1, true), (0, 1, false), (1, 1, false), (2, 1, false)];
        assert_eq!(groups.clone().await?.into_vec(), wanted);
        assert_eq!(groups.clone().limit(2).page(2).await?.into_vec(), wanted[2..4]);
        assert_eq!(groups.count().await?, 5);
        let most = query().group_by_list().counted().order_list(["CAT"]).desc_selected().one().await?;
        assert_eq!(most.map(|(list, count)| (list.to_lowercase(), count)), Some(("cat".into(), 2)));
    }
}

behaviour! {
    /// Of queries that are combined, and of their members.
    #[needs(selections, sql)]
    async fn combined_queries_come_in_the_order_of_a_list() {
        six().await?;
        let both = || query().lt_id(4).union(query().gt_id(2));
        assert_eq!(ids(both().order_id([5, 3])).await?, [5, 3, 1, 2, 4, 6]);
        assert_eq!(ids(both().gt_id(1).order_value([2, 1]).limit(3)).await?, [3, 6, 2]);
        let pairs = query().select_value().select_flag().union(query().eq_id(1).select_value().select_flag());
        let wanted = [(2, false), (2, true), (0, false), (0, true), (1, false), (1, true)];
        assert_eq!(pairs.clone().order_value([2]).await?.into_vec(), wanted);
        assert_eq!(pairs.distinct().order_value([2]).await?.into_vec(), wanted);
        let first = query().order_id([4, 6]).limit(2).union(query().order_id([6, 1]).limit(2));
        assert_eq!(ids(first.asc_id()).await?, [1, 4, 6]);
    }
}

behaviour! {
    /// Beside conditions of the database's own words, which know the table's names alone.
    #[needs(sql)]
    async fn a_list_hides_no_column_from_a_raw_condition() {
        six().await?;
        let query = query().raw_field("value > ? AND card.place > 1 AND list <> ?", (0..1).map(prom::Value::from).chain(["x".into()]));
        assert_eq!(ids(query.order_value([2, 1])).await?, [3, 6, 5]);
    }
}

behaviour! {
    /// In a query within another, and within a change.
    #[needs(subqueries)]
    async fn a_query_within_a_change_has_the_order_of_a_list() {
        six().await?;
        let some = |list: [i64; 2]| query().order_id(list).limit(2).select_id();
        assert_eq!(ids(query().in_id(some([5, 2])).asc_id()).await?, [2, 5]);
        assert_eq!(ids(query().eq_id(some([4, 2]))).await?, [4]);
        assert_eq!(query().in_id(some([5, 2])).set_value(9).update().await?, 2);
        assert_eq!(ids(query().eq_value(9).asc_id()).await?, [2, 5]);
        assert_eq!(query().in_id(some([6, 1])).delete().await?, 2);
        assert_eq!(ids(query().order_id([4, 3])).await?, [4, 3, 2, 5]);
        let changed = query().in_id(some([3, 4])).set_value(8).update().returning().await?;
        assert_eq!(changed.len(), 2);
    }
}

#[prom::orm]
#[derive(Debug, Clone, PartialEq)]
struct Item {
    name: String,
    group: i64,
}

behaviour! {
    /// More values than a statement has parameters, of which few are found.
    async fn a_list_is_as_long_as_it_is() {
        Item::create_many((0..300).map(|n| Item::create().name(format!("n{n}")).group(n % 2))).await?;
        // 65 is prime to what it is counted by: every key up to 70,000 once.
        let list: Vec<i64> = (0..70_000).map(|n| n * 65_537 % 70_000 + 1).collect();
        let wanted: Vec<i64> = list.iter().copied().filter(|id| *id <= 300).collect();
        assert_eq!(wanted.len(), 300);
        let rows = Item::query().in_id(list.clone()).order_id(list.clone()).await?;
        assert_eq!(rows.iter().map(|row| row.id).collect::<Vec<_>>(), wanted);
        let names = list.iter().map(|id| format!("n{}", id - 1));
        let rows = Item::query().order_name(names).limit(50).page(2).await?;
        assert_eq!(rows.iter().map(|row| row.id).collect::<Vec<_>>(), wanted[50..100]);
    }
}

behaviour! {
    /// A result that is read in pieces, in a transaction as well.
    async fn a_stream_comes_in_the_order_of_a_list() {
        Item::create_many((0..12_500).map(|n| Item::create().name("").group(n % 2))).await?;
        let list: Vec<i64> = (1..=12_500).rev().step_by(5).collect();
        let others = (1..=12_500).filter(|id| id % 5 != 0);
        let wanted: Vec<i64> = list.iter().copied().chain(others).collect();
        let read = || async {
            let mut rows = Item::query().order_id(list.clone()).stream();
            let mut seen = Vec::new();
            while let Some(row) = rows.try_next().await? {
                if seen.len() % 4_000 == 0 {
                    Item::query().eq_id(row.id).set_name("seen").update().await?;
                }
                seen.push(row.id);
            }
            Ok::<_, prom::Error>(seen)
        };
        assert_eq!(read().await?, wanted);
        assert_eq!(prom::transaction(read()).await?, wanted);
    }
}

behaviour! {
    /// There is no row behind another in the order of a list.
    async fn a_list_has_no_page_behind_a_row() {
        let cards = six().await?;
        let error = crate::behaviour::refused(query().order_id([1]).after(&cards[1]).get().await);
        assert_eq!(error.kind(), Kind::Invalid);
        assert_eq!(ids(query().order_id(Vec::<i64>::new()).after(&cards[3])).await?, [5, 6]);
    }
}
