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

/// Sums and means of `i64` at its extremes, which leave its range on the way.
pub(crate) const SUMS_OF_I64: bool = true;

/// The least and the greatest of booleans and bytes.
pub(crate) const LEAST_OF_ALL_TYPES: bool = true;

/// Bulk changes that count up fields of a unique index: whether rows collide on the way
/// depends on their order.
pub(crate) const COUNT_UP_UNIQUE: bool = false;

/// `incr` of an `f32`.
pub(crate) const COUNT_UP_F32: bool = true;

/// Cells of `select_fields` as they come, and not first read as their field's type.
pub(crate) const CELLS_AS_THEY_COME: bool = true;

/// `incr` by a number that the column cannot hold.
pub(crate) const COUNT_UP_BEYOND: bool = true;

/// A query with bounds puts rows that tie in order, by key or by what is selected, in the
/// direction of its last sort. Who adds the tie-break switches it on; without it, what
/// depends on rows that tie is left out.
pub(crate) const TIES: bool = true;

/// Rows that are alike as one, sorted by a list: PostgreSQL takes no such order beside DISTINCT.
/// Who mends the order by a list groups them instead.
pub(crate) const DISTINCT_BY_LISTS: bool = true;

/// NUL in the list of an order by a list, where no row is found.
pub(crate) const NUL_IN_ORDERS: bool = true;

/// NULL among the rows of a query with bounds, and rows of `not in` it that are NULL: where it
/// finds only NULL, `limit` changes the answer.
pub(crate) const NONE_OF_NULLS: bool = false;
