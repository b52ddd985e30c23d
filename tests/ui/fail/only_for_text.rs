//! Options that mean something for text only, on types that the macro knows.

#[prom::orm]
struct Foo {
    #[field(size = 3)]
    a: i64,
    #[field(ignore_case, empty = false)]
    b: bool,
    #[field(ignore_case, min_size = 2)]
    c: Vec<u8>,
    #[field(max_size = 3)]
    d: Option<prom::Timestamp>,
    #[field(collate = "de-DE-x-icu")]
    e: i64,
    #[field(collate = "de-DE-x-icu", ignore_case)]
    f: String,
    #[field(collate = "")]
    g: Option<String>,
    #[field(collate = "de-DE-x-icu")]
    h: prom::Ref<Bar>,
}

#[prom::orm]
struct Bar {
    #[field(pk, collate = "de-DE-x-icu")]
    a: String,
}

fn main() {}
