//! What has become of a transaction and of the scopes within it: pure, without
//! a database, so that every order of events can be tried.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::interface::Leave;
use crate::schema::{Schema, Writes};
use crate::{Error, Kind, Result};

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
}

#[derive(Debug)]
#[cfg_attr(test, derive(Clone))]
struct Level {
    id: u64,
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

#[derive(Debug)]
#[cfg_attr(test, derive(Clone))]
enum End {
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
}

impl State {
    /// A transaction that has begun, and itself.
    pub(crate) fn new() -> (Self, Mark) {
        let mut state =
            Self { levels: Vec::new(), end: None, count: 0, undone: Vec::new(), retryable: false };
        let mark = state.push();
        (state, mark)
    }

    fn push(&mut self) -> Mark {
        self.count += 1;
        let mark = Mark { depth: self.levels.len(), id: self.count };
        self.levels.push(Level { id: mark.id, broken: None, installed: Vec::new() });
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
            Some(End::Committed) => return Err(over("committed")),
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
    /// cannot be is undone.
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
        for level in self.levels.drain(at.depth..) {
            installed.extend(level.installed);
        }
        if leave == Leave::Undo {
            installed.clear();
            self.note_undone(at.id);
        }
        match self.levels.last_mut() {
            Some(outer) => outer.installed.append(&mut installed),
            None => {
                self.end = Some(match leave {
                    Leave::Keep => End::Committed,
                    Leave::Undo => End::Undone,
                });
            }
        }
        Ok(Left { leave, refused, installed })
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
        let is_undone = self.undone.iter().any(|(first, last)| (*first..=*last).contains(&at.id));
        if is_undone { Err(over("rolled back")) } else { Ok(()) }
    }

    /// `schema` was made sure of at `at`.
    pub(crate) fn install(&mut self, at: Mark, installed: impl IntoIterator<Item = Installed>) {
        if let Some(level) = self.level(at) {
            level.installed.extend(installed);
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
