//! A minute to the first row: the README's first programme, word for word.
//!
//! `PROM_DSN=sqlite::memory: cargo run --example quickstart`
#![cfg_attr(rustfmt, rustfmt_skip)] // the comments stand where the README has them

use prom::prelude::*;

#[prom::orm(table = "foo_table_name")]
#[derive(Debug)]
struct Foo {
    bar: i64,
}

#[tokio::main]
async fn main() -> prom::Result<()> {
    for x in 0..10 {
        Foo::create().bar(x).await?;
    }

    let f = Foo::query().one().await?.expect("ten rows");
    println!("{} {}", f.id, f.bar);                        // 1 0

    for f in Foo::query().in_bar([3, 4, 5]).await? {
        println!("{}", f.id);                              // 4 5 6
    }

    for mut f in Foo::query().await? {
        f.bar += 100;
        f.save().await?;
    }

    let mut rows = Foo::query().stream();
    while let Some(f) = rows.try_next().await? {
        f.delete().await?;
    }
    Ok(())
}
