//! The interface that speaks no SQL passes the suite.

use std::process::ExitCode;

use prom_memory as _;
use prom_tests::Backend;

fn main() -> ExitCode {
    prom_tests::main(&[Backend {
        name: "memory",
        dsn: |name| format!("prom_memory::MemoryInterface://anything#{name}"),
    }])
}
