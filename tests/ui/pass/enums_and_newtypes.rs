//! How enums and newtypes are stored.

use prom::{Field, Model, Type, Value, ValueRef};

#[derive(Debug, Clone, Copy, PartialEq, prom::Enum)]
enum Status {
    Official,
    DeFacto,
    #[field(name = "was")]
    r#Former,
}

#[derive(Debug, Clone, Copy, PartialEq, prom::Enum)]
#[repr(i16)]
enum Level {
    Low = -1,
    Middle,
    High = 0x10,
    Higher,
}

#[derive(Debug, Clone, Copy, PartialEq, prom::Enum)]
enum Wide {
    One = 1,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, prom::Field)]
struct Code(String);

#[derive(Debug, Clone, PartialEq, prom::Field)]
#[field(crate = "prom")]
struct Outer(pub(crate) Code);

#[prom::orm]
struct Foo {
    status: Status,
    level: Option<Level>,
    #[field(pk, max_size = 3, ignore_case)]
    code: Code,
    outer: Outer,
}

fn main() {
    assert_eq!(Status::DeFacto.to_value(), Value::Text("de_facto".into()));
    assert_eq!(Status::decode(ValueRef::Text("was")).ok(), Some(Status::Former));
    let unknown = Status::decode(ValueRef::Text("secret")).expect_err("there is no such variant");
    assert_eq!(unknown.to_string(), "expected one of `official`, `de_facto`, `was`, found other text");
    let unknown = Status::decode(ValueRef::I64(3)).expect_err("it is no text");
    assert_eq!(unknown.to_string(), "expected one of `official`, `de_facto`, `was`, found an integer");
    assert_ne!(Status::DeFacto.fingerprint(), Status::Former.fingerprint());

    assert_eq!((Level::TYPE, Wide::TYPE, Status::TYPE), (Type::I16, Type::I64, Type::Text));
    let stored = [Level::Low, Level::Middle, Level::High, Level::Higher].map(|it| it.to_value());
    assert_eq!(stored, [-1, 0, 16, 17].map(Value::I64));
    assert_eq!(Level::decode(ValueRef::I64(17)).ok(), Some(Level::Higher));
    let unknown = Wide::decode(ValueRef::I64(17)).expect_err("there is no such variant");
    assert_eq!(unknown.to_string(), "expected 1, found another integer");

    let outer = Outer::from_value(Value::Text("x".into())).expect("it is text");
    assert_eq!((Outer::TYPE, outer.clone().into_value()), (Type::Text, Value::Text("x".into())));
    assert_eq!(outer.fingerprint(), "x".to_string().fingerprint());

    let _ = Foo::query()
        .eq_status(Status::Official)
        .in_level([Level::Low])
        .gt_code(Code("x".into()))
        .eq_outer(&outer);
    drop(Foo::create().status(Status::Official).code(Code("a".into())).outer(outer));
    assert_eq!(Foo::schema().key().map(|it| it.name), Some("code"));
}
