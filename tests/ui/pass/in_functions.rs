//! A model may stand in a function, as in a documentation's example.
#![deny(warnings)]

use prom::{Model, Ref};

fn main() {
    #[derive(Debug, Clone, Copy, PartialEq, prom::Enum)]
    enum Status {
        Open,
    }

    #[derive(Debug, Clone, PartialEq, prom::Field)]
    struct Code(String);

    #[prom::orm]
    #[derive(Debug, Clone, PartialEq)]
    struct Local {
        #[field(default = Status::Open)]
        status: Status,
        code: Code,
        parent: Option<Ref<Self>>,
    }

    let _ = Local::query().eq_status(Status::Open).is_null_parent();
    drop(Local::create().code(Code("x".into())));
    assert_eq!(Local::schema().table(), "local");

    fn another() -> &'static str {
        #[prom::orm(table = "other")]
        struct Local {
            a: i64,
        }
        Local::schema().table()
    }
    assert_eq!(another(), "other");
}
