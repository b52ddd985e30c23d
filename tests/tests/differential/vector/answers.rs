//! What a question comes to: rows, as far as their order is certain.

use prom::query::{Aggregate, Direction, Filter, Output, Select, Sort, Want};
use prom::{Kind, Value};

use super::questions::{Picked, picked, settle};
use super::{Cells, Result, Stop, Vector, by_key, by_value, field, loaded};
use crate::models::{Kin, Way};
use crate::outcome::{Outcome, key, place};
use crate::program::{Ending, Pick, Query, Selection};

impl Vector {
    pub(super) fn rows(&mut self, kin: Kin, query: &Query, ending: Ending, slot: usize) -> Result<Outcome> {
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

    pub(super) fn cells(
        &mut self,
        kin: Kin,
        query: &Query,
        selection: &Selection,
        ending: Ending,
    ) -> Result<Outcome> {
        let select = self.select(kin, query, &picked(kin, selection))?;
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
    pub(super) fn get(&mut self, kin: Kin, mut select: Select) -> Result<Answer> {
        let limit = select.bounds.limit;
        select.bounds.limit = limit.map(|limit| limit.saturating_add(1));
        let mut answer = self.answer(kin, select)?;
        let limit = limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
        answer.has_more = answer.rows.len() > limit;
        answer.rows.truncate(limit);
        Ok(answer)
    }

    fn one(&mut self, kin: Kin, mut select: Select) -> Result<Option<Cells>> {
        settle(kin, &mut select);
        select.bounds.limit = Some(select.bounds.limit.unwrap_or(1).min(1));
        Ok(self.answer(kin, select)?.rows.pop())
    }

    fn only(&mut self, kin: Kin, select: Select) -> Result<Cells> {
        let mut rows = self.answer(kin, select)?.rows;
        match (rows.pop(), rows.pop()) {
            (Some(row), None) => Ok(row),
            (None, _) => Err(Stop::Failed(Kind::NotFound)),
            _ => Err(Stop::Failed(Kind::Ambiguous)),
        }
    }

    fn count(&mut self, mut select: Select) -> Result<Outcome> {
        self.check_certain_within(&select)?;
        select.want = Want::Count;
        match self.read(&select)?[0][0] {
            Value::I64(count) => Ok(Outcome::Number(count.unsigned_abs())),
            _ => panic!("a count is a number"),
        }
    }

    fn has(&mut self, mut select: Select) -> Result<Outcome> {
        self.check_certain_within(&select)?;
        select.want = Want::Exists;
        Ok(Outcome::Number(u64::from(self.read(&select)?[0][0] == Value::Bool(true))))
    }

    /// The rows, in order as far as the query says one: rows that tie come in any. Which of
    /// them are within bounds is open then, and the question left out.
    fn answer(&mut self, kin: Kin, select: Select) -> Result<Answer> {
        self.check_certain_within(&select)?;
        let rows = self.read(&with_ties(kin, &select, Direction::Up))?;
        let in_order = self.is_certain(kin, &select);
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

    pub(super) fn check_certain(&self, filters: &[Filter]) -> Result<()> {
        filters.iter().try_for_each(|filter| match filter {
            Filter::All(filters) | Filter::Any(filters) => self.check_certain(filters),
            Filter::Not(filter) => self.check_certain(std::slice::from_ref(filter)),
            Filter::CompareQuery(_, _, select) => self.check_bounded(select),
            Filter::InQuery(_, select, _) => self.check_bounded(select),
            _ => Ok(()),
        })
    }

    /// Whether it is certain which rows are within the bounds of a query within another.
    pub(super) fn check_bounded(&self, select: &Select) -> Result<()> {
        self.check_certain_within(select)?;
        if select.bounds.is_all() {
            return Ok(());
        }
        let kin = Kin::ALL.into_iter().find(|kin| std::ptr::eq(kin.schema(), select.schema));
        let kin = kin.expect("it is a query of one of them");
        if self.is_certain(kin, select) { Ok(()) } else { Err(Stop::Skip) }
    }

    /// Whether the rows come to the same whichever way those that tie are put, up to the
    /// last that is within the bounds.
    fn is_certain(&self, kin: Kin, select: &Select) -> bool {
        let rows = |direction| {
            let mut select = with_ties(kin, select, direction);
            let before = std::mem::take(&mut select.bounds.offset);
            select.bounds.limit = select.bounds.limit.map(|limit| limit.saturating_add(before));
            self.database.rows(&select).expect("the order of ties is no mistake")
        };
        rows(Direction::Up) == rows(Direction::Down)
    }

    /// What a relation leads to from a row, by key.
    pub(super) fn related(&self, kin: Kin, row: &[Value], way: Way) -> Result<Vec<Cells>> {
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
}

/// Rows, in an order or in none, and whether the limit left rows out.
pub(super) struct Answer {
    pub(super) rows: Vec<Cells>,
    pub(super) in_order: bool,
    pub(super) has_more: bool,
}

impl Answer {
    fn of(row: Option<Cells>) -> Self {
        Self { rows: row.into_iter().collect(), in_order: true, has_more: false }
    }
}

/// Of which model the column is a key.
fn key_kin(kin: Kin, pick: Pick) -> Option<Kin> {
    match pick {
        Pick::Field(name) | Pick::Group(name) | Pick::Aggregate(Aggregate::Min | Aggregate::Max, name) => {
            match name {
                "id" => Some(kin),
                "owner" => Some(Kin::Owner),
                _ => None,
            }
        }
        _ => None,
    }
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
