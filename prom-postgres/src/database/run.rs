//! Statements, on one connection.

use std::pin::pin;

use futures_util::TryStreamExt;
use prom_core::interface::Done;
use prom_core::query::{Request, Returning};
use prom_core::sql::{Statement, Watch, begins_reading, may_commit, render};
use prom_core::{Error, Field, Flow, Kind, Result, RowRef, Sink};
use tokio_postgres::RowStream;

use super::insert;
use crate::error::about;
use crate::loan::{Failure, IfLost, Loan, Step};
use crate::value::{PostgresRow, check_size, params, types};

/// What a statement runs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Within {
    /// Nothing: it is a transaction of its own.
    Nothing,
    /// A transaction, which an error ends.
    Transaction,
}

/// Hands every row of `request` to `sink`.
pub(super) async fn fetch(loan: &Loan, request: &Request, sink: &mut dyn Sink, within: Within) -> Result<()> {
    let may_be_undone = match request {
        Request::Update(_) | Request::Delete(_) => true,
        // The others the statement itself leaves alone: `Postgres::only_decodable`.
        Request::Insert(insert) => insert.keeps().any(|field| !field.decodes_all),
        _ => false,
    };
    if within == Within::Nothing && may_be_undone {
        // Where one of the rows cannot be decoded, the change is undone.
        loan.opens();
        let begin = batch(loan, IfLost::NothingDone, "BEGIN");
        let (begun, asked) = tokio::join!(biased; begin, ask(loan, request, sink, Within::Transaction));
        behind_begin(begun, asked)?;
        return commit(loan).await;
    }
    ask(loan, request, sink, within).await.map(drop)
}

/// Carries out a change.
pub(super) async fn execute(loan: &Loan, request: &Request, within: Within) -> Result<Done> {
    let mut keys = Keys(Vec::new());
    let rows = ask(loan, request, &mut keys, within).await?;
    Ok(match request {
        Request::Insert(it) if it.makes_keys() && it.returning == Returning::Nothing => Done::keys(keys.0),
        // The server counts what a SELECT found as well.
        Request::Raw(raw) if begins_reading(raw) => Done::rows(0),
        _ => Done::rows(rows),
    })
}

/// Takes the keys that were made.
struct Keys(Vec<i64>);

impl Sink for Keys {
    fn row(&mut self, row: &dyn RowRef) -> Result<Flow> {
        if let Ok(key) = row.get(0).and_then(i64::decode) {
            self.0.push(key);
        }
        Ok(Flow::Continue)
    }
}

/// Sends a request and hands its rows on. Gives how many there were, or how many
/// were changed.
async fn ask(loan: &Loan, request: &Request, sink: &mut dyn Sink, within: Within) -> Result<u64> {
    let watch = Watch::start(loan.config().slow);
    let asked = match request {
        Request::Insert(it) if it.rows > 1 => insert::many(loan, it, sink, within).await,
        _ => {
            if matches!(request, Request::Raw(_)) {
                // What the user's own statement leaves on the connection, nobody knows.
                loan.taint();
            }
            let dialect = loan.dialect();
            let statement = render(&dialect, request)?;
            // Whatever else it may do ends with the statement: only what reads is broken off.
            let rest = if request.is_read() { within } else { Within::Transaction };
            let rows = loan.run(if_lost(request, within), one(loan, &statement, sink, rest)).await;
            forget_stale(loan, &rows);
            rows.map(|rows| (statement.text, rows))
        }
    };
    let (text, rows) = asked.map_err(|error| about(request, error))?;
    watch.stop(request, &text, rows);
    Ok(rows)
}

/// Whether a prepared statement is one that the server has forgotten, or that a
/// change of its tables outdated.
fn is_stale(error: &Error) -> bool {
    error.kind() == Kind::SchemaChanged && matches!(error.code(), Some("0A000" | "26000"))
}

/// What is stale is prepared anew for whoever asks next.
pub(super) fn forget_stale<T>(loan: &Loan, done: &Result<T>) {
    if done.as_ref().is_err_and(is_stale) {
        loan.outdate();
    }
}

fn if_lost(request: &Request, within: Within) -> IfLost {
    match request {
        _ if request.is_read() || within == Within::Transaction => IfLost::NothingDone,
        Request::Raw(raw) if may_commit(raw) => IfLost::CommitUnknown,
        _ => IfLost::Unknown,
    }
}

/// One statement, in one round trip once it is prepared.
pub(super) async fn one(
    loan: &Loan,
    statement: &Statement<'_>,
    sink: &mut dyn Sink,
    within: Within,
) -> Result<u64, Failure> {
    check_size(statement)?;
    let params = params(statement);
    let rows = match loan.statement(&statement.text, &[]).await? {
        Some(prepared) if prepared.params().len() != params.len() => return Err(other_parameters().into()),
        Some(prepared) => loan.client().query_raw(&prepared, params).await.map_err(at(Step::Bind))?,
        None => {
            let typed = params.into_iter().zip(types(statement));
            let rows = loan.client().query_typed_raw(&statement.text, typed).await;
            rows.map_err(at(Step::Describe))?
        }
    };
    drain(loan, rows, sink, within).await
}

/// Makes a failure of what was sent, and had got so far.
pub(super) fn at(step: Step) -> impl Fn(tokio_postgres::Error) -> Failure {
    move |error| Failure::Postgres(step, error)
}

/// Rows that nobody wants any more and that are read all the same: to break the
/// statement off costs a connection.
const FEW: u64 = 1_000;

/// Hands rows to `sink`. Gives how many there were, or how many were changed.
/// What the sink does not want is read to its end, or broken off if it is much
/// and is within nothing.
pub(super) async fn drain(
    loan: &Loan,
    rows: RowStream,
    sink: &mut dyn Sink,
    within: Within,
) -> Result<u64, Failure> {
    let mut rows = pin!(rows);
    let mut count = 0;
    let mut left = None;
    let mut failed = None;
    while let Some(row) = rows.try_next().await? {
        match &mut left {
            None => {
                count += 1;
                match sink.row(&PostgresRow::new(&row)) {
                    Ok(Flow::Continue | Flow::Pause) => {}
                    Ok(Flow::Stop) => left = Some(FEW),
                    Err(error) => (left, failed) = (Some(FEW), Some(error)),
                }
            }
            Some(0) if within == Within::Nothing => {
                loan.cut_short();
                break;
            }
            Some(left) => *left = left.saturating_sub(1),
        }
    }
    match failed {
        Some(error) => Err(error.into()),
        None => Ok(rows.rows_affected().unwrap_or(count)),
    }
}

#[cold]
fn other_parameters() -> Error {
    Error::new(
        Kind::Invalid,
        "postgres sees a parameter in the statement that is none of prom's, such as `$1`: write `:name` for each, \
         and bind it",
    )
}

/// Begins a transaction that is to be committed by [`commit`]. Where the loan is
/// dropped before, it is rolled back.
pub(super) async fn begin(loan: &Loan) -> Result<()> {
    begin_by(loan, "BEGIN").await
}

/// The same by the caller's own words.
pub(super) async fn begin_by(loan: &Loan, sql: &str) -> Result<()> {
    loan.opens();
    batch(loan, IfLost::NothingDone, sql).await?;
    loan.begins();
    Ok(())
}

/// Commits it. A plain COMMIT of a transaction that an error ended says that it
/// is done, though it was rolled back.
pub(super) async fn commit(loan: &Loan) -> Result<()> {
    batch(loan, IfLost::CommitUnknown, "SELECT;COMMIT").await?;
    loan.ends();
    Ok(())
}

/// What came of a statement that was sent behind its BEGIN, before that was answered.
pub(super) fn behind_begin<T>(begun: Result<()>, done: Result<T>) -> Result<T> {
    let Err(error) = begun else { return done };
    let is_unknown = match &done {
        Ok(_) => true,
        // Where BEGIN was refused and the connection lived on, it was lost in the statement.
        Err(lost) => lost.kind() == Kind::Closed && error.kind() != Kind::Closed,
    };
    if !is_unknown {
        return Err(error);
    }
    // Without a transaction, the statement behind was one of its own.
    Err(Error::new(
        Kind::OutcomeUnknown,
        "the transaction did not begin, and its first statement ran without one: look what it did",
    )
    .with_source(error))
}

/// Statements without parameters and rows.
pub(super) async fn batch(loan: &Loan, if_lost: IfLost, sql: &str) -> Result<()> {
    loan.run(if_lost, async { Ok(loan.client().batch_execute(sql).await?) }).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_done_behind_a_begin_that_failed_is_unknown() {
        let of = |begun: Option<Kind>, done: Option<Kind>| {
            let told = |kind: Option<Kind>| kind.map_or(Ok(()), |kind| Err(Error::new(kind, "it failed")));
            behind_begin(told(begun), told(done)).map_err(|error| error.kind())
        };
        assert_eq!(of(None, None), Ok(()));
        assert_eq!(of(None, Some(Kind::Unique)), Err(Kind::Unique));
        // BEGIN was refused, and what was sent behind it was a transaction of its own.
        assert_eq!(of(Some(Kind::Deadline), None), Err(Kind::OutcomeUnknown));
        assert_eq!(of(Some(Kind::Closed), None), Err(Kind::OutcomeUnknown));
        assert_eq!(of(Some(Kind::Deadline), Some(Kind::Closed)), Err(Kind::OutcomeUnknown));
        // Neither was done.
        assert_eq!(of(Some(Kind::Deadline), Some(Kind::Unique)), Err(Kind::Deadline));
        assert_eq!(of(Some(Kind::Closed), Some(Kind::Closed)), Err(Kind::Closed));
    }
}
