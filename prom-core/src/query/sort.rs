//! The order of rows.

use crate::Value;
use crate::schema::FieldDef;

/// An order. NULL counts as greater than every value: it comes last going up
/// and first going down, on every backend.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Sort {
    /// By a field.
    Field(&'static FieldDef, Direction),
    /// By an output, counted from 0.
    Output(usize, Direction),
    /// By the field's place in a list, a [`Value::List`] that is not empty: a value that
    /// is in it twice counts at its first place, and so does NULL. What is not in it
    /// comes last, NULL or not.
    List(&'static FieldDef, Value),
}

/// Which way an order goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From the least to the greatest.
    Up,
    /// From the greatest to the least.
    Down,
}
