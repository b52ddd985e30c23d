//! What is read from no row.

#[derive(prom::FromRow)]
enum Enum {
    A,
}

#[derive(prom::FromRow)]
struct Tuple(i64, i64);

#[derive(prom::FromRow)]
struct Generic<'a, T> {
    name: &'a str,
    value: T,
}

#[derive(prom::FromRow)]
struct Options {
    #[field(nmae = "a")]
    a: i64,
    #[field(skip, name = "b")]
    b: i64,
    #[field(name)]
    c: i64,
}

#[derive(prom::FromRow)]
struct Skipped {
    #[field(skip)]
    a: i64,
}

fn main() {}
