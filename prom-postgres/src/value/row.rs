//! A row as tokio-postgres holds it: raw bytes, read by the type of their column.

use std::cell::OnceCell;
use std::error::Error as StdError;

use postgres_types::{FromSql, Type};
use prom_core::{Error, Kind, Result, RowRef, ValueRef};
use tokio_postgres::{Column, Row};

use super::numeric::Numeric;
use super::param::is_text;
use super::{from_days, from_micros};

/// A row as tokio-postgres holds it.
pub(crate) struct PostgresRow<'a> {
    row: &'a Row,
    /// Texts that are not in the row as such, made when they are asked for.
    made: OnceCell<Box<[OnceCell<String>]>>,
}

impl<'a> PostgresRow<'a> {
    pub(crate) fn new(row: &'a Row) -> Self {
        Self { row, made: OnceCell::new() }
    }

    /// A text that lives as long as the row.
    fn text(&self, index: usize, make: impl FnOnce() -> String) -> ValueRef<'_> {
        let made = self.made.get_or_init(|| self.row.columns().iter().map(|_| OnceCell::new()).collect());
        ValueRef::Text(made[index].get_or_init(make))
    }

    fn value<'r>(&'r self, index: usize, ty: &'r Type, bytes: &'r [u8]) -> Option<ValueRef<'r>> {
        Some(match *ty {
            Type::INT8 => ValueRef::I64(i64::from_be_bytes(exact(bytes)?)),
            Type::INT4 => ValueRef::I64(i32::from_be_bytes(exact(bytes)?).into()),
            Type::INT2 => ValueRef::I64(i16::from_be_bytes(exact(bytes)?).into()),
            Type::TEXT
            | Type::VARCHAR
            | Type::BPCHAR
            | Type::NAME
            | Type::JSON
            | Type::UNKNOWN
            | Type::XML => text(bytes)?,
            Type::TIMESTAMPTZ | Type::TIMESTAMP => {
                ValueRef::Timestamp(from_micros(i64::from_be_bytes(exact(bytes)?))?)
            }
            Type::BOOL => ValueRef::Bool(exact::<1>(bytes)?[0] != 0),
            Type::FLOAT8 => ValueRef::F64(f64::from_be_bytes(exact(bytes)?)),
            Type::FLOAT4 => ValueRef::F64(f32::from_be_bytes(exact(bytes)?).into()),
            Type::BYTEA => ValueRef::Bytes(bytes),
            Type::DATE => ValueRef::Date(from_days(i32::from_be_bytes(exact(bytes)?))?),
            #[cfg(feature = "uuid")]
            Type::UUID => ValueRef::Uuid(prom_core::Uuid::from_bytes(exact(bytes)?)),
            Type::OID => ValueRef::I64(u32::from_be_bytes(exact(bytes)?).into()),
            // Behind the version of the format.
            Type::JSONB => text(bytes.strip_prefix(&[1])?)?,
            Type::NUMERIC => {
                let it = Numeric::read(bytes)?;
                match it.whole() {
                    Some(it) => ValueRef::I64(it),
                    None => self.text(index, || it.text()),
                }
            }
            _ if is_text(ty) => text(bytes)?,
            _ => ValueRef::Other { type_name: ty.name(), bytes },
        })
    }
}

impl RowRef for PostgresRow<'_> {
    fn len(&self) -> usize {
        self.row.len()
    }

    fn get(&self, index: usize) -> Result<ValueRef<'_>> {
        let column = self.row.columns().get(index).ok_or_else(|| no_cell(index))?;
        match self.row.try_get(index).map_err(|_| unreadable(column))? {
            Raw(None) => Ok(ValueRef::Null),
            Raw(Some(bytes)) => self.value(index, column.type_(), bytes).ok_or_else(|| unreadable(column)),
        }
    }

    fn name(&self, index: usize) -> Option<&str> {
        self.row.columns().get(index).map(Column::name)
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
    let why = match *ty {
        Type::TIMESTAMPTZ | Type::TIMESTAMP | Type::DATE => {
            "`infinity`, or a time outside the years 1 to 9999".to_owned()
        }
        _ => format!("what is no {} as PostgreSQL sends it", ty.name()),
    };
    Error::new(Kind::Decode, format!("the column `{name}` holds {why}"))
}
