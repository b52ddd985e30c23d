//! Derives that would make values which are no rows.

use prom::__Hidden as Deserialize;

#[prom::orm]
#[derive(Clone, Deserialize)]
struct Foo {
    bar: i64,
}

#[prom::orm]
#[derive(Clone, Copy)]
#[cfg_attr(not(windows), derive(Default))]
struct Bar {
    bar: i64,
}

fn main() {}
