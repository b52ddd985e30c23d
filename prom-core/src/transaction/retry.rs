//! Trying again what lost against others.

use std::any::Any;
use std::cell::Cell;
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use tokio::time::Instant;

use crate::{Error, Result};

tokio::task_local! {
    /// Whether the last transaction of this try ended by what another try might not meet.
    static IS_RETRYABLE: Cell<bool>;
}

/// Takes note of how a transaction ended.
pub(super) fn note(is_retryable: bool) {
    // Where nobody tries again, nobody wants to know.
    let _ = IS_RETRYABLE.try_with(|it| it.set(is_retryable));
}

/// Awaits what `attempt` gives, and again while it loses against others, `tries`
/// times at the most: after a serialization failure, a deadlock, a database
/// that is busy, a schema that changed meanwhile, a server that restarts. Between two
/// tries it waits: 25 ms, then 100, 400 and 1,600 ms, and 5 s from then on, each less up
/// to a half of it at random. So 5 tries wait for about two seconds in all, and 8 for
/// seventeen. No try begins when a minute has passed since the first.
///
/// What is tried again is a [`transaction`](super::transaction()) that such an error ended,
/// whatever error type it gives; or anything whose error is prom's own and
/// [`is_retryable`](Error::is_retryable). Everything in it happens again, so
/// what it does besides must bear that.
///
/// Where a closure cannot borrow what `attempt` changes, the macro
/// [`retry!`](crate::retry!) can.
///
/// ```
/// # use prom_sqlite::prelude::*;
/// # #[prom_sqlite::orm]
/// # struct Foo { bar: i64 }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> prom_sqlite::Result<()> {
/// # prom_sqlite::configure("sqlite::memory:")?;
/// prom_sqlite::retry(3, || {
///     prom_sqlite::transaction(async {
///         let count = Foo::query().count().await?;
///         Foo::create().bar(count as i64).await
///     })
/// })
/// .await?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// That of the last try.
pub async fn retry<T, E, F>(tries: u32, mut attempt: impl FnMut() -> F) -> Result<T, E>
where
    F: Future<Output = Result<T, E>>,
    E: 'static,
{
    let mut retries = Retries::new(tries);
    loop {
        let done = retries.watch(attempt()).await;
        if let Some(done) = retries.settle(done).await {
            return done;
        }
    }
}

/// As [`retry`](fn@crate::retry), in the place of a closure an expression, which is
/// evaluated for each try and may borrow what is around it, mutably too.
///
/// ```
/// # use prom_sqlite::prelude::*;
/// # #[prom_sqlite::orm]
/// # struct Foo { bar: i64 }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> prom_sqlite::Result<()> {
/// # prom_sqlite::configure("sqlite::memory:")?;
/// let mut foo = Foo::create().bar(3).await?;
/// prom_sqlite::retry!(3, prom_sqlite::transaction(async {
///     foo.bar = 4;
///     foo.save().await
/// }))?;
/// # Ok(())
/// # }
/// ```
#[macro_export]
macro_rules! retry {
    ($tries:expr, $attempt:expr $(,)?) => {{
        let mut retries = $crate::__private::Retries::new($tries);
        loop {
            let done = retries.watch($attempt).await;
            if let ::core::option::Option::Some(done) = retries.settle(done).await {
                break done;
            }
        }
    }};
}

/// How often something was tried.
#[doc(hidden)]
#[derive(Debug)]
pub struct Retries {
    left: u32,
    /// No try begins afterwards.
    end: Instant,
    pause: Duration,
    is_retryable: bool,
}

const FIRST_PAUSE: Duration = Duration::from_millis(25);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
const IN_ALL: Duration = Duration::from_secs(60);

impl Retries {
    /// So many tries.
    pub fn new(tries: u32) -> Self {
        Self { left: tries, end: Instant::now() + IN_ALL, pause: FIRST_PAUSE, is_retryable: false }
    }

    /// A try.
    pub async fn watch<F: Future>(&mut self, attempt: F) -> F::Output {
        self.left = self.left.saturating_sub(1);
        let watched = async {
            let done = attempt.await;
            (done, IS_RETRYABLE.with(Cell::get))
        };
        let (done, is_retryable) = IS_RETRYABLE.scope(Cell::new(false), watched).await;
        self.is_retryable = is_retryable;
        done
    }

    /// What a try came to, unless there is to be another, which is waited for.
    pub async fn settle<T, E: 'static>(&mut self, done: Result<T, E>) -> Option<Result<T, E>> {
        let is_retryable = match &done {
            Ok(_) => false,
            Err(error) => self.is_retryable || is_retryable(error),
        };
        if !is_retryable || self.left == 0 {
            return Some(done);
        }
        let next = Instant::now() + self.next_pause();
        if next > self.end {
            return Some(done);
        }
        drop(done);
        tokio::time::sleep_until(next).await;
        None
    }

    /// From half of it to the whole, so that two who met do not meet again.
    fn next_pause(&mut self) -> Duration {
        let pause = self.pause;
        self.pause = (pause * 4).min(LONGEST_PAUSE);
        let random = u32::try_from(RandomState::new().hash_one(self.left) % 1024).unwrap_or_default();
        pause / 2 + pause / 2 * random / 1024
    }
}

fn is_retryable<E: 'static>(error: &E) -> bool {
    let error: &dyn Any = error;
    error.downcast_ref::<Error>().is_some_and(Error::is_retryable)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::Instant;

    use super::retry;
    use crate::{Error, Kind, Result};

    /// How often what fails so is tried, and how long that takes.
    async fn tried(tries: u32, error: Error) -> (u32, Duration) {
        let start = Instant::now();
        let mut count = 0;
        let done: Result<()> = retry(tries, || {
            count += 1;
            std::future::ready(Err(error.clone()))
        })
        .await;
        assert_eq!(done.expect_err("it never succeeds").kind(), error.kind());
        (count, start.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn pauses_grow_to_seconds() {
        let seconds = Duration::from_secs_f64;
        let (count, time) = tried(5, Error::new(Kind::Deadlock, "a deadlock")).await;
        assert_eq!(count, 5);
        assert!(time >= seconds(1.06) && time <= seconds(2.2), "{time:?}");
        let (count, time) = tried(8, Error::new(Kind::Busy, "locked")).await;
        assert_eq!(count, 8);
        assert!(time >= seconds(8.5) && time <= seconds(17.2), "{time:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn no_try_begins_after_a_minute() {
        let (count, time) = tried(1_000, Error::new(Kind::Serialization, "it lost")).await;
        assert!((15..40).contains(&count), "{count}");
        assert!(time <= Duration::from_secs(60), "{time:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn of_what_cannot_be_reached_only_what_may_pass_is_tried_again() {
        assert_eq!(tried(3, Error::new(Kind::Connect, "the password is wrong")).await.0, 1);
        assert_eq!(tried(3, Error::new(Kind::Connect, "it restarts").passing()).await.0, 3);
    }
}
