//! Newtypes that cannot be stored.

#[derive(prom::Field)]
struct Two(i64, i64);

#[derive(prom::Field)]
struct Named {
    a: i64,
}

#[derive(prom::Field)]
struct Generic<T>(T);

#[derive(prom::Field)]
enum Enum {
    A,
}

fn main() {}
