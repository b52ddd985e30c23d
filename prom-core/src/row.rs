//! From a driver's row to the caller's struct: rows are decoded where they are
//! read, by a [`Sink`] that travels to where that is.

mod columns;
mod from_row;
mod undecodable;

use std::any::Any;

use crate::schema::Schema;
use crate::{Error, Kind, Result, ValueRef};

pub use columns::Columns;
pub(crate) use columns::is_name;
pub use from_row::FromRow;
pub(crate) use undecodable::{SkipReport, in_row};

/// A row as the driver holds it.
pub trait RowRef {
    /// How many cells there are.
    fn len(&self) -> usize;

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The cell at `index`, counted from 0 in the order that was selected.
    ///
    /// # Errors
    ///
    /// [`Kind::Decode`] when there is no such cell or it cannot be read.
    fn get(&self, index: usize) -> Result<ValueRef<'_>>;

    /// What the result calls the column at `index`. Nothing, unless the backend
    /// carries out [`Request::Raw`](crate::query::Request), whose rows may be
    /// read by name.
    fn name(&self, index: usize) -> Option<&str> {
        let _ = index;
        None
    }
}

macro_rules! row_in_memory {
    ($($row:ty),*) => { $(
        /// A row that lies in memory.
        impl RowRef for $row {
            fn len(&self) -> usize {
                <[crate::Value]>::len(self)
            }

            fn get(&self, index: usize) -> Result<ValueRef<'_>> {
                <[crate::Value]>::get(self, index)
                    .map(crate::Value::as_ref)
                    .ok_or_else(|| Error::new(Kind::Decode, format!("the row has no cell {index}")))
            }
        }
    )* };
}

row_in_memory!([crate::Value], &[crate::Value], Vec<crate::Value>);

/// Whether a sink has room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// More rows, please.
    Continue,
    /// Enough for now: a backend that can stop here and go on later does so,
    /// any other goes on.
    Pause,
    /// Enough for good: the rest of the rows need not be read.
    Stop,
}

/// What takes the rows of a result, one by one, in the place where they are
/// read; it may be sent to another thread and comes back from there.
pub trait Sink: Any + Send {
    /// Takes a row.
    ///
    /// # Errors
    ///
    /// [`Kind::Decode`] when the row does not fit; the backend then stops
    /// reading and passes the error on.
    fn row(&mut self, row: &dyn RowRef) -> Result<Flow>;

    /// Forgets the rows that it took: the backend reads the result anew.
    fn clear(&mut self);
}

/// The cell `index` of a row that was selected in the order of the schema.
#[inline]
pub fn cell<'a>(row: &'a dyn RowRef, index: usize, schema: &Schema) -> Result<ValueRef<'a>> {
    read(row.get(index), index, schema)
}

/// What came of reading the field `index`; an error learns which field it was.
/// Without a bound on `T`, so that the compiler says only once, and under the
/// field's type, that it is no field.
#[inline]
pub fn read<T>(cell: Result<T>, index: usize, schema: &Schema) -> Result<T> {
    cell.map_err(|error| unreadable(error, index, schema))
}

#[cold]
fn unreadable(error: Error, index: usize, schema: &Schema) -> Error {
    let field = schema.fields()[index].name;
    error
        .context(format_args!("`{}.{field}` cannot be read", schema.model()))
        .with_model(schema.model())
        .with_field(field)
}
