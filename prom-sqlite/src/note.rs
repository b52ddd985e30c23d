//! What the dialect has to know of a column that is otherwise than prom makes it.

/// What the dialect has to know of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Note {
    /// It holds values in other spellings than prom's.
    #[expect(dead_code, reason = "no look finds it yet")]
    Mixed,
}
