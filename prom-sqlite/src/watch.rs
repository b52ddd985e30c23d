//! Who looks whether a job has run past its deadline: one thread for all
//! connections of the process.
//!
//! A timer of the runtime's for each statement would wake a thread of it each
//! time, which costs more than the statement.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError, Weak};
use std::thread::Thread;
use std::time::Duration;

use crate::job::{Gate, Look};

static GATES: Mutex<Vec<Weak<Gate>>> = Mutex::new(Vec::new());
static WATCHER: OnceLock<Option<Thread>> = OnceLock::new();
/// Nothing has run for a while, and nobody looks until something does.
static IS_ASLEEP: AtomicBool = AtomicBool::new(false);

/// A deadline is met this much of itself late at the most.
const PART: u32 = 16;
const SHORTEST: Duration = Duration::from_millis(1);
const LONGEST: Duration = Duration::from_millis(250);
/// After so many looks at nothing it sleeps.
const IDLE: u32 = 8;

/// Has the jobs of a connection looked at from now on.
pub(crate) fn add(gate: Weak<Gate>) {
    GATES.lock().unwrap_or_else(PoisonError::into_inner).push(gate);
    WATCHER.get_or_init(|| {
        let watcher = std::thread::Builder::new().name("prom-sqlite-watch".to_owned()).spawn(watch);
        // Without it deadlines are not kept, and everything else is.
        watcher.map(|it| it.thread().clone()).ok()
    });
    wake();
}

/// A job begins.
pub(crate) fn wake() {
    if IS_ASLEEP.load(Ordering::SeqCst)
        && IS_ASLEEP.swap(false, Ordering::SeqCst)
        && let Some(Some(watcher)) = WATCHER.get()
    {
        watcher.unpark();
    }
}

/// Something is to stop: it is looked at at once.
pub(crate) fn hurry() {
    IS_ASLEEP.store(false, Ordering::SeqCst);
    if let Some(Some(watcher)) = WATCHER.get() {
        watcher.unpark();
    }
}

fn is_anything_running() -> bool {
    let gates = GATES.lock().unwrap_or_else(PoisonError::into_inner);
    gates.iter().filter_map(Weak::upgrade).any(|it| it.look() != Look::Idle)
}

fn watch() {
    let mut idle = 0;
    loop {
        let mut pause = LONGEST;
        let mut is_idle = true;
        GATES.lock().unwrap_or_else(PoisonError::into_inner).retain(|gate| {
            let Some(gate) = gate.upgrade() else { return false };
            match gate.look() {
                Look::Idle => {}
                Look::Running => is_idle = false,
                Look::Stopping => (is_idle, pause) = (false, SHORTEST),
            }
            pause = gate.deadline().map_or(pause, |it| pause.min(it / PART));
            true
        });
        idle = if is_idle { idle + 1 } else { 0 };
        if idle < IDLE {
            std::thread::park_timeout(pause.max(SHORTEST));
            continue;
        }
        idle = 0;
        IS_ASLEEP.store(true, Ordering::SeqCst);
        // What began in between has seen nobody asleep.
        if is_anything_running() {
            IS_ASLEEP.store(false, Ordering::SeqCst);
        }
        while IS_ASLEEP.load(Ordering::SeqCst) {
            std::thread::park();
        }
    }
}
