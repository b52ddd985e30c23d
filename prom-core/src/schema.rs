//! What a table is: plain data, made at compile time by the model attribute.
//! Nothing here knows a database.

pub mod catalog;
mod check;
mod choices;
mod comparand;
mod contradiction;
mod difference;
mod field;
mod index;
mod names;
mod order;
mod ty;

use std::sync::atomic::{AtomicU64, Ordering};

pub(crate) use catalog::Writes;
pub use choices::{Choices, no_variant};
pub(crate) use comparand::{Comparand, Gap, Rule};
pub(crate) use contradiction::{Names, check_shared_table, check_shared_tables};
pub(crate) use difference::differences;
pub use field::{DefaultValue, FieldDef, KeyDef, OnDelete, Reference, Role, Size};
pub use index::IndexDef;
pub use order::parents_first;
pub use ty::Type;

/// The longest name that every backend takes, in bytes.
///
/// <https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS>
pub const MAX_NAME_BYTES: usize = 63;

/// A model's table: its name, its fields in the order of its columns, its
/// indexes, and where it lives.
#[derive(Debug)]
pub struct Schema {
    model: &'static str,
    table: &'static str,
    namespace: Option<&'static str>,
    connection: Option<&'static str>,
    doc: &'static str,
    fields: &'static [FieldDef],
    indexes: &'static [IndexDef],
    /// The stamp of the open database in which this table was last made sure of, and
    /// in the last bit whether what is sent there is what is stored.
    ensured: AtomicU64,
}

impl Schema {
    /// The table `table` of the model `model`, with `fields` in column order.
    pub const fn new(model: &'static str, table: &'static str, fields: &'static [FieldDef]) -> Self {
        Self {
            model,
            table,
            namespace: None,
            connection: None,
            doc: "",
            fields,
            indexes: &[],
            ensured: AtomicU64::new(0),
        }
    }

    /// The same with `indexes`.
    #[must_use]
    pub const fn with_indexes(mut self, indexes: &'static [IndexDef]) -> Self {
        self.indexes = indexes;
        self
    }

    /// The same, living on the connection of that name.
    #[must_use]
    pub const fn with_connection(mut self, connection: Option<&'static str>) -> Self {
        self.connection = connection;
        self
    }

    /// The same, in a schema of the database (PostgreSQL).
    #[must_use]
    pub const fn with_namespace(mut self, namespace: Option<&'static str>) -> Self {
        self.namespace = namespace;
        self
    }

    /// The same with the model's doc comment.
    #[must_use]
    pub const fn with_doc(mut self, doc: &'static str) -> Self {
        self.doc = doc;
        self
    }

    /// The name of the model, as its struct is called.
    pub fn model(&self) -> &'static str {
        self.model
    }

    /// The name of the table.
    pub fn table(&self) -> &'static str {
        self.table
    }

    /// The database's schema that holds the table, if the model names one.
    pub fn namespace(&self) -> Option<&'static str> {
        self.namespace
    }

    /// The name of the connection the model lives on, if it names one.
    pub fn connection(&self) -> Option<&'static str> {
        self.connection
    }

    /// The model's doc comment.
    pub fn doc(&self) -> &'static str {
        self.doc
    }

    /// The fields, in the order of the columns.
    pub fn fields(&self) -> &'static [FieldDef] {
        self.fields
    }

    /// The indexes, without those that the key and uniqueness of the key bring.
    pub fn indexes(&self) -> &'static [IndexDef] {
        self.indexes
    }

    /// The primary key, if the model has one.
    pub fn key(&self) -> Option<&'static FieldDef> {
        self.fields.iter().find(|it| it.key.is_some())
    }

    /// Whether a field is in that column.
    pub(crate) fn knows(&self, column: &catalog::Column) -> bool {
        self.fields.iter().any(|field| field.column.eq_ignore_ascii_case(&column.name))
    }

    /// Where `field` stands among the fields.
    pub(crate) fn position(&self, role: Role) -> Option<usize> {
        self.fields.iter().position(|it| it.role == role)
    }

    /// Whether the table was made sure of in the open database that has `stamp`.
    pub(crate) fn is_ensured(&self, stamp: u64) -> bool {
        self.ensured.load(Ordering::Acquire) >> 1 == stamp
    }

    /// The same, and what is sent there is what is stored.
    pub(crate) fn is_direct(&self, stamp: u64) -> bool {
        self.ensured.load(Ordering::Acquire) == stamp << 1 | 1
    }

    /// Remembers that it was made sure of nowhere.
    pub(crate) fn forget_ensured(&self) {
        self.ensured.store(0, Ordering::Release);
    }

    /// Remembers that the table was made sure of there.
    pub(crate) fn set_ensured(&self, stamp: u64, writes: &Writes) {
        let ensured = stamp << 1 | u64::from(writes.is_direct());
        self.ensured.store(ensured, Ordering::Release);
    }
}
