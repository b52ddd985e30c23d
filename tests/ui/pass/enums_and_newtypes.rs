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

/// What people see is the program's own.
impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "<{}>", self.as_str())
    }
}

#[derive(Debug, PartialEq, prom::Enum)]
#[field(display, from_str = false)]
enum Lenient {
    A,
    BC,
}

impl std::str::FromStr for Lenient {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Ok(if text == "a" { Self::A } else { Self::BC })
    }
}

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

    assert_eq!(Status::VARIANTS, [Status::Official, Status::DeFacto, Status::Former]);
    const NAME: &str = Status::Former.as_str();
    assert_eq!((NAME, Level::Higher.as_str()), ("was", "higher"));
    assert_eq!(Status::DeFacto.to_string(), "<de_facto>");
    for it in Status::VARIANTS {
        assert_eq!(it.as_str().parse::<Status>().ok(), Some(*it));
    }
    assert_eq!("higher".parse::<Level>().ok(), Some(Level::Higher));
    let unknown = "DeFacto".parse::<Status>().expect_err("that is no stored name");
    assert_eq!(unknown.kind(), prom::Kind::Value);
    let wanted = "`Status` is one of `official`, `de_facto`, `was`; did you mean `de_facto`?";
    assert_eq!(unknown.to_string(), wanted);
    let unknown = "s3cret".parse::<Level>().expect_err("that is no name");
    assert_eq!(unknown.to_string(), "`Level` is one of `low`, `middle`, `high`, `higher`");
    assert_eq!(format!("{:>3}{}", Lenient::A, Lenient::BC), "  abc");
    assert_eq!("other".parse(), Ok(Lenient::BC));

    let known = |name: &str| Foo::schema().field(name).expect("it is there").choices;
    assert_eq!(known("status"), Status::CHOICES);
    assert_eq!(known("level"), Level::CHOICES);
    assert!(Level::CHOICES.is_some() && known("code").is_none());

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
