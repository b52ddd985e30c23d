//! A programme: operations as plain data, which can be read, and made of a seed.

use prom::Value;
use prom::query::{Aggregate, Compare, Match};
use prom::schema::{Choices, FieldDef, Role, Type};

use crate::models::{How, Kin};
use crate::random::Random;
use crate::switches;
use crate::values;

/// How many slots for rows there are of each model.
pub(crate) const SLOTS: usize = 3;
/// How deep transactions are nested.
const DEPTH: usize = 3;

/// A field of a model.
pub(crate) type Name = &'static str;

/// What is given for a field.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Given {
    Value(Value),
    /// The key of the row in a slot.
    KeyOf(Kin, usize),
}

/// Fields and what they are given.
pub(crate) type Fields = Vec<(Name, Given)>;

/// A step of a programme.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    Do(Kin, Op),
    /// Steps in a transaction, or in one within the one that is open.
    Transaction(End, Vec<Step>),
}

/// How a transaction ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// Its future gives `Ok`.
    Keep,
    /// Its future gives `Err`.
    Undo,
    /// It is begun by hand and dropped.
    Drop,
    /// Its future gives an error that is worth another try, and `Ok` the second time.
    Retry,
}

/// One operation on a model.
#[derive(Debug, Clone)]
pub(crate) enum Op {
    Create(How, Fields, usize),
    CreateMany(Vec<Fields>, usize),
    Find(usize, usize),
    Get(Query, usize),
    One(Query, usize),
    Only(Query, usize),
    Count(Query),
    Has(Query),
    Columns(Query, Vec<Name>),
    Aggregates(Query, Option<Name>, Vec<(Aggregate, Name)>),
    /// Changes the row in memory.
    Change(usize, Fields),
    Save(usize),
    Reload(usize),
    Delete(usize),
    Modified(usize),
    Update(Vec<Cond>, Vec<(Name, Set)>, Bulk),
    DeleteRows(Vec<Cond>, Bulk),
}

/// What a bulk change says beside its conditions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bulk {
    pub(crate) all: bool,
    pub(crate) returning: bool,
}

#[derive(Debug, Clone)]
pub(crate) enum Set {
    To(Given),
    Add(Value),
}

/// A query without its ending.
#[derive(Debug, Clone, Default)]
pub(crate) struct Query {
    pub(crate) conds: Vec<Cond>,
    /// By these, downwards where it says so.
    pub(crate) sort: Vec<(Name, bool)>,
    pub(crate) limit: Option<u64>,
    pub(crate) offset: u64,
    pub(crate) distinct: bool,
}

/// A condition.
#[derive(Debug, Clone)]
pub(crate) enum Cond {
    /// By the method of the field's own, or by name.
    Eq {
        field: Name,
        value: Given,
        by_name: bool,
    },
    In {
        field: Name,
        values: Vec<Given>,
        by_name: bool,
    },
    NotIn(Name, Vec<Given>),
    Compare(Name, Compare, Given),
    Between(Name, Value, Value),
    Null(Name, bool),
    Match(Name, Match, String, bool),
    /// Joined by `or()`.
    Or(Vec<Cond>),
    All(Vec<Cond>),
    Any(Vec<Cond>),
    Not(Vec<Cond>),
}

/// A programme of `length` operations, after some that make rows to begin with.
pub(crate) fn programme(random: Random, length: usize) -> Vec<Step> {
    let mut maker = Maker { random, filled: Vec::new() };
    let mut steps = Vec::new();
    for kin in [Kin::Owner, Kin::Owner, Kin::Thing, Kin::Thing, Kin::Maybe, Kin::Maybe] {
        let slot = steps.len() % 2;
        steps.push(Step::Do(kin, maker.create(kin, How::Insert, slot)));
    }
    let mut left = length;
    while left > 0 {
        let step = maker.step(&mut left, 0);
        steps.push(step);
    }
    steps
}

/// Makes a programme.
struct Maker {
    random: Random,
    /// The slots that have a row, if all goes well.
    filled: Vec<(Kin, usize)>,
}

impl Maker {
    fn step(&mut self, left: &mut usize, depth: usize) -> Step {
        *left -= 1;
        if depth < DEPTH && *left > 0 && self.random.percent(15) {
            let end = *self.random.pick(&[End::Keep, End::Keep, End::Undo, End::Drop, End::Retry]);
            let mut within = Vec::new();
            for _ in 0..1 + self.random.below(5) {
                if *left > 0 {
                    within.push(self.step(left, depth + 1));
                }
            }
            return Step::Transaction(end, within);
        }
        let kin = *self.random.pick(&[Kin::Owner, Kin::Thing, Kin::Thing, Kin::Maybe, Kin::Maybe]);
        Step::Do(kin, self.op(kin))
    }

    /// Any slot, and that it has a row from now on.
    fn fill(&mut self, kin: Kin) -> usize {
        let slot = self.random.below(SLOTS);
        self.filled.push((kin, slot));
        slot
    }

    /// A slot that should have a row.
    fn held(&mut self, kin: Kin) -> usize {
        let filled = self.filled.iter().filter(|(other, _)| *other == kin).map(|(_, slot)| *slot);
        let filled: Vec<_> = filled.collect();
        match filled.is_empty() {
            true => self.random.below(SLOTS),
            false => *self.random.pick(&filled),
        }
    }

    fn create(&mut self, kin: Kin, how: How, slot: usize) -> Op {
        let fields = self.fields(kin);
        self.filled.push((kin, slot));
        Op::Create(how, fields, slot)
    }

    fn op(&mut self, kin: Kin) -> Op {
        match self.random.below(44) {
            0..=5 => {
                let slot = self.fill(kin);
                self.create(kin, How::Insert, slot)
            }
            6..=8 => {
                let slot = self.fill(kin);
                self.create(kin, How::Upsert, slot)
            }
            9 => {
                let slot = self.fill(kin);
                self.create(kin, How::OrIgnore, slot)
            }
            10 | 11 => {
                let slot = self.fill(kin);
                self.create(kin, How::FindOrCreate, slot)
            }
            12 | 13 => {
                let count = *self.random.pick(&[0, 1, 2, 2, 3]);
                let drafts = (0..count).map(|_| self.fields(kin)).collect();
                Op::CreateMany(drafts, self.fill(kin))
            }
            14 => Op::Find(self.held(kin), self.fill(kin)),
            15..=17 => Op::Get(self.query(kin), self.fill(kin)),
            18 => Op::One(self.query(kin), self.fill(kin)),
            19 => Op::Only(self.query(kin), self.fill(kin)),
            20 => Op::Count(self.query(kin)),
            21 => Op::Has(self.query(kin)),
            22 | 23 => self.columns(kin),
            24 | 25 => self.aggregates(kin),
            26..=29 => Op::Change(self.held(kin), self.some_fields(kin, 4)),
            30..=34 => Op::Save(self.held(kin)),
            35 => Op::Reload(self.held(kin)),
            36 => {
                let slot = self.held(kin);
                self.filled.retain(|filled| *filled != (kin, slot));
                Op::Delete(slot)
            }
            37 => Op::Modified(self.held(kin)),
            38..=42 => {
                let sets = self.sets(kin);
                let conds = self.conditions(kin, 2);
                Op::Update(conds, sets, self.bulk())
            }
            _ => Op::DeleteRows(self.conditions(kin, 2), self.bulk()),
        }
    }

    fn bulk(&mut self) -> Bulk {
        Bulk { all: self.random.percent(50), returning: self.random.percent(40) }
    }

    /// The fields of a new row.
    fn fields(&mut self, kin: Kin) -> Fields {
        let given = own(kin).into_iter().filter(|field| {
            let percent = match (field.is_required(), is_unique(kin, field)) {
                (true, _) => 97,
                (_, true) => 80,
                _ => 30,
            };
            self.random.percent(percent)
        });
        let given: Vec<_> = given.collect();
        given.into_iter().map(|field| (field.name, self.given_for(field))).collect()
    }

    fn some_fields(&mut self, kin: Kin, at_most: usize) -> Fields {
        let fields = self.random.some(&own(kin), at_most);
        fields.into_iter().map(|field| (field.name, self.given_for(field))).collect()
    }

    fn given_for(&mut self, field: &FieldDef) -> Given {
        if field.nullable && self.random.percent(25) {
            return Given::Value(Value::Null);
        }
        self.key_or_value(field)
    }

    /// A value of the field that is not NULL.
    fn key_or_value(&mut self, field: &FieldDef) -> Given {
        match (field.reference, field.key) {
            (None, None) => Given::Value(values::value(&mut self.random, field)),
            // No row has that key.
            _ if self.random.percent(5) => Given::Value(Value::I64(-1)),
            (Some(_), _) => Given::KeyOf(Kin::Owner, self.held(Kin::Owner)),
            _ => Given::KeyOf(kin_of(field), self.held(kin_of(field))),
        }
    }

    fn sets(&mut self, kin: Kin) -> Vec<(Name, Set)> {
        // Two that may fail in one statement: which does first is open.
        let counts_up = self.random.percent(40);
        let may = |field: &&&FieldDef| {
            if counts_up {
                let is_number = field.ty.is_number() && field.reference.is_none() && field.choices.is_none();
                is_number
                    && (switches::COUNT_UP_UNIQUE || !is_unique(kin, field))
                    && (switches::COUNT_UP_F32 || field.ty != Type::F32)
            } else {
                true
            }
        };
        let fields: Vec<_> = own(kin).iter().filter(may).copied().collect();
        let fields = self.random.some(&fields, if counts_up { 1 } else { 3 });
        let mut sets: Vec<_> = fields
            .into_iter()
            .map(|field| {
                let set = match (counts_up, field.ty) {
                    (false, _) => Set::To(self.given_for(field)),
                    (true, Type::F32 | Type::F64) => {
                        Set::Add(Value::F64(*self.random.pick(&[0.5, -1.5, 0.0])))
                    }
                    (true, ty) => {
                        let far = match switches::COUNT_UP_BEYOND {
                            true => i64::MAX,
                            // What the column itself holds.
                            false => FieldDef::new("", ty).whole_range().map_or(1, |(_, greatest)| greatest),
                        };
                        Set::Add(Value::I64(*self.random.pick(&[1, 1, -1, 100, far, 0])))
                    }
                };
                (field.name, set)
            })
            .collect();
        // Without any, it is a mistake.
        if self.random.percent(3) {
            sets.clear();
        }
        sets
    }

    fn query(&mut self, kin: Kin) -> Query {
        let sortable: Vec<_> = own(kin).into_iter().filter(|field| has_order(field)).collect();
        let mut sort: Vec<(Name, bool)> = Vec::new();
        for _ in 0..self.random.below(3) {
            sort.push((self.random.pick(&sortable).name, self.random.percent(50)));
        }
        // Rows that tie come in any order: the key tells them apart.
        if !sort.is_empty() {
            sort.push(("id", self.random.percent(30)));
        }
        let limit = self.random.percent(40).then(|| *self.random.pick(&[0, 1, 2, 3, u64::MAX]));
        let offset = if self.random.percent(20) { *self.random.pick(&[1, 2, 100]) } else { 0 };
        Query { conds: self.conditions(kin, 2), sort, limit, offset, distinct: false }
    }

    fn columns(&mut self, kin: Kin) -> Op {
        let mut query = self.query(kin);
        query.distinct = self.random.percent(50);
        let is_fit = |field: &&&FieldDef| {
            field.reference.is_none()
                && (!query.distinct || switches::GROUPS_WITHOUT_CASE || !field.ignore_case)
        };
        let fields: Vec<_> = own(kin).iter().filter(is_fit).copied().collect();
        let names: Vec<_> = self.random.some(&fields, 3).iter().map(|field| field.name).collect();
        if query.distinct {
            // Rows that tie are alike.
            let down = self.random.percent(30);
            query.sort = match self.random.percent(50) {
                true => names.iter().map(|name| (*name, down)).collect(),
                false => Vec::new(),
            };
        }
        Op::Columns(query, names)
    }

    fn aggregates(&mut self, kin: Kin) -> Op {
        let aggregates = [Aggregate::Sum, Aggregate::Avg, Aggregate::Min, Aggregate::Max];
        let mut chosen = Vec::new();
        while chosen.len() < 2 {
            let (aggregate, field) = (*self.random.pick(&aggregates), *self.random.pick(&own(kin)));
            let may = match aggregate {
                Aggregate::Sum | Aggregate::Avg => match field.ty {
                    Type::F32 | Type::F64 => switches::SUMS_OF_FLOATS,
                    Type::I64 if field.range == Some((i64::MIN, i64::MAX)) => switches::SUMS_OF_I64,
                    // What is no number is a mistake.
                    ty => ty.is_number() || self.random.percent(5),
                },
                _ => switches::LEAST_OF_ALL_TYPES || !matches!(field.ty, Type::Bool | Type::Bytes),
            };
            if may && has_order(field) {
                chosen.push((aggregate, field.name));
            }
        }
        let groups: Vec<_> = own(kin)
            .into_iter()
            .filter(|field| has_order(field) && (switches::GROUPS_WITHOUT_CASE || !field.ignore_case))
            .collect();
        let by = self.random.percent(50).then(|| self.random.pick(&groups).name);
        let mut query = Query { conds: self.conditions(kin, 2), ..Query::default() };
        if let Some(by) = by
            && self.random.percent(50)
        {
            query.sort = vec![(by, self.random.percent(50))];
            query.limit = self.random.percent(50).then_some(2);
        }
        Op::Aggregates(query, by, chosen)
    }

    fn conditions(&mut self, kin: Kin, depth: usize) -> Vec<Cond> {
        let count = *self.random.pick(&[0, 0, 1, 1, 1, 2]);
        (0..count).map(|_| self.condition(kin, depth)).collect()
    }

    /// What a field is compared with; its own method takes NULL only where it may be NULL.
    fn operand(&mut self, field: &FieldDef, by_name: bool) -> Given {
        match self.random.percent(8) && (by_name || field.nullable) {
            true => Given::Value(Value::Null),
            false => self.key_or_value(field),
        }
    }

    fn condition(&mut self, kin: Kin, depth: usize) -> Cond {
        if depth > 0 && self.random.percent(30) {
            return match self.random.below(4) {
                0 => Cond::All(self.conditions(kin, depth - 1)),
                1 => Cond::Any(self.conditions(kin, depth - 1)),
                2 => Cond::Not(self.conditions(kin, depth - 1)),
                _ => Cond::Or((0..2 + self.random.below(2)).map(|_| self.condition(kin, 0)).collect()),
            };
        }
        let fields = kin.schema().fields().iter().filter(|field| matches!(field.role, Role::Own | Role::Id));
        let field = *self.random.pick(&fields.collect::<Vec<_>>());
        let by_name = self.random.percent(50);
        match self.random.below(10) {
            0 | 1 => Cond::Eq { field: field.name, value: self.operand(field, by_name), by_name },
            2 => Cond::Compare(field.name, Compare::Ne, self.key_or_value(field)),
            3 => {
                let values = (0..self.random.below(4)).map(|_| self.operand(field, by_name)).collect();
                Cond::In { field: field.name, values, by_name }
            }
            4 => {
                let values = (0..self.random.below(4)).map(|_| self.operand(field, true)).collect();
                Cond::NotIn(field.name, values)
            }
            5 if field.key.is_none() => Cond::Null(field.name, self.random.percent(50)),
            6 | 7 if is_pure_text(field) => {
                let how =
                    *self.random.pick(&[Match::Like, Match::StartsWith, Match::EndsWith, Match::Contains]);
                let matches = how != Match::Like || self.random.percent(70);
                Cond::Match(field.name, how, values::pattern(&mut self.random, field), matches)
            }
            6 if has_order(field) && field.key.is_none() => Cond::Between(
                field.name,
                values::value(&mut self.random, field),
                values::value(&mut self.random, field),
            ),
            _ if has_order(field) && field.key.is_none() => {
                let how = *self.random.pick(&[Compare::Gt, Compare::Gte, Compare::Lt, Compare::Lte]);
                // Neither less nor greater: a mistake.
                let value = match self.random.percent(2) {
                    true => Given::Value(Value::Null),
                    false => Given::Value(values::value(&mut self.random, field)),
                };
                Cond::Compare(field.name, how, value)
            }
            _ => Cond::Null(field.name, false),
        }
    }
}

fn own(kin: Kin) -> Vec<&'static FieldDef> {
    kin.schema().fields().iter().filter(|field| field.role == Role::Own).collect()
}

fn is_unique(kin: Kin, field: &FieldDef) -> bool {
    kin.schema().indexes().iter().any(|index| index.unique && index.columns.contains(&field.column))
}

fn kin_of(key: &FieldDef) -> Kin {
    let has_it = |kin: &Kin| kin.schema().fields().iter().any(|field| std::ptr::eq(field, key));
    Kin::ALL.into_iter().find(has_it).expect("it is a field of one of them")
}

/// Whether the database says which of two values is less, and all of them the same.
fn has_order(field: &FieldDef) -> bool {
    field.reference.is_none() && (switches::ORDER_WITHOUT_CASE || !field.ignore_case)
}

fn is_pure_text(field: &FieldDef) -> bool {
    field.ty == Type::Text && !matches!(field.choices, Some(Choices::Text(_)))
}

/// A programme to be read.
pub(crate) fn listed(steps: &[Step]) -> String {
    fn list(steps: &[Step], indent: usize, text: &mut String) {
        for step in steps {
            let space = " ".repeat(indent * 4);
            match step {
                Step::Do(kin, op) => text.push_str(&format!("{space}{kin:?}: {op:?}\n")),
                Step::Transaction(end, within) => {
                    text.push_str(&format!("{space}Transaction({end:?}) {{\n"));
                    list(within, indent + 1, text);
                    text.push_str(&format!("{space}}}\n"));
                }
            }
        }
    }
    let mut text = String::new();
    list(steps, 1, &mut text);
    text
}
