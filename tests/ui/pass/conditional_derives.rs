//! What is derived below the attribute does not show the hidden field.

use std::collections::HashSet;

use prom::__Hidden as Serialize;

#[prom::orm]
#[cfg_attr(all(), derive(Debug, Clone), derive(PartialEq))]
#[cfg_attr(any(), derive(std::fmt::Debug, Nonsense))]
#[derive(Eq, Hash, PartialOrd, Ord)]
struct Foo {
    bar: i64,
    #[field(skip)]
    cached: String,
}

#[prom::orm]
#[derive(Serialize, Debug)]
#[serde(rename_all = "camelCase")]
struct Bar {
    #[serde(rename = "x")]
    bar: i64,
}

fn main() {
    fn traits<T: std::fmt::Debug + Clone + Ord + std::hash::Hash>() {}
    traits::<Foo>();
    let _ = HashSet::<Foo>::new();
    let _ = Bar::query();
}
