//! A field that is not there.

use prom::Query;

#[prom::orm]
struct Foo {
    population: i64,
}

async fn misspelt() -> prom::Result<()> {
    let _ = Foo::query().eq_populaton(3).await?;
    let _ = Foo::create().populaton(3).await?;
    let _ = Foo::query().like_population("x").one().await?;
    Ok(())
}

fn main() {}
