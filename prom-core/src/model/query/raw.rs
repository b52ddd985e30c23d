//! A query without its model's type: what the generated methods call.

use std::sync::Arc;

use crate::model::rows::{came_back, fetch};
use crate::model::{Model, Rows};
use crate::query::{Compare, Direction, Filter, Match, Output, Request, Select, Sort};
use crate::registry::Connection;
use crate::row::{Flow, RowRef, Sink};
use crate::schema::{FieldDef, Schema};
use crate::{Error, Field, Kind, Result, Value};

/// A query without its model's type. The first mistake in it is kept, and given
/// when it is run.
#[derive(Debug, Clone)]
pub struct RawQuery {
    select: Select,
    pending_or: bool,
    mistake: Option<Error>,
    on: Option<Connection>,
}

impl RawQuery {
    /// All rows of a table.
    pub fn new(schema: &'static Schema) -> Self {
        Self { select: Select::new(schema), pending_or: false, mistake: None, on: None }
    }

    pub(super) fn select(&mut self) -> &mut Select {
        &mut self.select
    }

    pub(super) fn set_connection(&mut self, connection: Connection) {
        self.on = Some(connection);
    }

    pub(super) fn or(&mut self) {
        if self.select.filter.is_empty() || self.pending_or {
            self.invalid(
                "`or()` joins the condition before it and the one after it, and there is none before it",
            );
        }
        self.pending_or = true;
    }

    /// Adds a condition, joined as the last word said.
    fn push(&mut self, filter: Filter) {
        if !std::mem::take(&mut self.pending_or) {
            self.select.filter.push(filter);
            return;
        }
        match self.select.filter.last_mut() {
            Some(Filter::Any(group)) => group.push(filter),
            Some(last) => {
                let before = std::mem::replace(last, Filter::All(Vec::new()));
                *last = Filter::Any(vec![before, filter]);
            }
            // `or` made a mistake of it already.
            None => {}
        }
    }

    /// Keeps rows whose `field` compares so with `value`.
    #[doc(hidden)]
    #[inline(never)]
    pub fn compare(&mut self, field: &'static FieldDef, compare: Compare, value: Value) {
        let filter = match (value.is_null(), compare) {
            (false, _) => Filter::Compare(field, compare, value),
            (true, Compare::Eq) => Filter::Null(field, true),
            (true, Compare::Ne) => Filter::Null(field, false),
            (true, _) => {
                self.invalid(format!(
                    "`{}` is compared with NULL, which is neither less nor greater",
                    field.name
                ));
                return;
            }
        };
        self.push(filter);
    }

    /// Keeps rows whose `field` lies between the two, both included.
    #[doc(hidden)]
    #[inline(never)]
    pub fn between(&mut self, field: &'static FieldDef, low: Value, high: Value) {
        if low.is_null() || high.is_null() {
            self.invalid(format!("`{}` is held between NULL, which is neither less nor greater", field.name));
            return;
        }
        self.push(Filter::Between(field, low, high));
    }

    /// Keeps rows whose `field` is one of `values`, or none of them.
    #[doc(hidden)]
    #[inline(never)]
    pub fn is_in(&mut self, field: &'static FieldDef, mut values: Vec<Value>, is_in: bool) {
        let given = values.len();
        values.retain(|it| !it.is_null());
        let has_null = values.len() < given;
        let list = (!values.is_empty()).then(|| Value::List(Arc::from(values)));
        let filter = match (is_in, list, has_null) {
            (true, Some(list), false) => Filter::In(field, list),
            (true, Some(list), true) => Filter::Any(vec![Filter::In(field, list), Filter::Null(field, true)]),
            (true, None, true) => Filter::Null(field, true),
            (true, None, false) => Filter::Any(Vec::new()),
            (false, Some(list), false) => Filter::NotIn(field, list),
            (false, Some(list), true) => {
                Filter::All(vec![Filter::NotIn(field, list), Filter::Null(field, false)])
            }
            (false, None, true) => Filter::Null(field, false),
            (false, None, false) => Filter::All(Vec::new()),
        };
        self.push(match filter {
            // A group of its own, so that a later `or` does not grow it.
            it @ Filter::Any(_) => Filter::All(vec![it]),
            it => it,
        });
    }

    /// Keeps rows whose `field` is NULL, or is not.
    #[doc(hidden)]
    #[inline(never)]
    pub fn null(&mut self, field: &'static FieldDef, is_null: bool) {
        self.push(Filter::Null(field, is_null));
    }

    /// Keeps rows whose `field` matches, or does not.
    #[doc(hidden)]
    #[inline(never)]
    pub fn matches(&mut self, field: &'static FieldDef, how: Match, text: &str, matches: bool) {
        if how == Match::Like && ends_in_escape(text) {
            self.invalid(format!("the pattern for `{}` ends in a `\\` that takes no character", field.name));
            return;
        }
        self.push(Filter::Match(field, how, Value::Text(text.to_owned()), matches));
    }

    /// Sorts by `field`.
    #[doc(hidden)]
    #[inline(never)]
    pub fn sort(&mut self, field: &'static FieldDef, direction: Direction) {
        self.select.sort.push(Sort::new(field, direction));
    }

    pub(super) fn compare_name(&mut self, field: &str, compare: Compare, value: Value) {
        if let Some((field, value)) = self.named_value(field, value) {
            self.compare(field, compare, value);
        }
    }

    pub(super) fn between_name(&mut self, field: &str, low: Value, high: Value) {
        if let Some((field, low)) = self.named_value(field, low)
            && let Some((_, high)) = self.named_value(field.name, high)
        {
            self.between(field, low, high);
        }
    }

    pub(super) fn in_name(&mut self, field: &str, values: Vec<Value>, is_in: bool) {
        let Some(field) = self.named(field) else { return };
        let fitted: Result<Vec<Value>> =
            values.into_iter().map(|it| self.select.schema.fit(field, it)).collect();
        match fitted {
            Ok(values) => self.is_in(field, values, is_in),
            Err(error) => self.mistake(error),
        }
    }

    pub(super) fn null_name(&mut self, field: &str, is_null: bool) {
        if let Some(field) = self.named(field) {
            self.null(field, is_null);
        }
    }

    pub(super) fn match_name(&mut self, field: &str, how: Match, text: &str, matches: bool) {
        let Some(field) = self.named(field) else { return };
        if field.ty.is_text() {
            self.matches(field, how, text, matches);
        } else {
            self.invalid(format!("`{}` is no text, and only text is matched with text", field.name));
        }
    }

    pub(super) fn sort_name(&mut self, field: &str, direction: Direction) {
        if let Some(field) = self.named(field) {
            self.sort(field, direction);
        }
    }

    fn named(&mut self, field: &str) -> Option<&'static FieldDef> {
        self.select.schema.field(field).map_err(|error| self.mistake(error)).ok()
    }

    fn named_value(&mut self, field: &str, value: Value) -> Option<(&'static FieldDef, Value)> {
        let field = self.named(field)?;
        let value = self.select.schema.fit(field, value).map_err(|error| self.mistake(error)).ok()?;
        Some((field, value))
    }

    fn invalid(&mut self, text: impl Into<std::borrow::Cow<'static, str>>) {
        let model = self.select.schema.model();
        self.mistake(
            Error::new(Kind::Invalid, text).context(format_args!("query of `{model}`")).with_model(model),
        );
    }

    #[cold]
    fn mistake(&mut self, error: Error) {
        self.mistake.get_or_insert(error);
    }

    /// The connection to ask and what to ask it.
    pub(in crate::model) fn into_select<M: Model>(mut self) -> Result<(Connection, Select)> {
        if self.pending_or {
            self.invalid(
                "`or()` joins the condition before it and the one after it, and there is none after it",
            );
        }
        match self.mistake {
            Some(error) => Err(error),
            None => Ok((M::home(self.on.as_ref())?, self.select)),
        }
    }

    pub(super) async fn get<M: Model>(mut self) -> Result<Rows<M>> {
        let limit = self.select.bounds.limit;
        if let Some(limit) = limit {
            self.sort_by_key();
            // One row more tells whether there are more.
            self.select.bounds.limit = Some(limit.saturating_add(1));
        }
        let (connection, select) = self.into_select::<M>()?;
        if limit == Some(0) {
            return Ok(Rows::new(Vec::new(), has(&connection, select).await?));
        }
        let mut rows: Vec<M> = fetch(&connection, Arc::new(Request::Select(select))).await?;
        let limit = limit.and_then(|it| usize::try_from(it).ok()).unwrap_or(usize::MAX);
        let has_more = rows.len() > limit;
        rows.truncate(limit);
        Ok(Rows::new(rows, has_more))
    }

    pub(super) async fn one<M: Model>(mut self) -> Result<Option<M>> {
        self.sort_by_key();
        let bounds = &mut self.select.bounds;
        bounds.limit = Some(bounds.limit.unwrap_or(1).min(1));
        let (connection, select) = self.into_select::<M>()?;
        Ok(fetch(&connection, Arc::new(Request::Select(select))).await?.pop())
    }

    pub(super) async fn only<M: Model>(mut self) -> Result<M> {
        let bounds = &mut self.select.bounds;
        bounds.limit = Some(bounds.limit.unwrap_or(2).min(2));
        let (connection, select) = self.into_select::<M>()?;
        let mut rows = fetch(&connection, Arc::new(Request::Select(select))).await?;
        let model = M::schema().model();
        match (rows.pop(), rows.pop()) {
            (Some(row), None) => Ok(row),
            (None, _) => Err(Error::new(Kind::NotFound, format!("no row of `{model}` meets the conditions"))),
            (Some(_), Some(_)) => Err(Error::new(
                Kind::Ambiguous,
                format!("several rows of `{model}` meet the conditions, where only one was expected"),
            )),
        }
        .map_err(|error| error.with_model(model))
    }

    pub(super) async fn count<M: Model>(mut self) -> Result<u64> {
        self.select.output = Output::Count;
        self.select.sort.clear();
        let (connection, select) = self.into_select::<M>()?;
        let count: i64 = scalar(&connection, select).await?;
        u64::try_from(count).map_err(|_| Error::new(Kind::Decode, "the interface counted less than no rows"))
    }

    pub(super) async fn has<M: Model>(self) -> Result<bool> {
        let (connection, select) = self.into_select::<M>()?;
        has(&connection, select).await
    }

    /// Without an order said, backends must still agree on the first rows.
    fn sort_by_key(&mut self) {
        if self.select.sort.is_empty()
            && let Some(key) = self.select.schema.key()
        {
            self.sort(key, Direction::Up);
        }
    }
}

async fn has(connection: &Connection, mut select: Select) -> Result<bool> {
    select.output = Output::Exists;
    select.sort.clear();
    scalar(connection, select).await
}

/// The one cell of a result of one row.
async fn scalar<T: Field>(connection: &Connection, select: Select) -> Result<T> {
    let request = Arc::new(Request::Select(select));
    let sink = connection.fetch(request, || Box::new(Cell::<T>(None))).await?;
    let cell = came_back::<Cell<T>>(sink)?.0;
    cell.ok_or_else(|| Error::new(Kind::Decode, "the interface gave no row where there is always one"))
}

struct Cell<T>(Option<T>);

impl<T: Field> Sink for Cell<T> {
    fn row(&mut self, row: &dyn RowRef) -> Result<Flow> {
        self.0 = Some(T::decode(row.get(0)?)?);
        Ok(Flow::Continue)
    }
}

fn ends_in_escape(pattern: &str) -> bool {
    let escapes = pattern.chars().rev().take_while(|it| *it == '\\').count();
    escapes % 2 == 1
}
