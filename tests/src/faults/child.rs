//! This very program, once more, as another process.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitCode, Stdio};

use prom::{BoxFuture, Connection, Result};

/// What a child does, by its name.
type Role = fn(Connection, u64) -> BoxFuture<'static, Result<()>>;

const ROLES: &[(&str, Role)] = &[
    ("write", |db, base| Box::pin(super::killing::write(db, base))),
    ("rush", |db, process| Box::pin(super::rush::rush(db, process))),
    ("stream", |db, _| Box::pin(super::million::stream(db))),
    ("stream in a transaction", |db, _| Box::pin(super::million::stream_in_a_transaction(db))),
];

const ROLE: &str = "FAULTS_ROLE";
const DSN: &str = "FAULTS_DSN";
const NUMBER: &str = "FAULTS_NUMBER";

/// Plays the part of a child, where this is one.
pub(crate) fn act() -> Option<ExitCode> {
    let role = std::env::var(ROLE).ok()?;
    let dsn = std::env::var(DSN).expect("a child is given a DSN");
    let number =
        std::env::var(NUMBER).ok().and_then(|it| it.parse().ok()).expect("a child is given a number");
    let (_, play) = ROLES.iter().find(|(name, _)| *name == role).expect("a child is given a role");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let played = runtime.expect("a runtime").block_on(async {
        let db = prom::configure(&dsn)?;
        db.scope(play(db.clone(), number)).await
    });
    Some(match played {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("the child that was to {role} failed: {error:?}");
            ExitCode::FAILURE
        }
    })
}

/// A child, and what it says.
pub(super) struct Started {
    pub(super) process: Child,
    pub(super) lines: BufReader<ChildStdout>,
    input: Option<ChildStdin>,
}

/// Starts a child in that role.
pub(super) fn start(role: &str, dsn: &str, number: u64) -> Started {
    let mut command = Command::new(std::env::current_exe().expect("the program's own path"));
    command.env(ROLE, role).env(DSN, dsn).env(NUMBER, number.to_string());
    let mut process =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("a child can be started");
    let lines = BufReader::new(process.stdout.take().expect("it is piped"));
    let input = process.stdin.take();
    Started { process, lines, input }
}

impl Started {
    /// The next whole line. What a killed child leaves of one does not count.
    pub(super) fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        self.lines.read_line(&mut line).expect("its output can be read");
        line.strip_suffix('\n').map(str::to_owned)
    }

    /// Lets a child go that [waits](wait_for_go).
    pub(super) fn go(&mut self) {
        drop(self.input.take());
    }

    /// Waits until it ends by itself, as it should.
    pub(super) fn end(mut self) {
        self.go();
        let status = self.process.wait().expect("its end can be waited for");
        assert!(status.success(), "a child failed: {status}");
    }
}

/// In a child: says that it is there, and waits until it is [let go](Started::go).
pub(super) async fn wait_for_go() {
    println!("ready");
    let waited = tokio::task::spawn_blocking(|| std::io::copy(&mut std::io::stdin(), &mut std::io::sink()));
    waited.await.expect("it does not panic").expect("its input can be read");
}

/// Runs what waits for processes without keeping the runtime from anything else.
pub(super) async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}
