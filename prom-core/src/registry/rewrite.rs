//! Tables brought to the spelling in which prom writes its values.

use super::{Executor, resolve};
use crate::Result;
use crate::interface::Rewritten;
use crate::model::BoxFuture;
use crate::schema::Schema;

/// A table that is to be brought to prom's own spelling; await it, or call
/// [`run`](RewriteBuilder::run).
#[must_use = "nothing is rewritten until this is awaited"]
#[derive(Debug, Clone)]
pub struct RewriteBuilder {
    schema: &'static Schema,
    on: Option<Executor>,
}

impl RewriteBuilder {
    pub(crate) fn new(schema: &'static Schema) -> Self {
        Self { schema, on: None }
    }

    /// Rewrites the table on that connection, or in that transaction.
    pub fn on(mut self, executor: impl Into<Executor>) -> Self {
        self.on = Some(executor.into());
        self
    }

    /// Rewrites the table.
    ///
    /// # Errors
    ///
    /// As [`Model::rewrite`](crate::Model::rewrite).
    pub async fn run(self) -> Result<Rewritten> {
        resolve(self.schema, self.on.as_ref(), None)?.rewrite(self.schema).await
    }
}

impl IntoFuture for RewriteBuilder {
    type Output = Result<Rewritten>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}
