//! The same on types that only the compiler knows.

#[derive(prom::Field)]
struct Celsius(f64);

#[derive(prom::Field)]
struct Blob(Vec<u8>);

#[prom::orm]
struct Foo {
    #[field(size = 3)]
    a: Celsius,
    #[field(ignore_case)]
    b: Option<Celsius>,
    #[field(max_size = 3, empty = false)]
    c: Blob,
    #[field(collate = "de-DE-x-icu")]
    d: Celsius,
}

fn main() {}
