//! The connections to one database, on deadpool.

mod close;
mod uses;

use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};
use std::time::Duration;

use deadpool::Runtime;
use deadpool::managed::{
    self, Metrics, PoolConfig, PoolError, QueueMode, RecycleError, RecycleResult, TimeoutType, Timeouts,
};
use prom_core::interface::check_runtime;
use prom_core::sql::Columns;
use prom_core::{Error, Kind, Result};
use tokio::sync::Semaphore;

use crate::config::Config;
use crate::connect::Connector;
use crate::connects::Connects;
use crate::driver::Driver;
use crate::loan::{Lent, Loan};
use crate::note::Note;
use crate::session::{Lifeline, Session};
use uses::Uses;

pub(crate) use uses::Tally;
pub use uses::Use;

/// The connections to one database. They open when they are needed, also after
/// they were closed.
pub struct Pool {
    config: Arc<Config>,
    /// What was seen of tables.
    columns: Arc<Columns<Note>>,
    open: RwLock<Option<Arc<Open>>>,
}

/// What is open between one close and the next.
pub(crate) struct Open {
    sessions: managed::Pool<Manager>,
    uses: Arc<Uses>,
    /// How many may be kept from everybody else for long: all but one.
    holds: Arc<Semaphore>,
}

/// Makes connections for deadpool, and tests those that come back.
pub(crate) struct Manager {
    connector: Arc<Connector>,
    connects: Arc<Connects>,
    lifelines: Mutex<Vec<Weak<Lifeline>>>,
}

impl managed::Manager for Manager {
    type Type = Session;
    type Error = Error;

    async fn create(&self) -> Result<Session> {
        let session = self.connects.next(&self.connector).await?;
        let mut lifelines = self.lifelines.lock().unwrap_or_else(PoisonError::into_inner);
        lifelines.retain(|it| it.strong_count() > 0);
        lifelines.push(session.weak_lifeline());
        Ok(session)
    }

    // Nothing is asked of the server: that would cost each use a round trip.
    async fn recycle(&self, session: &mut Session, _: &Metrics) -> RecycleResult<Error> {
        match session.is_fit() {
            true => Ok(()),
            false => Err(RecycleError::message("it is closed, or too old")),
        }
    }
}

impl Pool {
    /// The connections that `config` describes. Nothing is opened yet.
    pub fn new(config: Arc<Config>) -> Self {
        Self { config, columns: Arc::default(), open: RwLock::default() }
    }

    /// What the connections are made by.
    pub fn config(&self) -> &Arc<Config> {
        &self.config
    }

    /// What was seen of tables.
    pub(crate) fn columns(&self) -> &Arc<Columns<Note>> {
        &self.columns
    }

    /// A connection, when one is free, for that use of it.
    ///
    /// # Errors
    ///
    /// [`Kind::PoolTimeout`] when none became free in time; the text says what
    /// they are used for. [`Kind::Connect`] when no server will do. [`Kind::Invalid`]
    /// where there is no tokio runtime with a clock.
    pub async fn get(&self, usage: Use) -> Result<Loan> {
        check_runtime()?;
        loop {
            match self.opened()?.lend(usage).await {
                Ok(lent) => return Ok(self.loan(lent)),
                // Whoever was waiting when it was closed goes on with it opened again.
                Err(PoolError::Closed) => {}
                Err(error) => return Err(self.explain(error)),
            }
        }
    }

    /// A connection to keep for long, if one is left for everybody else; it
    /// waits for nobody, and gives none where it would have to.
    ///
    /// # Errors
    ///
    /// [`Kind::Connect`] when no server will do.
    pub async fn spare(&self, usage: Use) -> Result<Option<Loan>> {
        check_runtime()?;
        let open = self.opened()?;
        let Ok(hold) = open.holds.clone().try_acquire_owned() else {
            return Ok(None);
        };
        let at_once = Timeouts { wait: Some(Duration::ZERO), ..Timeouts::new() };
        match open.sessions.timeout_get(&at_once).await {
            Ok(object) => {
                let tally = Tally::new(&open.uses, usage);
                Ok(Some(self.loan(Lent { object, tally, _hold: Some(hold) })))
            }
            Err(PoolError::Timeout(_) | PoolError::Closed) => Ok(None),
            Err(error) => Err(self.explain(error)),
        }
    }

    /// Whether a connection is open.
    pub fn is_open(&self) -> bool {
        let open = self.open.read().unwrap_or_else(PoisonError::into_inner);
        open.as_ref().is_some_and(|it| it.sessions.status().size > 0)
    }

    fn loan(&self, lent: Lent) -> Loan {
        Loan::new(lent, &self.config, &self.columns)
    }

    fn opened(&self) -> Result<Arc<Open>> {
        if let Some(open) = &*self.open.read().unwrap_or_else(PoisonError::into_inner) {
            return Ok(open.clone());
        }
        let mut open = self.open.write().unwrap_or_else(PoisonError::into_inner);
        match &*open {
            Some(it) => Ok(it.clone()),
            None => Ok(open.insert(Open::new(&self.config)?).clone()),
        }
    }

    #[cold]
    fn explain(&self, error: PoolError<Error>) -> Error {
        let open = self.open.read().unwrap_or_else(PoisonError::into_inner);
        match error {
            PoolError::Backend(error) => error,
            PoolError::Timeout(TimeoutType::Wait) => {
                let size = self.config.connection_count();
                let uses = open.as_ref().map(|it| it.uses.to_string()).unwrap_or_default();
                Error::new(
                    Kind::PoolTimeout,
                    format!(
                        "no connection became free within {:?}: the {size} of this process are used by {uses}; end \
                         one of them first, or raise `max_connections` or `pool_timeout` in the DSN",
                        self.config.pool_timeout
                    ),
                )
            }
            error => Error::new(Kind::Closed, "the connections cannot be lent").with_source(error),
        }
    }
}

impl Open {
    fn new(config: &Arc<Config>) -> Result<Arc<Self>> {
        let count = config.connection_count();
        let manager = Manager {
            connector: Arc::new(Connector::new(config.clone())),
            connects: Arc::default(),
            lifelines: Mutex::default(),
        };
        let sessions = managed::Pool::builder(manager)
            .config(PoolConfig {
                max_size: count,
                timeouts: Timeouts::wait_millis(
                    u64::try_from(config.pool_timeout.as_millis()).unwrap_or(u64::MAX),
                ),
                // The last one used first: its caches are warm, and the others grow idle.
                queue_mode: QueueMode::Lifo,
            })
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|it| Error::new(Kind::Dsn, "the pool cannot be made").with_source(it))?;
        let open =
            Arc::new(Self { sessions, uses: Arc::default(), holds: Arc::new(Semaphore::new(count - 1)) });
        open.tidy_up_now_and_then(config)?;
        Ok(open)
    }

    async fn lend(&self, usage: Use) -> Result<Lent, PoolError<Error>> {
        let object = self.sessions.get().await?;
        Ok(Lent { object, tally: Tally::new(&self.uses, usage), _hold: None })
    }

    /// Closes what is too old, or was not used for too long, until the pool is gone.
    fn tidy_up_now_and_then(self: &Arc<Self>, config: &Config) -> Result<()> {
        let (open, max_idle) = (Arc::downgrade(self), config.max_idle);
        let soonest = config.max_idle.into_iter().chain(config.max_lifetime).min().unwrap_or(Duration::MAX);
        let pause = (soonest / 4).clamp(Duration::from_millis(100), Duration::from_secs(30));
        Driver::get()?.spawn(async move {
            loop {
                tokio::time::sleep(pause).await;
                let Some(open) = open.upgrade() else { return };
                let is_idle = |since: Duration| max_idle.is_some_and(|it| since >= it);
                drop(
                    open.sessions
                        .retain(|session, metrics| session.is_fit() && !is_idle(metrics.last_used())),
                );
                open.sessions
                    .manager()
                    .connects
                    .retain(|session| session.is_fit() && !is_idle(session.age()));
            }
        });
        Ok(())
    }
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pool").field("config", &self.config).finish_non_exhaustive()
    }
}
