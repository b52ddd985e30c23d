//! A model from a result whose columns stand in any order, which the user's own
//! statement gives.

use super::{LoadContext, Model};
use crate::row::{Columns, RowRef};
use crate::{Error, Kind, Result, Value, ValueRef};

/// Where in a result the fields of a model stand, in the schema's order.
#[derive(Debug)]
pub struct Places {
    places: Box<[usize]>,
    context: LoadContext,
}

impl Places {
    /// Finds every stored field of the model by its column.
    #[doc(hidden)]
    pub fn find<M: Model>(columns: &Columns<'_>) -> Result<Self> {
        let schema = M::schema();
        let wanted: Vec<&str> = schema.fields().iter().map(|it| it.column).collect();
        let places = columns.find(schema.model(), &wanted);
        let places = places.map_err(|error| error.with_model(schema.model()))?;
        Ok(Self { places: places.into(), context: columns.context().clone() })
    }

    /// The model's row.
    #[doc(hidden)]
    pub fn read<M: Model>(&self, row: &dyn RowRef) -> Result<M> {
        let row = M::__from_row(&Placed { row, places: &self.places }, &self.context)?;
        self.context.note(&row);
        Ok(row)
    }

    /// The primary key of a row that cannot be decoded, with its field's name.
    #[doc(hidden)]
    pub fn key<M: Model>(&self, row: &dyn RowRef) -> Option<(&'static str, Value)> {
        super::key_of::<M>(&Placed { row, places: &self.places })
    }
}

/// A row as its model knows it: every field, in the schema's order.
struct Placed<'a> {
    row: &'a dyn RowRef,
    places: &'a [usize],
}

impl RowRef for Placed<'_> {
    fn len(&self) -> usize {
        self.places.len()
    }

    fn get(&self, index: usize) -> Result<ValueRef<'_>> {
        match self.places.get(index) {
            Some(place) => self.row.get(*place),
            None => Err(Error::new(Kind::Decode, format!("the row has no cell {index}"))),
        }
    }
}
