//! Types that a field cannot have are said once, under the type.

struct Point {
    _x: f64,
}

#[prom::orm]
struct Foo {
    a: u64,
    b: Option<Point>,
    #[field(skip)]
    c: Point,
}

fn main() {}
