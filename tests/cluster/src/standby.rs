//! A server that follows another and answers reads.

use std::thread;
use std::time::{Duration, Instant};

use crate::address::Address;
use crate::error::{Error, Result};
use crate::server::Server;

/// A streaming standby. It is stopped when it is dropped, or when the process ends.
#[derive(Debug)]
pub struct Standby {
    server: Server,
    primary: Address,
}

impl Standby {
    pub(crate) fn start(primary: &Server) -> Result<Self> {
        let from = primary.address();
        let mut server = Server::new(from.user(), from.password())?;
        server.binaries().run(server.account(), "pg_basebackup", |it| {
            it.args(["--write-recovery-conf", "--wal-method=stream", "--checkpoint=fast", "--no-sync"]);
            it.args(["--no-password", "--port", &from.port().to_string(), "--username", from.user()]);
            it.arg("--host").arg(primary.directory().path()).arg("--pgdata").arg(server.data());
            it.env("PGPASSWORD", from.password());
        })?;
        server.start_somewhere()?;
        Ok(Self { server, primary: from.clone() })
    }

    /// How it is reached; the databases are those of the primary.
    #[must_use]
    pub fn address(&self) -> &Address {
        self.server.address()
    }

    /// Waits until it has what the primary has now.
    ///
    /// # Errors
    ///
    /// When it has not after 30 s.
    pub fn catch_up(&self) -> Result<()> {
        // A mark in the log, which lies behind all that is done and is written at once.
        let mark = "SET synchronous_commit = on; SELECT pg_logical_emit_message(true, 'prom', '')";
        let goal = position(&self.primary, mark)?;
        let deadline = Instant::now() + Duration::from_secs(30);
        while position(self.address(), "SELECT pg_last_wal_replay_lsn()")? < goal {
            if Instant::now() > deadline {
                return Err(Error::new(format!("the standby lags behind\n{}", self.server.tail())));
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    /// Makes it a primary of its own.
    ///
    /// # Errors
    ///
    /// As [`Address::query`].
    pub fn promote(&self) -> Result<()> {
        self.address().query("postgres", "SELECT pg_promote()").map(drop)
    }

    /// Stops it as a crash does.
    pub fn stop_immediately(&mut self) {
        self.server.stop("QUIT");
    }
}

/// A position in the log of writes, of which the server writes both halves in base 16.
fn position(address: &Address, sql: &str) -> Result<u64> {
    let rows = address.query("postgres", sql)?;
    rows.iter()
        .flatten()
        .flatten()
        .next_back()
        .and_then(|it| it.split_once('/'))
        .and_then(|(high, low)| {
            Some((u64::from_str_radix(high, 16).ok()? << 32) | u64::from_str_radix(low, 16).ok()?)
        })
        .ok_or_else(|| Error::new(format!("no position in the log: {sql}")))
}
