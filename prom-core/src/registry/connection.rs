//! A connection by its name: a handle to an interface.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use super::backend;
use super::ensure::Ensured;
use super::executor::Executor;
use crate::interface::{Capabilities, Install, Interface};
use crate::schema::Schema;
use crate::transaction::TransactionBuilder;
use crate::{Dsn, Error, Kind, Result};

/// A configured connection: a handle, cheap to clone, to a database that opens
/// at first use.
#[derive(Clone)]
pub struct Connection(Arc<Inner>);

struct Inner {
    dsn: Dsn,
    slot: u32,
    install: Option<Install>,
    max_rows_buffered: usize,
    pool_timeout: Duration,
    interface: Arc<dyn Interface>,
    ensured: Ensured,
}

static SLOTS: AtomicU32 = AtomicU32::new(0);

fn next_slot() -> Result<u32> {
    let next = SLOTS.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |it| it.checked_add(1));
    next.map_err(|_| Error::new(Kind::Invalid, "more connections than there are numbers to count them"))
}

impl Connection {
    pub(super) fn new(dsn: Dsn) -> Result<Self> {
        let named = |error: Error| match dsn.name() {
            "" => error,
            name => error.context(format_args!("connection `{name}`")),
        };
        // Options of every interface; the interface itself reads and refuses the rest.
        let mut options = dsn.options();
        let install = match options.choice("install", &["auto", "verify", "off"]).map_err(named)? {
            Some("off") => None,
            Some("verify") => Some(Install::Verify),
            _ => Some(Install::Auto),
        };
        let max_rows_buffered = options.integer("max_rows_buffered").map_err(named)?.unwrap_or(1_000_000);
        let pool_timeout = options.duration("pool_timeout").map_err(named)?.unwrap_or(Duration::from_secs(5));
        let interface = backend::open(&dsn).map_err(named)?;
        let slot = next_slot()?;
        Ok(Self(Arc::new(Inner {
            dsn,
            slot,
            install,
            max_rows_buffered,
            interface,
            pool_timeout,
            ensured: Ensured::new(),
        })))
    }

    /// Its name; empty for the default one.
    pub fn name(&self) -> &str {
        self.0.dsn.name()
    }

    /// The DSN that it was configured with; printed without its password.
    pub fn dsn(&self) -> &Dsn {
        &self.0.dsn
    }

    /// What its backend can do.
    pub fn capabilities(&self) -> Capabilities {
        self.0.interface.capabilities()
    }

    /// The interface behind it.
    pub fn interface(&self) -> &Arc<dyn Interface> {
        &self.0.interface
    }

    /// Whether the database is open.
    pub fn is_open(&self) -> bool {
        self.0.interface.is_open()
    }

    /// Closes the database; the next use opens it again. What lies in memory is
    /// gone then.
    ///
    /// # Errors
    ///
    /// What the database says to it.
    pub async fn close(&self) -> Result<()> {
        // Forgotten even if the caller does not wait for the end.
        let _forget = Forget(self);
        self.0.interface.close().await
    }

    /// Makes sure of the tables of `schemas` and of those that they refer to:
    /// creates them, adds missing columns and missing indexes. Models of the same
    /// tables that are not among them do not count. Where the DSN says
    /// `install=verify`, it is [`verify`](Connection::verify).
    ///
    /// # Errors
    ///
    /// [`Kind::InstallDenied`] for a required field that has no column, and
    /// whatever the database says.
    pub async fn install(&self, schemas: &[&'static Schema]) -> Result<()> {
        Executor::from(self).here().install_by_hand(schemas).await
    }

    /// Looks whether the tables of `schemas`, and those that they refer to, are
    /// as the models want them.
    ///
    /// # Errors
    ///
    /// [`Kind::InstallDenied`] with everything that is missing or differs, as
    /// [`verify`](crate::verify()).
    pub async fn verify(&self, schemas: &[&'static Schema]) -> Result<()> {
        Executor::from(self).here().install(schemas, Install::Verify).await
    }

    /// What error messages call it.
    pub(crate) fn title(&self) -> String {
        match self.name() {
            "" => "the default connection".to_owned(),
            name => format!("the connection `{name}`"),
        }
    }

    /// Whether both are handles to one.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Its number, which rows remember: no other connection gets it, not even
    /// one that takes its name.
    pub(crate) fn slot(&self) -> u32 {
        self.0.slot
    }

    /// The most rows that a stream may hold in memory.
    pub(crate) fn max_rows_buffered(&self) -> usize {
        self.0.max_rows_buffered
    }

    /// A transaction on this connection, which begins when it is awaited. Within
    /// a transaction on it, it is one within that.
    ///
    /// # Errors
    ///
    /// When it is awaited, as [`begin`](crate::begin()).
    pub fn begin(&self) -> TransactionBuilder {
        TransactionBuilder::on(self)
    }

    /// How long a connection of this process, or a turn in a transaction, is waited for.
    pub(crate) fn pool_timeout(&self) -> Duration {
        self.0.pool_timeout
    }

    /// What the DSN says about tables that are missing; `None` leaves it to others.
    pub(super) fn install_option(&self) -> Option<Install> {
        self.0.install
    }

    pub(super) fn ensured(&self) -> &Ensured {
        &self.0.ensured
    }
}

/// Forgets what was made sure of when it is dropped.
struct Forget<'a>(&'a Connection);

impl Drop for Forget<'_> {
    fn drop(&mut self) {
        self.0.ensured().forget();
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Connection").field(&self.0.dsn).finish()
    }
}
