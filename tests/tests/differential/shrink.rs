//! The smallest programme that still comes to something else.

use prom::Connection;

use crate::difference;
use crate::program::{Cond, Op, Query, Step};

/// So many are tried at the most.
const TRIES: usize = 3_000;

/// Leaves out what is not needed for a difference, one thing at a time.
pub(crate) async fn smallest(
    connection: &Connection,
    steps: Vec<Step>,
    found: String,
) -> (Vec<Step>, String) {
    let (mut steps, mut found) = (steps, found);
    let mut tries = 0;
    'again: loop {
        for shorter in shorter(&steps) {
            tries += 1;
            if tries > TRIES {
                return (steps, found);
            }
            if let Some(difference) = difference(connection, &shorter).await {
                (steps, found) = (shorter, difference);
                continue 'again;
            }
        }
        return (steps, found);
    }
}

/// Every programme that lacks one step of this one, the walls of a transaction, or a part
/// of a step.
fn shorter(steps: &[Step]) -> Vec<Vec<Step>> {
    let mut found = less(steps);
    for (at, step) in steps.iter().enumerate().rev() {
        let mut with = |those: Vec<Step>| {
            let mut steps = steps.to_vec();
            steps.splice(at..=at, those);
            found.push(steps);
        };
        match step {
            Step::Do(kin, op) => simpler(op).into_iter().for_each(|op| with(vec![Step::Do(*kin, op)])),
            Step::Transaction(end, within) => {
                with(within.clone());
                shorter(within).into_iter().for_each(|within| with(vec![Step::Transaction(*end, within)]));
            }
        }
    }
    found
}

/// The list without each of its parts, the last first.
fn less<T: Clone>(list: &[T]) -> Vec<Vec<T>> {
    let without = |at| {
        let mut list = list.to_vec();
        list.remove(at);
        list
    };
    (0..list.len()).rev().map(without).collect()
}

fn simpler(op: &Op) -> Vec<Op> {
    let queries =
        |query: &Query, op: &dyn Fn(Query) -> Op| simpler_queries(query).into_iter().map(op).collect();
    match op {
        Op::Create(how, fields, slot) => {
            less(fields).into_iter().map(|fields| Op::Create(*how, fields, *slot)).collect()
        }
        Op::CreateMany(drafts, slot) => {
            let mut found = less(drafts);
            for (at, draft) in drafts.iter().enumerate() {
                for draft in less(draft) {
                    let mut drafts = drafts.clone();
                    drafts[at] = draft;
                    found.push(drafts);
                }
            }
            found.into_iter().map(|drafts| Op::CreateMany(drafts, *slot)).collect()
        }
        Op::Get(query, slot) => queries(query, &|query| Op::Get(query, *slot)),
        Op::One(query, slot) => queries(query, &|query| Op::One(query, *slot)),
        Op::Only(query, slot) => queries(query, &|query| Op::Only(query, *slot)),
        Op::Count(query) => queries(query, &Op::Count),
        Op::Has(query) => queries(query, &Op::Has),
        // What is sorted by what is no longer selected would be a mistake.
        Op::Columns(query, names) => {
            let mut found: Vec<_> = queries(query, &|query| Op::Columns(query, names.clone()));
            if names.len() > 1 && query.sort.is_empty() {
                found.extend(less(names).into_iter().map(|names| Op::Columns(query.clone(), names)));
            }
            found
        }
        Op::Aggregates(query, by, aggregates) => {
            let mut found: Vec<_> = queries(query, &|query| Op::Aggregates(query, *by, aggregates.clone()));
            if aggregates.len() > 1 {
                let less = less(aggregates).into_iter();
                found.extend(less.map(|aggregates| Op::Aggregates(query.clone(), *by, aggregates)));
            }
            found
        }
        Op::Change(slot, fields) => {
            less(fields).into_iter().map(|fields| Op::Change(*slot, fields)).collect()
        }
        Op::Update(conds, sets, bulk) => {
            let sets = less(sets).into_iter().map(|sets| Op::Update(conds.clone(), sets, *bulk));
            let conds = simpler_conds(conds).into_iter();
            let sets_as_they_are = |conds| match op {
                Op::Update(_, sets, bulk) => Op::Update(conds, sets.clone(), *bulk),
                other => other.clone(),
            };
            sets.chain(conds.map(sets_as_they_are)).collect()
        }
        Op::DeleteRows(conds, bulk) => {
            simpler_conds(conds).into_iter().map(|conds| Op::DeleteRows(conds, *bulk)).collect()
        }
        _ => Vec::new(),
    }
}

fn simpler_queries(query: &Query) -> Vec<Query> {
    let with = |conds| Query { conds, ..query.clone() };
    let mut found: Vec<_> = simpler_conds(&query.conds).into_iter().map(with).collect();
    found.extend(query.limit.map(|_| Query { limit: None, ..query.clone() }));
    found.extend((query.offset > 0).then(|| Query { offset: 0, ..query.clone() }));
    // The key stands last, and stays as long as there is an order at all.
    if let Some((_, by)) = query.sort.split_last() {
        let shorter = less(by).into_iter().map(|by| [by, query.sort[by_len(query)..].to_vec()].concat());
        found.extend(shorter.map(|sort| Query { sort, ..query.clone() }));
        found.push(Query { sort: Vec::new(), ..query.clone() });
    }
    found
}

fn by_len(query: &Query) -> usize {
    query.sort.len() - 1
}

fn simpler_conds(conds: &[Cond]) -> Vec<Vec<Cond>> {
    let mut found = less(conds);
    for (at, cond) in conds.iter().enumerate() {
        let inner: Vec<Cond> = match cond {
            Cond::Or(inner) if inner.len() > 2 => less(inner).into_iter().map(Cond::Or).collect(),
            Cond::Or(inner) => inner.clone(),
            Cond::All(inner) => simpler_conds(inner).into_iter().map(Cond::All).collect(),
            Cond::Any(inner) => simpler_conds(inner).into_iter().map(Cond::Any).collect(),
            Cond::Not(inner) => simpler_conds(inner).into_iter().map(Cond::Not).collect(),
            Cond::In { field, values, by_name } => {
                let (field, by_name) = (*field, *by_name);
                less(values).into_iter().map(|values| Cond::In { field, values, by_name }).collect()
            }
            Cond::NotIn(field, values) => {
                less(values).into_iter().map(|values| Cond::NotIn(field, values)).collect()
            }
            _ => Vec::new(),
        };
        for cond in inner {
            let mut conds = conds.to_vec();
            conds[at] = cond;
            found.push(conds);
        }
    }
    found
}
