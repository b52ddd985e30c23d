//! Queries within a query, and where they go.

use super::{RawQuery, Within};
use crate::model::query::tie_break::settle;
use crate::query::Select;
use crate::registry::{Executor, check_reference, resolve};
use crate::schema::Schema;
use crate::{Error, Kind, Result};

impl RawQuery {
    /// Takes note of where a query that is taken in would go.
    pub(in crate::model::query) fn take_note(&mut self, inner: &Self) {
        let (schema, on, origin) = (inner.select.schema, inner.on.clone(), inner.origin);
        self.within.push(Within { schema, on, origin });
        self.take_rows(inner);
        self.within.extend(inner.within.iter().cloned());
    }

    /// Takes note of the rows that a query within was given.
    pub(in crate::model::query) fn take_rows(&mut self, inner: &Self) {
        if inner.on.is_none() {
            self.rows.add_all(inner.rows);
        }
    }

    pub(in crate::model::query) fn take_in(&mut self, inner: Self) -> Option<Select> {
        self.take_note(&inner);
        inner.into_subquery().map_err(|error| self.mistake(error)).ok()
    }

    /// The connection to ask: all that is within must be there.
    pub(in crate::model::query) fn home(&self) -> Result<Executor> {
        let schema = self.select.schema;
        let home = resolve(schema, self.on.as_ref(), self.origin)?;
        if self.on.is_none() {
            self.rows.check(schema, &home)?;
        }
        for (field, connection) in &self.set_rows {
            check_reference(schema, field, *connection, &home)?;
        }
        for it in &self.within {
            let there = resolve(it.schema, it.on.as_ref().or(self.on.as_ref()), it.origin.or(self.origin))?;
            if there.slot() != home.slot() {
                return Err(elsewhere(schema, &home, it.schema, &there));
            }
        }
        Ok(home)
    }
}

#[cold]
fn elsewhere(schema: &Schema, home: &Executor, inner: &Schema, there: &Executor) -> Error {
    Error::new(
        Kind::Invalid,
        format!(
            "a query of `{}` on {} holds one of `{}`, which lives on {}: one statement asks one database; \
             read the one first, or say `.on(..)` where both are",
            schema.model(),
            home.title(),
            inner.model(),
            there.title()
        ),
    )
    .with_model(schema.model())
}

/// One value is wanted of it: the first row's.
pub(super) fn first_row(mut select: Select) -> Box<Select> {
    settle(&mut select);
    select.bounds.limit = Some(select.bounds.limit.unwrap_or(1).min(1));
    Box::new(select)
}
