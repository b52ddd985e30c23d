//! A builder is awaited without a required field.

#[prom::orm]
struct Foo {
    bar: i64,
    name: String,
    note: Option<String>,
}

async fn one() -> prom::Result<()> {
    Foo::create().bar(1).note("x").await?;
    Ok(())
}

async fn both() -> prom::Result<()> {
    let _ = Foo::create().insert().await?;
    Ok(())
}

async fn many() -> prom::Result<()> {
    use prom::Model;
    Foo::create_many([Foo::create().name("x")]).await?;
    Ok(())
}

fn main() {}
