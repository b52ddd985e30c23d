//! The models of the programmes, which together have every type that a field may have.

use prom::prelude::*;
use prom::{Aggregate, BoxFuture, Date, Error, Field, Hooks, Kind, Result, Uuid, Value};

use crate::run::Rows;

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
}

/// How a new row is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    Insert,
    Upsert,
    OrIgnore,
    FindOrCreate,
}

/// What came of writing a new row, and whether it is new, where that is told.
pub(crate) type Written<M> = (Option<M>, Option<bool>);

/// Aggregates of fields.
pub(crate) type Aggregates<'a> = &'a [(Aggregate, &'static str)];

/// A model whose fields are reached by name.
pub(crate) trait Subject: Model<Key = i64> + Clone + std::fmt::Debug {
    const KIN: Kin;

    /// The slots of its rows.
    fn rows(rows: &mut Rows) -> &mut Vec<Option<Self>>;

    fn query_all() -> Self::Query;

    fn get(&self, field: &str) -> Value;

    fn set(&mut self, field: &str, value: Value);

    fn set_draft(draft: &mut Self::Draft, field: &str, value: Value);

    /// `eq_x`, by its own method.
    fn eq(query: Self::Query, field: &str, value: Value) -> Self::Query;

    /// `in_x`, by its own method.
    fn is_in(query: Self::Query, field: &str, values: Vec<Value>) -> Self::Query;

    /// What a cell is as the type of its field.
    fn read(field: &str, cell: Value) -> Value;

    fn write(draft: Self::Draft, how: How) -> BoxFuture<'static, Result<Written<Self>>>;

    /// The aggregates of the rows, or of groups of them.
    fn aggregates(
        query: Self::Query,
        by: Option<&str>,
        aggregates: Aggregates<'_>,
    ) -> BoxFuture<'static, Result<prom::Rows<Vec<Value>>>>;

    /// Every cell, in the order of the schema.
    fn cells(&self) -> Vec<Value> {
        Self::schema().fields().iter().map(|field| self.get(field.name)).collect()
    }
}

fn given<T: Field>(value: Value) -> T {
    T::from_value(value).expect("the programme gives values of the field's type")
}

macro_rules! subject {
    ($model:ident in $slots:ident { $($field:ident: $ty:ty, $set:ident, $eq:ident, $in:ident;)* }) => {
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
                    $(stringify!($field) => draft.$set(given::<$ty>(value)),)*
                    other => panic!("no field `{other}`"),
                }
            }

            fn eq(query: Self::Query, field: &str, value: Value) -> Self::Query {
                match field {
                    "id" => query.eq_id(given::<i64>(value)),
                    $(stringify!($field) => query.$eq(given::<$ty>(value)),)*
                    other => panic!("no field `{other}`"),
                }
            }

            fn is_in(query: Self::Query, field: &str, values: Vec<Value>) -> Self::Query {
                match field {
                    "id" => query.in_id(values.into_iter().map(given::<i64>)),
                    $(stringify!($field) => query.$in(values.into_iter().map(given::<$ty>)),)*
                    other => panic!("no field `{other}`"),
                }
            }

            fn read(field: &str, cell: Value) -> Value {
                match field {
                    "id" => given::<i64>(cell).to_value(),
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
                        How::OrIgnore => (draft.or_ignore().await?, None),
                        How::FindOrCreate => {
                            let (row, is_new) = draft.find_or_create().await?;
                            (Some(row), Some(is_new))
                        }
                    })
                })
            }

            fn aggregates(
                query: Self::Query,
                by: Option<&str>,
                aggregates: Aggregates<'_>,
            ) -> BoxFuture<'static, Result<prom::Rows<Vec<Value>>>> {
                let query = match by {
                    Some(by) => query.group_by_field(by),
                    None => query.select_fields([]),
                };
                let add = |query: <Self::Query as Query>::With<prom::Named>, (aggregate, name): &(_, &str)| {
                    query.aggregate_field(*aggregate, name)
                };
                aggregates.iter().fold(query, add).get()
            }
        }
    };
}

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

subject! {
    Owner in owners {
        name: String, set_name, eq_name, in_name;
        nick: Option<String>, set_nick, eq_nick, in_nick;
        score: i32, set_score, eq_score, in_score;
    }
}

subject! {
    Thing in things {
        code: String, set_code, eq_code, in_code;
        flag: bool, set_flag, eq_flag, in_flag;
        tiny: u8, set_tiny, eq_tiny, in_tiny;
        narrow: i8, set_narrow, eq_narrow, in_narrow;
        small: i16, set_small, eq_small, in_small;
        short: u16, set_short, eq_short, in_short;
        medium: i32, set_medium, eq_medium, in_medium;
        wide: u32, set_wide, eq_wide, in_wide;
        large: i64, set_large, eq_large, in_large;
        single: f32, set_single, eq_single, in_single;
        double: f64, set_double, eq_double, in_double;
        text: String, set_text, eq_text, in_text;
        caseless: String, set_caseless, eq_caseless, in_caseless;
        bytes: Vec<u8>, set_bytes, eq_bytes, in_bytes;
        at: Timestamp, set_at, eq_at, in_at;
        day: Date, set_day, eq_day, in_day;
        uuid: Uuid, set_uuid, eq_uuid, in_uuid;
        mood: Mood, set_mood, eq_mood, in_mood;
        level: Level, set_level, eq_level, in_level;
        email: Email, set_email, eq_email, in_email;
        owner: Option<Ref<Owner>>, set_owner, eq_owner, in_owner;
    }
}

subject! {
    Maybe in maybes {
        number: Option<i16>, set_number, eq_number, in_number;
        word: Option<String>, set_word, eq_word, in_word;
        flag: Option<bool>, set_flag, eq_flag, in_flag;
        tiny: Option<u8>, set_tiny, eq_tiny, in_tiny;
        narrow: Option<i8>, set_narrow, eq_narrow, in_narrow;
        short: Option<u16>, set_short, eq_short, in_short;
        medium: Option<i32>, set_medium, eq_medium, in_medium;
        wide: Option<u32>, set_wide, eq_wide, in_wide;
        large: Option<i64>, set_large, eq_large, in_large;
        single: Option<f32>, set_single, eq_single, in_single;
        double: Option<f64>, set_double, eq_double, in_double;
        bytes: Option<Vec<u8>>, set_bytes, eq_bytes, in_bytes;
        at: Option<Timestamp>, set_at, eq_at, in_at;
        day: Option<Date>, set_day, eq_day, in_day;
        uuid: Option<Uuid>, set_uuid, eq_uuid, in_uuid;
        mood: Option<Mood>, set_mood, eq_mood, in_mood;
        level: Option<Level>, set_level, eq_level, in_level;
        email: Option<Email>, set_email, eq_email, in_email;
        owner: Ref<Owner>, set_owner, eq_owner, in_owner;
    }
}
