//! Values at the ends of their types: they are written, found and taken apart, and what
//! is beyond them is an error that names the model, the field and the limit.

use prom::prelude::*;
use prom::{Date, Kind, Timestamp, date};

use crate::behaviour::refused;

#[prom::orm(created = none, updated = none)]
#[derive(Debug, Clone, PartialEq)]
struct Moment {
    #[field(unique)]
    name: String,
    at: Timestamp,
    day: Option<Date>,
}

fn at(text: &str) -> Timestamp {
    text.parse().expect("a timestamp")
}

fn day(text: &str) -> Date {
    text.parse().expect("a date")
}

behaviour! {
    /// The first and the last that there are.
    async fn the_first_and_the_last_timestamp_are_found() {
        let first = Moment::create().name("first").at(at("0001-01-01T00:00:00Z")).day(day("0001-01-01")).await?;
        // Cut to the microsecond.
        let last = Moment::create().name("last").at(Timestamp::MAX).day(Date::MAX).await?;
        assert_eq!(last.at, at("9999-12-30T22:00:00.999999Z"));
        let query = || Moment::query();
        assert_eq!(*query().asc_at().get().await?, [first.clone(), last.clone()]);
        assert_eq!(query().eq_at(Timestamp::MAX).only().await?, last);
        assert_eq!(query().in_at([Timestamp::MAX]).only().await?, last);
        assert_eq!(query().gte_at(Timestamp::MAX).only().await?, last);
        assert_eq!(query().gt_at(Timestamp::MAX).count().await?, 0);
        assert_eq!(query().lte_at(first.at).only().await?, first);
        assert_eq!(query().lt_at(first.at).count().await?, 0);
        assert_eq!(query().between_at(first.at, last.at).count().await?, 2);
        assert_eq!(query().eq_day(Date::MAX).only().await?, last);
        assert_eq!(query().between_day(day("0001-01-01"), Date::MAX).count().await?, 2);
        let mut last = last;
        last.at = first.at;
        last.save().await?;
        last.at = at("9999-12-30T22:00:00.999999Z");
        last.save().await?;
        assert_eq!(query().eq_at(Timestamp::MAX).only().await?, last);
        let met = Moment::draft().name("first").at(Timestamp::MAX).day(None).upsert_on(["name"]).await;
        if let Ok(met) = met {
            assert_eq!((met.at, met.day), (last.at, None));
        }
    }
}

behaviour! {
    /// Years of one digit and of four.
    #[needs(date_parts)]
    async fn the_first_and_the_last_timestamp_have_parts() {
        let first = Moment::create().name("first").at(at("0001-01-01T00:00:00Z")).day(day("0001-01-01")).await?;
        let last = Moment::create().name("last").at(Timestamp::MAX).day(Date::MAX).await?;
        for (part, row) in [
            (date::year(1), &first),
            (date::day(1), &first),
            (date::hour(0), &first),
            (date::year(9999), &last),
            (date::day(30), &last),
            (date::hour(22), &last),
        ] {
            assert_eq!(Moment::query().eq_at(part.clone()).only().await?, *row, "{part:?}");
        }
        assert_eq!(Moment::query().eq_day(date::year(1)).only().await?, first);
        assert_eq!(Moment::query().eq_day(date::day(31)).only().await?, last);
    }
}

behaviour! {
    /// jiff has years before 1, and no backend keeps them apart from those behind it.
    async fn what_is_before_the_year_1_is_refused_with_the_limit() {
        let early = at("-000001-01-01T00:00:00Z");
        let row = Moment::create().name("a").at(Timestamp::UNIX_EPOCH).await?;
        let mut changed = row.clone();
        changed.at = Timestamp::MIN;
        for error in [
            refused(Moment::create().name("b").at(early).await),
            refused(Moment::create_many([Moment::draft().name("b").at(early)]).await),
            refused(changed.save().await),
            refused(Moment::query().set_at(early).update_all().await),
        ] {
            assert_eq!((error.kind(), error.model(), error.field()), (Kind::Value, Some("Moment"), Some("at")));
            assert!(error.to_string().contains("the years 1 to 9999"), "{error}");
        }
        let error = refused(Moment::create().name("b").at(row.at).day(Date::MIN).await);
        assert_eq!((error.kind(), error.model(), error.field()), (Kind::Value, Some("Moment"), Some("day")));
        assert_eq!(Moment::query().only().await?, row);
    }
}

/// What another program keeps in a wider column.
mod wide {
    #[prom::orm(table = "whole", created = none, updated = none)]
    pub(super) struct Whole {
        pub(super) number: i64,
    }

    #[prom::orm(table = "real", created = none, updated = none)]
    pub(super) struct Real {
        pub(super) number: f64,
    }
}

#[prom::orm(table = "real", created = none, updated = none)]
#[derive(Debug)]
struct Narrow {
    number: f32,
}

behaviour! {
    /// The nearest one would be infinite.
    async fn a_number_beyond_an_f32_is_named() {
        for number in [f64::MAX, -1e39, 3.5e38] {
            wide::Real::query().delete_all().await?;
            wide::Real::create().number(number).await?;
            let error = refused(Narrow::query().get().await);
            assert_eq!((error.kind(), error.model(), error.field()), (Kind::Decode, Some("Narrow"), Some("number")));
            assert!(error.to_string().ends_with("the number is outside the range of f32"), "{error}");
        }
        wide::Real::query().delete_all().await?;
        wide::Real::create_many([f64::from(f32::MAX), f64::INFINITY, 1e-300].map(|number| wide::Real::draft().number(number))).await?;
        let read = Narrow::query().asc_id().get().await?;
        assert_eq!(read.iter().map(|row| row.number).collect::<Vec<_>>(), [f32::MAX, f32::INFINITY, 0.0]);
    }
}

/// A behaviour: a number beside either end of the type is refused where it is read, and
/// one at the ends is not.
macro_rules! ends {
    ($($name:ident $model:ident: $ty:ty;)*) => { $(
        #[prom::orm(table = "whole", created = none, updated = none)]
        #[derive(Debug)]
        struct $model {
            number: $ty,
        }

        behaviour! {
            /// It lies in a column that holds more.
            async fn $name() {
                for end in [<$ty>::MIN, <$ty>::MAX] {
                    wide::Whole::query().delete_all().await?;
                    wide::Whole::create().number(i64::from(end)).await?;
                    assert_eq!($model::query().only().await?.number, end);
                    let beyond = if end == <$ty>::MIN { i64::from(end) - 1 } else { i64::from(end) + 1 };
                    for beyond in [beyond, i64::MIN, i64::MAX] {
                        wide::Whole::query().delete_all().await?;
                        wide::Whole::create().number(beyond).await?;
                        let error = refused($model::query().get().await);
                        let named = (error.kind(), error.model(), error.field());
                        assert_eq!(named, (Kind::Decode, Some(stringify!($model)), Some("number")));
                        let limit = concat!("outside the range of ", stringify!($ty));
                        assert!(error.to_string().ends_with(limit), "{error}");
                    }
                }
            }
        }
    )* };
}

ends! {
    a_number_beyond_an_i8_is_named OfI8: i8;
    a_number_beyond_an_i16_is_named OfI16: i16;
    a_number_beyond_an_i32_is_named OfI32: i32;
    a_number_beyond_a_u8_is_named OfU8: u8;
    a_number_beyond_a_u16_is_named OfU16: u16;
    a_number_beyond_a_u32_is_named OfU32: u32;
}
