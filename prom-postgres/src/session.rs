//! One connection to a server, with what belongs to it.

use std::sync::{Arc, OnceLock, Weak};
use std::time::{Duration, Instant};

use prom_core::Error;
use tokio::sync::Semaphore;
use tokio::task::AbortHandle;
use tokio_postgres::{CancelToken, Client};

use crate::connect::{Connector, Route};
use crate::driver::Driver;
use crate::error::closed;
use crate::statements::Statements;

/// How long a connection that is let go may take to say goodbye, and a server to
/// take a request to cancel.
pub(crate) const GRACE: Duration = Duration::from_secs(1);

/// One connection to a server. When it is dropped it is closed, after what was
/// sent on it is done, or in a second at the latest.
pub(crate) struct Session {
    pub(crate) client: Client,
    pub(crate) statements: Statements,
    pub(crate) driver: Driver,
    lifeline: Arc<Lifeline>,
    made: Instant,
    expires: Option<Instant>,
    process: u32,
    /// Where its place is given back that the driver's task holds.
    places: Arc<Semaphore>,
}

/// What ends what a connection does, from outside.
pub(crate) struct Lifeline {
    pub(crate) connector: Arc<Connector>,
    pub(crate) route: Route,
    pub(crate) token: CancelToken,
    pub(crate) task: AbortHandle,
    /// Why it ended, once it has.
    pub(crate) end: Arc<OnceLock<Error>>,
}

impl Lifeline {
    /// Asks the server to break off what it does for this connection, which
    /// must not be used again: the request may arrive late, and hit whatever it
    /// does then. Gives up after a second.
    pub(crate) async fn cancel(&self) {
        let cancelled = self.connector.cancel(&self.route, &self.token);
        match tokio::time::timeout(GRACE, cancelled).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::debug!(%error, "prom: a statement could not be cancelled"),
            Err(_) => tracing::debug!("prom: the server did not take a request to cancel in time"),
        }
    }
}

impl Session {
    pub(crate) fn new(client: Client, driver: Driver, lifeline: Lifeline, places: Arc<Semaphore>) -> Self {
        let config = lifeline.connector.config();
        Self {
            client,
            statements: Statements::new(config.statement_cache),
            driver,
            made: Instant::now(),
            expires: config.max_lifetime.and_then(|it| Instant::now().checked_add(more_or_less(it))),
            lifeline: Arc::new(lifeline),
            process: std::process::id(),
            places,
        }
    }

    /// Whether somebody may use it: it is open, not too old, and not from the
    /// process that this one was forked from.
    pub(crate) fn is_fit(&self) -> bool {
        !self.client.is_closed() && !self.has_expired() && self.process == std::process::id()
    }

    fn has_expired(&self) -> bool {
        self.expires.is_some_and(|it| it <= Instant::now())
    }

    /// Why nothing can be sent on it, where that is known before it is tried.
    pub(crate) fn end(&self) -> Option<Error> {
        self.client.is_closed().then(|| self.lifeline.end.get().cloned().unwrap_or_else(closed))
    }

    /// How long ago it was made.
    pub(crate) fn age(&self) -> Duration {
        self.made.elapsed()
    }

    /// What ends what it does.
    pub(crate) fn lifeline(&self) -> Arc<Lifeline> {
        self.lifeline.clone()
    }

    /// The same for who only ends it if it is still there.
    pub(crate) fn weak_lifeline(&self) -> Weak<Lifeline> {
        Arc::downgrade(&self.lifeline)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if self.process != std::process::id() {
            // The task that held its place is the other process's, as is the socket.
            self.places.add_permits(1);
            return;
        }
        let task = self.lifeline.task.clone();
        let timer = self.driver.sleep(GRACE);
        self.driver.spawn(async move {
            // The server may be hung, and its goodbye never come.
            timer.await;
            task.abort();
        });
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("route", &self.lifeline.route).finish_non_exhaustive()
    }
}

/// `time`, 10 % more or less, so that connections made together do not end together.
fn more_or_less(time: Duration) -> Duration {
    use std::hash::{BuildHasher, RandomState};
    let percent = RandomState::new().hash_one(()) % 21;
    time.saturating_mul(90 + u32::try_from(percent).unwrap_or(10)) / 100
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_life_is_ten_percent_longer_or_shorter() {
        for _ in 0..100 {
            let time = more_or_less(Duration::from_secs(100)).as_secs();
            assert!((90..=110).contains(&time), "{time}");
        }
    }
}
