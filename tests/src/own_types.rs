//! Types of the user's own that store another value than they were given, or refuse one: by method, by name and
//! in memory it is the same.

use prom::prelude::*;
use prom::{Error, Field, Kind, Result, Type, Value, ValueRef};

use crate::behaviour::refused;

/// Stored in lower case.
#[derive(Debug, Clone, PartialEq)]
struct Lower(String);

impl Field for Lower {
    const TYPE: Type = Type::Text;

    fn to_value(&self) -> Value {
        Value::Text(self.0.to_lowercase())
    }

    fn decode(value: ValueRef<'_>) -> Result<Self> {
        String::decode(value).map(Self)
    }
}

/// Decodes even numbers only, and says nothing when it is given another.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Even(i64);

impl Field for Even {
    const TYPE: Type = Type::I64;

    fn to_value(&self) -> Value {
        Value::I64(self.0)
    }

    fn decode(value: ValueRef<'_>) -> Result<Self> {
        match i64::decode(value)? {
            number if number % 2 == 0 => Ok(Self(number)),
            _ => Err(Error::new(Kind::Decode, "the number is odd")),
        }
    }
}

/// A number that is stored in tenths, wherever those end.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Tenths(f64);

impl Field for Tenths {
    const TYPE: Type = Type::I16;

    fn to_value(&self) -> Value {
        #[expect(clippy::cast_possible_truncation, reason = "rounded")]
        Value::I64((self.0 * 10.0).round() as i64)
    }

    fn decode(value: ValueRef<'_>) -> Result<Self> {
        i32::decode(value).map(|tenths| Self(f64::from(tenths) / 10.0))
    }
}

#[prom::orm]
#[derive(Debug, Clone, PartialEq)]
struct Entry {
    name: Lower,
    even: Option<Even>,
    tenths: Tenths,
    at: Timestamp,
    zero: f64,
}

async fn entry() -> Result<Entry> {
    let entry = Entry::create().name(Lower("ABC".into())).even(Even(2)).tenths(Tenths(1.26));
    entry.at(Timestamp::UNIX_EPOCH).zero(0.0).await
}

async fn only() -> Result<Entry> {
    Entry::query().only().await
}

behaviour! {
    /// What was created, what was saved, and what is read are one.
    async fn the_value_in_memory_is_the_one_that_is_stored() {
        let mut row = entry().await?;
        assert_eq!((&row.name, row.tenths), (&Lower("abc".into()), Tenths(1.3)));
        assert_eq!(only().await?, row);
        row.name = Lower("DEF".into());
        row.tenths = Tenths(-0.04);
        row.at = Timestamp::from_nanosecond(1_999).expect("it is in range");
        row.zero = -0.0;
        row.save().await?;
        assert_eq!((&row.name, row.tenths), (&Lower("def".into()), Tenths(0.0)));
        assert_eq!(row.at.as_nanosecond(), 1_000);
        assert_eq!(only().await?, row);
        assert!(!row.is_modified());
    }
}

behaviour! {
    /// As a value that is given to a method is.
    async fn a_value_by_name_goes_through_the_type() {
        entry().await?;
        assert_eq!(Entry::query().eq_field("name", "ABC").count().await?, 1);
        assert_eq!(Entry::query().eq_name(Lower("Abc".into())).count().await?, 1);
        assert_eq!(Entry::query().in_field("name", ["x", "aBC"]).count().await?, 1);
        Entry::query().set_field("name", "XYZ").update_all().await?;
        assert_eq!(only().await?.name, Lower("xyz".into()));
        assert_eq!(Entry::query().eq_field("name", "Xyz").ne_field("name", "ABC").count().await?, 1);
        let rows = Entry::query().set_name(Lower("QRS".into())).update_all().returning().await?;
        assert_eq!(rows[0].name, Lower("qrs".into()));
        assert_eq!(Entry::query().eq_field("tenths", 13).count().await?, 1, "as it is stored");
    }
}

behaviour! {
    /// No row holds it, and it is not written: not by name, not by method.
    async fn what_the_type_refuses_is_no_value_of_it() {
        let mut row = entry().await?;
        assert_eq!(Entry::query().eq_field("even", 3).count().await?, 0);
        assert_eq!(Entry::query().not(|q| q.eq_field("even", 3)).count().await?, 1);
        assert_eq!(Entry::query().nin_field("even", [3]).count().await?, 1);
        assert_eq!(Entry::query().lt_field("even", 3).count().await?, 1);
        assert_eq!(Entry::query().gt_field("even", 1).count().await?, 1);
        assert_eq!(Entry::query().gt_field("even", 3).count().await?, 0);
        row.even = Some(Even(3));
        let create = Entry::create().name(Lower("b".into())).even(Even(1)).tenths(Tenths(0.0));
        for error in [
            refused(Entry::query().set_field("even", 3).update_all().await),
            refused(Entry::query().set_even(Even(5)).update_all().await),
            refused(row.save().await),
            refused(create.at(Timestamp::UNIX_EPOCH).zero(0.0).await),
        ] {
            let named = (error.kind(), error.model(), error.field());
            assert_eq!(named, (Kind::Value, Some("Entry"), Some("even")), "{error}");
        }
        assert_eq!(only().await?.even, Some(Even(2)));
    }
}

behaviour! {
    /// What such a type makes of its value may lie beyond its column.
    async fn what_the_type_makes_of_a_value_is_held_against_the_column() {
        entry().await?;
        assert_eq!(Entry::query().eq_tenths(Tenths(1e9)).count().await?, 0);
        assert_eq!(Entry::query().ne_tenths(Tenths(1e9)).count().await?, 1);
        assert_eq!(Entry::query().lt_tenths(Tenths(1e9)).gt_tenths(Tenths(-1e9)).count().await?, 1);
        assert_eq!(Entry::query().between_tenths(Tenths(-1e9), Tenths(1e9)).count().await?, 1);
        assert_eq!(Entry::query().in_tenths([Tenths(1e9), Tenths(1.3)]).count().await?, 1);
        let error = refused(Entry::query().set_tenths(Tenths(1e9)).update_all().await);
        assert_eq!((error.kind(), error.field()), (Kind::Value, Some("tenths")));
    }
}
