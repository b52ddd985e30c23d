//! What the dialect has to know of a column that is otherwise than prom makes it.

use std::sync::Arc;

use prom_core::Type;
use prom_core::schema::FieldDef;
use prom_core::schema::catalog::{Column, TextOrder};

use crate::dialect::{BYTES, CASE_INSENSITIVE, type_name};

/// What the dialect has to know of a column.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Note {
    /// Whether it holds instants without a time zone: those of UTC.
    pub(crate) has_no_time_zone: bool,
    /// Its type as a cast names it, without length or precision, where prom makes another.
    pub(crate) ty: Option<Arc<str>>,
    /// The enumerated type beneath its domain: the server compares no domain over one.
    pub(crate) enum_type: Option<Arc<str>>,
    /// Whether it holds arrays, which cannot be told apart in an array of them.
    pub(crate) is_array: bool,
    /// How it compares text, where that is not as prom makes it.
    pub(crate) text: Option<Text>,
}

/// How a column compares text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Text {
    /// Otherwise than its field is compared.
    Otherwise(TextNote),
    /// By its bytes, in a collation of another name than prom's, so that the two have to be
    /// brought together.
    Bytes,
    /// Without letter case, and not by the collation that prom makes for that: by `citext`,
    /// whose equality, order and unique indexes agree.
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
    let base = column.base.as_deref().unwrap_or(&column.ty);
    let has_no_zone = base.starts_with("timestamp") && base.ends_with("without time zone");
    let ty = without_modifier(&column.ty);
    let note = Note {
        has_no_time_zone: field.ty == Type::Timestamp && has_no_zone,
        ty: (type_name(field).ok() != Some(&ty)).then(|| ty.into()),
        enum_type: column.domain_over.as_deref().filter(|_| base == "enum").map(Arc::from),
        is_array: base.ends_with("[]"),
        text: text(field, column, base),
    };
    (note != Note::default()).then_some(note)
}

/// `numeric(10,2)` is `numeric`, and `timestamp(3) with time zone` is `timestamp with time
/// zone`: a cast would round or cut without a word where an assignment refuses. A name in
/// quotes has no modifier that prom could tell from it.
fn without_modifier(ty: &str) -> String {
    let ty = match (ty.split_once('('), ty.rsplit_once(')')) {
        (Some((start, _)), Some((_, end))) if !ty.contains('"') => format!("{start}{end}"),
        _ => ty.to_owned(),
    };
    match ty.as_str() {
        // These words mean a length of 1.
        "character" => "bpchar".to_owned(),
        "bit" => "\"bit\"".to_owned(),
        _ => ty,
    }
}

/// How `column`, whose type comes to `base`, compares the text of `field`.
fn text(field: &FieldDef, column: &Column, base: &str) -> Option<Text> {
    let wanted = field.compared_as();
    if base == "citext" {
        return Some(Text::OwnCase);
    }
    if wanted.ignore_case {
        let is_ours = column.collation.as_deref() == Some(CASE_INSENSITIVE);
        return (!is_ours).then_some(Text::OwnCase);
    }
    let is_as_wanted = match wanted.collate {
        Some(collation) => column.collation.as_deref() == Some(collation),
        None => column.order == TextOrder::Bytes,
    };
    let is_cast = field.ty == Type::Text && base == "enum";
    let is_loose = column.order == TextOrder::Loose && !is_as_wanted;
    let collation = wanted.collate.unwrap_or(BYTES);
    if is_cast || !is_as_wanted {
        return Some(Text::Otherwise(TextNote { collation, is_cast, is_loose }));
    }
    let is_of_other_name = column.collation.as_deref().is_some_and(|name| name != collation);
    is_of_other_name.then_some(Text::Bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cast_names_a_type_without_its_modifier() {
        for (ty, name) in [
            ("numeric(10,2)", "numeric"),
            ("timestamp(3) without time zone", "timestamp without time zone"),
            ("character varying(20)", "character varying"),
            ("character(2)", "bpchar"),
            ("bit(3)", "\"bit\""),
            ("bit varying(3)", "bit varying"),
            ("character(2)[]", "character[]"),
            ("crm.\"Odd (name)\"", "crm.\"Odd (name)\""),
        ] {
            assert_eq!(without_modifier(ty), name);
        }
    }

    #[test]
    fn of_a_column_as_prom_makes_it_there_is_nothing_to_know() {
        let note = |ty, column| note(&FieldDef::new("a", ty), &Column::new("a", column));
        assert_eq!(note(Type::I64, "bigint"), None);
        assert_eq!(note(Type::Timestamp, "timestamp with time zone"), None);
        assert!(
            note(Type::Timestamp, "timestamp without time zone").is_some_and(|note| note.has_no_time_zone)
        );
        assert_eq!(note(Type::Text, "mood").and_then(|note| note.ty).as_deref(), Some("mood"));
        assert!(note(Type::Text, "text[]").is_some_and(|note| note.is_array));
    }

    const NAME: FieldDef = FieldDef::new("name", Type::Text);

    fn column(ty: &str, collation: Option<&str>, order: TextOrder) -> Column {
        let mut column = Column::new("name", ty);
        column.collation = collation.map(str::to_owned);
        column.order = order;
        column.base = matches!(ty, "enum" | "citext").then(|| ty.to_owned());
        column
    }

    fn otherwise(collation: &'static str, is_cast: bool, is_loose: bool) -> Option<Text> {
        Some(Text::Otherwise(TextNote { collation, is_cast, is_loose }))
    }

    #[test]
    fn a_column_is_known_that_compares_text_otherwise_than_its_field() {
        use TextOrder::{Bytes, Language, Loose};
        let of = |field: FieldDef, ty, collation, order| {
            note(&field, &column(ty, collation, order)).and_then(|note| note.text)
        };
        assert_eq!(of(NAME, "text", None, Bytes), None);
        assert_eq!(of(NAME, "text", Some("C"), Bytes), None);
        assert_eq!(of(NAME, "text", Some("POSIX"), Bytes), Some(Text::Bytes));
        assert_eq!(of(NAME, "text", None, Language), otherwise("C", false, false));
        assert_eq!(of(NAME, "text", Some("loose"), Loose), otherwise("C", false, true));
        assert_eq!(of(NAME, "enum", None, Bytes), otherwise("C", true, false));
        assert_eq!(of(NAME, "citext", None, Bytes), Some(Text::OwnCase));
        let german = NAME.collate("de-DE-x-icu");
        assert_eq!(of(german, "text", Some("de-DE-x-icu"), Language), None);
        assert_eq!(of(german, "text", None, Bytes), otherwise("de-DE-x-icu", false, false));
        assert_eq!(
            of(german, "text", Some("x.de-DE-x-icu"), Language),
            otherwise("de-DE-x-icu", false, false)
        );
        let loose = NAME.ignore_case();
        assert_eq!(of(loose, "text", Some(CASE_INSENSITIVE), Loose), None);
        assert_eq!(of(loose, "citext", None, Bytes), Some(Text::OwnCase));
        let number = FieldDef::new("name", Type::I64);
        assert_eq!(of(number, "bigint", None, Bytes), None);
    }
}
