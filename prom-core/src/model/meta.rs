//! What a row remembers of how it was read.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use super::LoadContext;
use super::uncommitted::Uncommitted;

/// What a row remembers: where it came from, under which key, and the
/// fingerprints of its fields. The model attribute adds it as a hidden field.
///
/// It is equal to every other, so that two rows are equal when their fields
/// are. There is no way to make one by hand: a value of a model's type is
/// always a row that was read or inserted.
#[derive(Clone)]
pub struct Meta<K, const N: usize> {
    key: K,
    prints: [u64; N],
    origin: u32,
    /// What it was before, where it was written or read in a transaction that may yet be undone.
    uncommitted: Option<Arc<Uncommitted>>,
}

impl<K, const N: usize> Meta<K, N> {
    #[doc(hidden)]
    pub fn new(key: K, prints: [u64; N], context: &LoadContext) -> Self {
        Self { key, prints, origin: context.connection(), uncommitted: context.uncommitted() }
    }

    #[doc(hidden)]
    pub fn set_key(&mut self, key: K) {
        self.key = key;
    }

    #[doc(hidden)]
    pub fn set_prints(&mut self, prints: [u64; N]) {
        self.prints = prints;
    }

    #[doc(hidden)]
    pub fn set_print(&mut self, index: usize, print: u64) {
        self.prints[index] = print;
    }

    #[doc(hidden)]
    pub fn key(&self) -> &K {
        &self.key
    }

    #[doc(hidden)]
    pub fn print(&self, index: usize) -> u64 {
        self.prints[index]
    }

    #[doc(hidden)]
    pub fn prints(&self) -> &[u64] {
        &self.prints
    }

    #[doc(hidden)]
    pub fn uncommitted(&self) -> Option<&Arc<Uncommitted>> {
        self.uncommitted.as_ref()
    }

    #[doc(hidden)]
    pub fn set_uncommitted(&mut self, uncommitted: Option<Arc<Uncommitted>>) {
        self.uncommitted = uncommitted;
    }

    #[doc(hidden)]
    pub fn origin(&self) -> u32 {
        self.origin
    }
}

impl<K, const N: usize> fmt::Debug for Meta<K, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("..")
    }
}

impl<K, const N: usize> PartialEq for Meta<K, N> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl<K, const N: usize> Eq for Meta<K, N> {}

impl<K, const N: usize> PartialOrd for Meta<K, N> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<K, const N: usize> Ord for Meta<K, N> {
    fn cmp(&self, _: &Self) -> std::cmp::Ordering {
        std::cmp::Ordering::Equal
    }
}

impl<K, const N: usize> Hash for Meta<K, N> {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}
