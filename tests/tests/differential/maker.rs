//! Makes a programme of a seed: its operations and what they write.

use prom::Value;
use prom::query::Aggregate;
use prom::schema::{Choices, FieldDef, Role, Type};

use crate::asking::{Asking, is_number};
use crate::models::{How, Kin};
use crate::program::{Bulk, End, Ending, Fields, Given, Name, Op, SLOTS, Set, Step};
use crate::random::Random;
use crate::switches;
use crate::values;

/// How deep transactions are nested.
const DEPTH: usize = 3;

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
pub(crate) struct Maker {
    pub(crate) random: Random,
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
    pub(crate) fn held(&mut self, kin: Kin) -> usize {
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
        match self.random.below(56) {
            0..=5 => {
                let slot = self.fill(kin);
                self.create(kin, How::Insert, slot)
            }
            6..=8 => {
                let slot = self.fill(kin);
                let how = match self.random.percent(70) {
                    true => How::Upsert,
                    false => How::UpsertOn(self.random.pick::<&[&str]>(kin.targets())),
                };
                self.create(kin, how, slot)
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
            15..=22 => {
                let ending = self.ending();
                Op::Rows(self.query(kin), ending, self.fill(kin))
            }
            23..=30 => self.cells(kin),
            31..=33 => {
                let query = self.query(kin);
                Op::Load(query, *self.random.pick(kin.ways()))
            }
            34 => Op::Related(self.held(kin), *self.random.pick(kin.ways())),
            35..=38 => Op::Change(self.held(kin), self.some_fields(kin, 4)),
            39..=43 => Op::Save(self.held(kin)),
            44 => Op::Reload(self.held(kin)),
            45 => {
                let slot = self.held(kin);
                self.filled.retain(|filled| *filled != (kin, slot));
                Op::Delete(slot)
            }
            46 => Op::Modified(self.held(kin)),
            47..=53 => {
                let sets = self.sets(kin);
                let conds = self.conditions(kin, 2, None);
                Op::Update(conds, sets, self.bulk())
            }
            _ => Op::DeleteRows(self.conditions(kin, 2, None), self.bulk()),
        }
    }

    pub(crate) fn ending(&mut self) -> Ending {
        *self.random.pick(&[
            Ending::Get,
            Ending::Get,
            Ending::Get,
            Ending::One,
            Ending::Only,
            Ending::Count,
            Ending::Has,
            Ending::Stream,
        ])
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
    pub(crate) fn key_or_value(&mut self, field: &FieldDef) -> Given {
        match (field.reference, field.key) {
            (None, None) => Given::Value(values::value(&mut self.random, field)),
            // No row has that key.
            _ if self.random.percent(5) => Given::Value(Value::I64(-1)),
            (Some(_), _) => Given::KeyOf(Kin::Owner, self.held(Kin::Owner)),
            _ => Given::KeyOf(kin_of(field), self.held(kin_of(field))),
        }
    }

    fn sets(&mut self, kin: Kin) -> Vec<(Name, Set)> {
        // Without any, it is a mistake.
        if self.random.percent(3) {
            return Vec::new();
        }
        // Two that may fail in one statement: which does first is open.
        match self.random.below(10) {
            0..=3 => self.increment(kin).into_iter().collect(),
            4 => {
                let field = *self.random.pick(&own(kin));
                vec![(field.name, Set::Query(self.subquery(kin, field, 1)))]
            }
            _ => {
                let fields = self.random.some(&own(kin), 3);
                let set = |field: &'static FieldDef| {
                    let by_name = self.random.percent(50);
                    let value = match self.given_for(field) {
                        Given::Value(Value::Null) if !field.nullable && !by_name => self.key_or_value(field),
                        value => value,
                    };
                    (field.name, Set::To { value, by_name })
                };
                fields.into_iter().map(set).collect()
            }
        }
    }

    fn increment(&mut self, kin: Kin) -> Option<(Name, Set)> {
        let may =
            |field: &&FieldDef| is_number(field) && (switches::COUNT_UP_UNIQUE || !is_unique(kin, field));
        let fields: Vec<_> = own(kin).into_iter().filter(may).collect();
        let field = *self.random.pick(&fields);
        if let Type::F32 | Type::F64 = field.ty {
            let number = Value::F64(*self.random.pick(&[0.5, -1.5, 0.0]));
            return Some((field.name, Set::Add { number, by_name: self.random.percent(50) }));
        }
        let number = *self.random.pick(&[1, 1, -1, 100, i64::MAX, 0]);
        // The method of its own takes what the type holds.
        let (least, greatest) = field.whole_range()?;
        let by_name = self.random.percent(50) || !(least..=greatest).contains(&number);
        Some((field.name, Set::Add { number: Value::I64(number), by_name }))
    }
}

/// The fields that a user declares.
pub(crate) fn own(kin: Kin) -> Vec<&'static FieldDef> {
    kin.schema().fields().iter().filter(|field| field.role == Role::Own).collect()
}

/// Those and the key.
pub(crate) fn asked(kin: Kin) -> Vec<&'static FieldDef> {
    let fields = kin.schema().fields().iter();
    fields.filter(|field| matches!(field.role, Role::Own | Role::Id)).collect()
}

fn is_unique(kin: Kin, field: &FieldDef) -> bool {
    kin.schema().indexes().iter().any(|index| index.unique && index.columns.contains(&field.column))
}

fn kin_of(key: &FieldDef) -> Kin {
    let has_it = |kin: &Kin| kin.schema().fields().iter().any(|field| std::ptr::eq(field, key));
    Kin::ALL.into_iter().find(has_it).expect("it is a field of one of them")
}

/// Whether all databases agree on which of two values is less.
pub(crate) fn has_order(field: &FieldDef) -> bool {
    switches::ORDER_WITHOUT_CASE || !field.ignore_case
}

/// Whether rows that are alike in the field become one, the same on all databases.
pub(crate) fn makes_groups(field: &FieldDef) -> bool {
    switches::GROUPS_WITHOUT_CASE || !field.ignore_case
}

/// Whether the field has a least value, on all databases.
pub(crate) fn has_least(field: &FieldDef) -> bool {
    has_order(field)
}

/// Whether the field has a sum on all databases, or none on any.
pub(crate) fn has_sum(field: &FieldDef) -> bool {
    match field.ty {
        Type::F32 | Type::F64 => switches::SUMS_OF_FLOATS,
        // The sum of keys is another on each.
        Type::I64 => field.reference.is_none() && field.key.is_none(),
        _ => true,
    }
}

/// Whether the field has a method of its own for what is less and greater.
pub(crate) fn has_own_order(field: &FieldDef) -> bool {
    field.reference.is_none() && !matches!(field.ty, Type::Bool | Type::Bytes)
}

/// Whether the field has a method of its own for patterns: a newtype has none.
pub(crate) fn has_own_patterns(field: &FieldDef) -> bool {
    is_text(field) && field.name != "email"
}

/// Whether it is text, and not one of several names.
pub(crate) fn is_text(field: &FieldDef) -> bool {
    field.ty == Type::Text && !matches!(field.choices, Some(Choices::Text(_)))
}

/// Whether the methods of the field's own know the aggregate.
pub(crate) fn has_own_aggregate(field: &FieldDef, aggregate: Aggregate) -> bool {
    match aggregate {
        Aggregate::Min | Aggregate::Max => has_own_order(field),
        Aggregate::Sum | Aggregate::Avg => is_number(field),
    }
}
