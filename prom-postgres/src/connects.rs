//! Connections on the way, which whoever waits next gets.
//!
//! A caller that is dropped must not take its half-made connection with it: under
//! deadlines shorter than a connect, nobody would ever get one.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use prom_core::{Error, Kind, Result};
use tokio::sync::oneshot;

use crate::connect::Connector;
use crate::driver::Driver;
use crate::session::Session;

/// Connections on the way: never more than wait for one.
#[derive(Default)]
pub(crate) struct Connects(Mutex<State>);

#[derive(Default)]
struct State {
    waiting: VecDeque<oneshot::Sender<Result<Session>>>,
    outstanding: usize,
    /// Those whose callers had gone when they arrived.
    ready: Vec<Session>,
    is_shut: bool,
}

impl Connects {
    /// A connection: one that is there, or the next to arrive.
    pub(crate) async fn next(self: &Arc<Self>, connector: &Arc<Connector>) -> Result<Session> {
        let (sender, receiver) = oneshot::channel();
        {
            let mut state = self.state();
            while let Some(session) = state.ready.pop() {
                if session.is_fit() {
                    return Ok(session);
                }
            }
            state.waiting.retain(|it| !it.is_closed());
            state.waiting.push_back(sender);
            if state.outstanding < state.waiting.len() {
                self.start(connector, Driver::get()?);
                state.outstanding += 1;
            }
        }
        receiver.await.map_err(|_| closed())?
    }

    fn start(self: &Arc<Self>, connector: &Arc<Connector>, driver: Driver) {
        let (connects, connector) = (self.clone(), connector.clone());
        let connecting = driver.spawn_aside(async move { connector.connect().await });
        driver.spawn(async move {
            // Whatever becomes of it, who waits must hear of it.
            connects.deliver(connecting.await.unwrap_or_else(|_| Err(closed())));
        });
    }

    fn deliver(&self, result: Result<Session>) {
        let mut state = self.state();
        state.outstanding = state.outstanding.saturating_sub(1);
        let mut result = result;
        while let Some(waiting) = state.waiting.pop_front() {
            match waiting.send(result) {
                Ok(()) => return,
                Err(back) => result = back,
            }
        }
        if let Ok(session) = result
            && !state.is_shut
        {
            state.ready.push(session);
        }
    }

    /// Lets go of those that nobody came for and that `is_kept` refuses.
    pub(crate) fn retain(&self, is_kept: impl Fn(&Session) -> bool) {
        self.state().ready.retain(is_kept);
    }

    /// Keeps nothing any more.
    pub(crate) fn shut(&self) {
        let mut state = self.state();
        state.is_shut = true;
        state.ready.clear();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cold]
fn closed() -> Error {
    Error::new(Kind::Closed, "the database was closed meanwhile")
}
