//! Newtypes of what cannot be stored.

struct Point;

#[derive(prom::Field)]
struct Nullable(Option<i64>);

#[derive(prom::Field)]
struct OfPoint(Point);

fn main() {}
