//! How an SQL backend answers: rendering and installing, written once. A
//! backend brings it to life with its [`Dialect`]; no database is named here.

// What is said.
mod columns;
mod dialect;
mod filter;
mod pattern;
mod raw;
mod select;
mod write;
mod writer;

// How tables come to be.
mod define;
mod install;

// What comes back.
mod blame;
mod watch;

use crate::query::{Insert, Request};
use crate::schema::Schema;
use crate::{Error, Kind, Result};

pub use blame::{Refused, blame, is_of_row};
pub use columns::{Columns, KnownColumns};
pub use define::{define, define_all};
pub use dialect::{Dialect, Use, aggregate_function, operator, standard_literal};
pub use install::{cannot, refusal};
pub use pattern::like_pattern;
pub(crate) use raw::may_insert;
pub use raw::{begins_reading, may_commit, shown};
pub use watch::Watch;
pub use writer::{Statement, Writer};

/// The statement for `request`, with its parameters borrowed from there. An
/// insert is rendered for one row, the first.
///
/// # Errors
///
/// [`Kind::Unsupported`](crate::Kind) for what the dialect cannot say;
/// [`Kind::Invalid`](crate::Kind) for what is wrong with a statement of the
/// user's own, and for more parameters than the database takes.
pub fn render<'a>(dialect: &'a dyn Dialect, request: &'a Request) -> Result<Statement<'a>> {
    let mut w = Writer::new(dialect);
    match request {
        Request::Select(it) => select::select(&mut w, it)?,
        Request::Insert(it) => write::insert(&mut w, it),
        Request::Update(it) => write::update(&mut w, it)?,
        Request::Delete(it) => write::delete(&mut w, it)?,
        Request::Raw(it) => raw::raw(&mut w, it)?,
    }
    let statement = w.finish();
    check_count(dialect, request.schema(), statement.params.len())?;
    Ok(statement)
}

/// Whether a statement about `schema` may have so many parameters.
fn check_count(dialect: &dyn Dialect, schema: Option<&'static Schema>, given: usize) -> Result<()> {
    if given <= dialect.most_parameters() {
        return Ok(());
    }
    Err(too_many(dialect.most_parameters(), schema, given))
}

#[cold]
fn too_many(most: usize, schema: Option<&'static Schema>, given: usize) -> Error {
    let whose = schema.map(|schema| format!(" for `{}`", schema.model())).unwrap_or_default();
    let list = if schema.is_some() { "`in_..`" } else { "`IN (:name)` with `bind_list`" };
    let error = Error::new(
        Kind::Invalid,
        format!(
            "the statement{whose} has {given} parameters, and the database takes {most}: give values as a list, \
             {list}, which is one parameter however long it is, or send the statement in parts"
        ),
    );
    match schema {
        Some(schema) => error.with_model(schema.model()),
        None => error,
    }
}

/// The statement that inserts the rows that `source` writes, in the fields that
/// `insert` gives: for a database that takes many at once.
pub fn render_insert<'a>(
    dialect: &'a dyn Dialect,
    insert: &Insert,
    source: impl FnOnce(&mut Writer<'a>),
) -> Statement<'a> {
    let mut w = Writer::new(dialect);
    write::insert_from(&mut w, insert, source);
    w.finish()
}
