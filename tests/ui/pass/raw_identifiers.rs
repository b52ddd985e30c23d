//! Keywords may be names.

use prom::Model;

#[prom::orm(index(r#type, r#match))]
struct r#Struct {
    r#type: String,
    #[field(default = 3, alias = "use")]
    r#match: i64,
    r#in: Option<bool>,
}

fn main() {
    let _ = Struct::query().eq_type("x").asc_match().eq_in(true).is_null_in();
    drop(Struct::create().r#type("x").r#match(3).r#in(None));
    let columns: Vec<_> = Struct::schema().fields().iter().take(3).map(|it| it.column).collect();
    assert_eq!(columns, ["type", "match", "in"]);
    assert_eq!(Struct::schema().indexes()[0].name, "type_match");
}
