//! Statements of the user's own: [`raw`].

mod param;
mod sink;

use std::borrow::Cow;
use std::sync::Arc;

use crate::interface::Rendered;
use crate::model::LoadContext;
use crate::query::{Raw, Request};
use crate::registry::{Executor, resolve_raw};
use crate::row::{FromRow, SkipReport};
#[cfg(feature = "sql")]
use crate::sql::may_insert;
use crate::{Error, Kind, Result, Value};

pub use param::IntoParam;
use sink::Gather;

/// A statement in the database's own SQL, with `:name` where a value belongs.
///
/// The text is the program's own: text from outside cannot get into it, for
/// nothing but `&'static str` is taken here. Values are bound, never written
/// into it.
///
/// ```
/// let statement = prom_core::raw("SELECT id, name FROM t WHERE x > :x AND y = :y").bind("x", 5).bind("y", "a");
/// # drop(statement);
/// ```
///
/// What runs it says what its rows become: see [`FromRow`](crate::FromRow).
pub fn raw(text: &'static str) -> RawStatement {
    RawStatement::new(Raw::new(text))
}

/// The same for text that the program puts together while it runs. Whatever
/// gets into it is SQL: bind values, and never write them into the text.
///
/// ```
/// let table = "t"; // One of our own names.
/// let statement = prom_core::raw_unchecked(format!("SELECT count(*) FROM {table} WHERE x > :x")).bind("x", 5);
/// # drop(statement);
/// ```
pub fn raw_unchecked(text: String) -> RawStatement {
    RawStatement::new(Raw::new(text))
}

/// A statement in the database's own SQL: what [`raw`] gives. The first mistake
/// in it is kept, and given when it is run.
#[derive(Debug, Clone)]
#[must_use = "nothing is sent before the statement is run: by `all`, `one`, `only` or `execute`"]
pub struct RawStatement {
    raw: Raw,
    on: Option<Executor>,
    skip: Option<SkipReport>,
    mistake: Option<Error>,
}

impl RawStatement {
    fn new(raw: Raw) -> Self {
        Self { raw, on: None, skip: None, mistake: None }
    }

    /// Asks that connection; else that of the scope the task is in, else the
    /// default one.
    pub fn on(mut self, executor: impl Into<Executor>) -> Self {
        self.on = Some(executor.into());
        self
    }

    /// Binds `value` to every `:name` in the text.
    pub fn bind(mut self, name: impl Into<Cow<'static, str>>, value: impl IntoParam) -> Self {
        let (name, value) = (name.into(), value.into_param());
        self.check(&name, &value);
        self.raw.params.push((name, value));
        self
    }

    /// Binds several values to `:name` in the text, which is written
    /// `IN (:name)` or `NOT IN (:name)`. The text that is sent does not change
    /// with their number, and there may be none.
    pub fn bind_list<I>(mut self, name: impl Into<Cow<'static, str>>, values: I) -> Self
    where
        I: IntoIterator,
        I::Item: IntoParam,
    {
        let name = name.into();
        let values: Vec<Value> = values.into_iter().map(IntoParam::into_param).collect();
        values.iter().for_each(|it| self.check(&name, it));
        self.raw.params.push((name, Value::List(values.into())));
        self
    }

    /// Leaves out the rows that cannot be decoded, and calls `report` with the error
    /// of each, as [`Query::skip_undecodable`](crate::Query::skip_undecodable) does.
    /// What the statement changed stays changed. [`only`](RawStatement::only) and
    /// [`execute`](RawStatement::execute) leave nothing out.
    pub fn skip_undecodable(mut self, report: impl Fn(Error) + Send + Sync + 'static) -> Self {
        self.skip = Some(SkipReport::new(report));
        self
    }

    /// All rows. Those of a model that a statement with `INTO` gives count as created by it:
    /// they are not there any more where its transaction is rolled back.
    ///
    /// # Errors
    ///
    /// [`Kind::Invalid`] before anything is sent: for a name in the text that
    /// nothing is bound to, a bound one that is not in the text, one that is
    /// bound twice, for several statements in one, and for words that begin or
    /// end a transaction or change the connection for its next user.
    /// [`Kind::Decode`] when a row does not fit, with the column and the number of
    /// the row, and the error of a model's hook that refuses it; what a statement
    /// changed outside of a transaction stays changed then, and a transaction that
    /// it was in is at its end. What the database says: a table that is missing is not
    /// installed, since prom does not read the text.
    pub async fn all<T: FromRow>(self) -> Result<Vec<T>> {
        self.rows(usize::MAX).await
    }

    /// The first row, if there is one; the others are not read.
    ///
    /// # Errors
    ///
    /// As [`all`](RawStatement::all).
    pub async fn one<T: FromRow>(self) -> Result<Option<T>> {
        Ok(self.rows(1).await?.pop())
    }

    /// The only row.
    ///
    /// # Errors
    ///
    /// [`Kind::NotFound`] when there is none, [`Kind::Ambiguous`] when there are
    /// several; as [`all`](RawStatement::all).
    pub async fn only<T: FromRow>(mut self) -> Result<T> {
        // Else the only one of two might be it.
        self.skip = None;
        let mut rows = self.rows(2).await?;
        match (rows.pop(), rows.pop()) {
            (Some(row), None) => Ok(row),
            (None, _) => Err(Error::new(Kind::NotFound, "the statement gave no row")),
            (Some(_), Some(_)) => Err(Error::new(
                Kind::Ambiguous,
                "the statement gave several rows, where only one was expected",
            )),
        }
    }

    /// Runs the statement and gives how many rows it inserted, changed or
    /// deleted; a statement of another kind gives 0. Rows that it returns are
    /// not read.
    ///
    /// # Errors
    ///
    /// As [`all`](RawStatement::all).
    pub async fn execute(self) -> Result<u64> {
        let (executor, request) = self.into_request()?;
        Ok(executor.execute(Arc::new(request)).await?.rows)
    }

    /// What would be sent: the text with the database's placeholders, and the
    /// values for them. Nothing is opened for it.
    ///
    /// # Errors
    ///
    /// [`Kind::Unsupported`] where the interface speaks no SQL;
    /// [`Kind::Invalid`] as [`all`](RawStatement::all).
    pub fn render(self) -> Result<Rendered> {
        let (executor, request) = self.into_request()?;
        executor.render(&request)
    }

    /// At most so many rows.
    async fn rows<T: FromRow>(mut self, most: usize) -> Result<Vec<T>> {
        let skip = self.skip.take();
        let of = if may_insert(&self.raw) { LoadContext::create } else { LoadContext::read };
        let (executor, request) = self.into_request()?;
        let empty = || Gather::<T>::new(of(&executor), most, skip.is_some());
        let fetched = executor.fetch_checked(Arc::new(request), || Box::new(empty()), Gather::<T>::loaded);
        let (rows, skipped) = fetched.await?;
        if let Some(skip) = skip {
            skip.report(skipped);
        }
        Ok(rows)
    }

    fn into_request(self) -> Result<(Executor, Request)> {
        match self.mistake {
            Some(error) => Err(error),
            None => Ok((resolve_raw(self.on.as_ref())?, Request::Raw(self.raw))),
        }
    }

    /// Keeps what no backend takes.
    fn check(&mut self, name: &str, value: &Value) {
        let rule = match value {
            Value::F64(it) if it.is_nan() => "is not a number (NaN), which sorts and compares nowhere",
            Value::Text(it) if it.contains('\0') => "holds a NUL character, which no backend takes in text",
            Value::List(_) => "is a list: `bind_list` binds one",
            _ => return,
        };
        self.mistake.get_or_insert_with(|| Error::new(Kind::Value, format!("`:{name}` {rule}")));
    }
}

/// Whether the statement may create the rows that it gives, as far as can be told without SQL.
#[cfg(not(feature = "sql"))]
fn may_insert(raw: &Raw) -> bool {
    raw.text.split_ascii_whitespace().any(|word| word.eq_ignore_ascii_case("INTO"))
}
