//! Where a query stops and where it begins.

/// How many rows, and from which on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Bounds {
    /// At most so many rows; `None` is all, 0 is none.
    pub limit: Option<u64>,
    /// So many rows are passed over first.
    pub offset: u64,
}

impl Bounds {
    /// Whether they leave out nothing.
    pub fn is_all(&self) -> bool {
        *self == Self::default()
    }
}
