//! A cluster and what stands round it do what their names say.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use prom_cluster::{Address, Certificates, Cluster};
use tokio_postgres::config::SslMode;
use tokio_postgres::{Config, NoTls};

fn one(rows: Vec<Vec<Option<String>>>) -> Option<String> {
    rows.into_iter().flatten().flatten().next()
}

#[test]
fn it_starts_with_the_collation_and_the_encoding_of_the_design() {
    let cluster = Cluster::start().expect("a cluster");
    let sql = "SELECT current_setting('server_encoding') || datcollate || datctype \
               || current_setting('fsync') FROM pg_database WHERE datname = current_database()";
    assert_eq!(one(cluster.query("postgres", sql).expect("an answer")).as_deref(), Some("UTF8CCoff"));
}

#[test]
fn a_wrong_password_is_refused_on_both_ways_in() {
    let cluster = Cluster::start().expect("a cluster");
    let liar = cluster.with_user(cluster.user(), "wrong");
    for dsn in [liar.dsn("postgres"), liar.socket_dsn("postgres").expect("a socket")] {
        let way_in = Address::from_dsn(&dsn).expect("a DSN");
        let error = way_in.query("postgres", "SELECT 1").expect_err("refused");
        assert!(error.to_string().starts_with("28P01"), "{error}");
    }
    let sql = "SELECT DISTINCT auth_method FROM pg_hba_file_rules";
    assert_eq!(one(cluster.query("postgres", sql).expect("rules")).as_deref(), Some("scram-sha-256"));
}

#[test]
fn a_password_of_odd_letters_survives_its_dsn() {
    let shared = Cluster::shared().expect("a server");
    let again = Address::from_dsn(&(shared.dsn("a") + "?pool=3#name")).expect("a DSN");
    assert_eq!(again.password(), shared.password());
    assert_eq!((again.host(), again.port()), (shared.host(), shared.port()));
    assert!(!format!("{again:?}").contains(shared.password()));
}

#[test]
fn a_database_belongs_to_one_test_and_goes_with_it() {
    let shared = Cluster::shared().expect("a server");
    let [one_db, other] = [(); 2].map(|()| shared.database("a \"database\"/é").expect("a database"));
    one_db.query("CREATE TABLE foo (bar int)").expect("a table");
    other.query("CREATE TABLE foo (bar int)").expect("the same table elsewhere");
    let dsn = one_db.socket_dsn().unwrap_or_else(|| one_db.dsn());
    assert!(dsn.starts_with("postgres://"), "{dsn}");
    let name = one_db.name().to_owned();
    drop(one_db);
    assert!(shared.query(&name, "SELECT 1").is_err());
}

#[test]
fn many_databases_are_made_at_once() {
    let shared = Cluster::shared().expect("a server");
    let made: Vec<_> = thread::scope(|scope| {
        let makers: Vec<_> = (0..8).map(|_| scope.spawn(|| shared.database("crowd"))).collect();
        makers.into_iter().map(|it| it.join().expect("no panic")).collect()
    });
    for database in made {
        database.expect("a database");
    }
}

#[test]
fn roles_have_the_rights_they_are_named_for() {
    let database = Cluster::shared().expect("a server").database("roles").expect("a database");
    database.query("CREATE TABLE earlier (id int GENERATED ALWAYS AS IDENTITY, bar int)").expect("a table");
    let (writer, reader) = (database.writer().expect("a role"), database.reader().expect("a role"));
    database.query("CREATE TABLE later (bar serial)").expect("a table");
    let as_role = |dsn: &str, sql: &str| {
        let role = Address::from_dsn(dsn).expect("a DSN");
        role.query(database.name(), sql).map(one).map_err(|it| it.to_string()[..5].to_owned())
    };
    for table in ["earlier", "later"] {
        let insert = format!("INSERT INTO {table} (bar) VALUES (1) RETURNING bar");
        assert_eq!(as_role(&writer, &insert), Ok(Some("1".to_owned())));
        assert_eq!(as_role(&reader, &insert), Err("42501".to_owned()));
        assert_eq!(as_role(&reader, &format!("SELECT bar FROM {table}")), Ok(Some("1".to_owned())));
    }
    for dsn in [&writer, &reader] {
        assert_eq!(as_role(dsn, "CREATE TABLE mine (bar int)"), Err("42501".to_owned()));
    }
}

#[test]
fn backends_are_counted_and_cut() {
    let database = Cluster::shared().expect("a server").database("cut").expect("a database");
    let (address, name) = (database.address().clone(), database.name().to_owned());
    thread::scope(|scope| {
        let sleeper = scope.spawn(|| database.query("SELECT pg_sleep(50)"));
        wait_until(|| address.backends(&name).expect("states").get("active") == Some(&1));
        assert_eq!(address.terminate_backends(&name).expect("cut"), 1);
        let error = sleeper.join().expect("no panic").expect_err("cut");
        assert!(error.to_string().starts_with("57P01"), "{error}");
    });
}

#[test]
fn a_durable_cluster_keeps_what_was_committed_before_a_crash() {
    let mut cluster = Cluster::builder().durable().start().expect("a cluster");
    let (port, pid) = (cluster.port(), cluster.pid().expect("it runs"));
    cluster.query("postgres", "CREATE TABLE foo (bar int); INSERT INTO foo VALUES (7)").expect("a row");
    cluster.stop_immediately();
    assert!(cluster.pid().is_err());
    assert!(cluster.query("postgres", "SELECT 1").is_err());
    cluster.start_again().expect("it starts again");
    assert_ne!(cluster.pid().expect("it runs"), pid);
    assert_eq!(cluster.port(), port);
    assert_eq!(one(cluster.query("postgres", "SELECT bar FROM foo").expect("rows")).as_deref(), Some("7"));
    cluster.stop();
}

#[test]
fn a_standby_follows_and_only_reads() {
    let mut cluster = Cluster::start().expect("a cluster");
    let standby = cluster.standby().expect("a standby");
    cluster.query("postgres", "CREATE TABLE foo (bar int); INSERT INTO foo VALUES (7)").expect("a row");
    standby.catch_up().expect("it follows");
    let there = standby.address();
    assert_eq!(one(there.query("postgres", "SELECT bar FROM foo").expect("rows")).as_deref(), Some("7"));
    let error = there.query("postgres", "INSERT INTO foo VALUES (8)").expect_err("read only");
    assert!(error.to_string().starts_with("25006"), "{error}");
    cluster.stop_immediately();
    standby.promote().expect("promoted");
    there.query("postgres", "INSERT INTO foo VALUES (8)").expect("it writes now");
}

#[test]
fn pgbouncer_shares_its_connections_and_checks_passwords() {
    let shared = Cluster::shared().expect("a server");
    let database = shared.database("bouncer").expect("a database");
    let bouncer = shared.pgbouncer(2).expect("pgbouncer");
    let pids: Vec<_> = (0..6)
        .map(|_| one(bouncer.address().query(database.name(), "SELECT pg_backend_pid()").expect("an answer")))
        .collect();
    assert!(pids.windows(2).all(|it| it[0] == it[1]), "{pids:?}");
    let liar = bouncer.address().with_user(shared.user(), "wrong");
    assert!(liar.query(database.name(), "SELECT 1").is_err());
}

#[test]
fn tls_is_offered_and_may_be_insisted_on() {
    let certificates = Certificates::new().expect("certificates");
    for file in [certificates.authority(), certificates.stranger(), certificates.elsewhere().chain] {
        assert!(fs::read_to_string(file).expect("a file").starts_with("-----BEGIN CERTIFICATE-----"));
    }
    let cluster = Cluster::builder().tls_only(&certificates.server()).start().expect("a cluster");
    assert_eq!(one(cluster.query("postgres", "SHOW ssl").expect("an answer")).as_deref(), Some("on"));
    let tcp = Address::from_dsn(&cluster.dsn("postgres")).expect("a DSN");
    let error = tcp.query("postgres", "SELECT 1").expect_err("TLS only");
    assert!(error.to_string().starts_with("28000"), "{error}");
    verified(&cluster, &certificates.authority());
}

/// `psql` speaks TLS and checks the certificate, so that this crate need not.
fn verified(cluster: &Cluster, authority: &Path) {
    let dsn = format!(
        "{}?sslmode=verify-full&sslrootcert={}",
        cluster.with_host("localhost").dsn("postgres"),
        authority.display()
    );
    let output =
        std::process::Command::new("psql").arg(dsn).args(["-Atc", "SELECT 1"]).output().expect("psql");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "1\n", "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_password_is_asked_for_in_clear_text() {
    let cluster = Cluster::builder().clear_text_passwords().start().expect("a cluster");
    let sql = "SELECT DISTINCT auth_method FROM pg_hba_file_rules";
    assert_eq!(one(cluster.query("postgres", sql).expect("rules")).as_deref(), Some("password"));
}

#[test]
fn a_server_that_does_not_start_shows_its_log() {
    let error = Cluster::builder().setting("shared_buffers", "much").start().expect_err("it is no number");
    assert!(error.to_string().contains("invalid value for parameter \"shared_buffers\""), "{error}");
}

#[test]
fn a_query_may_be_called_from_within_a_runtime() {
    let shared = Cluster::shared().expect("a server");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        shared.query("postgres", "SELECT 1").expect("an answer");
        let mut config: Config = shared.dsn("postgres").parse().expect("tokio-postgres reads the DSN");
        config.ssl_mode(SslMode::Disable);
        drop(config.connect(NoTls).await.expect("it connects"));
    });
}

fn wait_until(condition: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !condition() {
        assert!(Instant::now() < deadline, "it did not come about within 20 s");
        thread::sleep(Duration::from_millis(10));
    }
}
