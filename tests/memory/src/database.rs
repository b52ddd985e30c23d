//! The tables, and what is asked of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use prom_core::interface::{Done, More};
use prom_core::query::{Assign, Delete, Direction, Insert, Request, Select, Sort, Update, Want};
use prom_core::schema::FieldDef;
use prom_core::{Error, Flow, Kind, Result, RowRef, Schema, Sink, Value, ValueRef};

use crate::cell;
use crate::filter;
use crate::table::{Row, Table, with};

/// The tables by name. A clone shares them until one of the two changes one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Database(BTreeMap<&'static str, Arc<Table>>);

impl Database {
    /// The table of `schema`, if there is one.
    pub(crate) fn find(&self, schema: &Schema) -> Option<&Table> {
        self.0.get(schema.table()).map(|it| &**it)
    }

    /// The table of `schema`.
    ///
    /// # Errors
    ///
    /// [`Kind::TableMissing`], upon which prom installs it.
    pub(crate) fn table(&self, schema: &Schema) -> Result<&Table> {
        self.find(schema).ok_or_else(|| no_table(schema))
    }

    /// The table of `schema`, to be changed.
    ///
    /// # Errors
    ///
    /// As [`table`](Database::table).
    pub(crate) fn table_mut(&mut self, schema: &Schema) -> Result<&mut Table> {
        self.0.get_mut(schema.table()).map(Arc::make_mut).ok_or_else(|| no_table(schema))
    }

    /// Every table.
    pub(crate) fn tables(&self) -> impl Iterator<Item = &Table> {
        self.0.values().map(|it| &**it)
    }

    /// Adds a table, which is empty.
    pub(crate) fn add(&mut self, table: Table) {
        self.0.insert(table.schema.table(), Arc::new(table));
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
        let table = self.table(select.schema)?;
        let fields: Vec<_> = select.schema.fields().iter().collect();
        let places = table.places(&fields)?;
        if !select.is_plain() {
            return Err(unsupported("gives rows of tables only, and no selections of them"));
        }
        let rows = matching(table, select)?;
        match select.want {
            Want::Rows => Ok(Selected { rows: rows.into_iter(), places }),
            // A vector cannot hold more than that.
            Want::Count => Ok(Selected::one(Value::I64(rows.len().try_into().unwrap_or(i64::MAX)))),
            Want::Exists => Ok(Selected::one(Value::Bool(!rows.is_empty()))),
            _ => Err(unsupported("knows no such question")),
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
                let rows = self.insert(insert)?;
                match insert.makes_keys() {
                    true => Ok(Done::keys(self.table(insert.schema)?.keys_of(&rows))),
                    false => Ok(Done::rows(rows.len() as u64)),
                }
            }
            Request::Update(update) => self.update(update),
            Request::Delete(delete) => self.delete(delete),
            Request::Raw(_) => Err(no_sql()),
            _ => Err(misplaced()),
        }
    }

    /// Carries out a change, and gives the rows that it inserted or updated.
    ///
    /// # Errors
    ///
    /// As [`execute`](Database::execute).
    pub(crate) fn change_and_give(&mut self, request: &Request) -> Result<Selected> {
        let Request::Insert(insert) = request else {
            if matches!(request, Request::Raw(_)) {
                return Err(no_sql());
            }
            return Err(misplaced());
        };
        let rows = self.insert(insert)?;
        let fields: Vec<_> = insert.schema.fields().iter().collect();
        let places = self.table(insert.schema)?.places(&fields)?;
        Ok(Selected { rows: rows.into_iter(), places })
    }

    /// The rows that were inserted or updated.
    fn insert(&mut self, insert: &Insert) -> Result<Vec<Row>> {
        let rows = self.table_mut(insert.schema)?.insert(insert)?;
        self.check_references(insert.schema)?;
        Ok(rows)
    }

    fn update(&mut self, update: &Update) -> Result<Done> {
        let table = self.table_mut(update.schema)?;
        let test = filter::all(table, &update.filter)?;
        let set = assignments(table, update)?;
        let mut done = Done::default();
        let mut moves = Vec::new();
        for row in table.rows.iter_mut().filter(|it| test(it) == Some(true)) {
            for (place, field, assign) in &set {
                let value = assigned(field, &row[*place], assign)?;
                if table.columns[*place].key.is_some() && row[*place] != value {
                    moves.push((row[*place].clone(), value.clone()));
                }
                *row = with(row, *place, value);
            }
            done.rows += 1;
        }
        table.check_required()?;
        let touched: Vec<_> = set.iter().map(|(place, ..)| table.columns[*place].column).collect();
        table.check_unique(&touched)?;
        self.follow(update.schema, &moves)?;
        self.check_references(update.schema)?;
        Ok(done)
    }

    fn delete(&mut self, delete: &Delete) -> Result<Done> {
        let table = self.table_mut(delete.schema)?;
        let test = filter::all(table, &delete.filter)?;
        let before = table.rows.len();
        table.rows.retain(|it| test(it) != Some(true));
        let gone = before - table.rows.len();
        if gone > 0 {
            self.let_go(delete.schema)?;
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
    let test = filter::all(table, &select.filter)?;
    let mut rows: Vec<Row> = table.rows.iter().filter(|it| test(it) == Some(true)).cloned().collect();
    // The first sort says most, so it comes last; sorting keeps the order of equals.
    for sort in select.sort.iter().rev() {
        match sort {
            Sort::Field(field, direction) => {
                let place = table.place(field)?;
                rows.sort_by(|a, b| {
                    let order = cell::sorted(field, &a[place], &b[place]);
                    match direction {
                        Direction::Up => order,
                        Direction::Down => order.reverse(),
                    }
                });
            }
            Sort::List(field, values) => {
                let place = table.place(field)?;
                let rank = |it: &Value| values.iter().position(|value| value == it).unwrap_or(values.len());
                rows.sort_by_key(|it| rank(&it[place]));
            }
            _ => return Err(unsupported("sorts by fields only")),
        }
    }
    let many = |it: u64| usize::try_from(it).unwrap_or(usize::MAX);
    let limit = select.bounds.limit.map_or(usize::MAX, many);
    Ok(rows.into_iter().skip(many(select.bounds.offset)).take(limit).collect())
}

/// What the columns become, by their places.
fn assignments<'a>(table: &Table, update: &'a Update) -> Result<Vec<(usize, &'static FieldDef, &'a Assign)>> {
    update.set.iter().map(|(field, assign)| Ok((table.place(field)?, *field, assign))).collect()
}

/// What a cell becomes.
fn assigned(field: &FieldDef, old: &Value, assign: &Assign) -> Result<Value> {
    match (assign, old) {
        (Assign::To(value), _) => Ok(value.clone()),
        (Assign::Add(_), Value::Null) => Ok(Value::Null),
        (Assign::Add(Value::I64(more)), Value::I64(old)) => {
            let (min, max) = field.whole_range().unwrap_or((i64::MIN, i64::MAX));
            let sum = old.checked_add(*more).filter(|it| (min..=max).contains(it));
            sum.map(Value::I64)
                .ok_or_else(|| Error::new(Kind::Value, "a whole number would leave the range of its field"))
        }
        (Assign::Add(Value::F64(more)), Value::F64(old)) => Ok(Value::F64(old + more)),
        _ => Err(unsupported("sets values and adds numbers only")),
    }
}

#[cold]
fn unsupported(what: &str) -> Error {
    Error::new(Kind::Unsupported, format!("the memory interface {what}"))
}

#[cold]
fn no_table(schema: &Schema) -> Error {
    Error::new(Kind::TableMissing, format!("there is no table `{}`", schema.table()))
}

#[cold]
fn no_sql() -> Error {
    Error::new(Kind::Unsupported, "the memory interface speaks no SQL, and `raw` is SQL")
}

#[cold]
fn misplaced() -> Error {
    Error::new(Kind::Invalid, "a question is fetched and a change is executed, not the other way round")
}
