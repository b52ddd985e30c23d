//! Names that prom uses itself.

#[prom::orm]
struct Foo {
    id: i64,
    created: i64,
    updated: i64,
    field: i64,
    on: bool,
    insert: bool,
    upsert: bool,
    upsert_on: bool,
    or_ignore: bool,
    find_or_create: bool,
    __prom_is_here: i64,
    bar: i64,
    set_bar: i64,
}

#[prom::orm]
struct Keyed {
    #[field(pk)]
    code: String,
    id: i64,
}

fn main() {}
