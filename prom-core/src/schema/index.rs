//! What an index is, and what it is called in the database.

use std::hash::{Hash, Hasher};

use super::catalog::Index;
use super::{MAX_NAME_BYTES, Schema};

/// An index over one or several fields.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct IndexDef {
    /// Its name in the model; the database's has the table's before it.
    pub name: &'static str,
    /// The columns, in order.
    pub columns: &'static [&'static str],
    /// Whether no two rows may be alike in them.
    pub unique: bool,
}

impl IndexDef {
    /// An index called `name` over `columns`.
    pub const fn new(name: &'static str, columns: &'static [&'static str]) -> Self {
        Self { name, columns, unique: false }
    }

    /// An index that lets no two rows be alike.
    pub const fn unique(name: &'static str, columns: &'static [&'static str]) -> Self {
        Self { name, columns, unique: true }
    }

    /// Whether `index`, as the database has it, does what this one is for, whatever it
    /// is called: the same columns, and for a unique one the same refusals.
    pub fn is_like(&self, index: &Index) -> bool {
        let has = |column: &str| index.columns.iter().any(|other| other.eq_ignore_ascii_case(column));
        let is_over_these =
            index.columns.len() == self.columns.len() && self.columns.iter().all(|column| has(column));
        // Only the order of a plain one decides what it is good for.
        let is_in_order =
            self.unique || index.columns.iter().zip(self.columns).all(|(a, b)| a.eq_ignore_ascii_case(b));
        is_over_these && is_in_order && !index.partial && (index.unique || !self.unique)
    }

    /// Its name in the database: `<table>_<name>`, shortened with a hash where
    /// that would be too long, so that two indexes never become one.
    ///
    /// Where another table's index or a table is called so already, it goes by
    /// its [`long_name`](IndexDef::long_name) instead.
    pub fn full_name(&self, schema: &Schema) -> String {
        let full = format!("{}_{}", schema.table(), self.name);
        if full.len() <= MAX_NAME_BYTES {
            return full;
        }
        let mut hash = Fnv::new();
        (full.as_str(), self.columns, self.unique).hash(&mut hash);
        hash.at_the_end_of(&full)
    }

    /// Its name where [`full_name`](IndexDef::full_name) is taken: the same with
    /// a hash of what tells it apart, since `a_b` of the table `c` and `b` of the
    /// table `c_a` would otherwise be one.
    pub fn long_name(&self, schema: &Schema) -> String {
        let full = format!("{}_{}", schema.table(), self.name);
        let mut hash = Fnv::new();
        (schema.table(), self.name, self.columns, self.unique).hash(&mut hash);
        hash.at_the_end_of(&full)
    }
}

/// FNV-1a: the name must be the same in every process and on every machine,
/// which std's hasher does not promise.
struct Fnv(u64);

impl Fnv {
    const fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    /// `name`, cut to leave room, and the hash.
    fn at_the_end_of(&self, name: &str) -> String {
        let mut cut = name.len().min(40);
        while !name.is_char_boundary(cut) {
            cut -= 1;
        }
        format!("{}_{:016x}", &name[..cut], self.finish())
    }
}

impl Hasher for Fnv {
    fn write(&mut self, bytes: &[u8]) {
        for it in bytes {
            self.0 = (self.0 ^ u64::from(*it)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    // The lengths that `Hash` mixes in are of the machine's word size.
    fn write_usize(&mut self, it: usize) {
        self.write(&(it as u64).to_le_bytes());
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_long_names_that_begin_alike_stay_two() {
        const LONG: &str = "a_table_whose_name_takes_up_very_nearly_all_the_bytes_there_are";
        let schema = Schema::new("Long", LONG, &[]);
        let a = IndexDef::unique("a", &["a"]).full_name(&schema);
        let b = IndexDef::unique("b", &["b"]).full_name(&schema);
        assert_ne!(a, b);
        assert!(a.len() <= MAX_NAME_BYTES && b.len() <= MAX_NAME_BYTES);
    }

    #[test]
    fn long_names_tell_apart_what_short_ones_do_not() {
        let (one, two) = (Schema::new("A", "ix", &[]), Schema::new("B", "ix_bar", &[]));
        let (a, b) = (IndexDef::unique("bar_baz", &["a"]), IndexDef::unique("baz", &["a"]));
        assert_eq!(a.full_name(&one), b.full_name(&two));
        assert_ne!(a.long_name(&one), b.long_name(&two));
        assert!(a.long_name(&one).starts_with("ix_bar_baz_"));
    }

    #[test]
    fn a_short_name_is_the_table_and_the_index() {
        let schema = Schema::new("Foo", "foo", &[]);
        assert_eq!(IndexDef::new("bar", &["bar"]).full_name(&schema), "foo_bar");
    }
}
