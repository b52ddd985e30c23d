//! Encrypted, and with whom; the connections' own tests have more of it.

use prom::{Kind, Result};
use prom_cluster::{Certificates, Cluster};

use crate::setup::connect;

#[prom::orm]
#[derive(Debug)]
struct Foo {
    bar: i64,
}

#[tokio::test]
async fn a_server_is_believed_by_its_certificate_alone() -> Result<()> {
    let certificates = Certificates::new().expect("certificates");
    let cluster = Cluster::builder().tls_only(&certificates.server()).start().expect("a server");
    let option =
        |mode: &str, path: std::path::PathBuf| format!("sslmode={mode}&sslrootcert={}", path.display());
    let localhost = cluster.with_host("localhost").dsn("postgres");
    for mode in ["require", "verify-full"] {
        let db = connect(&localhost, &option(mode, certificates.authority()));
        Foo::create().bar(1).on(&db).await?;
        let sql = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
        assert!(prom::raw(sql).on(&db).only::<bool>().await?);
        let db = connect(&localhost, &option(mode, certificates.stranger()));
        let error = Foo::create().bar(1).on(&db).await.expect_err("nobody knows it");
        assert!(error.kind() == Kind::Connect && error.to_string().contains("sslrootcert"), "{error:?}");
    }
    let cluster = Cluster::builder().tls_only(&certificates.elsewhere()).start().expect("a server");
    let db = connect(&cluster.dsn("postgres"), &option("require", certificates.authority()));
    let error = Foo::create().bar(1).on(&db).await.expect_err("it is another's");
    assert!(error.to_string().contains("for another name"), "{error:?}");
    Ok(())
}

#[tokio::test]
async fn a_server_without_it_gets_no_password_in_clear_text() {
    let cluster = Cluster::builder().clear_text_passwords().start().expect("a server");
    for (options, text) in [("sslmode=require", "ssl = on"), ("", "it was not sent")] {
        let db = connect(&cluster.dsn("postgres"), options);
        let error = Foo::create().bar(1).on(&db).await.expect_err("it is not trusted");
        assert!(error.kind() == Kind::Connect && error.to_string().contains(text), "{error:?}");
    }
    let db = connect(&cluster.dsn("postgres"), "sslmode=disable");
    Foo::create().bar(1).on(&db).await.expect("it was asked for");
}
