//! Indexes over what is not there, and those that are there already.

#[prom::orm(index(populaton), unique(cached, name), index(name, name))]
struct Foo {
    name: String,
    population: i64,
    #[field(skip)]
    cached: i64,
    #[field(unique, index)]
    a: i64,
    #[field(index = false)]
    b: i64,
}

#[prom::orm]
struct Keyed {
    #[field(pk, unique)]
    code: String,
}

fn main() {}
