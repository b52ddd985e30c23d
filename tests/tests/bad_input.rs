//! What bad input gets: an error that names the thing and the cure.

use prom::prelude::*;
use prom::{Kind, Result};

#[prom::orm]
#[derive(Debug)]
struct Foo {
    #[field(max_size = 3)]
    name: String,
    bar: Option<i64>,
}

fn configure(dsn: &str) -> Connection {
    prom::configure(dsn).expect("a good DSN")
}

/// A refusal of a DSN: its kind and text.
#[track_caller]
fn refused(dsn: &str, kind: Kind, texts: &[&str]) {
    let error = prom::configure(dsn).expect_err(dsn);
    assert_eq!(error.kind(), kind, "{error}");
    for text in texts {
        assert!(error.to_string().contains(text), "{text:?} is not in {error}");
    }
}

#[test]
fn a_bad_dsn_is_refused_with_the_part_and_the_cure() {
    refused("nonsense", Kind::Dsn, &["sqlite://"]);
    refused("sqlit://a.db#bad", Kind::NotConfigured, &["`sqlit`", "did you mean `sqlite`?"]);
    refused("postgres://u:s3cret@h/db#bad", Kind::NotConfigured, &["switch on prom's feature `postgres`"]);
    refused(
        "sqlite:a.db?reader=3#bad",
        Kind::Dsn,
        &["connection `bad`", "`reader`", "did you mean `readers`?"],
    );
    refused("sqlite:a.db?instal=off#bad", Kind::Dsn, &["did you mean `install`?"]);
    refused("sqlite:a.db?install=perhaps#bad", Kind::Dsn, &["`install`", "verify"]);
    refused("sqlite://#bad", Kind::Dsn, &["names no file"]);
    let error = prom::configure("postgres://u:s3cret@h/db?x=1").expect_err("no such interface");
    assert!(!format!("{error} {error:?}").contains("s3cret"));
}

#[tokio::test]
async fn a_name_that_is_not_configured_is_refused_with_those_that_are() {
    configure("sqlite::memory:#here");
    let error = prom::connection("hree").expect_err("a slip");
    assert_eq!(error.kind(), Kind::NotConfigured);
    assert!(error.to_string().contains("no connection `hree`; did you mean `here`?"), "{error}");

    #[prom::orm(connection = "elsewhere")]
    #[derive(Debug)]
    struct Far {
        x: i64,
    }
    let error = Far::create().x(1).await.expect_err("nowhere to go");
    assert_eq!((error.kind(), error.model()), (Kind::NotConfigured, Some("Far")));
    assert!(error.to_string().contains("`Far` lives on no connection `elsewhere`"), "{error}");
}

#[tokio::test]
async fn values_and_names_are_refused_before_anything_is_sent() -> Result<()> {
    // Nothing could be sent: the folder cannot be made.
    let db = configure("sqlite:///proc/nowhere/a.db#unsent");
    let unknown = Foo::query().on(&db).eq_field("nme", "x").await.expect_err("unknown");
    assert_eq!(unknown.to_string(), "`Foo` has no field `nme`; did you mean `name`?");
    let wrong = Foo::query().on(&db).eq_field("bar", "x").await.expect_err("a text");
    assert_eq!(wrong.to_string(), "`Foo.bar` takes an integer and got text");
    let dangling = Foo::query().on(&db).eq_bar(1).or().await.expect_err("dangling");
    assert_eq!(dangling.kind(), Kind::Invalid);
    assert!(dangling.to_string().contains("`or()` joins"), "{dangling}");
    let missing = Foo::draft().bar(1).on(&db).insert().await.expect_err("no name");
    assert_eq!(missing.to_string(), "the draft of `Foo` needs `.name(..)`: the field `name` is required");
    let long = Foo::create().name("abcd").on(&db).await.expect_err("too long");
    assert_eq!(long.to_string(), "`Foo.name` takes at most 3 characters and got 4");
    let nul = Foo::create().name("a\0").on(&db).await.expect_err("a NUL");
    assert_eq!((nul.kind(), nul.field()), (Kind::Value, Some("name")));
    // And what is sent says that it cannot be.
    let folder = Foo::create().name("abc").on(&db).await.expect_err("no folder");
    assert_eq!(folder.kind(), Kind::Connect);
    assert!(folder.to_string().contains("`/proc/nowhere`"), "{folder}");
    Ok(())
}

#[tokio::test]
async fn an_empty_list_is_no_mistake() -> Result<()> {
    let db = configure("sqlite::memory:#lists");
    Foo::create().name("a").on(&db).await?;
    assert_eq!(Foo::query().on(&db).in_name(Vec::<String>::new()).count().await?, 0);
    assert_eq!(Foo::query().on(&db).nin_name(Vec::<String>::new()).count().await?, 1);
    Ok(())
}

#[tokio::test]
async fn files_that_are_no_databases_say_so() -> Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(path("text.db"), "this is text, and long enough to be looked at".repeat(40))
        .expect("written");
    std::fs::create_dir(path("folder.db")).expect("made");

    for (name, text) in [("text.db", "is not a SQLite database"), ("folder.db", "cannot be opened")] {
        let db = configure(&format!("sqlite://{}#{name}", path(name)));
        let error = Foo::query().on(&db).count().await.expect_err(name);
        assert_eq!(error.kind(), Kind::Connect, "{error}");
        assert!(error.to_string().contains(name) && error.to_string().contains(text), "{error}");
    }
    let db = configure(&format!("sqlite://{}?readonly=1#absent", path("absent.db")));
    assert_eq!(Foo::query().on(&db).count().await.expect_err("absent").kind(), Kind::Connect);
    assert!(!folder.path().join("absent.db").exists());
    Ok(())
}

#[tokio::test]
async fn a_readonly_connection_reads_and_refuses_the_rest() -> Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("a.db").display().to_string();
    let db = configure(&format!("sqlite://{file}#rw"));
    Foo::create().name("a").on(&db).await?;

    let readonly = configure(&format!("sqlite://{file}?readonly=true#ro"));
    let mut row = Foo::query().on(&readonly).only().await?;
    row.bar = Some(1);
    assert_eq!(row.save().await.expect_err("it may only read").kind(), Kind::ReadOnly);

    #[prom::orm]
    #[derive(Debug)]
    struct Unmade {
        x: i64,
    }
    let error = Unmade::query().on(&readonly).count().await.expect_err("no table");
    assert_eq!(error.kind(), Kind::InstallDenied);
    assert!(error.to_string().contains("may only be read; what is missing: CREATE TABLE"), "{error}");
    Ok(())
}

#[tokio::test]
async fn verify_says_what_auto_would_do_and_off_does_not_look() -> Result<()> {
    let verify = configure("sqlite::memory:?install=verify#verify");
    let error = Foo::query().on(&verify).count().await.expect_err("no table");
    assert_eq!(error.kind(), Kind::InstallDenied);
    assert!(error.to_string().contains(r#"CREATE TABLE IF NOT EXISTS "foo" ("name" TEXT"#), "{error}");

    let off = configure("sqlite::memory:?install=off#off");
    let error = Foo::query().on(&off).count().await.expect_err("no table");
    assert_eq!(error.kind(), Kind::TableMissing);
    assert_eq!(error.to_string(), "there is no table `foo`");
    Ok(())
}

#[test]
fn without_a_runtime_the_error_names_the_cure() {
    use std::task::{Context, Poll, Waker};

    let db = configure("sqlite::memory:#runtime");
    let mut future = Foo::query().on(&db).get();
    let Poll::Ready(done) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) else {
        panic!("it waits for nothing");
    };
    let error = done.expect_err("there is no runtime");
    assert_eq!(error.kind(), Kind::Invalid);
    assert!(error.to_string().contains("#[tokio::main]"), "{error}");
}

#[tokio::test]
async fn an_open_connection_is_not_replaced_and_a_closed_one_is() -> Result<()> {
    let db = configure("sqlite::memory:#again");
    Foo::create().name("a").on(&db).await?;
    let error = prom::configure("sqlite::memory:#again").expect_err("it is open");
    assert!(error.to_string().contains("the connection `again` is open"), "{error}");
    db.close().await?;
    let db = configure("sqlite::memory:#again");
    assert_eq!(Foo::query().on(&db).count().await?, 0);
    Ok(())
}
