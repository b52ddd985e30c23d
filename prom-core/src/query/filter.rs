//! Which rows: a condition, or several joined.

use super::{Part, Select};
use crate::Value;
use crate::schema::FieldDef;

/// A condition on a row. As in SQL, a comparison with a field that is NULL is
/// neither met nor failed.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Filter {
    /// All of them; none is met by every row.
    All(Vec<Filter>),
    /// At least one of them; none is met by no row.
    Any(Vec<Filter>),
    /// The opposite; what is neither met nor failed stays so.
    Not(Box<Filter>),
    /// True where the field is not NULL, and NULL (unknown) where it is: what a comparison comes to
    /// that every value meets.
    True(&'static FieldDef),
    /// False where the field is not NULL, and NULL (unknown) where it is: what a comparison comes to
    /// that no value meets.
    False(&'static FieldDef),
    /// A comparison with a value that is not NULL.
    Compare(&'static FieldDef, Compare, Value),
    /// A comparison with the first row of a query that gives one column.
    CompareQuery(&'static FieldDef, Compare, Box<Select>),
    /// A comparison of a part of the field with a number.
    ComparePart(&'static FieldDef, Part, Compare, Value),
    /// Whether the field is NULL (`true`) or is not (`false`).
    Null(&'static FieldDef, bool),
    /// Whether the field is one of the values, none of which is NULL.
    In(&'static FieldDef, Value),
    /// Whether it is none of them.
    NotIn(&'static FieldDef, Value),
    /// Whether the field is among the rows of a query that gives one column,
    /// never NULL (`true`), or is not (`false`).
    InQuery(&'static FieldDef, Box<Select>, bool),
    /// Whether a part of the field is one of the numbers (`true`) or is not.
    InPart(&'static FieldDef, Part, Value, bool),
    /// Whether it lies between two values, both included.
    Between(&'static FieldDef, Value, Value),
    /// Whether a text looks like a pattern (`true`) or does not (`false`).
    Match(&'static FieldDef, Match, Value, bool),
    /// A condition in the backend's own language, with `?` for each value.
    Raw(&'static str, Vec<Value>),
}

impl Filter {
    /// Whether every row meets it, whatever the row holds.
    pub fn is_met_by_all(&self) -> bool {
        match self {
            Self::All(filters) => filters.iter().all(Self::is_met_by_all),
            Self::Any(filters) => filters.iter().any(Self::is_met_by_all),
            _ => false,
        }
    }

    /// Calls `each` with every field that it is about, but for those of queries
    /// within it.
    pub(crate) fn visit_fields(&self, each: &mut dyn FnMut(&'static FieldDef)) {
        match self {
            Self::All(filters) | Self::Any(filters) => filters.iter().for_each(|it| it.visit_fields(each)),
            Self::Not(filter) => filter.visit_fields(each),
            Self::True(field)
            | Self::False(field)
            | Self::Compare(field, ..)
            | Self::CompareQuery(field, ..)
            | Self::ComparePart(field, ..)
            | Self::Null(field, _)
            | Self::In(field, _)
            | Self::NotIn(field, _)
            | Self::InQuery(field, ..)
            | Self::InPart(field, ..)
            | Self::Between(field, ..)
            | Self::Match(field, ..) => each(field),
            Self::Raw(..) => {}
        }
    }
}

/// How a field is compared with a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compare {
    /// Equal.
    Eq,
    /// Not equal.
    Ne,
    /// Greater.
    Gt,
    /// Greater or equal.
    Gte,
    /// Less.
    Lt,
    /// Less or equal.
    Lte,
}

impl Compare {
    /// Whether it asks for an order rather than for equality.
    pub fn is_order(self) -> bool {
        !matches!(self, Self::Eq | Self::Ne)
    }
}

/// How a text is held against another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Match {
    /// SQL's LIKE: `%` is any run of characters, `_` any one, `\` takes the
    /// next as it is. Letter case counts.
    Like,
    /// It begins with the text, letter for letter.
    StartsWith,
    /// It ends with the text, letter for letter.
    EndsWith,
    /// It has the text in it, letter for letter.
    Contains,
}
