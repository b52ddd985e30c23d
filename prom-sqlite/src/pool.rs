//! The connections to one database: one that writes and several that read, or
//! one for both where the database lies in memory.
//!
//! What is lent goes into the job that uses it, and comes back when the job
//! ends: a caller that no longer waits changes nothing about that.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use prom_core::{Error, Kind, Result};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::config::Config;
use crate::driver::{Driver, Purpose};

/// The open connections to one database.
#[derive(Debug)]
pub(crate) struct Pool {
    config: Arc<Config>,
    writer: Driver,
    turn: Arc<Semaphore>,
    /// The transaction that has the connection that writes, since when.
    transaction: Arc<Mutex<Option<Instant>>>,
    readers: Option<Arc<Readers>>,
}

#[derive(Debug)]
struct Readers {
    turns: Arc<Semaphore>,
    /// How many may be kept from everybody else for long: all but one.
    holds: Arc<Semaphore>,
    /// The last one used comes first: its caches are warm, the others may sleep.
    idle: Mutex<Vec<Driver>>,
}

/// A connection on loan.
#[derive(Debug)]
pub(crate) struct Loan {
    driver: Driver,
    home: Option<Arc<Readers>>,
    transaction: Option<Arc<Mutex<Option<Instant>>>>,
    /// The right to keep a reader for long.
    _hold: Option<OwnedSemaphorePermit>,
    _turn: OwnedSemaphorePermit,
}

/// Every connection of a pool on loan, so that nobody else uses one.
#[derive(Debug)]
pub(crate) struct Whole {
    drivers: Vec<Driver>,
    _writer: Loan,
    _readers: Option<OwnedSemaphorePermit>,
}

impl Whole {
    /// Closes the connections.
    pub(crate) async fn close(self) -> Result<()> {
        let mut closed = Ok(());
        // The readers first: the last to close a file in WAL mode tidies it up.
        for driver in self.drivers.into_iter().rev() {
            closed = closed.and(driver.close().await);
        }
        closed
    }
}

impl Loan {
    /// The connection.
    pub(crate) fn driver(&self) -> Driver {
        self.driver.clone()
    }
}

fn set(transaction: &Mutex<Option<Instant>>, since: Option<Instant>) {
    *transaction.lock().unwrap_or_else(PoisonError::into_inner) = since;
}

impl Drop for Loan {
    fn drop(&mut self) {
        if let Some(readers) = &self.home {
            let mut idle = readers.idle.lock().unwrap_or_else(PoisonError::into_inner);
            idle.push(self.driver.clone());
        }
        if let Some(transaction) = &self.transaction {
            set(transaction, None);
        }
    }
}

impl Pool {
    /// Opens the connection that writes; the others open when they are needed.
    pub(crate) async fn open(config: &Arc<Config>) -> Result<Self> {
        let count = config.reader_count();
        let readers = config.is_shared().then(|| {
            Arc::new(Readers {
                turns: Arc::new(Semaphore::new(count)),
                holds: Arc::new(Semaphore::new(if config.can_hold_readers() { count - 1 } else { 0 })),
                idle: Mutex::default(),
            })
        });
        Ok(Self {
            config: config.clone(),
            writer: Driver::open(config, Purpose::Write).await?,
            turn: Arc::new(Semaphore::new(1)),
            transaction: Arc::default(),
            readers,
        })
    }

    /// The connection that writes.
    pub(crate) async fn writer(&self) -> Result<Loan> {
        let turn = self.wait(&self.turn, || {
            let since = *self.transaction.lock().unwrap_or_else(PoisonError::into_inner);
            held_up("the connection that writes", self.config.pool_timeout, since)
        });
        Ok(Loan {
            _turn: turn.await?,
            driver: self.writer.clone(),
            home: None,
            transaction: None,
            _hold: None,
        })
    }

    /// A connection that reads.
    pub(crate) async fn reader(&self) -> Result<Loan> {
        let Some(readers) = &self.readers else {
            return self.writer().await;
        };
        let held_up = || held_up("a connection that reads", self.config.pool_timeout, None);
        let turn = self.wait(&readers.turns, held_up).await?;
        let idle = readers.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let driver = match idle {
            Some(it) => it,
            None => Driver::open(&self.config, Purpose::Read).await?,
        };
        Ok(Loan { _turn: turn, driver, home: Some(readers.clone()), transaction: None, _hold: None })
    }

    /// A reader that is kept for long, if one is left for everybody else and
    /// can be had without waiting.
    pub(crate) async fn try_hold(&self) -> Result<Option<Loan>> {
        let Some(readers) = &self.readers else { return Ok(None) };
        let Ok(hold) = readers.holds.clone().try_acquire_owned() else { return Ok(None) };
        let mut loan = self.reader().await?;
        loan._hold = Some(hold);
        Ok(Some(loan))
    }

    /// A connection for a transaction.
    pub(crate) async fn lend_for_long(&self, purpose: Purpose) -> Result<Loan> {
        match (purpose, &self.readers) {
            (Purpose::Read, Some(readers)) if self.config.can_hold_readers() => {
                let held_up = || held_up("a connection that reads for long", self.config.pool_timeout, None);
                let hold = self.wait(&readers.holds, held_up).await?;
                let mut loan = self.reader().await?;
                loan._hold = Some(hold);
                Ok(loan)
            }
            (Purpose::Read, Some(_)) => self.reader().await,
            _ => {
                let mut loan = self.writer().await?;
                set(&self.transaction, Some(Instant::now()));
                loan.transaction = Some(self.transaction.clone());
                Ok(loan)
            }
        }
    }

    /// A connection for that.
    pub(crate) async fn lend(&self, purpose: Purpose) -> Result<Loan> {
        match purpose {
            Purpose::Write => self.writer().await,
            Purpose::Read => self.reader().await,
        }
    }

    /// Waits until nothing is on loan, and lends everything at once.
    pub(crate) async fn whole(&self) -> Result<Whole> {
        let writer = self.writer().await?;
        let mut whole = Whole { drivers: vec![writer.driver()], _writer: writer, _readers: None };
        if let Some(readers) = &self.readers {
            let all = u32::try_from(self.config.reader_count()).unwrap_or(u32::MAX);
            let turns = readers.turns.clone().acquire_many_owned(all);
            let held_up = || held_up("every connection that reads", self.config.pool_timeout, None);
            whole._readers = Some(within(self.config.pool_timeout, turns, held_up).await?);
            // Copied and not taken: a close that is dropped here has changed nothing.
            let idle = readers.idle.lock().unwrap_or_else(PoisonError::into_inner);
            whole.drivers.extend(idle.iter().cloned());
        }
        Ok(whole)
    }

    /// Lends nothing any more: who waits for a turn is told so, and who comes
    /// later finds another pool.
    pub(crate) fn shut(&self) {
        self.turn.close();
        if let Some(readers) = &self.readers {
            readers.turns.close();
        }
    }

    /// Whether it was closed; its connections are of no use then.
    pub(crate) fn is_closed(&self) -> bool {
        self.turn.is_closed()
    }

    async fn wait(
        &self,
        turns: &Arc<Semaphore>,
        held_up: impl Fn() -> Error + Send,
    ) -> Result<OwnedSemaphorePermit> {
        match turns.clone().try_acquire_owned() {
            Ok(turn) => Ok(turn),
            // None is free, or the pool was closed: the wait finds out which.
            Err(_) => within(self.config.pool_timeout, turns.clone().acquire_owned(), held_up).await,
        }
    }
}

async fn within<E>(
    time: Duration,
    turn: impl Future<Output = Result<OwnedSemaphorePermit, E>>,
    held_up: impl Fn() -> Error + Send,
) -> Result<OwnedSemaphorePermit> {
    match tokio::time::timeout(time, turn).await {
        Ok(Ok(turn)) => Ok(turn),
        Ok(Err(_)) => Err(Error::new(Kind::Closed, "the database was closed meanwhile")),
        Err(_) => Err(held_up()),
    }
}

/// What was waited for in vain, and the transaction that has had it all along.
#[cold]
fn held_up(what: &str, time: Duration, since: Option<Instant>) -> Error {
    let text = match since {
        Some(since) => format!(
            "{what} was not free within {time:?}: a transaction of this process has had it for {:?}. What waits for \
             it is outside of that transaction: by hand, say `.on(&tx)`; and a task that the transaction spawned is outside, \
             unless its future is given to `tokio::spawn` by the transaction's `scope(..)`. End the transaction first, or raise \
             `pool_timeout` in the DSN",
            Duration::from_millis(u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX))
        ),
        None => format!(
            "{what} was not free within {time:?}: a long statement or an open stream of this process has it; raise \
             `pool_timeout` in the DSN, or end that first"
        ),
    };
    Error::new(Kind::PoolTimeout, text)
}
