//! Relations may be called otherwise than their fields, and as keywords.

use prom::{Model, Query, Ref};

#[prom::orm]
struct Person {
    name: String,
}

#[prom::orm]
struct Page {
    #[field(forward = "editor", reverse = "edited")]
    save_id: Ref<Person>,
    #[field(forward = "owner")]
    person: Option<Ref<Person>>,
    person_id: Ref<Person>,
    type_id: Option<Ref<Page>>,
    hash: i64,
    max: i64,
    find: i64,
}

async fn compiles(mut page: Page, person: Person) -> prom::Result<()> {
    let _: Person = page.editor().await?;
    let _: Option<Person> = page.owner().await?;
    let _: Person = page.person().await?;
    let _: Option<Page> = page.r#type().await?;
    let _: Vec<Page> = person.edited().await?.into_vec();
    let _: Vec<(Page, Person, Option<Person>)> =
        Page::query().with_editor().with_owner().where_type(|it| it.eq_hash(1)).await?.into_vec();
    let _: Person = page.related(Page::EDITOR).await?;
    let _: Vec<(Person, Vec<Page>)> = Person::query().with(Person::EDITED).await?.into_vec();
    let _ = Page::query().where_has(Page::TYPE, |it| it.asc_max());
    page.save().await
}

fn main() {
    let _ = compiles;
    let columns: Vec<_> = Page::schema().fields().iter().map(|it| it.column).collect();
    assert_eq!(columns[..4], ["save_id", "person", "person_id", "type_id"]);
}
