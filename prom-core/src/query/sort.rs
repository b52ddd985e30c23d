//! The order of rows.

use crate::schema::FieldDef;

/// An order by one field. NULL counts as greater than every value: it comes
/// last going up and first going down, on every backend.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Sort {
    /// The field.
    pub field: &'static FieldDef,
    /// Which way.
    pub direction: Direction,
}

impl Sort {
    /// An order by `field`.
    pub fn new(field: &'static FieldDef, direction: Direction) -> Self {
        Self { field, direction }
    }
}

/// Which way an order goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From the least to the greatest.
    Up,
    /// From the greatest to the least.
    Down,
}
