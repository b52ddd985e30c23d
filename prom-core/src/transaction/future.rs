//! A future in a transaction: begun, run and ended by whoever awaits it.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use pin_project_lite::pin_project;
use tokio::time::{Instant, Sleep};

use super::builder::Place;
use super::scope::late;
use super::{Transaction, TransactionBuilder, retry};
use crate::interface::Isolation;
use crate::model::BoxFuture;
use crate::registry::{Ambient, Executor};
use crate::{Error, Kind, Result};

/// Runs `future` in a transaction: what prom does in it is done wholly or not at
/// all. It is committed when `future` gives `Ok`, and rolled back when it gives
/// `Err`, panics or is dropped. Within another one it is undone alone.
///
/// Nothing needs to be carried around: models find the transaction by the
/// connection that they live on; what lives on another connection runs outside
/// of it. A task that `future` spawns is outside as well, since tasks inherit
/// nothing, and may wait for what the transaction holds: take it along by
/// [`Transaction::scope`].
///
/// ```
/// # use prom_sqlite::prelude::*;
/// # #[prom_sqlite::orm]
/// # struct Account { balance: i64 }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> prom_sqlite::Result<()> {
/// # prom_sqlite::configure("sqlite::memory:")?;
/// let mut from = Account::create().balance(10).await?;
/// let mut to = Account::create().balance(0).await?;
/// prom_sqlite::transaction(async {
///     from.balance -= 4;
///     from.save().await?;
///     to.balance += 4;
///     to.save().await
/// })
/// .await?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// What `future` gives. [`Kind::TransactionAborted`] when it gives `Ok` though
/// an error that the database reported had ended the transaction: nothing of it
/// was kept. Else as [`begin`](super::begin()) and [`Transaction::commit`].
pub fn transaction<F, T, E>(future: F) -> TransactionFuture<F, T, E>
where
    F: Future<Output = Result<T, E>>,
    E: From<Error>,
{
    TransactionFuture {
        body: Some(future),
        stage: Stage::New(TransactionBuilder::new(Place::Here)),
        deadline: None,
    }
}

pin_project! {
    /// A future in a transaction, which begins when it is awaited: what
    /// [`transaction`] gives.
    #[must_use = "nothing begins until this is awaited"]
    pub struct TransactionFuture<F, T, E> {
        #[pin]
        body: Option<F>,
        stage: Stage<T, E>,
        deadline: Option<Pin<Box<Sleep>>>,
    }
}

enum Stage<T, E> {
    New(TransactionBuilder),
    Beginning { transaction: BoxFuture<'static, Result<Transaction>>, takes_over: bool },
    Open { transaction: Transaction, ambient: Ambient },
    Ending { end: BoxFuture<'static, Result<()>>, done: Option<Result<T, E>> },
    Ended,
}

impl<F, T, E> TransactionFuture<F, T, E> {
    fn with(mut self, set: impl FnOnce(TransactionBuilder) -> TransactionBuilder) -> Self {
        if let Stage::New(builder) = self.stage {
            self.stage = Stage::New(set(builder));
        }
        self
    }

    fn at(self, place: Place) -> Self {
        self.with(|mut it| {
            it.set_place(place);
            it
        })
    }

    /// On the connection of that name. The models in it stay where they live.
    pub fn named(self, name: impl Into<String>) -> Self {
        self.at(Place::Named(name.into()))
    }

    /// On that connection, which also takes the place of the default one within;
    /// or within that transaction.
    pub fn on(self, executor: impl Into<Executor>) -> Self {
        self.at(Place::On(executor.into()))
    }

    /// How far it is kept apart from others; else it is the database's own way.
    pub fn isolation(self, isolation: Isolation) -> Self {
        self.with(|it| it.isolation(isolation))
    }

    /// It only reads. On a SQLite file it then keeps nobody from writing.
    pub fn read_only(self) -> Self {
        self.with(TransactionBuilder::read_only)
    }

    /// When that much time has passed since it was first awaited, it is rolled
    /// back, and gives [`Kind::Deadline`].
    pub fn deadline(self, deadline: Duration) -> Self {
        self.with(|it| it.deadline(deadline))
    }
}

impl<F, T, E> Future for TransactionFuture<F, T, E>
where
    F: Future<Output = Result<T, E>>,
    E: From<Error>,
{
    type Output = Result<T, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        loop {
            if let Some(deadline) = this.deadline
                && matches!(this.stage, Stage::Beginning { .. } | Stage::Open { .. })
                && deadline.as_mut().poll(context).is_ready()
            {
                let error = late();
                if let Stage::Open { transaction, .. } = &this.stage {
                    transaction.lose(error.clone());
                }
                this.body.set(None);
                *this.stage = Stage::Ended;
                return Poll::Ready(Err(error.into()));
            }
            match &mut this.stage {
                Stage::New(_) => {
                    let Stage::New(builder) = std::mem::replace(this.stage, Stage::Ended) else {
                        continue;
                    };
                    *this.deadline = builder.time().map(|it| Box::pin(tokio::time::sleep(it)));
                    let takes_over = builder.takes_over();
                    *this.stage =
                        Stage::Beginning { transaction: Box::pin(builder.begin_watched()), takes_over };
                }
                Stage::Beginning { transaction, takes_over } => {
                    match ready!(transaction.as_mut().poll(context)) {
                        Ok(transaction) => {
                            let ambient =
                                Ambient::current().with_transaction(transaction.scope.clone(), *takes_over);
                            *this.stage = Stage::Open { transaction, ambient };
                        }
                        Err(error) => {
                            retry::note(error.is_retryable());
                            this.body.set(None);
                            *this.stage = Stage::Ended;
                            return Poll::Ready(Err(error.into()));
                        }
                    }
                }
                Stage::Open { ambient, .. } => {
                    let Some(body) = this.body.as_mut().as_pin_mut() else { return Poll::Pending };
                    let done = ready!(ambient.clone().within(|| body.poll(context)));
                    this.body.set(None);
                    let Stage::Open { transaction, .. } = std::mem::replace(this.stage, Stage::Ended) else {
                        continue;
                    };
                    let is_ok = done.is_ok();
                    // A body that never waits is not looked at before its end.
                    if is_ok && this.deadline.as_ref().is_some_and(|it| it.deadline() <= Instant::now()) {
                        transaction.lose(late());
                        return Poll::Ready(Err(late().into()));
                    }
                    let end = Box::pin(end(transaction, is_ok));
                    *this.stage = Stage::Ending { end, done: Some(done) };
                }
                Stage::Ending { end, done } => {
                    let ended = ready!(end.as_mut().poll(context));
                    let done = done.take();
                    *this.stage = Stage::Ended;
                    return match (done, ended) {
                        (Some(Err(error)), _) => Poll::Ready(Err(error)),
                        (Some(Ok(_)), Err(error)) => Poll::Ready(Err(error.into())),
                        (Some(Ok(done)), Ok(())) => Poll::Ready(Ok(done)),
                        (None, _) => Poll::Pending,
                    };
                }
                // As a future of `async`, which panics when it is asked again; waiting is kinder.
                Stage::Ended => return Poll::Pending,
            }
        }
    }
}

/// Commits or rolls back, and takes note of whether another try is worth it.
async fn end(transaction: Transaction, keep: bool) -> Result<()> {
    let scope = transaction.scope.clone();
    let ended = if keep { transaction.commit().await } else { transaction.rollback().await };
    if scope.is_outermost() {
        let is_done = keep && ended.is_ok();
        let is_unknown = ended.as_ref().is_err_and(|it| it.kind() == Kind::OutcomeUnknown);
        let is_retryable = scope.is_retryable() || ended.as_ref().is_err_and(Error::is_retryable);
        retry::note(is_retryable && !is_done && !is_unknown);
    }
    ended
}
