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

use crate::Result;
use crate::query::{Insert, Request};

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
/// user's own.
pub fn render<'a>(dialect: &'a dyn Dialect, request: &'a Request) -> Result<Statement<'a>> {
    let mut w = Writer::new(dialect);
    match request {
        Request::Select(it) => select::select(&mut w, it)?,
        Request::Insert(it) => write::insert(&mut w, it),
        Request::Update(it) => write::update(&mut w, it)?,
        Request::Delete(it) => write::delete(&mut w, it)?,
        Request::Raw(it) => raw::raw(&mut w, it)?,
    }
    Ok(w.finish())
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
