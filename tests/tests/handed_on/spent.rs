//! A future that is polled once when the turn of its task is used up: it stops at
//! the first thing of tokio's that it awaits, even if that is ready.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use tokio::task::coop::{consume_budget, has_budget_remaining};

/// Uses up what is left of this turn.
fn spend(context: &mut Context<'_>) {
    while has_budget_remaining() {
        let _ = pin!(consume_budget()).poll(context);
    }
}

/// The future after that one poll, for whoever goes on with it or drops it, and what
/// it gave, if it was done.
pub(crate) async fn polled_spent<F: Future>(future: F) -> (Option<F::Output>, Pin<Box<F>>) {
    let mut future = Box::pin(future);
    let done = poll_fn(|context| {
        spend(context);
        Poll::Ready(match future.as_mut().poll(context) {
            Poll::Ready(done) => Some(done),
            Poll::Pending => None,
        })
    })
    .await;
    (done, future)
}

/// Polls it once, and drops it in the same turn.
pub(crate) async fn drop_spent<F: Future>(future: F) {
    drop(polled_spent(future).await);
    tokio::task::yield_now().await;
}
