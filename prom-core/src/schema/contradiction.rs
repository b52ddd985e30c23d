//! Models that share a table: what both say of it must agree.

use super::{DefaultValue, FieldDef, IndexDef, Reference, Schema};
use crate::{Error, Kind, Result};

/// How names of tables and columns are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Names {
    /// By every letter.
    CaseSensitive,
    /// Letter case aside.
    CaseInsensitive,
}

impl Names {
    fn equal(self, one: &str, other: &str) -> bool {
        match self {
            Self::CaseSensitive => one == other,
            Self::CaseInsensitive => one.eq_ignore_ascii_case(other),
        }
    }

    fn equal_sets(self, one: &[&str], other: &[&str]) -> bool {
        let is_in = |name: &&str, names: &[&str]| names.iter().any(|other| self.equal(name, other));
        one.iter().all(|name| is_in(name, other)) && other.iter().all(|name| is_in(name, one))
    }

    /// Whether both are models of one table.
    pub(crate) fn same_table(self, one: &Schema, other: &Schema) -> bool {
        self.equal(one.table(), other.table())
            && self.equal(one.namespace().unwrap_or_default(), other.namespace().unwrap_or_default())
    }
}

/// Whether models of one connection agree where they share a table. Each may be
/// a part of it, and know columns that the others do not. Where two know the
/// same column they agree in its type, in whether it may be NULL, in whether it is
/// the primary key and who makes that, in letter case, in its collation, in what it refers to, and in
/// its constant default if both have one; and in unique indexes over
/// columns that both know. Otherwise the table is that of the model which is used
/// first.
///
/// # Errors
///
/// [`Kind::Invalid`] with all that two models say differently.
pub(crate) fn check_shared_tables(schemas: &[&'static Schema], names: Names) -> Result<()> {
    for (at, schema) in schemas.iter().enumerate() {
        check_shared_table(schema, schemas[..at].iter().copied(), names)?;
    }
    Ok(())
}

/// The same for one model among others.
///
/// # Errors
///
/// As [`check_shared_tables`].
pub(crate) fn check_shared_table(
    schema: &Schema,
    others: impl Iterator<Item = &'static Schema>,
    names: Names,
) -> Result<()> {
    for other in others {
        if std::ptr::eq(schema, other) || !names.same_table(schema, other) {
            continue;
        }
        let differences = differences(schema, other, names);
        if !differences.is_empty() {
            return Err(contradiction(schema, other, &differences));
        }
    }
    Ok(())
}

#[cold]
fn contradiction(first: &Schema, second: &Schema, differences: &[String]) -> Error {
    let (model, other, table) = (first.model(), second.model(), first.table());
    Error::new(
        Kind::Invalid,
        format!(
            "two models of the table `{table}`, `{model}` and `{other}`, contradict each other: {}; let both say \
             the same, or give one of them another `table`, `schema` or `connection`",
            differences.join("; ")
        ),
    )
    .with_model(model)
}

fn differences(first: &Schema, second: &Schema, names: Names) -> Vec<String> {
    let mut differences = Vec::new();
    for one in first.fields() {
        let other = second.fields().iter().find(|field| names.equal(field.column, one.column));
        if let Some(what) = other.and_then(|other| difference(one, other, names)) {
            differences.push(format!("the column `{}` {what}", one.column));
        }
    }
    differences.extend(lone_unique_indexes(first, second, names).map(|index| lone(index, "first")));
    differences.extend(lone_unique_indexes(second, first, names).map(|index| lone(index, "second")));
    differences
}

/// What two models say differently of one column.
fn difference(one: &FieldDef, other: &FieldDef, names: Names) -> Option<String> {
    let in_one = |is_in_first: bool| if is_in_first { "the first only" } else { "the second only" };
    if one.ty != other.ty {
        Some(format!("is {:?} in the first and {:?} in the second", one.ty, other.ty))
    } else if one.nullable != other.nullable {
        Some(format!("may be NULL in {}", in_one(one.nullable)))
    } else if one.key.is_some() != other.key.is_some() {
        Some(format!("is the primary key in {}", in_one(one.key.is_some())))
    } else if one.key != other.key {
        Some("is a primary key whose values are made by others in the first than in the second".to_owned())
    } else if one.ignore_case != other.ignore_case {
        Some(format!("ignores letter case in {}", in_one(one.ignore_case)))
    } else if one.collate != other.collate {
        let [one, other] = [one, other].map(|field| match field.collate {
            Some(collation) => format!("by the collation `{collation}`"),
            None => "by its bytes".to_owned(),
        });
        Some(format!("is compared {one} in the first and {other} in the second"))
    } else {
        reference(one.reference.as_ref(), other.reference.as_ref(), names).or_else(|| default(one, other))
    }
}

fn reference(one: Option<&Reference>, other: Option<&Reference>, names: Names) -> Option<String> {
    match (one, other) {
        (None, None) => None,
        (Some(one), Some(other)) if !names.same_table((one.target)(), (other.target)()) => {
            let [one, other] = [one, other].map(|reference| (reference.target)().table());
            Some(format!("refers to `{one}` in the first and to `{other}` in the second"))
        }
        (Some(one), Some(other)) => (one.on_delete != other.on_delete)
            .then(|| "has another `on_delete` in the first than in the second".to_owned()),
        (Some(one), None) => Some(format!("refers to `{}` in the first only", (one.target)().table())),
        (None, Some(other)) => Some(format!("refers to `{}` in the second only", (other.target)().table())),
    }
}

/// A model without a default may be one that only reads.
fn default(one: &FieldDef, other: &FieldDef) -> Option<String> {
    match (one.default, other.default) {
        (DefaultValue::Constant(one), DefaultValue::Constant(other)) if one() != other() => {
            Some("has another default in the first than in the second".to_owned())
        }
        _ => None,
    }
}

/// The unique indexes of `schema` over columns that `other` knows without
/// holding them for unique.
fn lone_unique_indexes(
    schema: &Schema,
    other: &Schema,
    names: Names,
) -> impl Iterator<Item = &'static IndexDef> {
    let is_known = move |column: &&str| other.fields().iter().any(|field| names.equal(field.column, column));
    let is_unique = move |columns: &[&str]| {
        other.indexes().iter().any(|index| index.unique && names.equal_sets(index.columns, columns))
            || other.key().is_some_and(|key| names.equal_sets(&[key.column], columns))
    };
    let unique = schema.indexes().iter().filter(|index| index.unique);
    unique.filter(move |index| index.columns.iter().all(is_known) && !is_unique(index.columns))
}

fn lone(index: &IndexDef, place: &str) -> String {
    let columns: Vec<_> = index.columns.iter().map(|column| format!("`{column}`")).collect();
    format!("{} is unique in the {place} only", columns.join(" and "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Value;
    use crate::schema::{KeyDef, OnDelete, Type};

    const ID: FieldDef = FieldDef::new("id", Type::I64).key(KeyDef::Generated);
    const BAR: FieldDef = FieldDef::new("bar", Type::Text).default(DefaultValue::Constant(|| Value::I64(1)));
    static FIELDS: &[FieldDef] = &[ID, BAR, FieldDef::new("wide", Type::I64)];
    static UNIQUE: &[IndexDef] =
        &[IndexDef::unique("bar", &["bar"]), IndexDef::unique("wide", &["bar", "wide"])];
    static FOO: Schema = Schema::new("Foo", "foo", FIELDS).with_indexes(UNIQUE);
    static HERE: Schema = Schema::new("Here", "here", const { &[ID] });
    static THERE: Schema = Schema::new("There", "there", const { &[ID] });
    const TO: Reference = Reference { target: || &HERE, on_delete: OnDelete::Cascade };

    /// What is said of `FOO` and a model of its table that knows these fields.
    fn said(fields: &'static [FieldDef], indexes: &'static [IndexDef]) -> String {
        let other = Schema::new("Other", "FOO", fields).with_indexes(indexes);
        match check_shared_table(&other, [&FOO].into_iter(), Names::CaseInsensitive) {
            Ok(()) => String::new(),
            Err(error) => {
                assert_eq!((error.kind(), error.model()), (Kind::Invalid, Some("Other")));
                let text = error.to_string();
                let (_, text) = text.split_once("each other: ").expect("it says what differs");
                text.split_once("; let both").expect("and how to fix it").0.to_owned()
            }
        }
    }

    #[test]
    fn parts_of_a_table_agree() {
        const BAR_AGAIN: FieldDef = FieldDef::new("label", Type::Text).column("BAR");
        assert_eq!(said(const { &[ID] }, &[]), "");
        assert_eq!(said(const { &[ID, BAR_AGAIN] }, const { &[IndexDef::unique("x", &["BAR"])] }), "");
        assert_eq!(
            said(
                const { &[FieldDef::new("other", Type::I64)] },
                const { &[IndexDef::unique("o", &["other"])] }
            ),
            ""
        );
        assert_eq!(said(FIELDS, UNIQUE), "");
    }

    #[test]
    fn what_one_column_cannot_be_at_once_is_said() {
        let indexes = const { &[IndexDef::unique("bar", &["bar"])] };
        assert_eq!(
            said(const { &[FieldDef::new("bar", Type::I64)] }, indexes),
            "the column `bar` is I64 in the first and Text in the second"
        );
        assert_eq!(
            said(const { &[BAR.nullable(true), FieldDef::new("id", Type::I64)] }, indexes),
            "the column `bar` may be NULL in the first only; the column `id` is the primary key in the second only"
        );
        assert_eq!(
            said(const { &[FieldDef::new("id", Type::I64).key(KeyDef::Given)] }, &[]),
            "the column `id` is a primary key whose values are made by others in the first than in the second"
        );
        assert_eq!(
            said(const { &[BAR.ignore_case()] }, indexes),
            "the column `bar` ignores letter case in the first only"
        );
        assert_eq!(
            said(const { &[BAR.collate("de-DE-x-icu")] }, indexes),
            "the column `bar` is compared by the collation `de-DE-x-icu` in the first and by its bytes in the second"
        );
        assert_eq!(
            said(const { &[BAR.reference(TO)] }, indexes),
            "the column `bar` refers to `here` in the first only"
        );
        assert_eq!(
            said(const { &[BAR.default(DefaultValue::Constant(|| Value::I64(2)))] }, indexes),
            "the column `bar` has another default in the first than in the second"
        );
    }

    #[test]
    fn what_is_unique_for_one_is_unique_for_the_other() {
        assert_eq!(said(const { &[BAR] }, &[]), "`bar` is unique in the second only");
        assert_eq!(
            said(
                const { &[ID, BAR] },
                const { &[IndexDef::unique("bar", &["bar"]), IndexDef::unique("x", &["id", "bar"])] }
            ),
            "`id` and `bar` is unique in the first only"
        );
        // The primary key is unique.
        assert_eq!(said(const { &[ID] }, const { &[IndexDef::unique("id", &["id"])] }), "");
    }

    #[test]
    fn references_lead_to_one_table_in_one_way() {
        const AWAY: Reference = Reference { target: || &THERE, on_delete: OnDelete::Cascade };
        const OTHERWISE: Reference = Reference { target: || &HERE, on_delete: OnDelete::Restrict };
        let case = Names::CaseSensitive;
        assert_eq!(reference(Some(&TO), Some(&TO), case), None);
        let away = reference(Some(&TO), Some(&AWAY), case).expect("another table");
        assert_eq!(away, "refers to `here` in the first and to `there` in the second");
        let otherwise = reference(Some(&TO), Some(&OTHERWISE), case).expect("another `on_delete`");
        assert!(otherwise.contains("another `on_delete`"), "{otherwise}");
    }

    #[test]
    fn other_tables_are_no_matter() {
        const NUMBER: &[FieldDef] = &[FieldDef::new("bar", Type::I64)];
        static NAMESAKE: Schema = Schema::new("Foo", "FOO", NUMBER);
        static APART: Schema = Schema::new("Foo", "foo", NUMBER).with_namespace(Some("crm"));
        assert!(check_shared_tables(&[&FOO, &NAMESAKE, &APART], Names::CaseSensitive).is_ok());
        assert!(check_shared_tables(&[&FOO, &APART, &FOO], Names::CaseInsensitive).is_ok());
        let error = check_shared_tables(&[&FOO, &APART, &NAMESAKE], Names::CaseInsensitive);
        assert_eq!(error.expect_err("one table on SQLite").kind(), Kind::Invalid);
    }
}
