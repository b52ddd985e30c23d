//! The models of the programmes, which together have every type that a field may have.

use prom::prelude::*;
use prom::query::{Compare, DatePart, Match};
use prom::{
    Aggregate, BoxFuture, Date, Error, Field, Hooks, IntoOperand, IntoOperands, Kind, Named, Operand,
    Operands, Projection, Result, Row, Uuid, Value,
};

use crate::program::{Cond, Pick};
use crate::run::{Rows, Run};

/// An enum that is stored by name.
#[derive(Debug, Clone, Copy, PartialEq, prom::Enum)]
pub(crate) enum Mood {
    Calm,
    VeryGlad,
    Angry,
}

/// An enum that is stored by number.
#[derive(Debug, Clone, Copy, PartialEq, prom::Enum)]
#[repr(i16)]
pub(crate) enum Level {
    Low = -3,
    Middle = 10,
    High = 400,
}

/// A newtype.
#[derive(Debug, Clone, PartialEq, prom::Field)]
pub(crate) struct Email(pub(crate) String);

/// What others refer to.
#[prom::orm(table = "differential_owner")]
#[derive(Debug, Clone)]
pub(crate) struct Owner {
    #[field(unique)]
    name: String,
    #[field(ignore_case, unique)]
    nick: Option<String>,
    #[field(default = 0)]
    score: i32,
}

/// Every type, none of it NULL, with hooks.
#[prom::orm(table = "differential_thing", hooks)]
#[derive(Debug, Clone)]
pub(crate) struct Thing {
    #[field(unique, max_size = 6)]
    code: String,
    #[field(default = false)]
    flag: bool,
    #[field(default = 0)]
    tiny: u8,
    #[field(default = -1)]
    narrow: i8,
    #[field(default = 0)]
    small: i16,
    #[field(default = 0)]
    short: u16,
    #[field(default = 0)]
    medium: i32,
    #[field(default = 0)]
    wide: u32,
    #[field(default = 0)]
    large: i64,
    #[field(default = 0.5)]
    single: f32,
    #[field(default = 0.5)]
    double: f64,
    #[field(default = "")]
    text: String,
    #[field(default = "x", ignore_case, empty = false)]
    caseless: String,
    #[field(default = Vec::new(), max_size = 3)]
    bytes: Vec<u8>,
    #[field(default = Timestamp::UNIX_EPOCH)]
    at: Timestamp,
    #[field(default = Date::constant(2000, 2, 29))]
    day: Date,
    #[field(default = Uuid::nil())]
    uuid: Uuid,
    #[field(default = Mood::Calm)]
    mood: Mood,
    #[field(default = Level::Low)]
    level: Level,
    #[field(default = Email(String::new()))]
    email: Email,
    #[field(reverse = "things")]
    owner: Option<Ref<Owner>>,
}

/// Every type, all of it NULL at times, and a reference that takes its row along.
#[prom::orm(table = "differential_maybe", unique(number, word))]
#[derive(Debug, Clone)]
pub(crate) struct Maybe {
    number: Option<i16>,
    word: Option<String>,
    flag: Option<bool>,
    tiny: Option<u8>,
    narrow: Option<i8>,
    short: Option<u16>,
    medium: Option<i32>,
    wide: Option<u32>,
    large: Option<i64>,
    single: Option<f32>,
    double: Option<f64>,
    bytes: Option<Vec<u8>>,
    at: Option<Timestamp>,
    day: Option<Date>,
    uuid: Option<Uuid>,
    mood: Option<Mood>,
    level: Option<Level>,
    email: Option<Email>,
    #[field(reverse = "maybes")]
    owner: Ref<Owner>,
}

/// The text that `Thing`'s hooks refuse.
pub(crate) const REFUSED: &str = "refused";
/// The text that they write otherwise, and how.
pub(crate) const RAW: [&str; 2] = ["raw", "cooked"];
/// The text that is read otherwise, and how.
pub(crate) const READ: [&str; 2] = ["messy", "neat"];

fn look_at(text: &str) -> Result<()> {
    match text {
        REFUSED => Err(Error::new(Kind::Check, "a text that the hook refuses")),
        _ => Ok(()),
    }
}

impl Hooks for Thing {
    async fn before_insert(draft: &mut ThingDraft) -> Result<()> {
        let text = draft.get_text().unwrap_or_default();
        look_at(&text)?;
        if text == RAW[0] {
            draft.set_text(RAW[1]);
        }
        Ok(())
    }

    async fn before_update(&mut self) -> Result<()> {
        look_at(&self.text)?;
        if self.text == RAW[0] {
            self.text = RAW[1].to_owned();
        }
        Ok(())
    }

    async fn before_delete(&self) -> Result<()> {
        look_at(&self.text)
    }

    fn after_load(&mut self) -> Result<()> {
        if self.text == READ[0] {
            self.text = READ[1].to_owned();
        }
        Ok(())
    }
}

/// Which model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kin {
    Owner,
    Thing,
    Maybe,
}

impl Kin {
    pub(crate) const ALL: [Self; 3] = [Self::Owner, Self::Thing, Self::Maybe];

    pub(crate) fn schema(self) -> &'static prom::Schema {
        match self {
            Self::Owner => Owner::schema(),
            Self::Thing => Thing::schema(),
            Self::Maybe => Maybe::schema(),
        }
    }

    /// The relations that start from it.
    pub(crate) fn ways(self) -> &'static [Way] {
        match self {
            Self::Owner => &[Way::Things, Way::Maybes, Way::MaybesOwners],
            Self::Thing | Self::Maybe => &[Way::Owner],
        }
    }

    /// What an upsert may say of which row would be in its way; the last is a mistake.
    pub(crate) fn targets(self) -> &'static [&'static [&'static str]] {
        match self {
            Self::Owner => &[&["name"], &["nick"], &["score"]],
            Self::Thing => &[&["code"], &["code"], &["text"]],
            Self::Maybe => &[&["number", "word"], &["word", "number"], &["word"]],
        }
    }
}

/// How a new row is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    Insert,
    Upsert,
    /// Where the row that is in the way is alike in these.
    UpsertOn(&'static [&'static str]),
    OrIgnore,
    FindOrCreate,
}

/// A relation that starts from a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// To the owner of a thing or of a maybe.
    Owner,
    Things,
    Maybes,
    /// From an owner past its maybes to their owners.
    MaybesOwners,
}

impl Way {
    /// The model that it leads to.
    pub(crate) fn to(self) -> Kin {
        match self {
            Self::Owner | Self::MaybesOwners => Kin::Owner,
            Self::Things => Kin::Thing,
            Self::Maybes => Kin::Maybe,
        }
    }
}

/// What came of writing a new row, and whether it is new, where that is told.
pub(crate) type Written<M> = (Option<M>, Option<bool>);

/// The cells of rows, and whether there are more than the limit.
pub(crate) type Selected = (Vec<Vec<Value>>, bool);

/// The cells of what a relation leads to from a row.
pub(crate) type Brought = Vec<Vec<Value>>;

/// Rows with what a relation leads to, and whether there are more than the limit.
pub(crate) type WithBrought<M> = (Vec<(M, Brought)>, bool);

/// What a programme compares a field with, as the field's own method takes it.
pub(crate) struct Asked(pub(crate) Operand);

impl<T> IntoOperand<T> for Asked {
    fn into_operand(self) -> Operand {
        self.0
    }
}

/// What a programme looks for a field in.
pub(crate) struct AskedList(pub(crate) Operands);

impl<T> IntoOperands<T> for AskedList {
    fn into_operands(self) -> Operands {
        self.0
    }
}

/// A model whose fields are reached by name, each by the methods of its own.
pub(crate) trait Subject: Model<Key = i64> + Ways + Clone + std::fmt::Debug {
    const KIN: Kin;

    /// The slots of its rows.
    fn rows(rows: &mut Rows) -> &mut Vec<Option<Self>>;

    fn query_all() -> Self::Query;

    fn get(&self, field: &str) -> Value;

    fn set(&mut self, field: &str, value: Value);

    fn set_draft(draft: &mut Self::Draft, field: &str, value: Value);

    /// What a cell is as the type of its field.
    fn read(field: &str, cell: Value) -> Value;

    fn write(draft: Self::Draft, how: How) -> BoxFuture<'static, Result<Written<Self>>>;

    /// A value as what its field is compared with.
    fn operand(field: &str, value: Value) -> Asked;

    fn operands(field: &str, values: Vec<Value>) -> AskedList;

    /// A part of a time, likewise.
    fn part(field: &str, part: DatePart) -> (Asked, AskedList);

    /// A query that gives the field, or its least or greatest, likewise.
    fn subquery(query: Self::Query, field: &str, aggregate: Option<Aggregate>) -> (Asked, AskedList);

    /// `eq_x` and its kin.
    fn compare(query: Self::Query, field: &str, how: Compare, operand: Asked) -> Self::Query;

    /// `in_x` and `nin_x`.
    fn is_in(query: Self::Query, field: &str, operands: AskedList, is_in: bool) -> Self::Query;

    fn between(query: Self::Query, field: &str, low: Value, high: Value) -> Self::Query;

    /// `is_null_x` and `not_null_x`.
    fn null(query: Self::Query, field: &str, is_null: bool) -> Self::Query;

    /// `like_x` and its kin.
    fn matches(query: Self::Query, field: &str, how: Match, text: &str, matches: bool) -> Self::Query;

    /// `asc_x` and `desc_x`.
    fn sort(query: Self::Query, field: &str, down: bool) -> Self::Query;

    /// `order_x`.
    fn order(query: Self::Query, field: &str, values: Vec<Value>) -> Self::Query;

    /// `set_x`.
    fn assign(query: Self::Query, field: &str, operand: Asked) -> Self::Query;

    /// `incr_x`.
    fn increment(query: Self::Query, field: &str, number: Value) -> Self::Query;

    /// `select_fields` and its kin.
    fn select_named(query: Self::Query, picks: &[Pick]) -> <Self::Query as Query>::With<Named>;

    /// `select_x` and its kin.
    fn select(
        query: Self::Query,
        picks: &[Pick],
        sorted_down: Option<bool>,
    ) -> BoxFuture<'static, Result<Selected>>;

    /// Every cell, in the order of the schema.
    fn cells(&self) -> Vec<Value> {
        Self::schema().fields().iter().map(|field| self.get(field.name)).collect()
    }
}

fn given<T: Field>(value: Value) -> T {
    T::from_value(value).expect("the programme gives values of the field's type")
}

/// The cells of a selection, sorted by what was selected last if that is said.
fn selected<Q: Query>(
    query: Q,
    sorted_down: Option<bool>,
    cells: fn(Row<Q>) -> Vec<Value>,
) -> BoxFuture<'static, Result<Selected>> {
    let query = match sorted_down {
        None => query,
        Some(true) => query.desc_selected(),
        Some(false) => query.asc_selected(),
    };
    Box::pin(async move {
        let rows = query.get().await?;
        let has_more = rows.has_more();
        Ok((rows.into_iter().map(cells).collect(), has_more))
    })
}

/// A query as what one field is compared with, or looked for in.
fn both(operand: Operand) -> (Asked, AskedList) {
    let Operand::Query(query) = &operand else { panic!("it is a query") };
    let list = Operands::Query(query.clone());
    (Asked(operand), AskedList(list))
}

/// Reaches the fields of a model: `all` but the key, and which of them have the methods of
/// what is `ordered`, of `numbers`, of `texts`, of what may be `null`, and of `times`.
macro_rules! subject {
    ($model:ident in $slots:ident {
        all { $($field:ident: $ty:ty,)* }
        ordered { $($ordered:ident: $ordered_ty:ty,)* }
        numbers { $($number:ident: $number_ty:ty,)* }
        texts { $($text:ident,)* }
        null { $($null:ident,)* }
        times { $($time:ident: $time_ty:ty,)* }
    }) => { pastey::paste! {
        impl Subject for $model {
            const KIN: Kin = Kin::$model;

            fn rows(rows: &mut Rows) -> &mut Vec<Option<Self>> {
                &mut rows.$slots
            }

            fn query_all() -> Self::Query {
                Self::query()
            }

            fn get(&self, field: &str) -> Value {
                match field {
                    "id" => self.id.to_value(),
                    "created" => self.created.to_value(),
                    "updated" => self.updated.to_value(),
                    $(stringify!($field) => self.$field.to_value(),)*
                    other => panic!("no field `{other}`"),
                }
            }

            fn set(&mut self, field: &str, value: Value) {
                match field {
                    $(stringify!($field) => self.$field = given::<$ty>(value),)*
                    other => panic!("no field `{other}`"),
                }
            }

            fn set_draft(draft: &mut Self::Draft, field: &str, value: Value) {
                match field {
                    $(stringify!($field) => draft.[<set_ $field>](given::<$ty>(value)),)*
                    other => panic!("no field `{other}`"),
                }
            }

            fn read(field: &str, cell: Value) -> Value {
                match field {
                    "id" => given::<Option<i64>>(cell).to_value(),
                    "created" | "updated" => given::<Timestamp>(cell).to_value(),
                    $(stringify!($field) => given::<Option<Inner<$ty>>>(cell).to_value(),)*
                    other => panic!("no field `{other}`"),
                }
            }

            fn write(draft: Self::Draft, how: How) -> BoxFuture<'static, Result<Written<Self>>> {
                Box::pin(async move {
                    Ok(match how {
                        How::Insert => (Some(draft.insert().await?), None),
                        How::Upsert => (Some(draft.upsert().await?), None),
                        How::UpsertOn(fields) => {
                            (Some(draft.upsert_on(fields.iter().copied()).await?), None)
                        }
                        How::OrIgnore => (draft.or_ignore().await?, None),
                        How::FindOrCreate => {
                            let (row, is_new) = draft.find_or_create().await?;
                            (Some(row), Some(is_new))
                        }
                    })
                })
            }

            fn operand(field: &str, value: Value) -> Asked {
                Asked(match field {
                    "id" => IntoOperand::<i64>::into_operand(given::<i64>(value)),
                    $(stringify!($field) => IntoOperand::<$ty>::into_operand(given::<$ty>(value)),)*
                    other => panic!("no field `{other}`"),
                })
            }

            fn operands(field: &str, values: Vec<Value>) -> AskedList {
                let values = values.into_iter();
                AskedList(match field {
                    "id" => IntoOperands::<i64>::into_operands(values.map(given::<i64>)),
                    $(stringify!($field) => IntoOperands::<$ty>::into_operands(values.map(given::<$ty>)),)*
                    other => panic!("no field `{other}`"),
                })
            }

            #[allow(unused_variables, reason = "not every model has times")]
            fn part(field: &str, part: DatePart) -> (Asked, AskedList) {
                match field {
                    $(stringify!($time) => (
                        Asked(IntoOperand::<$time_ty>::into_operand(part.clone())),
                        AskedList(IntoOperands::<$time_ty>::into_operands(part)),
                    ),)*
                    other => panic!("no time `{other}`"),
                }
            }

            fn subquery(
                query: Self::Query,
                field: &str,
                aggregate: Option<Aggregate>,
            ) -> (Asked, AskedList) {
                both(match (field, aggregate) {
                    ("id", None) => IntoOperand::<i64>::into_operand(query.select_id()),
                    ("id", Some(Aggregate::Min)) => IntoOperand::<i64>::into_operand(query.min_id()),
                    ("id", Some(Aggregate::Max)) => IntoOperand::<i64>::into_operand(query.max_id()),
                    $((stringify!($field), None) => {
                        IntoOperand::<$ty>::into_operand(query.[<select_ $field>]())
                    })*
                    $((stringify!($ordered), Some(Aggregate::Min)) => {
                        IntoOperand::<$ordered_ty>::into_operand(query.[<min_ $ordered>]())
                    }
                    (stringify!($ordered), Some(Aggregate::Max)) => {
                        IntoOperand::<$ordered_ty>::into_operand(query.[<max_ $ordered>]())
                    })*
                    other => panic!("no method for {other:?}"),
                })
            }

            fn compare(query: Self::Query, field: &str, how: Compare, operand: Asked) -> Self::Query {
                match (field, how) {
                    ("id", Compare::Eq) => query.eq_id(operand),
                    ("id", Compare::Ne) => query.ne_id(operand),
                    ("id", Compare::Gt) => query.gt_id(operand),
                    ("id", Compare::Gte) => query.gte_id(operand),
                    ("id", Compare::Lt) => query.lt_id(operand),
                    ("id", Compare::Lte) => query.lte_id(operand),
                    $((stringify!($field), Compare::Eq) => query.[<eq_ $field>](operand),
                    (stringify!($field), Compare::Ne) => query.[<ne_ $field>](operand),)*
                    $((stringify!($ordered), Compare::Gt) => query.[<gt_ $ordered>](operand),
                    (stringify!($ordered), Compare::Gte) => query.[<gte_ $ordered>](operand),
                    (stringify!($ordered), Compare::Lt) => query.[<lt_ $ordered>](operand),
                    (stringify!($ordered), Compare::Lte) => query.[<lte_ $ordered>](operand),)*
                    other => panic!("no method for {other:?}"),
                }
            }

            fn is_in(query: Self::Query, field: &str, operands: AskedList, is_in: bool) -> Self::Query {
                match (field, is_in) {
                    ("id", true) => query.in_id(operands),
                    ("id", false) => query.nin_id(operands),
                    $((stringify!($field), true) => query.[<in_ $field>](operands),
                    (stringify!($field), false) => query.[<nin_ $field>](operands),)*
                    other => panic!("no method for {other:?}"),
                }
            }

            fn between(query: Self::Query, field: &str, low: Value, high: Value) -> Self::Query {
                match field {
                    "id" => query.between_id(given::<i64>(low), given::<i64>(high)),
                    $(stringify!($ordered) => {
                        query.[<between_ $ordered>](given::<$ordered_ty>(low), given::<$ordered_ty>(high))
                    })*
                    other => panic!("no order of `{other}`"),
                }
            }

            fn null(query: Self::Query, field: &str, is_null: bool) -> Self::Query {
                match (field, is_null) {
                    $((stringify!($null), true) => query.[<is_null_ $null>](),
                    (stringify!($null), false) => query.[<not_null_ $null>](),)*
                    other => panic!("no method for {other:?}"),
                }
            }

            fn matches(
                query: Self::Query,
                field: &str,
                how: Match,
                text: &str,
                matches: bool,
            ) -> Self::Query {
                match (field, how, matches) {
                    $((stringify!($text), Match::Like, true) => query.[<like_ $text>](text),
                    (stringify!($text), Match::Like, false) => query.[<nlike_ $text>](text),
                    (stringify!($text), Match::StartsWith, _) => query.[<startswith_ $text>](text),
                    (stringify!($text), Match::EndsWith, _) => query.[<endswith_ $text>](text),
                    (stringify!($text), Match::Contains, _) => query.[<contains_ $text>](text),)*
                    other => panic!("no method for {other:?}"),
                }
            }

            fn sort(query: Self::Query, field: &str, down: bool) -> Self::Query {
                match (field, down) {
                    ("id", false) => query.asc_id(),
                    ("id", true) => query.desc_id(),
                    $((stringify!($field), false) => query.[<asc_ $field>](),
                    (stringify!($field), true) => query.[<desc_ $field>](),)*
                    other => panic!("no method for {other:?}"),
                }
            }

            fn order(query: Self::Query, field: &str, values: Vec<Value>) -> Self::Query {
                let values = values.into_iter();
                match field {
                    "id" => query.order_id(values.map(given::<i64>)),
                    $(stringify!($field) => query.[<order_ $field>](values.map(given::<$ty>)),)*
                    other => panic!("no field `{other}`"),
                }
            }

            fn assign(query: Self::Query, field: &str, operand: Asked) -> Self::Query {
                match field {
                    $(stringify!($field) => query.[<set_ $field>](operand),)*
                    other => panic!("no field `{other}`"),
                }
            }

            fn increment(query: Self::Query, field: &str, number: Value) -> Self::Query {
                match field {
                    $(stringify!($number) => query.[<incr_ $number>](given::<$number_ty>(number)),)*
                    other => panic!("no number `{other}`"),
                }
            }

            fn select_named(query: Self::Query, picks: &[Pick]) -> <Self::Query as Query>::With<Named> {
                picks.iter().fold(query.select_fields([]), |query, pick| match pick {
                    Pick::Field(name) => query.select_fields([*name]),
                    Pick::Group(name) => query.group_by_field(name),
                    Pick::Aggregate(aggregate, name) => query.aggregate_field(*aggregate, name),
                    Pick::Count => panic!("nothing is counted by name"),
                })
            }

            fn select(
                query: Self::Query,
                picks: &[Pick],
                down: Option<bool>,
            ) -> BoxFuture<'static, Result<Selected>> {
                match *picks {
                    [Pick::Field("id")] => selected(query.select_id(), down, |cell| vec![cell.to_value()]),
                    [Pick::Field("id"), Pick::Field("id")] => {
                        selected(query.select_id().select_id(), down, |(key, cell)| {
                            vec![key.to_value(), cell.to_value()]
                        })
                    }
                    [Pick::Group("id"), Pick::Count] => {
                        selected(query.group_by_id().counted(), down, |(cell, count)| {
                            vec![cell.to_value(), count.to_value()]
                        })
                    }
                    $([Pick::Field(stringify!($field))] => {
                        selected(query.[<select_ $field>](), down, |cell| vec![cell.to_value()])
                    }
                    [Pick::Field("id"), Pick::Field(stringify!($field))] => {
                        selected(query.select_id().[<select_ $field>](), down, |(key, cell)| {
                            vec![key.to_value(), cell.to_value()]
                        })
                    }
                    [Pick::Group(stringify!($field)), Pick::Count] => {
                        selected(query.[<group_by_ $field>]().counted(), down, |(cell, count)| {
                            vec![cell.to_value(), count.to_value()]
                        })
                    })*
                    [Pick::Aggregate(Aggregate::Min, "id")] => {
                        selected(query.min_id(), down, |cell| vec![cell.to_value()])
                    }
                    [Pick::Aggregate(Aggregate::Max, "id")] => {
                        selected(query.max_id(), down, |cell| vec![cell.to_value()])
                    }
                    $([Pick::Aggregate(Aggregate::Min, stringify!($ordered))] => {
                        selected(query.[<min_ $ordered>](), down, |cell| vec![cell.to_value()])
                    }
                    [Pick::Aggregate(Aggregate::Max, stringify!($ordered))] => {
                        selected(query.[<max_ $ordered>](), down, |cell| vec![cell.to_value()])
                    })*
                    $([Pick::Aggregate(Aggregate::Sum, stringify!($number))] => {
                        selected(query.[<sum_ $number>](), down, |cell| vec![cell.to_value()])
                    }
                    [Pick::Aggregate(Aggregate::Avg, stringify!($number))] => {
                        selected(query.[<avg_ $number>](), down, |cell| vec![cell.to_value()])
                    })*
                    ref other => panic!("no methods for {other:?}"),
                }
            }
        }
    } };
}

/// The relations of a model.
pub(crate) trait Ways: Model {
    /// What the relation leads to from this row.
    fn related_by(&self, way: Way) -> BoxFuture<'_, Result<Brought>>;

    /// Rows with what the relation leads to.
    fn load(query: Self::Query, way: Way) -> BoxFuture<'static, Result<WithBrought<Self>>>;

    /// `where_has`, with conditions on what the relation leads to.
    fn where_has(query: Self::Query, way: Way, run: &mut Run<'_>, conds: &[Cond]) -> Self::Query;
}

/// The rows that a relation gave.
trait Related {
    fn brought(&self) -> Brought;
}

impl Related for Owner {
    fn brought(&self) -> Brought {
        vec![self.cells()]
    }
}

impl<M: Subject> Related for Option<M> {
    fn brought(&self) -> Brought {
        self.iter().map(M::cells).collect()
    }
}

impl<M: Subject> Related for Vec<M> {
    fn brought(&self) -> Brought {
        self.iter().map(M::cells).collect()
    }
}

fn loaded<Q, M, O>(query: Q) -> BoxFuture<'static, Result<WithBrought<M>>>
where
    M: Model,
    O: Related,
    Q: Query<Projection: Projection<Q::Model, Row = (M, O)>>,
{
    Box::pin(async move {
        let rows = query.get().await?;
        let has_more = rows.has_more();
        let with_cells = |(row, other): (M, O)| (row, other.brought());
        Ok((rows.into_iter().map(with_cells).collect(), has_more))
    })
}

macro_rules! ways {
    ($model:ident { $($way:ident => $relation:expr, $to:ident;)* }) => {
        impl Ways for $model {
            fn related_by(&self, way: Way) -> BoxFuture<'_, Result<Brought>> {
                Box::pin(async move {
                    Ok(match way {
                        $(Way::$way => self.related($relation).await?.brought(),)*
                        other => panic!("no relation {other:?}"),
                    })
                })
            }

            fn load(
                query: Self::Query,
                way: Way,
            ) -> BoxFuture<'static, Result<WithBrought<Self>>> {
                match way {
                    $(Way::$way => loaded(query.with($relation)),)*
                    other => panic!("no relation {other:?}"),
                }
            }

            fn where_has(query: Self::Query, way: Way, run: &mut Run<'_>, conds: &[Cond]) -> Self::Query {
                match way {
                    $(Way::$way => query.where_has($relation, |to| run.conditions::<$to>(to, conds)),)*
                    other => panic!("no relation {other:?}"),
                }
            }
        }
    };
}

ways! { Owner {
    Things => Owner::THINGS, Thing;
    Maybes => Owner::MAYBES, Maybe;
    MaybesOwners => Owner::MAYBES.through(Maybe::OWNER), Owner;
} }
ways! { Thing { Owner => Thing::OWNER, Owner; } }
ways! { Maybe { Owner => Maybe::OWNER, Owner; } }

/// A field's type, or what is in its `Option`: cells of a selection may be NULL where the
/// field is not, over no row at all.
type Inner<T> = <T as Unwrapped>::Inner;

pub(crate) trait Unwrapped {
    type Inner: Field;
}

macro_rules! unwrapped {
    ($($ty:ty),*) => { $(
        impl Unwrapped for $ty {
            type Inner = Self;
        }

        impl Unwrapped for Option<$ty> {
            type Inner = $ty;
        }
    )* };
}

unwrapped!(
    bool,
    u8,
    i8,
    i16,
    u16,
    i32,
    u32,
    i64,
    f32,
    f64,
    String,
    Vec<u8>,
    Timestamp,
    Date,
    Uuid,
    Mood,
    Level,
    Email,
    Ref<Owner>
);

subject! { Owner in owners {
    all {
        name: String, nick: Option<String>, score: i32,
    }
    ordered {
        name: String, nick: Option<String>, score: i32,
    }
    numbers {
        score: i32,
    }
    texts {
        name, nick,
    }
    null {
        nick,
    }
    times {}
} }

subject! { Thing in things {
    all {
        code: String, flag: bool, tiny: u8, narrow: i8, small: i16, short: u16, medium: i32,
        wide: u32, large: i64, single: f32, double: f64, text: String, caseless: String,
        bytes: Vec<u8>, at: Timestamp, day: Date, uuid: Uuid, mood: Mood, level: Level,
        email: Email, owner: Option<Ref<Owner>>,
    }
    ordered {
        code: String, tiny: u8, narrow: i8, small: i16, short: u16, medium: i32, wide: u32,
        large: i64, single: f32, double: f64, text: String, caseless: String, at: Timestamp,
        day: Date, uuid: Uuid, mood: Mood, level: Level, email: Email,
    }
    numbers {
        tiny: u8, narrow: i8, small: i16, short: u16, medium: i32, wide: u32, large: i64,
        single: f32, double: f64,
    }
    texts {
        code, text, caseless,
    }
    null {
        owner,
    }
    times {
        at: Timestamp, day: Date,
    }
} }

subject! { Maybe in maybes {
    all {
        number: Option<i16>, word: Option<String>, flag: Option<bool>, tiny: Option<u8>,
        narrow: Option<i8>, short: Option<u16>, medium: Option<i32>, wide: Option<u32>,
        large: Option<i64>, single: Option<f32>, double: Option<f64>, bytes: Option<Vec<u8>>,
        at: Option<Timestamp>, day: Option<Date>, uuid: Option<Uuid>, mood: Option<Mood>,
        level: Option<Level>, email: Option<Email>, owner: Ref<Owner>,
    }
    ordered {
        number: Option<i16>, word: Option<String>, tiny: Option<u8>, narrow: Option<i8>,
        short: Option<u16>, medium: Option<i32>, wide: Option<u32>, large: Option<i64>,
        single: Option<f32>, double: Option<f64>, at: Option<Timestamp>, day: Option<Date>,
        uuid: Option<Uuid>, mood: Option<Mood>, level: Option<Level>, email: Option<Email>,
    }
    numbers {
        number: Option<i16>, tiny: Option<u8>, narrow: Option<i8>, short: Option<u16>,
        medium: Option<i32>, wide: Option<u32>, large: Option<i64>, single: Option<f32>,
        double: Option<f64>,
    }
    texts {
        word,
    }
    null {
        number, word, flag, tiny, narrow, short, medium, wide, large, single, double, bytes, at,
        day, uuid, mood, level, email,
    }
    times {
        at: Option<Timestamp>, day: Option<Date>,
    }
} }
