//! A programme on a database, by prom's public methods, held against what it should come
//! to.

use prom::prelude::*;
use prom::query::{Combine, Compare, DatePart, Match, Part};
use prom::{BoxFuture, Error, Kind, Result, Row, Value, date, transaction};

use crate::models::{Kin, Maybe, Owner, Subject, Thing};
use crate::outcome::{Known, Outcome, by_key};
use crate::program::{
    Cond, End, Ending, Fields, Given, Op, Order, Query as Said, SLOTS, Selection, Set, Start, Step, Test,
};
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

/// A programme on a database.
pub(crate) struct Run<'a> {
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
            Op::Rows(said, ending, slot) => self.rows::<M>(said, *ending, *slot).await?,
            Op::Cells(said, selection, ending) => self.cells::<M>(said, selection, *ending).await?,
            Op::Load(said, way) => {
                let query = self.query::<M, _>(said, &|query| query);
                let (rows, has_more) = M::load(query, *way).await?;
                let rows = rows.into_iter().map(|(row, brought)| (row.cells(), brought)).collect();
                Outcome::Loaded { rows, to: way.to(), in_order: true, has_more }
            }
            Op::Related(slot, way) => {
                Outcome::Related(self.slot::<M>(*slot)?.related_by(*way).await?, way.to())
            }
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
                        Set::To { value, by_name: true } => query.set_field(name, self.given(value)),
                        Set::To { value, .. } => M::assign(query, name, M::operand(name, self.given(value))),
                        Set::Add { number, by_name: true } => query.incr_field(name, number.clone()),
                        Set::Add { number, .. } => M::increment(query, name, number.clone()),
                        Set::Query(subquery) => {
                            let inner = self.query::<M, _>(&subquery.query, &|query| query);
                            M::assign(query, name, M::subquery(inner, name, subquery.aggregate).0)
                        }
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

    async fn rows<M: Subject>(&mut self, said: &Said, ending: Ending, slot: usize) -> Result<Outcome> {
        let query = self.query::<M, _>(said, &|query| query);
        Ok(match ending {
            Ending::Get => {
                let rows = query.get().await?;
                let has_more = rows.has_more();
                let cells = rows.iter().map(M::cells).collect();
                let first = rows.into_iter().min_by_key(|row| *row.key());
                self.hold(slot, first);
                Outcome::Rows { rows: cells, in_order: true, has_more }
            }
            Ending::One => {
                let row = query.one().await?;
                self.hold(slot, row)
            }
            Ending::Only => {
                let row = query.only().await?;
                self.hold(slot, Some(row))
            }
            Ending::Count => Outcome::Number(query.count().await?),
            Ending::Has => Outcome::Number(u64::from(query.has().await?)),
            Ending::Stream => {
                let rows = streamed(query).await?.iter().map(M::cells).collect();
                Outcome::Rows { rows, in_order: true, has_more: false }
            }
        })
    }

    async fn cells<M: Subject>(
        &mut self,
        said: &Said,
        selection: &Selection,
        ending: Ending,
    ) -> Result<Outcome> {
        let (rows, has_more) = match selection.by_name {
            true => self.named_cells::<M>(said, selection, ending).await?,
            false => {
                let query = self.query::<M, _>(said, &|query| query);
                let (rows, has_more) = M::select(query, &selection.picks, selection.sorted_down).await?;
                (Ok(rows), has_more)
            }
        };
        Ok(match rows {
            Ok(rows) => Outcome::Cells { rows, in_order: true, has_more, keys: Vec::new() },
            Err(number) => Outcome::Number(number),
        })
    }

    /// What is selected by name; or a number, where that is what is asked for.
    async fn named_cells<M: Subject>(
        &mut self,
        said: &Said,
        selection: &Selection,
        ending: Ending,
    ) -> Result<(std::result::Result<Vec<Vec<Value>>, u64>, bool)> {
        let picks = &selection.picks;
        let select = |query: M::Query| M::select_named(query, picks);
        let query = self.query::<M, _>(said, &select);
        let query = match selection.sorted_down {
            None => query,
            Some(true) => query.desc_selected(),
            Some(false) => query.asc_selected(),
        };
        let mut has_more = false;
        let rows = match ending {
            Ending::Get => {
                let rows = query.get().await?;
                has_more = rows.has_more();
                rows.into_vec()
            }
            Ending::One => query.one().await?.into_iter().collect(),
            Ending::Only => vec![query.only().await?],
            Ending::Stream => streamed(query).await?,
            Ending::Count => return Ok((Err(query.count().await?), false)),
            Ending::Has => return Ok((Err(u64::from(query.has().await?)), false)),
        };
        let rows = rows.into_iter().map(|row| row.into_iter().collect());
        Ok((Ok(rows.collect()), has_more))
    }

    /// The query; `select` says what it gives, of each of its parts where it is combined.
    fn query<M: Subject, Q: Query<Model = M>>(&mut self, said: &Said, select: &dyn Fn(M::Query) -> Q) -> Q {
        match &said.combined {
            None => {
                let mut query = self.conditions::<M>(M::query_all(), &said.conds);
                for order in &said.sort {
                    query = match order {
                        Order::By { field, down, by_name: false } => M::sort(query, field, *down),
                        Order::List { field, values, by_name: false } => {
                            M::order(query, field, self.all_given(values))
                        }
                        order => self.sorted(query, order),
                    };
                }
                select(self.bounded::<M, _>(query, said))
            }
            Some(combined) => {
                let (how, first, second) = &**combined;
                let (first, second) = (self.query::<M, Q>(first, select), self.query::<M, Q>(second, select));
                let mut query = match how {
                    Combine::Union => first.union(second),
                    Combine::Intersect => first.intersect(second),
                    Combine::Except => first.difference(second),
                };
                if !said.conds.is_empty() {
                    query = query.all(|group| self.conditions::<M>(group, &said.conds));
                }
                for order in &said.sort {
                    query = self.sorted(query, order);
                }
                self.bounded::<M, _>(query, said)
            }
        }
    }

    fn sorted<Q: Query>(&mut self, query: Q, order: &Order) -> Q {
        match order {
            Order::By { field, down: false, .. } => query.asc_field(field),
            Order::By { field, down: true, .. } => query.desc_field(field),
            Order::List { field, values, .. } => query.order_field(field, self.all_given(values)),
        }
    }

    fn bounded<M: Subject, Q: Query<Model = M>>(&mut self, query: Q, said: &Said) -> Q {
        let query = match said.limit {
            Some(limit) => query.limit(limit),
            None => query,
        };
        let query = match said.start {
            Start::Offset(0) => query,
            Start::Offset(offset) => query.offset(offset),
            Start::Page(page) => query.page(page),
            Start::After(slot) => match &M::rows(&mut self.rows)[slot] {
                Some(row) => query.after(row),
                // The plain vector has a row there, unless the two went different ways before.
                None => query,
            },
        };
        if said.distinct { query.distinct() } else { query }
    }

    fn all_given(&mut self, values: &[Given]) -> Vec<Value> {
        values.iter().map(|given| self.given(given)).collect()
    }

    pub(crate) fn conditions<M: Subject>(&mut self, query: M::Query, conds: &[Cond]) -> M::Query {
        conds.iter().fold(query, |query, cond| self.condition::<M>(query, cond))
    }

    fn condition<M: Subject>(&mut self, query: M::Query, cond: &Cond) -> M::Query {
        match cond {
            Cond::Compare { field, how, value, by_name } => {
                let value = self.given(value);
                match (by_name, how) {
                    (false, how) => M::compare(query, field, *how, M::operand(field, value)),
                    (true, Compare::Eq) => query.eq_field(field, value),
                    (true, Compare::Ne) => query.ne_field(field, value),
                    (true, Compare::Gt) => query.gt_field(field, value),
                    (true, Compare::Gte) => query.gte_field(field, value),
                    (true, Compare::Lt) => query.lt_field(field, value),
                    (true, Compare::Lte) => query.lte_field(field, value),
                }
            }
            Cond::In { field, values, is_in, by_name } => {
                let values = self.all_given(values);
                match (by_name, is_in) {
                    (false, is_in) => M::is_in(query, field, M::operands(field, values), *is_in),
                    (true, true) => query.in_field(field, values),
                    (true, false) => query.nin_field(field, values),
                }
            }
            Cond::Between { field, low, high, by_name } => {
                let (low, high) = (self.given(low), self.given(high));
                match by_name {
                    true => query.between_field(field, low, high),
                    false => M::between(query, field, low, high),
                }
            }
            Cond::Null { field, is_null, by_name: false } => M::null(query, field, *is_null),
            Cond::Null { field, is_null: true, .. } => query.is_null_field(field),
            Cond::Null { field, is_null: false, .. } => query.not_null_field(field),
            Cond::Match { field, how, text, matches, by_name } => match (by_name, how) {
                (false, how) => M::matches(query, field, *how, text, *matches),
                (true, Match::Like) if *matches => query.like_field(field, text),
                (true, Match::Like) => query.nlike_field(field, text),
                (true, Match::StartsWith) => query.startswith_field(field, text),
                (true, Match::EndsWith) => query.endswith_field(field, text),
                (true, Match::Contains) => query.contains_field(field, text),
            },
            Cond::Part { field, part, test, numbers, by_name } => {
                let part = date_part(*part, numbers.clone());
                match (by_name, test) {
                    (true, _) => query.part_field(field, part),
                    (false, Test::Compare(how)) => M::compare(query, field, *how, M::part(field, part).0),
                    (false, Test::In(is_in)) => M::is_in(query, field, M::part(field, part).1, *is_in),
                }
            }
            Cond::Subquery { field, test, subquery } => {
                let inner = self.query::<M, _>(&subquery.query, &|query| query);
                let (one, many) = M::subquery(inner, field, subquery.aggregate);
                match test {
                    Test::Compare(how) => M::compare(query, field, *how, one),
                    Test::In(is_in) => M::is_in(query, field, many, *is_in),
                }
            }
            Cond::Related(way, conds) => M::where_has(query, *way, self, conds),
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

async fn streamed<Q: Query>(query: Q) -> Result<Vec<Row<Q>>> {
    let mut stream = query.stream();
    let mut rows = Vec::new();
    while let Some(row) = stream.try_next().await? {
        rows.push(row);
    }
    Ok(rows)
}

fn date_part(part: Part, numbers: Vec<i64>) -> DatePart {
    match part {
        Part::Year => date::year(numbers),
        Part::Month => date::month(numbers),
        Part::Day => date::day(numbers),
        Part::Hour => date::hour(numbers),
        Part::Minute => date::minute(numbers),
        Part::Second => date::second(numbers),
        Part::Weekday => date::weekday(numbers),
        Part::Week => date::week(numbers),
        Part::YearDay => date::year_day(numbers),
        other => panic!("no function makes a {other:?}"),
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
