//! Values of another type than the field's.

use prom::Query;

#[prom::orm]
struct Foo {
    bar: i64,
    small: i16,
    name: String,
    note: Option<String>,
}

async fn wrong() -> prom::Result<()> {
    let _ = Foo::query().eq_bar("x").one().await?;
    let _ = Foo::query().eq_name(3).one().await?;
    let _ = Foo::query().in_bar(["x"]).one().await?;
    let _ = Foo::query().in_bar(3).one().await?;
    let _ = Foo::create().bar("x").small(1).name(3).note(3).await?;
    Ok(())
}

fn too_big() {
    let _ = Foo::query().eq_small(70000);
}

fn main() {}
