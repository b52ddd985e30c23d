//! Nothing outlives the process that started it, however that ends.

use std::env;
use std::fs;
use std::io::{self, BufRead, BufReader};
use std::path::Path;
use std::process::{self, Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use prom_cluster::Cluster;

/// What a child has started: the process ids of the servers, and their directories.
struct Started {
    child: Child,
    pids: Vec<String>,
    directories: Vec<String>,
}

/// Runs this very test in a process of its own, until the servers there answer.
fn start(test: &str) -> Started {
    let mut child = Command::new(env::current_exe().expect("the test's own path"))
        .args(["--exact", test, "--nocapture"])
        .env("CHILD", "1")
        .env_remove(prom_cluster::DSN_VARIABLE)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the child runs");
    let output = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut started = Started { child, pids: Vec::new(), directories: Vec::new() };
    for line in output.lines() {
        let line = line.expect("text");
        match line.split_once(' ') {
            Some(("pid", it)) => started.pids.push(it.to_owned()),
            Some(("directory", it)) => started.directories.push(it.to_owned()),
            _ if line == "ready" => break,
            _ => {}
        }
    }
    assert_eq!((started.pids.len(), started.directories.len()), (2, 1), "the servers of the child run");
    assert!(started.pids.iter().all(|it| runs(it)));
    started
}

/// In the child: one server of each kind.
fn serve() -> (&'static prom_cluster::Address, Cluster, prom_cluster::PgBouncer) {
    let shared = Cluster::shared().expect("a server that no Drop ends");
    let cluster = Cluster::start().expect("a cluster");
    let bouncer = cluster.pgbouncer(2).expect("pgbouncer");
    println!("\npid {}\npid {}", cluster.pid().expect("it runs"), bouncer.pid());
    let socket = shared.query("postgres", "SHOW unix_socket_directories").expect("an answer");
    println!("directory {}\nready", socket[0][0].as_deref().expect("a directory"));
    (shared, cluster, bouncer)
}

/// In the child: waits until the parent has looked; it then waits for the child, and
/// thereby closes the child's input.
fn parent_is_ready() {
    io::stdin().read_line(&mut String::new()).expect("the parent's end of the pipe");
}

/// With its directory a server of the child, whose pid file lies there, is gone.
fn nothing_is_left(started: &Started) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while started.pids.iter().any(|it| runs(it))
        || started.directories.iter().any(|it| Path::new(it).exists())
    {
        assert!(
            Instant::now() < deadline,
            "{:?} {:?} outlive their parent",
            started.pids,
            started.directories
        );
        thread::sleep(Duration::from_millis(10));
    }
}

fn runs(pid: &str) -> bool {
    // The dead whom nobody has buried, in a container without an init.
    if fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|it| it.contains(") Z")) {
        return false;
    }
    Command::new("sh").args(["-c", r#"kill -0 "$1" 2>&-"#, "sh", pid]).status().expect("sh").success()
}

fn is_child() -> bool {
    env::var_os("CHILD").is_some()
}

#[test]
fn a_killed_process_leaves_nothing() {
    if is_child() {
        let _servers = serve();
        loop {
            thread::park();
        }
    }
    let mut started = start("a_killed_process_leaves_nothing");
    started.child.kill().expect("SIGKILL");
    started.child.wait().expect("its end");
    nothing_is_left(&started);
}

#[test]
fn a_process_that_exits_leaves_nothing() {
    if is_child() {
        let _servers = serve();
        parent_is_ready();
        process::exit(0);
    }
    let mut started = start("a_process_that_exits_leaves_nothing");
    assert!(started.child.wait().expect("its end").success());
    nothing_is_left(&started);
}

#[test]
fn a_stopped_server_goes_too() {
    if is_child() {
        let (_shared, cluster, _bouncer) = serve();
        cluster.signal("STOP").expect("a server that says nothing");
        parent_is_ready();
        process::exit(0);
    }
    let mut started = start("a_stopped_server_goes_too");
    started.child.wait().expect("its end");
    nothing_is_left(&started);
}

#[test]
fn a_dropped_cluster_is_gone_at_once() {
    let cluster = Cluster::start().expect("a cluster");
    let pid = cluster.pid().expect("it runs").to_string();
    let [_, (_, directory)] = cluster.variables();
    drop(cluster);
    assert!(!runs(&pid));
    assert!(!Path::new(&directory).exists());
}

#[test]
fn a_run_shares_its_server_and_passes_the_exit_code_on() {
    let run = |script: &str| {
        Command::new(env!("CARGO_BIN_EXE_prom-cluster"))
            .args(["run", "sh", "-c", script])
            .env_remove(prom_cluster::DSN_VARIABLE)
            .output()
            .expect("prom-cluster")
    };
    let output = run(
        r#"psql "$PROM_TEST_POSTGRES_DSN" -Atc "SELECT 7" && ls -d "$PROM_TEST_POSTGRES_SOCKET"; exit 3"#,
    );
    let text = String::from_utf8_lossy(&output.stdout);
    let (seven, directory) = text.trim().split_once('\n').expect("two lines");
    assert_eq!((seven, output.status.code()), ("7", Some(3)));
    assert!(!Path::new(directory).exists());
    assert_eq!(run("kill -s TERM $$").status.code(), Some(143));
}
