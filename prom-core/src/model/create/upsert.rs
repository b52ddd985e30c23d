//! New rows that meet a row that is there: it is updated, kept, or found.
//!
//! No error is ever waited for and mended: a statement that fails ends the
//! transaction that it is in.

use std::sync::Arc;

use super::{Batch, Draft, check_rows};
use crate::model::context::created;
use crate::model::rows::{fetch, fetch_written};
use crate::model::{All, BoxFuture, Model, stored};
use crate::query::{Compare, Conflict, Filter, Insert, Request, Returning, Select};
use crate::registry::Executor;
use crate::schema::catalog::WriteMode;
use crate::schema::{FieldDef, Role, Schema};
use crate::{Error, Kind, Result, Value};

/// The fields that tell rows apart: the key, or those of a unique index.
type Target = Vec<&'static FieldDef>;

/// How often a row is looked for that is there and gone and there again.
const TRIES: usize = 3;

/// Inserts a draft, or updates the row that is in its way.
#[doc(hidden)]
pub async fn upsert<M: Model>(draft: M::Draft) -> Result<M> {
    let offer = Offer::of::<M>(draft).await?;
    let target = offer.target()?;
    offer.upsert(target).await
}

/// The same, where `fields` say which row is in its way.
#[doc(hidden)]
pub fn upsert_on<'a, M: Model>(
    draft: M::Draft,
    fields: impl IntoIterator<Item = &'a str>,
) -> BoxFuture<'static, Result<M>> {
    let target = named(M::schema(), fields);
    Box::pin(async move {
        let target = target?;
        let offer = Offer::of::<M>(draft).await?;
        offer.check_gives(&target)?;
        offer.upsert(target).await
    })
}

/// Inserts a draft, unless a row is in its way.
#[doc(hidden)]
pub async fn insert_or_ignore<M: Model>(draft: M::Draft) -> Result<Option<M>> {
    let Offer { executor, insert, .. } = Offer::of::<M>(draft).await?;
    let insert = insert.on_conflict(Conflict::Ignore).returning(Returning::Rows);
    offer(&executor, &Arc::new(Request::Insert(insert))).await
}

/// Inserts a draft and gives `true` with the row, or finds the row that is in
/// its way.
#[doc(hidden)]
pub async fn find_or_create<M: Model>(draft: M::Draft) -> Result<(M, bool)> {
    let offer = Offer::of::<M>(draft).await?;
    let target = offer.target()?;
    offer.find_or_create(target).await
}

/// A complete row that is offered to the database.
struct Offer {
    executor: Executor,
    insert: Insert,
    /// What the draft said; the rest is defaults and stamps.
    given: Vec<&'static FieldDef>,
    /// How a row gets into the table, or is changed in it.
    mode: WriteMode,
}

impl Offer {
    async fn of<M: Model>(mut draft: M::Draft) -> Result<Self> {
        let schema = M::schema();
        let executor = M::home(draft.__on())?;
        if !executor.capabilities().upsert {
            return Err(unsupported(&executor));
        }
        M::__before_insert(&mut draft).await?;
        check_rows(&draft, &executor)?;
        let given = schema.fields().iter().zip(&*draft.__values()).filter(|(_, value)| value.is_some());
        let mut given: Vec<_> = given.map(|(it, _)| it).collect();
        let mut batch = Batch::new(schema, 1);
        batch.push(&mut draft)?;
        let mut mode = WriteMode::Direct;
        if let Some(writes) = executor.writes(schema).await? {
            batch.without_computed(&writes.computed);
            given.retain(|field| has(&batch.fields, field));
            writes.check_rows(schema, &batch.fields, &batch.values)?;
            mode = writes.insert.max(writes.update);
        }
        Ok(Self { executor, insert: batch.into_insert(), given, mode })
    }

    /// Which row would be in its way: one of the same key, if the draft gives
    /// it, else one that is alike in the first unique index that it gives.
    fn target(&self) -> Result<Target> {
        let candidates = targets(self.insert.schema);
        let target = candidates.into_iter().find(|it| it.iter().all(|it| self.gives(it)));
        target.ok_or_else(|| self.without_target())
    }

    fn gives(&self, field: &FieldDef) -> bool {
        has(&self.given, field)
    }

    fn check_gives(&self, target: &[&'static FieldDef]) -> Result<()> {
        let (model, lacking) = (self.insert.schema.model(), target.iter().find(|it| !self.gives(it)));
        match lacking {
            None => Ok(()),
            Some(FieldDef { name, .. }) => Err(Error::new(
                Kind::Invalid,
                format!("the draft of `{model}` is to meet a row of the same `{name}` and gives none"),
            )
            .with_model(model)
            .with_field(*name)),
        }
    }

    async fn upsert<M: Model>(self, target: Target) -> Result<M> {
        let set: Vec<_> = self.insert.schema.fields().iter().filter(|it| self.updates(it, &target)).collect();
        if set.is_empty() {
            return Ok(self.find_or_create(target).await?.0);
        }
        let stamp = self.stamp();
        let has_key = target.iter().any(|field| field.key.is_some());
        let Self { executor, insert, mode, .. } = self;
        let insert = insert.on_conflict(Conflict::Update { target, set }).returning(Returning::Rows);
        // Only in a transaction does it matter whether the row is new: it may be undone.
        let tells_not = stamp.is_none() && !has_key && executor.scope().is_some();
        let was_there = tells_not && is_in_the_way::<M>(&executor, &insert).await?;
        let row: M = match mode {
            WriteMode::Direct => meet(&executor, insert).await?,
            _ => stored::upsert(&executor, insert).await?,
        };
        let is_created = match stamp {
            Some((at, created)) => row.__value(at) == created,
            None => !has_key && !was_there,
        };
        Ok(if is_created { created(row, &executor) } else { row })
    }

    /// Where `created` stands and what a new row is given there: a row that is
    /// updated keeps its own. Nothing, where that was set by hand.
    fn stamp(&self) -> Option<(usize, Value)> {
        let schema = self.insert.schema;
        let at = schema.position(Role::Created)?;
        let field = &schema.fields()[at];
        let sent = self.insert.fields.iter().position(|sent| std::ptr::eq(*sent, field))?;
        (!self.gives(field)).then(|| (at, self.insert.values[sent].clone()))
    }

    /// Whether the row that is in the way takes over the value of `field`.
    fn updates(&self, field: &FieldDef, target: &[&'static FieldDef]) -> bool {
        let stays = field.key.is_some() || field.role == Role::Created || has(target, field);
        !stays && (field.role == Role::Updated || self.gives(field))
    }

    async fn find_or_create<M: Model>(self, target: Target) -> Result<(M, bool)> {
        let schema = self.insert.schema;
        let insert = self.insert.on_conflict(Conflict::IgnoreOn(target)).returning(Returning::Rows);
        let select = Arc::new(in_the_way(&insert));
        let insert = Arc::new(Request::Insert(insert));
        for _ in 0..TRIES {
            if let Some(row) = offer(&self.executor, &insert).await? {
                return Ok((row, true));
            }
            // Committed by now: who was in the way is seen, unless he is gone again.
            if let Some(row) = fetch::<M, All>(&self.executor, select.clone()).await?.pop() {
                return Ok((row, false));
            }
        }
        let model = schema.model();
        let (kind, why) = match self.mode {
            WriteMode::Direct => (Kind::Busy, "was deleted and inserted by others over and over"),
            _ => (
                Kind::Suppressed,
                "was neither inserted nor found: a trigger or a rule leaves it out, or the table stores other values than it is sent",
            ),
        };
        Err(Error::new(kind, format!("the row of `{model}` {why}")).with_model(model))
    }

    #[cold]
    fn without_target(&self) -> Error {
        let schema = self.insert.schema;
        let (model, known) = (schema.model(), listed(schema));
        let text =
            format!("the draft of `{model}` does not say which row would be in its way; that takes {known}");
        Error::new(Kind::Invalid, text).with_model(model)
    }
}

/// What tells rows of `schema` apart: its key, and its unique indexes.
fn targets(schema: &Schema) -> Vec<Target> {
    let field = |column: &&str| schema.fields().iter().find(|it| it.column == *column);
    let key = schema.key().map(|it| vec![it]);
    let unique = schema.indexes().iter().filter(|it| it.unique);
    key.into_iter().chain(unique.map(|it| it.columns.iter().filter_map(field).collect())).collect()
}

/// The key, or the unique index, over just these fields.
fn named<'a>(schema: &Schema, fields: impl IntoIterator<Item = &'a str>) -> Result<Target> {
    let wanted = fields.into_iter().map(|it| schema.field(it)).collect::<Result<Target>>()?;
    let is_wanted =
        |it: &Target| it.iter().all(|it| has(&wanted, it)) && wanted.iter().all(|wanted| has(it, wanted));
    targets(schema).into_iter().find(is_wanted).ok_or_else(|| {
        let (model, known) = (schema.model(), listed(schema));
        let text = format!("`{model}` has no unique index over {}; it has {known}", names(&wanted));
        Error::new(Kind::Invalid, text).with_model(model)
    })
}

/// What tells rows of `schema` apart, in words.
fn listed(schema: &Schema) -> String {
    let known: Vec<_> = targets(schema).iter().map(|it| names(it)).collect();
    match known.is_empty() {
        true => "a key or a unique index, and the model has neither".to_owned(),
        false => known.join(", or "),
    }
}

fn has(fields: &[&'static FieldDef], field: &FieldDef) -> bool {
    fields.iter().any(|it| std::ptr::eq(*it, field))
}

fn names(fields: &[&'static FieldDef]) -> String {
    fields.iter().map(|it| format!("`{}`", it.name)).collect::<Vec<_>>().join(" and ")
}

/// The query for the row that is in the way of the one that `insert` offers.
pub(in crate::model) fn in_the_way(insert: &Insert) -> Request {
    let mut select = Select::new(insert.schema);
    if let Conflict::IgnoreOn(target) | Conflict::Update { target, .. } = &insert.conflict {
        let is_like = |field: &&'static FieldDef| {
            let at = insert.fields.iter().position(|other| std::ptr::eq(*other, *field))?;
            Some(Filter::Compare(field, Compare::Eq, insert.values[at].clone()))
        };
        select.filter = target.iter().filter_map(is_like).collect();
    }
    Request::Select(select)
}

/// Whether a row is in the way of the one that `insert` offers.
async fn is_in_the_way<M: Model>(executor: &Executor, insert: &Insert) -> Result<bool> {
    match in_the_way(insert) {
        Request::Select(select) => stored::exists::<M>(executor, select.filter).await,
        _ => Ok(false),
    }
}

/// Inserts a row or changes the one in its way, in one statement.
async fn meet<M: Model>(executor: &Executor, insert: Insert) -> Result<M> {
    let request = Arc::new(Request::Insert(insert));
    for _ in 0..TRIES {
        if let Some(row) = fetch_written(executor, request.clone()).await?.pop() {
            return Ok(row);
        }
        let Request::Insert(insert) = &*request else { break };
        // A row whose values cannot be decoded is left as it is: why, the read says.
        let read = fetch::<M, All>(executor, Arc::new(in_the_way(insert))).await;
        if let (Err(error), Some(scope)) = (&read, executor.scope()) {
            scope.fail(error);
        }
        read?;
    }
    Err(Error::new(Kind::Invalid, "the interface neither inserted nor updated a row"))
}

/// Inserts a row unless another is in its way.
async fn offer<M: Model>(executor: &Executor, insert: &Arc<Request>) -> Result<Option<M>> {
    let row = fetch_written(executor, insert.clone()).await?.pop();
    Ok(row.map(|row| created(row, executor)))
}

#[cold]
fn unsupported(executor: &Executor) -> Error {
    let text = format!("{} can only refuse a row that another one is in the way of", executor.title());
    Error::new(Kind::Unsupported, text)
}
