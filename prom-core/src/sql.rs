//! How an SQL backend answers: rendering and installing, written once. A
//! backend brings it to life with its [`Dialect`]; no database is named here.

mod define;
mod dialect;
mod filter;
mod raw;
mod select;
mod write;
mod writer;

use crate::Result;
use crate::query::Request;

pub use define::define;
pub use dialect::{Dialect, operator, standard_literal};
pub use raw::{begins_reading, shown};
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
