//! How the suite is run: each behaviour on a connection and a runtime of its own.

use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use libtest_mimic::{Arguments, Failed, Trial};
use prom::{Connection, Result};

use crate::behaviour::Behaviour;

/// What passes the suite.
#[derive(Debug, Clone, Copy)]
pub struct Backend {
    /// What the report calls it.
    pub name: &'static str,
    /// From the name of a connection to a DSN with that name, for an empty
    /// database of its own.
    pub dsn: fn(name: &str) -> String,
}

/// What takes longer hangs. Twenty thousand commits are the most, and a slow disk that
/// a busy machine shares takes minutes for them.
const DEADLINE: Duration = Duration::from_secs(30 * 60);

tokio::task_local! {
    /// What passes the suite in this task.
    static BACKEND: Backend;
}

/// Runs the suite on each of `backends`, with the arguments of the process, which
/// are those of Rust's own tests.
pub fn main(backends: &[Backend]) -> ExitCode {
    main_without(&[], backends)
}

/// The same without the behaviours of some families, such as `faults`: for a variant of a
/// backend that shows them all.
pub fn main_without(families: &[&str], backends: &[Backend]) -> ExitCode {
    if let Some(code) = crate::faults::act() {
        return code;
    }
    let arguments = Arguments::from_args();
    let mut trials: Vec<Trial> = backends.iter().flat_map(|backend| trials(backend, families)).collect();
    trials.sort_by(|a, b| a.name().cmp(b.name()));
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn trials(backend: &Backend, without: &[&str]) -> Vec<Trial> {
    let backend = *backend;
    let capabilities = match open(backend, "capabilities") {
        Ok(connection) => connection.capabilities(),
        Err(error) => panic!("the DSN of `{}` is not one: {error}", backend.name),
    };
    let behaviours = prom::__private::inventory::iter::<Behaviour>.into_iter();
    let trial = |behaviour: &'static Behaviour| {
        let family = behaviour.family();
        let name = format!("{}::{family}::{}", backend.name.replace(' ', "_"), behaviour.name);
        let trial = Trial::test(name, move || run(backend, behaviour));
        match behaviour.lacks(&capabilities) {
            Some(lacking) => trial.with_ignored_flag(true).with_kind(format!("no {lacking}")),
            None => trial,
        }
    };
    let is_wanted = |behaviour: &&Behaviour| {
        without.iter().all(|family| behaviour.family().split("::").next() != Some(family))
    };
    behaviours.filter(is_wanted).map(trial).collect()
}

fn run(backend: Backend, behaviour: &Behaviour) -> Result<(), Failed> {
    let connection = open(backend, behaviour.name)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let shown = connection.scope(BACKEND.scope(backend, (behaviour.run)(connection.clone())));
    runtime.block_on(async {
        match tokio::time::timeout(DEADLINE, shown).await {
            Err(_) => return Err(format!("it took longer than {DEADLINE:?}").into()),
            Ok(Err(error)) => return Err(format!("{error:?}").into()),
            Ok(Ok(())) => {}
        }
        connection.close().await.map_err(|error| format!("it cannot be closed: {error:?}").into())
    })
}

/// Another connection for the behaviour that asks, to a database of its own.
///
/// # Errors
///
/// What the DSN is refused for.
pub(crate) fn another(what_for: &str) -> Result<Connection> {
    open(BACKEND.get(), what_for)
}

/// The DSN of a database that nobody else has.
pub(crate) fn dsn(what_for: &str) -> String {
    (BACKEND.get().dsn)(&unique(BACKEND.get(), what_for))
}

/// The same with another name: printed, a DSN would lack its password.
pub(crate) fn dsn_named(what_for: &str, name: &str) -> String {
    let dsn = dsn(what_for);
    let before = dsn.rsplit_once('#').map_or(&*dsn, |(before, _)| before);
    format!("{before}#{}", name.replace(' ', "%20"))
}

/// `future` in the scope of `connection`, as a spawned task needs it.
pub(crate) fn in_scope<F: Future + Send>(
    connection: &Connection,
    future: F,
) -> impl Future<Output = F::Output> + Send + use<F> {
    let connection = connection.clone();
    async move { connection.scope(future).await }
}

fn open(backend: Backend, what_for: &str) -> Result<Connection> {
    prom::configure(&(backend.dsn)(&unique(backend, what_for)))
}

/// A name that no other connection of the process has.
fn unique(backend: Backend, what_for: &str) -> String {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("{}.{what_for}.{count}", backend.name.replace(' ', "_"))
}
