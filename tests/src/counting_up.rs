//! What a field is counted up by, and where that ends.

use prom::prelude::*;
use prom::{Error, Kind};

use crate::behaviour::refused;

#[derive(Debug, Clone, Copy, PartialEq, prom::Enum)]
#[repr(i16)]
enum Level {
    Low = 1,
    High = 2,
}

#[prom::orm]
#[derive(Debug, Clone, PartialEq)]
struct Count {
    tiny: u8,
    small: i16,
    medium: i32,
    large: i64,
    single: f32,
    double: f64,
    maybe: Option<i16>,
    level: Level,
}

async fn count() -> prom::Result<Count> {
    let count = Count::create().tiny(200).small(-30_000).medium(5).large(i64::MAX);
    count.single(16_777_216.0).double(0.5).level(Level::Low).await
}

fn query() -> CountQuery {
    Count::query()
}

async fn only() -> prom::Result<Count> {
    query().only().await
}

#[track_caller]
fn is_refused_for(error: &Error, field: &str) {
    assert_eq!(
        (error.kind(), error.model(), error.field()),
        (Kind::Value, Some("Count"), Some(field)),
        "{error}"
    );
}

behaviour! {
    /// No value of the field could be counted up by it: it is refused before anything is sent, rows or no rows.
    async fn what_is_wider_than_the_field_is_refused(db) {
        for (field, number) in [
            ("tiny", 256_i64),
            ("tiny", -256),
            ("small", 65_536),
            ("medium", -4_294_967_296_i64),
            ("maybe", 65_536),
        ] {
            is_refused_for(&refused(query().incr_field(field, number).update_all().await), field);
        }
        for (field, number) in [
            ("large", 1e19),
            ("small", 0.5),
            ("single", 1e300),
            ("single", f64::INFINITY),
            ("double", f64::NAN),
            ("double", f64::NEG_INFINITY),
            ("medium", f64::NAN),
        ] {
            is_refused_for(&refused(query().incr_field(field, number).update_all().await), field);
        }
        is_refused_for(&refused(query().incr_double(f64::NAN).update_all().await), "double");
        is_refused_for(&refused(query().incr_single(f32::INFINITY).update_all().await), "single");
        let error = refused(query().incr_field("level", 1).update_all().await);
        assert_eq!(error.kind(), Kind::Invalid, "an enum is not counted up");
        assert!(!db.is_open(), "nothing had to be asked");
    }
}

behaviour! {
    /// What the column itself cannot hold may still lead from one of its values to another.
    async fn what_is_beyond_the_column_is_added_where_the_row_stays_within() {
        let mut expected = count().await?;
        assert_eq!(query().eq_medium(0).incr_field("small", 40_000).incr_field("tiny", -201).update().await?, 0);
        assert_eq!(query().incr_field("small", 40_000).update_all().await?, 1);
        assert_eq!(query().incr_field("medium", 2_147_483_642.0).update_all().await?, 1);
        assert_eq!(query().incr_field("tiny", -200).update_all().await?, 1);
        assert_eq!(query().incr_field("large", i64::MIN).update_all().await?, 1);
        (expected.small, expected.medium, expected.tiny, expected.large) = (10_000, i32::MAX, 0, -1);
        let found = only().await?;
        expected.updated = found.updated;
        assert_eq!(found, expected);
        // NULL stays NULL, whatever it is counted up by.
        assert_eq!(query().incr_field("maybe", 40_000).update_all().await?, 1);
        assert_eq!(only().await?.maybe, None);
    }
}

behaviour! {
    /// Only where there is one.
    async fn a_row_that_would_leave_the_range_is_an_error() {
        let before = count().await?;
        for query in [
            query().incr_field("small", -40_000),
            query().incr_small(-2_769),
            query().incr_tiny(56),
            query().incr_field("tiny", -201),
            query().incr_field("medium", i64::from(u32::MAX)),
            query().incr_large(1),
        ] {
            assert_eq!(refused(query.clone().update_all().await).kind(), Kind::Value);
            assert_eq!(query.eq_medium(0).update().await?, 0);
        }
        assert_eq!(only().await?, before);
    }
}

behaviour! {
    /// In memory as in the table.
    async fn a_floating_point_number_keeps_the_digits_of_its_field() {
        count().await?;
        query().incr_single(1.0).incr_double(0.1).update_all().await?;
        assert_eq!(query().eq_single(16_777_216.0).eq_double(0.5 + 0.1).count().await?, 1);
        query().set_single(0.1).update_all().await?;
        query().incr_single(0.2).update_all().await?;
        let found = only().await?;
        assert_eq!(found.single.to_bits(), (0.1_f32 + 0.2).to_bits());
        assert_eq!(query().eq_single(found.single).count().await?, 1, "what is read is what is stored");
        assert_eq!(query().eq_field("single", found.single).gte_single(found.single).count().await?, 1);
    }
}

behaviour! {
    /// Not an infinite number in its place.
    async fn a_floating_point_number_does_not_leave_its_range() {
        count().await?;
        query().set_single(f32::MAX).set_double(f64::MAX).update_all().await?;
        let before = only().await?;
        assert_eq!(refused(query().incr_single(f32::MAX).update_all().await).kind(), Kind::Value);
        assert_eq!(refused(query().incr_double(f64::MAX).update_all().await).kind(), Kind::Value);
        assert_eq!(only().await?, before);
        query().set_single(f32::INFINITY).set_double(f64::NEG_INFINITY).update_all().await?;
        assert_eq!(query().incr_single(-1.0).incr_double(1.0).update_all().await?, 1);
        let found = only().await?;
        assert_eq!((found.single, found.double), (f32::INFINITY, f64::NEG_INFINITY));
    }
}
