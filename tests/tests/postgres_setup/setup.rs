//! Databases of a test's own, and connections to them.

use std::sync::atomic::{AtomicUsize, Ordering};

use prom::Connection;
use prom_cluster::{Cluster, Database};

/// A database on the server that all tests share.
pub(crate) fn database(name: &str) -> Database {
    let shared = Cluster::shared().expect("there is a server");
    shared.database(name).expect("it makes databases")
}

/// A connection with options of its own.
pub(crate) fn connect(dsn: &str, options: &str) -> Connection {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    prom::configure(&format!("{dsn}?{options}#test_{count}")).expect("a good DSN")
}
