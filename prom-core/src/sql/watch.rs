//! What the log is told of a statement.

use std::borrow::Cow;
use std::time::{Duration, Instant};

use super::shown;
use crate::query::Request;

/// Tells the log what was done and how long it took; never the parameters.
#[derive(Debug)]
pub struct Watch {
    start: Instant,
    slow: Duration,
}

impl Watch {
    /// Begins now. What takes as long as `slow` is warned of, unless that is zero.
    pub fn start(slow: Duration) -> Self {
        Self { start: Instant::now(), slow }
    }

    /// `sql` is the text of `request`; of the user's own, no literal is told.
    pub fn stop(&self, request: &Request, sql: &str, rows: u64) {
        let elapsed = self.start.elapsed();
        let is_slow = !self.slow.is_zero() && elapsed >= self.slow;
        let sql = match request {
            Request::Raw(it) if is_slow || tracing::enabled!(target: "prom::sql", tracing::Level::DEBUG) => {
                Cow::Owned(shown(it))
            }
            _ => Cow::Borrowed(sql),
        };
        let sql = &*sql;
        if is_slow {
            tracing::warn!(target: "prom::sql", sql, rows, ?elapsed, "a slow statement");
        } else {
            tracing::debug!(target: "prom::sql", sql, rows, ?elapsed);
        }
    }
}
