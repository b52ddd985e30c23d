//! A PostgreSQL server of the tests.

use std::env;
use std::ops::Deref;
use std::sync::OnceLock;

use crate::address::Address;
use crate::builder::Builder;
use crate::error::{Error, Result, during};
use crate::server::Server;
use crate::standby::Standby;

/// The variable that names a superuser's DSN of a server for the tests.
pub const DSN_VARIABLE: &str = "PROM_TEST_POSTGRES_DSN";

/// The directory of the socket of a server that `prom-cluster run` has started.
pub(crate) const SOCKET_VARIABLE: &str = "PROM_TEST_POSTGRES_SOCKET";

/// A server of its own. It is stopped when it is dropped, or when the process ends.
#[derive(Debug)]
pub struct Cluster {
    server: Server,
}

impl Cluster {
    /// The server that all tests share: the one that [`DSN_VARIABLE`] names, else one
    /// that this process starts when it is first asked for.
    ///
    /// # Errors
    ///
    /// As [`Builder::start`], each time the same; or when the variable holds no DSN.
    pub fn shared() -> Result<&'static Address> {
        // Never dropped: the watchdog stops it.
        static CLUSTER: OnceLock<Result<Cluster>> = OnceLock::new();
        static GIVEN: OnceLock<Result<Address>> = OnceLock::new();
        match env::var(DSN_VARIABLE) {
            Ok(dsn) => GIVEN.get_or_init(|| given(&dsn)).as_ref().map_err(Error::clone),
            Err(_) => CLUSTER.get_or_init(Self::start).as_ref().map(Deref::deref).map_err(Error::clone),
        }
    }

    /// Starts one as it usually is: quick, without TLS, SCRAM for passwords.
    ///
    /// # Errors
    ///
    /// As [`Builder::start`].
    pub fn start() -> Result<Self> {
        Self::builder().start()
    }

    /// One that differs from the usual.
    pub fn builder() -> Builder {
        Builder::new()
    }

    pub(crate) fn new(server: Server) -> Self {
        Self { server }
    }

    /// The environment of a process that shall share this cluster.
    #[must_use]
    pub fn variables(&self) -> [(&'static str, String); 2] {
        [
            (DSN_VARIABLE, self.dsn("postgres")),
            (SOCKET_VARIABLE, self.server.directory().path().display().to_string()),
        ]
    }

    /// Starts a standby that follows this server by streaming and answers reads.
    ///
    /// # Errors
    ///
    /// When it cannot be copied or does not start: with the end of the log.
    pub fn standby(&self) -> Result<Standby> {
        Standby::start(&self.server)
    }

    /// The process id of the postmaster.
    ///
    /// # Errors
    ///
    /// When it is stopped.
    pub fn pid(&self) -> Result<u32> {
        Ok(self.server.program()?.pid())
    }

    /// Sends a signal to the postmaster, by its name: `STOP` makes a server that
    /// takes connections and says nothing, `CONT` wakes it.
    ///
    /// # Errors
    ///
    /// When it is stopped.
    pub fn signal(&self, name: &str) -> Result<()> {
        self.server.program()?.signal(name)
    }

    /// Stops as an administrator does: transactions are rolled back, data are written.
    pub fn stop(&mut self) {
        self.server.stop("INT");
    }

    /// Stops as a crash does: the next start recovers.
    pub fn stop_immediately(&mut self) {
        self.server.stop("QUIT");
    }

    /// Starts it again, with the same data and on the same port.
    ///
    /// # Errors
    ///
    /// When it is started already, or does not start: with the end of its log.
    pub fn start_again(&mut self) -> Result<()> {
        self.server.start()
    }

    /// The last lines of the server's log.
    #[must_use]
    pub fn log(&self) -> String {
        self.server.tail()
    }
}

/// A cluster does what its address does.
impl Deref for Cluster {
    type Target = Address;

    fn deref(&self) -> &Address {
        self.server.address()
    }
}

fn given(dsn: &str) -> Result<Address> {
    let mut address = Address::from_dsn(dsn).map_err(during(DSN_VARIABLE))?;
    if let Some(socket) = env::var_os(SOCKET_VARIABLE) {
        address.socket = Some(socket.into());
    }
    Ok(address)
}
