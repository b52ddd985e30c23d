//! What a row of the user's own statement becomes: [`FromRow`].

use super::{Columns, RowRef, is_name};
use crate::{Error, Field, Result, Value};

/// What a row of [`raw`](crate::raw) may become: a model, a type that a field
/// may have (the first column), a tuple of up to twelve of them (by position),
/// or a struct that derives `FromRow` (by name). Further columns do no harm.
///
/// It is made where the row is read, on the driver's thread. What looks columns
/// up by name does so once a result, in [`places`](FromRow::places):
///
/// ```
/// use prom_core::{Columns, Field, FromRow, Result, RowRef};
///
/// struct Point {
///     x: i64,
///     y: i64,
/// }
///
/// impl FromRow for Point {
///     type Places = [usize; 2];
///
///     fn places(columns: &Columns<'_>) -> Result<[usize; 2]> {
///         columns.named("Point", ["x", "y"])
///     }
///
///     fn from_row(row: &dyn RowRef, places: &[usize; 2]) -> Result<Self> {
///         Ok(Self { x: i64::decode(row.get(places[0])?)?, y: i64::decode(row.get(places[1])?)? })
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "a row cannot become `{Self}`",
    label = "not a model, a field's type, a tuple of those, or a struct that derives `FromRow`",
    note = "`#[derive(prom::FromRow)]` reads a struct's fields from the columns of their names"
)]
pub trait FromRow: Sized + Send + 'static {
    /// What is found out about the columns, once a result.
    type Places: Send + 'static;

    /// Looks at the columns before the first row is read. A result without rows
    /// is not looked at.
    ///
    /// # Errors
    ///
    /// [`Kind::Decode`](crate::Kind) when the columns do not fit.
    fn places(columns: &Columns<'_>) -> Result<Self::Places>;

    /// Makes the value of a row.
    ///
    /// # Errors
    ///
    /// [`Kind::Decode`](crate::Kind) when a cell does not fit. The text should
    /// not show the value.
    fn from_row(row: &dyn RowRef, places: &Self::Places) -> Result<Self>;

    /// The primary key of a row that cannot be decoded, with its field's name.
    #[doc(hidden)]
    fn __key(row: &dyn RowRef, places: &Self::Places) -> Option<(&'static str, Value)> {
        let _ = (row, places);
        None
    }

    /// What is done once the row is back where it was asked for.
    #[doc(hidden)]
    fn __loaded(&mut self) -> Result<()> {
        Ok(())
    }
}

/// The first column.
impl<T: Field> FromRow for T {
    type Places = ();

    fn places(columns: &Columns<'_>) -> Result<()> {
        columns.at_least(1)
    }

    fn from_row(row: &dyn RowRef, (): &()) -> Result<Self> {
        column(row, 0)
    }
}

macro_rules! tuple {
    ($count:literal: $($field:ident $at:tt),*) => {
        impl<$($field: Field),*> FromRow for ($($field,)*) {
            type Places = ();

            fn places(columns: &Columns<'_>) -> Result<()> {
                columns.at_least($count)
            }

            fn from_row(row: &dyn RowRef, (): &()) -> Result<Self> {
                Ok(($(column::<$field>(row, $at)?,)*))
            }
        }
    };
}

tuple!(1: A 0);
tuple!(2: A 0, B 1);
tuple!(3: A 0, B 1, C 2);
tuple!(4: A 0, B 1, C 2, D 3);
tuple!(5: A 0, B 1, C 2, D 3, E 4);
tuple!(6: A 0, B 1, C 2, D 3, E 4, F 5);
tuple!(7: A 0, B 1, C 2, D 3, E 4, F 5, G 6);
tuple!(8: A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);
tuple!(9: A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8);
tuple!(10: A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9);
tuple!(11: A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10);
tuple!(12: A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11);

/// The cell `index`, as a value of that type.
fn column<T: Field>(row: &dyn RowRef, index: usize) -> Result<T> {
    row.get(index).and_then(T::decode).map_err(|error| unreadable(error, row, index))
}

#[cold]
fn unreadable(error: Error, row: &dyn RowRef, index: usize) -> Error {
    let number = index + 1;
    match row.name(index).filter(|name| is_name(name)) {
        Some(name) => error
            .context(format_args!("`{name}`, column {number} of the result, cannot be read"))
            .with_field(name.to_owned()),
        None => error.context(format_args!("column {number} of the result cannot be read")),
    }
}
