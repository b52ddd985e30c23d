//! A transaction takes any future, wherever it stands.
#![deny(warnings)]

use std::rc::Rc;
use std::time::Duration;

use prom::prelude::*;
use prom::{Error, Isolation, retry, transaction};

#[prom::orm]
#[derive(Debug)]
struct Foo {
    bar: i64,
}

/// As `anyhow` has it: from whatever is an error.
#[derive(Debug)]
struct Any(#[allow(dead_code)] Box<dyn std::error::Error + Send + Sync>);

impl<E: std::error::Error + Send + Sync + 'static> From<E> for Any {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

/// As `thiserror` has it.
#[derive(Debug)]
enum Own {
    Prom(#[allow(dead_code)] Error),
    Refused,
}

impl From<Error> for Own {
    fn from(error: Error) -> Self {
        Self::Prom(error)
    }
}

#[prom::async_trait]
trait Shop {
    async fn buy(&self, foo: &mut Foo) -> Result<i64, Own>;
}

struct Corner {
    price: i64,
}

#[prom::async_trait]
impl Shop for Corner {
    async fn buy(&self, foo: &mut Foo) -> Result<i64, Own> {
        transaction(async {
            foo.bar -= self.price;
            if foo.bar < 0 {
                return Err(Own::Refused);
            }
            foo.save().await?;
            Ok(foo.bar)
        })
        .await
    }
}

async fn anything() -> Result<usize, Any> {
    transaction(async {
        let number: i64 = "12".parse()?;
        Foo::create().bar(number).await?;
        Ok::<_, Any>(std::str::from_utf8(b"foo")?.len())
    })
    .await
}

async fn borrowed(foo: &mut Foo, log: &mut Vec<i64>) -> prom::Result<()> {
    let count = Rc::new(1);
    transaction(async {
        foo.bar += *count;
        foo.save().await?;
        log.push(foo.bar);
        let inner = transaction(async {
            log.push(0);
            foo.bar += 1;
            foo.save().await
        });
        let (one, other, rows) = tokio::join!(inner, Foo::create().bar(1).insert(), Foo::query().get());
        one?;
        drop((other?, rows?));
        Ok::<_, Error>(())
    })
    .await?;
    prom::retry!(3, transaction(async {
        foo.bar += 1;
        log.push(foo.bar);
        foo.save().await
    }))
}

fn spawned() {
    let _: tokio::task::JoinHandle<Result<(), Own>> = tokio::spawn(async {
        let mut foo = Foo::create().bar(1).await?;
        let shop: Box<dyn Shop + Send + Sync> = Box::new(Corner { price: 1 });
        shop.buy(&mut foo).await?;
        retry(3, || transaction(async { Foo::query().count().await })).await?;
        let named = transaction(async { foo.save().await })
            .named("main")
            .isolation(Isolation::Serializable)
            .deadline(Duration::from_secs(3));
        named.await?;
        let db = prom::connection("main")?;
        let rows = transaction(async { Foo::query().get().await }).read_only().on(&db).await?;
        drop(rows);
        let tx = db.begin().isolation(Isolation::RepeatableRead).read_only().await?;
        let inside = tokio::spawn(tx.scope(async { Foo::query().count().await }));
        inside.await.map_err(|_| Own::Refused)??;
        let inner = tx.begin().await?;
        foo.save().on(&inner).await?;
        inner.rollback().await?;
        Ok(tx.commit().await?)
    });
}

fn main() {
    let _ = (spawned, anything, borrowed);
}
