//! As whom the servers run: PostgreSQL and PgBouncer both refuse root.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use crate::error::{Error, Result, during};

/// The user `postgres` where root runs the tests, else the one who runs them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Account(Option<(u32, u32)>);

impl Account {
    pub(crate) fn find() -> Result<Self> {
        if id(&["-u"])? != 0 {
            return Ok(Self(None));
        }
        let missing = |_| Error::new("root runs the tests and there is no user `postgres`: add one");
        let user = id(&["-u", "postgres"]).map_err(missing)?;
        let group = id(&["-g", "postgres"]).map_err(missing)?;
        Ok(Self(Some((user, group))))
    }

    /// Makes a command run as this account.
    pub(crate) fn run(self, command: &mut Command) {
        // The directory of the tests may be closed to the account.
        command.current_dir("/");
        if let Some((user, group)) = self.0 {
            command.uid(user).gid(group);
        }
    }

    /// Gives a path to this account.
    pub(crate) fn own(self, path: &Path) -> Result<()> {
        match self.0 {
            Some((user, group)) => chown(path, Some(user), Some(group)).map_err(during(path.display())),
            None => Ok(()),
        }
    }

    /// Writes a file that only this account can read.
    pub(crate) fn write(self, path: &Path, content: &str) -> Result<()> {
        fs::write(path, content).map_err(during(path.display()))?;
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).map_err(during(path.display()))?;
        self.own(path)
    }
}

fn id(arguments: &[&str]) -> Result<u32> {
    let output = Command::new("id").args(arguments).output().map_err(during("id"))?;
    String::from_utf8_lossy(&output.stdout).trim().parse().map_err(during("id"))
}
