//! Several values as one parameter: an array.
//!
//! <https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO>

use std::fmt::{self, Write};

use bytes::{BufMut, BytesMut};
use postgres_types::{Format, IsNull, Kind as TypeKind, Type};
use prom_core::{Error, Kind, Result, Value};

use super::param::{binary, is_binary, text, unfit};

/// The values of an array, wherever they lie.
pub(crate) trait Items<'a> {
    /// How many there are.
    fn count(&self) -> usize;

    /// The values.
    fn items(&self) -> impl Iterator<Item = &'a Value>;
}

impl<'a> Items<'a> for &'a [Value] {
    fn count(&self) -> usize {
        self.len()
    }

    fn items(&self) -> impl Iterator<Item = &'a Value> {
        self.iter()
    }
}

/// What the array is made of, if all its items go in binary.
fn binary_item<'a, 't>(list: &impl Items<'a>, ty: &'t Type) -> Option<&'t Type> {
    match ty.kind() {
        TypeKind::Array(item) if list.items().all(|it| is_binary(it, item)) => Some(item),
        _ => None,
    }
}

/// How [`encode_list`] writes it.
pub(crate) fn list_format<'a>(list: &impl Items<'a>, ty: &Type) -> Format {
    if binary_item(list, ty).is_some() { Format::Binary } else { Format::Text }
}

/// The list as an array of the type `ty`.
///
/// # Errors
///
/// [`Kind::Value`] where `ty` is no array, or an item does not fit.
pub(crate) fn encode_list<'a>(list: &impl Items<'a>, ty: &Type, out: &mut BytesMut) -> Result<IsNull> {
    match (binary_item(list, ty), ty.kind()) {
        (Some(item), _) => in_binary(list, item, out)?,
        (None, TypeKind::Array(item)) => as_text(list, item, out)?,
        (None, _) if *ty == Type::UNKNOWN => as_text(list, ty, out)?,
        _ => return Err(unfit(&Value::List([].into()), ty)),
    }
    Ok(IsNull::No)
}

fn in_binary<'a>(list: &impl Items<'a>, item: &Type, out: &mut BytesMut) -> Result<()> {
    let length = length(list.count())?;
    // Dimensions, whether there are NULLs, what it is made of; then the one dimension.
    out.put_i32(i32::from(length > 0));
    out.put_i32(i32::from(list.items().any(Value::is_null)));
    out.put_u32(item.oid());
    if length > 0 {
        out.put_i32(length);
        out.put_i32(1);
    }
    list.items().try_for_each(|it| cell(it, item, out))
}

/// A value behind its length, as arrays and COPY have it.
pub(crate) fn cell(value: &Value, ty: &Type, out: &mut BytesMut) -> Result<()> {
    if value.is_null() {
        out.put_i32(-1);
        return Ok(());
    }
    let at = out.len();
    out.put_i32(0);
    binary(value, ty, out)?;
    let length = length(out.len() - at - 4)?;
    out[at..at + 4].copy_from_slice(&length.to_be_bytes());
    Ok(())
}

fn length(it: usize) -> Result<i32> {
    i32::try_from(it).map_err(|_| Error::new(Kind::Value, "a value or a list is too large: 2 GiB at most"))
}

/// `{"a","b",NULL}`.
fn as_text<'a>(list: &impl Items<'a>, item: &Type, out: &mut BytesMut) -> Result<()> {
    for (at, it) in list.items().enumerate() {
        out.put_u8(if at == 0 { b'{' } else { b',' });
        if it.is_null() {
            out.put_slice(b"NULL");
            continue;
        }
        out.put_u8(b'"');
        text(it, item, &mut Quoted(out))?;
        out.put_u8(b'"');
    }
    out.put_slice(if list.count() == 0 { b"{}" } else { b"}" });
    Ok(())
}

/// Puts `\` before what would end the quotes.
struct Quoted<'a>(&'a mut BytesMut);

impl Write for Quoted<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for it in text.bytes() {
            if matches!(it, b'"' | b'\\') {
                self.0.put_u8(b'\\');
            }
            self.0.put_u8(it);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_as_text_keeps_quotes_and_backslashes() {
        let list = [Value::Text("a\"b\\".into()), Value::Null, Value::I64(3), Value::Bytes(vec![255])];
        let mut out = BytesMut::new();
        as_text(&&list[..], &Type::UNKNOWN, &mut out).expect("it is written");
        assert_eq!(out, r#"{"a\"b\\",NULL,"3","\\xff"}"#);
        out.clear();
        as_text(&&list[..0], &Type::UNKNOWN, &mut out).expect("it is written");
        assert_eq!(out, "{}");
    }

    #[test]
    fn an_empty_array_has_no_dimension() {
        let mut out = BytesMut::new();
        encode_list(&&[][..], &Type::INT8_ARRAY, &mut out).expect("it is written");
        assert_eq!(out[..], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 20]);
    }
}
