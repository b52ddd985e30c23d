//! What the dialect has to know of a column that is otherwise than prom makes it.

use prom_core::Type;
use prom_core::schema::FieldDef;
use prom_core::schema::catalog::{Column, TextOrder};

use crate::dialect::{BYTES, CASE_INSENSITIVE};

/// What the dialect has to know of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Note {
    /// It holds instants without a time zone: those of UTC.
    NoTimeZone,
    /// It compares text otherwise than its field is compared.
    Text(TextNote),
    /// It compares text by its bytes, in a collation of another name than prom's, so that the
    /// two have to be brought together.
    Bytes,
    /// It ignores letter case, and not by the collation that prom makes for that.
    OwnCase,
}

/// A column that compares text otherwise than its field is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TextNote {
    /// The collation that the field is compared by.
    pub(crate) collation: &'static str,
    /// Whether the column's type has an order of its own, which no collation changes.
    pub(crate) is_cast: bool,
    /// Whether texts are equal there whose bytes are not.
    pub(crate) is_loose: bool,
}

/// What there is to know of `column`, which holds `field`.
pub(crate) fn note(field: &FieldDef, column: &Column) -> Option<Note> {
    let ty = column.base.as_deref().unwrap_or(&column.ty);
    let has_no_zone = ty.starts_with("timestamp") && ty.ends_with("without time zone");
    if field.ty == Type::Timestamp && has_no_zone {
        return Some(Note::NoTimeZone);
    }
    let wanted = field.compared_as();
    if wanted.ignore_case {
        let is_ours = column.collation.as_deref() == Some(CASE_INSENSITIVE);
        return (!is_ours).then_some(Note::OwnCase);
    }
    let is_as_wanted = match wanted.collate {
        Some(collation) => column.collation.as_deref() == Some(collation),
        None => column.order == TextOrder::Bytes,
    };
    let is_cast = field.ty == Type::Text && matches!(ty, "enum" | "citext");
    let is_loose = ty == "citext" || (column.order == TextOrder::Loose && !is_as_wanted);
    let collation = wanted.collate.unwrap_or(BYTES);
    if is_cast || !is_as_wanted {
        return Some(Note::Text(TextNote { collation, is_cast, is_loose }));
    }
    let is_of_other_name = column.collation.as_deref().is_some_and(|name| name != collation);
    is_of_other_name.then_some(Note::Bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: FieldDef = FieldDef::new("name", Type::Text);

    fn column(ty: &str, collation: Option<&str>, order: TextOrder) -> Column {
        let mut column = Column::new("name", ty);
        column.collation = collation.map(str::to_owned);
        column.order = order;
        column.base = matches!(ty, "enum" | "citext").then(|| ty.to_owned());
        column
    }

    fn text(collation: &'static str, is_cast: bool, is_loose: bool) -> Option<Note> {
        Some(Note::Text(TextNote { collation, is_cast, is_loose }))
    }

    #[test]
    fn a_column_is_known_that_compares_text_otherwise_than_its_field() {
        use TextOrder::{Bytes, Language, Loose};
        let of = |field: FieldDef, ty, collation, order| note(&field, &column(ty, collation, order));
        assert_eq!(of(NAME, "text", None, Bytes), None);
        assert_eq!(of(NAME, "text", Some("C"), Bytes), None);
        assert_eq!(of(NAME, "text", Some("POSIX"), Bytes), Some(Note::Bytes));
        assert_eq!(of(NAME, "text", None, Language), text("C", false, false));
        assert_eq!(of(NAME, "text", Some("loose"), Loose), text("C", false, true));
        assert_eq!(of(NAME, "enum", None, Bytes), text("C", true, false));
        assert_eq!(of(NAME, "citext", None, Bytes), text("C", true, true));
        let german = NAME.collate("de-DE-x-icu");
        assert_eq!(of(german, "text", Some("de-DE-x-icu"), Language), None);
        assert_eq!(of(german, "text", None, Bytes), text("de-DE-x-icu", false, false));
        assert_eq!(of(german, "text", Some("x.de-DE-x-icu"), Language), text("de-DE-x-icu", false, false));
        let loose = NAME.ignore_case();
        assert_eq!(of(loose, "text", Some(CASE_INSENSITIVE), Loose), None);
        assert_eq!(of(loose, "citext", None, Bytes), Some(Note::OwnCase));
        let number = FieldDef::new("name", Type::I64);
        assert_eq!(of(number, "bigint", None, Bytes), None);
    }
}
