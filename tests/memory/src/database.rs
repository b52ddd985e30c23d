//! The tables, and what is asked of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use prom_core::interface::{Done, More};
use prom_core::query::{Assign, Delete, Direction, Output, Request, Select, Update};
use prom_core::schema::FieldDef;
use prom_core::{Error, Flow, Kind, Result, RowRef, Schema, Sink, Value, ValueRef};

use crate::cell;
use crate::filter::{self, Test};
use crate::table::{Row, Table};

/// The tables by name. A clone shares them until one of the two changes one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Database {
    pub(crate) tables: BTreeMap<Name, Arc<Table>>,
}

/// The name of a table, behind that of its namespace.
pub(crate) type Name = (Option<&'static str>, &'static str);

pub(crate) fn name(schema: &Schema) -> Name {
    (schema.namespace(), schema.table())
}

impl Database {
    /// The table of that name.
    ///
    /// # Errors
    ///
    /// [`Kind::TableMissing`], upon which prom installs it.
    pub(crate) fn table(&self, name: Name) -> Result<&Table> {
        self.tables.get(&name).map(|it| &**it).ok_or_else(|| no_table(name))
    }

    /// The table of that name, to be changed.
    ///
    /// # Errors
    ///
    /// As [`table`](Database::table).
    pub(crate) fn table_mut(&mut self, name: Name) -> Result<&mut Table> {
        self.tables.get_mut(&name).map(Arc::make_mut).ok_or_else(|| no_table(name))
    }

    /// The rows that `request` asks for, or what it wants to know of them.
    ///
    /// # Errors
    ///
    /// [`Kind::TableMissing`] and [`Kind::FieldMissing`].
    pub(crate) fn select(&self, request: &Request) -> Result<Selected> {
        let select = match request {
            Request::Select(it) => it,
            Request::Raw(_) => return Err(no_sql()),
            _ => return Err(misplaced()),
        };
        let table = self.table(name(select.schema))?;
        let fields: Vec<_> = select.schema.fields().iter().collect();
        let places = table.places(&fields)?;
        let rows = matching(table, select)?;
        match select.output {
            Output::Rows => Ok(Selected { rows: rows.into_iter(), places }),
            // A vector cannot hold more than that.
            Output::Count => Ok(Selected::one(Value::I64(rows.len().try_into().unwrap_or(i64::MAX)))),
            Output::Exists => Ok(Selected::one(Value::Bool(!rows.is_empty()))),
            _ => Err(Error::new(Kind::Unsupported, "the memory interface gives rows only")),
        }
    }

    /// Carries out a change. After an error the database is of no use: who calls
    /// this changes a clone.
    ///
    /// # Errors
    ///
    /// What [`select`](Database::select) finds missing, and [`Kind::NotNull`],
    /// [`Kind::Unique`] and [`Kind::ForeignKey`].
    pub(crate) fn execute(&mut self, request: &Request) -> Result<Done> {
        match request {
            Request::Insert(insert) => {
                let keys = self.table_mut(name(insert.schema))?.insert(insert)?;
                self.check_references(name(insert.schema))?;
                let mut done = Done::rows(insert.rows as u64);
                done.keys = keys;
                Ok(done)
            }
            Request::Update(update) => self.update(update),
            Request::Delete(delete) => self.delete(delete),
            Request::Raw(_) => Err(no_sql()),
            _ => Err(misplaced()),
        }
    }

    fn update(&mut self, update: &Update) -> Result<Done> {
        let table = self.table_mut(name(update.schema))?;
        let test = filter::all(table, &update.filter)?;
        let set = assignments(table, update)?;
        let mut done = Done::default();
        let mut moves = Vec::new();
        for at in 0..table.rows.len() {
            if test(&table.rows[at]) != Some(true) {
                continue;
            }
            let mut row = table.rows[at].to_vec();
            for (place, value) in &set {
                let old = std::mem::replace(&mut row[*place], (*value).clone());
                if table.columns[*place].key.is_some() && old != **value {
                    moves.push((old, (*value).clone()));
                }
            }
            table.check_row(&row)?;
            table.rows[at] = row.into();
            done.rows += 1;
        }
        let touched: Vec<_> = set.iter().map(|(place, _)| table.columns[*place].column).collect();
        table.check_unique(&touched)?;
        self.follow(name(update.schema), &moves)?;
        self.check_references(name(update.schema))?;
        Ok(done)
    }

    fn delete(&mut self, delete: &Delete) -> Result<Done> {
        let table = self.table_mut(name(delete.schema))?;
        let test = filter::all(table, &delete.filter)?;
        let before = table.rows.len();
        table.rows.retain(|it| test(it) != Some(true));
        let gone = before - table.rows.len();
        if gone > 0 {
            self.let_go(name(delete.schema))?;
        }
        Ok(Done::rows(gone as u64))
    }
}

/// Rows on their way to a sink.
pub(crate) struct Selected {
    rows: std::vec::IntoIter<Row>,
    /// Where in a row the fields of the schema stand, in the schema's order.
    places: Vec<usize>,
}

impl Selected {
    fn one(value: Value) -> Self {
        Self { rows: vec![Row::from([value])].into_iter(), places: vec![0] }
    }

    /// Hands rows to `sink` until it has enough.
    ///
    /// # Errors
    ///
    /// The sink's own; there is nothing more to give then.
    pub(crate) fn give(&mut self, sink: &mut dyn Sink) -> Result<More> {
        while let Some(row) = self.rows.next() {
            match sink.row(&View { row: &row, places: &self.places }) {
                Ok(Flow::Continue) => {}
                Ok(Flow::Pause) => break,
                Ok(Flow::Stop) => self.rows = Vec::new().into_iter(),
                Err(error) => {
                    self.rows = Vec::new().into_iter();
                    return Err(error);
                }
            }
        }
        Ok(if self.rows.len() == 0 { More::End } else { More::Maybe })
    }
}

/// A row as the model knows it.
struct View<'a> {
    row: &'a [Value],
    places: &'a [usize],
}

impl RowRef for View<'_> {
    fn len(&self) -> usize {
        self.places.len()
    }

    fn get(&self, index: usize) -> Result<ValueRef<'_>> {
        match self.places.get(index) {
            Some(place) => RowRef::get(self.row, *place),
            None => Err(Error::new(Kind::Decode, format!("the row has no cell {index}"))),
        }
    }
}

/// The rows that meet the conditions, in order and within bounds.
fn matching(table: &Table, select: &Select) -> Result<Vec<Row>> {
    let test: Test = filter::all(table, &select.filter)?;
    let mut rows: Vec<Row> = table.rows.iter().filter(|it| test(it) == Some(true)).cloned().collect();
    // The first sort says most, so it comes last; sorting keeps the order of equals.
    for sort in select.sort.iter().rev() {
        let (field, place) = (sort.field, table.place(sort.field)?);
        rows.sort_by(|a, b| {
            let order = cell::sorted(field, &a[place], &b[place]);
            match sort.direction {
                Direction::Up => order,
                Direction::Down => order.reverse(),
            }
        });
    }
    let many = |it: u64| usize::try_from(it).unwrap_or(usize::MAX);
    let limit = select.bounds.limit.map_or(usize::MAX, many);
    Ok(rows.into_iter().skip(many(select.bounds.offset)).take(limit).collect())
}

/// What the columns become, by their places.
fn assignments<'a>(table: &Table, update: &'a Update) -> Result<Vec<(usize, &'a Value)>> {
    let one = |(field, assign): &'a (&'static FieldDef, Assign)| match assign {
        Assign::To(value) => Ok((table.place(field)?, value)),
        _ => Err(Error::new(Kind::Unsupported, "the memory interface sets plain values only")),
    };
    update.set.iter().map(one).collect()
}

#[cold]
fn no_table(name: Name) -> Error {
    Error::new(Kind::TableMissing, format!("there is no table `{}`", name.1))
}

#[cold]
fn no_sql() -> Error {
    Error::new(Kind::Unsupported, "the memory interface speaks no SQL, and `raw` is SQL")
}

#[cold]
fn misplaced() -> Error {
    Error::new(Kind::Invalid, "a question is fetched and a change is executed, not the other way round")
}
