//! Two fields of one column, alias or index.

#[prom::orm(index(a), index(a, b), unique(a, b), index(name = "B", c), unique(name = "x", a), unique(name = "x", c))]
struct Foo {
    #[field(index)]
    a: i64,
    #[field(unique)]
    b: i64,
    #[field(name = "A")]
    c: i64,
    #[field(name = "_id")]
    d: i64,
    #[field(alias = "a", alias = "e", alias = "y", alias = "y", alias = "_created", alias = "z")]
    e: i64,
    #[field(alias = "z", alias = "foo_id")]
    f: i64,
}

fn main() {}
