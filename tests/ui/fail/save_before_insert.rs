//! What is not yet a row cannot be saved.

use prom::Model;

#[prom::orm]
struct Foo {
    bar: i64,
}

async fn save() -> prom::Result<()> {
    Foo::draft().bar(1).save().await?;
    Foo::create().bar(1).save().await?;
    let foo = Foo { bar: 3 };
    foo.delete().await?;
    Ok(())
}

fn main() {}
