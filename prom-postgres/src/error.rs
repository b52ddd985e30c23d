//! From SQLSTATEs to prom's kinds. Of the server's texts only names get
//! through: no DETAIL, no value, nothing that stood in quotes.
//!
//! <https://www.postgresql.org/docs/current/errcodes-appendix.html>

use std::error::Error as StdError;

use prom_core::query::Request;
use prom_core::schema::{FieldDef, Schema};
use prom_core::sql::{Refused, blame};
use prom_core::{Error, Kind};
use tokio_postgres::error::{DbError, Severity};

/// What the server or the driver said, as an error of prom's.
#[cold]
pub(crate) fn from_postgres(error: &tokio_postgres::Error) -> Error {
    if let Some(it) = error.as_db_error() {
        return from_server(it);
    }
    let causes = || std::iter::successors(error.source(), |it| (**it).source());
    // A parameter that does not fit was refused by prom itself.
    if let Some(own) = causes().find_map(|it| it.downcast_ref::<Error>()) {
        return own.clone();
    }
    let io = causes().find_map(|it| it.downcast_ref::<std::io::Error>()).map(std::io::Error::kind);
    match io {
        Some(std::io::ErrorKind::InvalidInput) => Error::new(
            Kind::Invalid,
            "the statement cannot be sent: it holds a NUL character, or is larger than 1 GiB",
        ),
        Some(_) => closed(),
        None if error.is_closed() => closed(),
        None => Error::new(Kind::Statement, format!("the driver refused the statement: {error}")),
    }
}

/// It is known by its silence alone.
#[cold]
pub(crate) fn closed() -> Error {
    Error::new(Kind::Closed, "the connection to the server was lost")
}

/// The same about what was asked, in the words of the model. Asked again, it
/// changes nothing.
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

fn refused(schema: &'static Schema, error: &Error) -> Option<Refused> {
    if error.kind() == Kind::ForeignKey {
        let is_of =
            |it: &&FieldDef| error.constraint() == Some(&format!("{}_{}_fkey", schema.table(), it.column));
        return Some(Refused::Reference(schema.fields().iter().find(is_of)));
    }
    let name = error.constraint()?;
    match error.kind() {
        Kind::Unique => {
            let index = schema
                .indexes()
                .iter()
                .find(|it| it.unique && (it.full_name(schema) == name || it.long_name(schema) == name));
            let key = schema.key().filter(|_| format!("{}_pkey", schema.table()) == name);
            // By the name in the model, which is the same whatever the database made of it.
            index
                .map(|it| Refused::Alike(it.full_name(schema), it.columns.to_vec()))
                .or_else(|| key.map(|it| Refused::Alike(name.to_owned(), vec![it.column])))
        }
        Kind::NotNull => {
            let field = schema.fields().iter().find(|it| format!("{}.{}", schema.table(), it.column) == name);
            field.map(|it| Refused::Null(name.to_owned(), it))
        }
        _ => None,
    }
}

fn from_server(error: &DbError) -> Error {
    let code = error.code().code();
    let constraint = error.constraint().unwrap_or_default();
    let it = match code {
        // The catalog's own indexes: two made the same table at once.
        "23505" if error.schema() == Some("pg_catalog") => {
            Error::new(Kind::Busy, "somebody else made the same thing at the same time; try again")
        }
        "23505" => {
            Error::new(Kind::Unique, format!("another row is like it in the unique index `{constraint}`"))
                .with_constraint(constraint)
        }
        // 23001 where ON DELETE RESTRICT refuses, from PostgreSQL 18 on.
        "23503" | "23001" => Error::new(
            Kind::ForeignKey,
            "a reference points at no row, or a row that is still referred to would go",
        )
        .with_constraint(constraint),
        "23502" => {
            let column =
                format!("{}.{}", error.table().unwrap_or_default(), error.column().unwrap_or_default());
            Error::new(Kind::NotNull, format!("{column} is required and would be NULL"))
                .with_constraint(column)
        }
        "23514" | "23P01" => Error::new(Kind::Check, format!("the row breaks the check `{constraint}`"))
            .with_constraint(constraint),
        "42P01" => match named(error.message()) {
            Some(it) => Error::new(Kind::TableMissing, format!("there is no table `{it}`")),
            None => Error::new(Kind::TableMissing, "a table is not there"),
        },
        "3F000" => match named(error.message()) {
            Some(it) => Error::new(Kind::TableMissing, format!("there is no schema `{it}`")),
            None => Error::new(Kind::TableMissing, "a schema is not there"),
        },
        "42703" => {
            // `column a.b does not exist` comes without quotes.
            let name = named(error.message()).or_else(|| error.message().split(' ').nth(1));
            Error::new(Kind::FieldMissing, format!("there is no column `{}`", name.unwrap_or_default()))
        }
        // Told apart by where in the server it arose, which no translation changes.
        "0A000" if error.routine() == Some("RevalidateCachedQuery") => changed(),
        "0A000" => Error::new(Kind::Unsupported, told(error)),
        // Likewise: a function may raise it, and a pooler names no routine.
        "26000" if matches!(error.routine(), None | Some("FetchPreparedStatement")) => changed(),
        _ => from_class(code, error),
    };
    it.with_code(code)
}

fn changed() -> Error {
    Error::new(Kind::SchemaChanged, "the table changed since the statement was prepared; run it again")
}

fn from_class(code: &str, error: &DbError) -> Error {
    let (kind, text) = match code {
        "22003" => (Kind::Value, "a whole number would leave the range of its field"),
        "22021" | "22P05" => (Kind::Value, "a text holds a character that the database does not store"),
        "22001" => (Kind::Value, "a text is too long for its column"),
        _ if code.starts_with("22") => (Kind::Value, "a value does not fit its column or its operator"),
        "40001" => (Kind::Serialization, "the transaction lost against another one; run it again"),
        "40P01" => (Kind::Deadlock, "two transactions waited for each other; run it again"),
        "55P03" => (Kind::Busy, "a lock did not become free in time; try again"),
        "25006" => (Kind::ReadOnly, "the connection, or the transaction, may only read"),
        "34000" => (Kind::TransactionAborted, "the stream ended with the transaction that it was begun in"),
        "25P02" => (Kind::TransactionAborted, "an earlier error ended the transaction: leave it"),
        "53100" => (Kind::Full, "the server's disk is full"),
        "53300" => (Kind::Connect, "the server has no connection left"),
        _ if code.starts_with("53") => (Kind::Full, "the server has not enough memory, or reached a limit"),
        "57014" => (
            Kind::Deadline,
            "the server stopped the statement, since it took longer than `statement_timeout` in the DSN, or somebody \
             cancelled it: raise that, or make the statement shorter",
        ),
        "57P03" => (Kind::Connect, "the server is starting, or stopping; try again"),
        "25P03" => (Kind::Closed, "the server closed the connection: its transaction lay idle too long"),
        _ if code.starts_with("57P") => (Kind::Closed, "the server closed the connection"),
        // What a write did is unknown after these, and `Failure` says so; anything else did nothing.
        "40003" => (Kind::Closed, "the server lost track of the statement"),
        _ if code.starts_with("08") && is_about_another(error) => {
            (Kind::Closed, "the server lost a connection of its own, to another server, and did nothing")
        }
        _ if code.starts_with("08") => (Kind::Closed, "the connection to the server was lost"),
        _ if code.starts_with("58") => (Kind::Io, "the server cannot read or write one of its files"),
        "XX001" | "XX002" => (Kind::Corrupt, "the database is damaged; the server's log tells where"),
        "28P01" | "28000" => (Kind::Connect, "the server refuses the user or the password"),
        "3D000" => (Kind::Connect, "there is no such database on the server"),
        // An order beside DISTINCT has the same code.
        "42P10" if error.routine() == Some("infer_arbiter_indexes") => (
            Kind::InstallDenied,
            "the table lacks the unique index that the upsert goes by; `install()` of its model adds it",
        ),
        "21000" => (
            Kind::Statement,
            "a query within the statement gives more than one row, or a row would be updated twice",
        ),
        "42P18" => {
            (Kind::Statement, "the type of a parameter is not clear: say it, as in `CAST(:name AS bigint)`")
        }
        // What a function or a trigger raises may hold anything.
        _ if code.starts_with("P0") => (Kind::Statement, RAISED),
        _ => return Error::new(Kind::Statement, told(error)),
    };
    Error::new(kind, text)
}

/// Whether the server speaks of a connection of its own, since this one lives on.
fn is_about_another(error: &DbError) -> bool {
    error.parsed_severity() == Some(Severity::Error) && error.routine().is_some()
}

/// It may be of any code, and its text may hold anything.
const RAISED: &str = "a function or a trigger raised an error of its own; the server's log has its text";

/// What the server says of the statement, without what it quotes: that may be
/// a literal, with quotes of its own.
fn told(error: &DbError) -> String {
    if error.routine() == Some("exec_stmt_raise") {
        return RAISED.to_owned();
    }
    let message = error.message();
    match (message.find('"'), message.rfind('"')) {
        (Some(first), Some(last)) => format!("postgres: {}..{}", &message[..first], &message[last + 1..]),
        _ => format!("postgres: {message}"),
    }
}

/// The first name that stands in quotes.
fn named(message: &str) -> Option<&str> {
    message.split('"').nth(1)
}
