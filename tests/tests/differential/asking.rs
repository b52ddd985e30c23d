//! Makes queries: conditions, orders, bounds and selections.

use prom::Value;
use prom::query::{Aggregate, Combine, Compare, Match, Part};
use prom::schema::{FieldDef, Type};

use crate::maker::{
    Maker, asked, has_least, has_order, has_own_aggregate, has_own_order, has_own_patterns, has_sum, is_text,
    makes_groups,
};
use crate::models::Kin;
use crate::program::{Cond, Ending, Given, Name, Op, Order, Pick, Query, Selection, Start, Subquery, Test};
use crate::values;

const COMPARES: [Compare; 6] =
    [Compare::Eq, Compare::Ne, Compare::Gt, Compare::Gte, Compare::Lt, Compare::Lte];
const ORDERS: [Compare; 4] = [Compare::Gt, Compare::Gte, Compare::Lt, Compare::Lte];
const COMBINES: [Combine; 3] = [Combine::Union, Combine::Intersect, Combine::Except];

/// Whether the field is a number of its own, and no key and no variant.
pub(crate) fn is_number(field: &FieldDef) -> bool {
    field.ty.is_number() && field.reference.is_none() && field.choices.is_none() && field.key.is_none()
}

/// The questions that a programme asks.
pub(crate) trait Asking {
    /// A query of rows.
    fn query(&mut self, kin: Kin) -> Query;

    /// A selection of columns.
    fn cells(&mut self, kin: Kin) -> Op;

    /// What gives one column, to be compared with the field.
    fn subquery(&mut self, kin: Kin, field: &'static FieldDef, depth: usize) -> Subquery;

    /// Conditions; of a combined query on what its parts select `only`.
    fn conditions(&mut self, kin: Kin, depth: usize, only: Option<&[&'static FieldDef]>) -> Vec<Cond>;
}

impl Asking for Maker {
    fn query(&mut self, kin: Kin) -> Query {
        let mut query = self.plain_query(kin, None);
        if self.random.percent(12) {
            query.combined = Some(self.two(kin, None, 2));
        }
        query.distinct = self.random.percent(10);
        // Behind a row of the table; of rows that are combined it is a mistake.
        if self.random.percent(12) {
            query.start = Start::After(self.held(kin));
        }
        query
    }

    fn cells(&mut self, kin: Kin) -> Op {
        let by_name = self.random.percent(60);
        let ending = match by_name {
            true => self.ending(),
            false => Ending::Get,
        };
        let mut distinct = self.random.percent(30);
        let mut is_combined = by_name && self.random.percent(20);
        let picks = match (by_name, self.random.below(3)) {
            (true, 0) => {
                let fit = |field: &&'static FieldDef| makes_groups(field) || !(distinct || is_combined);
                let fields: Vec<_> = asked(kin).into_iter().filter(fit).collect();
                self.random.some(&fields, 3).iter().map(|field| Pick::Field(field.name)).collect()
            }
            (true, shape) => {
                let fields: Vec<_> = asked(kin).into_iter().filter(|field| makes_groups(field)).collect();
                let groups = if shape == 1 { self.random.some(&fields, 2) } else { Vec::new() };
                let mut picks: Vec<_> = groups.iter().map(|field| Pick::Group(field.name)).collect();
                for _ in 0..1 + self.random.below(2) {
                    let (aggregate, field) = self.aggregate(kin);
                    picks.push(Pick::Aggregate(aggregate, field.name));
                }
                // Beside a group it has no one value: a mistake.
                if self.random.percent(4) {
                    picks.push(Pick::Field(self.random.pick(&fields).name));
                }
                picks
            }
            (false, 0) => {
                let field = *self.random.pick(&asked(kin));
                distinct &= makes_groups(field);
                match self.random.percent(50) {
                    true => vec![Pick::Field(field.name)],
                    false => vec![Pick::Field("id"), Pick::Field(field.name)],
                }
            }
            (false, 1) => {
                let fields: Vec<_> = asked(kin).into_iter().filter(|field| makes_groups(field)).collect();
                vec![Pick::Group(self.random.pick(&fields).name), Pick::Count]
            }
            (false, _) => loop {
                let (aggregate, field) = self.aggregate(kin);
                if has_own_aggregate(field, aggregate) {
                    distinct = false;
                    break vec![Pick::Aggregate(aggregate, field.name)];
                }
            },
        };
        is_combined &= !picks.is_empty();
        let selected: Vec<_> = picks.iter().filter_map(|pick| pick_field(kin, *pick)).collect();
        let is_of_rows = !distinct && !is_combined && picks.iter().all(|pick| matches!(pick, Pick::Field(_)));
        let mut query = match is_of_rows {
            true => self.plain_query(kin, None),
            false => {
                let conds = match is_combined {
                    true => self.conditions(kin, 1, Some(&selected)),
                    false => self.conditions(kin, 2, None),
                };
                Query { conds, ..self.plain_query(kin, Some(&selected)) }
            }
        };
        if is_combined {
            query.combined = Some(self.two(kin, Some(&selected), 1));
        }
        query.distinct = distinct;
        // What is selected last, a least of a name without letter case, may have no order.
        let has_order_of_its_own = match picks.last() {
            Some(Pick::Field(name) | Pick::Group(name) | Pick::Aggregate(_, name)) => {
                has_order(kin.schema().field(name).expect("it is a field"))
            }
            _ => true,
        };
        let sorted_down = (has_order_of_its_own && self.random.percent(30)).then(|| self.random.percent(50));
        Op::Cells(query, Selection { picks, by_name, sorted_down }, ending)
    }

    fn subquery(&mut self, kin: Kin, field: &'static FieldDef, depth: usize) -> Subquery {
        let may = has_least(field) && has_own_order(field);
        let aggregate =
            (may && self.random.percent(30)).then(|| *self.random.pick(&[Aggregate::Min, Aggregate::Max]));
        let mut query = Query { conds: self.conditions(kin, depth, None), ..Query::default() };
        if aggregate.is_none() && self.random.percent(60) {
            query.sort = self.orders(kin, None);
            query.limit = self.random.percent(40).then(|| *self.random.pick(&[1, 2]));
            query.distinct = makes_groups(field) && query.sort.is_empty() && self.random.percent(20);
        }
        Subquery { aggregate, query: Box::new(query) }
    }

    fn conditions(&mut self, kin: Kin, depth: usize, only: Option<&[&'static FieldDef]>) -> Vec<Cond> {
        let count = *self.random.pick(&[0, 0, 1, 1, 1, 2]);
        (0..count).map(|_| self.condition(kin, depth, only)).collect()
    }
}

impl Maker {
    /// A query of the table, sorted by what is in `only`.
    fn plain_query(&mut self, kin: Kin, only: Option<&[&'static FieldDef]>) -> Query {
        let sort = if self.random.percent(65) { self.orders(kin, only) } else { Vec::new() };
        let limit = self.random.percent(40).then(|| *self.random.pick(&[0, 1, 2, 3, u64::MAX]));
        let start = match self.random.below(10) {
            0 | 1 => Start::Offset(*self.random.pick(&[1, 2, 100])),
            // Without a limit it is a mistake.
            2 if limit.is_some_and(|limit| limit < 10) || self.random.percent(10) => {
                Start::Page(*self.random.pick(&[0, 1, 2, 3]))
            }
            _ => Start::Offset(0),
        };
        Query { conds: self.conditions(kin, 2, None), sort, limit, start, ..Query::default() }
    }

    /// Two queries to be combined, which select `selected`, or rows.
    fn two(
        &mut self,
        kin: Kin,
        selected: Option<&[&'static FieldDef]>,
        depth: usize,
    ) -> Box<(Combine, Query, Query)> {
        let how = *self.random.pick(&COMBINES);
        let mut part = || {
            let mut query = Query { conds: self.conditions(kin, 1, None), ..Query::default() };
            if self.random.percent(30) {
                query.sort = self.orders(kin, selected);
                query.limit = Some(*self.random.pick(&[1, 2, 3]));
            }
            if depth > 1 && self.random.percent(25) {
                query.combined = Some(self.two(kin, selected, depth - 1));
            }
            query
        };
        Box::new((how, part(), part()))
    }

    fn orders(&mut self, kin: Kin, only: Option<&[&'static FieldDef]>) -> Vec<Order> {
        let fields = only.map_or_else(|| asked(kin), <[_]>::to_vec);
        let fields: Vec<_> = fields.into_iter().filter(|field| has_order(field)).collect();
        if fields.is_empty() {
            return Vec::new();
        }
        let mut sort: Vec<_> = (0..self.random.below(3)).map(|_| self.order(&fields)).collect();
        // What is not selected is a mistake, where rows become one.
        if only.is_some() && self.random.percent(3) {
            sort.push(Order::By { field: "created", down: false, by_name: true });
        }
        // Rows that tie come in any order: the key tells them apart.
        if only.is_none() && !sort.is_empty() && self.random.percent(70) {
            let (down, by_name) = (self.random.percent(30), self.random.percent(50));
            sort.push(Order::By { field: "id", down, by_name });
        }
        sort
    }

    fn order(&mut self, fields: &[&'static FieldDef]) -> Order {
        let field = *self.random.pick(fields);
        let by_name = self.random.percent(50);
        if self.random.percent(80) {
            return Order::By { field: field.name, down: self.random.percent(50), by_name };
        }
        let values = (0..self.random.below(4)).map(|_| self.operand(field, by_name));
        Order::List { field: field.name, values: values.collect(), by_name }
    }

    /// An aggregate, and the field that it is of.
    fn aggregate(&mut self, kin: Kin) -> (Aggregate, &'static FieldDef) {
        loop {
            let field = *self.random.pick(&asked(kin));
            let aggregate =
                *self.random.pick(&[Aggregate::Sum, Aggregate::Avg, Aggregate::Min, Aggregate::Max]);
            let may = match aggregate {
                // What is no number is a mistake.
                Aggregate::Sum | Aggregate::Avg => {
                    has_sum(field) && (field.ty.is_number() || self.random.percent(5))
                }
                Aggregate::Min | Aggregate::Max => has_least(field),
            };
            if may {
                return (aggregate, field);
            }
        }
    }

    /// What a field is compared with; its own method takes NULL only where it may be NULL.
    fn operand(&mut self, field: &FieldDef, by_name: bool) -> Given {
        match self.random.percent(8) && (by_name || field.nullable) {
            true => Given::Value(Value::Null),
            false => self.key_or_value(field),
        }
    }

    /// Values of a field, some of them twice.
    fn operands(&mut self, field: &FieldDef, by_name: bool) -> Vec<Given> {
        let mut values: Vec<_> = (0..self.random.below(5)).map(|_| self.operand(field, by_name)).collect();
        if let Some(first) = values.first().cloned()
            && self.random.percent(20)
        {
            values.push(first);
        }
        values
    }

    fn condition(&mut self, kin: Kin, depth: usize, only: Option<&[&'static FieldDef]>) -> Cond {
        if depth > 0 && self.random.percent(30) {
            return match self.random.below(4) {
                0 => Cond::All(self.conditions(kin, depth - 1, only)),
                1 => Cond::Any(self.conditions(kin, depth - 1, only)),
                2 => Cond::Not(self.conditions(kin, depth - 1, only)),
                _ => {
                    let count = 2 + self.random.below(2);
                    Cond::Or((0..count).map(|_| self.condition(kin, depth - 1, only)).collect())
                }
            };
        }
        if depth > 0 && only.is_none() && self.random.percent(10) {
            let way = *self.random.pick(kin.ways());
            return Cond::Related(way, self.conditions(way.to(), depth - 1, None));
        }
        let fields = match only {
            Some(only) if !only.is_empty() && self.random.percent(96) => only.to_vec(),
            _ => asked(kin),
        };
        let field = *self.random.pick(&fields);
        if depth > 0 && self.random.percent(12) {
            return self.about_subquery(kin, field, depth);
        }
        self.about(field)
    }

    /// A condition on a field.
    fn about(&mut self, field: &'static FieldDef) -> Cond {
        let (name, by_name) = (field.name, self.random.percent(50));
        match self.random.below(12) {
            0 | 1 => {
                let value = self.operand(field, by_name);
                Cond::Compare { field: name, how: Compare::Eq, value, by_name }
            }
            2 => {
                let value = self.operand(field, by_name);
                Cond::Compare { field: name, how: Compare::Ne, value, by_name }
            }
            3 | 4 => {
                let values = self.operands(field, by_name);
                Cond::In { field: name, values, is_in: self.random.percent(60), by_name }
            }
            5 => {
                let by_name = by_name || !field.nullable;
                Cond::Null { field: name, is_null: self.random.percent(50), by_name }
            }
            6 | 7 if is_text(field) => self.about_text(field),
            6..=8 if matches!(field.ty, Type::Timestamp | Type::Date) => self.about_part(field),
            8 | 9 if has_order(field) => {
                let by_name = by_name || !has_own_order(field);
                let [low, high] = [self.operand(field, by_name), self.operand(field, by_name)];
                Cond::Between { field: name, low, high, by_name }
            }
            _ if has_order(field) => {
                let by_name = by_name || !has_own_order(field);
                // NULL is neither less nor greater: a mistake.
                let value = match self.random.percent(15) {
                    true => self.operand(field, by_name),
                    false => self.key_or_value(field),
                };
                Cond::Compare { field: name, how: *self.random.pick(&ORDERS), value, by_name }
            }
            _ => Cond::Null { field: name, is_null: false, by_name: true },
        }
    }

    fn about_text(&mut self, field: &'static FieldDef) -> Cond {
        let how = *self.random.pick(&[Match::Like, Match::StartsWith, Match::EndsWith, Match::Contains]);
        Cond::Match {
            field: field.name,
            how,
            text: values::pattern(&mut self.random, field),
            matches: how != Match::Like || self.random.percent(70),
            by_name: self.random.percent(50) || !has_own_patterns(field),
        }
    }

    fn about_part(&mut self, field: &'static FieldDef) -> Cond {
        let (part, known) = *self.random.pick(&values::PARTS);
        // A part that a day does not have, and several numbers where one is wanted, are
        // mistakes.
        let part = match field.ty == Type::Date && !part.is_of_a_date() && self.random.percent(80) {
            true => Part::Year,
            false => part,
        };
        let by_name = self.random.percent(50);
        let test = match self.random.below(3) {
            0 if !by_name => Test::Compare(*self.random.pick(&COMPARES)),
            1 if !by_name => Test::In(false),
            _ => Test::In(true),
        };
        let count = match test {
            Test::Compare(_) if self.random.percent(95) => 1,
            _ => *self.random.pick(&[0, 1, 1, 2, 3]),
        };
        let numbers = (0..count).map(|_| *self.random.pick(known)).collect();
        Cond::Part { field: field.name, part, test, numbers, by_name }
    }

    fn about_subquery(&mut self, kin: Kin, field: &'static FieldDef, depth: usize) -> Cond {
        let test = match self.random.below(3) {
            0 if has_order(field) && has_own_order(field) => Test::Compare(*self.random.pick(&COMPARES)),
            0 => Test::Compare(*self.random.pick(&COMPARES[..2])),
            1 => Test::In(false),
            _ => Test::In(true),
        };
        let subquery = self.subquery(kin, field, depth - 1);
        Cond::Subquery { field: field.name, test, subquery }
    }
}

/// The field that is selected, if it is one.
fn pick_field(kin: Kin, pick: Pick) -> Option<&'static FieldDef> {
    match pick {
        Pick::Field(name) | Pick::Group(name) => {
            let name: Name = name;
            Some(kin.schema().field(name).expect("it is a field"))
        }
        _ => None,
    }
}
