//! How a table differs from what its model wants, beyond what can be added to it.

use super::catalog::{Column, Fit, Generated, Index, Table, TableKind};
use super::{FieldDef, OnDelete, Schema};

/// How `table` differs from what `schema` wants, a text for each difference: types
/// that cannot be written or read without loss, nullability, the primary key,
/// required columns that the model does not have, and missing unique indexes and
/// foreign keys. What the table lacks altogether, [`missing`](crate::interface::missing)
/// says. `is_shared` is asked whether another model of the table has a field for a column.
pub(crate) fn differences(
    schema: &Schema,
    table: &Table,
    fit: impl Fn(&FieldDef, &Column) -> Fit,
    is_shared: impl Fn(&Column) -> bool,
) -> Vec<String> {
    let mut found = Vec::new();
    for field in schema.fields() {
        if let Some(column) = table.column(field.column) {
            found.extend(of_type(schema, field, column, fit(field, column)));
            found.extend(of_null(schema, field, column, table));
            found.extend(of_collation(schema, field, column));
        }
    }
    if table.kind != TableKind::Table {
        // A view has no keys of its own.
        return found;
    }
    found.extend(of_key(schema, table));
    let unknown = table.columns.iter().filter(|column| needs_field(schema, column, table));
    found.extend(unknown.filter(|column| !is_shared(column)).map(|column| of_unknown(schema, column)));
    found.extend(schema.indexes().iter().filter_map(|index| {
        let is_over = |other: &Index| index.is_like(other);
        let is_there = !index.unique || table.indexes.iter().any(is_over);
        let is_new = || index.columns.iter().any(|column| table.column(column).is_none());
        (!is_there && !is_new()).then(|| format!("no unique index over {}", names(index.columns)))
    }));
    found.extend(schema.fields().iter().filter_map(|field| of_reference(field, table)));
    found
}

fn of_type(schema: &Schema, field: &FieldDef, column: &Column, fit: Fit) -> Option<String> {
    let why = match fit {
        Fit::Exact | Fit::Within(_) => return None,
        Fit::Lossy(why) | Fit::Wrong(why) => why,
    };
    let ty = if column.ty.is_empty() { "no type" } else { &column.ty };
    let (model, name) = (schema.model(), field.name);
    Some(format!("the column `{}` ({ty}) does not fit `{model}.{name}`: {why}", column.name))
}

fn of_null(schema: &Schema, field: &FieldDef, column: &Column, table: &Table) -> Option<String> {
    let is_key = |name: &String| name.eq_ignore_ascii_case(&column.name);
    if table.primary_key.as_ref().is_some_and(|key| key.columns.iter().any(is_key)) {
        return None;
    }
    let (column_name, model, name) = (&column.name, schema.model(), field.name);
    match (column.nullable, field.nullable) {
        // What the database computes cannot be written, and a view does not say.
        (true, false) if column.generated == Generated::No && table.kind == TableKind::Table => {
            Some(format!(
                "the column `{column_name}` may be NULL, and `{model}.{name}` is required: a row \
                 with NULL there cannot be read"
            ))
        }
        (false, true) => Some(format!(
            "the column `{column_name}` is NOT NULL, and `{model}.{name}` is an `Option`: `None` \
             cannot be written"
        )),
        _ => None,
    }
}

/// Text that is to be sorted by its bytes is, whatever the column's collation: that is no
/// difference. A collation that was chosen on purpose is to be there, for the indexes.
fn of_collation(schema: &Schema, field: &FieldDef, column: &Column) -> Option<String> {
    let wanted = field.collate.filter(|wanted| column.collation.as_deref() != Some(wanted))?;
    let own = match &column.collation {
        Some(collation) => format!("the collation `{collation}`"),
        None => "the database's own collation".to_owned(),
    };
    let (name, model, field) = (&column.name, schema.model(), field.name);
    Some(format!(
        "the column `{name}` has {own}, and `{model}.{field}` is compared by `{wanted}`: no index \
         serves its order"
    ))
}

fn of_key(schema: &Schema, table: &Table) -> Option<String> {
    let key = schema.key()?;
    let columns = table.primary_key.as_ref().map_or(&[][..], |key| &key.columns);
    match columns {
        [column] if column.eq_ignore_ascii_case(key.column) => None,
        [] => Some(format!("no primary key, which `{}` is to be", key.column)),
        _ => Some(format!(
            "the primary key is {}, and that of `{}` is `{}`",
            names(columns),
            schema.model(),
            key.column
        )),
    }
}

/// Whether no field knows the column, and no row can be inserted without it.
fn needs_field(schema: &Schema, column: &Column, table: &Table) -> bool {
    let name = &column.name;
    let fills_itself = column.nullable
        || column.default.is_some()
        || column.generated != Generated::No
        || table
            .primary_key
            .as_ref()
            .is_some_and(|key| key.known_after_insert && matches!(&*key.columns, [only] if only == name));
    !fills_itself && !schema.knows(column)
}

fn of_unknown(schema: &Schema, column: &Column) -> String {
    let (name, model) = (&column.name, schema.model());
    format!(
        "the column `{name}` is NOT NULL without a DEFAULT, and `{model}` has no field for it: no \
         row can be inserted"
    )
}

fn of_reference(field: &FieldDef, table: &Table) -> Option<String> {
    let reference = field.reference?;
    table.column(field.column)?;
    let target = (reference.target)();
    let is_of = |columns: &[String]| matches!(columns, [column] if column.eq_ignore_ascii_case(field.column));
    let to = |name: &str| name.eq_ignore_ascii_case(target.table());
    let keys: Vec<_> =
        table.foreign_keys.iter().filter(|key| is_of(&key.columns) && to(&key.table)).collect();
    let Some(key) = keys.first() else {
        return Some(format!("no foreign key from `{}` to `{}`", field.column, target.table()));
    };
    let (wanted, is_wanted) = match reference.on_delete {
        OnDelete::Cascade => ("CASCADE", key.on_delete == "CASCADE"),
        OnDelete::SetNull => ("SET NULL", key.on_delete == "SET NULL"),
        OnDelete::Restrict => ("RESTRICT", matches!(&*key.on_delete, "RESTRICT" | "NO ACTION")),
    };
    (!is_wanted).then(|| {
        format!(
            "the foreign key of `{}` is ON DELETE {}, and the model's is ON DELETE {wanted}",
            field.column, key.on_delete
        )
    })
}

fn names(columns: &[impl AsRef<str>]) -> String {
    let quoted: Vec<_> = columns.iter().map(|column| format!("`{}`", column.as_ref())).collect();
    quoted.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::catalog::{ForeignKey, PrimaryKey};
    use crate::schema::{IndexDef, KeyDef, Reference, Type};

    static PARENT: Schema = Schema::new("Parent", "parent", &[]);
    static FIELDS: &[FieldDef] = &[
        FieldDef::new("name", Type::Text),
        FieldDef::new("age", Type::I64).nullable(true),
        FieldDef::new("parent_id", Type::I64)
            .reference(Reference { target: || &PARENT, on_delete: OnDelete::Cascade }),
        FieldDef::new("id", Type::I64).key(KeyDef::Generated),
    ];
    static FOO: Schema =
        Schema::new("Foo", "foo", FIELDS).with_indexes(&[IndexDef::unique("name", &["name"])]);

    fn table() -> Table {
        let column = |name, nullable| Column { nullable, ..Column::new(name, "any") };
        Table {
            primary_key: Some(PrimaryKey { columns: vec!["id".into()], known_after_insert: true }),
            indexes: vec![Index { columns: vec!["name".into()], unique: true, ..Index::default() }],
            foreign_keys: vec![ForeignKey {
                columns: vec!["parent_id".into()],
                table: "parent".into(),
                on_delete: "CASCADE".into(),
            }],
            ..Table::new(vec![
                column("name", false),
                column("age", true),
                column("parent_id", false),
                column("id", true),
            ])
        }
    }

    fn found(table: &Table) -> Vec<String> {
        let fit = |_: &FieldDef, column: &Column| match &*column.ty {
            "any" => Fit::Exact,
            other => Fit::Wrong(format!("{other} it is")),
        };
        differences(&FOO, table, fit, |column| column.name == "shared")
    }

    #[test]
    fn a_table_as_the_model_wants_it_differs_in_nothing() {
        assert_eq!(found(&table()), [""; 0]);
        let mut more = table();
        more.columns.push(Column::new("old", "any"));
        assert_eq!(found(&more), [""; 0], "a column that may be NULL does no harm");
    }

    #[test]
    fn a_collation_that_was_chosen_is_to_be_there_and_no_other_is() {
        static LABEL: Schema = Schema::new(
            "Label",
            "label",
            &[FieldDef::new("name", Type::Text), FieldDef::new("title", Type::Text).collate("de-DE-x-icu")],
        );
        let found = |name: Option<&str>, title: Option<&str>| {
            let column = |column, collation: Option<&str>| Column {
                nullable: false,
                collation: collation.map(str::to_owned),
                ..Column::new(column, "text")
            };
            let table = Table::new(vec![column("name", name), column("title", title)]);
            differences(&LABEL, &table, |_, _| Fit::Exact, |_| false)
        };
        assert_eq!(found(Some("en-US-x-icu"), Some("de-DE-x-icu")), [""; 0]);
        assert!(found(None, Some("C"))[0].contains("`title` has the collation `C`"));
        assert!(found(None, None)[0].contains("`title` has the database's own collation"));
    }

    #[test]
    fn all_differences_are_found_at_once() {
        let mut table = table();
        table.columns[0].ty = "blob".into();
        table.columns[0].nullable = true;
        table.columns[1].nullable = false;
        table.columns.push(Column { nullable: false, ..Column::new("dead", "any") });
        table.columns.push(Column { nullable: false, ..Column::new("shared", "any") });
        table.primary_key = None;
        table.indexes[0].unique = false;
        table.foreign_keys.clear();
        let found = found(&table);
        for part in [
            "`name` (blob) does not fit `Foo.name`: blob it is",
            "`name` may be NULL",
            "`age` is NOT NULL",
            "`id` may be NULL",
            "no primary key",
            "`dead` is NOT NULL without a DEFAULT",
            "no unique index over `name`",
            "no foreign key from `parent_id` to `parent`",
        ] {
            assert!(found.iter().any(|text| text.contains(part)), "{part} in {found:?}");
        }
        assert_eq!(found.len(), 8, "{found:?}");
    }
}
