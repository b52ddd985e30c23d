//! How the connections are closed: they are waited for, and then broken off.

use std::sync::{PoisonError, Weak};
use std::time::Duration;

use prom_core::Result;
use tokio::sync::Semaphore;

use super::{Open, Pool};
use crate::driver::Driver;

/// How long whoever uses a connection may go on.
const PATIENCE: Duration = Duration::from_secs(5);

impl Pool {
    /// Closes the connections: those in use when they come back, or after five
    /// seconds, whatever runs on them. The next use opens new ones. One that is
    /// dropped half-way goes on.
    ///
    /// # Errors
    ///
    /// [`Kind::Connect`](prom_core::Kind) where no thread can be had for it.
    pub async fn close(&self) -> Result<()> {
        let driver = Driver::get()?;
        let open = self.open.write().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(open) = open {
            // It cannot fail but by a panic, after which nothing is left to do.
            let _ = driver.spawn(async move { open.close().await }).await;
        }
        Ok(())
    }
}

impl Open {
    async fn close(&self) {
        self.sessions.close();
        let manager = self.sessions.manager();
        manager.connects.shut();
        let config = manager.connector.config();
        let all = u32::try_from(config.connection_count()).unwrap_or(u32::MAX);
        if is_free_within(PATIENCE, manager.connector.places(), all).await {
            return;
        }
        let lifelines =
            std::mem::take(&mut *manager.lifelines.lock().unwrap_or_else(PoisonError::into_inner));
        let ends: Vec<_> = lifelines
            .iter()
            .filter_map(Weak::upgrade)
            .map(|it| {
                tokio::spawn(async move {
                    it.cancel().await;
                    it.task.abort();
                })
            })
            .collect();
        for end in ends {
            let _ = end.await;
        }
    }
}

/// Whether every connection was closed by then.
async fn is_free_within(time: Duration, places: &Semaphore, all: u32) -> bool {
    tokio::time::timeout(time, places.acquire_many(all)).await.is_ok()
}
