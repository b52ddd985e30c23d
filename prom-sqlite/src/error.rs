//! From SQLite's codes to prom's kinds: by the extended code, and by text only
//! where SQLite has no code. No SQL text and no value gets through.
//!
//! <https://www.sqlite.org/rescode.html>

use prom_core::query::Request;
use prom_core::schema::Schema;
use prom_core::sql::{Refused, blame};
use prom_core::{Error, Kind};
use tokio_rusqlite::rusqlite::{self, ffi};

use crate::function::REFUSED;
use crate::identity::moved;

/// What SQLite said, as an error of prom's.
#[cold]
pub(crate) fn from_sqlite(error: &rusqlite::Error) -> Error {
    match error {
        rusqlite::Error::SqliteFailure(code, message) => {
            from_code(code.extended_code, message.as_deref().unwrap_or_default())
        }
        rusqlite::Error::SqlInputError { error, msg, .. } => from_code(error.extended_code, msg),
        rusqlite::Error::Utf8Error(..) => Error::new(Kind::Decode, "the text is not UTF-8"),
        rusqlite::Error::NulError(_) => Error::new(Kind::Invalid, "a name holds a NUL character"),
        other => Error::new(Kind::Statement, format!("sqlite: {}", name(other))),
    }
}

/// The same about what was asked: SQLite names at most columns, prom the model
/// and its fields. Asked again, it changes nothing.
#[cold]
pub(crate) fn about(request: &Request, error: Error) -> Error {
    match request.schema() {
        Some(schema) if error.model().is_none() => match refused(schema, &error) {
            Some(refused) => blame(request, schema, &error, refused),
            None => error,
        },
        _ => error,
    }
}

/// SQLite does not say which reference it was, nor in which direction. For the
/// rest it names columns; prom its index or its field, as other databases do.
fn refused(schema: &Schema, error: &Error) -> Option<Refused> {
    if error.kind() == Kind::ForeignKey {
        return Some(Refused::Reference(None));
    }
    let columns = error.constraint()?;
    let is_over = |it: &[&str]| {
        let named: Vec<_> = it.iter().map(|it| format!("{}.{it}", schema.table())).collect();
        named.join(", ") == columns
    };
    match error.kind() {
        Kind::Unique => {
            let index = schema.indexes().iter().find(|it| it.unique && is_over(it.columns));
            let key = schema.key().filter(|it| is_over(&[it.column]));
            index
                .map(|it| Refused::Alike(it.full_name(schema), it.columns.to_vec()))
                .or_else(|| key.map(|it| Refused::Alike(format!("{}_pkey", schema.table()), vec![it.column])))
        }
        Kind::NotNull => {
            let field = schema.fields().iter().find(|it| is_over(&[it.column]));
            field.map(|it| Refused::Null(columns.to_owned(), it))
        }
        _ => None,
    }
}

/// What rusqlite itself found wrong, without what it found.
fn name(error: &rusqlite::Error) -> &'static str {
    match error {
        rusqlite::Error::InvalidParameterCount(..) => "the statement takes another number of parameters",
        rusqlite::Error::MultipleStatement => "more than one statement was sent",
        rusqlite::Error::InvalidColumnIndex(_) => "the row has no such column",
        _ => "the driver refused the statement",
    }
}

fn from_code(extended: i32, message: &str) -> Error {
    let error = match extended {
        ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_ROWID => {
            let columns = after(message, "failed: ");
            Error::new(Kind::Unique, format!("another row has the same {columns}")).with_constraint(columns)
        }
        _ if extended & 0xff == ffi::SQLITE_CONSTRAINT && message.starts_with("FOREIGN KEY") => Error::new(
            Kind::ForeignKey,
            "a reference points at no row, or a row that is still referred to would go",
        ),
        ffi::SQLITE_CONSTRAINT_NOTNULL => {
            let column = after(message, "failed: ");
            Error::new(Kind::NotNull, format!("{column} is required and would be NULL"))
                .with_constraint(column)
        }
        ffi::SQLITE_CONSTRAINT_CHECK => {
            let check = after(message, "failed: ");
            Error::new(Kind::Check, format!("the row breaks the check {check}")).with_constraint(check)
        }
        ffi::SQLITE_READONLY_DBMOVED => moved(),
        _ => from_primary_code(extended & 0xff, message),
    };
    error.with_code(extended.to_string())
}

fn from_primary_code(code: i32, message: &str) -> Error {
    let (kind, text) = match code {
        ffi::SQLITE_ERROR => return from_text(message),
        // PROTOCOL: a race for the locks of a write-ahead log was lost many times over.
        ffi::SQLITE_BUSY | ffi::SQLITE_LOCKED | ffi::SQLITE_PROTOCOL => (
            Kind::Busy,
            "the database is locked by another connection; try again, or raise `timeout` in the DSN",
        ),
        ffi::SQLITE_READONLY => (Kind::ReadOnly, "the database may only be read"),
        ffi::SQLITE_FULL => (Kind::Full, "the disk or the database is full"),
        ffi::SQLITE_CORRUPT => {
            (Kind::Corrupt, "the database file is damaged; `PRAGMA integrity_check` tells where")
        }
        ffi::SQLITE_NOTADB => (Kind::Connect, "the file is not a SQLite database"),
        ffi::SQLITE_CANTOPEN => (Kind::Connect, "the database file cannot be opened"),
        ffi::SQLITE_IOERR => (
            Kind::Io,
            "the database file, or a temporary one beside it, cannot be read or written; is it still there, \
             and is there room?",
        ),
        ffi::SQLITE_INTERRUPT => (Kind::Deadline, "the statement was interrupted"),
        ffi::SQLITE_CONSTRAINT => (Kind::Check, "a constraint refuses the row"),
        ffi::SQLITE_MISMATCH => (Kind::Value, "the value does not fit the column's type"),
        ffi::SQLITE_TOOBIG => (Kind::Value, "the value or the statement is too large"),
        ffi::SQLITE_NOMEM => (Kind::Full, "there is not enough memory"),
        _ => (Kind::Statement, "sqlite refused the statement"),
    };
    Error::new(kind, text)
}

/// Code 1 says only that the statement is wrong; its text says how.
fn from_text(message: &str) -> Error {
    if message == "integer overflow" {
        return Error::new(Kind::Value, "a whole number would leave the range of its field");
    }
    if let Some(refused) = message.strip_prefix(REFUSED) {
        let field = refused.split('`').nth(1).unwrap_or_default().to_owned();
        return Error::new(Kind::Decode, refused.to_owned()).with_field(field);
    }
    if let Some(table) = message.strip_prefix("no such table: ") {
        let table = table.strip_prefix("main.").unwrap_or(table);
        return Error::new(Kind::TableMissing, format!("there is no table `{}`", first_word(table)));
    }
    if message.starts_with("ON CONFLICT clause does not match") {
        return Error::new(
            Kind::InstallDenied,
            "the table lacks the unique index that the upsert goes by; `install()` of its model adds it",
        );
    }
    let column = message
        .strip_prefix("no such column: ")
        .or_else(|| message.split_once(" has no column named ").map(|(_, column)| column));
    match column {
        Some(column) => Error::new(
            Kind::FieldMissing,
            format!("there is no column `{}`", first_word(column).trim_matches('"')),
        ),
        None => Error::new(Kind::Statement, format!("sqlite: {}", without_quotes(message))),
    }
}

/// What stands behind `mark`, or the whole.
fn after<'a>(message: &'a str, mark: &str) -> &'a str {
    message.split_once(mark).map_or(message, |(_, it)| it)
}

fn first_word(text: &str) -> &str {
    // The text may go on: ` - should this be a string literal in single-quotes?`
    text.split(" - ").next().unwrap_or(text)
}

/// SQLite quotes the statement's own text in its messages, which may hold a
/// literal or quotes of its own: what stands between the first quote and the
/// last is left out.
fn without_quotes(message: &str) -> String {
    let is_quote = |it| matches!(it, '"' | '\'');
    match (message.find(is_quote), message.rfind(is_quote)) {
        (Some(first), Some(last)) => format!("{}..{}", &message[..first], &message[last + 1..]),
        _ => match message.split_once("hex literal too big: ") {
            Some((before, _)) => format!("{before}hex literal too big"),
            None => message.to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_without_a_code_are_told_apart() {
        let kinds = [
            ("no such table: foo", Kind::TableMissing, "there is no table `foo`"),
            ("no such table: main.foo", Kind::TableMissing, "there is no table `foo`"),
            ("no such column: bar", Kind::FieldMissing, "there is no column `bar`"),
            (
                "no such column: \"bar\" - should this be a string literal in single-quotes?",
                Kind::FieldMissing,
                "there is no column `bar`",
            ),
            ("table foo has no column named bar", Kind::FieldMissing, "there is no column `bar`"),
            (
                "ON CONFLICT clause does not match any PRIMARY KEY or UNIQUE constraint",
                Kind::InstallDenied,
                "the table lacks the unique index that the upsert goes by; `install()` of its model adds it",
            ),
            ("near \"secret\": syntax error", Kind::Statement, "sqlite: near ..: syntax error"),
            ("near \"'a\"secret\"'\": syntax error", Kind::Statement, "sqlite: near ..: syntax error"),
            ("bad JSON path: 'secret'", Kind::Statement, "sqlite: bad JSON path: .."),
            ("hex literal too big: 0xsecret", Kind::Statement, "sqlite: hex literal too big"),
        ];
        for (message, kind, text) in kinds {
            let error = from_code(ffi::SQLITE_ERROR, message);
            assert_eq!((error.kind(), error.to_string().as_str()), (kind, text));
        }
    }

    #[test]
    fn constraints_are_told_apart_by_the_extended_code() {
        let unique = from_code(ffi::SQLITE_CONSTRAINT_UNIQUE, "UNIQUE constraint failed: foo.bar");
        assert_eq!((unique.kind(), unique.constraint()), (Kind::Unique, Some("foo.bar")));
        let check = from_code(ffi::SQLITE_CONSTRAINT_CHECK, "CHECK constraint failed: length(\"bar\") <= 3");
        assert_eq!(check.kind(), Kind::Check);
        assert_eq!(from_code(ffi::SQLITE_BUSY_SNAPSHOT, "").kind(), Kind::Busy);
        assert_eq!(from_code(ffi::SQLITE_PROTOCOL, "").kind(), Kind::Busy);
        assert_eq!(from_code(ffi::SQLITE_IOERR_WRITE, "").kind(), Kind::Io);
    }
}
