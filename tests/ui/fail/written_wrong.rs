//! Options that are written otherwise, or twice.

#[prom::orm(table, connection = geo, base = 3, schema("x"), index, unique(), index(table = "x", a))]
struct Foo {
    a: i64,
}

#[prom::orm(id, created = i64, updated, track = no, hooks = true, crate = prom, table = "a", table = "b")]
struct Bar {
    a: i64,
}

impl prom::Hooks for Bar {}

#[prom::orm]
struct Che {
    #[field]
    a: i64,
    #[field(unique = true, index = "x", ignore_case(yes), size = -1, min_size, max_size = "x")]
    b: String,
    #[field(default, name = column, alias, empty, skip = true, pk("x"), on_delete = nothing)]
    c: String,
    #[field(empty = true, size = 1 2)]
    d: String,
    #[field(index, index, alias = "x", alias = "y")]
    #[field(index)]
    e: String,
}

#[prom::orm(connection = "geo", base = Geo)]
struct Both {
    a: i64,
}

fn main() {}
