//! Which connections the rows came from that a query was given: its keys mean
//! those rows there, and others elsewhere.

use crate::Result;
use crate::registry::{Executor, check_row_connection};
use crate::schema::Schema;

/// The connections of the rows that a query was given. Two are enough to tell
/// that they are not one.
#[derive(Debug, Clone, Copy, Default)]
pub struct RowConnections([Option<u32>; 2]);

impl RowConnections {
    pub(super) fn add(&mut self, connection: u32) {
        if !self.0.contains(&Some(connection))
            && let Some(free) = self.0.iter_mut().find(|known| known.is_none())
        {
            *free = Some(connection);
        }
    }

    pub(super) fn add_all(&mut self, others: Self) {
        others.0.into_iter().flatten().for_each(|connection| self.add(connection));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0[0].is_none()
    }

    /// Whether all of them are the connection that the statement goes to.
    pub(super) fn check(&self, schema: &Schema, executor: &Executor) -> Result<()> {
        self.0.into_iter().flatten().try_for_each(|row| check_row_connection(schema, row, executor))
    }
}
