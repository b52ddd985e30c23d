//! Values that no row can hold: a condition is answered, a write is an error, whatever the backend.

use prom::prelude::*;
use prom::query::Compare;
use prom::{Date, Error, Kind, Value};

use crate::behaviour::refused;

#[derive(Debug, Clone, Copy, PartialEq, prom::Enum)]
enum Mood {
    Calm,
    Glad,
}

#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, prom::Enum)]
#[repr(i16)]
enum Level {
    Low = -3,
    Middle = 10,
    High = 400,
}

#[prom::orm]
#[derive(Debug, Clone)]
struct Sample {
    n: i32,
    small: Option<i16>,
    tiny: Option<u8>,
    large: Option<i64>,
    single: Option<f32>,
    double: Option<f64>,
    text: Option<String>,
    at: Option<Timestamp>,
    day: Option<Date>,
    mood: Option<Mood>,
    level: Option<Level>,
}

/// Three rows whose fields are sorted as their numbers, and a fourth of NULLs.
async fn four() -> prom::Result<()> {
    let at = |text: &str| text.parse::<Timestamp>().expect("it is an instant");
    let sample = |n| Sample::draft().n(n);
    let two_to_53 = 9_007_199_254_740_992.0;
    let rows = [
        sample(1).small(i16::MIN).tiny(0).large(i64::MIN).single(-1.5).double(-1.5).text("a"),
        sample(2).small(5).tiny(7).large(0).single(0.1).double(two_to_53).text("a\u{1}"),
        sample(3)
            .small(i16::MAX)
            .tiny(255)
            .large(i64::MAX)
            .single(f32::INFINITY)
            .double(f64::INFINITY)
            .text("b"),
        sample(4),
    ];
    let [first, second, third, fourth] = rows;
    let rows = [
        first.at(at("0001-01-01T00:00:00Z")).day(Date::constant(1, 1, 1)).mood(Mood::Calm).level(Level::Low),
        second
            .at(at("2024-05-06T07:08:09.5Z"))
            .day(Date::constant(2024, 5, 6))
            .mood(Mood::Glad)
            .level(Level::Middle),
        third
            .at(at("9999-12-30T22:00:00Z"))
            .day(Date::constant(9999, 12, 31))
            .mood(Mood::Glad)
            .level(Level::High),
        fourth,
    ];
    Sample::create_many(rows).await.map(drop)
}

fn query() -> SampleQuery {
    Sample::query()
}

async fn found(query: SampleQuery) -> prom::Result<Vec<i32>> {
    Ok(query.asc_n().get().await?.iter().map(|row| row.n).collect())
}

/// The rows that a condition on an optional field finds; its opposite finds the others whose field is not NULL.
async fn decided(condition: impl Fn(SampleQuery) -> SampleQuery) -> prom::Result<Vec<i32>> {
    let rows = found(condition(query())).await?;
    let others: Vec<i32> = [1, 2, 3].into_iter().filter(|n| !rows.contains(n)).collect();
    assert_eq!(found(query().not(&condition)).await?, others, "the opposite");
    assert_eq!(found(query().not(|q| q.not(&condition))).await?, rows, "the opposite of it");
    assert_eq!(found(condition(query().eq_n(4).or())).await?, [&rows[..], &[4]].concat(), "beside another");
    Ok(rows)
}

fn compare(query: SampleQuery, field: &str, how: Compare, value: Value) -> SampleQuery {
    match how {
        Compare::Eq => query.eq_field(field, value),
        Compare::Ne => query.ne_field(field, value),
        Compare::Gt => query.gt_field(field, value),
        Compare::Gte => query.gte_field(field, value),
        Compare::Lt => query.lt_field(field, value),
        Compare::Lte => query.lte_field(field, value),
    }
}

/// The field, a value that it cannot hold, and the rows whose values are less: `None` where
/// there is no order.
fn values() -> Vec<(&'static str, Value, Option<i32>)> {
    vec![
        ("at", "9999-12-31T23:59:59Z".into(), Some(3)),
        ("at", "9999-12-31 23:59:59".into(), Some(3)),
        ("at", "0000-12-31T00:00:00Z".into(), Some(0)),
        ("small", 3_000_000_000_i64.into(), Some(3)),
        ("small", (-3_000_000_000_i64).into(), Some(0)),
        ("small", "40000".into(), Some(3)),
        ("small", "-99999999999999999999".into(), Some(0)),
        ("small", 4.5.into(), Some(1)),
        ("small", 5.5.into(), Some(2)),
        ("small", 32_767.5.into(), Some(3)),
        ("small", (-32_768.5).into(), Some(0)),
        ("small", f64::INFINITY.into(), Some(3)),
        ("small", f64::NEG_INFINITY.into(), Some(0)),
        ("small", f64::NAN.into(), None),
        ("tiny", (-1).into(), Some(0)),
        ("tiny", 256.into(), Some(3)),
        ("tiny", 6.999.into(), Some(1)),
        ("large", 9_223_372_036_854_775_808.0.into(), Some(3)),
        ("large", (-1e19).into(), Some(0)),
        ("large", "99999999999999999999".into(), Some(3)),
        ("large", (-0.5).into(), Some(1)),
        ("single", 1e300.into(), Some(2)),
        ("single", (-1e300).into(), Some(0)),
        ("single", "1e39".into(), Some(2)),
        ("single", 16_777_217.into(), Some(2)),
        ("single", f64::NAN.into(), None),
        ("double", 9_007_199_254_740_993_i64.into(), Some(2)),
        ("double", (-9_007_199_254_740_993_i64).into(), Some(0)),
        ("double", "1e400".into(), Some(2)),
        ("double", "-1e400".into(), Some(0)),
        ("double", f64::NAN.into(), None),
        ("text", "a\0".into(), Some(1)),
        ("text", "a\u{1}\0b".into(), Some(2)),
        ("text", "\0".into(), Some(0)),
        ("at", Timestamp::MIN.into(), Some(0)),
        ("day", Date::MIN.into(), Some(0)),
        ("level", 50.into(), Some(2)),
        ("level", 9.5.into(), Some(1)),
        ("level", (-1_000_000).into(), Some(0)),
        ("level", 1e300.into(), Some(3)),
        ("level", "nope".into(), None),
    ]
}

behaviour! {
    /// Nothing equals it, and what mathematics says of order holds; NULL is open, as ever.
    async fn a_comparison_with_what_no_row_can_hold_is_answered() {
        four().await?;
        for (field, value, less) in values() {
            let less: Option<Vec<i32>> = less.map(|count| (1..=count).collect());
            let greater = less.as_ref().map(|less| (1..=3).filter(|n| !less.contains(n)).collect());
            let (less, greater): (_, Vec<i32>) = (less.unwrap_or_default(), greater.unwrap_or_default());
            for (how, expected) in [
                (Compare::Eq, &vec![]),
                (Compare::Ne, &vec![1, 2, 3]),
                (Compare::Gt, &greater),
                (Compare::Gte, &greater),
                (Compare::Lt, &less),
                (Compare::Lte, &less),
            ] {
                let rows = decided(|query| compare(query, field, how, value.clone())).await?;
                assert_eq!(rows, *expected, "{field} {how:?} {value:?}");
            }
        }
        // Names have no order.
        assert_eq!(decided(|query| query.eq_field("mood", "nope")).await?, []);
        assert_eq!(decided(|query| query.ne_field("mood", "nope")).await?, [1, 2, 3]);
        assert_eq!(refused(query().gt_field("mood", "nope").await).kind(), Kind::Invalid);
        // Of a field that is never NULL, each row has an answer.
        assert_eq!(found(query().lt_field("n", 3_000_000_000_i64)).await?, [1, 2, 3, 4]);
        assert_eq!(found(query().not(|q| q.eq_field("n", 1.5))).await?, [1, 2, 3, 4]);
        assert_eq!(found(query().gte_field("n", 3_000_000_000_i64)).await?, []);
    }
}

behaviour! {
    /// By the field's own method too, where its type can give one.
    async fn a_method_of_the_field_answers_as_well() {
        four().await?;
        assert_eq!(decided(|query| query.eq_text("a\0")).await?, []);
        assert_eq!(decided(|query| query.ne_text("a\0")).await?, [1, 2, 3]);
        assert_eq!(decided(|query| query.gt_text("a\0")).await?, [2, 3]);
        assert_eq!(decided(|query| query.between_text("\0", "a\u{1}\0")).await?, [1, 2]);
        assert_eq!(decided(|query| query.eq_double(f64::NAN)).await?, []);
        assert_eq!(decided(|query| query.lt_double(f64::NAN)).await?, []);
        assert_eq!(decided(|query| query.ne_single(f32::NAN)).await?, [1, 2, 3]);
        assert_eq!(decided(|query| query.gte_at(Timestamp::MIN)).await?, [1, 2, 3]);
        assert_eq!(decided(|query| query.lt_day(Date::MIN)).await?, []);
        assert_eq!(decided(|query| query.in_text(["b", "\0"])).await?, [3]);
        assert_eq!(decided(|query| query.nin_text(["\0"])).await?, [1, 2, 3]);
        assert_eq!(decided(|query| query.nin_double([f64::NAN, -1.5])).await?, [2, 3]);
    }
}

behaviour! {
    /// What is another number of the same value is that value.
    async fn a_number_of_another_type_is_compared_by_its_value() {
        four().await?;
        assert_eq!(decided(|query| query.eq_field("small", 5.0)).await?, [2]);
        assert_eq!(decided(|query| query.lte_field("small", 5.0)).await?, [1, 2]);
        assert_eq!(decided(|query| query.in_field("tiny", [7.0, 0.5])).await?, [2]);
        assert_eq!(decided(|query| query.eq_field("level", 10.0)).await?, [2]);
        assert_eq!(decided(|query| query.eq_field("double", 9_007_199_254_740_992_i64)).await?, [2]);
        // A floating-point number is rounded to what the field has, as it is where it is written.
        assert_eq!(decided(|query| query.eq_field("single", 0.1)).await?, [2]);
        assert_eq!(decided(|query| query.gte_field("single", 0.1)).await?, [2, 3]);
        query().eq_n(1).set_field("single", 0.1).set_field("small", 5.0).update().await?;
        assert_eq!(decided(|query| query.eq_single(0.1_f32)).await?, [1, 2]);
        assert_eq!(decided(|query| query.eq_small(5)).await?, [1, 2]);
        let is_text = refused(query().eq_field("small", "five").await);
        assert_eq!((is_text.kind(), is_text.field()), (Kind::Invalid, Some("small")));
    }
}

behaviour! {
    /// It finds the row that was written with it, by name and by method.
    async fn an_instant_is_cut_wherever_it_is_given() {
        four().await?;
        let finer: Timestamp = "2024-05-06T07:08:09.500000999Z".parse().expect("it is an instant");
        assert_eq!(decided(|query| query.eq_at(finer)).await?, [2]);
        assert_eq!(decided(|query| query.eq_field("at", finer)).await?, [2]);
        assert_eq!(decided(|query| query.eq_field("at", Value::Timestamp(finer))).await?, [2]);
        assert_eq!(decided(|query| query.eq_field("at", finer.to_string())).await?, [2]);
        assert_eq!(decided(|query| query.lt_field("at", finer.to_string())).await?, [1]);
        assert_eq!(decided(|query| query.gte_at(finer)).await?, [2, 3]);
        query().eq_n(1).set_field("at", finer.to_string()).update().await?;
        let row = query().eq_n(1).only().await?;
        assert_eq!(row.at.map(|at| at.subsec_nanosecond()), Some(500_000_000));
    }
}

behaviour! {
    /// It is left out, and what is left decides: nothing at all is no row, or every one that is not NULL.
    async fn a_list_is_without_what_no_row_can_hold() {
        four().await?;
        let far = 3_000_000_000_i64;
        assert_eq!(decided(|query| query.in_field("small", [far, 5])).await?, [2]);
        assert_eq!(decided(|query| query.in_field("small", [far])).await?, []);
        assert_eq!(decided(|query| query.nin_field("small", [far])).await?, [1, 2, 3]);
        assert_eq!(decided(|query| query.nin_field("small", [far, 5])).await?, [1, 3]);
        assert_eq!(decided(|query| query.in_field("mood", ["glad", "nope"])).await?, [2, 3]);
        // NULL beside it is asked about, as ever.
        assert_eq!(found(query().in_field("small", [Some(far), None])).await?, [4]);
        assert_eq!(found(query().not(|q| q.in_field("small", [Some(far), None]))).await?, [1, 2, 3]);
        assert_eq!(found(query().nin_field("small", [Some(far), None])).await?, [1, 2, 3]);
        assert_eq!(found(query().not(|q| q.nin_field("small", [Some(far), None]))).await?, [4]);
        // An empty list is an answer even for NULL.
        assert_eq!(found(query().not(|q| q.in_field("small", Vec::<i64>::new()))).await?, [1, 2, 3, 4]);
    }
}

behaviour! {
    /// What lies outside the range ends where the range does.
    async fn a_range_is_clamped() {
        four().await?;
        let far = 3_000_000_000_i64;
        assert_eq!(decided(|query| query.between_field("small", -far, far)).await?, [1, 2, 3]);
        assert_eq!(decided(|query| query.between_field("small", 4.5, far)).await?, [2, 3]);
        assert_eq!(decided(|query| query.between_field("small", -far, 5)).await?, [1, 2]);
        assert_eq!(decided(|query| query.between_field("small", 5, 5.5)).await?, [2]);
        assert_eq!(decided(|query| query.between_field("small", 5.1, 5.9)).await?, []);
        assert_eq!(decided(|query| query.between_field("small", far, 2 * far)).await?, []);
        assert_eq!(decided(|query| query.between_field("small", far, -far)).await?, []);
        assert_eq!(decided(|query| query.between_field("double", f64::NAN, 5)).await?, []);
        assert_eq!(decided(|query| query.between_field("level", -100, 50)).await?, [1, 2]);
    }
}

behaviour! {
    /// What is in no row has no place in an order.
    async fn an_order_by_a_list_is_without_it() {
        four().await?;
        let numbers = async |query: SampleQuery| {
            prom::Result::Ok(query.asc_n().get().await?.iter().map(|row| row.n).collect::<Vec<_>>())
        };
        assert_eq!(numbers(query().order_field("text", ["b", "a\0", "a"])).await?, [3, 1, 2, 4]);
        assert_eq!(numbers(query().order_text(["\0", "a\u{1}"])).await?, [2, 1, 3, 4]);
        assert_eq!(numbers(query().order_field("small", [1.5, 32_767.0])).await?, [3, 1, 2, 4]);
        assert_eq!(numbers(query().order_field("mood", ["nope"])).await?, [1, 2, 3, 4]);
    }
}

behaviour! {
    /// No text has a NUL in it.
    #[needs(patterns)]
    async fn no_text_is_found_by_a_nul() {
        four().await?;
        assert_eq!(decided(|query| query.like_text("a%\0%")).await?, []);
        assert_eq!(decided(|query| query.nlike_text("a%\0")).await?, [1, 2, 3]);
        assert_eq!(decided(|query| query.startswith_field("text", "\0")).await?, []);
        assert_eq!(decided(|query| query.endswith_text("a\0")).await?, []);
        assert_eq!(decided(|query| query.contains_text("\0")).await?, []);
    }
}

/// The error says which field refuses the value, and not what the value is.
#[track_caller]
fn is_refused_for(error: &Error, field: &str) {
    assert_eq!(
        (error.kind(), error.model(), error.field()),
        (Kind::Value, Some("Sample"), Some(field)),
        "{error}"
    );
}

behaviour! {
    /// Before anything is sent.
    async fn what_no_row_can_hold_is_not_written(db) {
        for (field, value, _) in values() {
            is_refused_for(&refused(query().set_field(field, value).update_all().await), field);
        }
        is_refused_for(&refused(query().set_field("mood", "nope").update_all().await), "mood");
        is_refused_for(&refused(query().set_field("level", 11).update_all().await), "level");
        is_refused_for(&refused(query().set_text("a\0").update_all().await), "text");
        is_refused_for(&refused(query().set_double(f64::NAN).update_all().await), "double");
        assert!(!db.is_open(), "nothing had to be asked");
    }
}

#[prom::orm]
#[derive(Debug)]
struct Word {
    #[field(pk)]
    word: String,
}

behaviour! {
    /// No row has such a key.
    async fn no_row_is_found_by_a_key_with_a_nul() {
        Word::create().word("a").await?;
        assert!(Word::find("a\0").await?.is_none());
        assert!(Word::find("a").await?.is_some());
    }
}

behaviour! {
    /// A condition that no value meets leaves out every row, so nothing is done to all by mistake; one that every
    /// value meets is a condition all the same.
    async fn a_change_goes_by_it() {
        four().await?;
        let far = 3_000_000_000_i64;
        assert_eq!(query().eq_field("small", far).delete().await?, 0);
        assert_eq!(query().lt_field("small", far).set_n(0).update().await?, 3);
        assert_eq!(query().lt_field("n", far).delete().await?, 4);
    }
}

behaviour! {
    /// A form and a file have it otherwise than RFC 3339.
    async fn an_instant_by_name_is_text_in_every_form_that_is_read() {
        four().await?;
        for text in ["2024-05-06T07:08:09.5Z", "2024-05-06 07:08:09.5", "2024-05-06T09:08:09.500+02:00"] {
            assert_eq!(found(query().eq_field("at", text)).await?, [2], "{text}");
        }
        assert_eq!(found(query().gt_field("at", "2024-05-06")).await?, [2, 3]);
        assert_eq!(found(query().lt_field("at", "2024-05-06T07:08")).await?, [1]);
        for text in ["noon", "1714979289", "2024-13-01"] {
            assert_eq!(refused(query().eq_field("at", text).count().await).kind(), Kind::Invalid, "{text}");
        }
    }
}
