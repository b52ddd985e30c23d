//! Who answers: the traits that a backend implements. Nothing here knows SQL.
//!
//! A backend is an [`Interface`]. It answers [`Request`]s with connections of
//! its own choosing, and lends one out as a [`Lease`], on which the requests of
//! a transaction run. Both are reached as trait objects; rows are decoded where
//! the backend reads them, by a [`Sink`].

mod capabilities;
mod install;
mod lease;
mod runtime;

use std::sync::Arc;

use async_trait::async_trait;

use crate::query::Request;
use crate::row::Sink;
use crate::schema::catalog::{Column, Fit};
use crate::schema::{FieldDef, Schema};
use crate::{Error, Kind, Result};

pub use capabilities::Capabilities;
pub use install::{Change, Install, InstallReport, missing};
pub use lease::{Begin, Isolation, Lease, Leave, ended};
pub use runtime::check_runtime;

/// What answers requests: an interface, with a connection of its own choosing,
/// or a lease, on its one connection.
///
/// Any future may be dropped at any point; what it had begun must then leave
/// nothing behind for the connection's next user.
#[async_trait]
pub trait Execute: Send + Sync {
    /// Carries out a [`Request::Select`], a [`Request::Raw`], or a change that gives
    /// [`Returning::Rows`](crate::query::Returning), wholly or not at all; and
    /// hands each row to `sink`, which comes back with them. Rows of [`Output::Rows`](crate::query::Output) have
    /// every field in the schema's order.
    ///
    /// # Errors
    ///
    /// [`Kind::TableMissing`] and [`Kind::FieldMissing`] before any row went to
    /// the sink: prom then installs the table and asks once more. The sink's own
    /// errors, as they are. [`Kind::Unsupported`] for what the backend cannot do.
    /// For an insert, as [`execute`](Execute::execute) too.
    async fn fetch(&self, request: Arc<Request>, sink: Box<dyn Sink>) -> Result<Box<dyn Sink>>;

    /// Carries out a request that changes rows, or a [`Request::Raw`] whose rows
    /// nobody wants, wholly or not at all.
    ///
    /// # Errors
    ///
    /// As [`fetch`](Execute::fetch), and the kinds of what the database refuses:
    /// [`Kind::Unique`], [`Kind::ForeignKey`], [`Kind::NotNull`], [`Kind::Check`].
    async fn execute(&self, request: Arc<Request>) -> Result<Done>;

    /// Makes sure of the tables of `schemas`, which come parents first: looks,
    /// and creates or adds what is [`missing`], as `install` says. Called from
    /// several tasks and processes at once without harm. Gives each table as it is
    /// then: what it runs beside a write decides how prom writes to it.
    ///
    /// # Errors
    ///
    /// [`Kind::InstallDenied`] when something is missing that may not or cannot
    /// be added; the text names it and says what to do.
    async fn install(&self, schemas: &[&'static Schema], install: Install) -> Result<InstallReport>;

    /// A result that is read in pieces, of the database as it is when the first
    /// piece is asked for: what is written afterwards is not seen. Nothing is sent
    /// before that.
    fn cursor(&self, request: Arc<Request>) -> Box<dyn Cursor>;
}

/// A backend's open or openable database.
#[async_trait]
pub trait Interface: Execute {
    /// What the backend can do, for callers that want to know before they ask.
    fn capabilities(&self) -> Capabilities;

    /// Lends out a connection for a transaction, which begins with its first
    /// request at the latest.
    ///
    /// # Errors
    ///
    /// [`Kind::PoolTimeout`] when none became free in time.
    async fn lease(&self, begin: Begin) -> Result<Box<dyn Lease>>;

    /// Closes every connection. The next request opens the database anew.
    ///
    /// # Errors
    ///
    /// What the database says to it.
    async fn close(&self) -> Result<()>;

    /// Whether a connection is open.
    fn is_open(&self) -> bool;

    /// How `column`, as [`install`](Execute::install) reported it, holds the values of
    /// `field`. Where it may come back otherwise, prom reads back what it writes, and
    /// [`verify`](crate::verify) refuses the table; text that is too long for its column
    /// prom refuses itself.
    fn fit(&self, field: &FieldDef, column: &Column) -> Fit {
        let _ = (field, column);
        Fit::Exact
    }

    /// What the backend would send for `request`.
    ///
    /// # Errors
    ///
    /// [`Kind::Unsupported`] unless the backend says otherwise.
    fn render(&self, request: &Request) -> Result<Rendered> {
        let _ = request;
        Err(Error::new(Kind::Unsupported, "this interface speaks no language that could be shown"))
    }
}

/// A result that is read in pieces. Dropped, it frees what it held.
#[async_trait]
pub trait Cursor: Send {
    /// Hands rows to `sink` until it says [`Flow::Pause`](crate::row::Flow), or
    /// the result ends. A cursor that cannot stop half-way without holding
    /// somebody up hands over all there are.
    ///
    /// # Errors
    ///
    /// As [`Execute::fetch`]; the result is then at its end.
    async fn next(&mut self, sink: Box<dyn Sink>) -> Result<(Box<dyn Sink>, More)>;
}

/// Whether a cursor has more to give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum More {
    /// Perhaps.
    Maybe,
    /// No: what it held is free again.
    End,
}

/// What a change to rows came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Done {
    /// How many rows were inserted, changed or deleted.
    pub rows: u64,
    /// The keys that the database made for inserted rows, in their order.
    pub keys: Vec<i64>,
}

impl Done {
    /// So many rows.
    pub fn rows(rows: u64) -> Self {
        Self { rows, keys: Vec::new() }
    }

    /// A row for each of these keys.
    pub fn keys(keys: Vec<i64>) -> Self {
        Self { rows: keys.len() as u64, keys }
    }
}

/// A statement as the backend would send it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Rendered {
    /// Its text, with the backend's placeholders.
    pub text: String,
    /// Its parameters, in order.
    pub params: Vec<crate::Value>,
}

impl Rendered {
    /// A statement of that text and those parameters.
    pub fn new(text: String, params: Vec<crate::Value>) -> Self {
        Self { text, params }
    }
}

impl std::fmt::Display for Rendered {
    /// The text alone: values are not printed.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}
