//! What is wanted of the rows.

use crate::schema::FieldDef;
use crate::{Field, Result, Value};

/// What a row of the result holds.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Output {
    /// Every field, in the schema's order.
    Rows,
    /// These, in that order.
    Columns(Vec<Column>),
}

/// One column of a result.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Column {
    /// A field.
    Field(&'static FieldDef),
    /// How many rows there are: of all, or of the group.
    Count,
    /// What a field comes to over all rows, or over the group.
    Aggregate(Aggregate, &'static FieldDef),
}

impl Column {
    /// The field one of whose values it is.
    #[cfg(feature = "sql")]
    pub(crate) fn value_of(&self) -> Option<&'static FieldDef> {
        match self {
            Self::Field(field) | Self::Aggregate(Aggregate::Min | Aggregate::Max, field) => Some(field),
            Self::Count | Self::Aggregate(..) => None,
        }
    }

    /// What takes a cell of it through its type.
    pub(crate) fn convert(&self) -> fn(Value) -> Result<Value> {
        match self {
            Self::Count => i64::__convert,
            Self::Field(field) | Self::Aggregate(Aggregate::Min | Aggregate::Max, field) => field.convert,
            Self::Aggregate(Aggregate::Sum, field) if field.ty.is_integer() => i64::__convert,
            Self::Aggregate(Aggregate::Sum | Aggregate::Avg, _) => f64::__convert,
        }
    }
}

/// What the values of a field come to. NULL does not count; over nothing at
/// all, each is NULL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aggregate {
    /// Their sum.
    Sum,
    /// Their mean, a floating-point number.
    Avg,
    /// The least.
    Min,
    /// The greatest.
    Max,
}

/// What is wanted of the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Want {
    /// Its rows.
    #[default]
    Rows,
    /// One row with one integer: how many rows there are.
    Count,
    /// One row with one boolean: whether there is any.
    Exists,
}

/// How two results become one. Rows that are alike become one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Combine {
    /// The rows of either.
    Union,
    /// The rows of both.
    Intersect,
    /// The rows of the first that are not in the second.
    Except,
}
