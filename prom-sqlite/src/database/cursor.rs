//! A result that is read in pieces.

use std::sync::{Arc, mpsc};
use std::time::Duration;

use prom_core::interface::{Cursor, More};
use prom_core::query::Request;
use prom_core::sql::{Watch, render};
use prom_core::{Execute, Result, Sink, async_trait};
use tokio::sync::oneshot;
use tokio_rusqlite::rusqlite::Connection;

use super::lease::{Changes, SqliteLease};
use super::run::{Filled, fill, prepare};
use super::spool::Spool;
use super::{SqliteInterface, Time};
use crate::config::Config;
use crate::dialect::Sqlite;
use crate::driver::{Cut, Driver, Purpose, closed, guarded, late, panicked};
use crate::job::{Stop, Terms};
use crate::pool::Loan;

/// A result in pieces. In a file and outside of a transaction it goes on where
/// it stopped, if a reader could be kept for it without waiting; else the first
/// piece is all of it. Where there is one connection for all, in memory and in
/// a transaction, the rest is kept in a temporary table.
pub(super) struct SqliteCursor {
    source: Source,
    request: Arc<Request>,
    state: State,
}

enum Source {
    Database(SqliteInterface),
    Transaction(SqliteLease),
}

enum State {
    /// Nothing was sent yet.
    New,
    /// A reader's thread waits for the next order.
    Held { orders: mpsc::Sender<Order>, cut: Cut },
    /// What is left of it.
    Spooled(Spool),
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
        Self { source: Source::Database(interface), request, state: State::New }
    }

    pub(super) fn within(lease: SqliteLease, request: Arc<Request>) -> Self {
        Self { source: Source::Transaction(lease), request, state: State::New }
    }

    fn config(&self) -> &Config {
        match &self.source {
            Source::Database(interface) => &interface.0.config,
            Source::Transaction(lease) => lease.config(),
        }
    }

    fn dialect(&self) -> Sqlite {
        match &self.source {
            Source::Database(interface) => interface.dialect(),
            Source::Transaction(lease) => lease.dialect(),
        }
    }

    async fn first(&mut self, sink: Box<dyn Sink>) -> Result<Piece> {
        let (request, dialect, slow) = (self.request.clone(), self.dialect(), self.config().slow);
        match &self.source {
            Source::Transaction(lease) => {
                let driver = lease.driver().clone();
                // Half-way through it writes, if only a table that nobody else sees.
                lease
                    .work(Changes::Something, move |it| first(it, driver, &request, sink, &dialect, slow))
                    .await
            }
            Source::Database(interface) if !self.config().is_shared() => {
                let (pool, loan) = interface.lend(Purpose::Write, Time::Short).await?;
                let (driver, to_keep) = (loan.driver(), loan.driver());
                let first = driver.run(self.config().terms(Purpose::Read), move |connection| {
                    let _loan = loan;
                    first(connection, to_keep, &request, sink, &dialect, slow)
                });
                interface.heed(&pool, first.await)
            }
            Source::Database(interface) => match self.hold(interface).await? {
                Some(held) => self.order(held.0, held.1, sink).await,
                None => Ok((interface.fetch(request, sink).await?, State::Ended)),
            },
        }
    }

    /// Keeps a reader for the result, if one can be had for that.
    async fn hold(&self, interface: &SqliteInterface) -> Result<Option<(mpsc::Sender<Order>, Cut)>> {
        let pool = interface.pool().await?;
        let loan = match pool.try_hold().await {
            // Closed meanwhile: it is read in one piece from the database opened again.
            Err(_) if pool.is_closed() => return Ok(None),
            loan => loan?,
        };
        let Some(loan) = loan else { return Ok(None) };
        let (orders, received) = mpsc::channel();
        let (request, dialect, config) = (self.request.clone(), self.dialect(), self.config());
        let (slow, driver) = (config.slow, loan.driver());
        let cut = driver.cut_on_drop(Stop::AtOnce);
        // It waits for its orders as long as they take; the deadline is that of each.
        let terms = Terms { deadline: None, ..config.terms(Purpose::Read) };
        driver.send_with(&cut, terms, move |connection| {
            serve(connection, &request, &dialect, slow, received, loan);
        });
        Ok(Some((orders, cut)))
    }

    /// Has a sink filled by the reader that is held.
    async fn order(&self, orders: mpsc::Sender<Order>, cut: Cut, sink: Box<dyn Sink>) -> Result<Piece> {
        let (reply, answer) = oneshot::channel();
        // Where the thread is gone, no answer comes.
        let _ = orders.send(Order { sink, reply: Reply(Some(reply)) });
        let answer = match self.config().statement_timeout {
            None => answer.await,
            Some(time) => match tokio::time::timeout(time, answer).await {
                Ok(answer) => answer,
                // What is dropped here cuts it short.
                Err(_) => return Err(late(time)),
            },
        };
        let (sink, more) = answer.unwrap_or_else(|_| Err(closed()))?;
        Ok((sink, if more == More::Maybe { State::Held { orders, cut } } else { State::Ended }))
    }

    async fn spooled(&self, spool: Spool, sink: Box<dyn Sink>) -> Result<Piece> {
        let driver = spool.driver();
        let next = driver.call(self.config().terms(Purpose::Read), move |connection| {
            guarded(connection, |connection| {
                let mut sink = sink;
                let rest = spool.give(connection, sink.as_mut())?;
                Ok((sink, rest.map_or(State::Ended, State::Spooled)))
            })
        });
        next.await
    }
}

/// A sink that was filled, and what is left.
type Piece = (Box<dyn Sink>, State);

#[async_trait]
impl Cursor for SqliteCursor {
    async fn next(&mut self, sink: Box<dyn Sink>) -> Result<(Box<dyn Sink>, More)> {
        // Until the answer is there the cursor has none: dropped or failed half-way, it is at its end.
        let (sink, state) = match std::mem::replace(&mut self.state, State::Ended) {
            State::Ended => return Ok((sink, More::End)),
            State::New => self.first(sink).await?,
            State::Held { orders, cut } => self.order(orders, cut, sink).await?,
            State::Spooled(spool) => self.spooled(spool, sink).await?,
        };
        let more = if matches!(state, State::Ended) { More::End } else { More::Maybe };
        self.state = state;
        Ok((sink, more))
    }
}

/// So many rows go into the first sink, whatever it says: a table of the rest
/// costs more than they do.
const IN_MEMORY: u64 = 10_000;

/// Fills the first sink, and keeps the rest in a temporary table.
fn first(
    connection: &Connection,
    driver: Driver,
    request: &Request,
    mut sink: Box<dyn Sink>,
    dialect: &Sqlite,
    slow: Duration,
) -> Result<Piece> {
    let watch = Watch::start(slow);
    let statement = render(dialect, request)?;
    let mut prepared = prepare(connection, &statement)?;
    let width = prepared.column_count();
    let mut rows = prepared.raw_query();
    let mut count = 0;
    let mut filled = fill(&mut rows, sink.as_mut(), &mut count)?;
    while filled == Filled::Paused && count < IN_MEMORY {
        filled = fill(&mut rows, sink.as_mut(), &mut count)?;
    }
    let state = match filled {
        Filled::Ended => State::Ended,
        Filled::Paused => State::Spooled(Spool::take_in(driver, connection, &mut rows, width)?),
    };
    watch.stop(request, &statement.text, count);
    Ok((sink, state))
}

/// Fills one sink after the other from one statement, until the cursor is
/// dropped or the rows end. The reader is free before the last rows go out.
fn serve(
    connection: &mut Connection,
    request: &Request,
    dialect: &Sqlite,
    slow: Duration,
    orders: mpsc::Receiver<Order>,
    held: Loan,
) {
    let last = guarded(connection, |connection| read(connection, request, dialect, slow, &orders));
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
    dialect: &Sqlite,
    slow: Duration,
    orders: &mpsc::Receiver<Order>,
) -> Result<Option<(Order, Result<()>)>> {
    let Ok(mut order) = orders.recv() else { return Ok(None) };
    let watch = Watch::start(slow);
    let prepared = render(dialect, request).and_then(|it| Ok((prepare(connection, &it)?, it)));
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
