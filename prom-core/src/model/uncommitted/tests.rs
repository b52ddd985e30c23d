//! What is remembered, level by level.

use super::*;
use crate::interface::Leave;
use crate::transaction::State;

fn at(outcome: &Outcome, level: Mark) -> Position {
    Position { outcome: outcome.clone(), level }
}

fn known(fingerprint: u64) -> Snapshot {
    Snapshot::Known { key: Value::I64(1), fingerprints: [fingerprint].into() }
}

/// What the only field was, if something was undone.
fn before(uncommitted: &Uncommitted, from: Option<&Position>) -> Option<u64> {
    match uncommitted.seen(from) {
        Seen::Before(Snapshot::Known { fingerprints, .. }, _) => Some(fingerprints[0]),
        _ => None,
    }
}

#[test]
fn it_grows_with_the_levels_that_are_open_and_not_with_those_that_were() {
    let (state, outer) = State::new();
    let outcome = Outcome::new(state);
    let mut row = None;
    for number in 0..1_000 {
        let inner = outcome.lock().enter(outer).expect("it is open");
        for number in [number * 2, number * 2 + 1] {
            row = Some(Uncommitted::write(row.as_ref(), at(&outcome, inner), known(number), false));
        }
        let row = row.as_ref().expect("it was written");
        assert!(row.changes.len() <= 2, "{}", row.changes.len());
        assert_eq!(before(row, Some(&at(&outcome, inner))), None);
        if number % 2 == 0 {
            let _ = outcome.lock().leave(inner, Leave::Keep).expect("it is open");
        } else {
            let _ = outcome.lock().leave(inner, Leave::Undo).expect("it is open");
            assert_eq!(before(row, Some(&at(&outcome, outer))), Some(number * 2));
        }
    }
    let _ = outcome.lock().leave(outer, Leave::Undo).expect("it is open");
    assert_eq!(before(&row.expect("it was written"), None), Some(0));
}

#[test]
fn only_what_is_new_is_remembered_in_another_transaction() {
    let begin = || {
        let (state, level) = State::new();
        at(&Outcome::new(state), level)
    };
    let (one, two) = (begin(), begin());
    let row = Uncommitted::write(None, one.clone(), known(1), false);
    let row = Uncommitted::write(Some(&row), two.clone(), known(2), false);
    assert_eq!(row.changes.len(), 1);
    assert_eq!(before(&row, Some(&two)), None);
    assert_eq!(before(&row, Some(&one)), Some(2));
    let _ = two.outcome.lock().leave(two.level, Leave::Keep).expect("it is open");
    assert_eq!(before(&row, None), Some(2), "nothing was heard of COMMIT");
    two.outcome.lock().settle(&Ok(()));
    assert_eq!(before(&row, None), None);
}

/// What was read shares its memory, so that it says nothing of keys: the first write does.
#[test]
fn the_key_that_a_row_was_read_with_is_kept_when_it_is_written() {
    let (state, level) = State::new();
    let here = at(&Outcome::new(state), level);
    let read = Uncommitted::read(here.clone());
    let row = Uncommitted::write(Some(&read), here.clone(), known(1), false);
    let row = Uncommitted::write(Some(&row), here.clone(), known(2), false);
    assert_eq!(row.changes.len(), 1);
    let row = Uncommitted::reload(Some(&row), &here, Some(&read), Value::I64(50)).expect("it is remembered");
    let _ = here.outcome.lock().leave(level, Leave::Undo).expect("it is open");
    match row.seen(None) {
        Seen::Before(Snapshot::Unknown { key }, Visibility::RolledBack) => {
            assert_eq!(key, Some(Value::I64(1)))
        }
        _ => panic!("all of it is unknown"),
    }
}
