//! A value as a parameter, by the type that the server gives the parameter: what
//! Python's prom made INTEGER takes the same `Value::I64` as a BIGINT does.
//!
//! The commonest pairs of value and type go in binary, the others as text, which
//! every type reads. Where nothing was prepared the type is unknown: the server
//! then infers it as it prepares, and reads text.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt::{self, Write};

use bytes::{BufMut, BytesMut};
use postgres_types::{Format, IsNull, Kind as TypeKind, ToSql, Type};
use prom_core::sql::Statement;
use prom_core::{Error, Kind, Result, Value};

use super::list::{encode_list, list_format};
use super::{DAY_MICROS, to_days, to_micros};

/// A parameter.
#[derive(Clone, Copy)]
pub(crate) struct Param<'a>(pub(crate) &'a Value);

/// Without the value: the driver logs its parameters.
impl fmt::Debug for Param<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.kind())
    }
}

/// The parameters of `statement`.
pub(crate) fn params<'a>(statement: &'a Statement<'_>) -> Vec<Param<'a>> {
    statement.params.iter().map(|it| Param(Cow::as_ref(it))).collect()
}

/// The types to send with a statement that is not prepared first: the server
/// infers all but those of values that only it knows.
pub(crate) fn types(statement: &Statement<'_>) -> Vec<Type> {
    statement.params.iter().map(|_| Type::UNKNOWN).collect()
}

/// Refuses a statement whose values the server would not read: it ends the connection of
/// who sends a message of 1 GiB.
///
/// # Errors
///
/// [`Kind::Value`] for values that come to more than 1,000,000,000 bytes.
pub(crate) fn check_size(statement: &Statement<'_>) -> Result<()> {
    let size: usize = statement.params.iter().map(|param| size(param)).sum();
    if size <= MOST_BYTES {
        return Ok(());
    }
    Err(Error::new(
        Kind::Value,
        "the values of a statement come to more than 1,000,000,000 bytes, which are the most: send them in parts",
    ))
}

const MOST_BYTES: usize = 1_000_000_000;

/// How many bytes the value takes, or so.
pub(crate) fn size(value: &Value) -> usize {
    match value {
        Value::Text(text) => text.len(),
        Value::Bytes(bytes) => bytes.len(),
        Value::Other(other) => other.bytes.len(),
        Value::List(values) => values.iter().map(size).sum(),
        _ => size_of::<i64>(),
    }
}

impl ToSql for Param<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        match self.0 {
            Value::Null => return Ok(IsNull::Yes),
            Value::List(it) => return Ok(encode_list(&&**it, ty, out)?),
            it if is_binary(it, ty) => binary(it, ty, out)?,
            it => text(it, ty, out)?,
        }
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn to_sql_checked(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        self.to_sql(ty, out)
    }

    fn encode_format(&self, ty: &Type) -> Format {
        match self.0 {
            Value::List(it) => list_format(&&**it, ty),
            it if is_binary(it, ty) => Format::Binary,
            _ => Format::Text,
        }
    }
}

/// Whether [`binary`] writes it.
pub(crate) fn is_binary(value: &Value, ty: &Type) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(_) => *ty == Type::BOOL,
        Value::I64(_) => matches!(*ty, Type::INT8 | Type::INT4 | Type::INT2 | Type::OID),
        Value::F64(_) => matches!(*ty, Type::FLOAT8 | Type::FLOAT4),
        Value::Text(_) => is_text(ty),
        Value::Bytes(_) => *ty == Type::BYTEA,
        Value::Timestamp(_) => matches!(*ty, Type::TIMESTAMPTZ | Type::TIMESTAMP),
        Value::Date(_) => matches!(*ty, Type::DATE | Type::TIMESTAMPTZ | Type::TIMESTAMP),
        #[cfg(feature = "uuid")]
        Value::Uuid(_) => *ty == Type::UUID,
        Value::Other(it) => it.type_name == ty.name(),
        _ => false,
    }
}

/// Whether a value of it is the bytes of its text.
pub(super) fn is_text(ty: &Type) -> bool {
    match *ty {
        Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME => true,
        _ => matches!(ty.kind(), TypeKind::Enum(_)) || ty.name() == "citext",
    }
}

/// `value` as the server holds it; in a COPY there is no other form.
///
/// # Errors
///
/// [`Kind::Value`] for what does not fit, or has no such form.
pub(super) fn binary(value: &Value, ty: &Type, out: &mut BytesMut) -> Result<()> {
    match value {
        Value::Bool(it) => out.put_u8(u8::from(*it)),
        Value::I64(it) => whole(*it, ty, out)?,
        Value::F64(it) if *ty == Type::FLOAT4 => out.put_f32(narrow(*it)?),
        Value::F64(it) => out.put_f64(*it),
        Value::Text(it) => out.put_slice(without_nul(it)?.as_bytes()),
        Value::Bytes(it) => out.put_slice(it),
        Value::Timestamp(it) => out.put_i64(to_micros(*it)),
        Value::Date(it) if *ty == Type::DATE => {
            out.put_i32(i32::try_from(to_days(*it)).map_err(|_| out_of_range(ty))?);
        }
        // Midnight in UTC; as text it would be midnight where the session is.
        Value::Date(it) => out.put_i64(to_days(*it) * DAY_MICROS),
        #[cfg(feature = "uuid")]
        Value::Uuid(it) => out.put_slice(it.as_bytes()),
        Value::Other(it) => out.put_slice(&it.bytes),
        other => return Err(unfit(other, ty)),
    }
    Ok(())
}

fn whole(it: i64, ty: &Type, out: &mut BytesMut) -> Result<()> {
    match *ty {
        Type::INT2 => out.put_i16(it.try_into().map_err(|_| out_of_range(ty))?),
        Type::INT4 => out.put_i32(it.try_into().map_err(|_| out_of_range(ty))?),
        Type::OID => out.put_u32(it.try_into().map_err(|_| out_of_range(ty))?),
        _ => out.put_i64(it),
    }
    Ok(())
}

fn narrow(wide: f64) -> Result<f32> {
    #[expect(clippy::cast_possible_truncation, reason = "the nearest value is what is stored")]
    let narrow = wide as f32;
    if narrow.is_infinite() && wide.is_finite() {
        return Err(out_of_range(&Type::FLOAT4));
    }
    Ok(narrow)
}

/// `value` as text, for the server to read as a `ty`.
pub(super) fn text(value: &Value, ty: &Type, out: &mut impl Write) -> Result<()> {
    let written = match value {
        // The server would take any text for bytes, and `\` for an escape in it.
        Value::Text(_) if *ty == Type::BYTEA => return Err(unfit(value, ty)),
        Value::Bytes(_) if *ty != Type::UNKNOWN => return Err(unfit(value, ty)),
        Value::Bool(it) => out.write_str(if *it { "t" } else { "f" }),
        Value::I64(it) => write!(out, "{it}"),
        Value::F64(it) => write!(out, "{it:e}"),
        Value::Text(it) => out.write_str(without_nul(it)?),
        Value::Bytes(it) => {
            out.write_str("\\x").and_then(|()| it.iter().try_for_each(|it| write!(out, "{it:02x}")))
        }
        Value::Timestamp(it) => write!(out, "{it}"),
        Value::Date(it) => write!(out, "{it}"),
        #[cfg(feature = "uuid")]
        Value::Uuid(it) => write!(out, "{it}"),
        other => return Err(unfit(other, ty)),
    };
    written.map_err(|_| Error::new(Kind::Value, "the parameter takes more memory than there is"))
}

fn without_nul(text: &str) -> Result<&str> {
    match text.contains('\0') {
        false => Ok(text),
        true => Err(Error::new(
            Kind::Value,
            "a text holds a NUL character, which PostgreSQL does not store: leave it out, or store bytes",
        )),
    }
}

#[cold]
fn out_of_range(ty: &Type) -> Error {
    Error::new(Kind::Value, format!("a number is outside the range of the column's type {}", ty.name()))
}

#[cold]
pub(super) fn unfit(value: &Value, ty: &Type) -> Error {
    let what = match value {
        Value::Other(it) => format!("a value of the type {}", it.type_name),
        it => it.kind().to_owned(),
    };
    let wanted = match *ty {
        Type::UNKNOWN => "needs a prepared statement (`prepare=on` in the DSN)".to_owned(),
        _ => format!("cannot stand for the server's type {}", ty.name()),
    };
    Error::new(Kind::Value, format!("{what} {wanted}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(value: &Value, ty: &Type) -> Result<Vec<u8>, String> {
        let mut out = BytesMut::new();
        match Param(value).to_sql(ty, &mut out) {
            Ok(_) => Ok(out.to_vec()),
            Err(it) => Err(it.to_string()),
        }
    }

    #[test]
    fn a_whole_number_is_bound_by_the_servers_type() {
        let it = Value::I64(-2);
        assert_eq!(sent(&it, &Type::INT2), Ok(vec![0xff, 0xfe]));
        assert_eq!(sent(&it, &Type::INT4), Ok(vec![0xff, 0xff, 0xff, 0xfe]));
        assert_eq!(sent(&it, &Type::NUMERIC), Ok(b"-2".to_vec()));
        assert_eq!(sent(&it, &Type::UNKNOWN), Ok(b"-2".to_vec()));
        let refused = "a number is outside the range of the column's type int4";
        assert_eq!(sent(&Value::I64(1 << 31), &Type::INT4), Err(refused.to_owned()));
        assert!(sent(&Value::I64(i64::from(i16::MIN) - 1), &Type::INT2).is_err());
    }

    #[test]
    fn what_does_not_fit_is_refused_before_it_is_sent() {
        assert!(sent(&Value::Text("a\0b".into()), &Type::TEXT).is_err());
        assert!(sent(&Value::Text("a\0b".into()), &Type::UNKNOWN).is_err());
        assert!(sent(&Value::Text("a".into()), &Type::BYTEA).is_err());
        assert!(sent(&Value::Bytes(vec![1]), &Type::TEXT).is_err());
        assert!(sent(&Value::F64(1e300), &Type::FLOAT4).is_err());
        assert!(sent(&Value::F64(f64::INFINITY), &Type::FLOAT4).is_ok());
    }
}
