//! Many rows at once.

use std::pin::pin;

use bytes::{Bytes, BytesMut};
use futures_util::{SinkExt, TryStreamExt, future};
use postgres_types::Type;
use prom_core::query::{Insert, Request};
use prom_core::sql::render;
use prom_core::{Result, Sink};
use tokio_postgres::Row;

use super::run::{Within, at, begin, commit, drain, forget_stale};
use crate::loan::{Failure, IfLost, Loan, Step};
use crate::value::{PostgresRow, check_size, params, types};
use crate::{bulk, copy};

/// Inserts all rows or none, in as few statements as that takes; hands on what
/// they give back. Gives the statement and how many rows there were.
pub(super) async fn many(
    loan: &Loan,
    it: &Insert,
    sink: &mut dyn Sink,
    within: Within,
) -> Result<(String, u64)> {
    if !bulk::is_bulk(it) {
        return one_by_one(loan, it, sink, within).await;
    }
    if let Some(types) = copy_types(loan, it).await? {
        let text = copy::text(it);
        let pieces = encode(it, &types)?;
        // Alone, its end is no answer yet: the server commits after it.
        if within == Within::Nothing {
            begin(loan).await?;
        }
        let rows = loan.run(IfLost::NothingDone, send(loan, pieces, &text)).await?;
        if within == Within::Nothing {
            commit(loan).await?;
        }
        return Ok((text, rows));
    }
    let dialect = loan.dialect();
    if bulk::has_arrays(&dialect, it) {
        return one_by_one(loan, it, sink, within).await;
    }
    let text = bulk::text(&dialect, it)?;
    // What fits one statement needs no transaction.
    let alone = within == Within::Nothing && bulk::block_end(it, 0) < it.rows;
    if alone {
        begin(loan).await?;
    }
    let within = if alone { Within::Transaction } else { within };
    let mut rows = 0;
    let mut start = 0;
    while start < it.rows {
        let end = bulk::block_end(it, start);
        let done = loan.run(lost(within), block(loan, it, &text, start..end, sink)).await;
        forget_stale(loan, &done);
        rows += done?;
        start = end;
    }
    if alone {
        commit(loan).await?;
    }
    Ok((text, rows))
}

fn lost(within: Within) -> IfLost {
    match within {
        Within::Nothing => IfLost::Unknown,
        Within::Transaction => IfLost::NothingDone,
    }
}

async fn block(
    loan: &Loan,
    it: &Insert,
    text: &str,
    rows: std::ops::Range<usize>,
    sink: &mut dyn Sink,
) -> Result<u64, Failure> {
    let params = bulk::params(it, rows);
    let given = match loan.statement(text, &[]).await? {
        Some(prepared) => loan.client().query_raw(&prepared, params).await.map_err(at(Step::Bind))?,
        None => {
            let typed = params.into_iter().map(|it| (it, Type::UNKNOWN));
            loan.client().query_typed_raw(text, typed).await.map_err(at(Step::Describe))?
        }
    };
    drain(loan, given, sink, Within::Transaction).await
}

/// The types of the columns, if the rows can go by COPY.
async fn copy_types(loan: &Loan, it: &Insert) -> Result<Option<Vec<Type>>> {
    if !copy::is_copy(it) {
        return Ok(None);
    }
    let probe = copy::probe(it);
    let prepared = loan.run(IfLost::NothingDone, loan.statement(&probe, &[])).await?;
    let types = prepared.map(|it| it.columns().iter().map(|it| it.type_().clone()).collect::<Vec<_>>());
    Ok(types.filter(|types| copy::fits(it, types)))
}

/// So many bytes are sent at a time.
const PIECE: usize = 1 << 20;

/// All of it, before the first is sent: what is refused here has not begun there.
fn encode(it: &Insert, types: &[Type]) -> Result<Vec<Bytes>> {
    let mut pieces = Vec::new();
    let mut bytes = BytesMut::new();
    copy::begin(&mut bytes);
    for row in 0..it.rows {
        copy::row(it, row, types, &mut bytes)?;
        if bytes.len() >= PIECE {
            pieces.push(bytes.split().freeze());
        }
    }
    copy::end(&mut bytes);
    pieces.push(bytes.freeze());
    Ok(pieces)
}

async fn send(loan: &Loan, pieces: Vec<Bytes>, text: &str) -> Result<u64, Failure> {
    let mut server = pin!(loan.client().copy_in(text).await?);
    for piece in pieces {
        server.feed(piece).await?;
    }
    Ok(server.as_mut().finish().await?)
}

/// So many statements are on their way at a time.
const WINDOW: usize = 64;

/// Each row by a statement of its own, for those that may be in each other's way.
async fn one_by_one(loan: &Loan, it: &Insert, sink: &mut dyn Sink, within: Within) -> Result<(String, u64)> {
    if within == Within::Nothing {
        begin(loan).await?;
    }
    let singles: Vec<Request> = (0..it.rows).map(|row| Request::Insert(it.single(row))).collect();
    let mut text = String::new();
    let mut count = 0;
    for window in singles.chunks(WINDOW) {
        let given = loan.run(IfLost::NothingDone, async {
            future::try_join_all(window.iter().map(|it| rows(loan, it))).await
        });
        for (sql, rows, changed) in given.await? {
            for row in &rows {
                sink.row(&PostgresRow::new(row))?;
            }
            count += changed;
            text = sql;
        }
    }
    if within == Within::Nothing {
        commit(loan).await?;
    }
    Ok((text, count))
}

/// All that one statement gives: what others on the way give waits for it.
async fn rows(loan: &Loan, request: &Request) -> Result<(String, Vec<Row>, u64), Failure> {
    let dialect = loan.dialect();
    let statement = render(&dialect, request)?;
    check_size(&statement)?;
    let params = params(&statement);
    let stream = match loan.statement(&statement.text, &[]).await? {
        Some(prepared) => loan.client().query_raw(&prepared, params).await.map_err(at(Step::Bind))?,
        None => {
            let typed = params.into_iter().zip(types(&statement));
            loan.client().query_typed_raw(&statement.text, typed).await.map_err(at(Step::Describe))?
        }
    };
    let mut stream = pin!(stream);
    let mut rows = Vec::new();
    while let Some(row) = stream.try_next().await? {
        rows.push(row);
    }
    let changed = stream.rows_affected().unwrap_or_default();
    Ok((statement.text, rows, changed))
}
