//! Asking for rows: what every model's query can do.

mod after;
mod endings;
mod raw;

use super::bulk::Change;
use super::{
    BoxFuture, Bulk, Load, Model, Named, Projection, Relation, RowStream, Rows, Select, SelectNamed,
};
use crate::interface::Rendered;
use crate::query::{Aggregate, Column, Combine, Compare, DatePart, Direction, Filter, Match, Request};
use crate::registry::Executor;
use crate::row::SkipReport;
use crate::{Error, Result, Value};

pub(super) use endings::has;
pub use raw::RawQuery;
pub(super) use raw::comparison;

/// What every model's query can do; the methods that name a field in their own
/// name, such as `eq_bar`, stand on the query type that the attribute makes.
///
/// A query can be awaited. Conditions are joined by AND; [`or`](Query::or)
/// joins its two neighbours and binds tighter. A field that is named by text
/// may be named by its alias or its column, and is checked before anything is
/// sent: an unknown one is a [`Kind::UnknownField`](crate::Kind) when the query
/// is run.
///
/// A value that is given to a field named by text may be of any type that the field's own type reads; a
/// row stands for its key, and must be of the connection that is asked. A value that no row can hold, such as
/// a number beyond the field's range, is answered by a condition: it equals no row, and is less or greater
/// than others as numbers are. Where it would be written it is a [`Kind::Value`](crate::Kind). A value of
/// another type is a [`Kind::Invalid`](crate::Kind).
pub trait Query: Sized + Send + 'static {
    /// The model that is asked for.
    type Model: Model;

    /// What a row becomes: a row of the model, or what was selected.
    type Projection: Projection<Self::Model>;

    /// The same query with other rows.
    type With<P: Projection<Self::Model>>: Query<Model = Self::Model, Projection = P>;

    #[doc(hidden)]
    fn __raw(&mut self) -> &mut RawQuery;

    #[doc(hidden)]
    fn __into_raw(self) -> RawQuery;

    #[doc(hidden)]
    fn __from_raw(raw: RawQuery) -> Self;

    /// Asks that connection.
    #[must_use]
    fn on(mut self, executor: impl Into<Executor>) -> Self {
        self.__raw().set_executor(executor.into());
        self
    }

    /// Joins the condition before it and the one after it: one of the two is
    /// enough. A run of them makes one group.
    #[must_use]
    fn or(mut self) -> Self {
        self.__raw().or();
        self
    }

    /// At most `limit` rows; 0 is none. Without an order, rows come by key.
    #[must_use]
    fn limit(mut self, limit: u64) -> Self {
        self.__raw().select.bounds.limit = Some(limit);
        self
    }

    /// Passes over `offset` rows first.
    #[must_use]
    fn offset(mut self, offset: u64) -> Self {
        let raw = self.__raw();
        raw.select.bounds.offset = offset;
        raw.page = None;
        self
    }

    /// The page `page`, counted from 1, of as many rows as the limit says; 0 is
    /// the first as well. What is said last counts, page or offset.
    #[must_use]
    fn page(mut self, page: u64) -> Self {
        self.__raw().page = Some(page);
        self
    }

    /// Begins behind `row`, in the query's order, with the key as the last word:
    /// the next page, whatever was inserted or deleted since the last one was
    /// read. Unlike an offset it costs the same for every page. The row must have come from the connection
    /// that is asked, unless the query says `.on(..)`.
    #[must_use]
    fn after(mut self, row: &Self::Model) -> Self {
        self.__raw().after(row);
        self
    }

    /// Rows that are alike become one.
    #[must_use]
    fn distinct(mut self) -> Self {
        self.__raw().select.distinct = true;
        self
    }

    /// Goes on with what `then` makes of the query, if `condition` holds.
    #[must_use]
    fn when(self, condition: bool, then: impl FnOnce(Self) -> Self) -> Self {
        if condition { then(self) } else { self }
    }

    /// Keeps rows that meet at least one of the conditions in the group.
    #[must_use]
    fn any(mut self, group: impl FnOnce(Plain<Self>) -> Plain<Self>) -> Self {
        let group = inner::<Self>(group);
        self.__raw().group(group, Filter::Any);
        self
    }

    /// Keeps rows that meet all conditions in the group: for a group within a
    /// group, or beside an [`or`](Query::or).
    #[must_use]
    fn all(mut self, group: impl FnOnce(Plain<Self>) -> Plain<Self>) -> Self {
        let group = inner::<Self>(group);
        self.__raw().group(group, Filter::All);
        self
    }

    /// Keeps rows that do not meet all conditions in the group. As in SQL, a
    /// comparison with NULL is neither met nor failed, and its opposite as well.
    #[must_use]
    fn not(mut self, group: impl FnOnce(Plain<Self>) -> Plain<Self>) -> Self {
        let group = inner::<Self>(group);
        self.__raw().group(group, |it| Filter::Not(Box::new(Filter::All(it))));
        self
    }

    /// Keeps rows that meet a condition in the database's own SQL, with a `?`
    /// for each of `values`. It stands in brackets.
    #[must_use]
    fn raw_field<V: Into<Value>>(mut self, sql: &'static str, values: impl IntoIterator<Item = V>) -> Self {
        self.__raw().raw(sql, values.into_iter().map(Into::into).collect());
        self
    }

    /// The rows of this query and those of `other`; rows that are alike become
    /// one. What follows is about all of them.
    #[must_use]
    fn union(mut self, other: Self) -> Self {
        self.__raw().combine(Combine::Union, other.__into_raw());
        self
    }

    /// The rows of this query that `other` gives as well.
    #[must_use]
    fn intersect(mut self, other: Self) -> Self {
        self.__raw().combine(Combine::Intersect, other.__into_raw());
        self
    }

    /// The rows of this query that `other` does not give.
    #[must_use]
    fn difference(mut self, other: Self) -> Self {
        self.__raw().combine(Combine::Except, other.__into_raw());
        self
    }

    /// Each row brings along what `relation` leads to from it, read with one
    /// query more for all of them: `with(Subdivision::COUNTRY)` gives pairs of
    /// subdivision and country, `with(Country::SUBDIVISIONS)` pairs of country and
    /// a vector. Four relations at the most, one after the other.
    #[must_use]
    fn with<R, N>(self, relation: R) -> Self::With<N>
    where
        R: Relation<From = Self::Model>,
        Self::Projection: Load<R, Next = N>,
        N: Projection<Self::Model>,
    {
        let _ = relation;
        Self::With::__from_raw(self.__into_raw())
    }

    /// Keeps rows from which `relation` leads to at least one row that meets the
    /// conditions. A reference that is `None` leads to none, so `not` keeps its row.
    #[must_use]
    fn where_has<R: Relation<From = Self::Model>>(
        mut self,
        relation: R,
        conditions: impl FnOnce(<R::To as Model>::Query) -> <R::To as Model>::Query,
    ) -> Self {
        let inner = conditions(Query::__from_raw(RawQuery::new(R::To::schema()))).__into_raw();
        let (field, inner) = relation.narrow(inner.bare());
        self.__raw().is_related(field, inner);
        self
    }

    /// Selects how many rows there are: of all, or of each group.
    #[must_use]
    fn counted<N>(mut self) -> Self::With<N>
    where
        Self::Projection: Select<i64, Next = N>,
        N: Projection<Self::Model>,
    {
        self.__raw().column(Column::Count);
        Self::With::__from_raw(self.__into_raw())
    }

    /// Sorts by what was selected last, from the least to the greatest.
    #[must_use]
    fn asc_selected(mut self) -> Self {
        self.__raw().sort_selected(Direction::Up);
        self
    }

    /// Sorts by what was selected last, from the greatest to the least.
    #[must_use]
    fn desc_selected(mut self) -> Self {
        self.__raw().sort_selected(Direction::Down);
        self
    }

    /// Keeps rows whose `field` is `value`; `None` keeps those that are NULL.
    #[must_use]
    fn eq_field(mut self, field: &str, value: impl Into<Value>) -> Self {
        self.__raw().compare_name(field, Compare::Eq, value.into());
        self
    }

    /// Keeps rows whose `field` is something else than `value`; `None` keeps
    /// those that are not NULL.
    #[must_use]
    fn ne_field(mut self, field: &str, value: impl Into<Value>) -> Self {
        self.__raw().compare_name(field, Compare::Ne, value.into());
        self
    }

    /// Keeps rows whose `field` is greater than `value`.
    #[must_use]
    fn gt_field(mut self, field: &str, value: impl Into<Value>) -> Self {
        self.__raw().compare_name(field, Compare::Gt, value.into());
        self
    }

    /// Keeps rows whose `field` is `value` or greater.
    #[must_use]
    fn gte_field(mut self, field: &str, value: impl Into<Value>) -> Self {
        self.__raw().compare_name(field, Compare::Gte, value.into());
        self
    }

    /// Keeps rows whose `field` is less than `value`.
    #[must_use]
    fn lt_field(mut self, field: &str, value: impl Into<Value>) -> Self {
        self.__raw().compare_name(field, Compare::Lt, value.into());
        self
    }

    /// Keeps rows whose `field` is `value` or less.
    #[must_use]
    fn lte_field(mut self, field: &str, value: impl Into<Value>) -> Self {
        self.__raw().compare_name(field, Compare::Lte, value.into());
        self
    }

    /// Keeps rows whose `field` lies between two values, both included.
    #[must_use]
    fn between_field(mut self, field: &str, low: impl Into<Value>, high: impl Into<Value>) -> Self {
        self.__raw().between_name(field, low.into(), high.into());
        self
    }

    /// Keeps rows whose `field` is one of `values`. An empty list keeps no row.
    #[must_use]
    fn in_field<V: Into<Value>>(mut self, field: &str, values: impl IntoIterator<Item = V>) -> Self {
        self.__raw().in_name(field, values.into_iter().map(Into::into).collect(), true);
        self
    }

    /// Keeps rows whose `field` is none of `values`. An empty list keeps every
    /// row; otherwise rows whose field is NULL are left out, as in SQL.
    #[must_use]
    fn nin_field<V: Into<Value>>(mut self, field: &str, values: impl IntoIterator<Item = V>) -> Self {
        self.__raw().in_name(field, values.into_iter().map(Into::into).collect(), false);
        self
    }

    /// Keeps rows whose `field` is NULL.
    #[must_use]
    #[expect(clippy::wrong_self_convention, reason = "named like the method of each field")]
    fn is_null_field(mut self, field: &str) -> Self {
        self.__raw().null_name(field, true);
        self
    }

    /// Keeps rows whose `field` is not NULL.
    #[must_use]
    fn not_null_field(mut self, field: &str) -> Self {
        self.__raw().null_name(field, false);
        self
    }

    /// Keeps rows whose `field` looks like `pattern`: `%` is any run of
    /// characters, `_` any one, `\` takes the next as it is. Letter case counts,
    /// unless the field ignores it.
    #[must_use]
    fn like_field(mut self, field: &str, pattern: &str) -> Self {
        self.__raw().match_name(field, Match::Like, pattern, true);
        self
    }

    /// Keeps rows whose `field` does not look like `pattern`.
    #[must_use]
    fn nlike_field(mut self, field: &str, pattern: &str) -> Self {
        self.__raw().match_name(field, Match::Like, pattern, false);
        self
    }

    /// Keeps rows whose `field` begins with `text`, letter for letter.
    #[must_use]
    fn startswith_field(mut self, field: &str, text: &str) -> Self {
        self.__raw().match_name(field, Match::StartsWith, text, true);
        self
    }

    /// Keeps rows whose `field` ends with `text`, letter for letter.
    #[must_use]
    fn endswith_field(mut self, field: &str, text: &str) -> Self {
        self.__raw().match_name(field, Match::EndsWith, text, true);
        self
    }

    /// Keeps rows whose `field` has `text` in it, letter for letter.
    #[must_use]
    fn contains_field(mut self, field: &str, text: &str) -> Self {
        self.__raw().match_name(field, Match::Contains, text, true);
        self
    }

    /// Sorts by `field`, from the least to the greatest, NULL last. A sort that
    /// was said before counts for more.
    #[must_use]
    fn asc_field(mut self, field: &str) -> Self {
        self.__raw().sort_name(field, Direction::Up);
        self
    }

    /// Sorts by `field`, from the greatest to the least, NULL first.
    #[must_use]
    fn desc_field(mut self, field: &str) -> Self {
        self.__raw().sort_name(field, Direction::Down);
        self
    }

    /// Keeps rows a part of whose `field` is as said: `date::year(2013)`, or one
    /// of several, `date::day([1, 7])`.
    #[must_use]
    fn part_field(mut self, field: &str, part: DatePart) -> Self {
        self.__raw().part_name(field, part, true);
        self
    }

    /// Sorts by the place of `field` in a list; what is not in it comes last. A value that no row can hold
    /// has no place.
    #[must_use]
    fn order_field<V: Into<Value>>(mut self, field: &str, values: impl IntoIterator<Item = V>) -> Self {
        self.__raw().sort_list_name(field, values.into_iter().map(Into::into).collect());
        self
    }

    /// Selects fields that are named at run time: each row is a vector of values, which have the types of
    /// their fields whatever the database's columns hold. NULL stays NULL.
    #[must_use]
    fn select_fields<'a>(mut self, fields: impl IntoIterator<Item = &'a str>) -> Self::With<Named>
    where
        Self::Projection: SelectNamed,
    {
        for field in fields {
            self.__raw().column_name(field, Column::Field);
        }
        Self::With::__from_raw(self.__into_raw())
    }

    /// Selects the sum, the mean, the least or the greatest of `field`.
    #[must_use]
    fn aggregate_field(mut self, aggregate: Aggregate, field: &str) -> Self::With<Named>
    where
        Self::Projection: SelectNamed,
    {
        self.__raw().column_name(field, |it| Column::Aggregate(aggregate, it));
        Self::With::__from_raw(self.__into_raw())
    }

    /// Makes one group of the rows that are alike in `field`, and selects it.
    #[must_use]
    fn group_by_field(mut self, field: &str) -> Self::With<Named>
    where
        Self::Projection: SelectNamed,
    {
        self.__raw().group_name(field);
        Self::With::__from_raw(self.__into_raw())
    }

    /// Sets `field`, for [`update`](Query::update).
    #[must_use]
    fn set_field(mut self, field: &str, value: impl Into<Value>) -> Self {
        self.__raw().set_name(field, value.into());
        self
    }

    /// Adds to `field`, for [`update`](Query::update); NULL stays NULL. A number that is wider than the
    /// field's range, or not finite, is a [`Kind::Value`](crate::Kind) before anything is sent, and so is a row
    /// that would leave the range.
    #[must_use]
    fn incr_field(mut self, field: &str, number: impl Into<Value>) -> Self {
        self.__raw().increment_name(field, number.into());
        self
    }

    /// Changes the rows that are found as `set_..` and `incr_..` say, and their
    /// `updated`. Gives their number, or the rows with
    /// [`returning`](Bulk::returning). No hooks are run.
    ///
    /// # Errors
    ///
    /// [`Kind::Invalid`](crate::Kind) without a condition: say
    /// [`update_all`](Query::update_all) for that; what the database refuses.
    fn update(self) -> Bulk<Self::Model> {
        Bulk::new(self.__into_raw(), Change::Update)
    }

    /// The same, and all rows where there is no condition.
    ///
    /// # Errors
    ///
    /// As [`update`](Query::update).
    fn update_all(self) -> Bulk<Self::Model> {
        Bulk::new(self.__into_raw(), Change::UpdateAll)
    }

    /// Deletes the rows that are found. Gives their number, or the rows with
    /// [`returning`](Bulk::returning). No hooks are run.
    ///
    /// # Errors
    ///
    /// [`Kind::Invalid`](crate::Kind) without a condition: say
    /// [`delete_all`](Query::delete_all) for that; what the database refuses.
    fn delete(self) -> Bulk<Self::Model> {
        Bulk::new(self.__into_raw(), Change::Delete)
    }

    /// The same, and all rows where there is no condition.
    ///
    /// # Errors
    ///
    /// As [`delete`](Query::delete).
    fn delete_all(self) -> Bulk<Self::Model> {
        Bulk::new(self.__into_raw(), Change::DeleteAll)
    }

    /// Leaves out the rows that cannot be decoded, and calls `report` with the error
    /// of each: for a tool that mends what another program wrote, while the rest can
    /// still be read. The error has the model, the field, the primary key and the
    /// number of the row.
    ///
    /// ```
    /// # use prom_sqlite::prelude::*;
    /// # mod theirs {
    /// #     #[prom_sqlite::orm(table = "sensor")]
    /// #     pub struct Sensor { pub level: i64 }
    /// # }
    /// #[prom_sqlite::orm]
    /// struct Sensor {
    ///     level: u8,
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> prom_sqlite::Result<()> {
    /// # prom_sqlite::configure("sqlite::memory:")?;
    /// # theirs::Sensor::create().level(10).await?;
    /// # theirs::Sensor::create().level(4_000).await?;
    /// let sensors = Sensor::query()
    ///     .skip_undecodable(|error| eprintln!("{error}")) // row with `id` 2: `Sensor.level` cannot be read: ..
    ///     .await?;
    /// assert_eq!(sensors.len(), 1);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// - It is about [`get`](Query::get), [`one`](Query::one) and
    ///   [`stream`](Query::stream). [`only`](Query::only) leaves nothing out, or the
    ///   only one of two might be it; [`count`](Query::count) and [`has`](Query::has)
    ///   count in the database, which decodes nothing. For a query within another, and
    ///   for a change, it is [`Kind::Invalid`](crate::Kind).
    /// - Bounds count the rows that are left out: of `limit(10)` with one of them come
    ///   nine, and [`has_more`](Rows::has_more) is right. [`one`](Query::one) is then
    ///   `None`.
    /// - Only errors of [`Kind::Decode`](crate::Kind) are left out; what
    ///   [`after_load`](super::Hooks::after_load) refuses is an error as ever. So is a
    ///   row that [`with`](Query::with) brings along and that cannot be decoded: a row
    ///   would else seem to refer to nothing.
    /// - `report` is called in the caller's task, in the order of the rows, before they
    ///   are given: in a stream up to a thousand of them ahead.
    #[must_use]
    fn skip_undecodable(mut self, report: impl Fn(Error) + Send + Sync + 'static) -> Self {
        self.__raw().skip = Some(SkipReport::new(report));
        self
    }

    /// The rows. What the query does when it is awaited.
    ///
    /// # Errors
    ///
    /// [`Kind::UnknownField`](crate::Kind) and [`Kind::Invalid`](crate::Kind)
    /// before anything is sent; what the database says; [`Kind::Decode`](crate::Kind)
    /// for a row that cannot be decoded, which hides the others: see
    /// [`skip_undecodable`](Query::skip_undecodable).
    fn get(self) -> BoxFuture<'static, Result<Rows<Row<Self>>>> {
        Box::pin(self.__into_raw().get::<Self::Model, Self::Projection>())
    }

    /// The first row, if there is one; without an order, that of the least key.
    ///
    /// # Errors
    ///
    /// As [`get`](Query::get).
    fn one(self) -> BoxFuture<'static, Result<Option<Row<Self>>>> {
        Box::pin(self.__into_raw().one::<Self::Model, Self::Projection>())
    }

    /// The only row.
    ///
    /// # Errors
    ///
    /// [`Kind::NotFound`](crate::Kind) when there is none,
    /// [`Kind::Ambiguous`](crate::Kind) when there are several; as
    /// [`get`](Query::get).
    fn only(self) -> BoxFuture<'static, Result<Row<Self>>> {
        Box::pin(self.__into_raw().only::<Self::Model, Self::Projection>())
    }

    /// How many rows the query would give, its bounds included.
    ///
    /// # Errors
    ///
    /// As [`get`](Query::get).
    fn count(self) -> BoxFuture<'static, Result<u64>> {
        Box::pin(self.__into_raw().count())
    }

    /// Whether the query would give any row.
    ///
    /// # Errors
    ///
    /// As [`get`](Query::get).
    fn has(self) -> BoxFuture<'static, Result<bool>> {
        Box::pin(self.__into_raw().has())
    }

    /// The rows one after the other, of one snapshot.
    fn stream(self) -> RowStream<Self::Model, Self::Projection> {
        RowStream::new(self.__into_raw())
    }

    /// What [`get`](Query::get) would send: the statement and its parameters.
    /// Nothing is opened for it; the connection's DSN says which language is
    /// spoken.
    ///
    /// # Errors
    ///
    /// [`Kind::Unsupported`](crate::Kind) where the interface has no text to
    /// show; what [`get`](Query::get) finds before anything is sent.
    fn render(self) -> Result<Rendered> {
        let (executor, mut select) = self.__into_raw().into_select()?;
        endings::look_ahead(&mut select);
        executor.render(&Request::Select(select))
    }
}

/// What a query gives for each row.
pub type Row<Q> = <<Q as Query>::Projection as Projection<<Q as Query>::Model>>::Row;

/// The query on the same model that asks for its rows.
pub type Plain<Q> = <<Q as Query>::Model as Model>::Query;

/// The conditions that a closure makes.
fn inner<Q: Query>(group: impl FnOnce(Plain<Q>) -> Plain<Q>) -> RawQuery {
    group(Plain::<Q>::__from_raw(RawQuery::new(Q::Model::schema()))).__into_raw()
}
