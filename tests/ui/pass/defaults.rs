//! Which defaults are the column's as well, and that literals find their type.

use std::borrow::Cow;
use std::sync::Arc;

use prom::{Model, Timestamp};

const NAME: &str = "x";
const SCHEMA: i64 = 4;

#[derive(Debug, Clone, Copy, prom::Enum)]
enum Status {
    Official,
}

#[prom::orm]
struct Foo {
    #[field(default = 3)]
    a: i16,
    #[field(default = -3)]
    b: Option<i32>,
    #[field(default = 1.5)]
    c: f64,
    #[field(default = "x")]
    d: String,
    #[field(default = "x")]
    e: Option<Cow<'static, str>>,
    #[field(default = NAME)]
    f: Arc<str>,
    #[field(default = Status::Official)]
    g: Option<Status>,
    #[field(default = false)]
    h: bool,
    #[field(default = SCHEMA)]
    i: i64,
    #[field(default = Self::START)]
    j: u8,
    #[field(default = -1.0)]
    k: f32,
    #[field(default = b"ab".to_vec())]
    l: Vec<u8>,
    #[field(default = Vec::new())]
    m: Vec<u8>,
    #[field(default = Timestamp::now())]
    n: Option<Timestamp>,
    #[field(default = 1 + 2)]
    o: u32,
    #[field(default = String::from("x"))]
    p: String,
    #[field(default = Some(3))]
    q: Option<i64>,
    #[field(default = prom::Uuid::now_v7())]
    r: prom::Uuid,
}

impl Foo {
    const START: u8 = 7;
}

fn main() {
    drop(Foo::create());
    let kinds = Foo::schema().fields().iter().take(18).map(|it| format!("{:?}", it.default));
    let constants = kinds.clone().take_while(|it| it == "Constant").count();
    assert_eq!((constants, kinds.filter(|it| it == "Made").count()), (11, 7));
}
