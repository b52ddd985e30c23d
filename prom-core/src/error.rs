//! What went wrong: one [`Error`], branched on by its [`Kind`].

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use crate::Value;

/// `Result` with prom's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, named by what the caller would do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// No connection of that name: set `PROM_DSN` or call `prom::configure`.
    NotConfigured,
    /// A DSN that cannot be used as it stands: mend it.
    Dsn,
    /// The database could not be reached or opened.
    Connect,
    /// No connection became free in time.
    PoolTimeout,
    /// An operation took longer than its deadline.
    Deadline,
    /// The table is not there: install it.
    TableMissing,
    /// A column is not there: install it.
    FieldMissing,
    /// A unique index refuses the row.
    Unique,
    /// A reference points at no row, or a row is still referred to.
    ForeignKey,
    /// A required field would be empty.
    NotNull,
    /// A check constraint refuses the row.
    Check,
    /// The database left the row out or kept it as it was, and reported no error: a
    /// trigger, a rule or `ON CONFLICT IGNORE`. Nothing was done.
    Suppressed,
    /// The database is locked by somebody else: try again.
    Busy,
    /// The transaction lost against another one: run it again.
    Serialization,
    /// Two transactions waited for each other: run it again.
    Deadlock,
    /// The connection may only read.
    ReadOnly,
    /// The connection was lost, or one that the server itself needs, and nothing was
    /// done: on another it may be.
    Closed,
    /// The database file cannot be read or written.
    Io,
    /// The disk or the database is full.
    Full,
    /// The database file is damaged.
    Corrupt,
    /// Whether the write happened cannot be known: look before it is tried again.
    OutcomeUnknown,
    /// The transaction was ended by an earlier error: leave it.
    TransactionAborted,
    /// The schema changed under the statement.
    SchemaChanged,
    /// What the database holds does not fit the field's type.
    Decode,
    /// There is no such row.
    NotFound,
    /// There is more than one such row.
    Ambiguous,
    /// The backend cannot do this.
    Unsupported,
    /// The call makes no sense as it stands: mend the program or its input.
    Invalid,
    /// The value breaks a rule of the field.
    Value,
    /// A required field has no value.
    Required,
    /// No field of that name.
    UnknownField,
    /// The table differs from the model and may not, or cannot, be mended here.
    InstallDenied,
    /// The statement is not the database's SQL, or fails in a way of its own.
    Statement,
    /// The user's own code panicked where a row was read.
    Panicked,
}

/// What every fallible call of prom gives on failure.
///
/// It is one word wide. [`kind`](Error::kind) says what to do, the text names
/// the model, the field and the cure. No form of it, `{:?}` included, shows a
/// value, an SQL literal or a secret; with one exception: the text of a row that
/// cannot be decoded has its primary key, if that is an integer or a UUID, since
/// nobody could find the row without it. A primary key of another type is given
/// by [`key`](Error::key) alone.
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    kind: Kind,
    message: Cow<'static, str>,
    model: Option<&'static str>,
    field: Option<Cow<'static, str>>,
    constraint: Option<Box<str>>,
    code: Option<Box<str>>,
    /// The row that cannot be decoded: its key, its number in the result, and the
    /// number of the column.
    key: Option<Value>,
    row: Option<u64>,
    column: Option<usize>,
    /// Whether it passes by itself, though its kind does not say so.
    passes: bool,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

impl Error {
    /// An error of `kind`. `message` starts in lower case, ends without a full
    /// stop and names the thing and the cure.
    pub fn new(kind: Kind, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            model: None,
            field: None,
            constraint: None,
            code: None,
            key: None,
            row: None,
            column: None,
            passes: false,
            source: None,
        }))
    }

    /// The same error with the model it is about.
    #[must_use]
    pub fn with_model(mut self, model: &'static str) -> Self {
        self.0.model = Some(model);
        self
    }

    /// The same error with the field it is about.
    #[must_use]
    pub fn with_field(mut self, field: impl Into<Cow<'static, str>>) -> Self {
        self.0.field = Some(field.into());
        self
    }

    /// The same error with the constraint that refused.
    #[must_use]
    pub fn with_constraint(mut self, constraint: impl Into<Box<str>>) -> Self {
        self.0.constraint = Some(constraint.into());
        self
    }

    /// The same error with the database's own code.
    #[must_use]
    pub fn with_code(mut self, code: impl Into<Box<str>>) -> Self {
        self.0.code = Some(code.into());
        self
    }

    /// The same error with the primary key of the row it is about. The key is not
    /// added to the text.
    #[must_use]
    pub(crate) fn with_key(mut self, key: Value) -> Self {
        self.0.key = Some(key);
        self
    }

    /// The same error with the number of the row in the result.
    #[must_use]
    pub(crate) fn with_row(mut self, row: u64) -> Self {
        self.0.row = Some(row);
        self
    }

    /// The same error with the number of the column in the result.
    #[must_use]
    pub(crate) fn with_column(mut self, column: usize) -> Self {
        self.0.column = Some(column);
        self
    }

    /// The same error with its cause. The cause must print no values.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into().into());
        self
    }

    /// The same error as one that may pass by itself, though others of its kind do not:
    /// [`is_retryable`](Error::is_retryable). For backends: a server that restarts.
    #[must_use]
    pub fn passing(mut self) -> Self {
        self.0.passes = true;
        self
    }

    /// The same error with `prefix: ` before its text.
    #[must_use]
    pub fn context(mut self, prefix: impl fmt::Display) -> Self {
        self.0.message = Cow::Owned(format!("{prefix}: {}", self.0.message));
        self
    }

    /// What went wrong, named by what to do about it.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// The name of the model it is about, if there is one.
    pub fn model(&self) -> Option<&'static str> {
        self.0.model
    }

    /// The name of the field it is about, if it is known.
    pub fn field(&self) -> Option<&str> {
        self.0.field.as_deref()
    }

    /// The constraint that refused, as the database names it.
    pub fn constraint(&self) -> Option<&str> {
        self.0.constraint.as_deref()
    }

    /// The database's own code: an SQLSTATE on PostgreSQL, the extended result
    /// code in decimal on SQLite.
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// The primary key of the row that cannot be decoded. `None` where the result
    /// has no primary key in it, as a selection of fields, or where the key itself
    /// cannot be decoded; [`row`](Error::row) says then which row it is.
    pub fn key(&self) -> Option<&Value> {
        self.0.key.as_ref()
    }

    /// The number of the row that cannot be decoded in the rows of the query or
    /// statement, counted from 0.
    pub fn row(&self) -> Option<u64> {
        self.0.row
    }

    /// The number of the column that cannot be decoded, counted from 0, where its
    /// name is not known yet.
    pub(crate) fn column(&self) -> Option<usize> {
        self.0.column
    }

    /// Whether the same work, a whole transaction at most, may succeed when it
    /// is tried again unchanged. Of [`Kind::Connect`] that is where the server does not
    /// answer, restarts, or has no connection left, and not where it refuses the password.
    pub fn is_retryable(&self) -> bool {
        let is_of_such_a_kind = matches!(
            self.kind(),
            Kind::Busy
                | Kind::Serialization
                | Kind::Deadlock
                | Kind::PoolTimeout
                | Kind::SchemaChanged
                | Kind::Closed
        );
        is_of_such_a_kind || self.0.passes
    }
}

/// The kind, the text and the causes in one line: what a `main` that returns an
/// error prints.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {self}", self.kind())?;
        let mut cause = self.source();
        while let Some(it) = cause {
            write!(f, ": {it}")?;
            cause = it.source();
        }
        Ok(())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|it| it as &(dyn StdError + 'static))
    }
}

/// A longer name is no slip, and to compare or to print it whole would take long.
const LONGEST_NAME: usize = 128;

/// A name that was given at run time, as an error shows it.
pub(crate) fn shown_name(name: &str) -> String {
    let end = name.floor_char_boundary(LONGEST_NAME);
    let rest = if end < name.len() { ".." } else { "" };
    format!("`{}{rest}`", name[..end].escape_debug())
}

/// The one of `known` that `name` may be a slip of, as ``; did you mean `x`?``,
/// or nothing.
pub(crate) fn did_you_mean<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    if name.len() > LONGEST_NAME {
        return String::new();
    }
    let best = known
        .into_iter()
        .filter(|known| !known.is_empty())
        .map(|it| (strsim::damerau_levenshtein(&name.to_lowercase(), &it.to_lowercase()), it))
        .min();
    match best {
        Some((distance, it)) if distance <= name.chars().count().max(3) / 3 => {
            format!("; did you mean `{it}`?")
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_one_word_wide() {
        assert_eq!(size_of::<Error>(), size_of::<usize>());
    }

    #[test]
    fn debug_is_one_line_with_the_causes() {
        let error = Error::new(Kind::Connect, "cannot open `a.db`").with_source("no such folder");
        assert_eq!(format!("{error:?}"), "Connect: cannot open `a.db`: no such folder");
    }

    #[test]
    fn the_nearest_name_is_offered_and_a_far_one_is_not() {
        assert_eq!(did_you_mean("naem", ["id", "name"]), "; did you mean `name`?");
        assert_eq!(did_you_mean("population", ["id", "name"]), "");
        assert_eq!(did_you_mean("x", []), "");
        assert_eq!(did_you_mean("x", [""]), "");
    }

    #[test]
    fn a_name_without_end_is_cut() {
        let name = "é".repeat(1 << 20);
        assert_eq!(did_you_mean(&name, ["id"]), "");
        assert_eq!(shown_name(&name), format!("`{}..`", "é".repeat(64)));
        assert_eq!(shown_name("a\nb"), "`a\\nb`");
    }
}
