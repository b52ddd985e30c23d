//! Fields and relations whose methods would hide those that are there.

use prom::Ref;

#[prom::orm]
struct Slot {
    save_id: Ref<Shop>,
    #[field(forward = "reload")]
    a: Ref<Shop>,
    #[field(reverse = "delete")]
    b: Ref<Shop>,
    #[field(reverse = "before_update")]
    c: Ref<Shop>,
    #[field(reverse = "clone")]
    d: Ref<Shop>,
    query_id: Ref<Shop>,
    has_id: Ref<Shop>,
    self_id: Ref<Shop>,
    #[field(forward = "a b")]
    e: Ref<Shop>,
    #[field(forward = "x")]
    f: i64,
}

#[prom::orm]
struct Fields {
    field: i64,
    selected: bool,
    fields: String,
    into: i64,
    #[field(name = "kind")]
    clone: i64,
}

#[prom::orm]
struct Twice {
    shop: Option<Ref<Shop>>,
    shop_id: Ref<Shop>,
    #[field(reverse = "twices")]
    a_id: Ref<Shop>,
    #[field(reverse = "Twices")]
    b_id: Ref<Shop>,
}

#[prom::orm]
struct Shop {
    name: String,
}

fn main() {}
