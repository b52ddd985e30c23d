//! What a row is where it is used: whether it is there, under which key, and which
//! of its fields count as modified.

use std::sync::Arc;

use super::uncommitted::{Seen, Snapshot, Uncommitted, missing};
use super::{Key, Model};
use crate::field::timestamp_of;
use crate::registry::{Executor, resolve};
use crate::schema::Role;
use crate::transaction::{Position, Visibility};
use crate::{Field, Result, Value};

/// A row as a statement sees it: as it is known, or as it was before what the
/// statement does not see.
pub(super) struct View {
    uncommitted: Option<Arc<Uncommitted>>,
    from: Option<Position>,
    seen: Seen,
}

impl View {
    /// The row for a statement on `executor`.
    pub(super) fn on<M: Model>(row: &M, executor: &Executor) -> Self {
        Self::from(row, executor.position())
    }

    /// The row for a statement of this task that names no executor.
    pub(super) fn here<M: Model>(row: &M) -> Self {
        // A row that was never in a transaction is the same everywhere.
        let executor = row.__uncommitted().map(|_| resolve(M::schema(), None, Some(row.__origin())));
        Self::from(row, executor.and_then(Result::ok).and_then(|executor| executor.position()))
    }

    fn from<M: Model>(row: &M, from: Option<Position>) -> Self {
        let uncommitted = row.__uncommitted().cloned();
        let seen = uncommitted.as_ref().map_or(Seen::Current, |uncommitted| uncommitted.seen(from.as_ref()));
        Self { uncommitted, from, seen }
    }

    /// The key under which the database has the row.
    ///
    /// # Errors
    ///
    /// [`Kind::NotFound`](crate::Kind) when it was created where it is not seen.
    pub(super) fn key<M: Model<Key: Key>>(&self, row: &M) -> Result<Value> {
        let key = self.known_key(row);
        let unseen = match (&self.seen, &self.uncommitted) {
            (Seen::Missing(visibility), _) => Some(*visibility),
            (Seen::Before(..), Some(uncommitted)) => {
                uncommitted.created_unseen(M::schema(), &key, self.from.as_ref())
            }
            _ => None,
        };
        match unseen {
            None => Ok(key),
            Some(visibility) => Err(missing(M::schema(), visibility)),
        }
    }

    fn known_key<M: Model<Key: Key>>(&self, row: &M) -> Value {
        match &self.seen {
            Seen::Before(before, _) => before.key().cloned(),
            Seen::Current | Seen::Missing(_) => None,
        }
        .unwrap_or_else(|| row.__loaded_key().to_value())
    }

    /// Whether `save()` would send the field.
    pub(super) fn is_modified<M: Model>(&self, row: &M, at: usize) -> bool {
        match &self.seen {
            Seen::Current => row.__is_modified(at),
            Seen::Before(before, _) => self.differs(before, row, at),
            Seen::Missing(_) => true,
        }
    }

    #[cold]
    fn differs<M: Model>(&self, before: &Snapshot, row: &M, at: usize) -> bool {
        let field = &M::schema().fields()[at];
        if field.key.is_some() {
            return before.key().map_or_else(|| row.__is_modified(at), |key| row.__value(at) != *key);
        }
        if field.role == Role::Updated && self.is_updated_by_prom(row, at) {
            return false;
        }
        match before {
            Snapshot::Known { fingerprints, .. } if !M::UNTRACKED => {
                fingerprints[at] != row.__fingerprint(at)
            }
            _ => true,
        }
    }

    /// Whether the row has the `updated` that was read, or that prom gave it.
    fn is_updated_by_prom<M: Model>(&self, row: &M, at: usize) -> bool {
        let by_hand = self.uncommitted.as_ref().is_some_and(|uncommitted| uncommitted.is_updated_by_hand());
        !by_hand && !row.__is_modified(at)
    }

    /// Gives the row the `updated` that the database has, where that which prom gave
    /// it was undone.
    pub(super) fn restore_updated<M: Model>(&self, row: &mut M) {
        if let Seen::Before(Snapshot::Known { fingerprints, .. }, Visibility::RolledBack) = &self.seen
            && let Some(at) = M::schema().position(Role::Updated)
            && self.is_updated_by_prom(row, at)
            && let Some(updated) = fingerprints.get(at).and_then(|print| timestamp_of(*print))
        {
            row.__set_updated(updated.to_value());
        }
    }

    /// What is to be remembered of a row that was just written, and whose fingerprints
    /// and key are still those of before.
    pub(super) fn written<M: Model<Key: Key>>(
        &self,
        row: &M,
        updated: UpdatedBy,
    ) -> Option<Arc<Uncommitted>> {
        let from = self.from.clone()?;
        let key = self.known_key(row);
        let given = row.key().to_value();
        if given != key {
            // Whoever reads the row under its new key knows no other.
            from.outcome.lock().create(from.level, M::schema(), given);
        }
        let before = match &self.seen {
            Seen::Current => Snapshot::Known { key, fingerprints: row.__fingerprints().into() },
            Seen::Before(known @ Snapshot::Known { .. }, _) => known.clone(),
            Seen::Before(..) | Seen::Missing(_) => Snapshot::Unknown { key: Some(key) },
        };
        Some(Uncommitted::write(self.uncommitted.as_ref(), from, before, updated == UpdatedBy::Hand))
    }

    /// What is to be remembered of `row`, which was read anew and is now `read`.
    pub(super) fn reloaded<M: Model<Key: Key>>(&self, row: &M, read: &M) -> Option<Arc<Uncommitted>> {
        let from = self.from.as_ref()?;
        let key = self.known_key(row);
        Uncommitted::reload(self.uncommitted.as_ref(), from, read.__uncommitted(), key)
    }
}

/// Who gave the row its `updated`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum UpdatedBy {
    Prom,
    Hand,
}
