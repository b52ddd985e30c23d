//! The smallest programme that still comes to something else.

use prom::Connection;

use crate::difference;
use crate::program::{Cond, Op, Order, Query, Selection, Set, Start, Step, Subquery};

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

/// The list with each of its parts simpler.
fn simpler_in<T: Clone>(list: &[T], simpler: impl Fn(&T) -> Vec<T>) -> Vec<Vec<T>> {
    let mut found = Vec::new();
    for (at, part) in list.iter().enumerate() {
        for part in simpler(part) {
            let mut list = list.to_vec();
            list[at] = part;
            found.push(list);
        }
    }
    found
}

fn simpler(op: &Op) -> Vec<Op> {
    match op {
        Op::Create(how, fields, slot) => {
            less(fields).into_iter().map(|fields| Op::Create(*how, fields, *slot)).collect()
        }
        Op::CreateMany(drafts, slot) => {
            let fewer = less(drafts).into_iter().chain(simpler_in(drafts, |draft| less(draft)));
            fewer.map(|drafts| Op::CreateMany(drafts, *slot)).collect()
        }
        Op::Rows(query, ending, slot) => {
            simpler_queries(query).into_iter().map(|query| Op::Rows(query, *ending, *slot)).collect()
        }
        Op::Cells(query, selection, ending) => {
            let queries = simpler_queries(query).into_iter();
            let mut found: Vec<_> =
                queries.map(|query| Op::Cells(query, selection.clone(), *ending)).collect();
            // What is sorted by what is no longer selected would be a mistake.
            if selection.by_name && selection.picks.len() > 1 && query.sort.is_empty() {
                let fewer = less(&selection.picks).into_iter();
                found.extend(fewer.map(|picks| {
                    Op::Cells(query.clone(), Selection { picks, ..selection.clone() }, *ending)
                }));
            }
            if selection.sorted_down.is_some() {
                let selection = Selection { sorted_down: None, ..selection.clone() };
                found.push(Op::Cells(query.clone(), selection, *ending));
            }
            found
        }
        Op::Load(query, way) => {
            simpler_queries(query).into_iter().map(|query| Op::Load(query, *way)).collect()
        }
        Op::Change(slot, fields) => {
            less(fields).into_iter().map(|fields| Op::Change(*slot, fields)).collect()
        }
        Op::Update(conds, sets, bulk) => {
            let fewer = less(sets).into_iter().chain(simpler_in(sets, |(name, set)| match set {
                Set::Query(subquery) => {
                    simpler_subqueries(subquery).into_iter().map(|it| (*name, Set::Query(it))).collect()
                }
                _ => Vec::new(),
            }));
            let fewer = fewer.map(|sets| Op::Update(conds.clone(), sets, *bulk));
            let conds = simpler_conds(conds).into_iter();
            fewer.chain(conds.map(|conds| Op::Update(conds, sets.clone(), *bulk))).collect()
        }
        Op::DeleteRows(conds, bulk) => {
            simpler_conds(conds).into_iter().map(|conds| Op::DeleteRows(conds, *bulk)).collect()
        }
        _ => Vec::new(),
    }
}

fn simpler_queries(query: &Query) -> Vec<Query> {
    let mut found = Vec::new();
    if let Some(combined) = &query.combined {
        let (how, first, second) = &**combined;
        found.extend([first.clone(), second.clone(), Query { combined: None, ..query.clone() }]);
        let parts = [first.clone(), second.clone()];
        found.extend(simpler_in(&parts, simpler_queries).into_iter().filter_map(|parts| {
            let [first, second] = <[Query; 2]>::try_from(parts).ok()?;
            Some(Query { combined: Some(Box::new((*how, first, second))), ..query.clone() })
        }));
    }
    found.extend(simpler_conds(&query.conds).into_iter().map(|conds| Query { conds, ..query.clone() }));
    found.extend(query.limit.map(|_| Query { limit: None, ..query.clone() }));
    if query.start != Start::default() {
        found.push(Query { start: Start::default(), ..query.clone() });
    }
    if query.distinct {
        found.push(Query { distinct: false, ..query.clone() });
    }
    let simpler_order = |order: &Order| match order {
        Order::List { field, values, by_name } => {
            let (field, by_name) = (*field, *by_name);
            less(values).into_iter().map(|values| Order::List { field, values, by_name }).collect()
        }
        Order::By { .. } => Vec::new(),
    };
    let sorts = less(&query.sort).into_iter().chain(simpler_in(&query.sort, simpler_order));
    found.extend(sorts.map(|sort| Query { sort, ..query.clone() }));
    found
}

fn simpler_subqueries(subquery: &Subquery) -> Vec<Subquery> {
    let with = |query| Subquery { query: Box::new(query), ..subquery.clone() };
    let mut found: Vec<_> = simpler_queries(&subquery.query).into_iter().map(with).collect();
    found.extend(subquery.aggregate.map(|_| Subquery { aggregate: None, ..subquery.clone() }));
    found
}

fn simpler_conds(conds: &[Cond]) -> Vec<Vec<Cond>> {
    let simpler = |cond: &Cond| -> Vec<Cond> {
        match cond {
            Cond::Or(inner) => {
                let fewer = if inner.len() > 2 { less(inner) } else { Vec::new() };
                let parts = simpler_conds(inner).into_iter().filter(|parts| parts.len() == inner.len());
                let found = fewer.into_iter().chain(parts).map(Cond::Or);
                inner.iter().cloned().chain(found).collect()
            }
            Cond::All(inner) => simpler_conds(inner).into_iter().map(Cond::All).collect(),
            Cond::Any(inner) => simpler_conds(inner).into_iter().map(Cond::Any).collect(),
            Cond::Not(inner) => simpler_conds(inner).into_iter().map(Cond::Not).collect(),
            Cond::Related(way, inner) => {
                simpler_conds(inner).into_iter().map(|inner| Cond::Related(*way, inner)).collect()
            }
            Cond::In { field, values, is_in, by_name } => {
                let (field, is_in, by_name) = (*field, *is_in, *by_name);
                less(values).into_iter().map(|values| Cond::In { field, values, is_in, by_name }).collect()
            }
            Cond::Subquery { field, test, subquery } => {
                let (field, test) = (*field, *test);
                let simpler = simpler_subqueries(subquery).into_iter();
                simpler.map(|subquery| Cond::Subquery { field, test, subquery }).collect()
            }
            _ => Vec::new(),
        }
    };
    less(conds).into_iter().chain(simpler_in(conds, simpler)).collect()
}
