//! What an index is, and what it is called in the database.

use std::hash::{Hash, Hasher};

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

    /// Its name in the database: `<table>_<name>`, shortened with a hash where
    /// that would be too long, so that two indexes never become one.
    pub fn full_name(&self, schema: &Schema) -> String {
        let full = format!("{}_{}", schema.table(), self.name);
        if full.len() <= MAX_NAME_BYTES {
            return full;
        }
        let mut cut = 40;
        while !full.is_char_boundary(cut) {
            cut -= 1;
        }
        let mut hash = Fnv(0xcbf2_9ce4_8422_2325);
        (full.as_str(), self.columns, self.unique).hash(&mut hash);
        format!("{}_{:016x}", &full[..cut], hash.finish())
    }
}

/// FNV-1a: the name must be the same in every process and on every machine,
/// which std's hasher does not promise.
struct Fnv(u64);

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
    fn a_short_name_is_the_table_and_the_index() {
        let schema = Schema::new("Foo", "foo", &[]);
        assert_eq!(IndexDef::new("bar", &["bar"]).full_name(&schema), "foo_bar");
    }
}
