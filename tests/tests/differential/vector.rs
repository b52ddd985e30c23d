//! What a programme should come to: rows in a plain vector, and what prom promises of the
//! rows in memory. It knows nothing of connections, and asks nothing of prom but what a
//! schema says.

#[path = "vector/answers.rs"]
mod answers;
#[path = "vector/questions.rs"]
mod questions;

use std::collections::{BTreeMap, BTreeSet};

use prom::interface::Install;
use prom::query::{
    Assign, Compare, Conflict, Delete, Direction, Filter, Insert, Request, Select, Sort, Update,
};
use prom::schema::{Choices, DefaultValue, FieldDef, KeyDef, Role};
use prom::{Kind, Timestamp, Value};
use prom_memory::Database;

use crate::models::{How, Kin, RAW, READ, REFUSED, Way};
use crate::outcome::{Outcome, key, place};
use crate::program::{Bulk, Cond, End, Fields, Given, Name, Op, Set, Step};
use crate::switches;
use answers::Answer;
use questions::{Picked, first_row};

/// A row of a table.
type Cells = Vec<Value>;
type Result<T> = std::result::Result<T, Stop>;

/// Why an operation has no result.
#[derive(Debug)]
enum Stop {
    /// It cannot be asked.
    Skip,
    Failed(Kind),
}

/// The plain vector, with the rows that are held in memory.
#[derive(Debug)]
pub(crate) struct Vector {
    database: Database,
    held: BTreeMap<(Kin, usize), Held>,
    /// The open transaction, and those within it.
    levels: Vec<Level>,
    /// The keys of owners that were undone.
    undone: BTreeSet<i64>,
    /// Counts whatever happens.
    now: i64,
    pub(crate) outcomes: Vec<Outcome>,
}

/// A row in memory.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    pub(crate) cells: Cells,
    /// What the database has of it. Of a row that was read where what was read was undone,
    /// nobody knows.
    known: Option<Cells>,
    /// What was known of it before each open level that it was created, saved or read in,
    /// the outermost first.
    changes: Vec<(i64, Before)>,
    presence: Presence,
}

/// Whether a row is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Presence {
    /// It was, and the database says whether it still is.
    There,
    /// It was created in a transaction that was undone.
    NotCreated,
    /// It was read in the transaction that created it, which was undone.
    NotRead,
}

/// What a row was before a level of a transaction.
#[derive(Debug, Clone)]
enum Before {
    /// Not there.
    Absent,
    Known(Option<Cells>),
}

#[derive(Debug)]
struct Level {
    /// When it began, which no other did.
    id: i64,
    database: Database,
    is_broken: bool,
    /// Whether anything was written in it.
    has_written: bool,
}

impl Vector {
    /// What the programme comes to.
    pub(crate) fn of(steps: &[Step]) -> Self {
        let mut database = Database::default();
        let schemas = Kin::ALL.map(Kin::schema);
        database.install(&schemas, Install::Full).expect("the models make sense");
        let mut vector = Self {
            database,
            held: BTreeMap::new(),
            levels: Vec::new(),
            undone: BTreeSet::new(),
            now: 0,
            outcomes: Vec::new(),
        };
        vector.steps(steps);
        vector
    }

    /// The rows of a table, by key.
    pub(crate) fn contents(&self, kin: Kin) -> Vec<Cells> {
        let mut select = Select::new(kin.schema());
        select.sort.push(by_key(kin));
        self.database.rows(&select).expect("the table is there").iter().map(|row| row.to_vec()).collect()
    }

    /// The rows in memory.
    pub(crate) fn held(&self) -> impl Iterator<Item = (Kin, usize, &Held)> {
        self.held.iter().map(|((kin, slot), held)| (*kin, *slot, held))
    }

    fn steps(&mut self, steps: &[Step]) {
        for step in steps {
            match step {
                Step::Do(kin, op) => {
                    let outcome = match self.op(*kin, op) {
                        Ok(outcome) => outcome,
                        Err(Stop::Skip) => Outcome::Skipped,
                        Err(Stop::Failed(kind)) => Outcome::Failed(kind),
                    };
                    self.outcomes.push(outcome);
                }
                Step::Transaction(end, within) => {
                    let outcome = self.transaction(*end, within);
                    self.outcomes.push(outcome);
                }
            }
        }
    }

    fn transaction(&mut self, end: End, within: &[Step]) -> Outcome {
        if self.check().is_err() {
            return Outcome::Failed(Kind::TransactionAborted);
        }
        if end == End::Retry {
            self.begin();
            self.steps(within);
            self.undo();
        }
        self.begin();
        self.steps(within);
        let is_broken = self.check().is_err();
        match end {
            End::Keep | End::Retry if !is_broken => {
                self.keep();
                Outcome::Done
            }
            End::Keep | End::Retry => {
                self.undo();
                Outcome::Failed(Kind::TransactionAborted)
            }
            End::Undo => {
                self.undo();
                Outcome::Failed(Kind::Invalid)
            }
            End::Drop => {
                self.undo();
                Outcome::Done
            }
        }
    }

    fn begin(&mut self) {
        let (database, id) = (self.database.clone(), self.tick());
        self.levels.push(Level { id, database, is_broken: false, has_written: false });
    }

    fn keep(&mut self) {
        let level = self.levels.pop().expect("one is open");
        let outer = self.levels.last_mut();
        let id = outer.as_ref().map(|outer| outer.id);
        if let Some(outer) = outer {
            outer.has_written |= level.has_written;
        }
        for held in self.held.values_mut() {
            match id {
                None => held.changes.clear(),
                Some(id) => {
                    for (of, _) in &mut held.changes {
                        *of = if *of == level.id { id } else { *of };
                    }
                    held.changes.dedup_by_key(|(of, _)| *of);
                }
            }
        }
    }

    fn undo(&mut self) {
        let level = self.levels.pop().expect("one is open");
        let owners = self.contents(Kin::Owner);
        let undone = std::mem::replace(&mut self.database, level.database);
        self.database.keep_keys_of(&undone);
        self.undone.extend(owners.iter().map(|row| key(Kin::Owner, row)));
        for row in self.contents(Kin::Owner) {
            self.undone.remove(&key(Kin::Owner, &row));
        }
        let database = &self.database;
        self.held.retain(|(kin, _), held| {
            let Some(at) = held.changes.iter().position(|(of, _)| *of == level.id) else { return true };
            let before = held.changes.swap_remove(at).1;
            held.changes.truncate(at);
            match before {
                Before::Absent => held.presence = Presence::NotCreated,
                Before::Known(known) => {
                    held.known = known;
                    let key = Value::I64(key(*kin, &held.cells));
                    let rows = database.rows(&by_value(*kin, "id", key)).expect("the table is there");
                    if held.known.is_none() && rows.is_empty() {
                        held.presence = Presence::NotRead;
                    }
                }
            }
            switches::UNDONE_ROWS
        });
    }

    fn tick(&mut self) -> i64 {
        self.now += 1;
        self.now
    }

    fn stamp(&mut self) -> Value {
        let micros = 1_000_000_000_000_000 + self.tick();
        Value::Timestamp(Timestamp::from_microsecond(micros).expect("it is in range"))
    }

    /// Whether statements may run.
    fn check(&self) -> Result<()> {
        match self.levels.last() {
            Some(level) if level.is_broken => Err(Stop::Failed(Kind::TransactionAborted)),
            _ => Ok(()),
        }
    }

    /// What the database says ends the transaction that is open.
    fn told<T>(&mut self, answer: prom::Result<T>) -> Result<T> {
        answer.map_err(|error| {
            if let Some(level) = self.levels.last_mut() {
                level.is_broken = true;
            }
            Stop::Failed(error.kind())
        })
    }

    /// Changes the table wholly or not at all.
    fn change(&mut self, request: Request) -> Result<Vec<Cells>> {
        self.check()?;
        if let Some(level) = self.levels.last_mut() {
            level.has_written = true;
        }
        let mut database = self.database.clone();
        let answer = database.change(&request);
        let rows = self.told(answer)?;
        self.database = database;
        Ok(rows.iter().map(|row| row.to_vec()).collect())
    }

    fn read(&mut self, select: &Select) -> Result<Vec<Cells>> {
        self.check()?;
        let answer = self.database.rows(select);
        let rows = self.told(answer)?;
        Ok(rows.iter().map(|row| row.to_vec()).collect())
    }

    /// Puts a row into a slot that was created.
    fn hold_created(&mut self, kin: Kin, slot: usize, row: Cells, cells: Cells) {
        let changes = self.levels.last().map(|level| (level.id, Before::Absent)).into_iter().collect();
        self.held.insert((kin, slot), Held { cells, known: Some(row), changes, presence: Presence::There });
    }

    /// Puts a row into a slot that was read.
    fn hold_read(&mut self, kin: Kin, slot: usize, row: Cells) -> Cells {
        let cells = loaded(kin, row.clone());
        let changes = self.writer().map(|level| (level, Before::Known(None))).into_iter().collect();
        let held = Held { cells: cells.clone(), known: Some(row), changes, presence: Presence::There };
        self.held.insert((kin, slot), held);
        cells
    }

    /// The level that was written in last: what is read now may be undone with it.
    fn writer(&self) -> Option<i64> {
        self.levels.iter().rev().find(|level| level.has_written).map(|level| level.id)
    }

    /// Leaves out the key in memory of an owner that was undone: another one may have the
    /// number by now.
    fn check_owner(&self, key: &Value) -> Result<()> {
        match key {
            Value::I64(key) if self.undone.contains(key) => Err(Stop::Skip),
            _ => Ok(()),
        }
    }

    fn slot(&mut self, kin: Kin, slot: usize) -> Result<&mut Held> {
        self.held.get_mut(&(kin, slot)).ok_or(Stop::Skip)
    }

    fn given(&self, given: &Given) -> Result<Value> {
        match given {
            Given::Value(Value::F64(number)) => Ok(Value::F64(number + 0.0)),
            Given::Value(value) => Ok(value.clone()),
            Given::KeyOf(kin, slot) => match self.held.get(&(*kin, *slot)) {
                Some(held) if held.presence == Presence::There => Ok(Value::I64(key(*kin, &held.cells))),
                _ => Err(Stop::Skip),
            },
        }
    }

    fn op(&mut self, kin: Kin, op: &Op) -> Result<Outcome> {
        match op {
            Op::Create(how, fields, slot) => self.create(kin, *how, fields, *slot),
            Op::CreateMany(drafts, slot) => self.create_many(kin, drafts, *slot),
            Op::Find(which, slot) => {
                let key = self.given(&Given::KeyOf(kin, *which))?;
                let row = self.read(&by_value(kin, "id", key))?.pop();
                Ok(Outcome::Row(row.map(|row| self.hold_read(kin, *slot, row))))
            }
            Op::Rows(query, ending, slot) => self.rows(kin, query, *ending, *slot),
            Op::Cells(query, selection, ending) => self.cells(kin, query, selection, *ending),
            Op::Load(query, way) => {
                let select = self.select(kin, query, &Picked::default())?;
                let Answer { rows, in_order, has_more } = self.get(kin, select)?;
                let related = |row: Cells| Ok((loaded(kin, row.clone()), self.related(kin, &row, *way)?));
                let rows = rows.into_iter().map(related).collect::<Result<_>>()?;
                Ok(Outcome::Loaded { rows, to: way.to(), in_order, has_more })
            }
            Op::Related(slot, way) => {
                let held = self.slot(kin, *slot)?;
                if held.presence != Presence::There {
                    return Err(Stop::Skip);
                }
                let cells = held.cells.clone();
                // Where it refers to nothing, nothing is asked.
                if *way != Way::Owner || !cells[place(kin, "owner")].is_null() {
                    self.check()?;
                }
                if *way == Way::Owner {
                    self.check_owner(&cells[place(kin, "owner")])?;
                }
                let related = self.related(kin, &cells, *way)?;
                match *way == Way::Owner && kin == Kin::Maybe && related.is_empty() {
                    true => Err(Stop::Failed(Kind::NotFound)),
                    false => Ok(Outcome::Related(related, way.to())),
                }
            }
            Op::Change(slot, fields) => {
                self.slot(kin, *slot)?;
                let values = fields.iter().map(|(name, given)| Ok((place(kin, name), self.given(given)?)));
                let values = values.collect::<Result<Vec<_>>>()?;
                let held = self.slot(kin, *slot)?;
                for (place, value) in values {
                    held.cells[place] = value;
                }
                Ok(Outcome::Done)
            }
            Op::Save(slot) => self.save(kin, *slot),
            Op::Reload(slot) => {
                let held = self.slot(kin, *slot)?;
                let key = Value::I64(key(kin, &held.cells));
                let mut changes = held.changes.clone();
                if held.presence != Presence::There {
                    return Err(Stop::Failed(Kind::NotFound));
                }
                let Some(row) = self.read(&by_value(kin, "id", key))?.pop() else {
                    return Err(Stop::Failed(Kind::NotFound));
                };
                self.hold_read(kin, *slot, row);
                let held = self.slot(kin, *slot)?;
                // What it was before in its fields is not what was read.
                for (_, before) in &mut changes {
                    if let Before::Known(known) = before {
                        *known = None;
                    }
                }
                changes.append(&mut held.changes);
                changes.dedup_by_key(|(level, _)| *level);
                held.changes = changes;
                Ok(Outcome::Done)
            }
            Op::Delete(slot) => {
                self.slot(kin, *slot)?;
                let Some(held) = self.held.remove(&(kin, *slot)) else { return Err(Stop::Skip) };
                before_delete(kin, &held.cells)?;
                if held.presence != Presence::There {
                    return Err(Stop::Failed(Kind::NotFound));
                }
                let key = Value::I64(key(kin, &held.cells));
                let filter = Filter::Compare(field(kin, "id"), Compare::Eq, key);
                let gone = self.change(Request::Delete(Delete::new(kin.schema(), vec![filter])))?;
                Ok(Outcome::Number(gone.len() as u64))
            }
            Op::Modified(slot) => Ok(Outcome::Names(self.slot(kin, *slot)?.modified(kin))),
            Op::Update(conds, sets, bulk) => self.update(kin, conds, sets, *bulk),
            Op::DeleteRows(conds, bulk) => {
                let filter = self.filters(kin, conds)?;
                mistake(bulk.all || !filter.iter().all(is_met_by_all))?;
                self.check_certain(&filter)?;
                let gone = self.change(Request::Delete(Delete::new(kin.schema(), filter)))?;
                Ok(changed(kin, gone, *bulk))
            }
        }
    }

    /// The values of a new row, and which of them were said.
    fn complete(&mut self, kin: Kin, fields: &Fields) -> Result<(Cells, Vec<&'static FieldDef>)> {
        let mut said = BTreeMap::new();
        for (name, given) in fields {
            said.insert(*name, self.given(given)?);
        }
        if kin == Kin::Thing
            && let Some(Value::Text(text)) = said.get("text")
        {
            look_at(text)?;
            if text == RAW[0] {
                said.insert("text", RAW[1].into());
            }
        }
        let stamp = self.stamp();
        let (mut cells, mut given) = (Cells::new(), Vec::new());
        for field in kin.schema().fields() {
            if field.key == Some(KeyDef::Generated) {
                continue;
            }
            let value = match (said.remove(field.name), field.role, field.default) {
                (Some(value), ..) => {
                    given.push(field);
                    value
                }
                (None, Role::Created | Role::Updated, _) => stamp.clone(),
                (None, _, DefaultValue::Constant(make) | DefaultValue::Made(make)) => make(),
                (None, ..) if field.nullable => Value::Null,
                _ => return Err(Stop::Failed(Kind::Required)),
            };
            follows_rules(field, &value)?;
            cells.push(value);
        }
        Ok((cells, given))
    }

    fn create(&mut self, kin: Kin, how: How, fields: &Fields, slot: usize) -> Result<Outcome> {
        let named = match how {
            How::UpsertOn(names) => Some(unique_over(kin, names)?),
            _ => None,
        };
        let (cells, given) = self.complete(kin, fields)?;
        let schema = kin.schema();
        let sent: Vec<_> = schema.fields().iter().filter(|field| field.key.is_none()).collect();
        let is_given = |field: &FieldDef| given.iter().any(|other| std::ptr::eq(*other, field));
        let value_of = |wanted: &FieldDef| {
            let at = sent.iter().position(|field| std::ptr::eq(*field, wanted));
            cells[at.expect("it is sent")].clone()
        };
        let target = || {
            let unique = schema.indexes().iter().filter(|index| index.unique);
            let fields = unique.map(|index| {
                let of_column = |column: &&str| sent.iter().copied().find(|field| field.column == *column);
                index.columns.iter().filter_map(of_column).collect::<Vec<_>>()
            });
            let mut fields = fields.filter(|target| target.iter().all(|field| is_given(field)));
            fields.next().ok_or(Stop::Failed(Kind::Invalid))
        };
        let conflict = match how {
            How::Insert => Conflict::Refuse,
            How::OrIgnore => Conflict::Ignore,
            How::FindOrCreate => Conflict::IgnoreOn(target()?),
            How::Upsert | How::UpsertOn(_) => {
                let target = match named {
                    Some(named) => {
                        mistake(named.iter().all(|field| is_given(field)))?;
                        named
                    }
                    None => target()?,
                };
                let stays = |field: &FieldDef| target.iter().any(|other| std::ptr::eq(*other, field));
                let is_set = |field: &&&'static FieldDef| {
                    field.role == Role::Updated || (is_given(field) && !stays(field))
                };
                let set = sent.iter().filter(is_set).copied().collect();
                Conflict::Update { target, set }
            }
        };
        let same: Vec<Filter> = match &conflict {
            Conflict::IgnoreOn(target) => {
                target.iter().map(|field| Filter::Compare(field, Compare::Eq, value_of(field))).collect()
            }
            _ => Vec::new(),
        };
        let insert = Insert::new(schema, sent.clone(), cells, 1).on_conflict(conflict);
        let mut row = self.change(Request::Insert(insert))?.pop();
        let mut is_created = row.is_some();
        if row.is_none() && how == How::FindOrCreate {
            let mut select = Select::new(schema);
            select.filter = same;
            row = self.read(&select)?.pop();
        }
        let Some(row) = row else { return Ok(Outcome::Row(None)) };
        if matches!(how, How::Upsert | How::UpsertOn(_)) {
            // It may be an old one: then its stamps differ.
            is_created = row[place(kin, "created")] == row[place(kin, "updated")];
        }
        let cells = if how == How::Insert { row.clone() } else { loaded(kin, row.clone()) };
        match is_created {
            true => self.hold_created(kin, slot, row, cells.clone()),
            false => drop(self.hold_read(kin, slot, row)),
        }
        Ok(match how {
            How::FindOrCreate => Outcome::Found(cells, is_created),
            _ => Outcome::Row(Some(cells)),
        })
    }

    fn create_many(&mut self, kin: Kin, drafts: &[Fields], slot: usize) -> Result<Outcome> {
        let schema = kin.schema();
        let fields: Vec<_> = schema.fields().iter().filter(|field| field.key.is_none()).collect();
        // Drafts whose keys cannot be had are found out before any hook runs.
        for (_, given) in drafts.iter().flatten() {
            self.given(given)?;
        }
        let mut values = Vec::new();
        for draft in drafts {
            values.extend(self.complete(kin, draft)?.0);
        }
        if drafts.is_empty() {
            return Ok(Outcome::Rows { rows: Vec::new(), in_order: true, has_more: false });
        }
        // Where one row is refused for its reference and another for a unique index, it
        // depends on the backend which comes first.
        let owners: Vec<i64> = self.contents(Kin::Owner).iter().map(|row| key(Kin::Owner, row)).collect();
        let refers = |(at, value): (usize, &Value)| match (fields[at % fields.len()].reference, value) {
            (Some(_), Value::I64(owner)) => Some(*owner),
            _ => None,
        };
        if values.iter().enumerate().filter_map(refers).any(|owner| !owners.contains(&owner)) {
            return Err(Stop::Skip);
        }
        let insert = Insert::new(schema, fields, values, drafts.len());
        let rows = self.change(Request::Insert(insert))?;
        if let Some(first) = rows.first() {
            self.hold_created(kin, slot, first.clone(), first.clone());
        }
        Ok(Outcome::Rows { rows, in_order: true, has_more: false })
    }

    fn save(&mut self, kin: Kin, slot: usize) -> Result<Outcome> {
        let held = self.slot(kin, slot)?;
        if held.modified(kin).contains(&"owner") {
            let owner = held.cells[place(kin, "owner")].clone();
            self.check_owner(&owner)?;
        }
        let held = self.slot(kin, slot)?;
        before_update(kin, &mut held.cells)?;
        let (modified, held) = (held.modified(kin), held.clone());
        let mut set = Vec::new();
        for name in &modified {
            let value = held.cells[place(kin, name)].clone();
            follows_rules(field(kin, name), &value)?;
            set.push((field(kin, name), Assign::To(value)));
        }
        if held.presence != Presence::There {
            return Err(Stop::Failed(Kind::NotFound));
        }
        let updated = place(kin, "updated");
        if set.is_empty() {
            // An `updated` that was undone is no longer that of the row.
            if let Some(known) = held.known {
                self.slot(kin, slot)?.cells[updated].clone_from(&known[updated]);
            }
            return Ok(Outcome::Done);
        }
        let stamp = self.stamp();
        set.push((field(kin, "updated"), Assign::To(stamp.clone())));
        let key = Value::I64(key(kin, &held.cells));
        let filter = vec![Filter::Compare(field(kin, "id"), Compare::Eq, key)];
        let rows = self.change(Request::Update(Update::new(kin.schema(), set, filter)))?;
        if rows.is_empty() {
            return Err(Stop::Failed(Kind::NotFound));
        }
        let level = self.levels.last().map(|level| level.id);
        let held = self.slot(kin, slot)?;
        held.cells[updated] = stamp;
        let before = held.known.replace(held.cells.clone());
        held.changes.extend(level.map(|level| (level, Before::Known(before))));
        held.changes.dedup_by_key(|(level, _)| *level);
        Ok(Outcome::Done)
    }

    fn update(&mut self, kin: Kin, conds: &[Cond], sets: &[(Name, Set)], bulk: Bulk) -> Result<Outcome> {
        let filter = self.filters(kin, conds);
        if let Err(Stop::Skip) = filter {
            return Err(Stop::Skip);
        }
        for (_, to) in sets {
            if let Set::To { value, .. } = to {
                self.given(value)?;
            }
        }
        let filter = filter?;
        self.check_certain(&filter)?;
        let mut set = Vec::new();
        for (name, to) in sets {
            let field = field(kin, name);
            set.push((
                field,
                match to {
                    Set::To { value, .. } => {
                        let value = self.given(value)?;
                        follows_rules(field, &value)?;
                        Assign::To(value)
                    }
                    Set::Add { number, .. } => {
                        if let Value::I64(number) = number {
                            leads_somewhere(field, *number)?;
                        }
                        Assign::Add(number.clone())
                    }
                    Set::Query(subquery) => {
                        let select = first_row(kin, self.subquery(kin, name, subquery)?);
                        self.check_bounded(&select)?;
                        Assign::Query(Box::new(select))
                    }
                },
            ));
        }
        mistake(!set.is_empty())?;
        mistake(bulk.all || !filter.iter().all(is_met_by_all))?;
        let stamp = self.stamp();
        set.push((field(kin, "updated"), Assign::To(stamp)));
        let rows = self.change(Request::Update(Update::new(kin.schema(), set, filter)))?;
        Ok(changed(kin, rows, bulk))
    }
}

impl Held {
    /// The fields that differ from what is known. The programmes set no stamp by hand.
    pub(crate) fn modified(&self, kin: Kin) -> Vec<Name> {
        let differs = |(at, field): &(usize, &FieldDef)| match &self.known {
            _ if self.presence == Presence::NotCreated => true,
            Some(known) => self.cells[*at] != known[*at] && field.role != Role::Updated,
            None => !matches!(field.role, Role::Id | Role::Updated),
        };
        let fields = kin.schema().fields().iter().enumerate();
        fields.filter(differs).map(|(_, field)| field.name).collect()
    }
}

fn field(kin: Kin, name: &str) -> &'static FieldDef {
    &kin.schema().fields()[place(kin, name)]
}

fn by_key(kin: Kin) -> Sort {
    Sort::Field(field(kin, "id"), Direction::Up)
}

fn by_value(kin: Kin, name: &str, value: Value) -> Select {
    let mut select = Select::new(kin.schema());
    select.filter.push(Filter::Compare(field(kin, name), Compare::Eq, value));
    select
}

/// The fields of the unique index that is over these.
fn unique_over(kin: Kin, names: &[&str]) -> Result<Vec<&'static FieldDef>> {
    let wanted: Vec<_> = names.iter().map(|name| field(kin, name)).collect();
    let schema = kin.schema();
    for index in schema.indexes().iter().filter(|index| index.unique) {
        let of_column = |column: &&str| schema.fields().iter().find(|field| field.column == *column);
        let fields: Vec<_> = index.columns.iter().filter_map(of_column).collect();
        let is_wanted = |field: &&FieldDef| wanted.iter().any(|other| std::ptr::eq(*other, *field));
        if fields.len() == wanted.len() && fields.iter().all(is_wanted) {
            return Ok(fields);
        }
    }
    Err(Stop::Failed(Kind::Invalid))
}

fn changed(kin: Kin, rows: Vec<Cells>, bulk: Bulk) -> Outcome {
    match bulk.returning {
        true => {
            let rows = rows.into_iter().map(|row| loaded(kin, row)).collect();
            Outcome::Rows { rows, in_order: false, has_more: false }
        }
        false => Outcome::Number(rows.len() as u64),
    }
}

/// A mistake in the question, unless it makes sense.
fn mistake(makes_sense: bool) -> Result<()> {
    match makes_sense {
        true => Ok(()),
        false => Err(Stop::Failed(Kind::Invalid)),
    }
}

fn has_order(field: &FieldDef) -> bool {
    !matches!(field.choices, Some(Choices::Text(_)))
}

/// A comparison with a value that is not NULL. Text with a NUL in it is in no row, and lies just behind
/// what stands before the NUL.
fn compared(field: &'static FieldDef, how: Compare, value: Value) -> Filter {
    let before = match &value {
        Value::Text(text) => text.split_once('\0').map(|(before, _)| Value::from(before)),
        _ => None,
    };
    let Some(before) = before else { return Filter::Compare(field, how, value) };
    match how {
        Compare::Eq => Filter::False(field),
        Compare::Ne => Filter::True(field),
        Compare::Gt | Compare::Gte => Filter::Compare(field, Compare::Gt, before),
        Compare::Lt | Compare::Lte => Filter::Compare(field, Compare::Lte, before),
    }
}

/// The values that a row may hold, if there are any.
fn storable(values: Vec<Value>) -> Option<Value> {
    let values: Vec<_> = values.into_iter().filter(|value| can_be_stored(value).is_ok()).collect();
    (!values.is_empty()).then(|| Value::List(values.into()))
}

fn can_be_stored(value: &Value) -> Result<()> {
    match value {
        Value::Text(text) if text.contains('\0') => Err(Stop::Failed(Kind::Value)),
        _ => Ok(()),
    }
}

fn follows_rules(field: &FieldDef, value: &Value) -> Result<()> {
    can_be_stored(value)?;
    let length = match value {
        Value::Null if field.nullable => return Ok(()),
        Value::Null => return Err(Stop::Failed(Kind::Required)),
        Value::Text(text) if field.refuse_empty && text.is_empty() => return Err(Stop::Failed(Kind::Value)),
        Value::Text(text) => text.chars().count(),
        Value::Bytes(bytes) => bytes.len(),
        _ => return Ok(()),
    };
    match field.size.max.is_none_or(|most| length <= most) {
        true => Ok(()),
        false => Err(Stop::Failed(Kind::Value)),
    }
}

/// Whether the field has a value that is still in its range with `number` more.
fn leads_somewhere(field: &FieldDef, number: i64) -> Result<()> {
    let (least, greatest) = field.whole_range().expect("it holds whole numbers");
    match i128::from(number).abs() <= i128::from(greatest) - i128::from(least) {
        true => Ok(()),
        false => Err(Stop::Failed(Kind::Value)),
    }
}

fn is_met_by_all(filter: &Filter) -> bool {
    match filter {
        Filter::All(filters) => filters.iter().all(is_met_by_all),
        Filter::Any(filters) => filters.iter().any(is_met_by_all),
        _ => false,
    }
}

fn look_at(text: &str) -> Result<()> {
    match text {
        REFUSED => Err(Stop::Failed(Kind::Check)),
        _ => Ok(()),
    }
}

/// What `Thing`'s hooks do before a row is saved.
fn before_update(kin: Kin, cells: &mut Cells) -> Result<()> {
    if kin == Kin::Thing
        && let Value::Text(text) = &mut cells[place(kin, "text")]
    {
        look_at(text)?;
        if text == RAW[0] {
            *text = RAW[1].to_owned();
        }
    }
    Ok(())
}

fn before_delete(kin: Kin, cells: &[Value]) -> Result<()> {
    match kin {
        Kin::Thing => match &cells[place(kin, "text")] {
            Value::Text(text) => look_at(text),
            _ => Ok(()),
        },
        _ => Ok(()),
    }
}

/// The row as the hook that runs after reading leaves it.
fn loaded(kin: Kin, mut cells: Cells) -> Cells {
    if kin == Kin::Thing
        && let Value::Text(text) = &mut cells[place(kin, "text")]
        && text == READ[0]
    {
        *text = READ[1].to_owned();
    }
    cells
}
