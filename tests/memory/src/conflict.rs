//! A new row, and the row that is in its way.

use prom_core::query::Conflict;
use prom_core::schema::FieldDef;
use prom_core::{Error, Kind, Result};

use crate::table::{Row, Table};

impl Table {
    /// Adds `row` and gives it, unless another is in its way and `conflict` says
    /// otherwise: then the other is updated and given, or nothing is.
    ///
    /// # Errors
    ///
    /// [`Kind::FieldMissing`] for a field of the conflict's that has no column,
    /// [`Kind::InstallDenied`] when no unique index is over those that it goes by.
    pub(crate) fn put(&mut self, row: Row, conflict: &Conflict) -> Result<Option<Row>> {
        let in_the_way = match conflict {
            // The check of all rows that follows refuses it.
            Conflict::Refuse => None,
            Conflict::Ignore => self.unique().find_map(|(_, places)| self.find_like(&row, &places)),
            Conflict::IgnoreOn(target) | Conflict::Update { target, .. } => {
                self.find_like(&row, &self.unique_places(target)?)
            }
            _ => return Err(Error::new(Kind::Unsupported, "the memory interface knows no such conflict")),
        };
        match (in_the_way, conflict) {
            (None, _) => {
                self.rows.push(row.clone());
                Ok(Some(row))
            }
            (Some(at), Conflict::Update { set, .. }) => {
                let mut updated = self.rows[at].to_vec();
                for place in self.places(set)? {
                    updated[place] = row[place].clone();
                }
                self.rows[at] = updated.into();
                Ok(Some(self.rows[at].clone()))
            }
            (Some(_), _) => Ok(None),
        }
    }

    /// The places of columns that tell rows apart.
    fn unique_places(&self, fields: &[&FieldDef]) -> Result<Vec<usize>> {
        let places = self.places(fields)?;
        let is_over = |it: &[usize]| it.len() == places.len() && it.iter().all(|it| places.contains(it));
        match self.unique().any(|(_, it)| is_over(&it)) {
            true => Ok(places),
            false => Err(Error::new(
                Kind::InstallDenied,
                format!(
                    "the table `{}` lacks the unique index; `install()` of its model adds it",
                    self.name()
                ),
            )),
        }
    }

    /// Where a row stands that is like `row` in the columns at `places`.
    fn find_like(&self, row: &Row, places: &[usize]) -> Option<usize> {
        let wanted = self.cells(row, places)?;
        self.rows.iter().position(|it| self.cells(it, places).as_ref() == Some(&wanted))
    }
}
