//! What a model does of its own before it is written and after it is read.

use super::Model;
use crate::Result;

/// What a model does of its own before its rows are written and after they are
/// read; switched on by `#[prom::orm(hooks)]`. An error stops what was begun.
/// Hooks run in the caller's task, and may use the database.
///
/// They see single rows and the drafts of `create_many`. Changes to many rows
/// by a query know nothing of models and run none; the rows that they give by
/// `returning()` are read, and [`after_load`](Hooks::after_load) runs.
pub trait Hooks: Model {
    /// Before a row is inserted; the draft may still be changed.
    fn before_insert(draft: &mut Self::Draft) -> impl Future<Output = Result<()>> + Send {
        let _ = draft;
        std::future::ready(Ok(()))
    }

    /// Before a changed row is saved, also if nothing was changed yet.
    fn before_update(&mut self) -> impl Future<Output = Result<()>> + Send {
        std::future::ready(Ok(()))
    }

    /// Before a row is deleted.
    fn before_delete(&self) -> impl Future<Output = Result<()>> + Send {
        std::future::ready(Ok(()))
    }

    /// After a row was read. What is changed here counts as changed.
    ///
    /// # Errors
    ///
    /// The row, and the whole result with it, is not given out; a stream gives what
    /// came before. What gave the row is undone: an `upsert`, `or_ignore` or
    /// `find_or_create`, and a change with `returning()`. For that it runs in a
    /// transaction of its own if none is open, and else ends the one that is open,
    /// unless the backend has no transactions. A raw statement stays done.
    fn after_load(&mut self) -> Result<()> {
        Ok(())
    }
}
