//! A plain struct where a model is wanted.

use prom::Model;

struct Plain;

fn install<M: Model>() {}

fn main() {
    install::<Plain>();
}
