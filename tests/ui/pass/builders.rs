//! What may be written with a model.
#![forbid(unsafe_code)]

use prom::{Connection, Model, Query, Result, Timestamp};

#[prom::orm]
#[derive(Debug, Clone, PartialEq)]
pub struct Foo {
    pub bar: i64,
    pub name: String,
    pub note: Option<String>,
    pub seen: Option<Timestamp>,
    #[field(default = 1)]
    pub level: i32,
}

/// Users add their own.
impl FooQuery {
    pub fn deep(self) -> Self {
        self.gt_level(3)
    }
}

async fn creates(main: &Connection, names: Vec<String>) -> Result<()> {
    let mut builder = Foo::create().bar(1).name("x");
    if names.is_empty() {
        builder = builder.note("none").level(3);
    }
    let foo = builder.on(main).await?;
    let _ = Foo::create().name(&foo.name).bar(foo.bar).id(7).created(foo.created).insert().await?;
    Foo::create_many(names.iter().map(|it| Foo::create().bar(1).name(it))).await?;
    Foo::create_many(vec![Foo::draft().bar(1), foo.into_draft().name("y")]).await?;
    let mut draft = Foo::draft();
    draft.set_note(None);
    draft.set_bar(draft.get_bar().unwrap_or(3));
    draft.on(main).await?;
    let _: Foo = Foo::create().bar(1).name("x").id(7).upsert().await?;
    let _: Foo = Foo::draft().bar(1).name("x").id(7).upsert_on(["id"]).await?;
    let _: Option<Foo> = Foo::create().bar(1).name("x").or_ignore().await?;
    let (_, _): (Foo, bool) = Foo::create().bar(1).name("x").id(7).find_or_create().await?;
    Foo::create().bar(1).name("x").into_future().await.map(drop)
}

async fn asks() -> Result<()> {
    let list = vec![1, 2];
    let rows = Foo::query().in_bar([3, 4, 5]).in_bar(&list).in_bar(1..5).nin_bar(list).deep().await?;
    let foo = Foo::query().eq_name("x").eq_note("y").eq_note(None).ne_note(&rows[0].note).one().await?;
    let _ = Foo::query().between_bar(1, 2).or().startswith_name("x").contains_note("y").get().await?;
    let _ = Foo::query()
        .gte_created(rows[0].created)
        .lt_seen(rows[0].created)
        .desc_id()
        .asc_note()
        .count()
        .await?;
    let mut foo = foo.expect("there is one");
    foo.bar += 1;
    foo.save().await?;
    foo.reload().await?;
    foo.delete().await?;
    Ok(())
}

fn main() {
    fn send<T: Send>(_: T) {}
    let main = || -> Connection { unreachable!() };
    let _ = move || {
        send(async move { creates(&main(), Vec::new()).await });
        send(asks());
        send(Foo::create());
    };
}
