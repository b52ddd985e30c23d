//! The thread that all connections of the process are driven on.
//!
//! A connection must be read and written whether or not somebody waits for it,
//! and must outlive the runtime that asked for it: a test has one each.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use prom_core::{Error, Kind, Result};
use tokio::runtime::{Builder, Handle};
use tokio::task::JoinHandle;
use tokio::time::Sleep;

/// The thread that all connections of the process are driven on.
#[derive(Debug, Clone)]
pub(crate) struct Driver(Handle);

/// With the process that it runs in: a fork has no thread but its own.
static CURRENT: Mutex<Option<(u32, Driver)>> = Mutex::new(None);

impl Driver {
    /// The driver of this process, started if it is not running.
    pub(crate) fn get() -> Result<Self> {
        let process = std::process::id();
        let mut current = CURRENT.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((started_in, driver)) = &*current
            && *started_in == process
        {
            return Ok(driver.clone());
        }
        let driver = Self::start().map_err(|error| {
            Error::new(Kind::Connect, "the thread that drives the connections cannot be started")
                .with_source(error)
        })?;
        *current = Some((process, driver.clone()));
        Ok(driver)
    }

    fn start() -> std::io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_io().enable_time().build()?;
        let handle = runtime.handle().clone();
        std::thread::Builder::new()
            .name("prom-postgres".to_owned())
            .spawn(move || runtime.block_on(std::future::pending::<()>()))?;
        Ok(Self(handle))
    }

    /// Runs `task` on the driver's thread, whether or not it is waited for.
    pub(crate) fn spawn<T: Send + 'static>(
        &self,
        task: impl Future<Output = T> + Send + 'static,
    ) -> JoinHandle<T> {
        self.0.spawn(task)
    }

    /// Runs `task` beside the driver's thread, which only wakes it: for what
    /// computes for long, as proving a password does, which is made to be slow.
    pub(crate) fn spawn_aside<T: Send + 'static>(
        &self,
        task: impl Future<Output = T> + Send + 'static,
    ) -> JoinHandle<T> {
        let handle = self.0.clone();
        self.0.spawn_blocking(move || handle.block_on(task))
    }

    /// A sleep on the driver's clock: the caller's may stand still, in a test.
    pub(crate) fn sleep(&self, time: Duration) -> Sleep {
        let _inside = self.0.enter();
        tokio::time::sleep(time)
    }
}
