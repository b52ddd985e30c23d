//! A plain struct where a model is wanted.

use prom::{Model, Ref};

struct Plain;

fn key(it: Ref<Plain>) {}

fn main() {
    let _ = Plain::find(3);
}
