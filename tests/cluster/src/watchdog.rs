//! What ends with this process, however that ends: a program, a directory.
//!
//! `Drop` is not enough, as statics are never dropped and a killed process drops
//! nothing. So a shell waits beside each program and each directory for the end of
//! a pipe that only this process holds open. The kernel closes it for the dead.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::account::Account;
use crate::error::{Result, during};

/// The shell turns into the program, whose process id the watchdog thereby knows
/// before there is a program. It is a grandchild, as a postmaster wonders about
/// children that it has not started. A line instead of the end of the pipe lets it go.
/// SIGCONT is for a program that a test has stopped.
const PROGRAM: &str = r#"
exec 3<&0
( ( trap '' HUP INT TERM
    read -r _ <&3 || { kill -s QUIT $$; kill -s CONT $$; } ) >/dev/null 2>&1 & )
exec "$@" 3<&- </dev/null
"#;

/// Again and again, as a server on its way out may still write files.
const DIRECTORY: &str = r#"
trap '' HUP INT TERM
read -r _
tries=0
while rm -rf "$1"; [ -e "$1" ] && [ "$tries" -lt 200 ]; do
    tries=$((tries + 1))
    sleep 0.1
done
"#;

/// A running program.
#[derive(Debug)]
pub(crate) struct Program {
    child: Child,
    pipe: ChildStdin,
}

impl Program {
    /// Starts a program, with its output appended to the file `log`.
    pub(crate) fn start(account: Account, log: &Path, program: &Path, arguments: &[String]) -> Result<Self> {
        let output = OpenOptions::new().create(true).append(true).open(log).map_err(during(log.display()))?;
        let errors = output.try_clone().map_err(during(log.display()))?;
        let mut command = Command::new("sh");
        account.run(&mut command);
        command.args(["-c", PROGRAM, "sh"]).arg(program).args(arguments).stdout(output).stderr(errors);
        let (child, pipe) = start(command)?;
        Ok(Self { child, pipe })
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn has_ended(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(Some(_)) | Err(_))
    }

    /// Sends a signal by its name, as `STOP`.
    pub(crate) fn signal(&self, name: &str) -> Result<()> {
        let mut command = Command::new("sh");
        command.args(["-c", r#"kill -s "$1" "$2""#, "sh", name, &self.pid().to_string()]);
        command.stderr(Stdio::null()).status().map_err(during("kill"))?;
        Ok(())
    }

    /// Sends a signal and waits for the end, which comes after 20 s in any case.
    pub(crate) fn end(&mut self, signal: &str) {
        let deadline = Instant::now() + Duration::from_secs(20);
        if !self.has_ended() {
            let _ = self.signal(signal);
            let _ = self.signal("CONT");
        }
        while !self.has_ended() && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(2));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = self.pipe.write_all(b"\n");
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.end("QUIT");
    }
}

/// A new directory, removed with all that it holds.
#[derive(Debug)]
pub(crate) struct Directory {
    path: PathBuf,
    keeper: Child,
    pipe: Option<ChildStdin>,
}

impl Directory {
    pub(crate) fn new(account: Account) -> Result<Self> {
        let parent = parent();
        let path =
            tempfile::Builder::new().prefix("prom-").tempdir_in(parent).map_err(during(parent))?.keep();
        let mut command = Command::new("sh");
        command.args(["-c", DIRECTORY, "sh"]).arg(&path).current_dir("/");
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let (keeper, pipe) = start(command).inspect_err(|_| drop(fs::remove_dir(&path)))?;
        let directory = Self { path, keeper, pipe: Some(pipe) };
        account.own(directory.path())?;
        Ok(directory)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        self.pipe = None;
        let _ = self.keeper.wait();
    }
}

/// Where directories are made. Not in TMPDIR: the path of a socket has at most 100
/// letters, and the account must get in. A database is 300 files, which memory holds
/// thirty times quicker than some disks; but a container's memory may be small.
fn parent() -> &'static str {
    let free = Command::new("df").args(["-Pk", "/dev/shm"]).stderr(Stdio::null()).output().ok();
    let free = free.and_then(|it| {
        let table = String::from_utf8(it.stdout).ok()?;
        table.lines().nth(1)?.split_whitespace().nth(3)?.parse::<u64>().ok()
    });
    if free.is_some_and(|kilobytes| kilobytes > 4_000_000) { "/dev/shm" } else { "/tmp" }
}

/// In a process group of its own: what a terminal or nextest sends to the test's
/// group must not reach those that tidy up after it.
fn start(mut command: Command) -> Result<(Child, ChildStdin)> {
    command.stdin(Stdio::piped()).process_group(0);
    let mut child = command.spawn().map_err(during("sh"))?;
    let pipe = child.stdin.take().ok_or("no pipe").map_err(during("sh"))?;
    Ok((child, pipe))
}
