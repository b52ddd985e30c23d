//! PgBouncer before a server, in transaction mode.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use crate::account::Account;
use crate::address::Address;
use crate::binaries;
use crate::error::{Error, Result};
use crate::server::free_port;
use crate::watchdog::{Directory, Program};

/// A running PgBouncer. It is stopped when it is dropped, or when the process ends.
///
/// It knows one user, that of the server's address.
#[derive(Debug)]
pub struct PgBouncer {
    program: Program,
    address: Address,
    _directory: Directory,
}

impl PgBouncer {
    pub(crate) fn start(server: &Address, pool_size: u32) -> Result<Self> {
        let account = Account::find()?;
        let binary = binaries::pgbouncer()?;
        let directory = Directory::new(account)?;
        let (ini, users, log) =
            (directory.join("pgbouncer.ini"), directory.join("users"), directory.join("log"));
        let address = Address { port: free_port()?, socket: None, ..server.with_host("127.0.0.1") };
        let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
        // With the password itself it can prove it to the server, and ask for the proof.
        account.write(&users, &format!("{} {}\n", quoted(server.user()), quoted(server.password())))?;
        account.write(
            &ini,
            &format!(
                "[databases]\n\
                 * = host={} port={}\n\
                 [pgbouncer]\n\
                 listen_addr = 127.0.0.1\n\
                 listen_port = {}\n\
                 unix_socket_dir =\n\
                 auth_type = scram-sha-256\n\
                 auth_file = {}\n\
                 pool_mode = transaction\n\
                 default_pool_size = {pool_size}\n\
                 max_client_conn = 1000\n",
                server.host(),
                server.port(),
                address.port(),
                users.display(),
            ),
        )?;
        let mut program = Program::start(account, &log, &binary, &[ini.display().to_string()])?;
        let deadline = Instant::now() + Duration::from_secs(20);
        while let Err(error) = address.query("postgres", "SELECT 1") {
            if program.has_ended() || Instant::now() > deadline {
                let log = fs::read_to_string(&log).unwrap_or_default();
                return Err(Error::new(format!("pgbouncer does not start: {error}\n{log}")));
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ok(Self { program, address, _directory: directory })
    }

    /// How it is reached.
    #[must_use]
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// The DSN of one of the server's databases through PgBouncer.
    #[must_use]
    pub fn dsn(&self, database: &str) -> String {
        self.address.dsn(database)
    }

    /// The process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.program.pid()
    }
}
