//! Sums of floating-point numbers.

use tokio_rusqlite::rusqlite::functions::{Context, FunctionFlags};
use tokio_rusqlite::rusqlite::types::Value;
use tokio_rusqlite::rusqlite::{Connection, Error, Result};

use super::OVERFLOW;

/// Adds two floating-point numbers of 32 bits; an error where that leaves their range.
pub(crate) const ADD_F32: &str = "prom_add_f32";
/// Adds two floating-point numbers of 64 bits; an error where that leaves their range.
pub(crate) const ADD_F64: &str = "prom_add_f64";

/// Makes the functions known to a connection.
pub(super) fn register(connection: &Connection, flags: FunctionFlags) -> Result<()> {
    connection.create_scalar_function(ADD_F32, 2, flags, |context| add(context, sum_f32))?;
    connection.create_scalar_function(ADD_F64, 2, flags, |context| add(context, |a, b| a + b))
}

/// NULL stays NULL.
fn add(context: &Context<'_>, sum: fn(f64, f64) -> f64) -> Result<Option<Value>> {
    let (column, number) = (context.get::<Option<f64>>(0)?, context.get::<Option<f64>>(1)?);
    let (Some(column), Some(number)) = (column, number) else { return Ok(None) };
    let sum = sum(column, number);
    if sum.is_infinite() && column.is_finite() && number.is_finite() {
        return Err(Error::UserFunctionError(OVERFLOW.into()));
    }
    Ok(Some(Value::Real(sum)))
}

#[expect(clippy::cast_possible_truncation, reason = "what the column holds has no more digits")]
fn sum_f32(column: f64, number: f64) -> f64 {
    f64::from(column as f32 + number as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(statement: &str) -> Result<Option<f64>> {
        let connection = Connection::open_in_memory()?;
        register(&connection, FunctionFlags::SQLITE_UTF8)?;
        connection.query_row(statement, [], |row| row.get(0))
    }

    #[test]
    fn a_sum_has_as_many_digits_as_its_column() {
        let of_32_bits = f64::from(0.1_f32 + 0.2_f32);
        assert_eq!(sum("SELECT prom_add_f32(0.1, 0.2)").ok(), Some(Some(of_32_bits)));
        assert_eq!(sum("SELECT prom_add_f64(0.1, 0.2)").ok(), Some(Some(0.1 + 0.2)));
        // Half-way between two of 32 bits: the even one.
        assert_eq!(sum("SELECT prom_add_f32(16777216, 1)").ok(), Some(Some(16_777_216.0)));
        assert_eq!(sum("SELECT prom_add_f32(NULL, 1)").ok(), Some(None));
    }

    #[test]
    fn a_sum_that_leaves_the_range_is_an_error() {
        for statement in ["SELECT prom_add_f32(3.4e38, 3.4e38)", "SELECT prom_add_f64(1.7e308, 1.7e308)"] {
            assert!(sum(statement).is_err_and(|error| error.to_string().contains(OVERFLOW)));
        }
        assert_eq!(sum("SELECT prom_add_f64(9e999, -1)").ok(), Some(Some(f64::INFINITY)));
    }
}
