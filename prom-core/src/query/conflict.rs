//! What becomes of a new row when another one is in its way.

use crate::schema::FieldDef;

/// What becomes of a new row when another one is in its way: one that has the
/// same key, or is like it in a unique index. NULL is like nothing.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub enum Conflict {
    /// It is refused with [`Kind::Unique`](crate::Kind), and all that were to be
    /// inserted with it.
    #[default]
    Refuse,
    /// It is left out, whichever key or unique index is in its way.
    Ignore,
    /// It is left out if the other row is like it in these fields, the key or
    /// those of a unique index. Any other row in its way refuses it.
    IgnoreOn(Vec<&'static FieldDef>),
    /// The row that is like it in the fields `target` becomes like it in the
    /// fields `set` as well, of which there is at least one. Any other row in its
    /// way refuses it.
    Update {
        /// The key, or the fields of a unique index.
        target: Vec<&'static FieldDef>,
        /// The fields that take the new row's values.
        set: Vec<&'static FieldDef>,
    },
}

/// What a change gives of the rows that it touches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Returning {
    /// No more than [`Done`](crate::interface::Done) tells: it is executed.
    #[default]
    Nothing,
    /// Every field, in the schema's order, of each row that was inserted,
    /// updated or deleted: it is fetched.
    Rows,
}
