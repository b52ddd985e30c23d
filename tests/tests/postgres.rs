//! PostgreSQL passes the suite, each behaviour in a database of its own.

use std::process::ExitCode;
use std::sync::Mutex;

use prom_cluster::{Cluster, Database};
use prom_tests::Backend;

/// The databases of this process, which go with it.
static DATABASES: Mutex<Vec<Database>> = Mutex::new(Vec::new());

fn main() -> ExitCode {
    let done = prom_tests::main(&[Backend { name: "postgres", dsn }]);
    DATABASES.lock().expect("nobody panics with it").clear();
    done
}

fn dsn(name: &str) -> String {
    // Nobody connects to what the capabilities are asked of.
    if name.contains(".capabilities.") {
        return format!("postgres://nobody@localhost/nothing#{name}");
    }
    let shared = Cluster::shared().expect("there is a server");
    let database = shared.database(name).expect("it makes databases");
    let dsn = format!("{}#{name}", database.dsn());
    DATABASES.lock().expect("nobody panics with it").push(database);
    dsn
}
