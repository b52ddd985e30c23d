//! A connection by its name: a handle to an interface, which makes sure of
//! tables before they are used.

use std::collections::HashSet;
use std::fmt;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::{Mutex, MutexGuard};

use super::backend;
use crate::interface::{Capabilities, Change, Cursor, Done, Install, Interface, More, Rendered};
use crate::query::Request;
use crate::row::Sink;
use crate::schema::{Schema, parents_first};
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
    interface: Arc<dyn Interface>,
    /// Changes whenever what was made sure of may be gone. Unique in the
    /// process, so that a schema remembers a database by it.
    stamp: AtomicU64,
    /// The tables that were made sure of since a stamp, for schemas that have
    /// last been used on another connection.
    ensured: RwLock<(u64, HashSet<usize>)>,
    /// Held while tables are made sure of: the last attempt, if it failed for want
    /// of a connection, by its number.
    ensuring: Mutex<Option<(u64, Error)>>,
    /// How many attempts have come to an end.
    attempts: AtomicU64,
}

/// 0 is the stamp of no database.
static STAMPS: AtomicU64 = AtomicU64::new(1);

fn next_stamp() -> u64 {
    STAMPS.fetch_add(1, Ordering::Relaxed)
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
        let interface = backend::open(&dsn).map_err(named)?;
        let slot = next_slot()?;
        let stamp = AtomicU64::new(next_stamp());
        Ok(Self(Arc::new(Inner {
            dsn,
            slot,
            install,
            max_rows_buffered,
            interface,
            stamp,
            ensured: RwLock::default(),
            ensuring: Mutex::default(),
            attempts: AtomicU64::new(0),
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
    /// creates them, adds missing columns and missing indexes.
    ///
    /// # Errors
    ///
    /// [`Kind::InstallDenied`] for a required field that has no column, and
    /// whatever the database says.
    pub async fn install(&self, schemas: &[&'static Schema]) -> Result<()> {
        self.make_sure(schemas, Install::Full, Look::Always).await
    }

    /// Looks whether the tables of `schemas`, and those that they refer to, are
    /// as the models want them.
    ///
    /// # Errors
    ///
    /// [`Kind::InstallDenied`] with what is missing, and on an SQL backend the
    /// statements that would mend it.
    pub async fn verify(&self, schemas: &[&'static Schema]) -> Result<()> {
        self.make_sure(schemas, Install::Verify, Look::Always).await
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

    pub(crate) fn render(&self, request: &Request) -> Result<Rendered> {
        self.0.interface.render(request)
    }

    /// Carries out what gives rows; `sink` makes an empty sink, perhaps twice.
    pub(crate) async fn fetch(
        &self,
        request: Arc<Request>,
        sink: impl Fn() -> Box<dyn Sink> + Send + Sync,
    ) -> Result<Box<dyn Sink>> {
        let schema = request.schema();
        let stamp = self.ensure(&request).await?;
        match self.0.interface.fetch(request.clone(), sink()).await {
            Err(error) => {
                self.heal(&request, stamp, error).await?;
                self.0.interface.fetch(request, sink()).await
            }
            done => done,
        }
        .map_err(|error| about(schema, error))
    }

    /// Carries out a change.
    pub(crate) async fn execute(&self, request: Arc<Request>) -> Result<Done> {
        let schema = request.schema();
        let stamp = self.ensure(&request).await?;
        match self.0.interface.execute(request.clone()).await {
            Err(error) => {
                self.heal(&request, stamp, error).await?;
                self.0.interface.execute(request).await
            }
            done => done,
        }
        .map_err(|error| about(schema, error))
    }

    /// Opens a result that is read in pieces, and reads the first.
    pub(crate) async fn open_cursor(
        &self,
        request: Arc<Request>,
        sink: impl Fn() -> Box<dyn Sink> + Send + Sync,
    ) -> Result<(Box<dyn Cursor>, Box<dyn Sink>, More)> {
        let schema = request.schema();
        let stamp = self.ensure(&request).await?;
        let mut cursor = self.0.interface.cursor(request.clone());
        let first = match cursor.next(sink()).await {
            Err(error) => {
                self.heal(&request, stamp, error).await?;
                cursor = self.0.interface.cursor(request);
                cursor.next(sink()).await
            }
            first => first,
        };
        let (sink, more) = first.map_err(|error| about(schema, error))?;
        Ok((cursor, sink, more))
    }

    /// Makes sure of the tables of a request before they are used: two loads
    /// for each once they are. What is about no model runs as it stands. Gives the
    /// stamp of the database as it was then.
    async fn ensure(&self, request: &Request) -> Result<u64> {
        let stamp = self.0.stamp.load(Ordering::Acquire);
        let Some(install) = self.0.install else {
            return check_runtime().map(|()| stamp);
        };
        let mut unknown = Vec::new();
        request.visit_schemas(&mut |it| {
            if !self.is_ensured(it, stamp) {
                unknown.push(it);
            }
        });
        if unknown.is_empty() && request.schema().is_some() {
            return Ok(stamp);
        }
        check_runtime()?;
        if !unknown.is_empty() {
            let done = self.make_sure(&unknown, install, Look::Once).await;
            done.map_err(|error| about(request.schema(), error))?;
        }
        Ok(stamp)
    }

    async fn make_sure(&self, schemas: &[&'static Schema], install: Install, look: Look) -> Result<()> {
        // One at a time: the second of two first uses finds the work done.
        let mut ensuring = self.ensuring().await?;
        let stamp = self.0.stamp.load(Ordering::Acquire);
        let mut wanted = parents_first(schemas.iter().copied());
        if look == Look::Once {
            wanted.retain(|it| !self.is_ensured(it, stamp));
        }
        if wanted.is_empty() {
            return Ok(());
        }
        for schema in &wanted {
            schema.check()?;
        }
        let changes = self.attempt(&mut ensuring, &wanted, install).await;
        for change in &changes.map_err(|error| self.not_installed(error))? {
            tracing::info!(connection = self.name(), "prom: {change}");
        }
        self.remember(&wanted, stamp);
        Ok(())
    }

    /// The turn to make sure of tables. An attempt that ended while it was waited
    /// for, and got no connection in time, speaks for all who waited: else each
    /// would wait as long again, one after the other.
    async fn ensuring(&self) -> Result<MutexGuard<'_, Option<(u64, Error)>>> {
        let ended = self.0.attempts.load(Ordering::Acquire);
        let ensuring = self.0.ensuring.lock().await;
        match &*ensuring {
            Some((attempt, error)) if *attempt > ended => Err(self.not_installed(error.clone())),
            _ => Ok(ensuring),
        }
    }

    async fn attempt(
        &self,
        ensuring: &mut Option<(u64, Error)>,
        schemas: &[&'static Schema],
        install: Install,
    ) -> Result<Vec<Change>> {
        let done = self.0.interface.install(schemas, install).await;
        let attempt = self.0.attempts.fetch_add(1, Ordering::AcqRel) + 1;
        *ensuring = match &done {
            Err(error) if matches!(error.kind(), Kind::PoolTimeout | Kind::Busy) => {
                Some((attempt, error.clone()))
            }
            _ => None,
        };
        done
    }

    /// Whether the table was made sure of since `stamp`: the schema remembers the
    /// last database it was used on, and each connection all of its tables.
    fn is_ensured(&self, schema: &'static Schema, stamp: u64) -> bool {
        if schema.is_ensured(stamp) {
            return true;
        }
        let ensured = self.0.ensured.read().unwrap_or_else(PoisonError::into_inner);
        let is_ensured = ensured.0 == stamp && ensured.1.contains(&address(schema));
        if is_ensured {
            schema.set_ensured(stamp);
        }
        is_ensured
    }

    fn remember(&self, schemas: &[&'static Schema], stamp: u64) {
        let mut ensured = self.0.ensured.write().unwrap_or_else(PoisonError::into_inner);
        if ensured.0 != stamp {
            *ensured = (stamp, HashSet::new());
        }
        for schema in schemas {
            schema.set_ensured(stamp);
            ensured.1.insert(address(schema));
        }
    }

    #[cold]
    fn not_installed(&self, error: Error) -> Error {
        match self.name() {
            "" => error,
            _ => error.context(self.title()),
        }
    }

    /// After a statement found a table or a column missing: looks again, and
    /// gives the error back if there was nothing to mend, and nobody else has
    /// mended it since `stamp`.
    #[cold]
    async fn heal(&self, request: &Request, stamp: u64, error: Error) -> Result<()> {
        let Some(schema) = request.schema() else { return Err(error) };
        let is_gone = matches!(error.kind(), Kind::TableMissing | Kind::FieldMissing);
        match self.0.install {
            None if is_gone => return Err(about(Some(schema), off(schema, &error))),
            Some(Install::Auto) if is_gone => {}
            _ => return Err(about(Some(schema), error)),
        }
        let mut ensuring = self.ensuring().await?;
        let now = self.0.stamp.load(Ordering::Acquire);
        let mut wanted = Vec::new();
        request.visit_schemas(&mut |it| wanted.push(it));
        let wanted = parents_first(wanted);
        let changes = self.attempt(&mut ensuring, &wanted, Install::Auto).await?;
        if changes.is_empty() {
            // The name is one that no model knows of: nothing has vanished, and nobody looks again.
            return if now == stamp { Err(about(Some(schema), error)) } else { Ok(()) };
        }
        // Where one is gone, others may be too.
        let stamp = self.forget();
        self.remember(&wanted, stamp);
        tracing::warn!(
            connection = self.name(),
            table = schema.table(),
            "prom: a table or column had vanished and was made anew"
        );
        Ok(())
    }

    /// What was made sure of may be gone. Gives the stamp from here on.
    fn forget(&self) -> u64 {
        let stamp = next_stamp();
        self.0.stamp.store(stamp, Ordering::Release);
        stamp
    }
}

/// Whether tables are looked at that were made sure of before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    Once,
    Always,
}

fn check_runtime() -> Result<()> {
    if tokio::runtime::Handle::try_current().is_err() {
        return Err(Error::new(
            Kind::Invalid,
            "prom needs a tokio runtime and there is none here: put `#[tokio::main]` over `main`, \
             or `#[tokio::test]` over the test",
        ));
    }
    // Tokio says only by a panic whether its runtime has a clock. Here it is an error, and comes at
    // the first use; else it would end whoever first waits for a connection.
    std::panic::catch_unwind(|| drop(tokio::time::sleep(std::time::Duration::ZERO))).map_err(|_| {
        Error::new(
            Kind::Invalid,
            "prom needs a tokio runtime with a clock, which waits for connections go by: \
             call `enable_time()` or `enable_all()` on its `Builder`",
        )
    })
}

/// Forgets what was made sure of when it is dropped.
struct Forget<'a>(&'a Connection);

impl Drop for Forget<'_> {
    fn drop(&mut self) {
        self.0.forget();
    }
}

fn address(schema: &'static Schema) -> usize {
    std::ptr::from_ref(schema).addr()
}

/// What is missing, where prom was told not to make it.
#[cold]
fn off(schema: &Schema, error: &Error) -> Error {
    let model = schema.model();
    let text = format!("{error}; the DSN says `install=off`: make it by `{model}::install()` or by hand");
    match error.code() {
        Some(code) => Error::new(error.kind(), text).with_code(code),
        None => Error::new(error.kind(), text),
    }
}

#[cold]
fn about(schema: Option<&Schema>, error: Error) -> Error {
    match (error.model(), schema) {
        (None, Some(schema)) => error.with_model(schema.model()),
        _ => error,
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Connection").field(&self.0.dsn).finish()
    }
}
