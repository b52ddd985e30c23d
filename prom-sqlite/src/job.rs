//! A piece of work on a connection's thread, and how it is cut short: by who
//! waits for it no longer, and by its deadline.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use prom_core::{Error, Kind, Result};
use tokio::sync::Notify;
use tokio_rusqlite::rusqlite::InterruptHandle;

use crate::watch;

thread_local! {
    /// The job that runs on this thread.
    static CURRENT: RefCell<Option<Arc<Ticket>>> = const { RefCell::new(None) };
    /// How long it waits for a lock of another process, and since when it does.
    static PATIENCE: Cell<Duration> = const { Cell::new(Duration::from_secs(5)) };
    static WAITING: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// A transaction, among all that there ever are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Owner(u64);

impl Owner {
    /// One that nobody else is.
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        Self(COUNT.fetch_add(1, Ordering::Relaxed))
    }
}

/// What has become of a job.
#[derive(Debug, Default)]
pub(crate) struct Ticket {
    state: AtomicU8,
    is_late: AtomicBool,
    /// Told when it does not stop though it should.
    given_up: Notify,
}

const WAITING_FOR_ITS_TURN: u8 = 0;
const RUNNING: u8 = 1;
const CUT: u8 = 2;
const ENDED: u8 = 3;

impl Ticket {
    fn state(&self) -> u8 {
        self.state.load(Ordering::Acquire)
    }

    fn set(&self, state: u8) {
        self.state.store(state, Ordering::Release);
    }

    /// Whether it was stopped by its deadline.
    pub(crate) fn is_late(&self) -> bool {
        self.is_late.load(Ordering::Acquire)
    }

    /// Comes when the job is not worth waiting for any longer.
    pub(crate) async fn given_up(&self) {
        self.given_up.notified().await;
    }
}

/// What a job is granted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms {
    /// When it is stopped; `None` is never.
    pub(crate) deadline: Option<Duration>,
    /// How long it waits for a lock of another process.
    pub(crate) patience: Duration,
    /// Whether it may change something.
    pub(crate) changes: bool,
    /// How soon it stops when its caller has gone, and whether it does.
    pub(crate) stop: Stop,
    /// The transaction that it is part of, and is cut with.
    pub(crate) owner: Option<Owner>,
}

/// A job that runs.
struct Running {
    ticket: Arc<Ticket>,
    since: Instant,
    terms: Terms,
    /// Whether it was interrupted: again and again, since an interrupt between
    /// two statements is lost.
    is_interrupted: bool,
}

/// How long a job that was interrupted is waited for: it then says what it did.
const GRACE: Duration = Duration::from_secs(1);

/// What runs on a connection, and whether it may be interrupted just now: that
/// happens under the lock, so that it never meets the next job.
pub(crate) struct Gate {
    running: Mutex<Option<Running>>,
    interrupt: InterruptHandle,
    /// That of its statements.
    deadline: Option<Duration>,
}

impl Gate {
    pub(crate) fn new(interrupt: InterruptHandle, deadline: Option<Duration>) -> Arc<Self> {
        let gate = Arc::new(Self { running: Mutex::default(), interrupt, deadline });
        watch::add(Arc::downgrade(&gate));
        gate
    }

    pub(crate) fn deadline(&self) -> Option<Duration> {
        self.deadline
    }

    fn running(&self) -> MutexGuard<'_, Option<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `job`, on the connection's thread, unless it was cut before.
    pub(crate) fn enter<T>(
        &self,
        ticket: &Arc<Ticket>,
        terms: Terms,
        job: impl FnOnce() -> Result<T>,
    ) -> Result<T> {
        {
            let mut running = self.running();
            if ticket.state() == CUT {
                return Err(cut());
            }
            ticket.set(RUNNING);
            let since = Instant::now();
            *running = Some(Running { ticket: ticket.clone(), since, terms, is_interrupted: false });
        }
        if terms.deadline.is_some() {
            watch::wake();
        }
        // Left whatever becomes of the job.
        let _inside = Inside { gate: self, ticket };
        CURRENT.set(Some(ticket.clone()));
        PATIENCE.set(terms.patience);
        job()
    }

    /// Nobody waits for the job any more: it does not begin, or stops where it
    /// looks for that. `stop` says whether the statement that it is at is
    /// interrupted; one that writes takes its whole transaction along then.
    ///
    /// <https://www.sqlite.org/c3ref/interrupt.html>
    pub(crate) fn cut(&self, ticket: &Ticket, stop: Stop) {
        let mut running = self.running();
        match ticket.state() {
            _ if stop == Stop::Never => {}
            WAITING_FOR_ITS_TURN => ticket.set(CUT),
            RUNNING => {
                ticket.set(CUT);
                if stop == Stop::AtOnce {
                    self.interrupt(&mut running);
                }
            }
            _ => {}
        }
    }

    /// Cuts what runs, if it is part of that transaction: the next piece of
    /// somebody's stream may come in between.
    pub(crate) fn cut_of(&self, owner: Owner) {
        let mut running = self.running();
        if let Some(it) = &*running
            && it.terms.owner == Some(owner)
        {
            it.ticket.set(CUT);
            self.interrupt(&mut running);
        }
    }

    fn interrupt(&self, running: &mut Option<Running>) {
        self.interrupt.interrupt();
        if let Some(it) = running {
            it.is_interrupted = true;
            watch::hurry();
        }
    }

    /// Stops what has run past its deadline, and what was to stop and has not.
    pub(crate) fn look(&self) -> Look {
        let mut running = self.running();
        let Some(it) = &mut *running else { return Look::Idle };
        if it.is_interrupted {
            self.interrupt.interrupt();
        }
        let Some(deadline) = it.terms.deadline else { return it.seen() };
        let late = it.since.elapsed().checked_sub(deadline);
        if let Some(late) = late {
            it.ticket.is_late.store(true, Ordering::Release);
            if it.terms.stop == Stop::Never || late >= GRACE {
                it.ticket.given_up.notify_one();
            } else {
                it.ticket.set(CUT);
                it.is_interrupted = true;
                self.interrupt.interrupt();
            }
        }
        it.seen()
    }
}

impl Running {
    fn seen(&self) -> Look {
        if self.is_interrupted { Look::Stopping } else { Look::Running }
    }
}

/// What is seen of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    /// Nothing runs.
    Idle,
    /// Something does.
    Running,
    /// Something does and is to stop.
    Stopping,
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate").field("deadline", &self.deadline).finish_non_exhaustive()
    }
}

struct Inside<'a> {
    gate: &'a Gate,
    ticket: &'a Ticket,
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        CURRENT.set(None);
        let mut running = self.gate.running();
        self.ticket.set(ENDED);
        *running = None;
    }
}

/// How soon a job that is cut must stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    /// In the middle of its statement.
    AtOnce,
    /// Between two.
    WhereItLooks,
    /// Not at all: sent is done.
    Never,
}

/// Whether the job that runs here was cut: for those of many statements, which
/// an interrupt may miss between two.
pub(crate) fn check() -> Result<()> {
    match CURRENT.with_borrow(|it| it.as_ref().is_some_and(|it| it.state() == CUT)) {
        true => Err(cut()),
        false => Ok(()),
    }
}

/// How long this thread waits for locks, before its first job says so.
pub(crate) fn be_patient(patience: Duration) {
    PATIENCE.set(patience);
}

#[cold]
fn cut() -> Error {
    Error::new(Kind::Deadline, "the statement was cut short")
}

/// Waits a little for a lock that another process has, longer each time; says
/// whether to try again.
pub(crate) fn wait_for_lock(count: i32) -> bool {
    if count == 0 {
        WAITING.set(Some(Instant::now()));
    }
    let waited = WAITING.get().map(|it| it.elapsed()).unwrap_or_default();
    let left = PATIENCE.get().saturating_sub(waited);
    if left.is_zero() || check().is_err() {
        return false;
    }
    let pause = match count {
        0..4 => 1,
        4..8 => 5,
        8..16 => 20,
        _ => 50,
    };
    std::thread::sleep(Duration::from_millis(pause).min(left));
    true
}
