//! From a row past others to those behind them: many to many.

use super::{Relation, ToMany};
use crate::Result;
use crate::model::{Key, Model, Operands, RawQuery};
use crate::registry::Executor;
use crate::schema::FieldDef;

/// From a row past those that refer to it to what these lead to:
/// `Book::BOOK_TAGS.through(BookTag::TAG)` gives a book's tags.
#[derive(Debug, Clone, Copy, Default)]
pub struct Through<A, B>(A, B);

impl<P: Model<Key: Key>, C: Model, const AT: usize> ToMany<P, C, AT> {
    /// Leads past these rows to those that `relation` leads to from them.
    pub const fn through<B: Relation<From = C>>(self, relation: B) -> Through<Self, B> {
        Through(self, relation)
    }
}

impl<P, C, B, const AT: usize> Relation for Through<ToMany<P, C, AT>, B>
where
    P: Model<Key: Key>,
    C: Model,
    B: Relation<From = C>,
{
    type From = P;
    type To = B::To;
    type Out = Vec<B::Out>;

    async fn load(self, rows: &[P], executor: &Executor) -> Result<Vec<Option<Vec<B::Out>>>> {
        let families = ToMany::<P, C, AT, (B,)>::new().load(rows, executor).await?;
        let behind = |family: Vec<(C, B::Out)>| family.into_iter().map(|(_, it)| it).collect();
        Ok(families.into_iter().map(|it| it.map(behind)).collect())
    }

    fn copy(out: &Vec<B::Out>) -> Result<Vec<B::Out>> {
        out.iter().map(B::copy).collect()
    }

    fn narrow(self, inner: RawQuery) -> (&'static FieldDef, RawQuery) {
        let (field, inner) = self.1.narrow(inner);
        let mut between = RawQuery::new(C::schema());
        between.is_in(field, Operands::Query(Box::new(inner)), true);
        self.0.narrow(between)
    }
}
