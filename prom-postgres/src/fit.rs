//! How a column holds the values of a field: what prom binds there, what the server makes
//! of it, and what is read.
//!
//! Exact is what comes back as it was written, or is refused by the server; within so many
//! characters, what does unless it is longer. What may hold
//! more than the field can read is not, except where that is a matter of range alone: an
//! upsert looks at that itself.

use prom_core::Type;
use prom_core::schema::catalog::{Column, Fit};
use prom_core::schema::{Choices, FieldDef};

/// How `column` holds the values of `field`.
pub(crate) fn fit(field: &FieldDef, column: &Column) -> Fit {
    let (name, numbers) = parts(column.base.as_deref().unwrap_or(&column.ty));
    let fit = match field.ty {
        Type::Bool => same(name == "boolean"),
        Type::I16 | Type::I32 | Type::I64 => whole(&name, &numbers),
        Type::F32 | Type::F64 => float(field.ty, &name, &numbers),
        Type::Text => text(field, &name, &numbers),
        Type::Bytes => same(name == "bytea"),
        Type::Timestamp => timestamp(&name, &numbers),
        Type::Date => spelt(&name, "date", "day"),
        Type::Uuid => spelt(&name, "uuid", "UUID"),
        _ => None,
    };
    fit.unwrap_or_else(|| Fit::Wrong(format!("the type {} holds no {}", column.ty, words(field.ty))))
}

/// `numeric(10,2)` is `numeric`, 10 and 2; `timestamp(3) with time zone` is `timestamp with
/// time zone` and 3.
fn parts(ty: &str) -> (String, Vec<i64>) {
    let Some((start, rest)) = ty.split_once('(') else { return (ty.to_owned(), Vec::new()) };
    let Some((numbers, end)) = rest.split_once(')') else { return (ty.to_owned(), Vec::new()) };
    let numbers = numbers.split(',').filter_map(|number| number.trim().parse().ok()).collect();
    (format!("{start}{end}"), numbers)
}

fn same(is_same: bool) -> Option<Fit> {
    is_same.then_some(Fit::Exact)
}

fn lossy(why: impl Into<String>) -> Option<Fit> {
    Some(Fit::Lossy(why.into()))
}

// What is outside the range of a narrower column is refused.
fn whole(name: &str, numbers: &[i64]) -> Option<Fit> {
    match (name, numbers) {
        ("smallint" | "integer" | "bigint", _) => Some(Fit::Exact),
        ("oid", _) => lossy("it takes a negative number for a large one"),
        // All of so many digits are within 64 bits.
        ("numeric", [1..=18, 0]) => Some(Fit::Exact),
        ("numeric", [_, 0]) => lossy("it may hold numbers of more than 64 bits"),
        ("numeric", [_, ..0]) => lossy("it rounds to tens, hundreds or more"),
        ("numeric", _) => lossy("it may hold numbers that are not whole"),
        _ => None,
    }
}

fn float(ty: Type, name: &str, numbers: &[i64]) -> Option<Fit> {
    match (ty, name, numbers) {
        (Type::F64, "double precision", _) | (Type::F32, "real", _) => Some(Fit::Exact),
        (_, "real", _) => lossy("it rounds to 6 digits or so"),
        (_, "double precision", _) => lossy("it may hold numbers that 32 bits do not"),
        (_, "numeric", [_, ..=0]) => lossy("it rounds to whole numbers"),
        (_, "numeric", [_, _]) => lossy("it rounds to so many decimal places"),
        (_, "numeric", _) => lossy("it may hold more digits than a floating-point number"),
        _ => None,
    }
}

fn text(field: &FieldDef, name: &str, numbers: &[i64]) -> Option<Fit> {
    let length = numbers.first().and_then(|length| usize::try_from(*length).ok());
    match (name, length) {
        ("text" | "citext" | "enum" | "json", _) | ("character varying", None) => Some(Fit::Exact),
        ("character varying", Some(length)) if longest(field).is_some_and(|longest| longest <= length) => {
            Some(Fit::Exact)
        }
        // Behind that the server refuses everything but blanks, which it cuts off.
        ("character varying", Some(length)) => Some(Fit::Within(length)),
        ("character", Some(length)) if field.size.min >= Some(length) && longest(field) == Some(length) => {
            Some(Fit::Exact)
        }
        ("character" | "bpchar", _) => lossy("it pads with blanks"),
        ("name", _) => lossy("it cuts off what is behind 63 bytes"),
        ("jsonb" | "xml", _) => lossy("it keeps the meaning and not the text"),
        ("numeric", _) => lossy("it writes a number its own way"),
        _ => None,
    }
}

/// How many characters the field's values have at most.
fn longest(field: &FieldDef) -> Option<usize> {
    match field.choices {
        Some(Choices::Text(names)) => names.iter().map(|name| name.chars().count()).max(),
        _ => field.size.max,
    }
}

fn timestamp(name: &str, numbers: &[i64]) -> Option<Fit> {
    match (name, numbers) {
        ("timestamp with time zone" | "timestamp without time zone", [..=5, ..]) => {
            lossy("it rounds to less than microseconds")
        }
        // What has no time zone is written and read as UTC, whatever the session's is.
        ("timestamp with time zone" | "timestamp without time zone", _) => Some(Fit::Exact),
        _ => spelt(name, "timestamp with time zone", "time"),
    }
}

/// Where `exact` is the column's type; a text reads the same, and may be anything else.
fn spelt(name: &str, exact: &str, what: &str) -> Option<Fit> {
    match name {
        "text" | "character varying" | "citext" => lossy(format!("it may hold text that is no {what}")),
        name => same(name == exact),
    }
}

fn words(ty: Type) -> &'static str {
    match ty {
        Type::Bool => "booleans",
        Type::I16 | Type::I32 | Type::I64 => "whole numbers",
        Type::F32 | Type::F64 => "floating-point numbers",
        Type::Bytes => "bytes",
        Type::Timestamp => "timestamps",
        Type::Date => "dates",
        Type::Uuid => "UUIDs",
        _ => "text",
    }
}
