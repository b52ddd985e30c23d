//! What the dialect has to know of a column that is otherwise than prom makes it.

use std::sync::Arc;

use prom_core::Type;
use prom_core::schema::FieldDef;
use prom_core::schema::catalog::Column;

use crate::dialect::type_name;

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
}
