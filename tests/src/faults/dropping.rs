//! Whatever prom does, dropped after every number of polls: it is done wholly or
//! not at all, and nobody else is held up.
//!
//! What a case does is known by doing it once undisturbed. Dropped anywhere, it
//! leaves the rows as they were before or as they are after; and what is part of
//! a transaction whose end nobody asked for leaves them as they were before.

mod cases;
mod first;
mod long;

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use prom::prelude::*;
use prom::{BoxFuture, Error, Kind, Result, transaction};

use self::cases::{CASES, Case, MANY, Many, Mark, Other, State, arrange, mark, state};
pub(super) use self::long::LONG;
use super::cut::{Moment, cut};
use crate::run::in_scope;

/// Others, who write whatever happens.
#[derive(Default)]
struct Others(AtomicI64);

/// Whoever waits longer waits for ever: to its end what was dropped takes minutes.
const LONGEST: Duration = Duration::from_secs(25);

impl Others {
    /// A statement and a transaction of another task go through, at once.
    async fn write(&self, db: &Connection, after: &str) {
        let work = in_scope(db, async {
            Other::query().incr_count(1).update_all().await?;
            transaction(async { Other::query().incr_count(1).update_all().await }).await
        });
        let done = tokio::time::timeout(LONGEST, tokio::spawn(work)).await;
        let done = done.unwrap_or_else(|_| panic!("{after}: others wait for ever"));
        if let Err(error) = done.expect("it does not panic") {
            panic!("{after}: others meet {error:?}");
        }
        self.0.fetch_add(2, Ordering::Relaxed);
    }

    async fn lost_nothing(&self) -> Result<()> {
        assert_eq!(Other::query().only().await?.count, self.0.load(Ordering::Relaxed));
        Ok(())
    }
}

/// A case that is to be dropped somewhere.
struct Drop {
    db: Connection,
    case: &'static Case,
    polls: usize,
    moment: Moment,
    before: State,
    after: State,
}

/// What may be found then.
struct Found {
    /// What the case gave, if it came to its end before.
    done: Option<Result<()>>,
    allowed: Vec<State>,
}

/// Where a case is dropped.
type Place = fn(Drop) -> BoxFuture<'static, Result<Found>>;

impl Drop {
    fn work(&self) -> BoxFuture<'static, Result<()>> {
        (self.case.work)(self.db.clone())
    }

    async fn cut<F: Future>(&self, work: F) -> Option<F::Output> {
        cut(work, self.polls, self.moment).await
    }
}

/// Drops each case at `place`, after every number of polls until it comes to its
/// end, and looks each time at what is left.
async fn drop_each(db: &Connection, place: Place) -> Result<()> {
    arrange().await?;
    Other::create().count(0).await?;
    Many::create_many((0..MANY).map(|it| Many::draft().bar(it))).await?;
    let others = Others::default();
    let can = db.capabilities();
    let mut drops = 0;
    for case in CASES.iter().filter(|it| it.is_for(&can)) {
        let before = arrange().await?;
        (case.work)(db.clone()).await?;
        let after = state().await?;
        for moment in Moment::ALL {
            for polls in 0.. {
                let at = format!("{}, dropped {moment:?} after {polls} polls", case.name);
                assert!(polls < 1_000, "{at}: it never ends");
                arrange().await?;
                let (before, after, db) = (before.clone(), after.clone(), db.clone());
                let found = place(Drop { db: db.clone(), case, polls, moment, before, after }).await;
                let found = found.unwrap_or_else(|error| panic!("{at}: {error:?}"));
                if found.done.is_none() && db.dsn().is_scheme("postgres") {
                    // What was on its way ends beside who comes next: until then nobody knows what is there.
                    db.close().await?;
                }
                others.write(&db, &at).await;
                let now = state().await?;
                assert!(found.allowed.contains(&now), "{at}: {now:#?} instead of {:#?}", found.allowed);
                match found.done {
                    None => drops += 1,
                    Some(Ok(())) => break,
                    Some(Err(error)) => panic!("{at}: {error:?}"),
                }
            }
        }
    }
    others.lost_nothing().await?;
    println!("dropped on {}: {drops} times", db.name());
    Ok(())
}

behaviour! {
    /// Alone on its connection.
    async fn whatever_is_dropped_is_done_wholly_or_not_at_all(db) {
        drop_each(db, |it| Box::pin(alone(it))).await?;
    }
}

async fn alone(it: Drop) -> Result<Found> {
    let done = it.cut(it.work()).await;
    let allowed = match &done {
        Some(_) => vec![it.after],
        None => vec![it.before, it.after],
    };
    Ok(Found { done, allowed })
}

behaviour! {
    /// While it waits for its turn, and while it does what it waited for.
    #[needs(transactions)]
    async fn what_is_dropped_behind_a_transaction_keeps_nobody_waiting(db) {
        drop_each(db, |it| Box::pin(behind_a_transaction(it))).await?;
    }
}

async fn behind_a_transaction(it: Drop) -> Result<Found> {
    let held = it.db.begin().await?;
    Mark::create().name("undone").on(&held).await?;
    let release = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(1)).await;
        held.rollback().await
    });
    let found = alone(it).await;
    release.await.expect("it does not panic")?;
    found
}

behaviour! {
    /// Nothing of it is there, unless its body had come to its end.
    #[needs(transactions, savepoints)]
    async fn a_transaction_that_is_dropped_before_its_end_leaves_no_trace(db) {
        drop_each(db, |it| Box::pin(as_transaction(it))).await?;
    }
}

async fn as_transaction(it: Drop) -> Result<Found> {
    let at_its_end = AtomicBool::new(false);
    let work = transaction(async {
        mark("first").await?;
        it.work().await?;
        mark("last").await?;
        at_its_end.store(true, Ordering::Relaxed);
        Ok(())
    });
    let done = it.cut(work).await;
    let after = it.after.marked(&["first", "last"]);
    let allowed = match (&done, at_its_end.load(Ordering::Relaxed)) {
        (Some(_), _) => vec![after],
        (None, true) => vec![it.before, after],
        (None, false) => vec![it.before],
    };
    Ok(Found { done, allowed })
}

behaviour! {
    /// A statement that was on its way is not: then the transaction cannot be
    /// committed. One within it may have been committed, and nobody heard of it.
    #[needs(transactions, savepoints)]
    async fn what_is_dropped_within_a_transaction_is_not_kept_by_half(db) {
        drop_each(db, |it| Box::pin(within_a_transaction(it))).await?;
    }
}

async fn within_a_transaction(it: Drop) -> Result<Found> {
    let tx = it.db.begin().await?;
    tx.scope(mark("first")).await?;
    let done = it.cut(tx.scope(it.work())).await;
    let allowed = match (&done, tx.commit().await) {
        (Some(_), Ok(())) => vec![it.after.marked(&["first"])],
        (None, Ok(())) if it.case.has_own_transaction() => {
            vec![it.before.marked(&["first"]), it.after.marked(&["first"])]
        }
        (None, Ok(())) => vec![it.before.marked(&["first"])],
        (None, Err(error)) if error.kind() == Kind::TransactionAborted => vec![it.before],
        (_, Err(error)) => return Err(error),
    };
    Ok(Found { done, allowed })
}

behaviour! {
    /// And the outer one goes on, to its own end.
    #[needs(transactions, savepoints)]
    async fn a_transaction_within_another_is_dropped_alone(db) {
        drop_each(db, |it| Box::pin(as_transaction_within_another(it))).await?;
    }
}

async fn as_transaction_within_another(it: Drop) -> Result<Found> {
    let at_its_end = AtomicBool::new(false);
    let done = transaction(async {
        mark("first").await?;
        let inner = transaction(async {
            it.work().await?;
            mark("inner").await?;
            at_its_end.store(true, Ordering::Relaxed);
            Ok(())
        });
        let done = it.cut(inner).await;
        mark("last").await?;
        Ok::<_, Error>(done)
    })
    .await?;
    let before = it.before.marked(&["first", "last"]);
    let after = it.after.marked(&["first", "inner", "last"]);
    let allowed = match (&done, at_its_end.load(Ordering::Relaxed)) {
        (Some(_), _) => vec![after],
        (None, true) => vec![before, after],
        (None, false) => vec![before],
    };
    Ok(Found { done, allowed })
}

behaviour! {
    /// What is durable is there afterwards; and the next use opens it again.
    async fn a_close_that_is_dropped_loses_nothing(db) {
        let is_durable = db.capabilities().durable;
        for moment in Moment::ALL {
            for polls in 0.. {
                let before = arrange().await?;
                if polls % 2 == 1 {
                    // One that goes on in several pieces, and is dropped after it.
                    let mut rows = Many::query().stream();
                    rows.try_next().await?;
                }
                let done = cut(db.close(), polls, moment).await;
                let now = tokio::time::timeout(LONGEST, state()).await.expect("the next use waits for ever")?;
                let is_empty = now.foos.is_empty() && now.marks.is_empty();
                assert!(now == before || !is_durable && is_empty, "after {polls} polls: {now:?}");
                if let Some(done) = done {
                    done?;
                    break;
                }
            }
        }
    }
}

behaviour! {
    /// As in a `select!` of a loop: what was on its way is there the next time.
    async fn a_stream_loses_no_row_when_its_next_is_dropped() {
        Many::create_many((0..MANY).map(|it| Many::draft().bar(it))).await?;
        for moment in Moment::ALL {
            for polls in 1..4 {
                let mut rows = Many::query().asc_bar().stream();
                let (mut seen, mut drops) = (Vec::new(), 0);
                loop {
                    match cut(rows.try_next(), polls, moment).await {
                        None => drops += 1,
                        Some(row) => match row? {
                            Some(row) => seen.push(row.bar),
                            None => break,
                        },
                    }
                    assert!(drops < 1_000_000, "it never comes");
                    tokio::task::yield_now().await;
                }
                assert_eq!(seen, (0..MANY).collect::<Vec<_>>(), "{drops} drops");
            }
        }
    }
}
