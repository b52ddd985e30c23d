//! Every order of events: what the state machine says to a database, against a
//! model that is written differently, a tree of scopes with a fate each.

use std::collections::BTreeSet;

use super::*;

/// Each scope makes a table of its own.
static TABLES: [Schema; 9] = [const { Schema::new("Made", "made", &[]) }; 9];

/// Another model of the scopes' table, and a table of another.
static SAME: Schema = Schema::new("Same", "Made", &[]);
static OTHER: Schema = Schema::new("Other", "other", &[]);

#[derive(Debug, Clone, Copy)]
enum Event {
    /// A statement that adds a row, and first makes the scope's table.
    Work(usize),
    /// A statement that the database refuses; or the end of a change that was dropped.
    Fail(usize),
    Enter(usize),
    Leave(usize, Leave),
    Lose,
}

use Event::{Enter, Fail, Lose, Work};

/// What the state machine drives: snapshots, and PostgreSQL's rule that after an
/// error nothing is taken but what undoes it.
#[derive(Debug, Clone, Default)]
struct Database {
    rows: BTreeSet<u32>,
    scopes: Vec<BTreeSet<u32>>,
    is_broken: bool,
    committed: Option<BTreeSet<u32>>,
    is_over: bool,
}

impl Database {
    fn ask(&self) {
        assert!(!self.is_broken && !self.is_over, "it was asked after an error, or its end");
    }

    fn leave(&mut self, depth: u32, leave: Leave) {
        assert!(!self.is_over);
        if leave == Leave::Keep {
            self.ask();
        }
        let depth = depth as usize;
        if depth == 0 {
            self.is_over = true;
            self.committed = (leave == Leave::Keep).then(|| self.rows.clone());
            return;
        }
        let before = self.scopes[depth - 1].clone();
        self.scopes.truncate(depth - 1);
        if leave == Leave::Undo {
            self.rows = before;
            self.is_broken = false;
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Open,
    Kept,
    Undone,
}

#[derive(Debug, Clone)]
struct Node {
    parent: Option<usize>,
    fate: Fate,
    is_broken: bool,
    rows: Vec<u32>,
}

/// What should be: a scope knows its parent and what became of it, and no depth.
#[derive(Debug, Clone)]
struct Tree {
    nodes: Vec<Node>,
    is_lost: bool,
    is_retryable: bool,
}

impl Tree {
    fn grow(&mut self, parent: Option<usize>) {
        self.nodes.push(Node { parent, fate: Fate::Open, is_broken: false, rows: Vec::new() });
    }

    fn line(&self, at: usize) -> impl Iterator<Item = &Node> {
        std::iter::successors(Some(&self.nodes[at]), |it| it.parent.map(|parent| &self.nodes[parent]))
    }

    fn has_open_child(&self, at: usize) -> bool {
        self.nodes.iter().any(|it| it.parent == Some(at) && it.fate == Fate::Open)
    }

    /// The kind of the error that a statement there meets.
    fn refusal(&self, at: usize) -> Option<Kind> {
        let node = &self.nodes[at];
        if self.is_lost {
            Some(Kind::TransactionAborted)
        } else if node.fate != Fate::Open {
            Some(Kind::Invalid)
        } else if node.is_broken {
            Some(Kind::TransactionAborted)
        } else {
            self.has_open_child(at).then_some(Kind::Invalid)
        }
    }

    fn end(&mut self, at: usize, fate: Fate) {
        self.nodes[at].fate = fate;
        for child in 0..self.nodes.len() {
            if self.nodes[child].parent == Some(at) && self.nodes[child].fate == Fate::Open {
                self.end(child, fate);
            }
        }
    }

    fn is_over(&self) -> bool {
        self.is_lost || self.nodes[0].fate != Fate::Open
    }

    /// The scopes that worked and were kept all the way up.
    fn kept(&self) -> impl Iterator<Item = usize> {
        (0..self.nodes.len()).filter(|it| self.line(*it).all(|it| it.fate == Fate::Kept))
    }
}

#[derive(Debug, Clone)]
struct World {
    state: State,
    marks: Vec<Mark>,
    database: Database,
    tree: Tree,
    rows: u32,
}

impl World {
    fn new() -> Self {
        let (state, mark) = State::new();
        let mut tree = Tree { nodes: Vec::new(), is_lost: false, is_retryable: false };
        tree.grow(None);
        Self { state, marks: vec![mark], database: Database::default(), tree, rows: 0 }
    }

    /// Lets it happen. Gives whether it changed anything.
    fn step(&mut self, event: Event) -> bool {
        match event {
            Work(at) => {
                let done = self.state.check(self.marks[at]);
                assert_eq!(done.as_ref().err().map(Error::kind), self.tree.refusal(at));
                if done.is_err() {
                    return false;
                }
                self.database.ask();
                self.database.rows.insert(self.rows);
                self.tree.nodes[at].rows.push(self.rows);
                self.rows += 1;
                let table = Installed { schema: &TABLES[at], writes: Arc::default(), stamp: 1 };
                self.state.install(self.marks[at], [table]);
                self.state.write(self.marks[at]);
                true
            }
            Fail(at) => {
                let kind = if at % 2 == 0 { Kind::Unique } else { Kind::Serialization };
                let runs = self.state.check(self.marks[at]).is_ok();
                self.database.is_broken |= runs;
                self.state.fail(self.marks[at], &Error::new(kind, "an error"));
                self.tree.is_retryable |= kind == Kind::Serialization;
                let node = &mut self.tree.nodes[at];
                let is_news = !self.tree.is_lost && node.fate == Fate::Open && !node.is_broken;
                node.is_broken |= node.fate == Fate::Open;
                is_news
            }
            Enter(at) => {
                let entered = self.state.enter(self.marks[at]);
                assert_eq!(entered.as_ref().err().map(Error::kind), self.tree.refusal(at));
                let Ok(mark) = entered else { return false };
                self.database.ask();
                self.database.scopes.push(self.database.rows.clone());
                assert_eq!(mark.depth() as usize, self.database.scopes.len());
                self.marks.push(mark);
                self.tree.grow(Some(at));
                true
            }
            Event::Leave(at, wish) => self.leave(at, wish),
            Lose => {
                let is_news = !self.tree.is_over();
                self.state.lose(Error::new(Kind::Io, "gone"));
                self.tree.is_lost |= is_news;
                self.database.is_over = true;
                is_news
            }
        }
    }

    fn leave(&mut self, at: usize, wish: Leave) -> bool {
        let refusal = self.tree.refusal(at);
        let is_there = !self.tree.is_lost && self.tree.nodes[at].fate == Fate::Open;
        match self.state.leave(self.marks[at], wish) {
            Err(error) => {
                assert!(!is_there);
                assert_eq!(Some(error.kind()), refusal);
                false
            }
            Ok(left) => {
                assert!(is_there);
                let refusal = refusal.filter(|_| wish == Leave::Keep);
                assert_eq!(left.refused.map(|it| it.kind()), refusal);
                let is_kept = wish == Leave::Keep && refusal.is_none();
                assert_eq!(left.leave == Leave::Keep, is_kept);
                self.database.leave(self.marks[at].depth(), left.leave);
                self.tree.end(at, if is_kept { Fate::Kept } else { Fate::Undone });
                let told: BTreeSet<_> =
                    left.installed.iter().map(|it| std::ptr::from_ref(it.schema).addr()).collect();
                let worked = self.tree.kept().filter(|it| !self.tree.nodes[*it].rows.is_empty());
                let kept: BTreeSet<_> = worked.map(|it| std::ptr::from_ref(&TABLES[it]).addr()).collect();
                assert_eq!(told, kept, "what is remembered is what was kept");
                true
            }
        }
    }

    fn check(&self) {
        for (at, mark) in self.marks.iter().enumerate() {
            assert_eq!(self.state.check(*mark).err().map(|it| it.kind()), self.tree.refusal(at));
            if !self.tree.is_lost {
                let is_undone = self.tree.line(at).any(|it| it.fate == Fate::Undone);
                assert_eq!(self.state.check_origin(*mark).is_err(), is_undone);
            }
        }
        self.check_visibility();
        assert_eq!(self.state.is_retryable(), self.tree.is_retryable);
        if self.tree.is_over() {
            let rows = self.tree.kept().flat_map(|it| self.tree.nodes[it].rows.iter().copied()).collect();
            let committed = self.tree.nodes[0].fate == Fate::Kept;
            assert_eq!(self.database.committed, committed.then_some(rows));
        } else {
            for (at, table) in TABLES.iter().enumerate().take(self.marks.len()) {
                let stands = self.tree.line(at).all(|it| it.fate != Fate::Undone);
                let is_there = stands && !self.tree.nodes[at].rows.is_empty();
                assert_eq!(self.state.is_installed(table), is_there, "table {at}");
            }
        }
    }

    /// The open level that a kept one is part of by now.
    fn home(&self, at: usize) -> usize {
        let parents = std::iter::successors(Some(at), |at| self.tree.nodes[*at].parent);
        parents.into_iter().find(|at| self.tree.nodes[*at].fate == Fate::Open).expect("one is open")
    }

    /// What is seen of each level, by each that is open, and from outside.
    fn check_visibility(&self) {
        let is_undone = |at| self.tree.is_lost || self.tree.line(at).any(|it| it.fate == Fate::Undone);
        for (at, mark) in self.marks.iter().enumerate() {
            let from_outside = self.state.visibility(*mark, None);
            if is_undone(at) {
                assert_eq!(from_outside, Visibility::RolledBack);
            } else if self.tree.is_over() {
                assert_eq!(from_outside, Visibility::Unknown, "nothing was heard of COMMIT");
                if at > 0 {
                    continue;
                }
                for (commit, expected) in [
                    (Ok(()), Visibility::Visible),
                    (Err(Kind::OutcomeUnknown), Visibility::Unknown),
                    (Err(Kind::Serialization), Visibility::RolledBack),
                ] {
                    let mut settled = self.state.clone();
                    settled.settle(&commit.map_err(|kind| Error::new(kind, "an error")));
                    settled.lose(Error::new(Kind::Deadline, "it comes too late"));
                    assert_eq!(settled.visibility(*mark, None), expected);
                }
            } else {
                assert_eq!(from_outside, Visibility::Uncommitted);
                self.check_seen(at);
            }
        }
    }

    /// What is seen by open levels of one that may still be kept, and what in it was written.
    fn check_seen(&self, at: usize) {
        let (mark, home) = (self.marks[at], self.home(at));
        assert_eq!(self.state.kept_in(mark), self.marks[home]);
        let is_in = |inner: usize, outer: usize| {
            let mut around = std::iter::successors(Some(inner), |at| self.tree.nodes[*at].parent);
            around.any(|it| it == outer)
        };
        for (from, _) in self.tree.nodes.iter().enumerate().filter(|(_, it)| it.fate == Fate::Open) {
            let expected = if is_in(from, home) { Visibility::Visible } else { Visibility::Uncommitted };
            assert_eq!(self.state.visibility(mark, Some(self.marks[from])), expected, "{at} from {from}");
        }
        let stands = |it: &usize| self.tree.line(*it).all(|it| it.fate != Fate::Undone);
        let wrote = |it: &usize| !self.tree.nodes[*it].rows.is_empty();
        let writers = (0..self.marks.len()).filter(stands).filter(wrote).map(|it| self.home(it));
        let last = writers.filter(|writer| is_in(home, *writer)).max();
        assert_eq!(self.state.last_writer(mark), last.map(|it| self.marks[it]));
    }

    /// Whatever may happen next.
    fn events(&self) -> Vec<Event> {
        let at_each = |at| {
            [Work(at), Fail(at), Enter(at), Event::Leave(at, Leave::Keep), Event::Leave(at, Leave::Undo)]
        };
        (0..self.marks.len()).flat_map(at_each).chain([Lose]).collect()
    }

    /// Goes on with every event, as long as it changes something: where it does
    /// not, what follows is what follows here.
    fn explore(&self, length: usize, path: &mut Vec<Event>, count: &mut u64) {
        if length == 0 {
            return;
        }
        for event in self.events() {
            let mut next = self.clone();
            path.push(event);
            *count += 1;
            let told = Told(|| format!("{path:?}"));
            let changed = next.step(event);
            next.check();
            drop(told);
            if changed {
                next.explore(length - 1, path, count);
            }
            path.pop();
        }
    }
}

/// Says what led there, where it panics.
struct Told<F: Fn() -> String>(F);

impl<F: Fn() -> String> Drop for Told<F> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("it happened after {}", (self.0)());
        }
    }
}

#[test]
fn every_order_of_eight_events_is_as_the_tree_says() {
    let mut count = 0;
    World::new().explore(8, &mut Vec::new(), &mut count);
    assert!(count > 100_000, "{count}");
}

/// By whom, and whether the key is that of one of them.
#[test]
fn created_rows_are_known_by_key_until_they_are_committed() {
    let (mut state, outer) = State::new();
    let (one, two) = (&TABLES[0], &OTHER);
    let inner = state.enter(outer).expect("it is open");
    for key in [5, 6, 7, 9] {
        state.create(inner, one, Value::I64(key));
    }
    state.create(inner, one, Value::Text("a".to_owned()));
    assert_eq!(state.created.len(), 3, "keys that follow each other are one range");
    let _ = state.leave(inner, Leave::Undo).expect("it is open");
    let creations = state.creations();
    state.create(outer, one, Value::I64(10));
    // SQLite gives the key again.
    state.create(outer, one, Value::I64(9));
    let nine = |state: &State, creations| state.created_unseen(one, &Value::I64(9), creations, Some(outer));
    assert_eq!(nine(&state, creations), Some(Visibility::RolledBack));
    assert_eq!(nine(&state, state.creations()), None);
    let unseen = |state: &State, key: i64, from| state.created_unseen(one, &Value::I64(key), u64::MAX, from);
    for key in [5, 6, 7] {
        assert_eq!(unseen(&state, key, Some(outer)), Some(Visibility::RolledBack), "{key}");
    }
    let by_another_model = state.created_unseen(&SAME, &Value::I64(5), u64::MAX, None);
    assert_eq!(by_another_model, Some(Visibility::RolledBack));
    assert_eq!(unseen(&state, 8, None), None);
    assert_eq!(state.created_unseen(two, &Value::I64(5), u64::MAX, None), None);
    assert_eq!(state.created_unseen(one, &Value::Text("b".to_owned()), u64::MAX, None), None);
    let text = Value::Text("a".to_owned());
    assert_eq!(state.created_unseen(one, &text, u64::MAX, None), Some(Visibility::RolledBack));
    assert_eq!(unseen(&state, 10, Some(outer)), None);
    assert_eq!(unseen(&state, 10, None), Some(Visibility::Uncommitted));
    let _ = state.leave(outer, Leave::Keep).expect("it is open");
    assert_eq!(unseen(&state, 10, None), None, "the database is to say");
    assert_eq!(unseen(&state, 5, None), Some(Visibility::RolledBack));
    state.settle(&Ok(()));
    assert_eq!(unseen(&state, 10, None), None);
    assert_eq!(unseen(&state, 5, None), Some(Visibility::RolledBack));
}

#[test]
fn a_million_random_orders_are_as_the_tree_says() {
    let seed = std::time::SystemTime::UNIX_EPOCH.elapsed().map_or(1, |it| it.as_secs() | 1);
    let mut random = seed;
    let mut next = |below: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        usize::try_from(random % below as u64).expect("it is below a usize")
    };
    let _told = Told(|| format!("seed {seed}"));
    for _ in 0..1_000_000 {
        let mut world = World::new();
        // Some go on after the end.
        for _ in 0..4 + next(20) {
            // The innermost is where most happens.
            let marks = world.marks.len();
            let at = if next(4) > 0 { marks - 1 } else { next(marks) };
            let event = match next(12) {
                0..4 => Work(at),
                4 => Fail(at),
                5..8 if marks < TABLES.len() => Enter(at),
                11 if next(4) == 0 => Lose,
                it if it % 2 == 0 => Event::Leave(at, Leave::Undo),
                _ => Event::Leave(at, Leave::Keep),
            };
            world.step(event);
        }
        world.check();
    }
}
