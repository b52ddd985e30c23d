//! What a look at tables showed of columns that are otherwise than prom makes them.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use crate::schema::{FieldDef, Schema};

/// What a backend keeps of columns that are otherwise than prom makes them, by field: a
/// `T` for each that its dialect has to treat otherwise, and nothing for all the others. A field
/// is known by its address: the fields of a schema that is written by hand must be a `static`.
pub struct Columns<T> {
    /// So that the lock is not taken where there is nothing, as nearly always.
    is_empty: AtomicBool,
    by_field: RwLock<Arc<ByField<T>>>,
}

/// By the address of the field, which lives as long as the process.
type ByField<T> = HashMap<usize, T>;

impl<T> Default for Columns<T> {
    fn default() -> Self {
        Self { is_empty: AtomicBool::new(true), by_field: RwLock::default() }
    }
}

impl<T: Clone> Columns<T> {
    /// Keeps what was seen of the table of `schema`, in the place of what was known of it.
    pub fn set(&self, schema: &'static Schema, seen: impl IntoIterator<Item = (&'static FieldDef, T)>) {
        let mut seen = seen.into_iter().peekable();
        if seen.peek().is_none() && self.is_empty.load(Ordering::Acquire) {
            return;
        }
        self.change(|by_field| {
            for field in schema.fields() {
                by_field.remove(&address(field));
            }
            by_field.extend(seen.map(|(field, note)| (address(field), note)));
        });
    }

    fn change(&self, change: impl FnOnce(&mut ByField<T>)) {
        let mut by_field = self.by_field.write().unwrap_or_else(PoisonError::into_inner);
        change(Arc::make_mut(&mut by_field));
        self.is_empty.store(by_field.is_empty(), Ordering::Release);
    }

    /// What is known now.
    pub fn known(&self) -> KnownColumns<T> {
        KnownColumns(match self.is_empty.load(Ordering::Acquire) {
            true => None,
            false => Some(self.by_field.read().unwrap_or_else(PoisonError::into_inner).clone()),
        })
    }
}

impl<T> fmt::Debug for Columns<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Columns")
    }
}

/// What [`Columns`] held at one time.
#[derive(Clone)]
pub struct KnownColumns<T>(Option<Arc<ByField<T>>>);

impl<T> KnownColumns<T> {
    /// Of no column is anything known.
    pub const NONE: Self = Self(None);

    /// What is known of the column of `field`, one of a model's own.
    #[inline]
    pub fn of(&self, field: &FieldDef) -> Option<&T> {
        self.0.as_ref()?.get(&address(field))
    }
}

impl<T> fmt::Debug for KnownColumns<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KnownColumns")
    }
}

fn address(field: &FieldDef) -> usize {
    std::ptr::from_ref(field).addr()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Type;

    static FIELDS: &[FieldDef] = &[FieldDef::new("a", Type::Text), FieldDef::new("b", Type::Text)];
    static ONE: Schema = Schema::new("One", "one", FIELDS);
    static OTHER: Schema = Schema::new("Other", "other", &[FieldDef::new("a", Type::Text)]);

    #[test]
    fn a_look_takes_the_place_of_the_one_before() {
        let columns = Columns::default();
        assert!(columns.known().of(&FIELDS[0]).is_none());
        columns.set(&ONE, [(&FIELDS[0], 1), (&FIELDS[1], 2)]);
        columns.set(&OTHER, [(&OTHER.fields()[0], 3)]);
        let before = columns.known();
        columns.set(&ONE, [(&FIELDS[1], 4)]);
        let of = |known: &KnownColumns<i32>, field| known.of(field).copied();
        assert_eq!((of(&before, &FIELDS[0]), of(&before, &FIELDS[1])), (Some(1), Some(2)));
        let now = columns.known();
        assert_eq!((of(&now, &FIELDS[0]), of(&now, &FIELDS[1])), (None, Some(4)));
        assert_eq!(of(&now, &OTHER.fields()[0]), Some(3));
    }

    #[test]
    fn where_nothing_is_known_nothing_is_held() {
        let columns = Columns::<i32>::default();
        columns.set(&ONE, [(&FIELDS[0], 1)]);
        columns.set(&ONE, []);
        assert!(columns.known().0.is_none());
    }
}
