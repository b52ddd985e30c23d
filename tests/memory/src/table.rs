//! A table: columns by name, and rows as wide as there are columns.

use std::collections::BTreeSet;
use std::sync::Arc;

use prom_core::query::Insert;
use prom_core::schema::catalog;
use prom_core::schema::{DefaultValue, FieldDef, IndexDef, KeyDef, OnDelete};
use prom_core::{Error, Kind, Result, Schema, Value};

use crate::cell::Cell;

/// A row; cheap to clone, never changed.
pub type Row = Arc<[Value]>;

/// A table as it was installed: models that know it otherwise, older or newer
/// ones, find their fields by the names of the columns.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    /// As it was when the table was made.
    pub(crate) schema: &'static Schema,
    pub(crate) columns: Vec<&'static FieldDef>,
    pub(crate) rows: Vec<Row>,
    indexes: Vec<(String, &'static IndexDef)>,
    /// The greatest key that there ever was: none is used again.
    last_key: i64,
}

impl Table {
    /// An empty table for `schema`, without its indexes.
    pub(crate) fn new(schema: &'static Schema) -> Self {
        Self {
            schema,
            columns: schema.fields().iter().collect(),
            rows: Vec::new(),
            indexes: Vec::new(),
            last_key: 0,
        }
    }

    /// The result of a query, as a table that can be asked.
    pub(crate) fn of_result(
        schema: &'static Schema,
        columns: Vec<&'static FieldDef>,
        rows: Vec<Row>,
    ) -> Self {
        Self { schema, columns, rows, indexes: Vec::new(), last_key: 0 }
    }

    /// Its name.
    pub(crate) fn name(&self) -> &'static str {
        self.schema.table()
    }

    /// Where in a row `field` stands.
    ///
    /// # Errors
    ///
    /// [`Kind::FieldMissing`] when there is no such column.
    pub(crate) fn place(&self, field: &FieldDef) -> Result<usize> {
        self.find(field.column).ok_or_else(|| {
            let text = format!("the table `{}` has no column `{}`", self.name(), field.column);
            Error::new(Kind::FieldMissing, text).with_field(field.name)
        })
    }

    /// Where the primary key stands, if there is one.
    pub(crate) fn key(&self) -> Option<usize> {
        self.columns.iter().position(|it| it.key.is_some())
    }

    /// What [`missing`](prom_core::interface::missing) wants to know.
    pub(crate) fn describe(&self) -> catalog::Table {
        let columns = self.columns.iter().map(|field| {
            let mut column = catalog::Column::new(field.column, type_name(field));
            column.nullable = field.nullable;
            if let DefaultValue::Constant(make) = field.default {
                column.default = Some(format!("{:?}", make()));
            }
            column
        });
        let mut table = catalog::Table::new(columns.collect());
        table.primary_key = self.columns.iter().find(|field| field.key.is_some()).map(|field| {
            let mut key = catalog::PrimaryKey::default();
            key.columns.push(field.column.to_owned());
            key.known_after_insert = true;
            key
        });
        table.indexes = self
            .indexes
            .iter()
            .map(|(name, index)| {
                let mut described = catalog::Index::default();
                described.name.clone_from(name);
                described.columns = index.columns.iter().map(|column| (*column).to_owned()).collect();
                described.unique = index.unique;
                described
            })
            .collect();
        table.foreign_keys = self
            .columns
            .iter()
            .filter_map(|field| {
                let reference = field.reference?;
                let mut key = catalog::ForeignKey::default();
                key.columns.push(field.column.to_owned());
                (reference.target)().table().clone_into(&mut key.table);
                key.on_delete = match reference.on_delete {
                    OnDelete::Cascade => "CASCADE",
                    OnDelete::SetNull => "SET NULL",
                    _ => "RESTRICT",
                }
                .to_owned();
                Some(key)
            })
            .collect();
        table
    }

    /// Adds a column; the rows that there are get its default, or NULL.
    pub(crate) fn add_column(&mut self, field: &'static FieldDef) {
        self.columns.push(field);
        let value = default(field);
        for row in &mut self.rows {
            *row = row.iter().cloned().chain([value.clone()]).collect();
        }
    }

    /// Adds an index.
    ///
    /// # Errors
    ///
    /// [`Kind::InstallDenied`] when it is unique and rows are alike already.
    pub(crate) fn add_index(&mut self, name: String, index: &'static IndexDef) -> Result<()> {
        self.indexes.push((name, index));
        self.check_unique(index.columns).map_err(|error| {
            let text = format!("it cannot be added: {error}");
            Error::new(Kind::InstallDenied, text).with_source(error)
        })
    }

    /// Adds rows, and gives them; for one that another is in the way of, what its
    /// [`Conflict`](prom_core::query::Conflict) makes of the other.
    ///
    /// # Errors
    ///
    /// [`Kind::NotNull`] and [`Kind::Unique`]; the table is then of no use.
    pub(crate) fn insert(&mut self, insert: &Insert) -> Result<Vec<Row>> {
        let places = self.places(&insert.fields)?;
        let mut given = Vec::new();
        for at in 0..insert.rows {
            let mut row: Vec<Value> = self.columns.iter().map(|it| default(it)).collect();
            for (place, value) in places.iter().zip(insert.row(at)) {
                row[*place] = value.clone();
            }
            self.count_up(&mut row)?;
            given.extend(self.put(row.into(), &insert.conflict)?);
        }
        self.check_required()?;
        let all: Vec<_> = self.columns.iter().map(|it| it.column).collect();
        self.check_unique(&all)?;
        Ok(given)
    }

    /// The keys of rows, where they are numbers.
    pub(crate) fn keys_of(&self, rows: &[Row]) -> Vec<i64> {
        let number = |it: &Row| match it[self.key()?] {
            Value::I64(it) => Some(it),
            _ => None,
        };
        rows.iter().filter_map(number).collect()
    }

    /// Where the fields stand.
    ///
    /// # Errors
    ///
    /// As [`place`](Table::place).
    pub(crate) fn places(&self, fields: &[&FieldDef]) -> Result<Vec<usize>> {
        fields.iter().map(|it| self.place(it)).collect()
    }

    /// Rows of the table with their cells in the order of `schema`.
    ///
    /// # Errors
    ///
    /// As [`place`](Table::place).
    pub(crate) fn in_order_of(&self, schema: &'static Schema, rows: Vec<Row>) -> Result<Vec<Row>> {
        let fields: Vec<_> = schema.fields().iter().collect();
        let places = self.places(&fields)?;
        if places.iter().copied().eq(0..self.columns.len()) {
            return Ok(rows);
        }
        Ok(rows.iter().map(|row| places.iter().map(|place| row[*place].clone()).collect()).collect())
    }

    /// Never makes a key again that `later` has made.
    pub(crate) fn keep_keys_of(&mut self, later: &Self) {
        self.last_key = self.last_key.max(later.last_key);
    }

    /// Whether every row has a value in every column that needs one.
    ///
    /// # Errors
    ///
    /// [`Kind::NotNull`] when one has none.
    pub(crate) fn check_required(&self) -> Result<()> {
        for (place, field) in self.columns.iter().enumerate().filter(|(_, it)| !it.nullable) {
            if self.rows.iter().any(|it| it[place].is_null()) {
                let text = format!("`{}` of the table `{}` may not be NULL", field.column, self.name());
                return Err(Error::new(Kind::NotNull, text).with_field(field.name));
            }
        }
        Ok(())
    }

    /// Whether the primary key and the unique indexes over any of the columns
    /// `touched` tell all rows apart.
    ///
    /// # Errors
    ///
    /// [`Kind::Unique`] with the name of the one that does not.
    pub(crate) fn check_unique(&self, touched: &[&str]) -> Result<()> {
        for (name, places) in self.unique() {
            let is_touched = places.iter().any(|it| touched.contains(&self.columns[*it].column));
            if is_touched && !self.are_apart(&places) {
                let text = format!("`{name}` of the table `{}` lets no two rows be alike", self.name());
                return Err(Error::new(Kind::Unique, text).with_constraint(name));
            }
        }
        Ok(())
    }

    /// The primary key and the unique indexes: what they are called, and the
    /// places of their columns.
    pub(crate) fn unique(&self) -> impl Iterator<Item = (String, Vec<usize>)> {
        let key = self.key().map(|it| (format!("{}_pkey", self.name()), vec![it]));
        let unique = self.indexes.iter().filter(|(_, index)| index.unique).map(|(name, index)| {
            (name.clone(), index.columns.iter().filter_map(|it| self.find(it)).collect())
        });
        key.into_iter().chain(unique)
    }

    /// Whether no two rows are alike in the columns at `places`. NULL is like
    /// nothing.
    fn are_apart(&self, places: &[usize]) -> bool {
        let mut seen = BTreeSet::new();
        self.rows.iter().filter_map(|it| self.cells(it, places)).all(|it| seen.insert(it))
    }

    /// What tells a row apart by the columns at `places`; nothing does where one
    /// is NULL.
    pub(crate) fn cells<'a>(&self, row: &'a [Value], places: &[usize]) -> Option<Vec<Cell<'a>>> {
        places.iter().map(|it| Cell::new(self.columns[*it], &row[*it])).collect()
    }

    /// Gives the row a key, if the database makes it and none is given.
    fn count_up(&mut self, row: &mut [Value]) -> Result<()> {
        let is_generated = |it: &&FieldDef| it.key == Some(KeyDef::Generated);
        let Some(place) = self.columns.iter().position(is_generated) else {
            return Ok(());
        };
        if let Value::I64(given) = row[place] {
            self.last_key = self.last_key.max(given);
            return Ok(());
        }
        let Some(next) = self.last_key.checked_add(1) else {
            return Err(Error::new(Kind::Full, format!("the table `{}` is out of keys", self.name())));
        };
        self.last_key = next;
        row[place] = Value::I64(next);
        Ok(())
    }

    fn find(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|it| it.column == column)
    }
}

/// `row` with another value at `place`.
pub(crate) fn with(row: &Row, place: usize, value: Value) -> Row {
    let mut row = row.to_vec();
    row[place] = value;
    row.into()
}

/// What a column of the field is called.
pub(crate) fn type_name(field: &FieldDef) -> String {
    format!("{:?}", field.ty)
}

/// What a column holds when nothing is said.
fn default(field: &FieldDef) -> Value {
    match field.default {
        DefaultValue::Constant(make) => make(),
        _ => Value::Null,
    }
}
