//! What the dialect has to know of a column that is otherwise than prom makes it.

use prom_core::Type;
use prom_core::schema::FieldDef;
use prom_core::schema::catalog::Column;

/// What the dialect has to know of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Note {
    /// It holds instants without a time zone: those of UTC.
    NoTimeZone,
}

/// What there is to know of `column`, which holds `field`.
pub(crate) fn note(field: &FieldDef, column: &Column) -> Option<Note> {
    let ty = column.base.as_deref().unwrap_or(&column.ty);
    let has_no_zone = ty.starts_with("timestamp") && ty.ends_with("without time zone");
    (field.ty == Type::Timestamp && has_no_zone).then_some(Note::NoTimeZone)
}
