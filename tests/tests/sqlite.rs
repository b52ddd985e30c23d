//! SQLite passes the suite, in memory and in files.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::OnceLock;

use prom_tests::Backend;
use tempfile::TempDir;

// Made where a DSN is asked for: not in a process of the suite's own, which may be killed.
static FILES: OnceLock<PathBuf> = OnceLock::new();

fn main() -> ExitCode {
    let done = prom_tests::main(&[
        Backend { name: "sqlite memory", dsn: |name| format!("sqlite::memory:#{name}") },
        Backend { name: "sqlite file", dsn: |name| format!("sqlite://{}/{name}.db#{name}", directory()) },
    ]);
    if let Some(files) = FILES.get() {
        std::fs::remove_dir_all(files).expect("nobody needs the files any more");
    }
    done
}

fn directory() -> String {
    let files = FILES.get_or_init(|| TempDir::new().expect("there is a place for files").keep());
    files.display().to_string()
}
