//! Many rows in one statement: an array for each column, so that the text does
//! not change with the number of rows.
//!
//! `INSERT INTO "t" ("a", "b") SELECT * FROM UNNEST($1::bigint[], $2::text[])`

use std::error::Error as StdError;
use std::fmt;
use std::ops::Range;

use bytes::BytesMut;
use postgres_types::{Format, IsNull, ToSql, Type};
use prom_core::query::{Conflict, Insert};
use prom_core::sql::render_insert;
use prom_core::{Result, Value};

use crate::dialect::{Postgres, type_name};
use crate::note::Note;
use crate::value::{Items, encode_list, list_format, size};

/// How many rows go into one statement, and how many bytes if there is more than one row.
const BLOCK: usize = 5_000;
const BLOCK_BYTES: usize = 64 << 20;

/// Where the rows end that go into one statement from `start` on.
pub(crate) fn block_end(insert: &Insert, start: usize) -> usize {
    let end = insert.rows.min(start + BLOCK);
    let mut bytes = 0;
    for row in start..end {
        bytes += insert.row(row).iter().map(size).sum::<usize>();
        if bytes > BLOCK_BYTES && row > start {
            return row;
        }
    }
    end
}

/// Whether several rows can go into one statement. Not where one of them may be
/// in the way of another: it would be updated twice, which the server refuses.
pub(crate) fn is_bulk(insert: &Insert) -> bool {
    insert.rows > 1 && !matches!(insert.conflict, Conflict::Update { .. })
}

/// Whether a column holds arrays: UNNEST would take an array of them apart altogether.
pub(crate) fn has_arrays(dialect: &Postgres, insert: &Insert) -> bool {
    insert.fields.iter().any(|field| dialect.columns.of(field).is_some_and(|note| note.is_array))
}

/// The statement for any number of rows. Its arrays are of the columns' own types, so that
/// each takes what it takes alone.
///
/// # Errors
///
/// [`Kind::Unsupported`](prom_core::Kind) for a field without a column type.
pub(crate) fn text(dialect: &Postgres, insert: &Insert) -> Result<String> {
    let types = insert.fields.iter().map(|field| match dialect.columns.of(field) {
        Some(Note { ty: Some(ty), .. }) => Ok(&**ty),
        _ => type_name(field),
    });
    let types = types.collect::<Result<Vec<_>>>()?;
    let statement = render_insert(dialect, insert, |w| {
        if types.is_empty() {
            w.sql("SELECT FROM generate_series(1, $1::bigint)");
            return;
        }
        w.sql("SELECT * FROM UNNEST(");
        for (at, ty) in types.into_iter().enumerate() {
            w.sql(if at > 0 { ", $" } else { "$" }).number(at + 1).sql("::").ty(ty).sql("[]");
        }
        w.sql(")");
    });
    Ok(statement.text)
}

/// The parameters for `rows` of it.
pub(crate) fn params(insert: &Insert, rows: Range<usize>) -> Vec<Column<'_>> {
    let number = i64::try_from(rows.len()).unwrap_or(i64::MAX);
    match insert.fields.len() {
        0 => vec![Column::Number(number)],
        width => (0..width)
            .map(|at| Column::Values {
                values: &insert.values[rows.start * width..rows.end * width],
                at,
                width,
            })
            .collect(),
    }
}

/// The values of one field, as an array.
pub(crate) enum Column<'a> {
    /// Every value that stands at `at` in a row of `width`.
    Values { values: &'a [Value], at: usize, width: usize },
    /// No field has a value: how many rows there are.
    Number(i64),
}

/// Without the values: the driver logs its parameters.
impl fmt::Debug for Column<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a column of values")
    }
}

impl<'a> Items<'a> for (&'a [Value], usize, usize) {
    fn count(&self) -> usize {
        self.0.len() / self.2
    }

    fn items(&self) -> impl Iterator<Item = &'a Value> {
        self.0.iter().skip(self.1).step_by(self.2)
    }
}

impl ToSql for Column<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        match *self {
            Self::Values { values, at, width } => Ok(encode_list(&(values, at, width), ty, out)?),
            Self::Number(it) => crate::value::Param(&Value::I64(it)).to_sql(ty, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn to_sql_checked(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        self.to_sql(ty, out)
    }

    fn encode_format(&self, ty: &Type) -> Format {
        match *self {
            Self::Values { values, at, width } => list_format(&(values, at, width), ty),
            Self::Number(it) => crate::value::Param(&Value::I64(it)).encode_format(ty),
        }
    }
}
