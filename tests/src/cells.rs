//! Cells of columns that are named at run time: each has its field's type, whatever the backend's column
//! holds.

use prom::prelude::*;
use prom::{Aggregate, Date, Kind, Uuid, Value};

use crate::behaviour::refused;

#[derive(Debug, Clone, Copy, PartialEq, prom::Enum)]
enum Mood {
    Calm,
    Glad,
}

#[prom::orm]
#[derive(Debug, Clone)]
struct Typed {
    flag: Option<bool>,
    tiny: Option<u8>,
    large: Option<i64>,
    single: Option<f32>,
    double: Option<f64>,
    text: Option<String>,
    bytes: Option<Vec<u8>>,
    at: Option<Timestamp>,
    day: Option<Date>,
    uuid: Option<Uuid>,
    mood: Option<Mood>,
}

const NAMES: [&str; 11] =
    ["flag", "tiny", "large", "single", "double", "text", "bytes", "at", "day", "uuid", "mood"];

/// The cells of the two rows that are not NULL, the lesser first.
fn cells() -> [[Value; 11]; 2] {
    let at = |text: &str| Value::Timestamp(text.parse().expect("it is an instant"));
    let lesser = [
        Value::Bool(false),
        Value::I64(0),
        Value::I64(-5),
        Value::F64(f64::from(0.1_f32)),
        Value::F64(2.0),
        "a".into(),
        Value::Bytes(vec![]),
        at("2024-05-06T00:00:00Z"),
        Value::Date(Date::constant(1, 1, 1)),
        Value::Uuid(Uuid::from_u128(1)),
        "calm".into(),
    ];
    let greater = [
        Value::Bool(true),
        Value::I64(255),
        Value::I64(7),
        Value::F64(f64::INFINITY),
        Value::F64(2.5),
        "b".into(),
        Value::Bytes(vec![0xff, 0]),
        at("2024-05-06T07:08:09.000001Z"),
        Value::Date(Date::constant(2024, 2, 29)),
        Value::Uuid(Uuid::from_u128(1 << 127)),
        "glad".into(),
    ];
    [lesser, greater]
}

/// The two rows, and one of NULLs.
async fn three() -> prom::Result<()> {
    for cells in cells() {
        let row = Typed::create().await?;
        let mut query = Typed::query().eq_id(row.id);
        for (name, cell) in NAMES.into_iter().zip(cells) {
            query = query.set_field(name, cell);
        }
        assert_eq!(query.update().await?, 1);
    }
    Typed::create().await.map(drop)
}

behaviour! {
    /// NULL stays NULL.
    #[needs(selections)]
    async fn a_cell_has_the_type_of_its_field() {
        three().await?;
        let rows = Typed::query().asc_id().select_fields(NAMES).await?;
        let [lesser, greater] = cells();
        assert_eq!(rows[..], [lesser.to_vec(), greater.to_vec(), vec![Value::Null; NAMES.len()]]);
        let mut stream = Typed::query().asc_id().select_fields(["at", "flag"]).stream();
        assert_eq!(stream.try_next().await?, Some(vec![lesser[7].clone(), Value::Bool(false)]));
        // Its own columns too.
        let row = Typed::query().eq_id(1).only().await?;
        let cells = Typed::query().eq_id(1).select_fields(["id", "created"]).only().await?;
        assert_eq!(cells, [Value::I64(1), Value::Timestamp(row.created)]);
    }
}

behaviour! {
    /// Of a group, and of rows that are alike.
    #[needs(selections)]
    async fn a_group_has_the_type_of_its_field() {
        three().await?;
        let [lesser, greater] = cells();
        for (at, name) in NAMES.into_iter().enumerate() {
            let expected = [vec![lesser[at].clone()], vec![greater[at].clone()], vec![Value::Null]];
            let groups = Typed::query().group_by_field(name).asc_selected().await?;
            assert_eq!(groups[..], expected, "{name}");
            let distinct = Typed::query().select_fields([name]).distinct().asc_field(name).await?;
            assert_eq!(distinct[..], expected, "{name}");
        }
        let counted = Typed::query().group_by_field("flag").aggregate_field(Aggregate::Sum, "tiny");
        let counted = counted.asc_field("flag").await?;
        assert_eq!(counted[1][..], [Value::Bool(true), Value::I64(255)]);
    }
}

behaviour! {
    /// The least and the greatest of every type that has an order; over nothing, NULL.
    #[needs(selections)]
    async fn the_least_and_the_greatest_have_the_type_of_their_field() {
        three().await?;
        let [lesser, greater] = cells();
        for (at, name) in NAMES.into_iter().enumerate().filter(|(_, name)| *name != "mood") {
            let ends = |query: TypedQuery| {
                let query = query.aggregate_field(Aggregate::Min, name);
                query.aggregate_field(Aggregate::Max, name).only()
            };
            assert_eq!(ends(Typed::query()).await?, [lesser[at].clone(), greater[at].clone()], "{name}");
            let of_one = ends(Typed::query().eq_id(2)).await?;
            assert_eq!(of_one, [greater[at].clone(), greater[at].clone()], "{name}");
            assert_eq!(ends(Typed::query().eq_id(3)).await?, [Value::Null, Value::Null], "{name}");
            assert_eq!(ends(Typed::query().eq_id(9)).await?, [Value::Null, Value::Null], "{name}");
            let groups = Typed::query().group_by_field("id").aggregate_field(Aggregate::Max, name);
            let groups = groups.asc_field("id").await?;
            let of_groups: Vec<&Value> = groups.iter().map(|row| &row[1]).collect();
            assert_eq!(of_groups, [&lesser[at], &greater[at], &Value::Null], "{name}");
        }
        let sums = Typed::query().eq_flag(false).aggregate_field(Aggregate::Sum, "large");
        let sums = sums.aggregate_field(Aggregate::Avg, "large").aggregate_field(Aggregate::Sum, "double");
        assert_eq!(sums.only().await?, [Value::I64(-5), Value::F64(-5.0), Value::F64(2.0)]);
    }
}

/// Whether it is lit, which prom's macro does not know for a boolean.
type Switch = bool;

#[prom::orm]
#[derive(Debug)]
struct Lamp {
    room: i64,
    lit: Switch,
    code: Code,
}

#[derive(Debug, PartialEq, prom::Field)]
struct Code(Vec<u8>);

behaviour! {
    /// By methods, where the type does not show that it is a boolean or bytes.
    #[needs(selections)]
    async fn the_least_boolean_and_the_greatest_bytes_are_found_by_method() {
        let lamp = |room, lit, code: &[u8]| Lamp::draft().room(room).lit(lit).code(Code(code.to_vec()));
        Lamp::create_many([lamp(1, true, b"a"), lamp(1, false, b"\xff"), lamp(2, true, b"")]).await?;
        let ends = Lamp::query().min_lit().max_lit().min_code().max_code().only().await?;
        assert_eq!(ends, (Some(false), Some(true), Some(Code(vec![])), Some(Code(vec![0xff]))));
        let rooms = Lamp::query().group_by_room().min_lit().max_code().asc_room().await?;
        assert_eq!(rooms[..], [(1, Some(false), Some(Code(vec![0xff]))), (2, Some(true), Some(Code(vec![])))]);
        let none = Lamp::query().eq_room(3).min_lit().max_code().only().await?;
        assert_eq!(none, (None, None));
    }
}

mod wide {
    #[prom::orm(table = "gauge", created = none, updated = none)]
    pub(super) struct Gauge {
        pub(super) level: i64,
    }
}

#[prom::orm(table = "gauge", created = none, updated = none)]
#[derive(Debug)]
struct Gauge {
    level: u8,
}

behaviour! {
    /// As by method; its error names the field.
    #[needs(selections)]
    async fn a_cell_that_is_none_of_its_field_is_an_error() {
        wide::Gauge::create().level(4_000).await?;
        for error in [
            refused(Gauge::query().select_fields(["id", "level"]).await),
            refused(Gauge::query().select_fields([]).await),
            refused(Gauge::query().group_by_field("level").await),
            refused(Gauge::query().aggregate_field(Aggregate::Max, "level").await),
            refused(Gauge::query().max_level().await),
        ] {
            let named = (error.kind(), error.model(), error.field());
            assert_eq!(named, (Kind::Decode, Some("Gauge"), Some("level")), "{error}");
        }
        let sum = Gauge::query().aggregate_field(Aggregate::Sum, "level").only().await?;
        assert_eq!(sum, [Value::I64(4_000)]);
    }
}

#[prom::orm]
#[derive(Debug)]
struct Amount {
    part: i64,
    large: i64,
    small: i32,
}

behaviour! {
    /// Wherever a sum is on the way to its end.
    #[needs(selections)]
    async fn a_sum_is_an_error_only_where_it_ends_outside_its_range() {
        let amount = |part, large, small| Amount::draft().part(part).large(large).small(small);
        Amount::create_many([
            amount(1, i64::MAX, i32::MAX),
            amount(1, i64::MAX, i32::MAX),
            amount(1, i64::MIN, -1),
            amount(1, -1, i32::MAX),
            amount(2, i64::MIN, 1),
            amount(2, 1, 1),
        ])
        .await?;
        let sum = |part| Amount::query().eq_part(part).sum_large().sum_small().only();
        assert_eq!(sum(1).await?, (Some(i64::MAX - 2), Some(3 * i64::from(i32::MAX) - 1)));
        assert_eq!(sum(2).await?, (Some(i64::MIN + 1), Some(2)));
        assert_eq!(sum(3).await?, (None, None));
        let beyond = Amount::query().gt_large(1).sum_large().only().await;
        assert_eq!(refused(beyond).kind(), Kind::Value);
        let below = Amount::query().lt_large(-1).sum_large().only().await;
        assert_eq!(refused(below).kind(), Kind::Value);
        let parts = Amount::query().group_by_part().sum_large().asc_part().await?;
        assert_eq!(parts[..], [(1, Some(i64::MAX - 2)), (2, Some(i64::MIN + 1))]);
        // A mean has no end that it could leave: the sum, divided.
        #[expect(clippy::cast_precision_loss, reason = "a mean is a floating-point number")]
        let mean = (i64::MAX - 2) as f64 / 4.0;
        assert_eq!(Amount::query().eq_part(1).avg_large().only().await?, Some(mean));
        assert_eq!(Amount::query().gt_large(1).avg_large().only().await?, Some(9_223_372_036_854_775_807.0));
        assert_eq!(Amount::query().eq_part(3).avg_large().avg_small().only().await?, (None, None));
        assert_eq!(Amount::query().eq_part(2).avg_small().only().await?, Some(1.0));
    }
}
