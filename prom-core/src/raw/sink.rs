//! Makes what the user asked for of each row, where it is read.

use crate::Result;
use crate::model::came_back;
use crate::row::{Columns, Flow, FromRow, RowRef, Sink};

/// Gathers rows, up to a number. Columns are looked up with the first.
pub(super) struct Gather<T: FromRow> {
    rows: Vec<T>,
    places: Option<T::Places>,
    origin: u32,
    most: usize,
}

impl<T: FromRow> Gather<T> {
    pub(super) fn new(origin: u32, most: usize) -> Self {
        Self { rows: Vec::new(), places: None, origin, most }
    }

    /// The rows that a sink brought back, after their hooks ran.
    pub(super) fn loaded(sink: Box<dyn Sink>) -> Result<Vec<T>> {
        let mut rows = came_back::<Self>(sink)?.rows;
        for row in &mut rows {
            row.__loaded()?;
        }
        Ok(rows)
    }
}

impl<T: FromRow> Sink for Gather<T> {
    fn row(&mut self, row: &dyn RowRef) -> Result<Flow> {
        let places = match &self.places {
            Some(it) => it,
            None => self.places.insert(T::places(&Columns::new(row, self.origin))?),
        };
        // A backend that cannot stop goes on past the last.
        if self.rows.len() < self.most {
            self.rows.push(T::from_row(row, places)?);
        }
        Ok(if self.rows.len() < self.most { Flow::Continue } else { Flow::Stop })
    }
}
