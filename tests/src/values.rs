//! What a field holds comes back as it went in, and what does not fit is said.

use std::borrow::Cow;
use std::sync::Arc;

use prom::prelude::*;
use prom::{Date, Kind, Type, Uuid, Value, ValueRef};

use crate::behaviour::refused;

/// A behaviour: values of a type, in order, come back however they are stored,
/// are found again, and sort as Rust sorts them.
macro_rules! comes_back {
    ($(#[doc = $doc:literal])+ async fn $name:ident() { $model:ident: $($ty:tt)+ } $values:expr) => {
        #[prom::orm]
        #[derive(Debug, Clone, PartialEq)]
        struct $model {
            value: $($ty)+,
            maybe: Option<$($ty)+>,
        }

        behaviour! {
            $(#[doc = $doc])+
            async fn $name() {
                let values: Vec<$($ty)+> = Vec::from($values);
                for it in &values {
                    let row = $model::create().value(it.clone()).maybe(it.clone()).await?;
                    assert_eq!((&row.value, row.maybe.as_ref()), (it, Some(it)));
                    assert_eq!($model::find(row.id).await?, Some(row.clone()));
                    assert_eq!($model::query().eq_value(it).eq_maybe(it).only().await?, row);
                    assert_eq!($model::query().eq_field("value", it.to_value()).only().await?, row);
                }
                let sorted = $model::query().asc_value().get().await?;
                assert_eq!(sorted.iter().map(|it| it.value.clone()).collect::<Vec<_>>(), values);
                let count = $model::query().in_value(values.clone()).in_maybe(&values).count().await?;
                assert_eq!(count, values.len() as u64);
                assert_eq!($model::query().nin_value(&values[1..]).only().await?.value, values[0]);

                let drafts = values.iter().map(|it| $model::draft().value(it.clone()));
                for (row, it) in $model::create_many(drafts).await?.into_iter().zip(&values) {
                    let found = $model::find(row.id).await?.expect("it was inserted");
                    assert_eq!((&found.value, &found.maybe), (it, &None));
                }

                let mut row = $model::create().value(values[0].clone()).await?;
                for it in &values {
                    row.value = it.clone();
                    row.maybe = Some(it.clone());
                    row.save().await?;
                    assert_eq!($model::find(row.id).await?, Some(row.clone()));
                    row.maybe = None;
                    row.save().await?;
                    assert_eq!($model::find(row.id).await?, Some(row.clone()));
                }
            }
        }
    };
}

/// So that values which only a model knows can be asked for by name.
trait ToValue {
    fn to_value(&self) -> Value;
}

impl<T: prom::Field> ToValue for T {
    fn to_value(&self) -> Value {
        prom::Field::to_value(self)
    }
}

comes_back! {
    /// Neither is NULL.
    async fn a_boolean_comes_back() { OfBool: bool }
    [false, true]
}

comes_back! {
    /// From the least to the greatest.
    async fn an_i8_comes_back() { OfI8: i8 }
    [i8::MIN, -1, 0, 1, i8::MAX]
}

comes_back! {
    /// From the least to the greatest.
    async fn an_i16_comes_back() { OfI16: i16 }
    [i16::MIN, -1, 0, 1, i16::MAX]
}

comes_back! {
    /// From the least to the greatest.
    async fn an_i32_comes_back() { OfI32: i32 }
    [i32::MIN, -1, 0, 1, i32::MAX]
}

comes_back! {
    /// From the least to the greatest, with what a float could not tell apart.
    async fn an_i64_comes_back() { OfI64: i64 }
    [i64::MIN, i64::MIN + 1, -1, 0, 1, 9_007_199_254_740_992, 9_007_199_254_740_993, i64::MAX - 1, i64::MAX]
}

comes_back! {
    /// From the least to the greatest.
    async fn a_u8_comes_back() { OfU8: u8 }
    [0, 1, 128, u8::MAX]
}

comes_back! {
    /// From the least to the greatest.
    async fn a_u16_comes_back() { OfU16: u16 }
    [0, 1, 32_768, u16::MAX]
}

comes_back! {
    /// From the least to the greatest.
    async fn a_u32_comes_back() { OfU32: u32 }
    [0, 1, 2_147_483_648, u32::MAX]
}

comes_back! {
    /// Infinite, tiny, and whole numbers that are none.
    async fn an_f64_comes_back() { OfF64: f64 }
    [
        f64::NEG_INFINITY,
        f64::MIN,
        -1.5,
        -f64::MIN_POSITIVE,
        0.0,
        5e-324,
        f64::MIN_POSITIVE,
        0.1,
        0.1 + 0.2,
        1.0,
        9_007_199_254_740_992.0,
        1e19,
        f64::MAX,
        f64::INFINITY,
    ]
}

comes_back! {
    /// Infinite, tiny, and whole numbers that are none.
    async fn an_f32_comes_back() { OfF32: f32 }
    [f32::NEG_INFINITY, f32::MIN, -1.5, 0.0, 1e-45, f32::MIN_POSITIVE, 0.1, 16_777_216.0, f32::MAX, f32::INFINITY]
}

comes_back! {
    /// Whatever it looks like to anybody on the way; letters sort by their code points.
    async fn text_comes_back() { OfText: String }
    [
        "", "\u{1}\u{7f}", "\n\r\n\t", " ", " padded ", "\"", "$1 ?1 :a @b", "%_\\", "'", "''; DROP TABLE of_text; --",
        "0", "0x10", "1e3", "1e309", "?", "A", "NULL", "a", "a\u{301}", "inf", "true", "á", "İı", "שלום", "\u{ffff}", "👩‍👩‍👧 🦀",
    ].map(String::from)
}

comes_back! {
    /// A megabyte and more.
    async fn long_text_comes_back() { OfLongText: String }
    ["x".repeat(100_000), "ß".repeat(1_000_000)]
}

comes_back! {
    /// As text that is not changed.
    async fn a_boxed_str_comes_back() { OfBox: Box<str> }
    ["", "a", "ß"].map(Box::from)
}

comes_back! {
    /// As text that is shared.
    async fn a_shared_str_comes_back() { OfArc: Arc<str> }
    ["", "a", "ß"].map(Arc::from)
}

comes_back! {
    /// As text that may be the program's own.
    async fn a_borrowed_str_comes_back() { OfCow: Cow<'static, str> }
    ["", "a", "ß"].map(Cow::from)
}

comes_back! {
    /// None at all, NUL, all there are, many.
    async fn bytes_come_back() { OfBytes: Vec<u8> }
    [vec![], vec![0], (0..=255).collect(), b"0".to_vec(), b"text".to_vec(), vec![255; 100_000]]
}

fn instants(texts: &[&str]) -> Vec<Timestamp> {
    texts.iter().map(|it| it.parse().expect("it is an instant")).collect()
}

comes_back! {
    /// From year 1 on, with microseconds, whole seconds and midnights.
    async fn a_timestamp_comes_back() { OfTimestamp: Timestamp }
    instants(&[
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00.000001Z",
        "0999-12-31T23:59:59.999999Z",
        "1582-10-10T12:00:00Z",
        "1969-12-31T23:59:59Z",
        "1969-12-31T23:59:59.999999Z",
        "1970-01-01T00:00:00Z",
        "1970-01-01T00:00:00.000001Z",
        "2024-02-29T00:00:00Z",
        "2024-05-06T07:08:09Z",
        "2024-05-06T07:08:09.000001Z",
        "2024-05-06T07:08:09.5Z",
        "2024-05-06T07:08:10Z",
        "9999-12-30T22:00:00Z",
        "9999-12-30T22:00:00.999999Z",
    ])
}

fn days(texts: &[&str]) -> Vec<Date> {
    texts.iter().map(|it| it.parse().expect("it is a day")).collect()
}

comes_back! {
    /// From year 1 to year 9999.
    async fn a_date_comes_back() { OfDate: Date }
    days(&["0001-01-01", "0999-12-31", "1969-12-31", "1970-01-01", "2024-02-29", "9999-12-31"])
}

comes_back! {
    /// The least and the greatest too.
    async fn a_uuid_comes_back() { OfUuid: Uuid }
    [0, 1, 0x0193_5000_0000_7000_8000_0000_0000_00ff, u128::MAX].map(Uuid::from_u128)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, prom::Enum)]
enum Fruit {
    Apple,
    BloodOrange,
    Cherry,
}

comes_back! {
    /// Each of its variants.
    async fn an_enum_comes_back_as_text() { OfFruit: Fruit }
    [Fruit::Apple, Fruit::BloodOrange, Fruit::Cherry]
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, prom::Enum)]
#[repr(i16)]
enum Level {
    Low = -1,
    None = 0,
    High = 300,
}

comes_back! {
    /// Each of its variants, 0 included.
    async fn an_enum_comes_back_as_a_number() { OfLevel: Level }
    [Level::Low, Level::None, Level::High]
}

#[derive(Debug, Clone, PartialEq, PartialOrd, prom::Field)]
struct Email(String);

comes_back! {
    /// As what is in it.
    async fn a_newtype_comes_back() { OfEmail: Email }
    ["", "a@b.example"].map(|it| Email(it.to_owned()))
}

/// A type of somebody's own, by hand.
#[derive(Debug, Clone, PartialEq, PartialOrd)]
struct Celsius(f64);

impl prom::Field for Celsius {
    const TYPE: Type = Type::F64;

    fn to_value(&self) -> Value {
        Value::F64(self.0)
    }

    fn decode(value: ValueRef<'_>) -> prom::Result<Self> {
        f64::decode(value).map(Self)
    }
}

comes_back! {
    /// As it says itself.
    async fn a_type_of_ones_own_comes_back() { OfCelsius: Celsius }
    [Celsius(-273.15), Celsius(0.0), Celsius(36.6)]
}

#[prom::orm(table = "floats")]
#[derive(Debug, Clone)]
struct Floats {
    wide: f64,
    narrow: f32,
}

behaviour! {
    /// It is stored as zero, so that every backend stores the same.
    async fn a_zero_has_no_sign() {
        let mut row = Floats::create().wide(-0.0).narrow(-0.0).await?;
        let found = Floats::find(row.id).await?.expect("it was inserted");
        for it in [&row, &found] {
            assert_eq!((it.wide.to_bits(), it.narrow.to_bits()), (0.0_f64.to_bits(), 0.0_f32.to_bits()));
        }
        assert_eq!(Floats::query().eq_wide(-0.0).eq_narrow(0.0).count().await?, 1);
        (row.wide, row.narrow) = (-0.0, -0.0);
        assert!(!row.is_modified(), "the database holds no sign of it");
    }
}

behaviour! {
    /// Created or saved, wide or narrow.
    async fn what_is_not_a_number_is_refused() {
        for (wide, narrow, field) in [(f64::NAN, 0.0, "wide"), (0.0, f32::NAN, "narrow")] {
            let error = refused(Floats::create().wide(wide).narrow(narrow).await);
            assert_eq!((error.kind(), error.field()), (Kind::Value, Some(field)));
        }
        let mut row = Floats::create().wide(1.0).narrow(1.0).await?;
        row.wide = f64::NAN;
        assert_eq!(refused(row.save().await).kind(), Kind::Value);
        let stored = Floats::query().only().await?;
        assert_eq!((stored.wide, stored.narrow), (1.0, 1.0));
    }
}

#[prom::orm]
struct Text {
    text: String,
}

behaviour! {
    /// One backend cannot store it, so that none does.
    async fn text_with_a_nul_is_refused() {
        for text in ["\0", "a\0", "\0b", "a\0b"] {
            let error = refused(Text::create().text(text).await);
            assert_eq!((error.kind(), error.field()), (Kind::Value, Some("text")));
        }
        let mut row = Text::create().text("a").await?;
        row.text.push('\0');
        assert_eq!(refused(row.save().await).kind(), Kind::Value);
        assert_eq!(Text::query().only().await?.text, "a");
    }
}

#[prom::orm]
#[derive(Debug, Clone, PartialEq)]
struct Event {
    at: Timestamp,
    day: Option<Date>,
}

behaviour! {
    /// In the row that `create` gives too, so that it is the one in the database.
    async fn nanoseconds_are_cut_off_before_they_are_saved() {
        let fine = |nanos| Timestamp::from_nanosecond(nanos).expect("it is in range");
        let mut row = Event::create().at(fine(1_999)).await?;
        assert_eq!(row.at, fine(1_000));
        assert_eq!(Event::find(row.id).await?, Some(row.clone()));
        assert_eq!(Event::query().eq_at(fine(1_234)).count().await?, 1);

        row.at = fine(1_500);
        assert!(!row.is_modified(), "the database holds no more than microseconds");
        row.at = fine(-1);
        row.save().await?;
        assert!(!row.is_modified());
        assert_eq!(Event::find(row.id).await?.map(|it| it.at), Some(fine(-1_000)));
    }
}

behaviour! {
    /// Which no backend is asked to store.
    async fn what_is_before_the_year_1_is_refused() {
        let second = |it| Timestamp::from_second(it).expect("it is in range");
        let first = -62_135_596_800;
        let error = refused(Event::create().at(second(first - 1)).await);
        assert_eq!((error.kind(), error.field()), (Kind::Value, Some("at")));
        for day in days(&["0000-12-31", "-000001-01-01"]) {
            let error = refused(Event::create().at(second(first)).day(day).await);
            assert_eq!((error.kind(), error.field()), (Kind::Value, Some("day")));
        }
        assert_eq!(Event::query().count().await?, 0);
    }
}

/// Models that disagree about one table.
mod wide {
    #[prom::orm(table = "cells", created = none, updated = none)]
    pub(super) struct Cell {
        pub(super) number: i64,
        pub(super) text: Option<String>,
        pub(super) ratio: Option<f64>,
    }
}

mod narrow {
    #[prom::orm(table = "cells", created = none, updated = none)]
    #[derive(Debug)]
    pub(super) struct Cell {
        pub(super) number: u8,
    }
}

mod filled {
    #[prom::orm(table = "cells", created = none, updated = none)]
    #[derive(Debug)]
    pub(super) struct Cell {
        pub(super) text: String,
    }
}

mod single {
    #[prom::orm(table = "cells", created = none, updated = none)]
    #[derive(Debug)]
    pub(super) struct Cell {
        pub(super) ratio: Option<f32>,
    }
}

mod chosen {
    #[prom::orm(table = "cells", created = none, updated = none)]
    #[derive(Debug)]
    pub(super) struct Cell {
        pub(super) text: Option<super::Fruit>,
    }
}

behaviour! {
    /// Never a wrong number.
    async fn a_number_that_does_not_fit_cannot_be_read() {
        let fits = wide::Cell::create().number(255).await?;
        assert_eq!(narrow::Cell::find(fits.id).await?.map(|it| it.number), Some(255));
        for number in [-1, 256, i64::MAX] {
            let row = wide::Cell::create().number(number).await?;
            let error = refused(narrow::Cell::find(row.id).await);
            assert_eq!(error.kind(), Kind::Decode);
            assert_eq!((error.model(), error.field()), (Some("Cell"), Some("number")));
            assert!(!error.to_string().contains("256"), "no message shows a value: {error}");
        }
        // One that cannot be read hides the whole result, unless it is left out; a stream gives what comes before.
        assert_eq!(refused(narrow::Cell::query().get().await).kind(), Kind::Decode);
        assert_eq!(narrow::Cell::query().skip_undecodable(|_| {}).get().await?.len(), 1);
        let mut rows = narrow::Cell::query().asc_id().stream();
        assert_eq!(rows.try_next().await?.map(|it| it.id), Some(fits.id));
        assert_eq!(refused(rows.try_next().await).kind(), Kind::Decode);
        assert!(rows.try_next().await?.is_none());
        assert_eq!(narrow::Cell::query().lte_number(255).gte_number(0).count().await?, 1);
    }
}

behaviour! {
    /// It would be infinite.
    async fn a_wide_float_that_does_not_fit_cannot_be_read() {
        let row = wide::Cell::create().number(0).ratio(1e300).await?;
        let error = refused(single::Cell::find(row.id).await);
        assert_eq!((error.kind(), error.field()), (Kind::Decode, Some("ratio")));
    }
}

behaviour! {
    /// And is named.
    async fn null_in_a_required_field_cannot_be_read() {
        let row = wide::Cell::create().number(0).await?;
        let error = refused(filled::Cell::find(row.id).await);
        assert_eq!((error.kind(), error.field()), (Kind::Decode, Some("text")));
        let row = wide::Cell::create().number(0).text("").await?;
        assert_eq!(filled::Cell::find(row.id).await?.map(|it| it.text), Some(String::new()));
    }
}

behaviour! {
    /// A text that no variant has.
    async fn an_unknown_variant_cannot_be_read() {
        let row = wide::Cell::create().number(0).text("Durian").await?;
        let error = refused(chosen::Cell::find(row.id).await);
        assert_eq!((error.kind(), error.field()), (Kind::Decode, Some("text")));
        let row = wide::Cell::create().number(0).await?;
        assert_eq!(chosen::Cell::find(row.id).await?.map(|it| it.text), Some(None));
    }
}

#[derive(Debug, Clone, Copy, PartialEq, prom::Field)]
struct Age(u8);

#[derive(Debug, Clone, Copy, PartialEq, prom::Enum)]
enum Shirt {
    Small,
    Large,
}

#[prom::orm]
#[derive(Debug, Clone, PartialEq)]
struct Narrow {
    byte: u8,
    signed: Option<i8>,
    small: i16,
    wide: u32,
    age: Age,
    #[field(ignore_case)]
    shirt: Option<Shirt>,
}

behaviour! {
    /// Counted up or set by name, no number goes where its type cannot follow.
    async fn a_number_stays_in_the_range_of_its_rust_type() {
        let row = Narrow::create().byte(255).signed(127).small(1).wide(0).age(Age(255)).await?;
        let refusals = [
            Narrow::query().incr_byte(5).update_all().await,
            Narrow::query().incr_signed(1).update_all().await,
            Narrow::query().incr_field("wide", -1).update_all().await,
            Narrow::query().incr_field("age", 1).update_all().await,
            Narrow::query().set_field("byte", -1).update_all().await,
            Narrow::query().set_field("byte", 256).update_all().await,
            Narrow::query().set_field("signed", 128).update_all().await,
            Narrow::query().set_field("small", 100_000).update_all().await,
            Narrow::query().set_field("wide", -1).update_all().await,
            Narrow::query().set_field("age", 256).update_all().await,
        ];
        for refusal in refusals {
            assert_eq!(refused(refusal).kind(), Kind::Value);
        }
        assert_eq!(Narrow::query().only().await?.byte, row.byte);
        // Asked for, such a number is merely nowhere.
        assert_eq!(Narrow::query().eq_field("byte", 256).count().await?, 0);
        Narrow::query().incr_field("byte", -5).set_field("small", i16::MIN).update_all().await?;
        let row = Narrow::query().only().await?;
        assert_eq!((row.byte, row.small), (250, i16::MIN));
    }
}

behaviour! {
    /// As it is spelt in the enum, or it could not be read again.
    async fn a_variant_named_in_another_letter_case_is_stored_as_it_is_known() {
        Narrow::create().byte(0).small(0).wide(0).age(Age(0)).await?;
        Narrow::query().set_field("shirt", "LARGE").update_all().await?;
        assert_eq!(Narrow::query().only().await?.shirt, Some(Shirt::Large));
    }
}
