//! How a connection comes back.

use std::pin::pin;
use std::sync::atomic::Ordering;
use std::task::{Context, Waker};
use std::time::Duration;

use deadpool::managed::Object;
use tokio_postgres::Client;

use super::{Lent, Loan};
use crate::pool::Use;
use crate::session::GRACE;

/// How long a statement that nobody waits for may go on before it is cancelled.
/// Most are done by then, and a connection is dear.
const DRAIN: Duration = Duration::from_millis(30);

/// All that outlives a transaction and is not the next user's business; `RESET
/// ALL` leaves the role alone, and a temporary table hides another of its name.
///
/// <https://www.postgresql.org/docs/current/sql-discard.html>
const FORGET: &str = "ROLLBACK; CLOSE ALL; SET SESSION AUTHORIZATION DEFAULT; RESET ALL; UNLISTEN *; \
    SELECT pg_advisory_unlock_all(); DISCARD TEMP; DISCARD SEQUENCES";

impl Drop for Loan {
    fn drop(&mut self) {
        let is_cancellable = self.is_cancellable();
        let Some(lent) = self.lent.take() else { return };
        // PgBouncer lends the server's connection to somebody else as soon as the ROLLBACK is answered,
        // also where half of the next user's statement has gone to it by then: nothing may follow at once.
        let is_shared = self.is_open() && !self.config.prepare;
        let is_busy = self.in_flight.load(Ordering::Acquire) > 0 || is_shared;
        let is_tainted = self.is_tainted.load(Ordering::Acquire);
        if self.is_doomed() || lent.object.client.is_closed() {
            lent.discard();
        } else if is_busy || is_tainted {
            lent.tally.set(Use::Tidying);
            let driver = lent.object.driver.clone();
            driver.spawn(lent.tidy_up(is_busy, is_tainted, is_cancellable));
        } else if self.is_open() {
            // The next user's statements come after it.
            send(&lent.object.client, "ROLLBACK");
        }
    }
}

/// Sends `sql` and waits for nothing.
pub(super) fn send(client: &Client, sql: &str) {
    // The driver sends at the first poll.
    let mut sent = pin!(client.batch_execute(sql));
    let _ = sent.as_mut().poll(&mut Context::from_waker(Waker::noop()));
}

impl Lent {
    fn discard(self) {
        drop(Object::take(self.object));
    }

    async fn tidy_up(self, is_busy: bool, is_tainted: bool, is_cancellable: bool) {
        if is_busy {
            let drained = self.object.client.batch_execute("ROLLBACK");
            match tokio::time::timeout(DRAIN, drained).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) => return self.discard(),
                Err(_) => {
                    // Else the server breaks it off when it notices that nobody listens.
                    if is_cancellable {
                        self.object.lifeline().cancel().await;
                    }
                    return self.discard();
                }
            }
        }
        if is_tainted {
            let forgotten = tokio::time::timeout(GRACE, self.forget()).await;
            if !matches!(forgotten, Ok(Ok(()))) {
                self.discard();
            }
        }
    }

    async fn forget(&self) -> Result<(), tokio_postgres::Error> {
        let session = &self.object;
        let lifeline = session.lifeline();
        if !lifeline.connector.config().prepare {
            // What else there is would be another connection's.
            return session.client.batch_execute("ROLLBACK").await;
        }
        session.client.batch_execute(FORGET).await?;
        lifeline.connector.set_up(&session.client).await
    }
}
