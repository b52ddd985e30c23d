//! What the connections on loan are used for, so that an error can say it.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// What a connection on loan is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Use {
    /// One statement.
    Statement,
    /// A transaction.
    Transaction,
    /// A stream.
    Stream,
    /// Looking for tables, and making them.
    Install,
    /// What its last user left behind is tidied up.
    Tidying,
}

const ALL: [(Use, &str, &str); 5] = [
    (Use::Transaction, "transaction", "transactions"),
    (Use::Stream, "stream", "streams"),
    (Use::Statement, "statement", "statements"),
    (Use::Install, "making of tables", "makings of tables"),
    (Use::Tidying, "cancelled statement", "cancelled statements"),
];

/// How many connections are on loan for each use.
#[derive(Debug, Default)]
pub(crate) struct Uses {
    statements: AtomicUsize,
    transactions: AtomicUsize,
    streams: AtomicUsize,
    installs: AtomicUsize,
    tidyings: AtomicUsize,
}

impl Uses {
    fn of(&self, usage: Use) -> &AtomicUsize {
        match usage {
            Use::Statement => &self.statements,
            Use::Transaction => &self.transactions,
            Use::Stream => &self.streams,
            Use::Install => &self.installs,
            Use::Tidying => &self.tidyings,
        }
    }
}

/// As a list, `2 transactions, 1 stream`.
impl fmt::Display for Uses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut before = "";
        for (usage, one, many) in ALL {
            let count = self.of(usage).load(Ordering::Relaxed);
            if count > 0 {
                write!(f, "{before}{count} {}", if count == 1 { one } else { many })?;
                before = ", ";
            }
        }
        if before.is_empty() { f.write_str("connects that are on the way") } else { Ok(()) }
    }
}

/// One connection on loan, counted for as long as this lives.
#[derive(Debug)]
pub(crate) struct Tally {
    uses: Arc<Uses>,
    current: Mutex<Use>,
}

impl Tally {
    pub(crate) fn new(uses: &Arc<Uses>, usage: Use) -> Self {
        uses.of(usage).fetch_add(1, Ordering::Relaxed);
        Self { uses: uses.clone(), current: Mutex::new(usage) }
    }

    /// From now on it is used for this.
    pub(crate) fn set(&self, usage: Use) {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        self.uses.of(usage).fetch_add(1, Ordering::Relaxed);
        self.uses.of(*current).fetch_sub(1, Ordering::Relaxed);
        *current = usage;
    }
}

impl Drop for Tally {
    fn drop(&mut self) {
        let current = *self.current.get_mut().unwrap_or_else(PoisonError::into_inner);
        self.uses.of(current).fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uses_are_listed_and_forgotten() {
        let uses = Arc::new(Uses::default());
        let a = Tally::new(&uses, Use::Statement);
        let b = Tally::new(&uses, Use::Statement);
        assert_eq!(uses.to_string(), "2 statements");
        a.set(Use::Transaction);
        assert_eq!(uses.to_string(), "1 transaction, 1 statement");
        drop((a, b));
        assert_eq!(uses.to_string(), "connects that are on the way");
    }
}
