//! A programme on a database, by prom's public methods, held against what it should come
//! to.

use prom::prelude::*;
use prom::query::{Compare, Match};
use prom::{BoxFuture, Error, Kind, Result, Value, transaction};

use crate::models::{Kin, Maybe, Owner, Subject, Thing};
use crate::outcome::{Known, Outcome, by_key};
use crate::program::{Cond, End, Fields, Given, Op, Query as Asked, SLOTS, Set, Step};
use crate::switches;
use crate::vector::Vector;

/// The rows in memory.
#[derive(Debug)]
pub(crate) struct Rows {
    pub(crate) owners: Vec<Option<Owner>>,
    pub(crate) things: Vec<Option<Thing>>,
    pub(crate) maybes: Vec<Option<Maybe>>,
}

/// The first difference between a database and the plain vector, in words; `None` where
/// there is none.
pub(crate) async fn difference(connection: &Connection, steps: &[Step], expected: &Vector) -> Option<String> {
    let rows = Rows { owners: vec![None; SLOTS], things: vec![None; SLOTS], maybes: vec![None; SLOTS] };
    let mut run = Run {
        connection: connection.clone(),
        rows,
        known: Known::default(),
        expected,
        at: 0,
        difference: None,
    };
    let whole = async {
        run.begin_anew().await?;
        // What it stops for is kept.
        let _ = run.steps(steps).await;
        if run.difference.is_none() {
            run.compare_ends().await?;
        }
        Ok::<_, Error>(())
    };
    let done = connection.scope(whole).await;
    run.difference.or_else(|| done.err().map(|error| format!("beside the programme: {error:?}")))
}

struct Run<'a> {
    connection: Connection,
    rows: Rows,
    known: Known,
    expected: &'a Vector,
    at: usize,
    difference: Option<String>,
}

/// What a programme's own code gives to undo a transaction.
fn undone() -> Error {
    Error::new(Kind::Invalid, "the programme undoes it")
}

/// The plain vector has a row where there is none.
fn empty() -> Error {
    Error::new(Kind::Panicked, "the slot is empty")
}

impl Run<'_> {
    async fn begin_anew(&self) -> Result<()> {
        for table in ["differential_maybe", "differential_thing", "differential_owner"] {
            prom::raw_unchecked(format!("DELETE FROM {table}")).on(&self.connection).execute().await?;
        }
        Ok(())
    }

    fn steps<'a>(&'a mut self, steps: &'a [Step]) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            for step in steps {
                match step {
                    Step::Do(Kin::Owner, op) => self.step::<Owner>(op).await,
                    Step::Do(Kin::Thing, op) => self.step::<Thing>(op).await,
                    Step::Do(Kin::Maybe, op) => self.step::<Maybe>(op).await,
                    Step::Transaction(end, within) => self.transaction(*end, within).await,
                }
                if self.difference.is_some() {
                    return Err(undone());
                }
            }
            Ok(())
        })
    }

    async fn step<M: Subject>(&mut self, op: &Op) {
        let at = self.at;
        self.at += 1;
        let expected = &self.expected.outcomes[at];
        if matches!(expected, Outcome::Skipped) {
            return;
        }
        let found = match self.op::<M>(op).await {
            Ok(outcome) => outcome,
            Err(error) => {
                if !matches!(expected, Outcome::Failed(kind) if *kind == error.kind()) {
                    self.differ(&format!("{op:?}"), expected, &format!("{error:?}"));
                }
                return;
            }
        };
        if !self.known.is_expected(M::KIN, expected, &found) {
            self.differ(&format!("{op:?}"), expected, &format!("{found:?}"));
        }
    }

    #[cold]
    fn differ(&mut self, what: &str, expected: &Outcome, found: &str) {
        self.difference = Some(format!("{what}\n    should be: {expected:?}\n    and is:    {found}"));
    }

    async fn transaction(&mut self, end: End, within: &[Step]) {
        let done = match end {
            End::Keep => transaction(self.steps(within)).await,
            End::Undo => {
                let body = async {
                    self.steps(within).await?;
                    Err::<(), _>(undone())
                };
                transaction(body).await
            }
            End::Drop => match self.connection.begin().await {
                Ok(open) => {
                    let done = open.scope(self.steps(within)).await;
                    drop(open);
                    done
                }
                Err(error) => Err(error),
            },
            End::Retry => {
                let mut tries = 0;
                prom::retry!(
                    2,
                    transaction(async {
                        tries += 1;
                        self.steps(within).await?;
                        match tries {
                            1 => Err(Error::new(Kind::Busy, "the programme asks for another try")),
                            _ => Ok(()),
                        }
                    })
                )
            }
        };
        if self.difference.is_some() {
            return;
        }
        let expected = &self.expected.outcomes[self.at];
        self.at += 1;
        let found = match done {
            Ok(()) => Outcome::Done,
            Err(error) => Outcome::Failed(error.kind()),
        };
        if !self.known.is_expected(Kin::Owner, expected, &found) {
            self.differ(&format!("the end of a transaction ({end:?})"), expected, &format!("{found:?}"));
        }
    }

    fn given(&mut self, given: &Given) -> Value {
        match given {
            Given::Value(value) => value.clone(),
            Given::KeyOf(kin, slot) => {
                let key = match kin {
                    Kin::Owner => self.rows.owners[*slot].as_ref().map(|row| row.id),
                    Kin::Thing => self.rows.things[*slot].as_ref().map(|row| row.id),
                    Kin::Maybe => self.rows.maybes[*slot].as_ref().map(|row| row.id),
                };
                // The plain vector has a row there, unless the two went different ways before.
                Value::I64(key.unwrap_or(-2))
            }
        }
    }

    fn draft<M: Subject>(&mut self, fields: &Fields) -> M::Draft {
        let mut draft = M::Draft::default();
        for (name, given) in fields {
            let value = self.given(given);
            M::set_draft(&mut draft, name, value);
        }
        draft
    }

    fn slot<M: Subject>(&mut self, slot: usize) -> Result<&mut M> {
        M::rows(&mut self.rows)[slot].as_mut().ok_or_else(empty)
    }

    fn hold<M: Subject>(&mut self, slot: usize, row: Option<M>) -> Outcome {
        let cells = row.as_ref().map(M::cells);
        if row.is_some() {
            M::rows(&mut self.rows)[slot] = row;
        }
        Outcome::Row(cells)
    }

    async fn op<M: Subject>(&mut self, op: &Op) -> Result<Outcome> {
        Ok(match op {
            Op::Create(how, fields, slot) => {
                let draft = self.draft::<M>(fields);
                let (row, is_new) = M::write(draft, *how).await?;
                match (self.hold(*slot, row), is_new) {
                    (Outcome::Row(Some(cells)), Some(is_new)) => Outcome::Found(cells, is_new),
                    (outcome, _) => outcome,
                }
            }
            Op::CreateMany(drafts, slot) => {
                let drafts: Vec<_> = drafts.iter().map(|fields| self.draft::<M>(fields)).collect();
                let rows = M::create_many(drafts).await?;
                let cells = rows.iter().map(M::cells).collect();
                self.hold(*slot, rows.into_iter().next());
                Outcome::Rows { rows: cells, in_order: true, has_more: false }
            }
            Op::Find(which, slot) => {
                let key = self.slot::<M>(*which)?.key().to_owned();
                let row = M::find(key).await?;
                self.hold(*slot, row)
            }
            Op::Get(asked, slot) => {
                let rows = self.query::<M>(asked).get().await?;
                let has_more = rows.has_more();
                let cells = rows.iter().map(M::cells).collect();
                let first = rows.into_iter().min_by_key(|row| *row.key());
                self.hold(*slot, first);
                Outcome::Rows { rows: cells, in_order: true, has_more }
            }
            Op::One(asked, slot) => {
                let row = self.query::<M>(asked).one().await?;
                self.hold(*slot, row)
            }
            Op::Only(asked, slot) => {
                let row = self.query::<M>(asked).only().await?;
                self.hold(*slot, Some(row))
            }
            Op::Count(asked) => Outcome::Number(self.query::<M>(asked).count().await?),
            Op::Has(asked) => Outcome::Number(u64::from(self.query::<M>(asked).has().await?)),
            Op::Columns(asked, names) => {
                let query = self.query::<M>(asked).select_fields(names.iter().copied());
                let rows = if asked.distinct { query.distinct() } else { query }.get().await?;
                let cell = |(cell, name): (Value, &&'static str)| match switches::CELLS_AS_THEY_COME {
                    true => cell,
                    false => M::read(name, cell),
                };
                let rows = rows.into_iter().map(|row| row.into_iter().zip(names).map(cell).collect());
                Outcome::Cells { rows: rows.collect(), in_order: true }
            }
            Op::Aggregates(asked, by, aggregates) => self.aggregates::<M>(asked, *by, aggregates).await?,
            Op::Change(slot, fields) => {
                for (name, given) in fields {
                    let value = self.given(given);
                    self.slot::<M>(*slot)?.set(name, value);
                }
                Outcome::Done
            }
            Op::Save(slot) => {
                self.slot::<M>(*slot)?.save().await?;
                Outcome::Done
            }
            Op::Reload(slot) => {
                self.slot::<M>(*slot)?.reload().await?;
                Outcome::Done
            }
            Op::Delete(slot) => {
                let row = M::rows(&mut self.rows)[*slot].take().ok_or_else(empty)?;
                Outcome::Number(u64::from(row.delete().await?))
            }
            Op::Modified(slot) => {
                let row = self.slot::<M>(*slot)?;
                let names = row.modified();
                assert_eq!(row.is_modified(), !names.is_empty(), "`is_modified` and `modified` agree");
                Outcome::Names(names)
            }
            Op::Update(conds, sets, bulk) => {
                let mut query = self.conditions::<M>(M::query_all(), conds);
                for (name, set) in sets {
                    query = match set {
                        Set::To(given) => query.set_field(name, self.given(given)),
                        Set::Add(number) => query.incr_field(name, number.clone()),
                    };
                }
                let change = if bulk.all { query.update_all() } else { query.update() };
                changed(change, bulk.returning).await?
            }
            Op::DeleteRows(conds, bulk) => {
                let query = self.conditions::<M>(M::query_all(), conds);
                let change = if bulk.all { query.delete_all() } else { query.delete() };
                changed(change, bulk.returning).await?
            }
        })
    }

    async fn aggregates<M: Subject>(
        &mut self,
        asked: &Asked,
        by: Option<&'static str>,
        aggregates: &[(prom::Aggregate, &'static str)],
    ) -> Result<Outcome> {
        let query = self.query::<M>(asked);
        let rows = M::aggregates(query, by, aggregates).await?;
        let groups = usize::from(by.is_some());
        let cell = |(at, cell): (usize, Value)| match (at.checked_sub(groups), cell) {
            (_, cell) if switches::CELLS_AS_THEY_COME => cell,
            (None, cell) => M::read(by.expect("there is a group"), cell),
            (Some(at), cell) => match aggregates[at] {
                (prom::Aggregate::Min | prom::Aggregate::Max, name) => M::read(name, cell),
                _ => cell,
            },
        };
        let rows = rows.into_iter().map(|row| row.into_iter().enumerate().map(cell).collect());
        Ok(Outcome::Cells { rows: rows.collect(), in_order: true })
    }

    fn query<M: Subject>(&mut self, asked: &Asked) -> M::Query {
        let mut query = self.conditions::<M>(M::query_all(), &asked.conds);
        for (name, down) in &asked.sort {
            query = if *down { query.desc_field(name) } else { query.asc_field(name) };
        }
        if let Some(limit) = asked.limit {
            query = query.limit(limit);
        }
        match asked.offset {
            0 => query,
            offset => query.offset(offset),
        }
    }

    fn conditions<M: Subject>(&mut self, query: M::Query, conds: &[Cond]) -> M::Query {
        conds.iter().fold(query, |query, cond| self.condition::<M>(query, cond))
    }

    fn condition<M: Subject>(&mut self, query: M::Query, cond: &Cond) -> M::Query {
        match cond {
            Cond::Eq { field, value, by_name } => {
                let value = self.given(value);
                if *by_name { query.eq_field(field, value) } else { M::eq(query, field, value) }
            }
            Cond::In { field, values, by_name } => {
                let values: Vec<_> = values.iter().map(|given| self.given(given)).collect();
                if *by_name { query.in_field(field, values) } else { M::is_in(query, field, values) }
            }
            Cond::NotIn(field, values) => {
                let values: Vec<_> = values.iter().map(|given| self.given(given)).collect();
                query.nin_field(field, values)
            }
            Cond::Compare(field, how, value) => {
                let value = self.given(value);
                match how {
                    Compare::Eq => query.eq_field(field, value),
                    Compare::Ne => query.ne_field(field, value),
                    Compare::Gt => query.gt_field(field, value),
                    Compare::Gte => query.gte_field(field, value),
                    Compare::Lt => query.lt_field(field, value),
                    Compare::Lte => query.lte_field(field, value),
                }
            }
            Cond::Between(field, low, high) => query.between_field(field, low.clone(), high.clone()),
            Cond::Null(field, true) => query.is_null_field(field),
            Cond::Null(field, false) => query.not_null_field(field),
            Cond::Match(field, Match::Like, text, true) => query.like_field(field, text),
            Cond::Match(field, Match::Like, text, false) => query.nlike_field(field, text),
            Cond::Match(field, Match::StartsWith, text, _) => query.startswith_field(field, text),
            Cond::Match(field, Match::EndsWith, text, _) => query.endswith_field(field, text),
            Cond::Match(field, Match::Contains, text, _) => query.contains_field(field, text),
            Cond::Or(conds) => {
                let mut query = query;
                for (at, cond) in conds.iter().enumerate() {
                    query = if at > 0 { query.or() } else { query };
                    query = self.condition::<M>(query, cond);
                }
                query
            }
            Cond::All(conds) => query.all(|group| self.conditions::<M>(group, conds)),
            Cond::Any(conds) => query.any(|group| self.conditions::<M>(group, conds)),
            Cond::Not(conds) => query.not(|group| self.conditions::<M>(group, conds)),
        }
    }

    /// The tables, and the rows in memory.
    async fn compare_ends(&mut self) -> Result<()> {
        self.compare_end::<Owner>().await?;
        self.compare_end::<Thing>().await?;
        self.compare_end::<Maybe>().await
    }

    async fn compare_end<M: Subject>(&mut self) -> Result<()> {
        let kin = M::KIN;
        let table = kin.schema().table();
        // As they are, without what a hook makes of them.
        let rows =
            M::query_all().asc_field("id").select_fields(kin.schema().fields().iter().map(|it| it.name));
        let rows: Vec<Vec<Value>> = rows.get().await?.into_iter().map(|row| typed::<M>(row)).collect();
        let expected = by_key(kin, &self.expected.contents(kin));
        if rows.len() != expected.len() {
            let what = format!("the table `{table}` has {} rows, and not {}", rows.len(), expected.len());
            self.difference = Some(format!("{what}\n    should be: {expected:?}\n    and is:    {rows:?}"));
            return Ok(());
        }
        for (expected, found) in expected.iter().zip(&rows) {
            if let Some(name) = self.known.differing(kin, expected, found) {
                let what = format!("`{name}` of a row of the table `{table}`");
                self.difference =
                    Some(format!("{what}\n    should be: {expected:?}\n    and is:    {found:?}"));
                return Ok(());
            }
        }
        let vector = self.expected;
        for (_, slot, held) in vector.held().filter(|(other, ..)| *other == kin) {
            let row = self.slot::<M>(slot)?.clone();
            let (cells, modified) = (row.cells(), row.modified());
            if let Some(name) = self.known.differing(kin, &held.cells, &cells) {
                let what = format!("`{name}` of the row of `{table}` in memory, in slot {slot}");
                self.difference =
                    Some(format!("{what}\n    should be: {:?}\n    and is:    {cells:?}", held.cells));
                return Ok(());
            }
            if modified != held.modified(kin) {
                let what = format!("what was modified of the row of `{table}` in memory, in slot {slot}");
                let expected = held.modified(kin);
                self.difference =
                    Some(format!("{what}\n    should be: {expected:?}\n    and is:    {modified:?}"));
                return Ok(());
            }
            // Where it is the row of the table, it is so to the microsecond.
            let at = expected.iter().position(|row| *row == held.cells);
            if let Some(at) = at
                && rows[at] != cells
            {
                let what =
                    format!("the row of `{table}` in memory, in slot {slot}, is not that of the table");
                self.difference =
                    Some(format!("{what}\n    should be: {:?}\n    and is:    {cells:?}", rows[at]));
                return Ok(());
            }
        }
        Ok(())
    }
}

/// The cells of a whole row as the types of its fields.
fn typed<M: Subject>(row: Vec<Value>) -> Vec<Value> {
    let fields = M::schema().fields().iter();
    row.into_iter().zip(fields).map(|(cell, field)| M::read(field.name, cell)).collect()
}

async fn changed<M: Subject>(change: prom::Bulk<M>, returning: bool) -> Result<Outcome> {
    match returning {
        true => {
            let rows = change.returning().await?.iter().map(M::cells).collect();
            Ok(Outcome::Rows { rows, in_order: false, has_more: false })
        }
        false => Ok(Outcome::Number(change.await?)),
    }
}
