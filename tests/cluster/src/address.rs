//! How a server is reached: its DSNs, and SQL for the tests themselves.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tokio_postgres::config::Host;
use tokio_postgres::{Config, NoTls, SimpleQueryMessage};

use crate::database::Database;
use crate::error::{Error, Result, during};
use crate::pgbouncer::PgBouncer;

/// A server and a user of it.
#[derive(Clone)]
pub struct Address {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) user: String,
    pub(crate) password: String,
    /// The directory of its socket.
    pub(crate) socket: Option<PathBuf>,
}

impl Address {
    /// The server and the user of a DSN; the database and the options are left out.
    ///
    /// # Errors
    ///
    /// When the DSN is none of PostgreSQL.
    pub fn from_dsn(dsn: &str) -> Result<Self> {
        let end = dsn.find(['?', '#']).unwrap_or(dsn.len());
        let config: Config = dsn[..end].parse().map_err(during("the DSN of the tests' PostgreSQL"))?;
        let host = match config.get_hosts() {
            [Host::Tcp(host), ..] => host.clone(),
            [Host::Unix(directory), ..] => directory.display().to_string(),
            [] => "127.0.0.1".to_owned(),
        };
        Ok(Self {
            socket: host.starts_with('/').then(|| PathBuf::from(&host)),
            host,
            port: config.get_ports().first().copied().unwrap_or(5432),
            user: config.get_user().unwrap_or("postgres").to_owned(),
            password: String::from_utf8_lossy(config.get_password().unwrap_or_default()).into_owned(),
        })
    }

    /// The host, or the directory of the socket.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The user, a superuser unless [`Address::with_user`] said otherwise.
    #[must_use]
    pub fn user(&self) -> &str {
        &self.user
    }

    /// The password as it is, not percent-encoded.
    #[must_use]
    pub fn password(&self) -> &str {
        &self.password
    }

    /// The same server under another name, for instance `localhost`.
    #[must_use]
    pub fn with_host(&self, host: impl Into<String>) -> Self {
        Self { host: host.into(), ..self.clone() }
    }

    /// The same server for another user.
    #[must_use]
    pub fn with_user(&self, user: impl Into<String>, password: impl Into<String>) -> Self {
        Self { user: user.into(), password: password.into(), ..self.clone() }
    }

    /// `postgres://user:password@host:port/database`, percent-encoded.
    #[must_use]
    pub fn dsn(&self, database: &str) -> String {
        // What a host is made of stays readable; the path of a socket does not.
        let host = if self.host.starts_with('/') { encoded(&self.host) } else { self.host.clone() };
        let Self { port, user, password, .. } = self;
        format!("postgres://{}:{}@{host}:{port}/{}", encoded(user), encoded(password), encoded(database),)
    }

    /// The DSN through the socket, of a server that has one on this machine.
    #[must_use]
    pub fn socket_dsn(&self, database: &str) -> Option<String> {
        Some(self.with_host(self.socket.as_deref().and_then(Path::to_str)?).dsn(database))
    }

    /// Runs SQL in a database and returns the rows of all its statements, as text.
    ///
    /// # Errors
    ///
    /// When the server is not reached, refuses the SQL, or takes over a minute.
    pub fn query(&self, database: &str, sql: &str) -> Result<Vec<Vec<Option<String>>>> {
        self.statements(database, &[sql])
    }

    /// Runs each of the texts, in a transaction of its own, on one connection.
    pub(crate) fn statements(&self, database: &str, texts: &[&str]) -> Result<Vec<Vec<Option<String>>>> {
        // A runtime cannot wait for another one on the same thread.
        thread::scope(|scope| {
            let query = scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                let runtime = runtime.map_err(during("tokio"))?;
                runtime.block_on(async {
                    let query = tokio::time::timeout(Duration::from_secs(60), self.run(database, texts));
                    query.await.map_err(during("a query of the tests"))?
                })
            });
            query.join().unwrap_or_else(|_| Err(Error::new("a query of the tests panicked")))
        })
    }

    /// Makes a database that nobody else uses, with the C collation. `name` is for people.
    ///
    /// # Errors
    ///
    /// As [`Address::query`].
    pub fn database(&self, name: &str) -> Result<Database> {
        Database::create(self, name)
    }

    /// The same with an English collation: `_ a á b B Z`.
    ///
    /// # Errors
    ///
    /// As [`Address::query`], and before PostgreSQL 15 when the C library lacks the locale
    /// `en_US.utf8`.
    pub fn english_database(&self, name: &str) -> Result<Database> {
        Database::create_english(self, name)
    }

    /// Starts PgBouncer before this server, in transaction mode, with `pool_size`
    /// connections a database.
    ///
    /// # Errors
    ///
    /// When it is not installed or does not start.
    pub fn pgbouncer(&self, pool_size: u32) -> Result<PgBouncer> {
        PgBouncer::start(self, pool_size)
    }

    /// Cuts all connections to a database, and returns how many there were.
    ///
    /// # Errors
    ///
    /// As [`Address::query`].
    pub fn terminate_backends(&self, database: &str) -> Result<usize> {
        let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                   WHERE datname = current_database() AND pid <> pg_backend_pid()";
        Ok(self.query(database, sql)?.len())
    }

    /// How many connections to a database there are, by their state: `idle`,
    /// `active`, `idle in transaction`.
    ///
    /// # Errors
    ///
    /// As [`Address::query`].
    pub fn backends(&self, database: &str) -> Result<BTreeMap<String, usize>> {
        let sql = "SELECT coalesce(state, '') FROM pg_stat_activity WHERE datname = current_database() \
                   AND pid <> pg_backend_pid() AND backend_type = 'client backend'";
        let mut states = BTreeMap::new();
        for state in self.query(database, sql)?.into_iter().flatten().flatten() {
            *states.entry(state).or_default() += 1;
        }
        Ok(states)
    }

    async fn run(&self, database: &str, texts: &[&str]) -> Result<Vec<Vec<Option<String>>>> {
        let mut config = Config::new();
        config.user(&self.user).password(&self.password).dbname(database).port(self.port);
        // A server that insists on TLS does so for TCP alone.
        match &self.socket {
            Some(directory) => config.host_path(directory),
            None => config.host(&self.host),
        };
        let (client, connection) = config.connect(NoTls).await.map_err(|it| told(database, &it))?;
        let connection = tokio::spawn(connection);
        let mut messages = Vec::new();
        for text in texts {
            messages.extend(client.simple_query(text).await.map_err(|it| told(text, &it))?);
        }
        // A server counts a connection until it has heard the goodbye.
        drop(client);
        let _ = connection.await;
        let rows = messages.iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        });
        Ok(rows.map(|row| (0..row.len()).map(|it| row.get(it).map(str::to_owned)).collect()).collect())
    }
}

/// As the password may be that of somebody's own server.
impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port, user, .. } = self;
        write!(f, "Address({user}@{host}:{port})")
    }
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// With the code first, for a test to look at; `during` is SQL or a database.
fn told(during: &str, error: &tokio_postgres::Error) -> Error {
    match error.as_db_error() {
        Some(cause) => Error::new(format!("{} {} ({during})", cause.code().code(), cause.message())),
        None => Error::new(format!("{error} ({during})")),
    }
}
