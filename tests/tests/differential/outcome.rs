//! What an operation comes to, and whether two are the same.

use std::collections::BTreeMap;

use prom::schema::Role;
use prom::{Kind, Timestamp, Value};

use crate::models::{Brought, Kin};

/// What an operation comes to. Rows have every cell in the order of the schema.
#[derive(Debug, Clone)]
pub(crate) enum Outcome {
    /// It cannot be asked: there is no row in the slot.
    Skipped,
    Done,
    Number(u64),
    Names(Vec<&'static str>),
    Row(Option<Vec<Value>>),
    /// A row, and whether it is new.
    Found(Vec<Value>, bool),
    /// Whether they have an order, and whether the limit left rows out.
    Rows {
        rows: Vec<Vec<Value>>,
        in_order: bool,
        has_more: bool,
    },
    /// The cells of a selection, and of which model those are keys that are keys.
    Cells {
        rows: Vec<Vec<Value>>,
        in_order: bool,
        has_more: bool,
        keys: Vec<Option<Kin>>,
    },
    /// Rows, each with those of another model that a relation leads to.
    Loaded {
        rows: Vec<(Vec<Value>, Brought)>,
        to: Kin,
        in_order: bool,
        has_more: bool,
    },
    /// What a relation leads to from a row.
    Related(Brought, Kin),
    /// With that kind of error.
    Failed(Kind),
}

/// Which keys and stamps of a backend stand for which of the plain vector: numbers may
/// have gaps, a number that was undone may come again, and every clock goes its own way.
/// What was seen once stands for the same ever after.
#[derive(Debug, Default)]
pub(crate) struct Known {
    keys: BTreeMap<(Kin, i64), i64>,
    stamps: BTreeMap<Timestamp, Timestamp>,
}

impl Known {
    /// Whether the two are the same key; a key that is new is learnt.
    fn are_same_key(&mut self, kin: Kin, expected: &Value, found: &Value) -> bool {
        match (expected, found) {
            (Value::I64(expected), Value::I64(found)) => {
                self.keys.entry((kin, *expected)).or_insert(*found) == found
            }
            (expected, found) => expected == found,
        }
    }

    fn are_same_stamp(&mut self, expected: &Value, found: &Value) -> bool {
        match (expected, found) {
            (Value::Timestamp(expected), Value::Timestamp(found)) => {
                self.stamps.entry(*expected).or_insert(*found) == found
            }
            _ => false,
        }
    }

    /// The row with the keys of the backend in the place of those of the plain vector.
    fn with_keys(&self, row: &[Value], keys: &[Option<Kin>]) -> Vec<Value> {
        let cell = |(cell, kin): (&Value, &Option<Kin>)| match (cell, kin) {
            (Value::I64(key), Some(kin)) => Value::I64(*self.keys.get(&(*kin, *key)).unwrap_or(key)),
            (cell, _) => cell.clone(),
        };
        row.iter().zip(keys).map(cell).collect()
    }

    /// Whether a relation led to the same rows, which come by key.
    fn are_brought(&mut self, to: Kin, expected: &Brought, found: &Brought) -> bool {
        expected.len() == found.len()
            && expected.iter().zip(found).all(|(a, b)| self.differing(to, a, b).is_none())
    }

    /// The first field in which two rows differ, if one does.
    pub(crate) fn differing(
        &mut self,
        kin: Kin,
        expected: &[Value],
        found: &[Value],
    ) -> Option<&'static str> {
        let fields = kin.schema().fields();
        assert_eq!((expected.len(), found.len()), (fields.len(), fields.len()), "whole rows");
        for ((field, expected), found) in fields.iter().zip(expected).zip(found) {
            let is_same = match (field.role, field.reference) {
                (Role::Created | Role::Updated, _) => self.are_same_stamp(expected, found),
                (Role::Id, _) => self.are_same_key(kin, expected, found),
                (_, Some(_)) => self.are_same_key(Kin::Owner, expected, found),
                _ => are_same(expected, found),
            };
            if !is_same {
                return Some(field.name);
            }
        }
        None
    }

    /// Whether a backend found what was expected.
    pub(crate) fn is_expected(&mut self, kin: Kin, expected: &Outcome, found: &Outcome) -> bool {
        match (expected, found) {
            (Outcome::Done, Outcome::Done) => true,
            (Outcome::Number(a), Outcome::Number(b)) => a == b,
            (Outcome::Names(a), Outcome::Names(b)) => a == b,
            (Outcome::Failed(a), Outcome::Failed(b)) => a == b,
            (Outcome::Row(None), Outcome::Row(None)) => true,
            (Outcome::Row(Some(a)), Outcome::Row(Some(b))) => self.differing(kin, a, b).is_none(),
            (Outcome::Found(a, is_new), Outcome::Found(b, found)) => {
                is_new == found && self.differing(kin, a, b).is_none()
            }
            (
                Outcome::Rows { rows: a, in_order, has_more },
                Outcome::Rows { rows: b, has_more: found_more, .. },
            ) => {
                let [a, b] =
                    if *in_order { [a.clone(), b.clone()] } else { [by_key(kin, a), by_key(kin, b)] };
                has_more == found_more
                    && a.len() == b.len()
                    && a.iter().zip(&b).all(|(a, b)| self.differing(kin, a, b).is_none())
            }
            (
                Outcome::Cells { rows: a, in_order, has_more, keys },
                Outcome::Cells { rows: b, has_more: found_more, .. },
            ) => {
                let a: Vec<_> = a.iter().map(|row| self.with_keys(row, keys)).collect();
                let [a, b] = if *in_order { [a, b.clone()] } else { [by_text(&a), by_text(b)] };
                has_more == found_more
                    && a.len() == b.len()
                    && a.iter().flatten().zip(b.iter().flatten()).all(|(a, b)| are_same(a, b))
            }
            (
                Outcome::Loaded { rows: a, to, in_order, has_more },
                Outcome::Loaded { rows: b, has_more: found_more, .. },
            ) => {
                let (mut a, mut b): (Vec<_>, Vec<_>) = (a.iter().collect(), b.iter().collect());
                if !in_order {
                    a.sort_by_key(|(row, _)| key(kin, row));
                    b.sort_by_key(|(row, _)| key(kin, row));
                }
                has_more == found_more
                    && a.len() == b.len()
                    && a.iter().zip(b).all(|((a, brought), (b, found))| {
                        self.differing(kin, a, b).is_none() && self.are_brought(*to, brought, found)
                    })
            }
            (Outcome::Related(a, to), Outcome::Related(b, _)) => self.are_brought(*to, a, b),
            _ => false,
        }
    }
}

/// Whether two cells are the same, bit for bit, but for what a mean rounds.
fn are_same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::F64(a), Value::F64(b)) => {
            a.to_bits() == b.to_bits() || (a - b).abs() <= a.abs().max(b.abs()) * 1e-15
        }
        (a, b) => a == b,
    }
}

fn by_text(rows: &[Vec<Value>]) -> Vec<Vec<Value>> {
    let mut rows = rows.to_vec();
    rows.sort_by_key(|row| format!("{row:?}"));
    rows
}

/// Rows in the order of their keys, which is that in which they were made everywhere.
pub(crate) fn by_key(kin: Kin, rows: &[Vec<Value>]) -> Vec<Vec<Value>> {
    let mut rows = rows.to_vec();
    rows.sort_by_key(|row| key(kin, row));
    rows
}

/// The key of a row.
pub(crate) fn key(kin: Kin, row: &[Value]) -> i64 {
    match row[place(kin, "id")] {
        Value::I64(key) => key,
        _ => panic!("a key is a number"),
    }
}

/// Where the field stands.
pub(crate) fn place(kin: Kin, name: &str) -> usize {
    let fields = kin.schema().fields();
    fields.iter().position(|field| field.name == name).unwrap_or_else(|| panic!("no field `{name}`"))
}
