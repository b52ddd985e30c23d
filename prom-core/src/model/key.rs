//! What may be a primary key, and what several models share.

use std::hash::Hash;

use crate::Field;

/// A type that may be a primary key.
#[diagnostic::on_unimplemented(
    message = "this needs a model with a primary key, and `{Self}` is none",
    note = "a model with `id = none` and no `#[field(pk)]` can be inserted and queried, but a row of it cannot be \
            found, saved, deleted or referred to"
)]
pub trait Key: Field + Clone + Eq + Hash {}

#[diagnostic::do_not_recommend]
impl<T: Field + Clone + Eq + Hash> Key for T {}

/// The key of a model that has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NoKey;

/// What several models share: `#[prom::orm(base = Geo)]` takes it from here.
///
/// ```
/// struct Geo;
///
/// impl prom_core::Base for Geo {
///     const CONNECTION: Option<&'static str> = Some("geo");
/// }
/// ```
pub trait Base {
    /// The connection that the models live on.
    const CONNECTION: Option<&'static str> = None;
}
