//! Writes to a table that may store something else than it was sent, or nothing: the
//! row is what the database gives back, and a write that it left out is an error.
//!
//! Each runs so that its error undoes it.

use std::collections::HashMap;
use std::sync::Arc;

use super::Model;
use super::create::in_the_way;
use super::query::has;
use super::rows::fetch_stored;
use super::save::gone;
use crate::query::{Delete, Filter, Insert, Request, Returning, Select, Update};
use crate::registry::Executor;
use crate::schema::catalog::WriteMode;
use crate::{Error, Kind, Result, Value};

/// Inserts all rows or none, and gives them as they are stored, in their order.
pub(super) async fn insert<M: Model>(executor: &Executor, insert: Insert, mode: WriteMode) -> Result<Vec<M>> {
    executor.atomically(move |executor| Box::pin(insert_in::<M>(executor, insert, mode))).await
}

async fn insert_in<M: Model>(executor: &Executor, insert: Insert, mode: WriteMode) -> Result<Vec<M>> {
    let wanted = insert.rows;
    let request = Request::Insert(insert.returning(Returning::Rows));
    let rows: Vec<M> = fetch_stored(executor, request).await?;
    if rows.len() != wanted {
        let left_out = wanted.saturating_sub(rows.len());
        let text = format!("{left_out} of {wanted} rows of `{}` were left out", model::<M>());
        return Err(suppressed::<M>(&text));
    }
    settled(executor, rows, mode).await
}

/// Changes the row that meets `filter`, and gives it as it is stored. Where none is
/// changed, the row is gone, or something keeps it as it is.
pub(super) async fn update<M: Model>(executor: &Executor, update: Update, mode: WriteMode) -> Result<M> {
    executor.atomically(move |executor| Box::pin(update_in::<M>(executor, update, mode))).await
}

async fn update_in<M: Model>(executor: &Executor, mut update: Update, mode: WriteMode) -> Result<M> {
    let filter = update.filter.clone();
    update.returning = Returning::Rows;
    let rows: Vec<M> = fetch_stored(executor, Request::Update(update)).await?;
    if rows.is_empty() {
        if exists::<M>(executor, filter).await? {
            let text = format!("a row of `{}` was not changed", model::<M>());
            return Err(suppressed::<M>(&text));
        }
        return Err(gone::<M>());
    }
    settled(executor, rows, mode).await?.pop().ok_or_else(gone::<M>)
}

/// Inserts a row or changes the one in its way, and gives it as it is stored.
pub(super) async fn upsert<M: Model>(executor: &Executor, insert: Insert, mode: WriteMode) -> Result<M> {
    executor.atomically(move |executor| Box::pin(upsert_in::<M>(executor, insert, mode))).await
}

async fn upsert_in<M: Model>(executor: &Executor, insert: Insert, mode: WriteMode) -> Result<M> {
    let select = in_the_way(&insert);
    if let Some(row) = offer_in::<M>(executor, Request::Insert(insert), mode).await? {
        return Ok(row);
    }
    // A row whose values cannot be decoded was left as it is, as the read says, or something
    // keeps it so.
    fetch_stored::<M>(executor, select).await?;
    let text = format!("a row of `{}` was neither inserted nor changed", model::<M>());
    Err(suppressed::<M>(&text))
}

/// Inserts a row unless another is in its way, and gives it as it is stored.
pub(super) async fn offer<M: Model>(
    executor: &Executor,
    insert: Arc<Request>,
    mode: WriteMode,
) -> Result<Option<M>> {
    let insert = Arc::unwrap_or_clone(insert);
    executor.atomically(move |executor| Box::pin(offer_in::<M>(executor, insert, mode))).await
}

async fn offer_in<M: Model>(executor: &Executor, insert: Request, mode: WriteMode) -> Result<Option<M>> {
    let rows: Vec<M> = fetch_stored(executor, insert).await?;
    let mut rows = settled(executor, rows, mode).await?;
    for row in &mut rows {
        row.__after_load()?;
    }
    Ok(rows.pop())
}

/// Deletes the row that meets `filter`, and gives whether it was there.
pub(super) async fn delete<M: Model>(executor: &Executor, filter: Vec<Filter>) -> Result<bool> {
    executor.atomically(move |executor| Box::pin(delete_in::<M>(executor, filter))).await
}

async fn delete_in<M: Model>(executor: &Executor, filter: Vec<Filter>) -> Result<bool> {
    if !exists::<M>(executor, filter.clone()).await? {
        return Ok(false);
    }
    let delete = Delete::new(M::schema(), filter.clone());
    executor.execute(Arc::new(Request::Delete(delete))).await?;
    if exists::<M>(executor, filter).await? {
        let text = format!("a row of `{}` was not deleted", model::<M>());
        return Err(suppressed::<M>(&text));
    }
    Ok(true)
}

/// Rows that were just written, as they are once every trigger has run.
///
/// What a write gives back does not show what triggers do after it.
/// <https://www.sqlite.org/lang_returning.html#limitations_and_caveats>,
/// <https://www.postgresql.org/docs/current/sql-createtrigger.html>
async fn settled<M: Model>(executor: &Executor, rows: Vec<M>, mode: WriteMode) -> Result<Vec<M>> {
    let Some(key) = M::schema().key().filter(|_| mode == WriteMode::Reselect) else {
        return Ok(rows);
    };
    let at = M::schema().fields().iter().position(|field| std::ptr::eq(field, key)).unwrap_or(0);
    let keys: Vec<Value> = rows.iter().map(|row| row.__value(at)).collect();
    let mut select = Select::new(M::schema());
    select.filter = vec![Filter::In(key, Value::List(keys.as_slice().into()))];
    let found: Vec<M> = fetch_stored(executor, Request::Select(select)).await?;
    let mut by_key: HashMap<u64, M> =
        found.into_iter().map(|row| (row.__value(at).fingerprint(), row)).collect();
    let settled = keys.iter().map(|key| by_key.remove(&key.fingerprint()));
    settled.collect::<Option<Vec<M>>>().ok_or_else(|| {
        let text = format!("a row of `{}` was not there after it had been written", model::<M>());
        suppressed::<M>(&text)
    })
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

#[cold]
fn suppressed<M: Model>(what: &str) -> Error {
    let table = M::schema().table();
    let text = format!(
        "{what}, and the database reported no error: a trigger, a rule or `ON CONFLICT IGNORE` \
         of the table `{table}` did that; nothing was done"
    );
    Error::new(Kind::Suppressed, text).with_model(model::<M>())
}
