//! PostgreSQL for prom, an asynchronous, lightweight ORM.

#![cfg_attr(not(test), expect(unused, reason = "the database that is to speak so is being written"))]

// What is said to it.
mod bulk;
mod copy;
mod dialect;
mod install;
mod introspect;
mod value;

// What comes back.
mod error;

#[cfg(test)]
mod tests;

pub use prom_core::*;

/// The statement for `request`, as PostgreSQL is told it.
///
/// # Errors
///
/// As [`Interface::render`].
#[doc(hidden)]
pub fn __render(request: &query::Request) -> Result<interface::Rendered> {
    sql::render(&dialect::Postgres, request).map(sql::Statement::into_rendered)
}
