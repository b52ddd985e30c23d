//! A row as tokio-postgres holds it: raw bytes, read by the type of their column.

use std::error::Error as StdError;

use postgres_types::{FromSql, Type};
use prom_core::{Error, Kind, Result, RowRef, ValueRef};
use tokio_postgres::{Column, Row};

use super::numeric::numeric;
use super::param::is_text;
use super::{from_days, from_micros};

/// A row as tokio-postgres holds it.
pub(crate) struct PostgresRow<'a>(&'a Row);

impl<'a> PostgresRow<'a> {
    pub(crate) fn new(row: &'a Row) -> Self {
        Self(row)
    }
}

/// The cell of a column of type `ty`. `None` where the bytes are none of it.
///
/// # Errors
///
/// [`Kind::Decode`] for a time that prom does not have.
fn value<'r>(ty: &'r Type, bytes: &'r [u8]) -> Result<Option<ValueRef<'r>>> {
    let value = match *ty {
        Type::INT8 => exact(bytes).map(|bytes| ValueRef::I64(i64::from_be_bytes(bytes))),
        Type::INT4 => exact(bytes).map(|bytes| ValueRef::I64(i32::from_be_bytes(bytes).into())),
        Type::INT2 => exact(bytes).map(|bytes| ValueRef::I64(i16::from_be_bytes(bytes).into())),
        Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::JSON | Type::UNKNOWN | Type::XML => {
            text(bytes)
        }
        Type::TIMESTAMPTZ | Type::TIMESTAMP => match exact(bytes) {
            Some(bytes) => Some(ValueRef::Timestamp(from_micros(i64::from_be_bytes(bytes))?)),
            None => None,
        },
        Type::BOOL => exact(bytes).map(|[byte]| ValueRef::Bool(byte != 0)),
        Type::FLOAT8 => exact(bytes).map(|bytes| ValueRef::F64(f64::from_be_bytes(bytes))),
        Type::FLOAT4 => exact(bytes).map(|bytes| ValueRef::F64(f32::from_be_bytes(bytes).into())),
        Type::BYTEA => Some(ValueRef::Bytes(bytes)),
        Type::DATE => match exact(bytes) {
            Some(bytes) => Some(ValueRef::Date(from_days(i32::from_be_bytes(bytes))?)),
            None => None,
        },
        #[cfg(feature = "uuid")]
        Type::UUID => exact(bytes).map(|bytes| ValueRef::Uuid(prom_core::Uuid::from_bytes(bytes))),
        Type::OID => exact(bytes).map(|bytes| ValueRef::I64(u32::from_be_bytes(bytes).into())),
        // Behind the version of the format.
        Type::JSONB => bytes.strip_prefix(&[1]).and_then(text),
        Type::NUMERIC => numeric(bytes).map(ValueRef::Numeric),
        _ if is_text(ty) => text(bytes),
        _ => Some(ValueRef::Other { type_name: ty.name(), bytes }),
    };
    Ok(value)
}

impl RowRef for PostgresRow<'_> {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn get(&self, index: usize) -> Result<ValueRef<'_>> {
        let column = self.0.columns().get(index).ok_or_else(|| no_cell(index))?;
        match self.0.try_get(index).map_err(|_| unreadable(column))? {
            Raw(None) => Ok(ValueRef::Null),
            Raw(Some(bytes)) => value(column.type_(), bytes)?.ok_or_else(|| unreadable(column)),
        }
    }

    fn name(&self, index: usize) -> Option<&str> {
        self.0.columns().get(index).map(Column::name)
    }
}

/// The bytes of a cell, whatever their type.
struct Raw<'a>(Option<&'a [u8]>);

impl<'a> FromSql<'a> for Raw<'a> {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn StdError + Sync + Send>> {
        Ok(Self(Some(raw)))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn StdError + Sync + Send>> {
        Ok(Self(None))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

fn exact<const N: usize>(bytes: &[u8]) -> Option<[u8; N]> {
    bytes.try_into().ok()
}

fn text(bytes: &[u8]) -> Option<ValueRef<'_>> {
    str::from_utf8(bytes).ok().map(ValueRef::Text)
}

#[cold]
fn no_cell(index: usize) -> Error {
    Error::new(Kind::Decode, format!("the row has no cell {index}"))
}

#[cold]
fn unreadable(column: &Column) -> Error {
    let (name, ty) = (column.name(), column.type_());
    let ty = ty.name();
    Error::new(Kind::Decode, format!("the column `{name}` holds what is no {ty} as PostgreSQL sends it"))
}
