//! Bad input: an error in time that names the thing, and what is good works.

use std::time::Duration;

use prom::prelude::*;
use prom::schema::{FieldDef, KeyDef, Schema};
use prom::{Error, Kind, Result, Type};
use tokio::net::TcpListener;
use tokio::time::timeout;

use crate::setup::{connect, database};

#[prom::orm]
#[derive(Debug)]
struct Foo {
    bar: i64,
    name: Option<String>,
}

/// Whoever is not told by then waits for ever.
const HANGS: Duration = Duration::from_secs(60);

async fn refusal(dsn: &str, options: &str) -> Error {
    let db = connect(dsn, options);
    let told = timeout(HANGS, Foo::create().bar(1).on(&db)).await.expect("it is told in time");
    let error = told.expect_err("it cannot work");
    // Asked again, it says the same.
    assert_eq!(Foo::query().on(&db).count().await.expect_err("it cannot work").kind(), error.kind());
    assert!(!format!("{error:?}").contains("canary"), "{error:?}");
    error
}

#[tokio::test]
async fn what_cannot_be_reached_is_named() {
    let database = database("reached");
    let address = database.address();
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let silent_at = silent.local_addr().expect("an address").to_string();
    for (dsn, text) in [
        (address.with_user(address.user(), "canary").dsn(database.name()), "password"),
        (address.with_user("nobody", "canary").dsn(database.name()), "`nobody`"),
        (address.dsn("nowhere"), "`nowhere`"),
        ("postgres://u:canary@no-such-host.invalid/d".to_owned(), "no-such-host.invalid"),
        ("postgres://u:canary@127.0.0.1:1/d".to_owned(), "127.0.0.1:1"),
        (format!("postgres://u:canary@{silent_at}/d"), &*silent_at),
    ] {
        // Whatever answers has time for it.
        let options = if text == silent_at { "connect_timeout=1s" } else { "connect_timeout=20s" };
        let error = refusal(&dsn, options).await;
        assert!(error.kind() == Kind::Connect && error.to_string().contains(text), "{error:?}");
    }
    drop(silent);
}

#[tokio::test]
async fn an_option_that_is_none_is_named_with_the_nearest() {
    for (option, text) in [
        ("max_conections=3", "`max_connections`"),
        ("sslmod=require", "`sslmode`"),
        ("sslmode=verify_full", "`verify-full`"),
        ("prepare=no", "`off`"),
        ("statement_timeout=soon", "`statement_timeout`"),
    ] {
        let error = prom::configure(&format!("postgres://u:canary@localhost/d?{option}#bad"));
        let error = error.expect_err("it is none");
        assert!(error.kind() == Kind::Dsn && error.to_string().contains(text), "{error:?}");
        assert!(!format!("{error:?}").contains("canary"), "{error:?}");
    }
}

#[tokio::test]
async fn a_value_that_does_not_fit_is_named_and_the_rest_goes_on() -> Result<()> {
    for options in ["max_connections=1", "max_connections=1&prepare=off"] {
        let database = database("values");
        let db = connect(&database.dsn(), options);
        Foo::create().bar(1).name("good").on(&db).await?;
        let error = Foo::create().bar(2).name("se\0cret").on(&db).await.expect_err("it holds a NUL");
        assert_eq!((error.kind(), error.field()), (Kind::Value, Some("name")), "{error:?}");
        assert!(!format!("{error:?}").contains("cret"));
        let error = Foo::query().eq_name("a\0b").on(&db).count().await;
        assert!(error.as_ref().is_ok_and(|it| *it == 0) || error.is_err_and(|it| it.kind() == Kind::Value));

        // However many there are, they are one parameter.
        assert_eq!(Foo::query().in_bar(0..70_000).on(&db).count().await?, 1);
        let names = (0..70_000).map(|it| format!("name {it}")).chain(["good".to_owned()]);
        assert_eq!(Foo::query().in_name(names.collect::<Vec<_>>()).on(&db).count().await?, 1);
        let listed = prom::raw("SELECT count(*) FROM foo WHERE bar IN (:bars)").bind_list("bars", 0..70_000);
        match listed.on(&db).only::<i64>().await {
            Ok(count) => assert_eq!(count, 1),
            Err(error) => {
                assert!(error.to_string().contains("70000") || error.kind() == Kind::Invalid, "{error:?}")
            }
        }

        // In a transaction too, which goes on.
        prom::transaction(async {
            assert!(Foo::create().bar(2).name("a\0b").await.is_err());
            Foo::create().bar(3).await
        })
        .on(&db)
        .await?;
        assert_eq!(Foo::query().on(&db).count().await?, 2);
    }
    Ok(())
}

#[tokio::test]
async fn a_name_that_is_too_long_is_named() -> Result<()> {
    // 64 bytes, of which the server would cut off the last; the macro refuses such a model.
    static LONG: Schema = Schema::new(
        "Long",
        "tttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttt",
        &[FieldDef::new("_id", Type::I64).key(KeyDef::Generated)],
    );
    let database = database("long");
    let db = connect(&database.dsn(), "max_connections=1");
    let error = db.install(&[&LONG]).await.expect_err("it is too long");
    assert_eq!((error.kind(), error.model()), (Kind::Invalid, Some("Long")), "{error:?}");
    assert!(error.to_string().contains("63"), "{error:?}");
    Foo::create().bar(1).on(&db).await?;
    Ok(())
}
