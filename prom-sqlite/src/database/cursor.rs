//! A result that is read in pieces, on a reader that is kept for it.

use std::sync::{Arc, mpsc};
use std::time::Duration;

use prom_core::interface::{Cursor, More};
use prom_core::query::Request;
use prom_core::sql::{Watch, render};
use prom_core::{Execute, Result, Sink, async_trait};
use tokio::sync::{OwnedSemaphorePermit, oneshot};
use tokio_rusqlite::rusqlite::Connection;

use super::SqliteInterface;
use super::run::{Filled, fill, prepare};
use crate::dialect::Sqlite;
use crate::driver::{closed, guarded, panicked};
use crate::pool::Loan;

/// A result in pieces. It goes on where it stopped if a reader could be kept
/// for it without waiting; else the first piece is all of it.
pub(super) struct SqliteCursor {
    interface: SqliteInterface,
    request: Arc<Request>,
    state: State,
}

enum State {
    /// Nothing was sent yet.
    New,
    /// A reader's thread waits for the next order.
    Held(mpsc::Sender<Order>),
    /// There is no more.
    Ended,
}

/// A sink to fill, and where to send it then.
struct Order {
    sink: Box<dyn Sink>,
    reply: Reply,
}

type Answer = Result<(Box<dyn Sink>, More)>;

/// Answers by itself when what fills the sink panics. No answer at all means
/// that the thread is gone.
struct Reply(Option<oneshot::Sender<Answer>>);

impl Reply {
    fn send(mut self, answer: Answer) {
        if let Some(reply) = self.0.take() {
            // Where nobody waits any more, nobody is told.
            let _ = reply.send(answer);
        }
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        if std::thread::panicking()
            && let Some(reply) = self.0.take()
        {
            let _ = reply.send(Err(panicked()));
        }
    }
}

impl SqliteCursor {
    pub(super) fn new(interface: SqliteInterface, request: Arc<Request>) -> Self {
        Self { interface, request, state: State::New }
    }

    /// Keeps a reader for the result, if one can be had for that.
    async fn open(&mut self) -> Result<()> {
        let pool = self.interface.pool().await?;
        let Some(hold) = pool.try_hold() else {
            return Ok(());
        };
        let loan = match pool.reader().await {
            // Closed meanwhile: it is read in one piece from the database opened again.
            Err(_) if pool.is_closed() => return Ok(()),
            loan => loan?,
        };
        let (orders, received) = mpsc::channel();
        let (request, slow) = (self.request.clone(), self.interface.0.config.slow);
        loan.driver().send(move |connection| serve(connection, &request, slow, received, (loan, hold)));
        self.state = State::Held(orders);
        Ok(())
    }
}

#[async_trait]
impl Cursor for SqliteCursor {
    async fn next(&mut self, sink: Box<dyn Sink>) -> Result<(Box<dyn Sink>, More)> {
        if matches!(self.state, State::New) {
            self.open().await?;
        }
        // Until the answer is there the cursor has none: dropped or failed half-way, it is at its end.
        match std::mem::replace(&mut self.state, State::Ended) {
            State::Ended => Ok((sink, More::End)),
            State::New => Ok((self.interface.fetch(self.request.clone(), sink).await?, More::End)),
            State::Held(orders) => {
                let (reply, answer) = oneshot::channel();
                // Where the thread is gone, no answer comes.
                let _ = orders.send(Order { sink, reply: Reply(Some(reply)) });
                let (sink, more) = answer.await.unwrap_or_else(|_| Err(closed()))?;
                if more == More::Maybe {
                    self.state = State::Held(orders);
                }
                Ok((sink, more))
            }
        }
    }
}

/// Fills one sink after the other from one statement, until the cursor is
/// dropped or the rows end. The reader is free before the last rows go out.
fn serve(
    connection: &mut Connection,
    request: &Request,
    slow: Duration,
    orders: mpsc::Receiver<Order>,
    held: (Loan, OwnedSemaphorePermit),
) {
    let last = guarded(connection, |connection| read(connection, request, slow, &orders));
    drop(held);
    match last {
        Ok(Some((order, Ok(())))) => {
            order.reply.send(Ok((order.sink, More::End)));
        }
        Ok(Some((order, Err(error)))) => {
            order.reply.send(Err(error));
        }
        Ok(None) | Err(_) => {}
    }
}

/// Gives back the order that cannot be paused any more, and why; `None` when
/// the cursor was dropped.
fn read(
    connection: &Connection,
    request: &Request,
    slow: Duration,
    orders: &mpsc::Receiver<Order>,
) -> Result<Option<(Order, Result<()>)>> {
    let Ok(mut order) = orders.recv() else { return Ok(None) };
    let watch = Watch::start(slow);
    let prepared = render(&Sqlite, request).and_then(|it| Ok((prepare(connection, &it)?, it)));
    let (mut prepared, statement) = match prepared {
        Ok(it) => it,
        Err(error) => return Ok(Some((order, Err(error)))),
    };
    let mut rows = prepared.raw_query();
    let mut count = 0;
    let mut filled = fill(&mut rows, order.sink.as_mut(), &mut count);
    // The first piece alone: the others come when the reader of the stream wants them.
    watch.stop(request, &statement.text, count);
    loop {
        match filled {
            Err(error) => return Ok(Some((order, Err(error)))),
            Ok(Filled::Ended) => return Ok(Some((order, Ok(())))),
            Ok(Filled::Paused) => {
                order.reply.send(Ok((order.sink, More::Maybe)));
            }
        }
        match orders.recv() {
            Ok(next) => order = next,
            Err(_) => return Ok(None),
        }
        filled = fill(&mut rows, order.sink.as_mut(), &mut count);
    }
}
