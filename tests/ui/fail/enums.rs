//! Enums that cannot be stored.

#[derive(prom::Enum)]
enum Holding {
    A(i64),
    B { x: i64 },
    C,
}

#[derive(prom::Enum)]
enum Generic<T> {
    A,
    B(T),
}

#[derive(prom::Enum)]
enum Empty {}

#[derive(prom::Enum)]
enum Twice {
    FooBar,
    #[field(name = "foo_bar")]
    Che,
    #[field(nam = "x")]
    Misspelt,
}

#[derive(prom::Enum)]
enum Number {
    A = 1 + 1,
    #[field(name = "b")]
    B,
}

#[derive(prom::Enum)]
struct Struct(i64);

#[derive(prom::Enum)]
#[field(index)]
enum Option {
    A,
}

#[derive(prom::Enum)]
#[field(display = false, from_str)]
enum Options {
    A,
}

#[derive(prom::Enum)]
enum Alike {
    FooBar = 1,
    Foo_Bar = 2,
}

fn main() {}
