//! A query without its model's type: what the generated methods call.

// What is said of it, word by word.
mod change;
mod conditions;
mod named;
mod shape;
mod within;

// What it comes to.
mod whole;

pub(in crate::model) use conditions::comparison;

use std::borrow::Cow;

use super::after::Cursor;
use crate::model::{Model, RowConnections};
use crate::query::{Assign, Select};
use crate::registry::Executor;
use crate::row::SkipReport;
use crate::schema::{FieldDef, Schema};
use crate::{Error, Kind};

/// A query without its model's type. The first mistake in it is kept, and given
/// when it is run.
#[derive(Debug, Clone)]
pub struct RawQuery {
    pub(super) select: Select,
    pub(super) page: Option<u64>,
    pub(super) after: Option<Cursor>,
    set: Vec<(&'static FieldDef, Assign)>,
    pending_or: bool,
    mistake: Option<Error>,
    /// Takes the errors of rows that cannot be decoded, which are then left out.
    pub(in crate::model) skip: Option<SkipReport>,
    on: Option<Executor>,
    /// Where the row came from that the query starts from.
    origin: Option<u32>,
    /// Where the rows came from that its conditions were given.
    pub(super) rows: RowConnections,
    /// Where the rows came from that fields are set to.
    set_rows: Vec<(&'static FieldDef, u32)>,
    /// The queries within this one: each must be at home on its connection.
    within: Vec<Within>,
}

/// Where a query within another one would go by itself.
#[derive(Debug, Clone)]
struct Within {
    schema: &'static Schema,
    on: Option<Executor>,
    origin: Option<u32>,
}

impl RawQuery {
    /// All rows of a table.
    pub fn new(schema: &'static Schema) -> Self {
        Self::of(Select::new(schema))
    }

    fn of(select: Select) -> Self {
        Self {
            select,
            page: None,
            after: None,
            set: Vec::new(),
            pending_or: false,
            mistake: None,
            skip: None,
            on: None,
            origin: None,
            rows: RowConnections::default(),
            set_rows: Vec::new(),
            within: Vec::new(),
        }
    }

    pub(super) fn set_executor(&mut self, executor: Executor) {
        self.on = Some(executor);
    }

    /// Asks where `row` came from, unless it is said otherwise.
    #[doc(hidden)]
    pub fn set_origin(&mut self, row: &impl Model) {
        self.origin = Some(row.__origin());
    }

    pub(super) fn invalid(&mut self, text: impl Into<Cow<'static, str>>) {
        let model = self.select.schema.model();
        self.mistake(
            Error::new(Kind::Invalid, text).context(format_args!("query of `{model}`")).with_model(model),
        );
    }

    /// Keeps the first mistake.
    #[cold]
    pub(in crate::model) fn mistake(&mut self, error: Error) {
        self.mistake.get_or_insert(error);
    }
}
