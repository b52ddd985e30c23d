//! Values written as the database already spells them, so that the rows that are alike in
//! them are found, by unique indexes and by references.

use prom_core::query::{Assign, Column, Compare, Conflict, Filter, Insert, Output, Request, Select, Update};
use prom_core::schema::{FieldDef, Schema};
use prom_core::sql::{Columns, render};
use prom_core::{Error, Kind, Result, Value};
use tokio_rusqlite::rusqlite::Connection;
use tokio_rusqlite::rusqlite::types::ValueRef as CellRef;

use super::look::look_again;
use super::run::{prepare, whole};
use crate::dialect::Sqlite;
use crate::error::from_sqlite;
use crate::note::Note;
use crate::spelling::{Spelled, Spellings};
use crate::value::value_ref;

/// Runs `work` with `request`, whose values are spelled as the rows that are there spell
/// them: in the columns of unique indexes that hold several spellings, and in references
/// to keys that are spelled otherwise than prom does.
pub(super) fn adopting<T>(
    connection: &Connection,
    request: &Request,
    columns: &Columns<Note>,
    work: impl FnOnce(&Request) -> Result<T>,
) -> Result<T> {
    let dialect = Sqlite::of(columns);
    let adopts = |field: &FieldDef| dialect.is_key(field) || dialect.parent(field).is_some();
    let is_concerned = match request {
        Request::Insert(insert) => insert.fields.iter().any(|field| adopts(field)),
        Request::Update(update) => {
            update.set.iter().any(|(field, assign)| !matches!(assign, Assign::Add(_)) && adopts(field))
        }
        _ => false,
    };
    if !is_concerned {
        return work(request);
    }
    whole(connection, || {
        let mut adopter = Adopter { connection, dialect: &dialect, is_foreign: false };
        let adopted = match request {
            Request::Insert(insert) => Request::Insert(adopter.insert(insert)?),
            Request::Update(update) => Request::Update(adopter.update(update)?),
            other => other.clone(),
        };
        let done = work(&adopted)?;
        if adopter.is_foreign {
            look_again(connection, request, &[], columns)?;
        }
        Ok(done)
    })
}

impl Sqlite {
    /// Whether a unique index holds `field` in several spellings.
    fn is_key(&self, field: &FieldDef) -> bool {
        self.mixed(field).is_some_and(|(_, note)| !note.keys.is_empty())
    }

    /// The model that `field` refers to and its key, if that is held in several spellings.
    fn parent(&self, field: &FieldDef) -> Option<(&'static Schema, &'static FieldDef)> {
        Spelled::of(field)?;
        let parent = (field.reference?.target)();
        let key = parent.key().filter(|key| self.mixed(key).is_some())?;
        Some((parent, key))
    }
}

struct Adopter<'a> {
    connection: &'a Connection,
    dialect: &'a Sqlite,
    /// Whether a column that held only prom's spelling gets another one.
    is_foreign: bool,
}

impl Adopter<'_> {
    fn insert(&mut self, insert: &Insert) -> Result<Insert> {
        let mut adopted = insert.clone();
        let width = insert.fields.len();
        let keys = self.keys(insert);
        for row in 0..insert.rows {
            let values = &mut adopted.values[row * width..(row + 1) * width];
            self.insert_row(insert, &keys, insert.row(row), values)?;
        }
        Ok(adopted)
    }

    /// The keys by which a row may be in the way, those that an upsert goes by first.
    fn keys(&self, insert: &Insert) -> Vec<Vec<&'static FieldDef>> {
        let mut keys: Vec<Vec<&'static FieldDef>> = Vec::new();
        for (_, note) in insert.fields.iter().filter_map(|field| self.dialect.mixed(field)) {
            for key in &*note.keys {
                if !keys.iter().any(|other| are_same(other, key)) {
                    keys.push(key.clone());
                }
            }
        }
        if let Conflict::IgnoreOn(target) | Conflict::Update { target, .. } = &insert.conflict {
            keys.sort_by_key(|key| !are_same(key, target));
        }
        keys
    }

    /// Spells `values` as the rows that are in the way of `given` do.
    fn insert_row(
        &mut self,
        insert: &Insert,
        keys: &[Vec<&'static FieldDef>],
        given: &[Value],
        values: &mut [Value],
    ) -> Result<()> {
        let place = |field: &FieldDef| insert.fields.iter().position(|other| std::ptr::eq(*other, field));
        let mut is_adopted = vec![false; values.len()];
        for key in keys {
            let places: Option<Vec<usize>> = key.iter().map(|field| place(field)).collect();
            // NULL is like nothing.
            let places = places.filter(|places| places.iter().all(|at| given[*at] != Value::Null));
            let Some(places) = places else { continue };
            let open: Vec<usize> = places
                .iter()
                .copied()
                .filter(|at| !is_adopted[*at] && self.dialect.mixed(insert.fields[*at]).is_some())
                .collect();
            let outputs: Vec<_> = open.iter().map(|at| insert.fields[*at]).collect();
            let same = |at: &usize| Filter::Compare(insert.fields[*at], Compare::Eq, given[*at].clone());
            let filter = places.iter().map(same).collect();
            if let Some(cells) = self.first(insert.schema, &outputs, filter)? {
                for (at, cell) in open.into_iter().zip(cells) {
                    values[at] = cell;
                    is_adopted[at] = true;
                }
            }
        }
        for (at, field) in insert.fields.iter().enumerate() {
            if !is_adopted[at]
                && let Some(cell) = self.key_of_parent(field, &given[at])?
            {
                values[at] = cell;
            }
        }
        Ok(())
    }

    fn update(&mut self, update: &Update) -> Result<Update> {
        let mut adopted = update.clone();
        for (field, assign) in &mut adopted.set {
            if !self.dialect.is_key(field) && self.dialect.parent(field).is_none() {
                continue;
            }
            let value = match &*assign {
                Assign::To(value) => value.clone(),
                Assign::Query(query) => self.result(field, query)?,
                _ => continue,
            };
            let stored = match self.stored(update.schema, field, &value)? {
                None => self.key_of_parent(field, &value)?,
                stored => stored,
            };
            *assign = Assign::To(stored.unwrap_or(value));
        }
        Ok(adopted)
    }

    /// What a query that a field is set to gives.
    fn result(&self, field: &FieldDef, query: &Select) -> Result<Value> {
        let request = Request::Select(query.clone());
        let statement = render(self.dialect, &request)?;
        let mut prepared = prepare(self.connection, &statement)?;
        let mut rows = prepared.raw_query();
        let Some(row) = rows.next().map_err(|error| from_sqlite(&error))? else { return Ok(Value::Null) };
        let cell = row.get_ref(0).map_err(|error| from_sqlite(&error))?;
        match Spelled::of(field).and_then(|spelled| spelled.value(cell)) {
            Some(value) => Ok(value),
            None => Ok(value_ref(cell)?.to_owned()),
        }
    }

    /// How the table of `field` spells `value`, if a row holds it and a unique index minds.
    fn stored(
        &self,
        schema: &'static Schema,
        field: &'static FieldDef,
        value: &Value,
    ) -> Result<Option<Value>> {
        let Some((_, note)) = self.dialect.mixed(field).filter(|_| *value != Value::Null) else {
            return Ok(None);
        };
        if note.keys.is_empty() {
            return Ok(None);
        }
        let filter = vec![Filter::Compare(field, Compare::Eq, value.clone())];
        let request = Request::Select(select(schema, &[field], filter));
        let statement = render(self.dialect, &request)?;
        let mut prepared = prepare(self.connection, &statement)?;
        let mut rows = prepared.raw_query();
        let mut stored = None;
        while let Some(row) = rows.next().map_err(|error| from_sqlite(&error))? {
            let cell = value_ref(row.get_ref(0).map_err(|error| from_sqlite(&error))?)?.to_owned();
            match &stored {
                // Alone in its index, it is refused whichever of them it is like.
                Some(other) if *other != cell && note.keys.iter().any(|key| key.len() > 1) => {
                    return Err(several(schema, field));
                }
                Some(_) => {}
                None => stored = Some(cell),
            }
        }
        Ok(stored)
    }

    /// How the row that `field` refers to spells its key `value`, if it is there.
    fn key_of_parent(&mut self, field: &FieldDef, value: &Value) -> Result<Option<Value>> {
        let Some((parent, key)) = self.dialect.parent(field).filter(|_| *value != Value::Null) else {
            return Ok(None);
        };
        let filter = vec![Filter::Compare(key, Compare::Eq, value.clone())];
        let cells = self.first(parent, &[key], filter)?;
        let cell = cells.and_then(|cells| cells.into_iter().next());
        if let Some(cell) = &cell {
            self.is_foreign |= self.dialect.mixed(field).is_none() && !is_own(field, cell);
        }
        Ok(cell)
    }

    /// The cells of the first row that meets `filter`, as they are stored.
    fn first(
        &self,
        schema: &'static Schema,
        outputs: &[&'static FieldDef],
        filter: Vec<Filter>,
    ) -> Result<Option<Vec<Value>>> {
        if outputs.is_empty() {
            return Ok(None);
        }
        let mut select = select(schema, outputs, filter);
        select.bounds.limit = Some(1);
        let request = Request::Select(select);
        let statement = render(self.dialect, &request)?;
        let mut prepared = prepare(self.connection, &statement)?;
        let mut rows = prepared.raw_query();
        let Some(row) = rows.next().map_err(|error| from_sqlite(&error))? else { return Ok(None) };
        let cell = |at| Ok(value_ref(row.get_ref(at).map_err(|error| from_sqlite(&error))?)?.to_owned());
        (0..outputs.len()).map(cell).collect::<Result<_>>().map(Some)
    }
}

fn select(schema: &'static Schema, outputs: &[&'static FieldDef], filter: Vec<Filter>) -> Select {
    let mut select = Select::new(schema);
    select.output = Output::Columns(outputs.iter().copied().map(Column::Field).collect());
    select.filter = filter;
    select
}

fn are_same(key: &[&FieldDef], other: &[&FieldDef]) -> bool {
    let has = |field: &&FieldDef| other.iter().any(|other| std::ptr::eq(*other, *field));
    key.len() == other.len() && key.iter().all(has)
}

fn is_own(field: &FieldDef, cell: &Value) -> bool {
    let cell = match cell {
        Value::Text(text) => CellRef::Text(text.as_bytes()),
        Value::Bytes(bytes) => CellRef::Blob(bytes),
        Value::I64(number) => CellRef::Integer(*number),
        Value::F64(number) => CellRef::Real(*number),
        _ => CellRef::Null,
    };
    Spelled::of(field).is_none_or(|spelled| spelled.spelling(cell) == Spellings::Own)
}

#[cold]
fn several(schema: &Schema, field: &FieldDef) -> Error {
    let (model, field) = (schema.model(), field.name);
    let text = format!(
        "`{model}.{field}` holds the value in several spellings, and a unique index is over it and other \
         fields: `{model}::rewrite()` brings the table to one spelling"
    );
    Error::new(Kind::Unsupported, text).with_model(model).with_field(field)
}
