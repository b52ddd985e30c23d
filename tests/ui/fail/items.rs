//! A model is a struct with named fields, and not generic.

#[prom::orm]
enum Enum {
    A,
}

#[prom::orm]
union Union {
    a: i64,
}

#[prom::orm]
struct Tuple(i64);

#[prom::orm]
struct Unit;

#[prom::orm]
struct Generic<T> {
    #[field(index)]
    a: T,
}

#[prom::orm]
struct Borrowed<'a> {
    a: &'a str,
}

#[prom::orm(id = none, created = none, updated = none)]
struct Empty {
    #[field(skip)]
    a: i64,
}

#[prom::orm]
fn function() {}

fn main() {}
