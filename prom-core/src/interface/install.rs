//! What a table lacks of its model. Nothing is ever dropped, renamed or
//! narrowed, and columns that the model does not know do no harm.

use std::fmt;

use crate::__private::Listed;
use crate::schema::catalog::{Index, Table};
use crate::schema::{DefaultValue, FieldDef, IndexDef, Schema};
use crate::{Error, Kind, Result};

/// What to do about a table that lacks something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Install {
    /// In passing, before first use: create missing tables, add missing columns,
    /// with their indexes. An index over columns that are all there is left
    /// alone, since it may take long on a table of many rows.
    #[default]
    Auto,
    /// By hand: the same, and every missing index.
    Full,
    /// Change nothing; refuse, and say what [`Full`](Install::Full) would do. The plain
    /// index of a reference may be missing.
    Verify,
    /// Change nothing and refuse nothing: only look at what is there.
    Inspect,
}

/// What making sure of tables came to.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct InstallReport {
    /// What was made, in order.
    pub changes: Vec<Change>,
    /// Each table as it is now, in the order in which they were asked for; `None`
    /// where there is none. Empty from a backend that cannot tell: its writes store
    /// what they were sent.
    pub tables: Vec<Option<Table>>,
}

impl InstallReport {
    /// That `changes` were made, and `tables` are there.
    pub fn new(changes: Vec<Change>, tables: Vec<Option<Table>>) -> Self {
        Self { changes, tables }
    }
}

/// A step towards what the model wants.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Change {
    /// The table is not there: create it, without its indexes.
    CreateTable(&'static Schema),
    /// A field has no column: add it.
    AddField(&'static Schema, &'static FieldDef),
    /// An index is not there: create it.
    CreateIndex(&'static Schema, &'static IndexDef),
    /// The same, and its name is taken: create it under its
    /// [`long_name`](IndexDef::long_name).
    CreateIndexApart(&'static Schema, &'static IndexDef),
}

impl Change {
    /// The table that it creates.
    pub fn new_table(&self) -> Option<&'static Schema> {
        match self {
            Self::CreateTable(schema) => Some(schema),
            _ => None,
        }
    }

    /// The name of the index that it creates.
    pub fn index_name(&self) -> Option<String> {
        match self {
            Self::CreateIndex(schema, index) => Some(index.full_name(schema)),
            Self::CreateIndexApart(schema, index) => Some(index.long_name(schema)),
            _ => None,
        }
    }

    /// The same, for a database in which all tables share one space of names:
    /// an index whose name `is_taken`, or is that of another model's table, which
    /// may come later, goes by the longer one. To be asked right before the change is made, since the one before it may take the name.
    ///
    /// # Errors
    ///
    /// Those of `is_taken`.
    pub fn apart(self, is_taken: impl FnOnce(&str) -> Result<bool>) -> Result<Self> {
        match self {
            Self::CreateIndex(schema, index) => {
                let name = index.full_name(schema);
                let is_taken = is_table(&name) || is_taken(&name)?;
                Ok(if is_taken { Self::CreateIndexApart(schema, index) } else { self })
            }
            it => Ok(it),
        }
    }
}

/// Whether a table of the program's models is called so.
fn is_table(name: &str) -> bool {
    inventory::iter::<Listed>.into_iter().any(|it| (it.0)().table().eq_ignore_ascii_case(name))
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CreateTable(schema) => write!(f, "create the table `{}`", schema.table()),
            Self::AddField(schema, field) => {
                write!(f, "add the column `{}` to the table `{}`", field.column, schema.table())
            }
            Self::CreateIndex(schema, index) => {
                write!(f, "create the index `{}`", index.full_name(schema))
            }
            Self::CreateIndexApart(schema, index) => {
                write!(f, "create the index `{}`", index.long_name(schema))
            }
        }
    }
}

/// What `table`, as the database has it, lacks of `schema`: the steps, in the
/// order in which they can be done.
///
/// # Errors
///
/// [`Kind::InstallDenied`] for a required field without a constant default that
/// has no column in a table that is there: what should the old rows hold?
/// [`Install::Inspect`] finds nothing missing.
pub fn missing(schema: &'static Schema, table: Option<&Table>, install: Install) -> Result<Vec<Change>> {
    if install == Install::Inspect {
        return Ok(Vec::new());
    }
    let Some(table) = table else {
        let indexes = schema.indexes().iter().map(|it| Change::CreateIndex(schema, it));
        return Ok(std::iter::once(Change::CreateTable(schema)).chain(indexes).collect());
    };
    let is_new = |column: &str| table.column(column).is_none();
    let mut changes = Vec::new();
    for field in schema.fields().iter().filter(|it| is_new(it.column)) {
        if field.key.is_some() || !(field.nullable || matches!(field.default, DefaultValue::Constant(_))) {
            return Err(cannot_add(schema, field));
        }
        changes.push(Change::AddField(schema, field));
    }
    for index in schema.indexes() {
        let names = [index.full_name(schema), index.long_name(schema)];
        let is_named = |index: &Index| names.iter().any(|name| index.name.eq_ignore_ascii_case(name));
        // One that does the same under another name serves as well.
        let is_there = table.indexes.iter().any(|other| is_named(other) || index.is_like(other));
        let wanted = match install {
            Install::Full => true,
            // What a reference is indexed by of itself is a matter of speed alone.
            Install::Verify if !is_of_reference(schema, index) => true,
            _ => index.columns.iter().any(|column| is_new(column)),
        };
        if wanted && !is_there {
            changes.push(Change::CreateIndex(schema, index));
        }
    }
    Ok(changes)
}

/// Whether it is the plain index of a reference.
fn is_of_reference(schema: &Schema, index: &IndexDef) -> bool {
    let refers = |column: &str| {
        schema.fields().iter().any(|field| field.column == column && field.reference.is_some())
    };
    !index.unique && matches!(index.columns, [column] if refers(column))
}

fn cannot_add(schema: &Schema, field: &FieldDef) -> Error {
    let (model, table, name) = (schema.model(), schema.table(), field.name);
    let ways = if field.key.is_some() {
        "a primary key cannot be added to a table that has rows; add the column by hand".to_owned()
    } else {
        format!(
            "old rows would have no value for it; make it an `Option`, or give it a constant default \
             with `#[field(default = ..)]`, or add the column `{}` by hand",
            field.column
        )
    };
    Error::new(
        Kind::InstallDenied,
        format!("the table `{table}` has no column for the required field `{model}.{name}`: {ways}"),
    )
    .with_model(model)
    .with_field(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Type;
    use crate::schema::catalog::Column;

    static FIELDS: &[FieldDef] = &[
        FieldDef::new("a", Type::I64),
        FieldDef::new("b", Type::Text).nullable(true),
        FieldDef::new("c", Type::I64).default(DefaultValue::Constant(|| crate::Value::I64(0))),
    ];
    static FOO: Schema = Schema::new("Foo", "foo", FIELDS)
        .with_indexes(&[IndexDef::new("a", &["a"]), IndexDef::unique("ab", &["a", "b"])]);

    fn lacks(columns: &[&str], install: Install) -> Result<Vec<String>> {
        let table = Table::new(columns.iter().map(|name| Column::new(*name, "")).collect());
        Ok(missing(&FOO, Some(&table), install)?
            .iter()
            .map(|it| match it {
                Change::CreateTable(it) => format!("table {}", it.table()),
                Change::AddField(_, it) => format!("field {}", it.name),
                Change::CreateIndex(_, it) | Change::CreateIndexApart(_, it) => format!("index {}", it.name),
            })
            .collect())
    }

    #[test]
    fn what_is_missing_is_added_with_its_indexes_and_nothing_else() {
        assert_eq!(missing(&FOO, None, Install::Auto).expect("all can be made").len(), 3);
        let all = ["a", "b", "c", "old"];
        assert_eq!(lacks(&all, Install::Auto).expect("nothing to add"), [""; 0]);
        assert_eq!(lacks(&all, Install::Full).expect("indexes"), ["index a", "index ab"]);
        assert_eq!(
            lacks(&["a"], Install::Auto).expect("both can be added"),
            ["field b", "field c", "index ab"]
        );
    }

    #[test]
    fn a_required_field_without_default_is_refused_with_the_three_ways_out() {
        let error = lacks(&["b", "c"], Install::Auto).expect_err("`a` is required");
        assert_eq!((error.kind(), error.field()), (Kind::InstallDenied, Some("a")));
        for way in ["`Option`", "#[field(default = ..)]", "by hand"] {
            assert!(error.to_string().contains(way), "{error}");
        }
    }
}
