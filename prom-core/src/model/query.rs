//! Asking for rows: what every model's query can do.

mod raw;

use super::{BoxFuture, Model, RowStream, Rows};
use crate::interface::Rendered;
use crate::query::{Compare, Direction, Match};
use crate::registry::Connection;
use crate::{Result, Value};

pub use raw::RawQuery;

/// What every model's query can do; the methods that name a field in their own
/// name, such as `eq_bar`, stand on the query type that the attribute makes.
///
/// A query can be awaited. Conditions are joined by AND; [`or`](Query::or)
/// joins its two neighbours and binds tighter. A field that is named by text
/// may be named by its alias or its column, and is checked before anything is
/// sent: an unknown one is a [`Kind::UnknownField`](crate::Kind) when the query
/// is run.
pub trait Query: Sized + Send + 'static {
    /// The model that is asked for.
    type Model: Model;

    #[doc(hidden)]
    fn __raw(&mut self) -> &mut RawQuery;

    #[doc(hidden)]
    fn __into_raw(self) -> RawQuery;

    /// Asks that connection.
    #[must_use]
    fn on(mut self, connection: &Connection) -> Self {
        self.__raw().set_connection(connection.clone());
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
        self.__raw().select().bounds.limit = Some(limit);
        self
    }

    /// Passes over `offset` rows first.
    #[must_use]
    fn offset(mut self, offset: u64) -> Self {
        self.__raw().select().bounds.offset = offset;
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

    /// The rows. What the query does when it is awaited.
    ///
    /// # Errors
    ///
    /// [`Kind::UnknownField`](crate::Kind) and [`Kind::Invalid`](crate::Kind)
    /// before anything is sent; what the database says.
    fn get(self) -> BoxFuture<'static, Result<Rows<Self::Model>>> {
        Box::pin(self.__into_raw().get())
    }

    /// The first row, if there is one; without an order, that of the least key.
    ///
    /// # Errors
    ///
    /// As [`get`](Query::get).
    fn one(self) -> BoxFuture<'static, Result<Option<Self::Model>>> {
        Box::pin(self.__into_raw().one())
    }

    /// The only row.
    ///
    /// # Errors
    ///
    /// [`Kind::NotFound`](crate::Kind) when there is none,
    /// [`Kind::Ambiguous`](crate::Kind) when there are several; as
    /// [`get`](Query::get).
    fn only(self) -> BoxFuture<'static, Result<Self::Model>> {
        Box::pin(self.__into_raw().only())
    }

    /// How many rows the query would give, its bounds included.
    ///
    /// # Errors
    ///
    /// As [`get`](Query::get).
    fn count(self) -> BoxFuture<'static, Result<u64>> {
        Box::pin(self.__into_raw().count::<Self::Model>())
    }

    /// Whether the query would give any row.
    ///
    /// # Errors
    ///
    /// As [`get`](Query::get).
    fn has(self) -> BoxFuture<'static, Result<bool>> {
        Box::pin(self.__into_raw().has::<Self::Model>())
    }

    /// The rows one after the other, of one snapshot.
    fn stream(self) -> RowStream<Self::Model> {
        RowStream::new(self.__into_raw())
    }

    /// What would be sent: the statement and its parameters. Nothing is opened
    /// for it; the connection's DSN says which language is spoken.
    ///
    /// # Errors
    ///
    /// [`Kind::Unsupported`](crate::Kind) where the interface has no text to
    /// show; what [`get`](Query::get) finds before anything is sent.
    fn render(self) -> Result<Rendered> {
        let (connection, select) = self.__into_raw().into_select::<Self::Model>()?;
        connection.render(&crate::query::Request::Select(select))
    }
}
