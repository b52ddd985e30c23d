//! What the programmes leave out, since the backends are known to differ there. Each is
//! a question of its own: switched on, the harness finds its smallest programme.

/// Rows that were created, saved or read in an undone transaction are used afterwards. No
/// difference is known: it is what was broken longest.
pub(crate) const UNDONE_ROWS: bool = true;

/// Order and comparisons of text whose letter case is ignored: PostgreSQL's collation puts
/// signs elsewhere than ASCII does.
pub(crate) const ORDER_WITHOUT_CASE: bool = false;

/// Letters that are not ASCII where letter case is ignored: SQLite tells their cases apart.
pub(crate) const LETTERS_WITHOUT_CASE: bool = false;

/// `distinct` and groups of text whose letter case is ignored: which spelling stands for
/// the others is open.
pub(crate) const GROUPS_WITHOUT_CASE: bool = false;

/// Sums and means of floating-point numbers: they depend on the order of the rows, and SQLite
/// corrects them for what is rounded off, which PostgreSQL does not.
pub(crate) const SUMS_OF_FLOATS: bool = false;

/// Bulk changes that count up fields of a unique index: whether rows collide on the way
/// depends on their order.
pub(crate) const COUNT_UP_UNIQUE: bool = false;
