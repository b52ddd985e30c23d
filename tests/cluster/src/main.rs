//! `prom-cluster run <command..>`: one PostgreSQL for all processes of the command.

use std::env;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitCode};

use prom_cluster::{Cluster, DSN_VARIABLE};

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args_os().skip(1).collect();
    let [run, program, arguments @ ..] = arguments.as_slice() else { return usage() };
    if run != "run" {
        return usage();
    }
    let mut command = Command::new(program);
    command.args(arguments);
    let cluster = match env::var_os(DSN_VARIABLE) {
        Some(_) => None,
        None => match Cluster::start() {
            Ok(cluster) => Some(cluster),
            Err(error) => {
                eprintln!("prom-cluster: {error}");
                return ExitCode::FAILURE;
            }
        },
    };
    command.envs(cluster.iter().flat_map(Cluster::variables));
    match command.status() {
        // As a shell tells it: 128 and the signal.
        Ok(status) => {
            let code = status.code().or(status.signal().map(|it| 128 + it));
            code.and_then(|it| u8::try_from(it).ok()).map_or(ExitCode::FAILURE, ExitCode::from)
        }
        Err(error) => {
            eprintln!("prom-cluster: {}: {error}", program.display());
            ExitCode::FAILURE
        }
    }
}

fn usage() -> ExitCode {
    eprintln!("prom-cluster run <command..>: runs the command with a PostgreSQL in {DSN_VARIABLE}");
    ExitCode::from(2)
}
