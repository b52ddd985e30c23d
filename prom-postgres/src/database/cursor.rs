//! A result that is read in pieces: by a cursor of the server's, in the
//! transaction that it is asked in, or in one of its own.
//!
//! <https://www.postgresql.org/docs/current/sql-declare.html>

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use prom_core::interface::{Cursor, More};
use prom_core::query::Request;
use prom_core::sql::{Watch, render};
use prom_core::{Execute, Flow, Kind, Result, RowRef, Sink, async_trait};

use super::PostgresInterface;
use super::lease::PostgresLease;
use super::run::{Within, begin_by, drain};
use crate::error::about;
use crate::loan::{Failure, IfLost, Loan};
use crate::pool::Use;
use crate::value::{params, types};

static COUNT: AtomicU64 = AtomicU64::new(0);

/// So many rows are asked for at a time.
const PIECE: u64 = 1_000;

/// A result in pieces. Outside of a transaction it has a connection of its own,
/// if one can be had without waiting; else the first piece is all of it.
pub(super) struct PostgresCursor {
    source: Source,
    request: Arc<Request>,
    state: State,
}

enum Source {
    Database(PostgresInterface),
    Transaction(PostgresLease),
}

enum State {
    /// Nothing was sent yet.
    New,
    /// The cursor of that name is open, in the transaction that it was asked in.
    Within(String),
    /// The same in a transaction of its own, which ends with it.
    Alone(String, Box<Loan>),
    /// There is no more.
    Ended,
}

impl PostgresCursor {
    pub(super) fn new(interface: PostgresInterface, request: Arc<Request>) -> Self {
        Self { source: Source::Database(interface), request, state: State::New }
    }

    pub(super) fn within(lease: PostgresLease, request: Arc<Request>) -> Self {
        Self { source: Source::Transaction(lease), request, state: State::New }
    }

    /// Whether the first piece is all of it, whatever is found.
    fn is_short(&self) -> bool {
        matches!(&*self.request, Request::Select(it) if it.bounds.limit.is_some_and(|it| it <= PIECE))
    }

    async fn first(&self, sink: Box<dyn Sink>) -> Result<(Box<dyn Sink>, State)> {
        if self.is_short() {
            let sink = match &self.source {
                Source::Database(it) => it.fetch(self.request.clone(), sink).await?,
                Source::Transaction(it) => it.fetch(self.request.clone(), sink).await?,
            };
            return Ok((sink, State::Ended));
        }
        let name = format!("prom_{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let interface = match &self.source {
            Source::Transaction(lease) => {
                let mut sink = sink;
                let more = lease.work(async |loan| self.declare(loan, &name, sink.as_mut()).await).await?;
                return Ok((sink, if more == More::Maybe { State::Within(name) } else { State::Ended }));
            }
            Source::Database(interface) => interface,
        };
        let Some(loan) = interface.0.spare(Use::Stream).await? else {
            return Ok((interface.fetch(self.request.clone(), sink).await?, State::Ended));
        };
        let mut sink = sink;
        // The loop's body may take its time.
        let begin = "BEGIN READ ONLY; SET LOCAL statement_timeout = 0; \
            SET LOCAL idle_in_transaction_session_timeout = 0";
        let begin = begin_by(&loan, begin);
        let (begun, more) = tokio::join!(biased; begin, self.declare(&loan, &name, sink.as_mut()));
        // A connection that was used before may have died since; the plain way tries another.
        if matches!(&begun, Err(error) if error.kind() == Kind::Closed) && loan.is_reused() {
            drop(loan);
            return Ok((interface.fetch(self.request.clone(), sink).await?, State::Ended));
        }
        begun?;
        // Dropped, it is rolled back, and nobody waits for that.
        Ok((sink, if more? == More::Maybe { State::Alone(name, Box::new(loan)) } else { State::Ended }))
    }

    /// Opens the cursor and reads the first piece of it, in one round trip.
    async fn declare(&self, loan: &Loan, name: &str, sink: &mut dyn Sink) -> Result<More> {
        let watch = Watch::start(loan.config().slow);
        let dialect = loan.dialect();
        let statement = render(&dialect, &self.request)?;
        let sql = format!("DECLARE {name} NO SCROLL CURSOR FOR {}", statement.text);
        let declared = async {
            let typed = params(&statement).into_iter().zip(types(&statement));
            drain(loan, loan.client().query_typed_raw(&sql, typed).await?, &mut Nobody, Within::Transaction)
                .await
        };
        let asked = loan.run(IfLost::NothingDone, async {
            let (declared, count) = tokio::join!(biased; declared, piece(loan, name, sink));
            declared?;
            count
        });
        let count = asked.await.map_err(|error| about(&self.request, error))?;
        watch.stop(&self.request, &statement.text, count);
        Ok(more(count))
    }
}

/// Takes no rows.
struct Nobody;

impl Sink for Nobody {
    fn row(&mut self, _: &dyn RowRef) -> Result<Flow> {
        Ok(Flow::Continue)
    }
}

/// The next rows of an open cursor.
async fn piece(loan: &Loan, name: &str, sink: &mut dyn Sink) -> Result<u64, Failure> {
    let fetch = format!("FETCH FORWARD {PIECE} FROM {name}");
    let none: [(&(dyn tokio_postgres::types::ToSql + Sync), _); 0] = [];
    let rows = loan.client().query_typed_raw(&fetch, none).await?;
    let count = drain(loan, rows, sink, Within::Transaction).await?;
    if more(count) == More::End {
        // While it is open its table cannot be changed. Dropped before its end, it goes with the transaction.
        loan.send(&format!("CLOSE {name}"));
    }
    Ok(count)
}

fn more(count: u64) -> More {
    if count < PIECE { More::End } else { More::Maybe }
}

#[async_trait]
impl Cursor for PostgresCursor {
    async fn next(&mut self, sink: Box<dyn Sink>) -> Result<(Box<dyn Sink>, More)> {
        // Until the answer is there the cursor has none: dropped or failed half-way, it is at its end.
        let (sink, state) = match (std::mem::replace(&mut self.state, State::Ended), &self.source) {
            (State::New, _) => self.first(sink).await?,
            (State::Within(name), Source::Transaction(lease)) => {
                let mut sink = sink;
                let next = async |loan: &Loan| {
                    loan.run(IfLost::NothingDone, piece(loan, &name, sink.as_mut())).await
                };
                let count = lease.work(next).await?;
                (sink, if more(count) == More::Maybe { State::Within(name) } else { State::Ended })
            }
            (State::Alone(name, loan), _) => {
                let mut sink = sink;
                let count = loan.run(IfLost::NothingDone, piece(&loan, &name, sink.as_mut())).await?;
                (sink, if more(count) == More::Maybe { State::Alone(name, loan) } else { State::Ended })
            }
            (State::Within(_) | State::Ended, _) => return Ok((sink, More::End)),
        };
        let more = if matches!(state, State::Ended) { More::End } else { More::Maybe };
        self.state = state;
        Ok((sink, more))
    }
}
