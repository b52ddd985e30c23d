//! A model may be written by a macro, and have many fields.
#![deny(warnings)]

use prom::{Model, Ref};

macro_rules! model {
    ($name:ident { $($field:ident: $ty:ty = $default:expr),* $(,)? }) => {
        #[prom::orm]
        #[derive(Debug, Clone)]
        pub struct $name {
            $(#[field(default = $default)] pub $field: $ty,)*
            pub parent: Option<Ref<$name>>,
            pub own: i64,
        }
    };
}

model!(Foo { a: i64 = 3, b: String = "x", c: Option<i32> = -1, d: Vec<u8> = Vec::new() });

macro_rules! wide {
    ($($field:ident)*) => {
        #[prom::orm]
        #[derive(Debug)]
        pub struct Wide {
            $(pub $field: Option<i64>,)*
        }
    };
}

// More than std implements `Default` for in arrays.
wide!(a b c d e f g h i j k l m n o p q r s t u v w x y z aa ab ac ad ae af ag ah ai aj);

fn main() {
    let kinds = Foo::schema().fields().iter().take(5).map(|it| format!("{:?}", it.default));
    assert_eq!(kinds.collect::<Vec<_>>(), ["Constant", "Constant", "Constant", "Made", "None"]);
    assert!(Foo::schema().fields()[4].reference.is_some());
    assert_eq!(Wide::schema().fields().len(), 39);
    drop((Foo::create().own(3), Wide::draft()));
}
