//! What has become of a transaction and of the scopes within it: pure, without
//! a database, so that every order of events can be tried.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::interface::Leave;
use crate::schema::{Names, Schema, Writes};
use crate::{Error, Kind, Result, Value};

/// A transaction and the scopes that are open within it.
#[derive(Debug)]
#[cfg_attr(test, derive(Clone))]
pub(crate) struct State {
    /// The transaction itself first, the innermost scope last.
    levels: Vec<Level>,
    end: Option<End>,
    /// How many levels there have been.
    count: u64,
    /// The ids of levels that were undone, in ranges: those of all that were within one follow its own.
    undone: Vec<(u64, u64)>,
    /// Whether an error came that another try might not meet.
    retryable: bool,
    /// The keys of the rows that were created in it, and not committed.
    created: Vec<Created>,
    /// How many times a row was created.
    creations: u64,
}

#[derive(Debug)]
#[cfg_attr(test, derive(Clone))]
struct Level {
    id: u64,
    /// Whether a statement ran here, or in a level that was kept here, that may have written.
    has_written: bool,
    /// Whether tables were rewritten here, or in a level that was kept here.
    is_rewritten: bool,
    /// What the database reported first: nothing runs here any more.
    broken: Option<Error>,
    /// The tables that were made sure of here, and since which stamp.
    installed: Vec<Installed>,
}

/// A table that is there if the transaction is committed.
#[derive(Debug, Clone)]
pub(crate) struct Installed {
    pub(crate) schema: &'static Schema,
    /// How it is written to.
    pub(crate) writes: Arc<Writes>,
    pub(crate) stamp: u64,
}

/// One level, among all that there ever are in the transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    depth: usize,
    id: u64,
}

impl Mark {
    /// 0 is the transaction, 1 the first scope within it.
    pub(crate) fn depth(self) -> u32 {
        u32::try_from(self.depth).unwrap_or(u32::MAX)
    }
}

/// Rows that were created at a level.
#[derive(Debug)]
#[cfg_attr(test, derive(Clone))]
struct Created {
    at: Mark,
    /// The first of them, among all creations.
    number: u64,
    schema: &'static Schema,
    keys: Keys,
}

/// Auto-increment keys of one level mostly follow each other, and are one range.
#[derive(Debug)]
#[cfg_attr(test, derive(Clone))]
enum Keys {
    Range(i64, i64),
    One(Value),
}

/// Whether what was done at a level is seen by a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Visibility {
    /// It was committed, or the statement runs in the same transaction.
    Visible,
    /// The transaction, or the level, is still open, and the statement runs outside of it.
    Uncommitted,
    /// It was undone.
    RolledBack,
    /// COMMIT was sent, and no answer came, or none that tells.
    Unknown,
}

#[derive(Debug)]
#[cfg_attr(test, derive(Clone))]
enum End {
    /// COMMIT is sent; without an answer it stays so.
    Committing,
    Committed,
    Undone,
    /// The database, or a deadline, took it away.
    Lost(Error),
}

/// How a level is left.
#[derive(Debug)]
pub(crate) struct Left {
    /// What is said to the database.
    pub(crate) leave: Leave,
    /// What to tell who wanted to keep it and cannot.
    pub(crate) refused: Option<Error>,
    /// Of the transaction itself: the tables that are there once it is committed.
    pub(crate) installed: Vec<Installed>,
    /// Of the transaction itself: whether tables were rewritten in it.
    pub(crate) is_rewritten: bool,
}

impl State {
    /// A transaction that has begun, and itself.
    pub(crate) fn new() -> (Self, Mark) {
        let mut state = Self {
            levels: Vec::new(),
            end: None,
            count: 0,
            undone: Vec::new(),
            retryable: false,
            created: Vec::new(),
            creations: 0,
        };
        let mark = state.push();
        (state, mark)
    }

    fn push(&mut self) -> Mark {
        self.count += 1;
        let mark = Mark { depth: self.levels.len(), id: self.count };
        self.levels.push(Level {
            id: mark.id,
            has_written: false,
            is_rewritten: false,
            broken: None,
            installed: Vec::new(),
        });
        mark
    }

    fn level(&mut self, at: Mark) -> Option<&mut Level> {
        self.levels.get_mut(at.depth).filter(|it| it.id == at.id)
    }

    /// Whether `at` was not left yet.
    pub(crate) fn is_open(&self, at: Mark) -> bool {
        self.end.is_none() && self.levels.get(at.depth).is_some_and(|it| it.id == at.id)
    }

    /// Whether statements may run at `at`, and scopes be entered.
    ///
    /// # Errors
    ///
    /// [`Kind::TransactionAborted`] after an error; [`Kind::Invalid`] when it was left.
    pub(crate) fn check(&self, at: Mark) -> Result<()> {
        match &self.end {
            Some(End::Committing | End::Committed) => return Err(over("committed")),
            Some(End::Undone) => return Err(over("rolled back")),
            Some(End::Lost(error)) if error.kind() == Kind::Deadline => return Err(error.clone()),
            Some(End::Lost(error)) => return Err(aborted(error)),
            None => {}
        }
        match self.levels.get(at.depth) {
            Some(level) if level.id == at.id => match &level.broken {
                Some(error) => Err(aborted(error)),
                None if at.depth + 1 < self.levels.len() => Err(covered()),
                None => Ok(()),
            },
            _ => Err(over("left")),
        }
    }

    /// A statement at `at` met an error that the database reported.
    pub(crate) fn fail(&mut self, at: Mark, error: &Error) {
        self.retryable |= error.is_retryable();
        if let Some(level) = self.level(at) {
            level.broken.get_or_insert_with(|| error.clone());
        }
    }

    /// The connection, and the transaction with it, is gone.
    pub(crate) fn lose(&mut self, error: Error) {
        self.retryable |= error.is_retryable();
        self.end.get_or_insert(End::Lost(error));
    }

    /// A scope within `at` is entered.
    ///
    /// # Errors
    ///
    /// As [`check`](State::check).
    pub(crate) fn enter(&mut self, at: Mark) -> Result<Mark> {
        self.check(at)?;
        Ok(self.push())
    }

    /// `at`, and what is still open within it, is left; what was to be kept and
    /// cannot be is undone. What COMMIT comes to is for [`settle`](State::settle).
    ///
    /// # Errors
    ///
    /// As [`check`](State::check), where there is nothing to be left any more.
    pub(crate) fn leave(&mut self, at: Mark, wish: Leave) -> Result<Left> {
        if !self.is_open(at) {
            return Err(self.check(at).err().unwrap_or_else(|| over("left")));
        }
        let refused = match wish {
            Leave::Undo => None,
            Leave::Keep => self.check(at).err(),
        };
        let leave = if refused.is_some() { Leave::Undo } else { wish };
        let mut installed = Vec::new();
        let mut has_written = false;
        let mut is_rewritten = false;
        for level in self.levels.drain(at.depth..) {
            installed.extend(level.installed);
            has_written |= level.has_written;
            is_rewritten |= level.is_rewritten;
        }
        if leave == Leave::Undo {
            installed.clear();
            has_written = false;
            is_rewritten = false;
            self.note_undone(at.id);
        }
        match self.levels.last_mut() {
            Some(outer) => {
                outer.installed.append(&mut installed);
                outer.has_written |= has_written;
                outer.is_rewritten |= std::mem::take(&mut is_rewritten);
            }
            None => {
                self.end = Some(match leave {
                    Leave::Keep => End::Committing,
                    Leave::Undo => End::Undone,
                });
            }
        }
        Ok(Left { leave, refused, installed, is_rewritten })
    }

    /// What COMMIT came to.
    pub(crate) fn settle(&mut self, commit: &Result<()>) {
        if !matches!(self.end, Some(End::Committing)) {
            return;
        }
        match commit {
            Ok(()) => {
                self.end = Some(End::Committed);
                let mut created = std::mem::take(&mut self.created);
                created.retain(|it| self.is_undone(it.at.id));
                self.created = created;
            }
            Err(error) if error.kind() == Kind::OutcomeUnknown => {}
            Err(error) => self.end = Some(End::Lost(error.clone())),
        }
    }

    /// `first` was undone, with all that there ever were within it.
    fn note_undone(&mut self, first: u64) {
        let mut first = first;
        while let Some(&(start, end)) = self.undone.last()
            && end + 1 >= first
        {
            first = first.min(start);
            self.undone.pop();
        }
        self.undone.push((first, self.count));
    }

    /// Whether what was begun at `at` may go on: what was undone has never been.
    ///
    /// # Errors
    ///
    /// [`Kind::Invalid`] where it was undone.
    pub(crate) fn check_origin(&self, at: Mark) -> Result<()> {
        if self.is_undone(at.id) { Err(over("rolled back")) } else { Ok(()) }
    }

    fn is_undone(&self, level: u64) -> bool {
        // The ranges ascend, and no two of them meet.
        let at = self.undone.partition_point(|(_, last)| *last < level);
        self.undone.get(at).is_some_and(|(first, _)| *first <= level)
    }

    /// Whether what was done at `at` is seen by a statement that runs at `from`, a
    /// level of the same transaction, or outside of it.
    pub(crate) fn visibility(&self, at: Mark, from: Option<Mark>) -> Visibility {
        match &self.end {
            _ if self.is_undone(at.id) => Visibility::RolledBack,
            Some(End::Committed) => Visibility::Visible,
            Some(End::Committing) => Visibility::Unknown,
            Some(End::Undone | End::Lost(_)) => Visibility::RolledBack,
            // A statement of an outer level waits for the end of the inner one, and for what that comes to.
            None if from.is_some_and(|from| self.kept_in(at).id <= from.id) => Visibility::Visible,
            None => Visibility::Uncommitted,
        }
    }

    /// The open level that `at` was kept in; `at` itself while it is open.
    pub(crate) fn kept_in(&self, at: Mark) -> Mark {
        let levels = self.levels.iter().enumerate().rev();
        let mut around = levels.filter(|(_, level)| level.id <= at.id);
        around.next().map_or(at, |(depth, level)| Mark { depth, id: level.id })
    }

    /// A statement runs at `at` that may write.
    pub(crate) fn write(&mut self, at: Mark) {
        if let Some(level) = self.level(at) {
            level.has_written = true;
        }
    }

    /// The innermost level around `at` in which something may have been written:
    /// what is read there may be undone with it.
    pub(crate) fn last_writer(&self, at: Mark) -> Option<Mark> {
        let levels = self.levels.iter().enumerate().rev();
        let mut writers = levels.filter(|(_, level)| level.id <= at.id && level.has_written);
        writers.next().map(|(depth, level)| Mark { depth, id: level.id })
    }

    /// The row of that key was created at `at`.
    pub(crate) fn create(&mut self, at: Mark, schema: &'static Schema, key: Value) {
        self.creations += 1;
        let number = self.creations;
        let last = self.created.last_mut().filter(|created| created.at == at);
        let keys = match (last, key) {
            (Some(Created { schema: other, keys: Keys::Range(_, last), .. }), Value::I64(key))
                if is_of_one_table(other, schema) && last.checked_add(1) == Some(key) =>
            {
                *last = key;
                return;
            }
            (_, Value::I64(key)) => Keys::Range(key, key),
            (_, key) => Keys::One(key),
        };
        self.created.push(Created { at, number, schema, keys });
    }

    /// How many times a row was created so far.
    pub(crate) fn creations(&self) -> u64 {
        self.creations
    }

    /// Whether the row that had that key after so many creations was itself created
    /// where a statement at `from` does not see it, and what became of that. A key that
    /// was undone may have been given again since.
    pub(crate) fn created_unseen(
        &self,
        schema: &'static Schema,
        key: &Value,
        creations: u64,
        from: Option<Mark>,
    ) -> Option<Visibility> {
        let is_it = |created: &&Created| {
            let has_key = match (&created.keys, key) {
                (Keys::Range(first, last), Value::I64(key)) => (first..=last).contains(&key),
                (Keys::One(one), key) => one == key,
                _ => false,
            };
            has_key && created.number <= creations && is_of_one_table(created.schema, schema)
        };
        let created = self.created.iter().rev().find(is_it)?;
        let seen = self.visibility(created.at, from);
        matches!(seen, Visibility::RolledBack | Visibility::Uncommitted).then_some(seen)
    }

    /// `schema` was made sure of at `at`.
    pub(crate) fn install(&mut self, at: Mark, installed: impl IntoIterator<Item = Installed>) {
        if let Some(level) = self.level(at) {
            level.installed.extend(installed);
        }
    }

    /// Tables were rewritten at `at`.
    pub(crate) fn rewrite(&mut self, at: Mark) {
        if let Some(level) = self.level(at) {
            level.is_rewritten = true;
        }
    }

    /// Whether `schema` was made sure of in what is open.
    pub(crate) fn is_installed(&self, schema: &'static Schema) -> bool {
        self.installed(schema).is_some()
    }

    /// The table of `schema`, if it was made sure of in what is open.
    pub(crate) fn installed(&self, schema: &'static Schema) -> Option<&Installed> {
        let mut installed = self.levels.iter().flat_map(|level| &level.installed);
        installed.find(|installed| std::ptr::eq(installed.schema, schema))
    }

    /// Whether another try of the whole might meet no error.
    pub(crate) fn is_retryable(&self) -> bool {
        self.retryable
    }
}

/// Whether both are models of one table: a row that one creates may be read by the other.
fn is_of_one_table(one: &'static Schema, other: &'static Schema) -> bool {
    std::ptr::eq(one, other) || Names::CaseInsensitive.same_table(one, other)
}

#[cold]
fn aborted(first: &Error) -> Error {
    Error::new(
        Kind::TransactionAborted,
        format!(
            "an earlier error ended the transaction, and nothing of it is kept: {first}; \
             what may fail is tried in a `transaction(..)` within it"
        ),
    )
}

#[cold]
fn over(how: &str) -> Error {
    Error::new(
        Kind::Invalid,
        format!("the transaction was {how} before: what belongs to it must end with it"),
    )
}

#[cold]
fn covered() -> Error {
    Error::new(Kind::Invalid, "a transaction within this one is still open: end that first")
}
