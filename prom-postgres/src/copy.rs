//! Many rows by COPY, where nothing is asked back: faster than any statement.
//!
//! <https://www.postgresql.org/docs/current/sql-copy.html#id-1.9.3.55.9.4>

use bytes::{BufMut, BytesMut};
use postgres_types::Type;
use prom_core::query::{Conflict, Insert, Returning};
use prom_core::schema::KeyDef;
use prom_core::sql::{Writer, is_of_row};
use prom_core::{Error, Kind, Result};

use crate::dialect::Postgres;
use crate::value::{cell, is_binary};

/// Fewer rows are not worth a COPY's round trips.
const MANY: usize = 500;

/// Whether nothing but the number of rows is asked back, and there are many; nor
/// may a key be given that the database is to count on from.
pub(crate) fn is_copy(insert: &Insert) -> bool {
    insert.rows >= MANY
        && !insert.fields.is_empty()
        && insert.returning == Returning::Nothing
        && matches!(insert.conflict, Conflict::Refuse)
        && !insert.schema.key().is_some_and(|it| it.key == Some(KeyDef::Generated))
}

/// What to prepare, to learn the types of the columns: in a COPY they are not
/// converted, and Python's prom made other columns than this one.
pub(crate) fn probe(insert: &Insert) -> String {
    let mut w = Writer::new(Postgres::PLAIN);
    w.sql("SELECT ").list(", ", &insert.fields, |w, it| {
        w.ident(it.column);
    });
    w.sql(" FROM ").table(insert.schema).sql(" LIMIT 0");
    w.finish().text
}

/// Whether every value has the form that a COPY into columns of `types` takes.
pub(crate) fn fits(insert: &Insert, types: &[Type]) -> bool {
    types.len() == insert.fields.len()
        && insert.values.iter().zip(types.iter().cycle()).all(|(value, ty)| is_binary(value, ty))
}

/// The statement.
pub(crate) fn text(insert: &Insert) -> String {
    let mut w = Writer::new(Postgres::PLAIN);
    w.sql("COPY ").table(insert.schema).sql(" (").list(", ", &insert.fields, |w, it| {
        w.ident(it.column);
    });
    w.sql(") FROM STDIN (FORMAT binary)");
    w.finish().text
}

/// What stands before the first row.
pub(crate) fn begin(out: &mut BytesMut) {
    out.put_slice(b"PGCOPY\n\xff\r\n\0");
    // Flags, and no extension.
    out.put_u64(0);
}

/// The row `row`, for columns of `types`.
///
/// # Errors
///
/// [`Kind::Value`] for what does not fit its column.
pub(crate) fn row(insert: &Insert, row: usize, types: &[Type], out: &mut BytesMut) -> Result<()> {
    let width = i16::try_from(types.len())
        .map_err(|_| Error::new(Kind::Invalid, "a table has 1,600 columns at most"))?;
    out.put_i16(width);
    for (value, ty) in insert.row(row).iter().zip(types) {
        cell(value, ty, out).map_err(|error| match is_of_row(&error) {
            true => error.context(format_args!("draft {row}, counted from 0")),
            false => error,
        })?;
    }
    Ok(())
}

/// What stands behind the last row.
pub(crate) fn end(out: &mut BytesMut) {
    out.put_i16(-1);
}
