//! A field without a column, of which nothing else can be said.

#[prom::orm]
struct Foo {
    bar: i64,
    #[field(skip, index, name = "x", default = 3)]
    a: i64,
    #[field(pk)]
    #[field(skip)]
    b: i64,
}

fn main() {}
