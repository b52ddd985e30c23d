//! What happens when the row that is referred to goes.

use prom::Ref;

#[prom::orm]
struct Foo {
    #[field(on_delete = cascade)]
    a: i64,
    #[field(on_delete = set_null)]
    b: Ref<Foo>,
    #[field(on_delete = restrict)]
    c: Option<Ref<Foo>>,
    d: Option<Option<i64>>,
}

fn main() {}
