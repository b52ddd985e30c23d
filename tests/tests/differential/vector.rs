//! What a programme should come to: rows in a plain vector, and what prom promises of the
//! rows in memory. It knows nothing of connections, and asks nothing of prom but what a
//! schema says.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use prom::interface::Install;
use prom::query::{
    Aggregate, Assign, Column, Combined, Compare, Conflict, Delete, Direction, Filter, Insert, Match, Output,
    Request, Select, Sort, Update, Want,
};
use prom::schema::{Choices, DefaultValue, FieldDef, KeyDef, Role, Type};
use prom::{Kind, Timestamp, Value};
use prom_memory::Database;

use crate::models::{How, Kin, RAW, READ, REFUSED, Way};
use crate::outcome::{Outcome, key, place};
use crate::program::{
    Bulk, Cond, End, Ending, Fields, Given, Name, Op, Order, Pick, Query, Selection, Set, Start, Step,
    Subquery, Test,
};
use crate::switches;

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
        let mut vector =
            Self { database, held: BTreeMap::new(), levels: Vec::new(), now: 0, outcomes: Vec::new() };
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
        let undone = std::mem::replace(&mut self.database, level.database);
        self.database.keep_keys_of(&undone);
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
                let (cells, kin_of_row) = (held.cells.clone(), kin);
                let refers = *way != Way::Owner || !cells[place(kin, "owner")].is_null();
                // Where it refers to nothing, nothing is asked.
                if refers {
                    self.check()?;
                }
                let related = self.related(kin_of_row, &cells, *way)?;
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
                    Set::Add { number, .. } => Assign::Add(number.clone()),
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

    fn rows(&mut self, kin: Kin, query: &Query, ending: Ending, slot: usize) -> Result<Outcome> {
        let select = self.select(kin, query, &Picked::default())?;
        match ending {
            Ending::Get => {
                let Answer { rows, in_order, has_more } = self.get(kin, select)?;
                if let Some(first) = rows.iter().min_by_key(|row| key(kin, row)) {
                    self.hold_read(kin, slot, first.clone());
                }
                let rows = rows.into_iter().map(|row| loaded(kin, row)).collect();
                Ok(Outcome::Rows { rows, in_order, has_more })
            }
            Ending::Stream => {
                let Answer { rows, in_order, .. } = self.answer(kin, select)?;
                let rows = rows.into_iter().map(|row| loaded(kin, row)).collect();
                Ok(Outcome::Rows { rows, in_order, has_more: false })
            }
            Ending::One => {
                let row = self.one(kin, select)?;
                Ok(Outcome::Row(row.map(|row| self.hold_read(kin, slot, row))))
            }
            Ending::Only => {
                let row = self.only(kin, select)?;
                Ok(Outcome::Row(Some(self.hold_read(kin, slot, row))))
            }
            Ending::Count => self.count(select),
            Ending::Has => self.has(select),
        }
    }

    fn cells(
        &mut self,
        kin: Kin,
        query: &Query,
        selection: &Selection,
        ending: Ending,
    ) -> Result<Outcome> {
        let picked = picked(kin, &selection.picks)?;
        let mut select = self.select(kin, query, &picked)?;
        if let Some(down) = selection.sorted_down {
            let last = Sort::Output(selection.picks.len() - 1, direction(down));
            // An order that is said stands in the place of the one that bounds make.
            if select.is_settled {
                select.select.sort.clear();
            }
            select.select.sort.push(last);
        }
        let keys = selection.picks.iter().map(|pick| key_kin(kin, *pick)).collect();
        let Answer { rows, in_order, has_more } = match ending {
            Ending::Get => self.get(kin, select)?,
            Ending::Stream => Answer { has_more: false, ..self.answer(kin, select)? },
            Ending::One => Answer::of(self.one(kin, select)?),
            Ending::Only => Answer::of(Some(self.only(kin, select)?)),
            Ending::Count => return self.count(select),
            Ending::Has => return self.has(select),
        };
        Ok(Outcome::Cells { rows, in_order, has_more, keys })
    }

    /// The rows within the limit, and whether there are more.
    fn get(&mut self, kin: Kin, mut select: Asked) -> Result<Answer> {
        let limit = select.select.bounds.limit;
        select.select.bounds.limit = limit.map(|limit| limit.saturating_add(1));
        let mut answer = self.answer(kin, select)?;
        let limit = limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
        answer.has_more = answer.rows.len() > limit;
        answer.rows.truncate(limit);
        Ok(answer)
    }

    fn one(&mut self, kin: Kin, mut select: Asked) -> Result<Option<Cells>> {
        settle(kin, &mut select);
        select.select.bounds.limit = Some(select.select.bounds.limit.unwrap_or(1).min(1));
        Ok(self.answer(kin, select)?.rows.pop())
    }

    fn only(&mut self, kin: Kin, select: Asked) -> Result<Cells> {
        let mut rows = self.answer(kin, select)?.rows;
        match (rows.pop(), rows.pop()) {
            (Some(row), None) => Ok(row),
            (None, _) => Err(Stop::Failed(Kind::NotFound)),
            _ => Err(Stop::Failed(Kind::Ambiguous)),
        }
    }

    fn count(&mut self, Asked { mut select, .. }: Asked) -> Result<Outcome> {
        self.check_certain_within(&select)?;
        select.want = Want::Count;
        match self.read(&select)?[0][0] {
            Value::I64(count) => Ok(Outcome::Number(count.unsigned_abs())),
            _ => panic!("a count is a number"),
        }
    }

    fn has(&mut self, Asked { mut select, .. }: Asked) -> Result<Outcome> {
        self.check_certain_within(&select)?;
        select.want = Want::Exists;
        Ok(Outcome::Number(u64::from(self.read(&select)?[0][0] == Value::Bool(true))))
    }

    /// The rows, in order as far as the query says one: rows that tie come in any. Which of
    /// them are within bounds is open then, and the question left out.
    fn answer(&mut self, kin: Kin, Asked { select, .. }: Asked) -> Result<Answer> {
        self.check_certain_within(&select)?;
        let rows = self.read(&with_ties(kin, &select, Direction::Up))?;
        let other = self.database.rows(&with_ties(kin, &select, Direction::Down));
        let other = other.expect("the order of ties is no mistake");
        let in_order = rows.iter().map(|row| &row[..]).eq(other.iter().map(|row| &row[..]));
        match in_order || select.bounds.is_all() {
            true => Ok(Answer { rows, in_order, has_more: false }),
            false => Err(Stop::Skip),
        }
    }

    /// Whether it is certain what the queries within this one give.
    fn check_certain_within(&self, select: &Select) -> Result<()> {
        if let Some(combined) = &select.combined {
            for part in [&combined.first, &combined.second] {
                self.check_bounded(part)?;
            }
        }
        self.check_certain(&select.filter)
    }

    fn check_certain(&self, filters: &[Filter]) -> Result<()> {
        filters.iter().try_for_each(|filter| match filter {
            Filter::All(filters) | Filter::Any(filters) => self.check_certain(filters),
            Filter::Not(filter) => self.check_certain(std::slice::from_ref(filter)),
            Filter::CompareQuery(_, _, select) => self.check_bounded(select),
            Filter::InQuery(field, select, _) => {
                self.check_bounded(select)?;
                let rows = self.database.rows(select).expect("it makes sense");
                // Whether NULL is one of none, or of NULL alone.
                let is_open = field.nullable && rows.iter().all(|row| row[0].is_null());
                if is_open && !switches::NONE_OF_NULLS { Err(Stop::Skip) } else { Ok(()) }
            }
            _ => Ok(()),
        })
    }

    /// Whether it is certain which rows are within the bounds of a query within another.
    fn check_bounded(&self, select: &Select) -> Result<()> {
        self.check_certain_within(select)?;
        if select.bounds.is_all() {
            return Ok(());
        }
        let kin = Kin::ALL.into_iter().find(|kin| std::ptr::eq(kin.schema(), select.schema));
        let kin = kin.expect("it is a query of one of them");
        let rows = |direction| {
            let rows = self.database.rows(&with_ties(kin, select, direction)).expect("it makes sense");
            rows.iter().map(|row| row.to_vec()).collect::<Vec<_>>()
        };
        match rows(Direction::Up) == rows(Direction::Down) {
            true => Ok(()),
            false => Err(Stop::Skip),
        }
    }

    /// What a relation leads to from a row, by key.
    fn related(&self, kin: Kin, row: &[Value], way: Way) -> Result<Vec<Cells>> {
        let own_key = || Value::I64(key(kin, row));
        let find = |kin: Kin, name: &str, value: Value| -> Vec<Cells> {
            let mut select = by_value(kin, name, value);
            select.sort.push(by_key(kin));
            let rows = self.database.rows(&select).expect("the table is there");
            rows.iter().map(|row| loaded(kin, row.to_vec())).collect()
        };
        let owner_of = |kin: Kin, row: &[Value]| find(Kin::Owner, "id", row[place(kin, "owner")].clone());
        Ok(match way {
            Way::Owner => owner_of(kin, row),
            Way::Things => find(Kin::Thing, "owner", own_key()),
            Way::Maybes => find(Kin::Maybe, "owner", own_key()),
            Way::MaybesOwners => {
                let maybes = find(Kin::Maybe, "owner", own_key());
                maybes.iter().flat_map(|maybe| owner_of(Kin::Maybe, maybe)).collect()
            }
        })
    }

    /// The query as plain data, which gives what is picked.
    fn select(&self, kin: Kin, query: &Query, picked: &Picked) -> Result<Asked> {
        let mut select = Select::new(kin.schema());
        if let Some(combined) = &query.combined {
            let (how, first, second) = &**combined;
            let first = self.select(kin, first, picked)?.select;
            let second = self.select(kin, second, picked)?.select;
            select.combined = Some(Box::new(Combined::new(*how, first, second)));
        }
        select.filter = self.filters(kin, &query.conds)?;
        for order in &query.sort {
            match order {
                Order::By { field: name, down, .. } => {
                    select.sort.push(Sort::Field(field(kin, name), direction(*down)));
                }
                Order::List { field: name, values, .. } => {
                    let values = values.iter().map(|given| self.given(given)).collect::<Result<Vec<_>>>()?;
                    if !values.is_empty() {
                        select.sort.push(Sort::List(field(kin, name), values));
                    }
                }
            }
        }
        if let Some(columns) = &picked.columns {
            select.output = Output::Columns(columns.clone());
            if select.combined.is_none() {
                select.group.clone_from(&picked.group);
            }
        }
        select.distinct = query.distinct;
        select.bounds.limit = query.limit;
        match query.start {
            Start::Offset(offset) => select.bounds.offset = offset,
            Start::Page(page) => {
                mistake(query.limit.is_some())?;
                let limit = query.limit.unwrap_or_default();
                select.bounds.offset = page.saturating_sub(1).saturating_mul(limit);
            }
            Start::After(slot) => {
                let held = self.held.get(&(kin, slot)).ok_or(Stop::Skip)?;
                if held.presence != Presence::There {
                    return Err(Stop::Skip);
                }
                self.begin_behind(kin, &mut select, &held.cells)?;
            }
        }
        asks_what_is_selected(&select)?;
        let mut asked = Asked { select, is_settled: false };
        if !asked.select.bounds.is_all() {
            settle(kin, &mut asked);
        }
        Ok(asked)
    }

    /// Keeps the rows that come after `row` in the query's order, the key last.
    fn begin_behind(&self, kin: Kin, select: &mut Select, row: &[Value]) -> Result<()> {
        mistake(matches!(select.output, Output::Rows) && select.combined.is_none())?;
        let id = field(kin, "id");
        let is_of_key = |sort: &Sort| matches!(sort, Sort::Field(field, _) if std::ptr::eq(*field, id));
        if !select.sort.iter().any(is_of_key) {
            select.sort.push(by_key(kin));
        }
        let mut sorts = Vec::new();
        for sort in &select.sort {
            match sort {
                Sort::Field(field, direction) => sorts.push((*field, place(kin, field.name), *direction)),
                _ => return mistake(false),
            }
        }
        sorts.iter().try_for_each(|(_, at, _)| can_be_stored(&row[*at]))?;
        let is_behind = |other: &[Value]| {
            let order = sorts.iter().fold(Ordering::Equal, |order, (field, at, direction)| {
                let next = prom_memory::sorted(field, &other[*at], &row[*at]);
                order.then(if *direction == Direction::Up { next } else { next.reverse() })
            });
            order.is_gt()
        };
        let all = self.database.rows(&Select::new(kin.schema())).expect("the table is there");
        let keys = all.iter().filter(|row| is_behind(row)).map(|row| Value::I64(key(kin, row)));
        select.filter.push(Filter::In(id, Value::List(keys.collect())));
        Ok(())
    }

    /// A query that gives one column.
    fn subquery(&self, kin: Kin, name: &str, subquery: &Subquery) -> Result<Select> {
        let field = field(kin, name);
        let column = match subquery.aggregate {
            None => Column::Field(field),
            Some(aggregate) => {
                mistake(has_order(field))?;
                Column::Aggregate(aggregate, field)
            }
        };
        let picked = Picked { columns: Some(vec![column]), group: Vec::new() };
        Ok(self.select(kin, &subquery.query, &picked)?.select)
    }

    /// The conditions; the first mistake in them, unless a key cannot be had.
    fn filters(&self, kin: Kin, conds: &[Cond]) -> Result<Vec<Filter>> {
        let filters: Vec<_> = conds.iter().map(|cond| self.filter(kin, cond)).collect();
        if filters.iter().any(|filter| matches!(filter, Err(Stop::Skip))) {
            return Err(Stop::Skip);
        }
        filters.into_iter().collect()
    }

    fn filter(&self, kin: Kin, cond: &Cond) -> Result<Filter> {
        Ok(match cond {
            Cond::Compare { field: name, how, value, .. } => {
                let (field, value) = (field(kin, name), self.given(value)?);
                if !matches!(how, Compare::Eq | Compare::Ne) {
                    mistake(has_order(field) && !value.is_null())?;
                }
                can_be_stored(&value)?;
                match (how, value) {
                    (Compare::Eq, Value::Null) => Filter::Null(field, true),
                    (Compare::Ne, Value::Null) => Filter::Null(field, false),
                    (_, value) => Filter::Compare(field, *how, value),
                }
            }
            Cond::In { field: name, values, is_in, .. } => {
                let field = field(kin, name);
                let values = values.iter().map(|given| self.given(given)).collect::<Result<Vec<_>>>()?;
                values.iter().try_for_each(can_be_stored)?;
                let (null, values): (Vec<_>, Vec<_>) = values.into_iter().partition(Value::is_null);
                let list = (!values.is_empty()).then(|| Value::List(values.into()));
                // An empty list is an answer even for NULL.
                match is_in {
                    true => {
                        let one_of = list.map(|list| Filter::In(field, list));
                        let null = (!null.is_empty()).then_some(Filter::Null(field, true));
                        Filter::Any(one_of.into_iter().chain(null).collect())
                    }
                    false => {
                        let none_of = list.map(|list| Filter::NotIn(field, list));
                        let null = (!null.is_empty()).then_some(Filter::Null(field, false));
                        Filter::All(none_of.into_iter().chain(null).collect())
                    }
                }
            }
            Cond::Between { field: name, low, high, .. } => {
                let (field, low, high) = (field(kin, name), self.given(low)?, self.given(high)?);
                mistake(has_order(field) && !low.is_null() && !high.is_null())?;
                can_be_stored(&low)?;
                can_be_stored(&high)?;
                Filter::Between(field, low, high)
            }
            Cond::Null { field: name, is_null, .. } => Filter::Null(field(kin, name), *is_null),
            Cond::Match { field: name, how, text, matches, .. } => {
                let escapes = text.chars().rev().take_while(|letter| *letter == '\\').count();
                mistake(*how != Match::Like || escapes % 2 == 0)?;
                let text = Value::Text(text.clone());
                can_be_stored(&text)?;
                Filter::Match(field(kin, name), *how, text, *matches)
            }
            Cond::Part { field: name, part, test, numbers, .. } => {
                let field = field(kin, name);
                mistake(field.ty == Type::Timestamp || part.is_of_a_date())?;
                let is_one_of = |numbers: &[i64]| {
                    let is_it = |number: &i64| Filter::ComparePart(field, *part, Compare::Eq, (*number).into());
                    Filter::Any(numbers.iter().map(is_it).collect())
                };
                match test {
                    Test::Compare(how) => {
                        mistake(numbers.len() == 1)?;
                        Filter::ComparePart(field, *part, *how, numbers[0].into())
                    }
                    Test::In(true) => is_one_of(numbers),
                    Test::In(false) => Filter::Not(Box::new(is_one_of(numbers))),
                }
            }
            Cond::Subquery { field: name, test, subquery } => {
                let field = field(kin, name);
                if let Test::Compare(how) = test
                    && !matches!(how, Compare::Eq | Compare::Ne)
                {
                    mistake(has_order(field))?;
                }
                let select = self.subquery(kin, name, subquery)?;
                match test {
                    Test::Compare(how) => {
                        Filter::CompareQuery(field, *how, Box::new(first_row(kin, select)))
                    }
                    Test::In(is_in) => Filter::InQuery(field, Box::new(select), *is_in),
                }
            }
            Cond::Related(way, conds) => self.leads_to(kin, *way, self.filters(way.to(), conds)?),
            Cond::Or(conds) | Cond::Any(conds) => Filter::Any(self.filters(kin, conds)?),
            Cond::All(conds) => Filter::All(self.filters(kin, conds)?),
            Cond::Not(conds) => Filter::Not(Box::new(Filter::All(self.filters(kin, conds)?))),
        })
    }

    /// Whether the relation leads to a row that meets the conditions: yes or no, and never
    /// unknown.
    fn leads_to(&self, kin: Kin, way: Way, filter: Vec<Filter>) -> Filter {
        let mut select = Select::new(way.to().schema());
        select.filter = filter;
        let rows = self.database.rows(&select).expect("the table is there");
        let cells = |kin: Kin, name: &str| {
            let at = place(kin, name);
            rows.iter().map(move |row| row[at].clone()).filter(|cell| !cell.is_null()).collect::<Vec<_>>()
        };
        let is_one_of = |kin: Kin, name: &str, values: Vec<Value>| {
            let field = field(kin, name);
            let is_one = Filter::In(field, Value::List(values.into()));
            Filter::All(vec![Filter::Null(field, false), is_one])
        };
        match way {
            Way::Owner => is_one_of(kin, "owner", cells(Kin::Owner, "id")),
            Way::Things => is_one_of(kin, "id", cells(Kin::Thing, "owner")),
            Way::Maybes => is_one_of(kin, "id", cells(Kin::Maybe, "owner")),
            Way::MaybesOwners => {
                let filter = vec![is_one_of(Kin::Maybe, "owner", cells(Kin::Owner, "id"))];
                self.leads_to(kin, Way::Maybes, filter)
            }
        }
    }
}

/// What is selected in the place of rows, and grouped by.
#[derive(Debug, Default)]
struct Picked {
    columns: Option<Vec<Column>>,
    group: Vec<&'static FieldDef>,
}

/// A query, and whether its order is the one that a query with bounds has by itself.
struct Asked {
    select: Select,
    is_settled: bool,
}

/// Rows, in an order or in none, and whether the limit left rows out.
struct Answer {
    rows: Vec<Cells>,
    in_order: bool,
    has_more: bool,
}

impl Answer {
    fn of(row: Option<Cells>) -> Self {
        Self { rows: row.into_iter().collect(), in_order: true, has_more: false }
    }
}

fn direction(down: bool) -> Direction {
    if down { Direction::Down } else { Direction::Up }
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

fn picked(kin: Kin, picks: &[Pick]) -> Result<Picked> {
    let mut group = Vec::new();
    let mut columns = Vec::new();
    for pick in picks {
        columns.push(match pick {
            Pick::Field(name) => Column::Field(field(kin, name)),
            Pick::Group(name) => {
                group.push(field(kin, name));
                Column::Field(field(kin, name))
            }
            Pick::Count => Column::Count,
            Pick::Aggregate(aggregate, name) => {
                let field = field(kin, name);
                mistake(match aggregate {
                    // A number, by whatever type it is stored.
                    Aggregate::Sum | Aggregate::Avg => field.ty.is_number(),
                    Aggregate::Min | Aggregate::Max => has_order(field),
                })?;
                Column::Aggregate(*aggregate, field)
            }
        });
    }
    Ok(Picked { columns: Some(columns), group })
}

/// Of which model the column is a key.
fn key_kin(kin: Kin, pick: Pick) -> Option<Kin> {
    match pick {
        Pick::Field(name)
        | Pick::Group(name)
        | Pick::Aggregate(Aggregate::Min | Aggregate::Max, name) => match name {
            "id" => Some(kin),
            "owner" => Some(Kin::Owner),
            _ => None,
        },
        _ => None,
    }
}

/// One value is wanted of it: the first row's.
fn first_row(kin: Kin, select: Select) -> Select {
    let mut asked = Asked { select, is_settled: false };
    settle(kin, &mut asked);
    asked.select.bounds.limit = Some(asked.select.bounds.limit.unwrap_or(1).min(1));
    asked.select
}

/// The query with rows that tie put one way or the other: rows by key, others by what is
/// selected.
fn with_ties(kin: Kin, select: &Select, direction: Direction) -> Select {
    let mut select = select.clone();
    match &select.output {
        Output::Columns(columns) => {
            select.sort.extend((0..columns.len()).map(|at| Sort::Output(at, direction)));
        }
        _ => select.sort.push(Sort::Field(field(kin, "id"), direction)),
    }
    select
}

/// Whether a selection is sorted by, and asked about, what has one value in a row of it.
fn asks_what_is_selected(select: &Select) -> Result<()> {
    let Output::Columns(columns) = &select.output else { return Ok(()) };
    let has_aggregates = columns.iter().any(|column| !matches!(column, Column::Field(_)));
    let is_one_of = |fields: &[&FieldDef], field: &FieldDef| {
        fields.iter().any(|other| std::ptr::eq(*other, field))
    };
    let selected: Vec<&FieldDef> = columns
        .iter()
        .filter_map(|column| match column {
            Column::Field(field) => Some(*field),
            _ => None,
        })
        .collect();
    if select.combined.is_none() && (has_aggregates || !select.group.is_empty()) {
        mistake(selected.iter().all(|field| is_one_of(&select.group, field)))?;
    }
    if select.combined.is_some() {
        let mut asked = Vec::new();
        fields_of(&select.filter, &mut asked);
        mistake(asked.iter().all(|field| is_one_of(&selected, field)))?;
    }
    let makes_one = select.combined.is_some() || has_aggregates || !select.group.is_empty();
    if makes_one || select.distinct {
        mistake(select.sort.iter().all(|sort| match sort {
            Sort::Field(field, _) | Sort::List(field, _) => is_one_of(&selected, field),
            _ => true,
        }))?;
    }
    Ok(())
}

/// The fields that conditions are about.
fn fields_of(filters: &[Filter], found: &mut Vec<&'static FieldDef>) {
    for filter in filters {
        match filter {
            Filter::All(filters) | Filter::Any(filters) => fields_of(filters, found),
            Filter::Not(filter) => fields_of(std::slice::from_ref(filter), found),
            Filter::Compare(field, ..)
            | Filter::CompareQuery(field, ..)
            | Filter::ComparePart(field, ..)
            | Filter::Null(field, _)
            | Filter::In(field, _)
            | Filter::NotIn(field, _)
            | Filter::InQuery(field, ..)
            | Filter::Between(field, ..)
            | Filter::Match(field, ..) => found.push(field),
            _ => {}
        }
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

/// The order of a query that has bounds and says none: by key, and by what is selected
/// where rows are no rows of the table.
fn settle(kin: Kin, asked: &mut Asked) {
    let select = &mut asked.select;
    if !select.sort.is_empty() {
        return;
    }
    asked.is_settled = true;
    let is_of_rows = !select.distinct && select.combined.is_none() && select.group.is_empty();
    match &select.output {
        Output::Columns(columns)
            if !is_of_rows || columns.iter().any(|column| !matches!(column, Column::Field(_))) =>
        {
            select.sort = (0..columns.len()).map(|at| Sort::Output(at, Direction::Up)).collect();
        }
        _ => select.sort.push(by_key(kin)),
    }
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
