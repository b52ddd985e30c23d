//! Where the programs of PostgreSQL and PgBouncer lie on this machine.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::account::Account;
use crate::error::{Error, Result, during};

/// The directory of one version of PostgreSQL.
#[derive(Debug, Clone)]
pub(crate) struct Binaries(PathBuf);

impl Binaries {
    /// PATH first, then the newest version where packages put it.
    pub(crate) fn find() -> Result<Self> {
        path()
            .into_iter()
            .chain(versions("/usr/lib/postgresql", "", "bin")) // Debian
            .chain(versions("/usr", "pgsql-", "bin")) // Red Hat
            .chain(versions("/opt/homebrew/opt", "postgresql@", "bin"))
            .chain(versions("/usr/local/opt", "postgresql@", "bin"))
            // A link in PATH may lead there, without its neighbours.
            .filter_map(|it| Some(fs::canonicalize(it.join("initdb")).ok()?.parent()?.to_owned()))
            .find(|it| it.join("postgres").is_file())
            .map(Self)
            .ok_or_else(|| {
                Error::new(
                    "no `initdb` and `postgres` on this machine: install PostgreSQL (`apt-get install \
                     postgresql`, `brew install postgresql@17`) or set PROM_TEST_POSTGRES_DSN to a server",
                )
            })
    }

    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Runs one of the programs to its end.
    pub(crate) fn run(&self, account: Account, name: &str, set_up: impl FnOnce(&mut Command)) -> Result<()> {
        let mut command = Command::new(self.program(name));
        account.run(&mut command);
        set_up(&mut command);
        let output = command.output().map_err(during(name))?;
        if output.status.success() {
            return Ok(());
        }
        Err(Error::new(format!("{name}: {}\n{}", output.status, String::from_utf8_lossy(&output.stderr))))
    }
}

/// Where PgBouncer lies.
pub(crate) fn pgbouncer() -> Result<PathBuf> {
    let usual = ["/usr/sbin", "/usr/local/sbin", "/usr/local/bin", "/opt/homebrew/bin"];
    path()
        .into_iter()
        .chain(usual.map(PathBuf::from))
        .map(|it| it.join("pgbouncer"))
        .find(|it| it.is_file())
        .ok_or_else(|| Error::new("no `pgbouncer` on this machine: `apt-get install pgbouncer`"))
}

fn path() -> Vec<PathBuf> {
    env::var_os("PATH").map(|it| env::split_paths(&it).collect()).unwrap_or_default()
}

/// `parent/prefix<version>/below`, the newest version first.
fn versions(parent: &str, prefix: &str, below: &str) -> Vec<PathBuf> {
    let version = |path: &Path| -> Option<u32> {
        path.file_name()?.to_str()?.strip_prefix(prefix)?.split('.').next()?.parse().ok()
    };
    let mut found: Vec<_> = fs::read_dir(parent)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((version(&entry.path())?, entry.path().join(below))))
        .collect();
    found.sort_by(|a, b| b.cmp(a));
    found.into_iter().map(|(_, path)| path).collect()
}
