//! Defaults of another type.

#[prom::orm]
struct Foo {
    #[field(default = "x")]
    a: i64,
    #[field(default = 3)]
    c: Option<String>,
}

fn main() {}
