//! What a query's rows become: rows of the model, or the columns that were
//! selected.

use std::marker::PhantomData;

use super::{LoadContext, Model};
use crate::query::{Output, Request};
use crate::registry::Executor;
use crate::row::RowRef;
use crate::{Field, Result, Value, ValueRef};

/// What a query of `M` gives for each row; the parameter of its query type.
pub trait Projection<M: Model>: Send + 'static {
    /// What is decoded where the row is read.
    #[doc(hidden)]
    type Base: Send + 'static;

    /// What a row becomes.
    type Row: Send + 'static;

    #[doc(hidden)]
    fn decode(row: &dyn RowRef, context: &LoadContext) -> Result<Self::Base>;

    /// Gives the cells of a row that knows no types those of the columns that were asked for.
    #[doc(hidden)]
    fn give_types(row: &mut Self::Base, request: &Request) -> Result<()> {
        let _ = (row, request);
        Ok(())
    }

    /// The primary key of a row that cannot be decoded, with its field's name.
    #[doc(hidden)]
    fn key(row: &dyn RowRef) -> Option<(&'static str, Value)> {
        let _ = row;
        None
    }

    #[doc(hidden)]
    fn after_load(row: &mut Self::Base) -> Result<()> {
        let _ = row;
        Ok(())
    }

    #[doc(hidden)]
    fn finish(
        rows: Vec<Self::Base>,
        executor: &Executor,
    ) -> impl Future<Output = Result<Vec<Self::Row>>> + Send;
}

/// A query gives rows of its model.
#[derive(Debug)]
pub struct All;

/// A query gives these columns: one alone, several as a tuple.
#[derive(Debug)]
pub struct Selected<T>(PhantomData<fn() -> T>);

/// A query gives the columns that were named at run time, as values.
#[derive(Debug)]
pub struct Named;

impl<M: Model> Projection<M> for Named {
    type Base = Vec<NamedCell>;
    type Row = Vec<Value>;

    fn decode(row: &dyn RowRef, _: &LoadContext) -> Result<Self::Base> {
        let cell = |at| row.get(at).map(NamedCell::new).map_err(|error| error.with_column(at));
        (0..row.len()).map(cell).collect()
    }

    fn give_types(row: &mut Self::Base, request: &Request) -> Result<()> {
        let Request::Select(select) = request else { return Ok(()) };
        for (at, cell) in row.iter_mut().enumerate() {
            let convert = match &select.output {
                Output::Columns(columns) => columns.get(at).map(|column| column.convert()),
                Output::Rows => select.schema.fields().get(at).map(|field| field.convert),
            };
            if let Some(convert) = convert {
                cell.convert(convert).map_err(|error| error.with_column(at))?;
            }
        }
        Ok(())
    }

    fn finish(rows: Vec<Self::Base>, _: &Executor) -> impl Future<Output = Result<Vec<Self::Row>>> + Send {
        let row = |cells: Self::Base| cells.into_iter().map(NamedCell::into_value).collect();
        std::future::ready(Ok(rows.into_iter().map(row).collect()))
    }
}

/// A cell of a column that was selected by name: what it is, the column's type says later.
#[doc(hidden)]
#[derive(Debug)]
pub struct NamedCell {
    value: Value,
    /// Whether its text is the digits of a decimal number.
    is_decimal: bool,
}

impl NamedCell {
    fn new(cell: ValueRef<'_>) -> Self {
        Self { is_decimal: matches!(cell, ValueRef::Numeric(_)), value: cell.to_owned() }
    }

    fn into_value(self) -> Value {
        self.value
    }

    /// Takes the cell through the type of its column; NULL has none.
    fn convert(&mut self, convert: fn(Value) -> Result<Value>) -> Result<()> {
        let value = std::mem::replace(&mut self.value, Value::Null);
        self.value = match value {
            Value::Null => Value::Null,
            Value::Text(digits) if self.is_decimal => decimal(digits, convert)?,
            value => convert(value)?,
        };
        Ok(())
    }
}

/// A decimal number as the type of its column has it: whole, floating-point, or its digits.
fn decimal(digits: String, convert: fn(Value) -> Result<Value>) -> Result<Value> {
    let whole = match digits.split_once('.') {
        Some((whole, rest)) if rest.bytes().all(|digit| digit == b'0') => whole,
        _ => &digits,
    };
    let whole = whole.parse().ok().map(Value::I64);
    let float = digits.parse().ok().map(Value::F64);
    let numbers = whole.into_iter().chain(float);
    let fits = numbers.filter_map(|number| convert(number).ok()).next();
    fits.map_or_else(|| convert(Value::Text(digits)), Ok)
}

/// What a query may give for columns to be selected by name.
#[diagnostic::on_unimplemented(
    message = "columns cannot be selected by name after `select_..()` by method",
    note = "select all by name, or all by method"
)]
pub trait SelectNamed {}

impl SelectNamed for All {}
impl SelectNamed for Named {}

/// How a query's rows change when a column of type `T` is selected.
#[diagnostic::on_unimplemented(
    message = "`select_..()` cannot follow what this query already gives",
    note = "a query selects twelve columns at the most, and none after `with(..)`"
)]
pub trait Select<T> {
    /// What they are then.
    type Next;
}

impl<M: Model> Projection<M> for All {
    type Base = M;
    type Row = M;

    fn decode(row: &dyn RowRef, context: &LoadContext) -> Result<M> {
        M::__from_row(row, context)
    }

    fn key(row: &dyn RowRef) -> Option<(&'static str, Value)> {
        super::key_of::<M>(row)
    }

    fn after_load(row: &mut M) -> Result<()> {
        row.__after_load()
    }

    fn finish(rows: Vec<Self::Base>, _: &Executor) -> impl Future<Output = Result<Vec<Self::Row>>> + Send {
        std::future::ready(Ok(rows))
    }
}

impl<T> Select<T> for All {
    type Next = Selected<(T,)>;
}

impl<M: Model, A: Field> Projection<M> for Selected<(A,)> {
    type Base = A;
    type Row = A;

    fn decode(row: &dyn RowRef, _: &LoadContext) -> Result<A> {
        cell(row, 0)
    }

    fn finish(rows: Vec<Self::Base>, _: &Executor) -> impl Future<Output = Result<Vec<Self::Row>>> + Send {
        std::future::ready(Ok(rows))
    }
}

macro_rules! columns {
    ($(($($name:ident $at:tt),*)),* $(,)?) => { $(
        impl<M: Model, $($name: Field),*> Projection<M> for Selected<($($name,)*)> {
            type Base = ($($name,)*);
            type Row = ($($name,)*);

            fn decode(row: &dyn RowRef, _: &LoadContext) -> Result<Self::Row> {
                Ok(($(cell::<$name>(row, $at)?,)*))
            }

            fn finish(rows: Vec<Self::Base>, _: &Executor) -> impl Future<Output = Result<Vec<Self::Row>>> + Send {
                std::future::ready(Ok(rows))
            }
        }
    )* };
}

columns!(
    (A 0, B 1),
    (A 0, B 1, C 2),
    (A 0, B 1, C 2, D 3),
    (A 0, B 1, C 2, D 3, E 4),
    (A 0, B 1, C 2, D 3, E 4, F 5),
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6),
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7),
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8),
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9),
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10),
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11),
);

macro_rules! select {
    ($(($($name:ident),*)),* $(,)?) => { $(
        impl<T, $($name),*> Select<T> for Selected<($($name,)*)> {
            type Next = Selected<($($name,)* T,)>;
        }
    )* };
}

select!(
    (A),
    (A, B),
    (A, B, C),
    (A, B, C, D),
    (A, B, C, D, E),
    (A, B, C, D, E, F),
    (A, B, C, D, E, F, G),
    (A, B, C, D, E, F, G, H),
    (A, B, C, D, E, F, G, H, I),
    (A, B, C, D, E, F, G, H, I, J),
    (A, B, C, D, E, F, G, H, I, J, K),
);

/// The cell `at`; an error learns which column it was, and its name where the query
/// is known.
fn cell<T: Field>(row: &dyn RowRef, at: usize) -> Result<T> {
    row.get(at).and_then(T::decode).map_err(|error| error.with_column(at))
}
