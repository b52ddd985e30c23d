//! Sizes that contradict each other.

#[prom::orm]
struct Foo {
    #[field(size = 3, max_size = 4)]
    a: String,
    #[field(min_size = 5, max_size = 4)]
    b: Vec<u8>,
    #[field(size = 0)]
    c: Option<String>,
    #[field(max_size = 0)]
    d: String,
}

fn main() {}
