//! A future that is polled so many times and then dropped.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use tokio::sync::Notify;

/// When it is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    /// As soon as it has been polled that often: what it waits for is on its way.
    AtOnce,
    /// A little later: what it waits for is being done.
    Midway,
    /// When it is woken again: what it waits for is there, and nobody takes it.
    OnceWoken,
}

impl Moment {
    pub(super) const ALL: [Self; 3] = [Self::AtOnce, Self::Midway, Self::OnceWoken];
}

/// Nothing here waits longer for being woken.
const LONGEST: Duration = Duration::from_secs(60);

/// Less than a statement takes that waits for the disk.
const A_LITTLE: Duration = Duration::from_micros(50);

/// Rings when a future is to be polled again.
#[derive(Default)]
struct Bell(Notify);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.notify_one();
    }
}

/// Polls `future` so many times, each but the first when it was woken, and drops
/// it at that moment; what it gives, if it is done by then.
pub(super) async fn cut<F: Future>(future: F, polls: usize, moment: Moment) -> Option<F::Output> {
    let bell = Arc::new(Bell::default());
    let waker = Waker::from(bell.clone());
    let mut future = pin!(future);
    for poll in 1..=polls {
        if let Poll::Ready(done) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return Some(done);
        }
        if poll < polls || moment == Moment::OnceWoken {
            let woken = tokio::time::timeout(LONGEST, bell.0.notified()).await;
            assert!(woken.is_ok(), "nobody woke the future after poll {poll}");
        } else if moment == Moment::Midway {
            std::thread::sleep(A_LITTLE);
        }
    }
    None
}
