//! What a row learned in a transaction that may yet be undone, and what it was before.
//! Nothing here knows models.

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use crate::schema::Schema;
use crate::transaction::{Mark, Outcome, Position, Visibility};
use crate::{Error, Kind, Value};

/// What a row was before each level of a transaction that it was written or read in.
///
/// Nothing tells the row that a level was undone: it asks the transaction's
/// `Outcome` whenever it matters, and then is what it was before the oldest level
/// that was.
#[derive(Clone)]
pub struct Uncommitted {
    outcome: Outcome,
    /// The outermost level first.
    changes: Vec<Change>,
    /// Whether the last of them gave the row an `updated` that its user had set.
    is_updated_by_hand: bool,
}

#[derive(Clone)]
struct Change {
    level: Mark,
    before: Snapshot,
    /// How many rows the transaction had created by then.
    creations: u64,
}

/// What a row was.
#[derive(Clone)]
pub(crate) enum Snapshot {
    /// It was not there.
    Absent,
    /// It was there, with values that nobody knows: each field counts as modified.
    /// Without a key, it was the one that it has since.
    Unknown { key: Option<Value> },
    /// It was there, with these values.
    Known { key: Value, fingerprints: Box<[u64]> },
}

impl Snapshot {
    pub(crate) fn key(&self) -> Option<&Value> {
        match self {
            Self::Absent => None,
            Self::Unknown { key } => key.as_ref(),
            Self::Known { key, .. } => Some(key),
        }
    }
}

/// What a row is for a statement.
pub(crate) enum Seen {
    /// What its fingerprints say.
    Current,
    /// What it was before what the statement does not see.
    Before(Snapshot, Visibility),
    /// Created in a transaction that was undone, or is open elsewhere.
    Missing(Visibility),
}

impl Uncommitted {
    /// Of a row that is created at a level.
    pub(crate) fn created(at: Position) -> Arc<Self> {
        Self::of(at, Snapshot::Absent)
    }

    /// Of a row that is read where the level may have written to it.
    pub(crate) fn read(at: Position) -> Arc<Self> {
        Self::of(at, Snapshot::Unknown { key: None })
    }

    fn of(at: Position, before: Snapshot) -> Arc<Self> {
        let creations = at.outcome.lock().creations();
        let changes = vec![Change { level: at.level, before, creations }];
        Arc::new(Self { outcome: at.outcome, changes, is_updated_by_hand: false })
    }

    /// Takes note that the row of that key was created, where this is of rows that are.
    pub(crate) fn note_created(&self, schema: &'static Schema, key: Value) {
        if let [Change { level, before: Snapshot::Absent, .. }] = *self.changes {
            self.outcome.lock().create(level, schema, key);
        }
    }

    pub(crate) fn is_updated_by_hand(&self) -> bool {
        self.is_updated_by_hand
    }

    /// What the row is for a statement that runs at `from`, or in no transaction.
    pub(crate) fn seen(&self, from: Option<&Position>) -> Seen {
        let Some((at, visibility)) = self.first_unseen(from) else { return Seen::Current };
        match (&self.changes[at].before, visibility) {
            // Whether it is there is for the database to say.
            (Snapshot::Absent, Visibility::Unknown) => {
                Seen::Before(Snapshot::Unknown { key: None }, visibility)
            }
            (Snapshot::Absent, _) => Seen::Missing(visibility),
            (before, _) => Seen::Before(before.clone(), visibility),
        }
    }

    /// The oldest change that a statement at `from` does not see.
    fn first_unseen(&self, from: Option<&Position>) -> Option<(usize, Visibility)> {
        let from = self.level(from);
        let state = self.outcome.lock();
        let seen = self.changes.iter().map(|change| state.visibility(change.level, from));
        seen.enumerate().find(|(_, visibility)| *visibility != Visibility::Visible)
    }

    /// Whether the row of `schema` under `key` was created where a statement at `from`
    /// does not see it: by then the key may be that of another row.
    pub(crate) fn created_unseen(
        &self,
        schema: &'static Schema,
        key: &Value,
        from: Option<&Position>,
    ) -> Option<Visibility> {
        let (first, _) = self.first_unseen(from)?;
        let creations = self.changes[first].creations;
        self.outcome.lock().created_unseen(schema, key, creations, self.level(from))
    }

    /// Which level of the same transaction `from` is.
    fn level(&self, from: Option<&Position>) -> Option<Mark> {
        from.filter(|from| from.outcome.is_same(&self.outcome)).map(|from| from.level)
    }

    /// The same, after the row was written at `at`; `before`, it was as it is known.
    pub(crate) fn write(
        was: Option<&Arc<Self>>,
        at: Position,
        before: Snapshot,
        is_updated_by_hand: bool,
    ) -> Arc<Self> {
        let key = before.key().cloned();
        let mut changes = Self::kept(was, &at);
        for change in &mut changes {
            if let Snapshot::Unknown { key: none @ None } = &mut change.before {
                none.clone_from(&key);
            }
        }
        let creations = at.outcome.lock().creations();
        changes.push(Change { level: at.level, before, creations });
        Self::merged(at.outcome, changes, is_updated_by_hand)
    }

    /// The same, after the row was read anew, which gave `read`; before, it had `key`.
    pub(crate) fn reload(
        was: Option<&Arc<Self>>,
        from: &Position,
        read: Option<&Arc<Self>>,
        key: Value,
    ) -> Option<Arc<Self>> {
        let mut changes = Self::kept(was, from);
        let read = read.filter(|read| read.outcome.is_same(&from.outcome));
        if changes.is_empty() && read.is_none() {
            return None;
        }
        // What it was before in its fields is not what was read.
        for change in &mut changes {
            if !matches!(change.before, Snapshot::Absent) {
                let key = change.before.key().unwrap_or(&key).clone();
                change.before = Snapshot::Unknown { key: Some(key) };
            }
        }
        let before = Snapshot::Unknown { key: Some(key) };
        changes.extend(read.and_then(|read| read.changes.last()).map(|read| Change {
            level: read.level,
            before,
            creations: read.creations,
        }));
        Some(Self::merged(from.outcome.clone(), changes, false))
    }

    /// The changes that a statement at `from` sees, and that may still be undone.
    fn kept(was: Option<&Arc<Self>>, from: &Position) -> Vec<Change> {
        match was.filter(|was| was.outcome.is_same(&from.outcome)) {
            None => Vec::new(),
            Some(was) => {
                let count = was.first_unseen(Some(from)).map_or(was.changes.len(), |(at, _)| at);
                was.changes[..count].to_vec()
            }
        }
    }

    /// Of the changes that can only be undone together, the oldest says what was before.
    fn merged(outcome: Outcome, mut changes: Vec<Change>, is_updated_by_hand: bool) -> Arc<Self> {
        let state = outcome.lock();
        for change in &mut changes {
            change.level = state.kept_in(change.level);
        }
        drop(state);
        changes.dedup_by_key(|change| change.level);
        Arc::new(Self { outcome, changes, is_updated_by_hand })
    }
}

impl fmt::Debug for Uncommitted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Uncommitted")
    }
}

/// That the row was created in a transaction whose work is not there.
#[cold]
pub(crate) fn missing(schema: &Schema, visibility: Visibility) -> Error {
    let model = schema.model();
    let text = match visibility {
        Visibility::Uncommitted => format!(
            "the row of `{model}` was created in a transaction that is still open, and is not there outside \
             of it: commit that first, or use `.on(..)` with it"
        ),
        _ => format!(
            "the row of `{model}` was created in a transaction that was rolled back, and is not there: create \
             it again, by `into_draft()`"
        ),
    };
    Error::new(Kind::NotFound, text).with_model(model)
}
