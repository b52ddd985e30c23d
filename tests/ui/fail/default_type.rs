//! Defaults of another type.

#[prom::orm]
struct Foo {
    #[field(default = "x")]
    a: i64,
    #[field(default = 70000)]
    b: i16,
    #[field(default = 3)]
    c: Option<String>,
}

fn main() {}
