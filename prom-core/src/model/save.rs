//! A row's changes on their way to the database.

use std::sync::Arc;

use super::find::by_key_value;
use super::rows::fetch_stored;
use super::view::{UpdatedBy, View};
use super::{BoxFuture, Key, Model, stored};
use crate::query::{Assign, Filter, Request, Select, Update};
use crate::registry::{Executor, resolve};
use crate::schema::catalog::WriteMode;
use crate::schema::{FieldDef, Role, Writes};
use crate::{Error, Field, Kind, Result};

/// A row's changes on their way; await it, or call [`update`](Save::update).
#[must_use = "nothing is saved until this is awaited"]
pub struct Save<'a, M> {
    row: &'a mut M,
    on: Option<Executor>,
}

impl<'a, M: Model<Key: Key>> Save<'a, M> {
    pub(super) fn new(row: &'a mut M) -> Self {
        Self { row, on: None }
    }

    /// Saves on that connection rather than where the row came from.
    ///
    /// On another connection every field is sent, since the row that has the key there may
    /// differ in each. The row still belongs to the connection that it came from: what was
    /// changed counts as modified there until it is saved there as well.
    pub fn on(mut self, executor: impl Into<Executor>) -> Self {
        self.on = Some(executor.into());
        self
    }

    /// Saves what was changed.
    ///
    /// # Errors
    ///
    /// As [`Model::save`].
    pub async fn update(self) -> Result<()> {
        let Self { row, on } = self;
        let schema = M::schema();
        let executor = resolve(schema, on.as_ref(), Some(row.__origin()))?;
        row.__before_update().await?;
        let view = View::on(&*row, &executor);
        let stamp = schema.position(Role::Updated);
        let is_at_home = executor.slot() == row.__origin();
        let mut set = Vec::new();
        for (at, field) in schema.fields().iter().enumerate() {
            let differs_there = !is_at_home && field.key.is_none() && Some(at) != stamp;
            let is_sent = differs_there || view.is_modified(&*row, at);
            if is_sent && !(M::UNTRACKED && Some(at) == stamp) {
                let value = row.__value(at);
                schema.check_value(field, &value)?;
                set.push((field, Assign::To(value)));
            }
        }
        if set.is_empty() {
            view.restore_updated(row);
            return Ok(());
        }
        let filter = vec![by_key_value::<M>(view.key(&*row)?)?];
        let writes = executor.writes(schema).await?;
        if let Some(writes) = &writes {
            set.retain(|(field, _)| !is_left_out(&*row, field, writes));
            if set.is_empty() {
                return read_computed(row, &executor, filter, writes).await;
            }
        }
        // A stamp that was set by hand is kept.
        let now = match stamp {
            Some(at) if M::UNTRACKED || !view.is_modified(&*row, at) => {
                let now = crate::field::now().to_value();
                set.push((&schema.fields()[at], Assign::To(now.clone())));
                Some(now)
            }
            _ => None,
        };
        let update = Update::new(schema, set, filter);
        let updated = if now.is_some() { UpdatedBy::Prom } else { UpdatedBy::Hand };
        writes.as_ref().map_or(Ok(()), |writes| writes.check_update(&update))?;
        if writes.as_ref().is_some_and(|writes| writes.update != WriteMode::Direct) {
            let stored = stored::update::<M>(&executor, update).await?;
            row.__take_fields(stored.ok_or_else(gone::<M>)?);
        } else {
            let request = Arc::new(Request::Update(update));
            match executor.execute(request.clone()).await?.rows {
                1 => {}
                0 => return Err(not_changed::<M>(&executor, &request).await?),
                rows => {
                    let what = format_args!("the database changed {rows} rows for one");
                    return Err(executor.unexpected(schema, what));
                }
            }
            if let Some(now) = now {
                row.__set_updated(now);
            }
            take_stored(row, request)?;
        }
        let uncommitted = view.written(&*row, updated);
        if is_at_home {
            row.__remember();
            row.__set_uncommitted(uncommitted);
        } else if let Some(writes) = &writes {
            remember_computed(row, writes);
        }
        Ok(())
    }
}

/// What was sent is what is stored: instants without what is finer than a microsecond, and what a
/// type of the user's own makes of its value. The values come back out of the request.
fn take_stored<M: Model>(row: &mut M, request: Arc<Request>) -> Result<()> {
    let Request::Update(update) = Arc::unwrap_or_clone(request) else { return Ok(()) };
    for (field, assign) in update.set {
        if let (Some(at), Assign::To(value)) = (place_of::<M>(field), assign) {
            row.__set_value(at, value)?;
        }
    }
    Ok(())
}

/// Whether `field` is computed by the database, and was not changed by hand: what was, the
/// database refuses. Without tracking nobody knows, and it is left out.
fn is_left_out<M: Model>(row: &M, field: &FieldDef, writes: &Writes) -> bool {
    writes.computed.iter().any(|computed| std::ptr::eq(*computed, field))
        && (M::UNTRACKED || place_of::<M>(field).is_none_or(|at| !row.__is_modified(at)))
}

/// What the database has computed was not changed by hand.
fn remember_computed<M: Model>(row: &mut M, writes: &Writes) {
    writes.computed.iter().filter_map(|field| place_of::<M>(field)).for_each(|at| row.__remember_field(at));
}

fn place_of<M: Model>(field: &FieldDef) -> Option<usize> {
    M::schema().fields().iter().position(|other| std::ptr::eq(other, field))
}

/// Nothing is to be changed, and what the database has computed in a transaction that was
/// undone is not what it has.
#[cold]
async fn read_computed<M: Model<Key: Key>>(
    row: &mut M,
    executor: &Executor,
    filter: Vec<Filter>,
    writes: &Writes,
) -> Result<()> {
    let mut select = Select::new(M::schema());
    select.filter = filter;
    let read = fetch_stored::<M>(executor, Arc::new(Request::Select(select))).await?.pop();
    row.__take_fields(read.ok_or_else(gone::<M>)?);
    remember_computed(row, writes);
    Ok(())
}

impl<'a, M: Model<Key: Key>> IntoFuture for Save<'a, M> {
    type Output = Result<()>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.update())
    }
}

/// Why the row was not changed: it is gone, or something keeps it as it is.
#[cold]
async fn not_changed<M: Model>(executor: &Executor, request: &Request) -> Result<Error> {
    let Request::Update(update) = request else { return Ok(gone::<M>()) };
    if stored::exists::<M>(executor, update.filter.clone()).await? {
        return Ok(executor.kept(M::schema(), "changed"));
    }
    Ok(gone::<M>())
}

#[cold]
pub(super) fn gone<M: Model>() -> Error {
    let model = M::schema().model();
    Error::new(Kind::NotFound, format!("the row of `{model}` is gone: none has its key any more"))
        .with_model(model)
}
