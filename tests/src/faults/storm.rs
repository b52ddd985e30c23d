//! Ten thousand transactions and statements of many tasks, most of them dropped
//! at some time, some of which panic.
//!
//! Each transaction writes the two halves of a pair. What was told to be done is
//! there, what was told not to be is not, no pair is there by half, and nobody
//! but who was dropped meets an error.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use prom::prelude::*;
use prom::{Error, Hooks, Kind, Result, Type, Value, ValueRef, transaction};

use super::seed::Seed;
use crate::run::in_scope;

#[prom::orm(unique(pair, side), hooks)]
#[derive(Debug, Clone, PartialEq)]
struct Half {
    pair: i64,
    side: i64,
    value: i64,
}

const PANICS: i64 = 666;
/// The side of a row that never is to be kept.
const GHOST: i64 = 7;

impl Hooks for Half {
    async fn before_insert(draft: &mut HalfDraft) -> Result<()> {
        tokio::task::yield_now().await;
        assert!(draft.get_value() != Some(PANICS), "this hook is meant to panic");
        Ok(())
    }
}

/// A number that cannot be read without a mishap.
#[derive(Debug)]
struct Bomb;

impl prom::Field for Bomb {
    const TYPE: Type = Type::I64;

    fn to_value(&self) -> Value {
        Value::I64(PANICS)
    }

    fn decode(_: ValueRef<'_>) -> Result<Self> {
        panic!("this decoder is meant to panic")
    }
}

#[prom::orm(table = "bomb")]
#[derive(Debug)]
struct Armed {
    bomb: Bomb,
}

/// The same table, to be written without one.
#[prom::orm(table = "bomb")]
#[derive(Debug)]
struct Safe {
    bomb: i64,
}

/// More rows than are read at once; nobody changes them.
#[prom::orm]
#[derive(Debug)]
struct Steady {
    bar: i64,
}

const STEADY: i64 = 1_500;
const TASKS: u64 = 20;

/// What may be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    Pair,
    PairAtOnce,
    PairByHand,
    PairWithin,
    PairBesideGhost,
    PairRefused,
    PanicInHook,
    PanicInDecoder,
    PanicInBody,
    Bump,
    BumpEach,
    Look,
    Stream,
}

impl Act {
    /// Writing more often than reading, panics seldom.
    const DRAWN: [Self; 20] = [
        Self::Pair,
        Self::Pair,
        Self::PairAtOnce,
        Self::PairByHand,
        Self::PairByHand,
        Self::PairWithin,
        Self::PairWithin,
        Self::PairBesideGhost,
        Self::PairBesideGhost,
        Self::PairRefused,
        Self::PanicInHook,
        Self::PanicInDecoder,
        Self::PanicInBody,
        Self::Bump,
        Self::BumpEach,
        Self::BumpEach,
        Self::Look,
        Self::Look,
        Self::Look,
        Self::Stream,
    ];

    fn draw(seed: &mut Seed) -> Self {
        let at = usize::try_from(seed.below(20)).unwrap_or_default();
        Self::DRAWN[at]
    }

    fn panics(self) -> bool {
        matches!(self, Self::PanicInHook | Self::PanicInDecoder | Self::PanicInBody)
    }

    fn bumps(self) -> bool {
        matches!(self, Self::Bump | Self::BumpEach)
    }

    fn looks(self) -> bool {
        matches!(self, Self::Look | Self::Stream)
    }
}

async fn half(pair: i64, side: i64) -> Result<()> {
    Half::create().pair(pair).side(side).value(0).await.map(drop)
}

async fn bump(pair: i64, side: i64) -> Result<()> {
    // In the database: what is read and then written may have changed in between, on a server.
    let changed = Half::query().eq_pair(pair).eq_side(side).incr_value(1).update().await?;
    assert_eq!(changed, 1);
    Ok(())
}

/// `body` in a transaction, which says when it came to its end.
async fn whole(at_its_end: &AtomicBool, body: impl Future<Output = Result<()>>) -> Result<()> {
    transaction(async {
        body.await?;
        at_its_end.store(true, Ordering::SeqCst);
        Ok(())
    })
    .await
}

fn refusal() -> Error {
    Error::new(Kind::Value, "it was not meant to be kept")
}

/// Does it with that pair.
async fn act(db: Connection, act: Act, pair: i64, at_its_end: Arc<AtomicBool>) -> Result<()> {
    let end = &*at_its_end;
    match act {
        Act::Pair => {
            whole(end, async {
                half(pair, 0).await?;
                half(pair, 1).await
            })
            .await
        }
        Act::PairAtOnce => {
            end.store(true, Ordering::SeqCst);
            let halves = (0..2).map(|side| Half::draft().pair(pair).side(side).value(0));
            Half::create_many(halves.collect::<Vec<_>>()).await.map(drop)
        }
        Act::PairByHand => {
            let tx = db.begin().await?;
            Half::create().pair(pair).side(0).value(0).on(&tx).await?;
            tx.scope(half(pair, 1)).await?;
            end.store(true, Ordering::SeqCst);
            tx.commit().await
        }
        Act::PairWithin => {
            whole(end, async {
                half(pair, 0).await?;
                transaction(half(pair, 1)).await
            })
            .await
        }
        Act::PairBesideGhost => {
            whole(end, async {
                half(pair, 0).await?;
                let ghost = transaction(async {
                    half(pair, GHOST).await?;
                    Err::<(), _>(refusal())
                });
                assert_eq!(ghost.await.map_err(|it| it.kind()), Err(Kind::Value));
                half(pair, 1).await
            })
            .await
        }
        Act::PairRefused => {
            whole(end, async {
                half(pair, 0).await?;
                half(pair, 1).await?;
                Err(refusal())
            })
            .await
        }
        Act::PanicInHook => {
            whole(end, async {
                half(pair, 0).await?;
                Half::create().pair(pair).side(1).value(PANICS).await.map(drop)
            })
            .await
        }
        Act::PanicInDecoder => {
            whole(end, async {
                half(pair, 0).await?;
                Armed::query().get().await.map(drop)
            })
            .await
        }
        Act::PanicInBody => {
            whole(end, async {
                half(pair, 0).await?;
                panic!("this transaction is meant to panic")
            })
            .await
        }
        Act::Bump => {
            end.store(true, Ordering::SeqCst);
            assert_eq!(Half::query().eq_pair(pair).incr_value(1).update().await?, 2);
            Ok(())
        }
        Act::BumpEach => {
            whole(end, async {
                bump(pair, 1).await?;
                bump(pair, 0).await
            })
            .await
        }
        Act::Look => {
            let values: Vec<_> = Half::query().eq_pair(pair).await?.iter().map(|it| it.value).collect();
            assert!(values.len() == 2 && values[0] == values[1], "pair {pair} is torn: {values:?}");
            Ok(())
        }
        Act::Stream => {
            let mut rows = Steady::query().asc_bar().stream();
            let mut seen = 0;
            while let Some(row) = rows.try_next().await? {
                assert_eq!(row.bar, seen);
                seen += 1;
            }
            assert_eq!(seen, STEADY);
            Ok(())
        }
    }
}

/// What became of a pair, or of a change to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Done,
    NotDone,
    /// It was dropped when it had come to its end.
    Unknown,
}

/// What everybody was told.
#[derive(Debug, Default)]
struct Ledger {
    pairs: HashMap<i64, Fate>,
    done: Vec<i64>,
    /// How often a pair was changed, and how often it may have been.
    bumps: HashMap<i64, (i64, i64)>,
    acts: u64,
    dropped: u64,
    panics: u64,
    errors: Vec<String>,
}

/// What the tasks share.
struct Storm {
    ledger: Mutex<Ledger>,
    /// How long something takes that is not dropped, in microseconds.
    usual: AtomicU64,
}

impl Storm {
    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One thing after the other.
    async fn rage(self: Arc<Self>, db: Connection, mut seed: Seed, first: i64, count: i64) {
        for new in first..first + count {
            let wanted = Act::draw(&mut seed);
            let (drawn, pair) = {
                let ledger = self.ledger();
                let at = seed.below(u64::try_from(ledger.done.len()).unwrap_or_default());
                match usize::try_from(at).ok().and_then(|at| ledger.done.get(at)) {
                    Some(&old) if wanted.bumps() || wanted.looks() => (wanted, old),
                    None if wanted.bumps() || wanted.looks() => (Act::Pair, new),
                    _ => (wanted, new),
                }
            };
            let at_its_end = Arc::new(AtomicBool::new(false));
            let work = in_scope(&db, act(db.clone(), drawn, pair, at_its_end.clone()));
            let is_timed = seed.below(4) > 0;
            let usual = self.usual.load(Ordering::Relaxed);
            let time = Duration::from_micros(if is_timed { seed.below(usual * 2) } else { 60_000_000 });
            let began = Instant::now();
            let done = tokio::spawn(tokio::time::timeout(time, work)).await;
            if !is_timed && !drawn.panics() {
                let took = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
                self.usual.store((usual * 7 + took) / 8, Ordering::Relaxed);
            }
            let mut ledger = self.ledger();
            ledger.acts += 1;
            let fate = match done {
                Ok(Ok(Ok(()))) => Fate::Done,
                Ok(Ok(Err(error))) => {
                    match (drawn, error.kind()) {
                        (Act::PairRefused, Kind::Value) | (Act::Bump | Act::BumpEach, Kind::Deadlock) => {}
                        (Act::PanicInDecoder, Kind::Panicked) => ledger.panics += 1,
                        _ => ledger.errors.push(format!("{drawn:?}: {error:?}")),
                    }
                    Fate::NotDone
                }
                Ok(Err(_)) => {
                    ledger.dropped += 1;
                    if !is_timed {
                        ledger.errors.push(format!("{drawn:?}: it hangs"));
                    }
                    match at_its_end.load(Ordering::SeqCst) {
                        true => Fate::Unknown,
                        false => Fate::NotDone,
                    }
                }
                Err(panic) => {
                    ledger.panics += 1;
                    if !drawn.panics() {
                        ledger.errors.push(format!("{drawn:?}: {panic}"));
                    }
                    Fate::NotDone
                }
            };
            if drawn.bumps() {
                let bumps = ledger.bumps.entry(pair).or_default();
                bumps.0 += i64::from(fate == Fate::Done);
                bumps.1 += i64::from(fate == Fate::Unknown);
            } else if !drawn.looks() {
                ledger.pairs.insert(pair, fate);
                if fate == Fate::Done {
                    ledger.done.push(pair);
                }
            }
        }
    }
}

behaviour! {
    /// Nothing is lost, torn or haunted, and nobody is held up afterwards.
    #[needs(transactions, savepoints, unique)]
    async fn whatever_is_dropped_or_panics_is_nobody_elses_affair(db) {
        let mut seed = Seed::new("a storm");
        // A backend without SQL is one in memory, which may copy all rows with each change.
        let acts: u32 = if db.capabilities().sql { 10_000 } else { 2_000 };
        db.install(&[Half::schema()]).await?;
        Safe::create().bomb(PANICS).await?;
        Steady::create_many((0..STEADY).map(|it| Steady::draft().bar(it))).await?;
        let storm = Arc::new(Storm { ledger: Mutex::default(), usual: AtomicU64::new(5_000) });
        let began = Instant::now();
        let each = i64::from(acts) / TASKS.cast_signed();
        let tasks: Vec<_> = (0..TASKS.cast_signed())
            .map(|task| tokio::spawn(storm.clone().rage(db.clone(), seed.fork(), task * each, each)))
            .collect();
        for task in tasks {
            task.await.expect("it does not panic");
        }
        let took = began.elapsed();

        // Nobody has a transaction open any more, and the database is the same.
        let next = tokio::time::timeout(Duration::from_secs(60), transaction(half(-1, 0)));
        next.await.expect("something is still open")?;
        assert_eq!(Steady::query().count().await?, STEADY.unsigned_abs());

        let mut found: HashMap<i64, Vec<(i64, i64)>> = HashMap::new();
        for it in Half::query().gte_pair(0).asc_side().await? {
            found.entry(it.pair).or_default().push((it.side, it.value));
        }
        let ledger = storm.ledger();
        let is_there = |pair: &i64| found.contains_key(pair);
        let with = |fate: Fate| ledger.pairs.iter().filter(move |(_, it)| **it == fate).map(|(pair, _)| pair);
        let lost: Vec<_> = with(Fate::Done).filter(|it| !is_there(it)).collect();
        let ghosts: Vec<_> = with(Fate::NotDone).filter(|it| is_there(it)).collect();
        let torn: Vec<_> = found
            .iter()
            .filter(|(_, halves)| !matches!(halves[..], [(0, left), (1, right)] if left == right))
            .collect();
        let miscounted: Vec<_> = found
            .iter()
            .filter(|(pair, halves)| {
                let (done, perhaps) = ledger.bumps.get(pair).copied().unwrap_or_default();
                !(done..=done + perhaps).contains(&halves[0].1)
            })
            .collect();
        println!(
            "a storm on {}: {} acts in {took:?}, {} dropped, {} panics, {} pairs done, {} unknown, {} there; \
             {} lost, {} torn, {} ghosts, {} miscounted, {} errors",
            db.name(), ledger.acts, ledger.dropped, ledger.panics, ledger.done.len(),
            with(Fate::Unknown).count(), found.len(),
            lost.len(), torn.len(), ghosts.len(), miscounted.len(), ledger.errors.len(),
        );
        assert_eq!(lost, Vec::<&i64>::new(), "they were told to be done");
        assert_eq!(ghosts, Vec::<&i64>::new(), "they were told not to be done");
        assert_eq!(torn, [], "they are there by half");
        assert_eq!(miscounted, [], "changes were lost, or made up");
        assert_eq!(ledger.errors, Vec::<String>::new(), "others met them");
        assert_eq!(ledger.acts, u64::from(acts));
    }
}
