//! Sums and means of whole numbers of 64 bits, whatever the sums on the way.

use prom_core::Result as PromResult;
use tokio_rusqlite::rusqlite::functions::{Aggregate, Context, FunctionFlags};
use tokio_rusqlite::rusqlite::types::{Value, ValueRef};
use tokio_rusqlite::rusqlite::{Connection, Error, Result};

use super::OVERFLOW;
use crate::error::from_sqlite;

/// The sum; an error where it is outside of 64 bits.
pub(crate) const SUM: &str = "prom_sum";
/// The mean.
pub(crate) const MEAN: &str = "prom_avg";

/// Makes the functions known to a connection.
pub(super) fn register(connection: &Connection, flags: FunctionFlags) -> PromResult<()> {
    let add = |name, what| connection.create_aggregate_function(name, 1, flags, what);
    add(SUM, Total::Sum).and_then(|()| add(MEAN, Total::Mean)).map_err(|error| from_sqlite(&error))
}

/// What the numbers come to.
#[derive(Debug, Clone, Copy)]
enum Total {
    Sum,
    Mean,
}

/// The numbers so far.
#[derive(Debug, Default)]
struct Numbers {
    count: u64,
    whole: i128,
    /// What was no whole number: the sum is none either then.
    fractions: Option<f64>,
}

impl Aggregate<Numbers, Value> for Total {
    fn init(&self, _: &mut Context<'_>) -> Result<Numbers> {
        Ok(Numbers::default())
    }

    fn step(&self, context: &mut Context<'_>, numbers: &mut Numbers) -> Result<()> {
        match context.get_raw(0) {
            ValueRef::Null => return Ok(()),
            ValueRef::Integer(number) => numbers.whole += i128::from(number),
            ValueRef::Real(number) => *numbers.fractions.get_or_insert(0.0) += number,
            // As SQLite's own: text and bytes that are no number count as zero.
            ValueRef::Text(_) | ValueRef::Blob(_) => *numbers.fractions.get_or_insert(0.0) += 0.0,
        }
        numbers.count += 1;
        Ok(())
    }

    #[expect(clippy::cast_precision_loss, reason = "a mean has the digits of a floating-point number")]
    fn finalize(&self, _: &mut Context<'_>, numbers: Option<Numbers>) -> Result<Value> {
        let Some(numbers) = numbers.filter(|numbers| numbers.count > 0) else { return Ok(Value::Null) };
        let sum = || numbers.whole as f64 + numbers.fractions.unwrap_or_default();
        match (self, numbers.fractions) {
            (Self::Mean, _) => Ok(Value::Real(sum() / numbers.count as f64)),
            (Self::Sum, Some(_)) => Ok(Value::Real(sum())),
            (Self::Sum, None) => match i64::try_from(numbers.whole) {
                Ok(sum) => Ok(Value::Integer(sum)),
                Err(_) => Err(Error::UserFunctionError(OVERFLOW.into())),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn total(statement: &str) -> Result<Value> {
        let connection = Connection::open_in_memory()?;
        register(&connection, FunctionFlags::SQLITE_UTF8).expect("it is registered");
        connection.query_row(statement, [], |row| row.get(0))
    }

    const BOTH_ENDS: &str = "FROM (SELECT 9223372036854775807 AS n UNION ALL SELECT 1 UNION ALL SELECT -2)";

    #[test]
    fn what_is_within_64_bits_at_the_end_is_a_sum() {
        let sum = total(&format!("SELECT prom_sum(n) {BOTH_ENDS}"));
        assert_eq!(sum.ok(), Some(Value::Integer(i64::MAX - 1)));
        let beyond = total(&format!("SELECT prom_sum(n) {BOTH_ENDS} WHERE n > 0"));
        assert!(beyond.is_err_and(|error| error.to_string().contains(OVERFLOW)));
        let mean = total(&format!("SELECT prom_avg(n) {BOTH_ENDS}"));
        assert_eq!(mean.ok(), Some(Value::Real(9_223_372_036_854_775_806.0 / 3.0)));
    }

    #[test]
    fn nothing_comes_to_nothing_and_a_fraction_to_a_fraction() {
        for function in [SUM, MEAN] {
            assert_eq!(total(&format!("SELECT {function}(NULL)")).ok(), Some(Value::Null));
            assert_eq!(
                total(&format!("SELECT {function}(n) {BOTH_ENDS} WHERE n > 9e18 AND n < 0")).ok(),
                Some(Value::Null)
            );
        }
        assert_eq!(
            total("SELECT prom_sum(n) FROM (SELECT 1 AS n UNION ALL SELECT 0.5)").ok(),
            Some(Value::Real(1.5))
        );
    }
}
