//! Why there is no connection, and what to do about it.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use prom_core::{Error, Kind};
use tokio_postgres::error::SqlState;

use crate::config::Config;
use crate::server::Server;
use crate::stream::PasswordAsked;

/// What a caller gets whose connection went down with the driver's thread.
#[cold]
pub(super) fn closed() -> Error {
    Error::new(Kind::Closed, "the database was closed meanwhile")
}

#[cold]
pub(super) fn named(server: &Server, error: Error) -> Error {
    error.context(format_args!("the server at {server}"))
}

#[cold]
pub(super) fn too_slow(server: &Server, time: Duration) -> Error {
    Error::new(
        Kind::Connect,
        format!(
            "the server at {server} let no connection be made within {time:?}; is the host right, and no \
             firewall between? Else raise `connect_timeout` in the DSN"
        ),
    )
    .passing()
}

#[cold]
pub(super) fn unknown_host(server: &Server) -> Error {
    Error::new(Kind::Connect, format!("the host of {server} is not known; mend the DSN, or the name's entry"))
}

#[cold]
pub(super) fn no_tls(server: &Server) -> Error {
    Error::new(
        Kind::Connect,
        format!(
            "the server at {server} does not encrypt; set `ssl = on` there, or write `sslmode=disable` in the \
             DSN where the network can be trusted"
        ),
    )
}

/// Why the server was not believed, as [`why`](crate::tls::why) says.
#[cfg(feature = "tls")]
#[cold]
pub(super) fn unverified(server: &Server, why: &str) -> Error {
    Error::new(Kind::Connect, format!("the server at {server} {why}"))
}

#[cfg(not(unix))]
#[cold]
pub(super) fn no_sockets() -> Error {
    Error::new(Kind::Unsupported, "this system has no sockets in directories; name a host in the DSN")
}

#[cold]
pub(super) fn unwanted(server: &Server, wanted: &str) -> Error {
    Error::new(
        Kind::Connect,
        format!("the server at {server} is not {wanted}, which `target_session_attrs` asks for"),
    )
    .passing()
}

/// Why no socket could be opened.
#[cold]
pub(super) fn open(server: &Server, error: io::Error) -> Error {
    let text = match (error.kind(), server) {
        (io::ErrorKind::ConnectionRefused, _) => {
            format!("nobody listens at {server}; is the server running, and the port right?")
        }
        (io::ErrorKind::NotFound, Server::Socket { .. }) => {
            format!("there is no socket {server}; is the server running, and the directory right?")
        }
        _ => format!("{server} cannot be reached"),
    };
    let passes = !matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::InvalidInput);
    let error = Error::new(Kind::Connect, text).with_source(error);
    if passes { error.passing() } else { error }
}

/// Why the server, or the driver, refused.
#[cold]
pub(super) fn login(server: &Server, config: &Config, error: &tokio_postgres::Error) -> Error {
    let Some(refusal) = error.as_db_error() else {
        return broken(server, error);
    };
    let user = config.user.as_deref().unwrap_or("(who runs the program)");
    let database = config.database.as_deref().unwrap_or(user);
    let said = refusal.message();
    let code = refusal.code();
    let text = match *code {
        SqlState::INVALID_PASSWORD => format!(
            "the server at {server} does not take the password of the user `{user}`; mend the user or the \
             password in the DSN"
        ),
        SqlState::INVALID_AUTHORIZATION_SPECIFICATION => format!(
            "the server at {server} does not let the user `{user}` in: {said}; mend the DSN, or the server's \
             pg_hba.conf"
        ),
        SqlState::INVALID_CATALOG_NAME => format!(
            "the server at {server} has no database `{database}`; make it by `CREATE DATABASE`, or mend the DSN"
        ),
        SqlState::TOO_MANY_CONNECTIONS => format!(
            "the server at {server} has no connection left: {said}; lower `max_connections` in the DSN, or \
             raise the server's"
        ),
        SqlState::CANNOT_CONNECT_NOW => {
            format!("the server at {server} is not ready: {said}; try again in a moment")
        }
        _ => format!("the server at {server} refuses the connection: {said}"),
    };
    let passes = matches!(*code, SqlState::TOO_MANY_CONNECTIONS | SqlState::CANNOT_CONNECT_NOW)
        || matches!(*code, SqlState::ADMIN_SHUTDOWN | SqlState::CRASH_SHUTDOWN);
    let error = Error::new(Kind::Connect, text).with_code(code.code());
    if passes { error.passing() } else { error }
}

fn broken(server: &Server, error: &tokio_postgres::Error) -> Error {
    let cause = error.source();
    let io = cause.and_then(|it| it.downcast_ref::<io::Error>());
    if io.and_then(io::Error::get_ref).is_some_and(|it| it.is::<PasswordAsked>()) {
        return Error::new(
            Kind::Connect,
            format!(
                "the server at {server} asks for the password in clear text or hashed by MD5, on a way that is \
                 not encrypted; it was not sent. Let the server use scram-sha-256, or TLS with \
                 `sslmode=require`; on this machine `sslmode=disable` sends it"
            ),
        );
    }
    // The driver's own words; they hold nothing of ours.
    let text = match cause {
        Some(cause) if cause.to_string() == "password missing" => {
            format!(
                "the server at {server} asks for a password, and the DSN has none: write `user:password@host`"
            )
        }
        Some(cause) => format!("the connection to {server} failed: {error}: {cause}"),
        None => format!("the connection to {server} failed: {error}"),
    };
    let error = Error::new(Kind::Connect, text);
    // It hung up on us, as a server does that stops.
    if io.is_some() { error.passing() } else { error }
}

/// One error of many, one for each server.
#[cold]
pub(super) fn all(mut errors: Vec<Error>) -> Error {
    match (errors.len(), errors.pop()) {
        (_, None) => Error::new(Kind::Dsn, "the DSN names no server"),
        (1, Some(error)) => error,
        (_, Some(last)) => {
            errors.push(last);
            let texts: Vec<String> = errors.iter().map(Error::to_string).collect();
            let kind = errors.first().map_or(Kind::Connect, Error::kind);
            let all = Error::new(kind, format!("no server will do: {}", texts.join("; ")));
            if errors.iter().any(Error::is_retryable) { all.passing() } else { all }
        }
    }
}
