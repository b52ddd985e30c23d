//! The tables, and what is asked of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use prom_core::interface::{Done, More};
use prom_core::query::{Assign, Delete, Insert, Request, Update};
use prom_core::schema::FieldDef;
use prom_core::{Error, Flow, Kind, Result, Schema, Sink, Type, Value};

use crate::filter;
use crate::table::{Row, Table, with};

/// Tables as plain vectors of rows, and what each request comes to on them: the one
/// evaluator of queries in memory. It needs no connection and no runtime.
///
/// A clone shares the tables until one of the two changes one.
#[derive(Debug, Clone, Default)]
pub struct Database(BTreeMap<&'static str, Arc<Table>>);

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
    /// As [`rows`](Database::rows).
    pub(crate) fn select(&self, request: &Request) -> Result<Selected> {
        match request {
            Request::Select(select) => Ok(Selected { rows: self.rows(select)?.into_iter() }),
            Request::Raw(_) => Err(no_sql()),
            _ => Err(misplaced()),
        }
    }

    /// Carries out a change. After an error the database is of no use: who calls
    /// this changes a clone.
    ///
    /// # Errors
    ///
    /// What a select finds missing, and [`Kind::NotNull`],
    /// [`Kind::Unique`] and [`Kind::ForeignKey`].
    pub fn execute(&mut self, request: &Request) -> Result<Done> {
        match request {
            Request::Insert(insert) => {
                let rows = self.insert(insert)?;
                match insert.makes_keys() {
                    true => Ok(Done::keys(self.table(insert.schema)?.keys_of(&rows))),
                    false => Ok(Done::rows(rows.len() as u64)),
                }
            }
            Request::Update(update) => Ok(Done::rows(self.update(update)?.len() as u64)),
            Request::Delete(delete) => Ok(Done::rows(self.delete(delete)?.len() as u64)),
            Request::Raw(_) => Err(no_sql()),
            _ => Err(misplaced()),
        }
    }

    /// Carries out a change, and gives the rows that it inserted, updated or deleted.
    /// After an error the database is of no use.
    ///
    /// # Errors
    ///
    /// As [`execute`](Database::execute).
    pub fn change(&mut self, request: &Request) -> Result<Vec<Row>> {
        let (schema, rows) = match request {
            Request::Insert(insert) => (insert.schema, self.insert(insert)?),
            Request::Update(update) => (update.schema, self.update(update)?),
            Request::Delete(delete) => (delete.schema, self.delete(delete)?),
            Request::Raw(_) => return Err(no_sql()),
            _ => return Err(misplaced()),
        };
        self.table(schema)?.in_order_of(schema, rows)
    }

    /// The same, on its way to a sink.
    ///
    /// # Errors
    ///
    /// As [`execute`](Database::execute).
    pub(crate) fn change_and_give(&mut self, request: &Request) -> Result<Selected> {
        Ok(Selected { rows: self.change(request)?.into_iter() })
    }

    /// Never makes a key again that `later`, a change of this database that was
    /// undone, has made: as a sequence, which no rollback turns back.
    pub fn keep_keys_of(&mut self, later: &Self) {
        for (name, table) in &mut self.0 {
            if let Some(later) = later.0.get(name) {
                Arc::make_mut(table).keep_keys_of(later);
            }
        }
    }

    /// The rows that were inserted or updated.
    fn insert(&mut self, insert: &Insert) -> Result<Vec<Row>> {
        let rows = self.table_mut(insert.schema)?.insert(insert)?;
        self.check_references(insert.schema)?;
        Ok(rows)
    }

    /// The rows that were changed, as they are now.
    fn update(&mut self, update: &Update) -> Result<Vec<Row>> {
        let test = filter::all(self, self.table(update.schema)?, &update.filter)?;
        let set = self.assignments(update)?;
        let table = self.table_mut(update.schema)?;
        let mut changed = Vec::new();
        let mut moves = Vec::new();
        for row in table.rows.iter_mut().filter(|it| test(it) == Some(true)) {
            for (place, field, assign) in &set {
                let value = assigned(field, &row[*place], assign)?;
                if table.columns[*place].key.is_some() && row[*place] != value {
                    moves.push((row[*place].clone(), value.clone()));
                }
                *row = with(row, *place, value);
            }
            changed.push(row.clone());
        }
        table.check_required()?;
        let touched: Vec<_> = set.iter().map(|(place, ..)| table.columns[*place].column).collect();
        table.check_unique(&touched)?;
        self.follow(update.schema, &moves)?;
        self.check_references(update.schema)?;
        Ok(changed)
    }

    /// What the columns become, by their places: subqueries are answered before any row
    /// changes.
    fn assignments(&self, update: &Update) -> Result<Vec<(usize, &'static FieldDef, Assign)>> {
        let table = self.table(update.schema)?;
        let assign = |(field, assign): &(&'static FieldDef, Assign)| {
            let assign = match assign {
                Assign::Query(select) => Assign::To(self.first_cell(select)?),
                other => other.clone(),
            };
            Ok((table.place(field)?, *field, assign))
        };
        update.set.iter().map(assign).collect()
    }

    /// The rows that are gone, without those that went with them.
    fn delete(&mut self, delete: &Delete) -> Result<Vec<Row>> {
        let test = filter::all(self, self.table(delete.schema)?, &delete.filter)?;
        let table = self.table_mut(delete.schema)?;
        let gone: Vec<Row> = table.rows.iter().filter(|it| test(it) == Some(true)).cloned().collect();
        table.rows.retain(|it| test(it) != Some(true));
        if !gone.is_empty() {
            self.let_go(delete.schema)?;
        }
        Ok(gone)
    }
}

/// Rows on their way to a sink.
pub(crate) struct Selected {
    rows: std::vec::IntoIter<Row>,
}

impl Selected {
    /// Hands rows to `sink` until it has enough.
    ///
    /// # Errors
    ///
    /// The sink's own; there is nothing more to give then.
    pub(crate) fn give(&mut self, sink: &mut dyn Sink) -> Result<More> {
        while let Some(row) = self.rows.next() {
            match sink.row(&&*row) {
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
        (Assign::Add(Value::F64(more)), Value::F64(old)) => {
            let sum = match field.ty {
                #[expect(clippy::cast_possible_truncation, reason = "the field has no more digits")]
                Type::F32 => f64::from(*old as f32 + *more as f32),
                _ => old + more,
            };
            match sum.is_infinite() && old.is_finite() {
                false => Ok(Value::F64(sum)),
                true => Err(Error::new(Kind::Value, "a number would leave the range of its field")),
            }
        }
        _ => Err(unsupported("sets values and adds numbers only")),
    }
}

#[cold]
pub(crate) fn unsupported(what: &str) -> Error {
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
