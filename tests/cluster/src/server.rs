//! A postmaster over a data directory: started, stopped, started again.

use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::net::TcpListener;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use crate::account::Account;
use crate::address::Address;
use crate::binaries::Binaries;
use crate::error::{Error, Result, during};
use crate::watchdog::{Directory, Program};

/// The fields are dropped in this order: first the program, then its files.
#[derive(Debug)]
pub(crate) struct Server {
    program: Option<Program>,
    address: Address,
    binaries: Binaries,
    account: Account,
    directory: Directory,
}

impl Server {
    /// A server with no data yet; `user` is the user of its address.
    pub(crate) fn new(user: &str, password: &str) -> Result<Self> {
        let account = Account::find()?;
        let binaries = Binaries::find()?;
        let directory = Directory::new(account)?;
        let address = Address {
            host: "127.0.0.1".to_owned(),
            port: free_port()?,
            user: user.to_owned(),
            password: password.to_owned(),
            socket: Some(directory.path().to_owned()),
        };
        Ok(Self { program: None, address, binaries, account, directory })
    }

    pub(crate) fn address(&self) -> &Address {
        &self.address
    }

    pub(crate) fn account(&self) -> Account {
        self.account
    }

    pub(crate) fn binaries(&self) -> &Binaries {
        &self.binaries
    }

    pub(crate) fn directory(&self) -> &Directory {
        &self.directory
    }

    /// Where its data lie.
    pub(crate) fn data(&self) -> PathBuf {
        self.directory.join("data")
    }

    pub(crate) fn program(&self) -> Result<&Program> {
        self.program.as_ref().ok_or_else(|| Error::new("the server is stopped"))
    }

    /// Starts for the first time, on another port if somebody was quicker.
    pub(crate) fn start_somewhere(&mut self) -> Result<()> {
        for _ in 0..4 {
            match self.start() {
                Err(error) if error.to_string().contains("could not bind") => {
                    self.address.port = free_port()?;
                    fs::remove_file(self.log()).map_err(during("the log"))?;
                }
                outcome => return outcome,
            }
        }
        self.start()
    }

    /// Starts and waits until it answers.
    pub(crate) fn start(&mut self) -> Result<()> {
        if self.program.is_some() {
            return Err(Error::new("the server is started already"));
        }
        let arguments = [
            "-D".to_owned(),
            self.data().display().to_string(),
            "-p".to_owned(),
            self.address.port.to_string(),
            "-k".to_owned(),
            self.directory.path().display().to_string(),
        ];
        let postgres = self.binaries.program("postgres");
        let mut program = Program::start(self.account, &self.log(), &postgres, &arguments)?;
        let deadline = Instant::now() + Duration::from_secs(60);
        while let Err(error) = self.address.query("postgres", "SELECT 1") {
            if program.has_ended() || Instant::now() > deadline {
                return Err(Error::new(format!("postgres does not start: {error}\n{}", self.tail())));
            }
            thread::sleep(Duration::from_millis(10));
        }
        self.program = Some(program);
        Ok(())
    }

    /// Stops by a signal: `INT` is a fast stop, `QUIT` an immediate one.
    pub(crate) fn stop(&mut self, signal: &str) {
        if let Some(mut program) = self.program.take() {
            program.end(signal);
        }
    }

    fn log(&self) -> PathBuf {
        self.directory.join("log")
    }

    /// The last lines of the log.
    pub(crate) fn tail(&self) -> String {
        let log = fs::read_to_string(self.log()).unwrap_or_default();
        let lines: Vec<_> = log.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }
}

/// A port below those that a system gives to outgoing connections: a server that
/// is started again finds it free.
pub(crate) fn free_port() -> Result<u16> {
    let random = RandomState::new();
    (0..100_u8)
        .filter_map(|it| u16::try_from(15_000 + random.hash_one(it) % 15_000).ok())
        .find(|it| TcpListener::bind(("127.0.0.1", *it)).is_ok())
        .ok_or_else(|| Error::new("no free port from 15000 to 30000 on 127.0.0.1"))
}
