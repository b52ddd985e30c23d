//! One SQLite connection on a thread of its own.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use prom_core::{Error, Kind, Result};
use tokio_rusqlite::rusqlite::config::DbConfig;
use tokio_rusqlite::rusqlite::vtab::array;
use tokio_rusqlite::rusqlite::{Connection, OpenFlags};
use tokio_rusqlite::{Connection as Thread, Error as ThreadError};

use crate::config::{Config, JournalMode};
use crate::error::from_sqlite;
use crate::functions;
use crate::identity::Identity;
use crate::job::{Gate, Owner, Stop, Terms, Ticket, be_patient, wait_for_lock};
use crate::temporary::Temporaries;

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Everything.
    Write,
    /// Reading only.
    Read,
}

/// One SQLite connection on a thread of its own.
#[derive(Debug, Clone)]
pub(crate) struct Driver {
    thread: Thread,
    gate: Arc<Gate>,
    temporaries: Arc<Temporaries>,
    /// The file, on the connection that writes to it.
    file: Option<Arc<Identity>>,
}

/// How often a transaction that a job left open is rolled back.
const TRIES: u32 = 5;

impl Driver {
    /// Opens a connection and sets it up.
    pub(crate) async fn open(config: &Config, purpose: Purpose) -> Result<Self> {
        let thread = match &config.file {
            None => Thread::open_in_memory().await,
            Some(file) => {
                if config.create {
                    create_folder(file).await?;
                }
                Thread::open_with_flags(file, flags(config)).await
            }
        };
        let thread = thread.map_err(|error| cannot_open(config, from_sqlite(&error)))?;
        let setup = config.clone();
        let ready = thread.call(move |connection| {
            guarded(connection, |connection| {
                set_up(connection, &setup, purpose)?;
                Ok(connection.get_interrupt_handle())
            })
        });
        match ready.await.map_err(of_thread) {
            Ok(interrupt) => {
                let gate = Gate::new(interrupt, config.statement_timeout);
                let file = config.file.as_deref().filter(|_| purpose == Purpose::Write);
                let file = file.and_then(Identity::of).map(Arc::new);
                Ok(Self { thread, gate, temporaries: Arc::default(), file })
            }
            Err(error) => Err(cannot_open(config, error)),
        }
    }

    /// Runs `job` on the connection's thread. A panic in it is an error, and a
    /// transaction that it opened and left is rolled back.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        terms: Terms,
        job: impl FnOnce(&mut Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let file = self.file.clone().filter(|_| terms.changes);
        self.call(terms, move |connection| {
            if let Some(file) = file {
                file.check()?;
            }
            // Nobody is lent a connection with a transaction of somebody else's.
            close_transaction(connection);
            let done = guarded(connection, job);
            close_transaction(connection);
            done
        })
        .await
    }

    /// Runs `job` on the connection's thread, within whatever is open there. It is
    /// cut short when its deadline passes, or when nobody waits for it any more.
    pub(crate) async fn call<T: Send + 'static>(
        &self,
        terms: Terms,
        job: impl FnOnce(&mut Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let mut cut = self.cut_on_drop(terms.stop);
        let (gate, ticket) = (self.gate.clone(), cut.ticket.clone());
        let call = self.thread.call(move |connection| gate.enter(&ticket, terms, || job(connection)));
        let (mut call, mut given_up) = (std::pin::pin!(call), std::pin::pin!(cut.ticket.given_up()));
        // Not by `select!`, which may ask nobody at all: what is polled once is sent.
        let done = std::future::poll_fn(|context| match call.as_mut().poll(context) {
            Poll::Ready(done) => Poll::Ready(done.map_err(of_thread)),
            Poll::Pending => given_up.as_mut().poll(context).map(|()| Err(stuck(terms))),
        })
        .await;
        cut.is_done = true;
        match done {
            Err(error) if cut.ticket.is_late() => Err(interrupted(error, terms)),
            done => done,
        }
    }

    /// A ticket for a job that is cut when what is given here is dropped.
    pub(crate) fn cut_on_drop(&self, stop: Stop) -> Cut {
        Cut { gate: self.gate.clone(), ticket: Arc::default(), stop, is_done: false }
    }

    /// Sends `job` to the connection's thread and does not wait for it.
    pub(crate) fn send(&self, job: impl FnOnce(&mut Connection) + Send + 'static) {
        // tokio-rusqlite sends at the first poll; a test holds it to that.
        let mut call = std::pin::pin!(self.thread.call_raw(job));
        let waker = std::task::Waker::noop();
        let _ = call.as_mut().poll(&mut std::task::Context::from_waker(waker));
    }

    /// The same for a job that can be cut.
    pub(crate) fn send_with(
        &self,
        cut: &Cut,
        terms: Terms,
        job: impl FnOnce(&mut Connection) + Send + 'static,
    ) {
        let (gate, ticket) = (self.gate.clone(), cut.ticket.clone());
        self.send(move |connection| {
            // Where it was cut before it began, the job is dropped, and what it holds with it.
            let _ = gate.enter(&ticket, terms, || {
                job(connection);
                Ok(())
            });
        });
    }

    /// A temporary table is not wanted any more.
    pub(crate) fn discard(&self, table: String) {
        self.temporaries.discard(table);
        let temporaries = self.temporaries.clone();
        self.send(move |connection| temporaries.sweep(connection));
    }

    /// On the thread, where a transaction has ended.
    pub(crate) fn sweep(&self, connection: &Connection) {
        self.temporaries.sweep(connection);
    }

    /// On the thread: whether the file is still the one that was opened.
    pub(crate) fn check_file(&self) -> Result<()> {
        self.file.as_ref().map_or(Ok(()), |it| it.check())
    }

    /// Cuts short what runs of that transaction.
    pub(crate) fn cut_of(&self, owner: Owner) {
        self.gate.cut_of(owner);
    }

    /// Closes the connection once its thread has done what was sent before.
    pub(crate) async fn close(self) -> Result<()> {
        // In a task of its own: a close that is dropped half-way would panic the thread.
        let closing = tokio::spawn(self.thread.close());
        match closing.await {
            Ok(Ok(())) | Err(_) => Ok(()),
            Ok(Err(ThreadError::Error(error) | ThreadError::Close((_, error)))) => Err(from_sqlite(&error)),
            Ok(Err(_)) => Ok(()),
        }
    }
}

/// Rolls back what is open.
pub(crate) fn close_transaction(connection: &Connection) {
    // An interrupt may meet the ROLLBACK as well.
    for _ in 0..TRIES {
        if connection.is_autocommit() {
            return;
        }
        // Where it fails for good, SQLite has rolled back by itself.
        let _ = connection.execute_batch("ROLLBACK");
    }
}

/// A job that is cut short when this is dropped before it is done.
#[derive(Debug)]
pub(crate) struct Cut {
    gate: Arc<Gate>,
    ticket: Arc<Ticket>,
    stop: Stop,
    is_done: bool,
}

impl Drop for Cut {
    fn drop(&mut self) {
        if !self.is_done {
            self.gate.cut(&self.ticket, self.stop);
        }
    }
}

fn of_thread(error: ThreadError<Error>) -> Error {
    match error {
        ThreadError::Error(error) => error,
        _ => closed(),
    }
}

/// What a job that was interrupted for its deadline says.
#[cold]
fn interrupted(error: Error, terms: Terms) -> Error {
    match (error.kind(), terms.deadline) {
        // An interrupt, or the end of a wait for another process.
        (Kind::Deadline | Kind::Busy, Some(time)) => late(time),
        _ => error,
    }
}

#[cold]
pub(crate) fn late(time: Duration) -> Error {
    Error::new(
        Kind::Deadline,
        format!(
            "the statement took longer than {time:?} and was stopped, and nothing of it is kept; raise \
             `statement_timeout` in the DSN, or make it shorter"
        ),
    )
}

#[cold]
fn stuck(terms: Terms) -> Error {
    let kind = if terms.changes { Kind::OutcomeUnknown } else { Kind::Deadline };
    let time = terms.deadline.unwrap_or_default();
    let text = format!(
        "the statement took longer than {time:?}, and does not stop: what becomes of it is not known"
    );
    Error::new(kind, text)
}

/// Runs `job` and turns a panic in it into an error: a decoder of the user's
/// must not end the thread, and the database in memory with it.
pub(crate) fn guarded<T>(
    connection: &mut Connection,
    job: impl FnOnce(&mut Connection) -> Result<T>,
) -> Result<T> {
    catch_unwind(AssertUnwindSafe(|| job(connection))).unwrap_or_else(|_| Err(panicked()))
}

#[cold]
pub(crate) fn panicked() -> Error {
    Error::new(Kind::Panicked, "a decoder of the program's own panicked; the connection works on")
}

/// Marks an error as this: the connection's thread has ended. No [`Kind`] says
/// it, since what SQLite finds wrong on a connection that works may be of any.
#[derive(Debug)]
struct Ended;

impl std::fmt::Display for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the thread is gone")
    }
}

impl std::error::Error for Ended {}

/// What a caller gets whose connection's thread has ended.
#[cold]
pub(crate) fn closed() -> Error {
    Error::new(Kind::Closed, "the connection's thread has ended; the next use opens the database again")
        .with_source(Ended)
}

/// Whether the connection that said so has lost its thread.
pub(crate) fn has_ended(error: &Error) -> bool {
    std::error::Error::source(error).is_some_and(|it| it.is::<Ended>())
}

async fn create_folder(file: &Path) -> Result<()> {
    let Some(folder) = file.parent().filter(|it| !it.as_os_str().is_empty()) else {
        return Ok(());
    };
    let wanted = folder.to_owned();
    let created = tokio::task::spawn_blocking(move || match wanted.exists() {
        true => Ok(()),
        false => std::fs::create_dir_all(wanted),
    });
    created.await.map_err(|_| closed())?.map_err(|error| {
        Error::new(
            Kind::Connect,
            format!("the folder `{}` of the SQLite file cannot be created", folder.display()),
        )
        .with_source(error)
    })
}

// Without SQLITE_OPEN_URI: a path is a path, whatever characters it has.
fn flags(config: &Config) -> OpenFlags {
    let access = match config.readonly {
        true => OpenFlags::SQLITE_OPEN_READ_ONLY,
        false => OpenFlags::SQLITE_OPEN_READ_WRITE,
    };
    let create = if config.create { OpenFlags::SQLITE_OPEN_CREATE } else { OpenFlags::empty() };
    access | create | OpenFlags::SQLITE_OPEN_NO_MUTEX
}

fn set_up(connection: &mut Connection, config: &Config, purpose: Purpose) -> Result<()> {
    let sqlite = |error| from_sqlite(&error);
    connection.busy_handler(Some(wait_for_lock)).map_err(sqlite)?;
    be_patient(config.timeout);
    connection.set_prepared_statement_cache_capacity(config.statement_cache);
    for (setting, value) in [
        // Else `WHERE "missing" = 1` compares the text 'missing', and a missing column is never noticed.
        // <https://www.sqlite.org/quirks.html#double_quoted_string_literals_are_accepted>
        (DbConfig::SQLITE_DBCONFIG_DQS_DML, false),
        (DbConfig::SQLITE_DBCONFIG_DQS_DDL, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, true),
        (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
        // Else each new value of a bound LIMIT plans the cached statement anew.
        (DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true),
    ] {
        connection.set_db_config(setting, value).map_err(sqlite)?;
    }
    array::load_module(connection).map_err(sqlite)?;
    functions::register(connection).map_err(sqlite)?;
    // Reads the file's head: a file that is no database says so here.
    connection.query_row("PRAGMA schema_version", [], |_| Ok(())).map_err(sqlite)?;
    if config.file.is_some() && purpose == Purpose::Write && !config.readonly {
        set_journal_mode(connection, config.journal_mode)?;
    }
    connection.pragma_update(None, "synchronous", config.synchronous.keyword()).map_err(sqlite)?;
    connection.pragma_update(None, "cell_size_check", true).map_err(sqlite)?;
    if purpose == Purpose::Read || config.readonly {
        connection.pragma_update(None, "query_only", true).map_err(sqlite)?;
    }
    Ok(())
}

fn set_journal_mode(connection: &Connection, mode: JournalMode) -> Result<()> {
    let got: String = connection
        .pragma_update_and_check(None, "journal_mode", mode.keyword(), |row| row.get(0))
        .map_err(|error| from_sqlite(&error))?;
    if got.eq_ignore_ascii_case(mode.keyword()) {
        return Ok(());
    }
    Err(Error::new(
        Kind::Connect,
        format!(
            "the file stays in journal mode `{got}` and cannot be set to `{}`; ask for it by `?journal_mode={got}`",
            mode.keyword()
        ),
    ))
}

#[cold]
fn cannot_open(config: &Config, error: Error) -> Error {
    match &config.file {
        Some(file) if !config.create && !file.exists() => Error::new(
            Kind::Connect,
            format!(
                "the file `{}` does not exist, and with `{}` in the DSN it is not created",
                file.display(),
                if config.readonly { "readonly" } else { "install=verify" },
            ),
        ),
        Some(file) => error.context(format_args!("cannot open `{}`", file.display())),
        None => error.context("cannot open a database in memory"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn memory() -> Driver {
        let config = Config::from_dsn(&"sqlite::memory:".parse().expect("a DSN")).expect("its config");
        Driver::open(&config, Purpose::Write).await.expect("memory opens")
    }

    fn terms() -> Terms {
        Terms { deadline: None, patience: Duration::ZERO, changes: true, stop: Stop::AtOnce, owner: None }
    }

    #[tokio::test]
    async fn a_job_that_is_sent_runs_though_nobody_waits() {
        let driver = memory().await;
        driver.send(|it| it.execute_batch("CREATE TABLE sent (a)").expect("it is created"));
        let count = driver.run(terms(), |it| {
            it.query_row("SELECT count(*) FROM sent", [], |row| row.get(0))
                .map_err(|error| from_sqlite(&error))
        });
        assert_eq!(count.await.ok(), Some(0));
    }

    #[tokio::test]
    async fn a_panic_is_an_error_and_leaves_no_transaction() {
        let driver = memory().await;
        let job = |it: &mut Connection| -> Result<()> {
            it.execute_batch("BEGIN").expect("it begins");
            panic!("in a job")
        };
        assert_eq!(driver.run(terms(), job).await.expect_err("it panicked").kind(), Kind::Panicked);
        assert_eq!(driver.run(terms(), |it| Ok(it.is_autocommit())).await.ok(), Some(true));
    }

    #[tokio::test]
    async fn only_a_connection_without_its_thread_has_ended() {
        let driver = memory().await;
        let io = driver.run(terms(), |_| -> Result<()> {
            Err(from_sqlite(&tokio_rusqlite::rusqlite::Error::SqliteFailure(
                tokio_rusqlite::rusqlite::ffi::Error::new(tokio_rusqlite::rusqlite::ffi::SQLITE_IOERR_WRITE),
                None,
            )))
        });
        let io = io.await.expect_err("the disk");
        assert!(io.kind() == Kind::Io && !has_ended(&io), "{io:?}");
        assert!(!has_ended(&Error::new(Kind::Closed, "by an interface of another kind")));
        driver.clone().close().await.expect("it closes");
        let ended = driver.run(terms(), |_| Ok(())).await.expect_err("its thread is gone");
        assert!(ended.kind() == Kind::Closed && has_ended(&ended), "{ended:?}");
    }

    #[tokio::test]
    async fn a_missing_column_is_an_error_and_not_a_text() {
        let driver = memory().await;
        for sql in [
            "SELECT \"missing\" FROM t",
            "DELETE FROM t WHERE \"missing\" IS NOT NULL",
            "UPDATE t SET a = \"missing\"",
            "SELECT a FROM t ORDER BY \"missing\"",
            "CREATE INDEX i ON t (\"missing\")",
        ] {
            let error = driver.run(terms(), move |it| {
                it.execute_batch("CREATE TABLE IF NOT EXISTS t (a)").map_err(|error| from_sqlite(&error))?;
                it.execute_batch(sql).map_err(|error| from_sqlite(&error))
            });
            assert!(error.await.is_err(), "{sql}");
        }
    }
}
