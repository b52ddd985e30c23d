//! Keys that cannot be.

use prom::Ref;

#[prom::orm]
struct Composite {
    #[field(pk)]
    a: String,
    #[field(pk)]
    b: i64,
    #[field(pk)]
    c: i64,
}

#[prom::orm(id = i64)]
struct Two {
    #[field(pk)]
    a: Option<String>,
}

#[prom::orm]
struct Circle {
    #[field(pk)]
    id: Ref<Self>,
}

#[prom::orm]
struct Round {
    #[field(pk)]
    id: Ref<Round>,
}

fn main() {}
