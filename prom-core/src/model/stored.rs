//! Writes to a table that may store something else than it was sent, or nothing: the
//! row is what the database gives back, and a write that it left out is an error.
//!
//! Each runs so that its error undoes it, and asks how the table is written to where it
//! runs: it may be its second try, after the table has changed.

use std::collections::HashMap;
use std::sync::Arc;

use super::Model;
use super::create::in_the_way;
use super::query::has;
use super::rows::fetch_stored;
use crate::query::{Assign, Compare, Delete, Filter, Insert, Request, Returning, Select, Update};
use crate::registry::Executor;
use crate::schema::Writes;
use crate::schema::catalog::WriteMode;
use crate::{Error, Kind, Result, Value};

/// Inserts all rows or none, and gives them as they are stored, in their order.
pub(super) async fn insert<M: Model>(executor: &Executor, insert: Insert) -> Result<Vec<M>> {
    let makes_key = insert.makes_keys();
    let request = Arc::new(Request::Insert(insert.returning(Returning::Rows)));
    let inserted = executor.atomically(move |executor| Box::pin(insert_in::<M>(executor, request.clone())));
    inserted.await.map_err(|error| if makes_key { without_key::<M>(error) } else { error })
}

async fn insert_in<M: Model>(executor: &Executor, request: Arc<Request>) -> Result<Vec<M>> {
    let Request::Insert(Insert { rows: wanted, .. }) = *request else { return Ok(Vec::new()) };
    let mode = mode_of::<M>(executor, &request).await?;
    let rows: Vec<M> = fetch_stored(executor, request).await?;
    if rows.len() != wanted {
        let left_out = wanted.saturating_sub(rows.len());
        let text = format!("{left_out} of {wanted} rows of `{}` were left out", model::<M>());
        return Err(suppressed::<M>(&text));
    }
    settled(executor, rows, mode).await
}

/// Changes the row that meets the filter, and gives it as it is stored; `None` where there
/// is none. One that something keeps as it is is an error.
pub(super) async fn update<M: Model>(executor: &Executor, update: Update) -> Result<Option<M>> {
    let update = Arc::new(update);
    executor.atomically(move |executor| Box::pin(update_in::<M>(executor, update.clone()))).await
}

async fn update_in<M: Model>(executor: &Executor, update: Arc<Update>) -> Result<Option<M>> {
    let writes = executor.writes(M::schema()).await?.unwrap_or_default();
    if writes.update == WriteMode::Recount {
        return recount_update::<M>(executor, &update).await;
    }
    let request = Update { returning: Returning::Rows, ..Update::clone(&update) };
    let rows: Vec<M> = fetch_stored(executor, Arc::new(Request::Update(request))).await?;
    if rows.is_empty() {
        return not_changed::<M>(executor, &update).await;
    }
    if !writes.is_view {
        return Ok(settled(executor, rows, writes.update).await?.pop());
    }
    // A change may take a row out of a view: then it is as the view gave it back.
    let by_key = filter_after(&update);
    let Some(given) = rows.into_iter().next() else { return Ok(None) };
    let mut select = Select::new(M::schema());
    select.filter = by_key;
    let mut read: Vec<M> = fetch_stored(executor, Arc::new(Request::Select(select))).await?;
    Ok(Some(read.pop().unwrap_or(given)))
}

async fn recount_update<M: Model>(executor: &Executor, update: &Update) -> Result<Option<M>> {
    let mut select = Select::new(M::schema());
    select.filter = filter_after(update);
    if executor.execute(Arc::new(Request::Update(update.clone()))).await?.rows == 0 {
        return not_changed::<M>(executor, update).await;
    }
    let mut rows: Vec<M> = fetch_stored(executor, Arc::new(Request::Select(select))).await?;
    rows.pop().ok_or_else(missing::<M>).map(Some)
}

/// What the row meets that `update` changed: its key may be another one.
fn filter_after(update: &Update) -> Vec<Filter> {
    let new_key = update.set.iter().find_map(|(field, assign)| match assign {
        Assign::To(value) if field.key.is_some() => Some(Filter::Compare(field, Compare::Eq, value.clone())),
        _ => None,
    });
    new_key.map_or_else(|| update.filter.clone(), |filter| vec![filter])
}

/// No row was changed: there is none, or something keeps it as it is.
async fn not_changed<M: Model>(executor: &Executor, update: &Update) -> Result<Option<M>> {
    if exists::<M>(executor, update.filter.clone()).await? {
        let text = format!("a row of `{}` was not changed", model::<M>());
        return Err(suppressed::<M>(&text));
    }
    Ok(None)
}

/// Inserts a row or changes the one in its way, and gives it as it is stored.
pub(super) async fn upsert<M: Model>(executor: &Executor, insert: Insert) -> Result<M> {
    let request = Arc::new(Request::Insert(insert));
    executor.atomically(move |executor| Box::pin(upsert_in::<M>(executor, request.clone()))).await
}

async fn upsert_in<M: Model>(executor: &Executor, request: Arc<Request>) -> Result<M> {
    if let Some(row) = inserted_in::<M>(executor, request.clone()).await?.pop() {
        return Ok(row);
    }
    // A row whose values cannot be decoded was left as it is, as the read says, or something
    // keeps it so.
    if let Request::Insert(insert) = &*request {
        fetch_stored::<M>(executor, Arc::new(in_the_way(insert))).await?;
    }
    let text = format!("a row of `{}` was neither inserted nor changed", model::<M>());
    Err(suppressed::<M>(&text))
}

/// Makes a change to many rows, and gives their number. SQLite counts the rows of a view
/// as none: those are counted that it gives back.
///
/// <https://www.sqlite.org/c3ref/changes.html>
pub(super) async fn change_many<M: Model>(
    executor: &Executor,
    mut request: Request,
    writes: &Writes,
) -> Result<u64> {
    if writes.is_view {
        match &mut request {
            Request::Update(update) => update.returning = Returning::Rows,
            Request::Delete(delete) => delete.returning = Returning::Rows,
            _ => {}
        }
        let request = Arc::new(request);
        return executor.atomically(move |executor| Box::pin(counted::<M>(executor, request.clone()))).await;
    }
    let is_direct = writes.mode(&request) == WriteMode::Direct;
    let request = Arc::new(request);
    if is_direct || executor.capabilities().atomic_statements {
        return Ok(executor.execute(request).await?.rows);
    }
    let done = executor.atomically(move |executor| Box::pin(executor.execute(request.clone()))).await?;
    Ok(done.rows)
}

async fn counted<M: Model>(executor: &Executor, request: Arc<Request>) -> Result<u64> {
    Ok(fetch_stored::<M>(executor, request).await?.len() as u64)
}

/// Deletes the row that meets `filter`, and gives whether it was there.
pub(super) async fn delete<M: Model>(executor: &Executor, filter: Vec<Filter>) -> Result<bool> {
    let request = Arc::new(Request::Delete(Delete::new(M::schema(), filter)));
    executor.atomically(move |executor| Box::pin(delete_in::<M>(executor, request.clone()))).await
}

async fn delete_in<M: Model>(executor: &Executor, request: Arc<Request>) -> Result<bool> {
    let Request::Delete(delete) = &*request else { return Ok(false) };
    let writes = executor.writes(M::schema()).await?.unwrap_or_default();
    // SQLite counts the rows of a view as none.
    let was_there = !writes.is_view || exists::<M>(executor, delete.filter.clone()).await?;
    let rows = executor.execute(request.clone()).await?.rows;
    let is_done = rows > 0 && writes.delete <= WriteMode::Returning;
    if !is_done && exists::<M>(executor, delete.filter.clone()).await? {
        let text = format!("a row of `{}` was not deleted", model::<M>());
        return Err(suppressed::<M>(&text));
    }
    Ok(if writes.is_view { was_there } else { rows > 0 })
}

/// Makes a change that gives rows, and gives them as they are stored, after their
/// hooks; those of a delete as they were. An insert gives none where another row is in its
/// way, or a trigger leaves it out: nobody can tell which.
pub(super) async fn written<M: Model>(executor: &Executor, request: Arc<Request>) -> Result<Vec<M>> {
    executor.atomically(move |executor| Box::pin(written_in::<M>(executor, request.clone()))).await
}

async fn written_in<M: Model>(executor: &Executor, request: Arc<Request>) -> Result<Vec<M>> {
    if matches!(*request, Request::Insert(_)) {
        return inserted_in(executor, request).await;
    }
    let mode = mode_of::<M>(executor, &request).await?;
    let is_update = matches!(*request, Request::Update(_));
    let mut rows: Vec<M> = fetch_stored(executor, request).await?;
    if is_update {
        // What a trigger has deleted since is not among the rows as they are after it.
        rows = reselected(executor, rows, mode).await?.into_iter().flatten().collect();
    }
    rows.iter_mut().try_for_each(M::__after_load)?;
    Ok(rows)
}

async fn inserted_in<M: Model>(executor: &Executor, request: Arc<Request>) -> Result<Vec<M>> {
    let mode = mode_of::<M>(executor, &request).await?;
    let rows: Vec<M> = fetch_stored(executor, request).await?;
    let mut rows = settled(executor, rows, mode).await?;
    rows.iter_mut().try_for_each(M::__after_load)?;
    Ok(rows)
}

async fn mode_of<M: Model>(executor: &Executor, request: &Request) -> Result<WriteMode> {
    let writes = executor.writes(M::schema()).await?;
    Ok(writes.map_or(WriteMode::Direct, |writes| writes.mode(request)))
}

/// Rows that were just written, as they are once every trigger has run.
///
/// What a write gives back does not show what triggers do after it.
/// <https://www.sqlite.org/lang_returning.html#limitations_and_caveats>,
/// <https://www.postgresql.org/docs/current/sql-createtrigger.html>
async fn settled<M: Model>(executor: &Executor, rows: Vec<M>, mode: WriteMode) -> Result<Vec<M>> {
    reselected(executor, rows, mode).await?.into_iter().collect::<Option<_>>().ok_or_else(missing::<M>)
}

/// The same, with nothing in the place of a row that is not there any more.
async fn reselected<M: Model>(executor: &Executor, rows: Vec<M>, mode: WriteMode) -> Result<Vec<Option<M>>> {
    let fields = M::schema().fields();
    let at = fields.iter().position(|field| field.key.is_some() && mode >= WriteMode::Reselect);
    let Some(at) = at.filter(|_| !rows.is_empty()) else {
        return Ok(rows.into_iter().map(Some).collect());
    };
    let keys: Vec<Value> = rows.iter().map(|row| row.__value(at)).collect();
    let mut select = Select::new(M::schema());
    select.filter = vec![Filter::In(&fields[at], Value::List(keys.as_slice().into()))];
    let found: Vec<M> = fetch_stored(executor, Arc::new(Request::Select(select))).await?;
    let mut by_key: HashMap<u64, M> =
        found.into_iter().map(|row| (row.__value(at).fingerprint(), row)).collect();
    Ok(keys.iter().map(|key| by_key.remove(&key.fingerprint())).collect())
}

/// Whether a row meets `filter`.
pub(super) async fn exists<M: Model>(executor: &Executor, filter: Vec<Filter>) -> Result<bool> {
    let mut select = Select::new(M::schema());
    select.filter = filter;
    has(executor, select).await
}

fn model<M: Model>() -> &'static str {
    M::schema().model()
}

/// An inserted row whose key the model cannot read: there is none, most likely.
#[cold]
fn without_key<M: Model>(error: Error) -> Error {
    let Some(key) = M::schema().key().filter(|key| error.field() == Some(key.name)) else {
        return error;
    };
    let (table, column) = (M::schema().table(), key.column);
    error.context(format_args!(
        "the database made no key for a row of `{}`, so nothing was inserted. Declare the column `{column}` of \
         the table `{table}` so that the database makes its values (on SQLite `INTEGER PRIMARY KEY`), or set \
         the key",
        model::<M>()
    ))
}

#[cold]
fn missing<M: Model>() -> Error {
    let text = format!("a row of `{}` was not there after it had been written", model::<M>());
    suppressed::<M>(&text)
}

#[cold]
fn suppressed<M: Model>(what: &str) -> Error {
    let table = M::schema().table();
    let text = format!(
        "{what}, and the database reported no error: a trigger, a rule or `ON CONFLICT IGNORE` \
         of the table `{table}` did that; nothing was done"
    );
    Error::new(Kind::Suppressed, text).with_model(model::<M>())
}
