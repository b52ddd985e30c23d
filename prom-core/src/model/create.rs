//! From drafts to rows.

mod upsert;

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

use super::context::{created_in, note_created};
use super::{BoxFuture, LoadContext, Model, stored};
use crate::interface::Done;
use crate::query::{Insert, Request};
use crate::registry::{Executor, check_reference};
use crate::schema::catalog::WriteMode;
use crate::schema::{DefaultValue, FieldDef, KeyDef, Role, Schema};
use crate::{Error, Kind, Result, Value};

pub(super) use upsert::in_the_way;
pub use upsert::{find_or_create, insert_or_ignore, upsert, upsert_on};

/// What is not yet a row of a model; made by its `draft()`.
///
/// The setters are the model's own. A draft is checked when it is inserted; the
/// builder that `create()` gives is checked by the compiler.
pub trait Draft: Default + Send + 'static {
    /// The model that it becomes a row of.
    type Model: Model;

    #[doc(hidden)]
    fn __values(&mut self) -> &mut [Option<Value>];

    /// What was copied from a row.
    #[doc(hidden)]
    fn __copied(&mut self) -> &mut Option<Copied>;

    #[doc(hidden)]
    fn __on(&self) -> Option<&Executor>;

    /// The connection of the row that the field at `index` was set to.
    #[doc(hidden)]
    fn __connection(&self, index: usize) -> Option<u32> {
        let _ = index;
        None
    }
}

/// The fingerprints of the values that a draft copied from a row: none is shown.
#[derive(Clone)]
pub struct Copied(Box<[u64]>);

impl fmt::Debug for Copied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("..")
    }
}

/// In the type of a create builder: the required field has its value.
#[derive(Debug)]
pub struct Set;

/// In the type of a create builder: the required field has no value yet.
#[derive(Debug)]
pub struct Unset;

/// A draft with a row's own values.
pub(super) fn redraft<M: Model>(row: &M) -> M::Draft {
    let mut draft = M::Draft::default();
    for (at, field) in M::schema().fields().iter().enumerate() {
        if field.role == Role::Own && field.key.is_none() {
            draft.__values()[at] = Some(row.__value(at));
        }
    }
    let values = draft.__values().iter();
    let copied = values.map(|value| value.as_ref().map_or(0, Value::fingerprint)).collect();
    *draft.__copied() = Some(Copied(copied));
    draft
}

/// Inserts a draft and gives the row.
#[doc(hidden)]
pub async fn insert<M: Model>(mut draft: M::Draft) -> Result<M> {
    let executor = M::home(draft.__on())?;
    M::__before_insert(&mut draft).await?;
    check_rows(&draft, &executor)?;
    let mut batch = Batch::new(M::schema(), 1);
    batch.push(&mut draft)?;
    let mut row = None;
    batch.insert::<M>(&executor, |inserted| row = Some(inserted)).await?;
    row.ok_or_else(|| Error::new(Kind::Invalid, "the interface inserted no row"))
}

/// Whether the rows that a draft refers to are where it is inserted.
fn check_rows<D: Draft>(draft: &D, executor: &Executor) -> Result<()> {
    let schema = D::Model::schema();
    schema.fields().iter().enumerate().try_for_each(|(at, field)| match draft.__connection(at) {
        Some(connection) => check_reference(schema, field, connection, executor),
        None => Ok(()),
    })
}

/// Drafts that are inserted together go where the call says.
fn check_place<D: Draft>(draft: &D) -> Result<()> {
    let Some(own) = draft.__on() else { return Ok(()) };
    let (model, own) = (D::Model::schema().model(), own.title());
    let text = format!(
        "it says `.on(..)` with {own}, and `create_many` inserts all drafts in one place: use \
         `{model}::create_many(..).on(..)`"
    );
    Err(Error::new(Kind::Invalid, text).with_model(model))
}

/// Many drafts on their way to be rows; await it, or call
/// [`insert`](CreateMany::insert).
#[must_use = "nothing is inserted until this is awaited"]
pub struct CreateMany<M: Model> {
    drafts: Vec<M::Draft>,
    on: Option<Executor>,
}

impl<M: Model> CreateMany<M> {
    pub(super) fn new(drafts: Vec<M::Draft>) -> Self {
        Self { drafts, on: None }
    }

    /// Inserts them on that connection.
    pub fn on(mut self, executor: impl Into<Executor>) -> Self {
        self.on = Some(executor.into());
        self
    }

    /// Inserts them and gives the rows, in the same order.
    ///
    /// # Errors
    ///
    /// As [`Model::create_many`].
    pub async fn insert(self) -> Result<Vec<M>> {
        let executor = M::home(self.on.as_ref())?;
        let mut rows = Vec::with_capacity(self.drafts.len());
        if self.drafts.is_empty() {
            return Ok(rows);
        }
        let mut batch = Batch::new(M::schema(), self.drafts.len());
        for (at, mut draft) in self.drafts.into_iter().enumerate() {
            M::__before_insert(&mut draft).await?;
            check_place(&draft)
                .and_then(|()| check_rows(&draft, &executor))
                .and_then(|()| batch.push(&mut draft))
                .map_err(|error| error.context(format_args!("draft {at}, counted from 0")))?;
        }
        batch.insert::<M>(&executor, |it| rows.push(it)).await?;
        Ok(rows)
    }
}

impl<M: Model> IntoFuture for CreateMany<M> {
    type Output = Result<Vec<M>>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.insert())
    }
}

/// The values of drafts, row after row, checked and completed.
struct Batch {
    schema: &'static Schema,
    fields: Vec<&'static FieldDef>,
    values: Vec<Value>,
    rows: usize,
    /// The fields of the schema that a draft gave a value for, by their place; what
    /// stands further behind counts as given. What was copied from a row was not given.
    given: u128,
    now: Timestamp,
}

impl Batch {
    fn new(schema: &'static Schema, rows: usize) -> Self {
        let width = schema.fields().len();
        Self {
            schema,
            fields: Vec::with_capacity(width),
            values: Vec::with_capacity(rows * width),
            rows: 0,
            given: 0,
            now: crate::field::now(),
        }
    }

    fn push(&mut self, draft: &mut impl Draft) -> Result<()> {
        let copied = draft.__copied().take();
        let is_copied = |at: usize, value: &Value| {
            copied.as_ref().is_some_and(|Copied(copied)| copied.get(at) == Some(&value.fingerprint()))
        };
        for (at, (field, given)) in self.schema.fields().iter().zip(draft.__values()).enumerate() {
            let value = match given.take() {
                Some(value) => {
                    if !is_copied(at, &value) {
                        self.given |= place(at);
                    }
                    value
                }
                None => match unsaid(self.schema, field, self.now)? {
                    Some(it) => it,
                    None => {
                        self.leave_out(field)?;
                        continue;
                    }
                },
            };
            self.schema.check_value(field, &value)?;
            self.take_in(field)?;
            self.values.push(value);
        }
        self.rows += 1;
        Ok(())
    }

    // Which fields are sent is settled by the first draft; only a key that the
    // database could make is ever left out.
    fn leave_out(&self, field: &FieldDef) -> Result<()> {
        match self.has(field) {
            true => Err(self.uneven(field)),
            false => Ok(()),
        }
    }

    fn take_in(&mut self, field: &'static FieldDef) -> Result<()> {
        if self.rows == 0 {
            self.fields.push(field);
        } else if field.key.is_some() && !self.has(field) {
            return Err(self.uneven(field));
        }
        Ok(())
    }

    fn has(&self, field: &FieldDef) -> bool {
        self.fields.iter().any(|it| std::ptr::eq(*it, field))
    }

    fn uneven(&self, field: &FieldDef) -> Error {
        let (model, field) = (self.schema.model(), field.name);
        Error::new(
            Kind::Invalid,
            format!("some drafts of `{model}` give `{field}` and some leave it to the database; insert them in two calls"),
        )
        .with_model(model)
        .with_field(field)
    }

    fn into_insert(self) -> Insert {
        Insert::new(self.schema, self.fields, self.values, self.rows)
    }

    /// Leaves out the fields that the database computes, unless a draft gave one: the
    /// database refuses it then.
    fn without_computed(&mut self, computed: &[&'static FieldDef]) {
        let schema = self.schema;
        let is_left_out = |field: &FieldDef| {
            let at = schema.fields().iter().position(|other| std::ptr::eq(other, field));
            let is_given = at.is_none_or(|at| self.given & place(at) != 0);
            !is_given && computed.iter().any(|other| std::ptr::eq(*other, field))
        };
        let kept: Vec<bool> = self.fields.iter().map(|field| !is_left_out(field)).collect();
        if kept.iter().all(|is_kept| *is_kept) {
            return;
        }
        let mut is_kept = kept.iter().cycle();
        self.values.retain(|_| is_kept.next().copied().unwrap_or(true));
        let mut is_kept = kept.iter();
        self.fields.retain(|_| is_kept.next().copied().unwrap_or(true));
    }

    async fn insert<M: Model>(mut self, executor: &Executor, mut row: impl FnMut(M)) -> Result<()> {
        let (schema, rows) = (self.schema, self.rows);
        if let Some(writes) = executor.writes(schema).await? {
            self.without_computed(&writes.computed);
            writes.check_rows(schema, &self.fields, &self.values)?;
            if writes.insert != WriteMode::Direct {
                let inserted = stored::insert(executor, self.into_insert()).await?;
                let context = LoadContext::create(executor);
                inserted.into_iter().map(|row| created_in(row, executor, &context)).for_each(row);
                return Ok(());
            }
        }
        let insert = self.into_insert();
        let made =
            insert.makes_keys().then(|| schema.fields().iter().position(|it| it.key.is_some())).flatten();
        let request = Arc::new(Request::Insert(insert));
        let Done { keys, rows: inserted } = executor.execute(request.clone()).await?;
        let inserted = if made.is_some() { keys.len() as u64 } else { inserted };
        if inserted != rows as u64 {
            let what = format_args!("the database inserted {inserted} rows for {rows}");
            return Err(executor.unexpected(schema, what));
        }
        // The values come back out of the request: nothing was copied.
        let Request::Insert(insert) = Arc::unwrap_or_clone(request) else { return Ok(()) };
        let mut values = insert.values.into_iter();
        let mut keys = keys.into_iter().map(Value::I64);
        let context = LoadContext::create(executor);
        for _ in 0..rows {
            let mut at = 0;
            let mut next = || {
                let is_key = made == Some(at);
                at += 1;
                if is_key { keys.next() } else { values.next() }.unwrap_or(Value::Null)
            };
            let created = M::__from_values(&mut next, &context)?;
            note_created(&created, executor);
            row(created);
        }
        Ok(())
    }
}

/// The bit of a field in a set of fields, by its place in the schema.
fn place(at: usize) -> u128 {
    u32::try_from(at).ok().and_then(|at| 1_u128.checked_shl(at)).unwrap_or(1 << 127)
}

/// What a field is when nothing was said; `None` leaves it to the database.
fn unsaid(schema: &Schema, field: &FieldDef, now: Timestamp) -> Result<Option<Value>> {
    if matches!(field.role, Role::Created | Role::Updated) {
        return Ok(Some(Value::Timestamp(now)));
    }
    match (field.key, field.default) {
        (Some(KeyDef::Generated), _) => return Ok(None),
        #[cfg(feature = "uuid")]
        (Some(KeyDef::Uuid), _) => return Ok(Some(Value::Uuid(uuid::Uuid::now_v7()))),
        (_, DefaultValue::Constant(make) | DefaultValue::Made(make)) => return Ok(Some(make())),
        _ => {}
    }
    if field.nullable {
        return Ok(Some(Value::Null));
    }
    let (model, name) = (schema.model(), field.name);
    Err(Error::new(
        Kind::Required,
        format!("the draft of `{model}` needs `.{name}(..)`: the field `{name}` is required"),
    )
    .with_model(model)
    .with_field(name))
}
