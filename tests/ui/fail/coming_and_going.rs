//! A field that is there under a condition only.

#[prom::orm]
struct Foo {
    bar: i64,
    #[cfg(unix)]
    a: i64,
    #[cfg_attr(unix, field(index))]
    b: i64,
}

fn main() {}
