//! What a backend can do.

/// What a backend can do, beyond rows in tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Capabilities {
    /// Requests are rendered as SQL.
    pub sql: bool,
    /// Unique indexes refuse rows.
    pub unique: bool,
    /// New rows leave out, or update, the row that is in their way, and come back:
    /// [`Conflict`](crate::query::Conflict) and [`Returning`](crate::query::Returning).
    pub upsert: bool,
    /// References are checked, and rows that are referred to go as they say.
    pub references: bool,
    /// Several requests are done wholly or not at all, on a lease.
    pub transactions: bool,
    /// Scopes within a transaction are undone by themselves.
    pub savepoints: bool,
    /// `like`, `startswith` and their kin.
    pub patterns: bool,
    /// Selected columns, aggregates, groups, rows that are alike as one, and
    /// results combined.
    pub selections: bool,
    /// Queries within queries.
    pub subqueries: bool,
    /// Parts of timestamps and dates in conditions.
    pub date_parts: bool,
    /// Changed and deleted rows are given back.
    pub returning: bool,
    /// What is written is still there when the process ends.
    pub durable: bool,
    /// A statement that fails leaves nothing of what it did before that. Where it may,
    /// it runs in a transaction if the table has triggers.
    pub atomic_statements: bool,
    /// Text is sorted and compared by the collation that a field chooses.
    pub collations: bool,
    /// Names of tables and columns that differ in letter case alone are two.
    pub case_sensitive_names: bool,
}

impl Capabilities {
    /// All of them: what an SQL database with a disk can do.
    pub fn all() -> Self {
        Self {
            sql: true,
            atomic_statements: true,
            unique: true,
            upsert: true,
            references: true,
            transactions: true,
            savepoints: true,
            patterns: true,
            selections: true,
            subqueries: true,
            date_parts: true,
            returning: true,
            durable: true,
            collations: true,
            case_sensitive_names: true,
        }
    }
}
