//! Which connection a statement runs on: the one it names, else the one whose
//! scope it is in, else the one its row came from, else its model's home.

use crate::schema::Schema;
use crate::{Connection, Result};

tokio::task_local! {
    /// The connections whose scopes the task is in, the innermost last.
    static SCOPES: Vec<Connection>;
}

impl Connection {
    /// Runs `future` with this connection in the place of the default one: for
    /// tenants, and for tests that run side by side. A model that names its
    /// connection goes there all the same, unless this is a connection of that
    /// name; a row that was read elsewhere is saved here.
    ///
    /// A task that `future` spawns is outside the scope, since tasks inherit
    /// nothing: wrap its future in a scope of its own.
    pub async fn scope<F: Future>(&self, future: F) -> F::Output {
        let mut scopes = SCOPES.try_with(Clone::clone).unwrap_or_default();
        scopes.push(self.clone());
        SCOPES.scope(scopes, future).await
    }
}

/// The connection for a statement about `schema`.
pub(crate) fn resolve(
    schema: &Schema,
    explicit: Option<&Connection>,
    origin: Option<u32>,
) -> Result<Connection> {
    if let Some(it) = explicit {
        return Ok(it.clone());
    }
    let scoped = SCOPES.try_with(|scopes| {
        let is_home = |it: &&Connection| schema.connection().is_none_or(|name| name == it.name());
        scopes.iter().rev().find(is_home).cloned()
    });
    if let Ok(Some(it)) = scoped {
        return Ok(it);
    }
    match origin {
        Some(slot) => super::at(slot),
        None => super::home(Some(schema)),
    }
}

/// The connection for a statement that is about no schema.
pub(crate) fn resolve_raw(explicit: Option<&Connection>) -> Result<Connection> {
    if let Some(it) = explicit {
        return Ok(it.clone());
    }
    match SCOPES.try_with(|scopes| scopes.last().cloned()) {
        Ok(Some(it)) => Ok(it),
        _ => super::home(None),
    }
}
