//! What the driver tells the log of what is bound.

#[path = "postgres_setup/setup.rs"]
mod setup;

use std::sync::Mutex;

use log::{LevelFilter, Log, Metadata, Record};
use prom::Result;
use prom::prelude::*;
use setup::{connect, database};

/// Keeps all of it.
struct Kept(Mutex<Vec<String>>);

static KEPT: Kept = Kept(Mutex::new(Vec::new()));

impl Log for Kept {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        let text = format!("{} {}: {}", record.level(), record.target(), record.args());
        self.0.lock().expect("nobody panicked").push(text);
    }

    fn flush(&self) {}
}

#[prom::orm(created = none, updated = none)]
#[derive(Debug)]
struct Foo {
    bar: String,
    number: i64,
}

const TEXT: &str = "canary";
const NUMBER: i64 = 4_711_471_147;

// The only test of its process: there is one log for all of it.
#[tokio::test]
async fn no_bound_value_is_in_it() -> Result<()> {
    log::set_logger(&KEPT).expect("the first one");
    log::set_max_level(LevelFilter::Trace);
    let database = database("log");
    let db = connect(&database.dsn(), "");
    let draft = || Foo::draft().bar(TEXT).number(NUMBER);
    Foo::create().bar(TEXT).number(NUMBER).on(&db).await?;
    Foo::create_many([draft(), draft()]).on(&db).await?;
    Foo::create_many((0..600).map(|_| draft())).on(&db).await?;
    Foo::query().eq_bar(TEXT).eq_number(NUMBER).on(&db).get().await?;
    let mut rows = Foo::query().eq_bar(TEXT).on(&db).stream();
    while rows.try_next().await?.is_some() {}
    prom::raw("SELECT number FROM foo WHERE bar = :bar").bind("bar", TEXT).on(&db).all::<i64>().await?;
    prom::transaction(async { Foo::query().eq_bar(TEXT).eq_number(NUMBER).delete().await }).on(&db).await?;
    let kept = std::mem::take(&mut *KEPT.0.lock().expect("nobody panicked"));
    assert!(kept.iter().any(|it| it.contains("tokio_postgres")), "the driver is heard");
    let number = NUMBER.to_string();
    let told = kept.iter().find(|it| it.contains(TEXT) || it.contains(&number));
    assert!(told.is_none(), "{told:?}");
    Ok(())
}
