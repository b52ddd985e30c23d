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
    refused(
        "mysql://u:s3cret@h/db#bad",
        Kind::NotConfigured,
        &["no interface is called `mysql`", "`postgres`"],
    );
    refused(
        "sqlite:a.db?reader=3#bad",
        Kind::Dsn,
        &["connection `bad`", "`reader`", "did you mean `readers`?"],
    );
    refused("sqlite:a.db?instal=off#bad", Kind::Dsn, &["did you mean `install`?"]);
    refused("sqlite:a.db?install=perhaps#bad", Kind::Dsn, &["`install`", "verify"]);
    refused("sqlite://#bad", Kind::Dsn, &["names no file"]);
    let error = prom::configure("postgres://u:s3cret@h/db?x=1").expect_err("no such option");
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

#[derive(Debug, Clone, Copy, PartialEq, prom::Enum)]
enum Kinds {
    Metropolitan,
    OverSeas,
}

#[derive(Debug, Clone, Copy, PartialEq, prom::Enum)]
#[repr(i16)]
enum Level {
    Low = 10,
    High,
}

#[derive(Debug, Clone, Copy, PartialEq, prom::Field)]
struct Wrapped(Kinds);

#[prom::orm]
#[derive(Debug)]
struct Sub {
    kind: Kinds,
    level: Option<Level>,
    wrapped: Option<Wrapped>,
    ratio: f32,
    is_new: bool,
}

#[tokio::test]
async fn an_enum_that_is_named_at_run_time_is_set_to_its_own_values_only() -> Result<()> {
    let db = configure("sqlite::memory:#choices");
    let sub = Sub::create().kind(Kinds::OverSeas).level(Level::High).wrapped(Wrapped(Kinds::Metropolitan));
    sub.ratio(0.1).is_new(true).on(&db).await?;

    let refused = async |field: &str, value: prom::Value| {
        assert_eq!(Sub::query().on(&db).eq_field(field, value.clone()).count().await?, 0);
        let set = Sub::query().on(&db).set_field(field, value).update_all();
        let error = set.await.expect_err("it is no choice");
        assert_eq!((error.kind(), error.model(), error.field()), (Kind::Value, Some("Sub"), Some(field)));
        Result::Ok(error.to_string())
    };
    assert_eq!(
        refused("kind", "Metropolitan".into()).await?,
        "`Sub.kind` is one of `metropolitan`, `over_seas`; did you mean `metropolitan`?"
    );
    assert_eq!(refused("kind", "s3cret".into()).await?, "`Sub.kind` is one of `metropolitan`, `over_seas`");
    assert_eq!(refused("wrapped", "x".into()).await?, "`Sub.wrapped` is one of `metropolitan`, `over_seas`");
    assert_eq!(refused("level", 12.into()).await?, "`Sub.level` is one of 10 (`low`), 11 (`high`)");
    assert_eq!(
        refused("level", "hihg".into()).await?,
        "`Sub.level` is one of 10 (`low`), 11 (`high`); did you mean `high`?"
    );
    assert_eq!(Sub::query().on(&db).in_field("kind", ["over_seas", "elsewhere"]).count().await?, 1);

    for (field, value) in [
        ("kind", "over_seas"),
        ("wrapped", "metropolitan"),
        ("level", "high"),
        ("level", "11"),
        // What a form gives is text, whatever it is about.
        ("ratio", "0.1"),
        ("is_new", "true"),
        ("id", "1"),
    ] {
        assert_eq!(Sub::query().on(&db).eq_field(field, value).count().await?, 1, "{field} {value}");
    }
    assert_eq!(Sub::query().on(&db).eq_field("level", 11).count().await?, 1);
    assert_eq!(Sub::query().on(&db).eq_field("wrapped", None::<&str>).count().await?, 0);
    Ok(())
}

#[prom::orm]
#[derive(Debug)]
struct Child {
    #[field(unique)]
    name: String,
    foo_id: Option<Ref<Foo>>,
    #[field(on_delete = restrict)]
    other_id: Option<Ref<Foo>>,
}

#[tokio::test]
async fn a_broken_reference_is_named_as_far_as_it_is_known() -> Result<()> {
    let db = configure("sqlite::memory:#broken_references");
    let foo = Foo::create().name("a").on(&db).await?;
    let nothing = Ref::<Foo>::new(99);

    let one = Child::create().name("a").foo_id(nothing).on(&db).await.expect_err("it points at nothing");
    assert_eq!((one.kind(), one.model(), one.field()), (Kind::ForeignKey, Some("Child"), Some("foo_id")));
    assert_eq!(one.to_string(), "a reference of `Child` points at no row: `foo_id`");
    let two = Child::create().name("a").foo_id(&foo).other_id(nothing).on(&db).await.expect_err("nothing");
    assert_eq!(two.to_string(), "a reference of `Child` points at no row: `foo_id` or `other_id`");
    assert_eq!(two.field(), None);

    let mut child = Child::create().name("a").other_id(&foo).on(&db).await?;
    child.foo_id = Some(nothing);
    let saved = child.save().await.expect_err("it points at nothing");
    assert_eq!((saved.kind(), saved.field()), (Kind::ForeignKey, Some("foo_id")));

    let gone = foo.delete().await.expect_err("it is referred to");
    assert_eq!((gone.kind(), gone.model()), (Kind::ForeignKey, Some("Foo")));
    assert_eq!(gone.to_string(), "a row of `Foo` cannot go: rows that refer to it are still there");
    Ok(())
}

#[tokio::test]
async fn one_row_of_many_that_is_refused_says_which() -> Result<()> {
    let db = configure("sqlite::memory:#which_draft");
    let draft = |name: &str| Child::draft().name(name);
    let twice = Child::create_many([draft("a"), draft("b"), draft("b")]).on(&db).await.expect_err("twice");
    assert_eq!((twice.kind(), twice.field()), (Kind::Unique, Some("name")));
    assert_eq!(twice.to_string(), "draft 2, counted from 0: another row of `Child` has the same `name`");
    let lost = [draft("a"), draft("b").foo_id(99)];
    let lost = Child::create_many(lost).on(&db).await.expect_err("it points at nothing");
    assert_eq!(
        lost.to_string(),
        "draft 1, counted from 0: a reference of `Child` points at no row: `foo_id`"
    );
    assert_eq!(Child::query().on(&db).count().await?, 0);
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
    for (option, name) in [("readonly", "absent_1"), ("install=verify", "absent_2")] {
        let file = path("deep/absent.db");
        let db = configure(&format!("sqlite://{file}?{option}#{name}"));
        let error = Foo::query().on(&db).count().await.expect_err("it is absent");
        assert_eq!(error.kind(), Kind::Connect);
        let wanted =
            format!("the file `{file}` does not exist, and with `{option}` in the DSN it is not created");
        assert!(error.to_string().contains(&wanted), "{error}");
        assert!(!folder.path().join("deep").exists());
    }
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
    assert_eq!(
        error.to_string(),
        "there is no table `foo`; the DSN says `install=off`: make it by `Foo::install()` or by hand"
    );
    off.install(&[Foo::schema()]).await?;
    assert_eq!(Foo::query().on(&off).count().await?, 0);
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

#[test]
fn a_runtime_without_a_clock_is_refused_at_the_first_use() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("it is made");
    for dsn in ["sqlite::memory:#clock", "sqlite::memory:?install=off#clock_off"] {
        let db = configure(dsn);
        let error = runtime.block_on(Foo::query().on(&db).get()).expect_err("there is no clock");
        assert_eq!(error.kind(), Kind::Invalid);
        assert!(error.to_string().contains("`enable_time()`"), "{error}");
    }
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

#[tokio::test]
async fn a_row_is_not_saved_into_the_database_that_took_its_connections_name() -> Result<()> {
    let one = configure("sqlite::memory:#taken");
    let mut row = Foo::create().name("one").on(&one).await?;
    one.close().await?;
    let two = configure("sqlite::memory:#taken");
    Foo::create().name("two").on(&two).await?;

    row.bar = Some(1);
    let error = row.save().await.expect_err("it came from the other");
    assert_eq!(error.kind(), Kind::Invalid);
    assert!(error.to_string().contains("its connection was replaced; say `.on(..)`"), "{error}");
    assert_eq!(Foo::query().on(&two).only().await?.bar, None);
    row.save().on(&two).await?;
    assert_eq!(Foo::query().on(&two).only().await?.bar, Some(1));
    Ok(())
}

#[test]
fn an_interface_may_ask_for_connections_while_it_is_made() {
    configure("sqlite::memory:#behind");
    prom::register("my::Proxy", |_| {
        let behind = prom::connection("behind")?;
        configure("sqlite::memory:#beside");
        Ok(behind.interface().clone())
    });
    let (done, made) = std::sync::mpsc::channel();
    std::thread::spawn(move || done.send(prom::configure("Proxy://x#proxy").map(|it| it.name().to_owned())));
    let made = made.recv_timeout(std::time::Duration::from_secs(60)).expect("it does not hang");
    assert_eq!(made.expect("a good DSN"), "proxy");
}
