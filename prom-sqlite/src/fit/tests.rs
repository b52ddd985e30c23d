//! `fit` against what SQLite does with extreme values.

use prom_core::query::{Delete, Request};
use prom_core::schema::catalog::Column;
use prom_core::schema::{FieldDef, KeyDef, Schema};
use prom_core::{Date, Field, RowRef, Timestamp, Type, Value};
use tokio_rusqlite::rusqlite::Connection;

use super::*;
use crate::dialect::Sqlite;
use crate::expected::Expected;
use crate::value::{SqliteRow, bind};

/// A type of field, with values that its columns must hold.
struct Sample {
    ty: Type,
    values: Vec<Value>,
    /// Reads a cell as the field does, and gives what it would write.
    read: fn(&dyn RowRef) -> prom_core::Result<Value>,
}

fn sample<T: Field>(values: Vec<T>) -> Sample {
    let read = |row: &dyn RowRef| T::decode(row.get(0)?).map(Field::into_value);
    Sample { ty: T::TYPE, values: values.into_iter().map(Field::into_value).collect(), read }
}

fn samples() -> Vec<Sample> {
    let at = |text: &str| text.parse::<Timestamp>().expect("a timestamp");
    let day = |text: &str| text.parse::<Date>().expect("a date");
    let texts = [
        "",
        "a",
        "007",
        "7",
        "-1",
        "+1",
        " 1",
        "1 ",
        "1.0",
        "1.50",
        "1e3",
        ".5",
        "5.",
        "1_000",
        "0x10",
        "inf",
        "nan",
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775808",
        "12345678901234567890123",
        "0.1000000000000000055511151231257827",
        "1e400",
        "true",
        "NULL",
        "größe",
    ];
    vec![
        sample(vec![false, true]),
        sample(vec![i16::MIN, -1, 0, 1, i16::MAX]),
        sample(vec![i32::MIN, -1, 0, 1, i32::MAX]),
        sample(vec![i64::MIN, i64::MIN + 1, -1, 0, 1, (1 << 53) + 1, i64::MAX - 1, i64::MAX]),
        sample(vec![f32::MIN, -1.5, 0.0, 1.0, 0.1, f32::MIN_POSITIVE, 16_777_216.0, f32::MAX, f32::INFINITY]),
        sample(vec![
            f64::MIN,
            -1.5,
            -0.0,
            0.0,
            1.0,
            0.1,
            5e-324,
            9_007_199_254_740_992.0,
            9_007_199_254_740_994.0,
            1e15,
            1e18,
            -1e18,
            9.2e18,
            9_223_372_036_854_774_784.0,
            -9_223_372_036_854_775_808.0,
            1e19,
            f64::MAX,
            f64::INFINITY,
            f64::NEG_INFINITY,
        ]),
        sample(texts.map(str::to_owned).to_vec()),
        sample(vec![vec![], vec![0_u8], b"7".to_vec(), b"007".to_vec(), vec![0xff, 0]]),
        sample(vec![
            at("0001-01-01T00:00:00Z"),
            at("1970-01-01T00:00:00Z"),
            at("2024-02-29T12:34:56.789012Z"),
            Timestamp::MAX,
        ]),
        sample(vec![day("0001-01-01"), day("2024-02-29"), day("9999-12-31")]),
        #[cfg(feature = "uuid")]
        sample(vec![
            prom_core::Uuid::nil(),
            prom_core::Uuid::max(),
            prom_core::Uuid::from_u128(0x1234_5678_1234_5678_1234_5678_1234_5678),
            prom_core::Uuid::from_u128(0x1e10_0000_0000_0000_0000_0000_0000_0001),
        ]),
    ]
}

/// What prom, the Python original, sqlx, SeaORM, Diesel and people declare.
const TYPES: &[&str] = &[
    "",
    "INTEGER",
    "integer",
    "INT",
    "BIGINT",
    "SMALLINT",
    "TINYINT(1)",
    "UNSIGNED BIG INT",
    "INT8",
    "POINT",
    "REAL",
    "DOUBLE",
    "DOUBLE PRECISION",
    "FLOAT",
    "FLOATING POINT",
    "TEXT",
    "VARCHAR(20)",
    "varchar",
    "CHAR(36)",
    "NVARCHAR(5)",
    "CLOB",
    "uuid_text",
    "NUMERICTEXT",
    "JSONBTEXT",
    "datetime_text",
    "BLOB",
    "BLOB(16)",
    "uuid",
    "NUMERIC",
    "DECIMAL(10,5)",
    "BOOL",
    "BOOLEAN",
    "DATE",
    "DATETIME",
    "TIMESTAMP",
    "timestamp_with_timezone",
    "STRING",
    "JSON",
    "ANY",
    "BYTEA",
    "ENUM",
];

const STRICT_TYPES: &[&str] = &["INT", "INTEGER", "REAL", "TEXT", "BLOB", "ANY"];

fn column(ty: &str, strict: bool) -> Column {
    let mut column = Column::new("it", ty);
    column.strict = strict;
    column
}

static SCHEMA: Schema = Schema::new("T", "t", &[]);

/// Whether every value of `sample` comes back as it was written to `connection`'s table.
fn comes_back(connection: &Connection, sample: &Sample) -> bool {
    sample.values.iter().all(|value| {
        connection.execute("DELETE FROM t", []).expect("a plain table");
        let mut insert = connection.prepare("INSERT INTO t VALUES (?1)").expect("a plain table");
        bind(&mut insert, 1, value).expect("it is a value of SQLite's");
        if insert.raw_execute().is_err() {
            return false;
        }
        let mut select = connection.prepare("SELECT it FROM t").expect("a plain table");
        let mut rows = select.query([]).expect("it can be read");
        let row = rows.next().expect("it can be read").expect("it is there");
        let request = Request::Delete(Delete::new(&SCHEMA, Vec::new()));
        let expected = Expected::of(&request, Sqlite::PLAIN);
        (sample.read)(&SqliteRow { row, expected: &expected }).is_ok_and(|read| read == *value)
    })
}

fn check(ty: &str, strict: bool) {
    let options = if strict { "STRICT" } else { "" };
    let connection = Connection::open_in_memory().expect("memory");
    connection.execute_batch(&format!("CREATE TABLE t (it {ty}) {options}")).expect(ty);
    for sample in samples() {
        let fit = fit(&FieldDef::new("it", sample.ty), &column(ty, strict));
        let comes_back = comes_back(&connection, &sample);
        assert_eq!(fit == Fit::Exact, comes_back, "{:?} in {ty:?} {options}: {fit:?}", sample.ty);
    }
}

#[test]
fn exact_is_what_comes_back_and_nothing_else() {
    TYPES.iter().for_each(|ty| check(ty, false));
    STRICT_TYPES.iter().for_each(|ty| check(ty, true));
}

#[test]
fn an_integer_primary_key_holds_whole_numbers_only() {
    let connection = Connection::open_in_memory().expect("memory");
    connection.execute_batch("CREATE TABLE t (it INTEGER PRIMARY KEY)").expect("a table");
    for sample in samples() {
        let field = FieldDef::new("it", sample.ty).key(KeyDef::Given);
        let comes_back = comes_back(&connection, &sample);
        assert_eq!(fit(&field, &column("INTEGER", false)) == Fit::Exact, comes_back, "{:?}", sample.ty);
    }
}

#[test]
fn tables_of_prom_and_of_the_python_original_fit() {
    for (ty, declared) in [
        (Type::Bool, "BOOL"),
        (Type::I64, "INTEGER"),
        (Type::F64, "REAL"),
        (Type::Text, "TEXT"),
        (Type::Timestamp, "TIMESTAMP"),
        (Type::Date, "DATE"),
        (Type::Uuid, "TEXT"),
        (Type::Bytes, "BLOB"),
    ] {
        assert_eq!(fit(&FieldDef::new("it", ty), &column(declared, false)), Fit::Exact, "{ty:?}");
    }
}
