//! What becomes of an upsert where the backend does not do its part.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use prom::interface::{Begin, Capabilities, Cursor, Done, Install, InstallReport, Lease};
use prom::query::Request;
use prom::{Dsn, Error, Execute, Interface, Kind, Result, Schema, Sink};

/// A table in which every row that is in the way is gone when it is looked for.
struct Haunted {
    upsert: bool,
}

/// How many statements it was sent.
static SENT: AtomicUsize = AtomicUsize::new(0);

impl Haunted {
    fn from_dsn(dsn: &Dsn) -> Result<Self> {
        let mut options = dsn.options();
        let upsert = options.flag("upsert")?.unwrap_or(false);
        options.finish()?;
        Ok(Self { upsert })
    }
}

prom::interface!(Haunted);

#[prom::async_trait]
impl Execute for Haunted {
    async fn fetch(&self, _: Arc<Request>, sink: Box<dyn Sink>) -> Result<Box<dyn Sink>> {
        SENT.fetch_add(1, Ordering::Relaxed);
        Ok(sink)
    }

    async fn execute(&self, _: Arc<Request>) -> Result<Done> {
        Err(nobody_asks())
    }

    async fn install(&self, _: &[&'static Schema], _: Install) -> Result<InstallReport> {
        Ok(InstallReport::default())
    }

    fn cursor(&self, _: Arc<Request>) -> Box<dyn Cursor> {
        unreachable!("nobody asks for it")
    }
}

#[prom::async_trait]
impl Interface for Haunted {
    fn capabilities(&self) -> Capabilities {
        let mut capabilities = Capabilities::default();
        capabilities.upsert = self.upsert;
        capabilities
    }

    async fn lease(&self, _: Begin) -> Result<Box<dyn Lease>> {
        Err(nobody_asks())
    }

    async fn close(&self) -> Result<()> {
        Ok(())
    }

    fn is_open(&self) -> bool {
        true
    }
}

fn nobody_asks() -> Error {
    Error::new(Kind::Unsupported, "nobody asks for it")
}

#[prom::orm]
#[derive(Debug)]
struct Foo {
    #[field(unique)]
    bar: i64,
}

#[tokio::test]
async fn a_row_that_comes_and_goes_is_given_up_on() {
    let db = prom::configure("Haunted://?upsert=yes#haunted").expect("a good DSN");
    let error = Foo::create().bar(1).on(&db).find_or_create().await.expect_err("there is no row");
    assert_eq!((error.kind(), error.model()), (Kind::Busy, Some("Foo")), "{error}");
    assert!(error.is_retryable());
    assert_eq!(SENT.load(Ordering::Relaxed), 6, "three times an insert, and a look");
    let error = Foo::create().bar(1).on(&db).upsert().await.expect_err("there is no row");
    assert_eq!(error.kind(), Kind::Invalid, "{error}");
}

#[tokio::test]
async fn what_the_backend_cannot_do_is_said() {
    let db = prom::configure("Haunted://#plain").expect("a good DSN");
    for error in [
        Foo::create().bar(1).on(&db).upsert().await.expect_err("it cannot"),
        Foo::draft().bar(1).on(&db).upsert_on(["bar"]).await.expect_err("it cannot"),
        Foo::create().bar(1).on(&db).or_ignore().await.expect_err("it cannot"),
        Foo::create().bar(1).on(&db).find_or_create().await.expect_err("it cannot"),
    ] {
        assert_eq!(error.kind(), Kind::Unsupported);
        assert_eq!(
            error.to_string(),
            "the connection `plain` can only refuse a row that another one is in the way of"
        );
    }
}
