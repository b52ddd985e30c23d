//! Whether a column holds a field's values as prom says it does: they are written and
//! read back.

use std::fmt::Debug;

use prom::interface::Install;
use prom::prelude::*;
use prom::schema::catalog::Fit;
use prom::{Date, Dsn, Execute, Field, Interface, Result, Timestamp, Uuid};
use prom_postgres::PostgresInterface;

use crate::setup::{connect, database};

/// What is said of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Says {
    Exact,
    /// The same, of what is not longer.
    Within(usize),
    Lossy,
    Wrong,
}
use Says::{Exact, Lossy, Within, Wrong};

/// A model of one field, in a table that is made anew for each type of column.
trait Held: Model<Key = i64> {
    type Held: Field + Clone + PartialEq + Debug;

    fn of(value: Self::Held) -> Self::Draft;
    fn held(&self) -> &Self::Held;
    fn at(&self) -> i64;
}

macro_rules! held {
    ($($model:ident $table:literal: $ty:ty $(, $option:meta)*;)*) => { $(
        #[prom::orm(table = $table, created = none, updated = none)]
        #[derive(Debug)]
        struct $model {
            $(#[$option])*
            value: $ty,
        }

        impl Held for $model {
            type Held = $ty;

            fn of(value: $ty) -> Self::Draft {
                let mut draft = Self::draft();
                draft.set_value(value);
                draft
            }

            fn held(&self) -> &$ty {
                &self.value
            }

            fn at(&self) -> i64 {
                self.id
            }
        }
    )* };
}

held! {
    Bools "bools": bool;
    Shorts "shorts": i16;
    Wholes "wholes": i64;
    Singles "singles": f32;
    Doubles "doubles": f64;
    Texts "texts": String;
    Codes "codes": String, field(size = 2);
    Shorter "shorter": String, field(max_size = 3);
    Blobs "blobs": Vec<u8>;
    Times "times": Timestamp;
    Days "days": Date;
    Ids "ids": Uuid;
}

/// Exact is what comes back, or is refused; of what is not, a value came back otherwise or
/// not at all.
async fn check<M: Held>(values: &[M::Held], columns: &[(&str, Says)]) -> Result<()> {
    let database = database("fit");
    let types = "CREATE DOMAIN short AS character varying(3) NOT NULL; CREATE DOMAIN shorten AS short; \
                 CREATE TYPE mood AS ENUM ('a', 'ab'); CREATE DOMAIN moods AS mood; \
                 CREATE DOMAIN tens AS numeric(4,-1)";
    database.query(types).expect("they are made");
    let zone = format!("ALTER DATABASE {} SET timezone = 'Asia/Kathmandu'", database.name());
    database.query(&zone).expect("it is set");
    let table = M::schema().table();
    for (column, says) in columns {
        let sql = format!(
            "DROP TABLE IF EXISTS {table}; CREATE TABLE {table} (value {column} NOT NULL, _id bigserial PRIMARY KEY)"
        );
        database.query(&sql).expect(&sql);
        let interface = PostgresInterface::from_dsn(&Dsn::parse(&database.dsn())?)?;
        let report = interface.install(&[M::schema()], Install::Inspect).await?;
        let seen = report.tables[0].as_ref().expect("it is there");
        let fit = interface.fit(&M::schema().fields()[0], seen.column("value").expect("it is there"));
        let told = match &fit {
            Fit::Exact => Exact,
            Fit::Within(most) => Within(*most),
            Fit::Lossy(_) => Lossy,
            _ => Wrong,
        };
        assert_eq!(told, *says, "{table}: {column}: {fit:?}");
        let mut is_exact = true;
        let mut written = 0;
        for options in ["", "prepare=off"] {
            let db = connect(&database.dsn(), options);
            for value in values {
                // Alone, and by UNNEST.
                for count in [1, 2] {
                    let drafts = (0..count).map(|_| M::of(value.clone()));
                    let rows = M::create_many(drafts).on(&db).await;
                    let Ok(rows) = rows else { continue };
                    for row in rows {
                        written += 1;
                        let read = M::find(row.at()).on(&db).await?.expect("it is there");
                        assert_eq!(read.held(), row.held(), "{table}: {column}: in memory and there");
                        is_exact &= read.held() == value;
                    }
                }
            }
        }
        match says {
            Exact | Within(_) => {
                assert!(is_exact && written > 0, "{table}: {column}: {written} were written")
            }
            Lossy => {}
            Wrong => assert!(written == 0, "{table}: {column}: {written} were written"),
        }
    }
    Ok(())
}

#[tokio::test]
async fn whole_numbers() -> Result<()> {
    let columns = [
        ("smallint", Exact),
        ("integer", Exact),
        ("bigint", Exact),
        ("oid", Lossy),
        ("numeric(18)", Exact),
        ("numeric(3,0)", Exact),
        ("numeric(20)", Lossy),
        ("numeric", Lossy),
        ("tens", Lossy),
        ("numeric(10,2)", Lossy),
        ("real", Wrong),
        ("double precision", Wrong),
        ("text", Wrong),
        ("boolean", Wrong),
        ("money", Wrong),
        ("bytea", Wrong),
        ("bigint[]", Wrong),
        ("jsonb", Wrong),
        ("date", Wrong),
    ];
    check::<Wholes>(&[0, 7, -7, 12_345, i64::MAX, i64::MIN], &columns).await?;
    check::<Shorts>(&[0, -7, i16::MAX], &columns).await
}

#[tokio::test]
async fn floats_and_booleans() -> Result<()> {
    check::<Doubles>(
        &[0.1, 1.0 / 3.0, 1e300, f64::INFINITY, 7.0],
        &[
            ("double precision", Exact),
            ("real", Lossy),
            ("numeric", Lossy),
            ("numeric(10)", Lossy),
            ("numeric(10,2)", Lossy),
            ("bigint", Wrong),
            ("text", Wrong),
            ("boolean", Wrong),
        ],
    )
    .await?;
    check::<Singles>(
        &[0.1, 1.0 / 3.0, f32::MAX],
        &[("real", Exact), ("double precision", Lossy), ("numeric", Lossy), ("integer", Wrong)],
    )
    .await?;
    check::<Bools>(&[true, false], &[("boolean", Exact), ("integer", Wrong), ("text", Wrong)]).await
}

#[tokio::test]
async fn text_and_bytes() -> Result<()> {
    let values = ["", "a", "ab", "a  ", " a", "abc", "abc ", "{\"b\": 1, \"a\":2}"].map(String::from);
    check::<Texts>(
        &values,
        &[
            ("text", Exact),
            ("character varying", Exact),
            ("mood", Exact),
            ("moods", Exact),
            ("json", Exact),
            ("text COLLATE \"C\"", Exact),
            ("character varying(3)", Within(3)),
            ("short", Within(3)),
            ("shorten", Within(3)),
            ("character(3)", Lossy),
            ("bpchar", Lossy),
            ("name", Lossy),
            ("jsonb", Lossy),
            ("numeric", Lossy),
            ("\"char\"", Wrong),
            ("uuid", Wrong),
            ("bytea", Wrong),
            ("bigint", Wrong),
            ("date", Wrong),
            ("timestamptz", Wrong),
            ("interval", Wrong),
            ("inet", Wrong),
            ("text[]", Wrong),
        ],
    )
    .await?;
    check::<Codes>(
        &["ab".into(), "a ".into(), "äö".into()],
        &[("character(2)", Exact), ("character varying(2)", Exact), ("character(3)", Lossy)],
    )
    .await?;
    check::<Shorter>(
        &["".into(), "ab ".into(), "a".into()],
        &[
            ("character varying(3)", Exact),
            ("short", Exact),
            ("shorten", Exact),
            ("character varying(2)", Within(2)),
            ("character(3)", Lossy),
        ],
    )
    .await?;
    check::<Blobs>(&[vec![], vec![0, 255], b"\\x00".to_vec()], &[("bytea", Exact), ("text", Wrong)]).await
}

#[tokio::test]
async fn times_days_and_uuids() -> Result<()> {
    let times = ["2024-02-29T12:34:56.789012Z", "0001-01-01T00:00:00Z", "9999-12-30T22:00:00.999999Z"];
    let times = times.map(|text| text.parse::<Timestamp>().expect("a timestamp"));
    check::<Times>(
        &times[..2],
        &[
            ("timestamptz", Exact),
            ("timestamptz(6)", Exact),
            ("timestamptz(3)", Lossy),
            ("timestamp", Exact),
            ("timestamp(0)", Lossy),
            ("bigint", Wrong),
            ("date", Wrong),
            ("time", Wrong),
            ("timestamptz[]", Wrong),
        ],
    )
    .await?;
    check::<Times>(&times, &[("timestamptz", Exact), ("timestamp", Exact)]).await?;
    let days = ["2024-02-29", "0001-01-01", "9999-12-31"];
    let days = days.map(|text| text.parse::<Date>().expect("a day"));
    check::<Days>(
        &days,
        &[("date", Exact), ("text", Lossy), ("timestamptz", Wrong), ("timestamp", Wrong), ("bigint", Wrong)],
    )
    .await?;
    check::<Ids>(
        &[Uuid::nil(), Uuid::max()],
        &[("uuid", Exact), ("text", Lossy), ("bytea", Wrong), ("bigint", Wrong)],
    )
    .await
}
