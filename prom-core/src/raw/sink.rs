//! Makes what the user asked for of each row, where it is read.

use crate::model::{LoadContext, came_back};
use crate::row::{Columns, Flow, FromRow, RowRef, Sink, in_row};
use crate::{Error, Kind, Result};

/// Gathers rows, up to a number. Columns are looked up with the first.
pub(super) struct Gather<T: FromRow> {
    rows: Vec<T>,
    places: Option<T::Places>,
    context: LoadContext,
    most: usize,
    /// Whether rows that cannot be decoded are left out.
    skips: bool,
    /// What was wrong with those.
    skipped: Vec<Error>,
}

impl<T: FromRow> Gather<T> {
    pub(super) fn new(context: LoadContext, most: usize, skips: bool) -> Self {
        Self { rows: Vec::new(), places: None, context, most, skips, skipped: Vec::new() }
    }

    /// The rows that a sink brought back, after their hooks ran, and what was wrong
    /// with those that were left out.
    pub(super) fn loaded(sink: Box<dyn Sink>) -> Result<(Vec<T>, Vec<Error>)> {
        let Self { mut rows, skipped, .. } = *came_back::<Self>(sink)?;
        for row in &mut rows {
            row.__loaded()?;
        }
        Ok((rows, skipped))
    }

    fn has_room(&self) -> bool {
        self.rows.len() + self.skipped.len() < self.most
    }

    #[cold]
    fn undecodable(&mut self, error: Error, row: &dyn RowRef) -> Result<()> {
        let number = (self.rows.len() + self.skipped.len()) as u64;
        let key = self.places.as_ref().and_then(|places| T::__key(row, places));
        let error = in_row(error, number, key);
        if self.skips && error.kind() == Kind::Decode {
            self.skipped.push(error);
            return Ok(());
        }
        Err(error)
    }
}

impl<T: FromRow> Sink for Gather<T> {
    fn row(&mut self, row: &dyn RowRef) -> Result<Flow> {
        let places = match &self.places {
            Some(it) => it,
            None => self.places.insert(T::places(&Columns::new(row, &self.context))?),
        };
        // A backend that cannot stop goes on past the last.
        if self.rows.len() + self.skipped.len() < self.most {
            match T::from_row(row, places) {
                Ok(row) => self.rows.push(row),
                Err(error) => self.undecodable(error, row)?,
            }
        }
        Ok(if self.has_room() { Flow::Continue } else { Flow::Stop })
    }

    fn clear(&mut self) {
        self.rows.clear();
        self.skipped.clear();
    }
}
