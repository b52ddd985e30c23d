//! Which values a column gives back as they were written: SQLite converts them to the
//! column's affinity.
//!
//! <https://www.sqlite.org/datatype3.html#type_affinity>

use prom_core::Type;
use prom_core::schema::FieldDef;
use prom_core::schema::catalog::{Column, Fit};

/// What a column does to the values that are written to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Affinity {
    /// Numbers that are whole become integers, and text that looks like a number one.
    Integer,
    /// The same.
    Numeric,
    /// Numbers become floating-point numbers, and text that looks like a number one.
    Real,
    /// Numbers become text.
    Text,
    /// Nothing.
    Blob,
}

impl Affinity {
    /// <https://www.sqlite.org/datatype3.html#determination_of_column_affinity>
    fn of(column: &Column) -> Self {
        let ty = column.ty.to_ascii_uppercase();
        let has = |parts: &[&str]| parts.iter().any(|part| ty.contains(part));
        if column.strict && ty == "ANY" {
            return Self::Blob;
        }
        if has(&["INT"]) {
            Self::Integer
        } else if has(&["CHAR", "CLOB", "TEXT"]) {
            Self::Text
        } else if ty.is_empty() || has(&["BLOB"]) {
            Self::Blob
        } else if has(&["REAL", "FLOA", "DOUB"]) {
            Self::Real
        } else {
            Self::Numeric
        }
    }
}

/// How prom sends the values of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sent {
    Whole,
    Floating,
    /// Text of any kind, which may look like a number.
    Text,
    /// Text that never looks like a number.
    Formatted,
    Bytes,
}

/// How `column` holds the values of `field`.
pub(crate) fn fit(field: &FieldDef, column: &Column) -> Fit {
    let sent = match field.ty {
        Type::Bool | Type::I16 | Type::I32 | Type::I64 => Sent::Whole,
        Type::F32 | Type::F64 => Sent::Floating,
        Type::Text => Sent::Text,
        Type::Timestamp | Type::Date | Type::Uuid => Sent::Formatted,
        Type::Bytes => Sent::Bytes,
        _ => return Fit::Wrong(format!("sqlite has no column for the type of `{}`", field.name)),
    };
    let wrong = |what: &str| Fit::Wrong(format!("a column of type `{}` {what}", column.ty));
    // An alias of the rowid holds integers alone.
    if field.key.is_some() && column.ty.eq_ignore_ascii_case("INTEGER") && sent != Sent::Whole {
        return wrong("that is a primary key holds whole numbers only");
    }
    let affinity = Affinity::of(column);
    if column.strict && !column.ty.eq_ignore_ascii_case("ANY") {
        let holds = match affinity {
            Affinity::Integer | Affinity::Numeric => sent == Sent::Whole,
            Affinity::Real => sent == Sent::Floating,
            Affinity::Text => matches!(sent, Sent::Text | Sent::Formatted),
            Affinity::Blob => sent == Sent::Bytes,
        };
        return if holds {
            Fit::Exact
        } else {
            wrong("of a STRICT table refuses other values or converts them")
        };
    }
    match (affinity, sent) {
        (Affinity::Real, Sent::Whole) => wrong("makes floating-point numbers of whole ones"),
        (Affinity::Text, Sent::Whole | Sent::Floating) => wrong("makes text of numbers"),
        (Affinity::Integer | Affinity::Numeric | Affinity::Real, Sent::Text) => {
            wrong("makes numbers of text that looks like one, such as `007`")
        }
        _ => Fit::Exact,
    }
}

#[cfg(test)]
mod tests;
