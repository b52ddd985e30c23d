//! From the names that callers use to fields.

use super::{FieldDef, Schema};
use crate::error::{did_you_mean, shown_name};
use crate::{Error, Kind, Result};

impl Schema {
    /// The field of that name, alias or column.
    ///
    /// # Errors
    ///
    /// [`Kind::UnknownField`] when there is none; the text offers the nearest.
    pub fn field(&self, name: &str) -> Result<&'static FieldDef> {
        self.find_field(name).ok_or_else(|| self.unknown_field(name))
    }

    /// Whether there is a field of that name, alias or column.
    pub fn has_field(&self, name: &str) -> bool {
        self.find_field(name).is_some()
    }

    fn find_field(&self, name: &str) -> Option<&'static FieldDef> {
        let fields = self.fields();
        fields
            .iter()
            .find(|it| it.name == name)
            .or_else(|| fields.iter().find(|it| it.column == name || it.aliases.contains(&name)))
    }

    fn unknown_field(&self, name: &str) -> Error {
        let known = self.fields().iter().map(|it| it.name);
        let hint = match did_you_mean(name, known.clone()) {
            hint if hint.is_empty() => {
                format!("; it has {}", known.map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", "))
            }
            hint => hint,
        };
        Error::new(Kind::UnknownField, format!("`{}` has no field {}{hint}", self.model(), shown_name(name)))
            .with_model(self.model())
            .with_field(name.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Type;

    static FOO: Schema = Schema::new(
        "Foo",
        "foo",
        &[FieldDef::new("bar", Type::I64).aliases(&["sort"]), FieldDef::new("id", Type::I64).column("_id")],
    );

    #[test]
    fn a_field_is_found_by_name_alias_and_column() {
        for name in ["bar", "sort"] {
            assert_eq!(FOO.field(name).expect(name).name, "bar");
        }
        for name in ["id", "_id"] {
            assert_eq!(FOO.field(name).expect(name).name, "id");
        }
    }

    #[test]
    fn an_unknown_field_is_an_error_that_offers_the_nearest() {
        let near = FOO.field("baar").expect_err("there is no such field");
        assert_eq!(near.to_string(), "`Foo` has no field `baar`; did you mean `bar`?");
        let far = FOO.field("population").expect_err("there is no such field");
        assert_eq!(far.to_string(), "`Foo` has no field `population`; it has `bar`, `id`");
        assert_eq!((far.kind(), far.field()), (Kind::UnknownField, Some("population")));
    }
}
