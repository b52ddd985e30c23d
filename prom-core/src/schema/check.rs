//! What a value must be to stand in a field, and what a schema must be to stand
//! in a database. Said before any SQL is sent.

use super::{DefaultValue, FieldDef, MAX_NAME_BYTES, Schema, Type};
use crate::{Error, Kind, Result, Value};

impl Schema {
    /// Whether every backend can hold the table.
    ///
    /// # Errors
    ///
    /// [`Kind::Invalid`] for a name that is empty, too long or has a NUL, for a
    /// table or schema whose name has a dot, for
    /// two fields or indexes of one name, letter case aside, for an index over no
    /// field, for a reference to another connection, and for a constant default
    /// that cannot be stored.
    pub fn check(&self) -> Result<()> {
        self.check_name("table", self.table())?;
        self.check_no_dot("table", self.table())?;
        if let Some(namespace) = self.namespace() {
            self.check_name("schema", namespace)?;
            self.check_no_dot("schema", namespace)?;
        }
        for (at, field) in self.fields().iter().enumerate() {
            self.check_name("column", field.column)?;
            if self.fields()[..at].iter().any(|it| it.column.eq_ignore_ascii_case(field.column)) {
                return Err(self.invalid(format!("has two fields in the column `{}`", field.column)));
            }
            if let DefaultValue::Constant(make) = field.default {
                self.check_value(field, &make()).map_err(|error| error.context("a default"))?;
            }
        }
        for (field, reference) in self.fields().iter().filter_map(|it| it.reference.map(|to| (it, to))) {
            let target = (reference.target)();
            let (here, there) = (self.connection(), target.connection());
            if here != there {
                let [here, there] = [here, there].map(|it| match it {
                    Some(it) => format!("the connection `{it}`"),
                    None => "no connection of its own".to_owned(),
                });
                return Err(self.invalid(format!(
                    "lives on {here}, and its field `{}` refers to `{}`, which lives on {there}",
                    field.name,
                    target.model()
                )));
            }
        }
        for (at, index) in self.indexes().iter().enumerate() {
            if self.indexes()[..at].iter().any(|it| it.name.eq_ignore_ascii_case(index.name)) {
                return Err(self.invalid(format!("has two indexes called `{}`", index.name)));
            }
            if index.columns.is_empty() {
                return Err(self.invalid(format!("has an index `{}` over no field", index.name)));
            }
            for column in index.columns {
                if !self.fields().iter().any(|it| it.column == *column) {
                    return Err(self.invalid(format!(
                        "has an index `{}` over `{column}`, which is no column of it",
                        index.name
                    )));
                }
            }
        }
        Ok(())
    }

    fn check_name(&self, what: &str, name: &str) -> Result<()> {
        if name.is_empty() || name.contains('\0') {
            return Err(self.invalid(format!("has a {what} whose name is empty or holds a NUL")));
        }
        if name.len() > MAX_NAME_BYTES {
            return Err(self.invalid(format!(
                "has the {what} `{name}`, whose name takes {} bytes where {MAX_NAME_BYTES} are the most; \
                 shorten it with `{}`",
                name.len(),
                match what {
                    "table" => "#[prom::orm(table = \"..\")]",
                    "schema" => "#[prom::orm(schema = \"..\")]",
                    _ => "#[field(name = \"..\")]",
                },
            )));
        }
        Ok(())
    }

    /// A dot is not a part of a name: in SQL it stands between the names of a
    /// schema and of a table in it.
    fn check_no_dot(&self, what: &str, name: &str) -> Result<()> {
        if !name.contains('.') {
            return Ok(());
        }
        let cure = match name.split_once('.') {
            Some((schema, table)) if what == "table" && !table.contains('.') => {
                format!("a table `{table}` in a schema is `#[prom::orm(schema = \"{schema}\", table = \"{table}\")]`")
            }
            _ => "name the schema and the table, `#[prom::orm(schema = \"..\", table = \"..\")]`, and no database".to_owned(),
        };
        Err(self.invalid(format!("has the {what} `{name}`, whose name has a dot in it: {cure}")))
    }

    fn invalid(&self, what: String) -> Error {
        Error::new(Kind::Invalid, format!("`{}` {what}", self.model())).with_model(self.model())
    }

    /// Whether `value` may be written to `field`.
    ///
    /// # Errors
    ///
    /// [`Kind::Required`] for a NULL in a field that may not be empty,
    /// [`Kind::Value`] for what breaks a rule of the field or cannot be stored.
    pub fn check_value(&self, field: &FieldDef, value: &Value) -> Result<()> {
        match broken_rule(field, value).or_else(|| undecodable(field, value)) {
            None => Ok(()),
            Some((kind, rule)) => Err(Error::new(kind, format!("`{}.{}` {rule}", self.model(), field.name))
                .with_model(self.model())
                .with_field(field.name)),
        }
    }
}

fn broken_rule(field: &FieldDef, value: &Value) -> Option<(Kind, String)> {
    let broken = |rule: String| Some((Kind::Value, rule));
    if let Some(rule) = value.unstorable() {
        return broken(rule.to_owned());
    }
    match value {
        Value::Null if !field.nullable => Some((Kind::Required, "is required and is NULL".into())),
        Value::Text(it) if field.refuse_empty && it.is_empty() => broken("is empty and may not be".into()),
        // Characters are counted only where somebody wants to know.
        Value::Text(it) if field.size.min.is_some() || field.size.max.is_some() => {
            broken_size(field, it.chars().count(), "characters").and_then(broken)
        }
        Value::Bytes(it) => broken_size(field, it.len(), "bytes").and_then(broken),
        Value::I64(it) => match field.whole_range() {
            Some((min, max)) if *it < min || max < *it => {
                broken(format!("takes whole numbers from {min} to {max} and got one outside"))
            }
            _ => None,
        },
        Value::F64(it) if field.ty == Type::F32 && it.is_finite() && is_too_large(*it) => {
            broken("takes floating-point numbers of 32 bits and got a larger one".into())
        }
        _ => None,
    }
}

/// What a type of the user's own makes of its value, and does not decode.
fn undecodable(field: &FieldDef, value: &Value) -> Option<(Kind, String)> {
    let is_decoded = field.decodes_all || value.is_null() || (field.convert)(value.clone()).is_ok();
    (!is_decoded).then(|| (Kind::Value, "would be stored as what its type does not decode".into()))
}

#[expect(clippy::cast_possible_truncation, reason = "asked whether it is too large")]
fn is_too_large(number: f64) -> bool {
    (number as f32).is_infinite()
}

fn broken_size(field: &FieldDef, length: usize, unit: &str) -> Option<String> {
    let (min, max) = (field.size.min, field.size.max);
    if min.is_none_or(|it| it <= length) && max.is_none_or(|it| length <= it) {
        return None;
    }
    let wanted = match (min, max) {
        (Some(min), Some(max)) if min == max => format!("exactly {min}"),
        (Some(min), Some(max)) => format!("{min} to {max}"),
        (Some(min), None) => format!("at least {min}"),
        (None, Some(max)) => format!("at most {max}"),
        (None, None) => return None,
    };
    Some(format!("takes {wanted} {unit} and got {length}"))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::schema::{Choices, IndexDef, OnDelete, Reference};

    static FOO: Schema = Schema::new(
        "Foo",
        "foo",
        &[
            FieldDef::new("code", Type::Text).size(Some(2), Some(2)),
            FieldDef::new("name", Type::Text).size(None, Some(3)).refuse_empty(),
            FieldDef::new("ratio", Type::F64).nullable(true),
        ],
    );

    fn refusal(field: usize, value: Value) -> String {
        match FOO.check_value(&FOO.fields()[field], &value) {
            Ok(()) => "ok".into(),
            Err(it) => it.to_string(),
        }
    }

    #[test]
    fn sizes_count_characters() {
        assert_eq!(refusal(0, Value::Text("äß".into())), "ok");
        assert_eq!(refusal(0, Value::Text("abc".into())), "`Foo.code` takes exactly 2 characters and got 3");
        assert_eq!(refusal(1, Value::Text("abcd".into())), "`Foo.name` takes at most 3 characters and got 4");
        assert_eq!(refusal(1, Value::Text(String::new())), "`Foo.name` is empty and may not be");
    }

    #[test]
    fn what_no_backend_stores_is_refused() {
        assert_eq!(
            refusal(1, Value::Text("a\0".into())),
            "`Foo.name` holds a NUL character, which no backend stores in text"
        );
        assert_eq!(refusal(0, Value::Null), "`Foo.code` is required and is NULL");
        assert_eq!(refusal(2, Value::Null), "ok");
        assert_eq!(refusal(2, Value::F64(f64::INFINITY)), "ok");
        assert!(refusal(2, Value::F64(f64::NAN)).contains("NaN"));
        assert!(refusal(2, Value::Timestamp(Timestamp::MIN)).contains("years 1 to 9999"));
    }

    fn fitted(ty: Type, given: &str) -> String {
        let schema = Schema::new("Foo", "foo", &[]);
        match schema.fit(&FieldDef::new("x", ty), Value::Text(given.into())) {
            Ok(it) => format!("{it:?}"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn text_is_read_as_what_the_field_holds() {
        assert_eq!(fitted(Type::I16, "-12"), format!("{:?}", Value::I64(-12)));
        assert_eq!(fitted(Type::F64, "1.5"), format!("{:?}", Value::F64(1.5)));
        assert_eq!(fitted(Type::F32, "0.1"), format!("{:?}", Value::F64(f64::from(0.1_f32))));
        assert_eq!(fitted(Type::Bool, "true"), format!("{:?}", Value::Bool(true)));
        assert_eq!(fitted(Type::Bool, "0"), format!("{:?}", Value::Bool(false)));
        assert_eq!(fitted(Type::I64, "1.5"), "`Foo.x` takes an integer and got text");
        assert_eq!(fitted(Type::I64, ""), "`Foo.x` takes an integer and got text");
        assert_eq!(fitted(Type::F64, "NaN"), "`Foo.x` takes a floating-point number and got text");
        assert_eq!(fitted(Type::Bool, "maybe"), "`Foo.x` takes a boolean and got text");
    }

    #[test]
    fn a_field_of_few_values_takes_no_others() {
        let schema = Schema::new("Foo", "foo", &[]);
        let field =
            FieldDef::new("kind", Type::Text).choices(Some(Choices::Text(&["metropolitan", "other"])));
        let fit = |it: Value| schema.fit(&field, it);
        assert_eq!(fit(Value::Text("other".into())).ok(), Some(Value::Text("other".into())));
        assert_eq!(fit(Value::Null).ok(), Some(Value::Null));
        let error = fit(Value::Text("Metropolitan".into())).expect_err("letter case counts");
        assert_eq!((error.kind(), error.field()), (Kind::Value, Some("kind")));
        assert_eq!(
            error.to_string(),
            "`Foo.kind` is one of `metropolitan`, `other`; did you mean `metropolitan`?"
        );
        let error = fit(Value::I64(3)).expect_err("it is no text");
        assert_eq!(error.to_string(), "`Foo.kind` is one of `metropolitan`, `other`");
        let error = fit(Value::Bool(true)).expect_err("it is no text");
        assert_eq!(error.to_string(), "`Foo.kind` takes text and got a boolean");
    }

    #[test]
    fn a_moment_before_the_year_1_is_outside() {
        let moment = |nanos| Timestamp::new(-62_135_596_800, nanos).expect("it is in range");
        let is_in_range = |it| Value::Timestamp(it).unstorable().is_none();
        assert!(is_in_range(moment(0)) && is_in_range(moment(1)));
        let before = Timestamp::from_nanosecond(moment(0).as_nanosecond() - 1_000).expect("it is in range");
        assert!(!is_in_range(before));
    }

    #[test]
    fn columns_of_one_name_and_defaults_that_cannot_be_stored_are_refused() {
        let error = Schema::new(
            "Foo",
            "foo",
            const { &[FieldDef::new("a", Type::I64), FieldDef::new("A", Type::I64)] },
        )
        .check()
        .expect_err("one column");
        assert_eq!(error.to_string(), "`Foo` has two fields in the column `A`");
        const NAN: FieldDef =
            FieldDef::new("a", Type::F64).default(DefaultValue::Constant(|| Value::F64(f64::NAN)));
        let error = Schema::new("Foo", "foo", const { &[NAN] }).check().expect_err("NaN");
        assert_eq!((error.kind(), error.field()), (Kind::Value, Some("a")));
    }

    #[test]
    fn a_reference_stays_on_its_connection() {
        static HOME: Schema = Schema::new("Home", "home", &[FieldDef::new("id", Type::I64)]);
        const TO: FieldDef = FieldDef::new("home", Type::I64)
            .reference(Reference { target: || &HOME, on_delete: OnDelete::Cascade });
        let here = Schema::new("Foo", "foo", const { &[TO] });
        assert!(here.check().is_ok());
        let error = here.with_connection(Some("geo")).check().expect_err("`Home` names none");
        assert!(error.to_string().contains("no connection of its own"), "{error}");
    }

    #[test]
    fn a_dot_is_not_a_part_of_a_table_s_name() {
        let said = |schema: Schema| schema.check().expect_err("there is a dot").to_string();
        let table = said(Schema::new("Foo", "crm.foo", &[]));
        assert!(table.contains("#[prom::orm(schema = \"crm\", table = \"foo\")]"), "{table}");
        let database = said(Schema::new("Foo", "app.crm.foo", &[]));
        assert!(database.contains("and no database"), "{database}");
        let schema = said(Schema::new("Foo", "foo", &[]).with_namespace(Some("app.crm")));
        assert!(schema.contains("has the schema `app.crm`"), "{schema}");
        // A column has no such reading: it is always one of this table.
        let column =
            Schema::new("Foo", "foo", const { &[FieldDef::new("city", Type::Text).column("address.city")] });
        assert!(column.check().is_ok());
    }

    #[test]
    fn a_schema_that_no_database_can_hold_is_refused() {
        const LONG: &str = "a_table_whose_name_takes_up_more_than_the_sixty_three_bytes_that_there_are";
        let long = Schema::new("Long", LONG, &[]).check().expect_err("63 bytes are the most");
        assert!(long.to_string().contains("takes 74 bytes"), "{long}");

        static INDEXES: &[IndexDef] = &[IndexDef::new("x", &["nowhere"])];
        let index = Schema::new("Foo", "foo", &[]).with_indexes(INDEXES).check();
        assert!(index.expect_err("no such column").to_string().contains("`nowhere`"));
    }
}
