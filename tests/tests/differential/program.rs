//! A programme: operations as plain data, which can be read.

use prom::Value;
use prom::query::{Aggregate, Combine, Compare, Match, Part};

use crate::models::{How, Kin, Way};

/// How many slots for rows there are of each model.
pub(crate) const SLOTS: usize = 3;

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
    /// Rows of the model; what ends in a row or in rows puts one into the slot.
    Rows(Query, Ending, usize),
    /// Columns of them.
    Cells(Query, Selection, Ending),
    /// Rows, each with those that a relation leads to.
    Load(Query, Way),
    /// The rows that a relation leads to from the one in the slot.
    Related(usize, Way),
    /// Changes the row in memory.
    Change(usize, Fields),
    Save(usize),
    Reload(usize),
    Delete(usize),
    Modified(usize),
    Update(Vec<Cond>, Vec<(Name, Set)>, Bulk),
    DeleteRows(Vec<Cond>, Bulk),
}

/// What a query is run for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    Get,
    One,
    Only,
    Count,
    Has,
    Stream,
}

/// What a bulk change says beside its conditions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bulk {
    pub(crate) all: bool,
    pub(crate) returning: bool,
}

/// What a field becomes in a bulk change.
#[derive(Debug, Clone)]
pub(crate) enum Set {
    To { value: Given, by_name: bool },
    Add { number: Value, by_name: bool },
    Query(Subquery),
}

/// A query without its ending.
#[derive(Debug, Clone, Default)]
pub(crate) struct Query {
    /// Two others, whose rows stand in the place of the table's.
    pub(crate) combined: Option<Box<(Combine, Query, Query)>>,
    pub(crate) conds: Vec<Cond>,
    pub(crate) sort: Vec<Order>,
    pub(crate) limit: Option<u64>,
    pub(crate) start: Start,
    pub(crate) distinct: bool,
}

/// An order.
#[derive(Debug, Clone)]
pub(crate) enum Order {
    By { field: Name, down: bool, by_name: bool },
    List { field: Name, values: Vec<Given>, by_name: bool },
}

/// Where a query begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    Offset(u64),
    Page(u64),
    /// Behind the row in the slot.
    After(usize),
}

impl Default for Start {
    fn default() -> Self {
        Self::Offset(0)
    }
}

/// What is selected.
#[derive(Debug, Clone)]
pub(crate) struct Selection {
    pub(crate) picks: Vec<Pick>,
    /// By names, or by the methods of the fields' own. These select one column, the key
    /// and one, a group and its count, or one aggregate.
    pub(crate) by_name: bool,
    /// Whether it is sorted by the last of them, and whether downwards.
    pub(crate) sorted_down: Option<bool>,
}

/// One column of a selection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pick {
    Field(Name),
    /// A field, by which rows are grouped as well.
    Group(Name),
    Count,
    Aggregate(Aggregate, Name),
}

/// A query that gives one column: the field that it is compared with, or set for.
#[derive(Debug, Clone)]
pub(crate) struct Subquery {
    /// The field itself, or what it comes to.
    pub(crate) aggregate: Option<Aggregate>,
    pub(crate) query: Box<Query>,
}

/// How a part of a time, or what a subquery gives, is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Test {
    Compare(Compare),
    In(bool),
}

/// A condition: by the method of the field's own, or by name.
#[derive(Debug, Clone)]
pub(crate) enum Cond {
    Compare {
        field: Name,
        how: Compare,
        value: Given,
        by_name: bool,
    },
    In {
        field: Name,
        values: Vec<Given>,
        is_in: bool,
        by_name: bool,
    },
    Between {
        field: Name,
        low: Given,
        high: Given,
        by_name: bool,
    },
    Null {
        field: Name,
        is_null: bool,
        by_name: bool,
    },
    Match {
        field: Name,
        how: Match,
        text: String,
        matches: bool,
        by_name: bool,
    },
    Part {
        field: Name,
        part: Part,
        test: Test,
        numbers: Vec<i64>,
        by_name: bool,
    },
    Subquery {
        field: Name,
        test: Test,
        subquery: Subquery,
    },
    /// What a relation leads to meets the conditions.
    Related(Way, Vec<Cond>),
    /// Joined by `or()`.
    Or(Vec<Cond>),
    All(Vec<Cond>),
    Any(Vec<Cond>),
    Not(Vec<Cond>),
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
