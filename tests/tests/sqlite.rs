//! SQLite passes the suite, in memory and in files.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::OnceLock;

use prom_tests::Backend;
use tempfile::TempDir;

static FILES: OnceLock<PathBuf> = OnceLock::new();

fn main() -> ExitCode {
    let files = TempDir::new().expect("there is a place for files that are thrown away");
    FILES.set(files.path().to_owned()).expect("this is the only one to set it");
    prom_tests::main(&[
        Backend { name: "sqlite memory", dsn: |name| format!("sqlite::memory:#{name}") },
        Backend { name: "sqlite file", dsn: |name| format!("sqlite://{}/{name}.db#{name}", directory()) },
    ])
}

fn directory() -> String {
    FILES.get().expect("`main` sets it").display().to_string()
}
