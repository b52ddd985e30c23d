//! Several ways to one thing, of which the first that gets there wins.

use std::pin::pin;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::{Either, select};
use futures_util::stream::FuturesUnordered;
use prom_core::Error;

/// How long a way is tried before the next one is tried beside it.
///
/// <https://www.rfc-editor.org/rfc/rfc8305#section-8>
const DELAY: Duration = Duration::from_millis(250);

/// What the first of `ways` comes to that gets there. The next one begins when one
/// has failed, or [`DELAY`] after the last began; those that are too late are dropped.
///
/// # Errors
///
/// That of the last that failed; `None` where there is no way at all.
pub(super) async fn first<W, T, F>(
    ways: impl IntoIterator<Item = W>,
    go: impl Fn(W) -> F,
) -> Result<T, Option<Error>>
where
    F: Future<Output = Result<T, Error>>,
{
    let mut ways = ways.into_iter();
    let mut running = FuturesUnordered::new();
    let mut last = None;
    loop {
        let next = ways.next();
        let has_next = next.is_some();
        running.extend(next.map(&go));
        let done = match has_next {
            false => running.next().await,
            true => match select(running.next(), pin!(tokio::time::sleep(DELAY))).await {
                Either::Left((done, _)) => done,
                Either::Right(_) => continue,
            },
        };
        match done {
            Some(Ok(reached)) => return Ok(reached),
            Some(Err(error)) => last = Some(error),
            None => return Err(last),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use prom_core::Kind;
    use tokio::time::Instant;

    use super::*;

    /// A way that takes so many milliseconds, and gets there or not.
    type Way = (u64, bool);

    /// What came of it, after how many milliseconds, and when each way began.
    async fn race(ways: &[Way]) -> (Option<u64>, u128, Vec<u128>) {
        let start = Instant::now();
        let begun = Mutex::new(Vec::new());
        let done = first(ways.iter().copied(), |(time, gets_there)| {
            begun.lock().expect("not poisoned").push(start.elapsed().as_millis());
            async move {
                tokio::time::sleep(Duration::from_millis(time)).await;
                if gets_there { Ok(time) } else { Err(Error::new(Kind::Connect, "refused")) }
            }
        });
        (done.await.ok(), start.elapsed().as_millis(), begun.into_inner().expect("not poisoned"))
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_way_does_not_stand_in_the_way_of_the_others() {
        assert_eq!(race(&[(60_000, false), (10, true)]).await, (Some(10), 260, vec![0, 250]));
        assert_eq!(race(&[(60_000, true), (60_000, true), (10, true)]).await.0, Some(10));
    }

    #[tokio::test(start_paused = true)]
    async fn the_next_begins_at_once_where_one_has_failed() {
        assert_eq!(race(&[(10, false), (20, false), (5, true)]).await, (Some(5), 35, vec![0, 10, 30]));
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_fast_is_alone() {
        assert_eq!(race(&[(100, true), (1, true)]).await, (Some(100), 100, vec![0]));
    }

    #[tokio::test(start_paused = true)]
    async fn where_none_gets_there_each_was_waited_for() {
        assert_eq!(race(&[(500, false), (10, false)]).await, (None, 500, vec![0, 250]));
        assert_eq!(race(&[]).await, (None, 0, vec![]));
    }
}
