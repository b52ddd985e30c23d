//! Which connections there are: by name, from the environment or by hand.

mod backend;
mod connection;
mod environment;
mod listed;
mod scope;

use std::sync::{PoisonError, RwLock};

pub use backend::{Backend, register};
pub use connection::Connection;
pub use listed::{install, verify};
pub(crate) use scope::{resolve, resolve_raw};

use crate::error::did_you_mean;
use crate::schema::Schema;
use crate::{Dsn, Error, Kind, Result};

/// The connections, in the order in which their names were first configured: a
/// row remembers where it came from by the place. Names are never forgotten.
static CONNECTIONS: RwLock<Vec<Connection>> = RwLock::new(Vec::new());

/// Configures a connection by its DSN; the fragment names it, and with none it
/// is the default. It opens at first use. Configuring one by hand means that
/// the environment is not read.
///
/// ```
/// # fn main() -> prom_core::Result<()> {
/// # prom_core::register("doc::Nowhere", |_| Err(prom_core::Error::new(prom_core::Kind::Unsupported, "a doc test")));
/// let error = prom_core::configure("sqlight://app.db").unwrap_err();
/// assert!(error.to_string().contains("no interface is called `sqlight`"));
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// [`Kind::Dsn`] when the DSN cannot be used as it stands, and
/// [`Kind::NotConfigured`] when no interface of its scheme is linked.
/// [`Kind::Invalid`] when a connection of that name is open: close it first.
pub fn configure(dsn: &str) -> Result<Connection> {
    add(dsn.parse()?)
}

fn add(dsn: Dsn) -> Result<Connection> {
    let mut connections = CONNECTIONS.write().unwrap_or_else(PoisonError::into_inner);
    let place = connections.iter().position(|it| it.name() == dsn.name());
    if let Some(old) = place.map(|it| &connections[it])
        && old.is_open()
    {
        return Err(Error::new(
            Kind::Invalid,
            format!("{} is open and cannot be replaced; `close()` it first", old.title()),
        ));
    }
    let connection = Connection::new(dsn, slot(place.unwrap_or(connections.len()))?)?;
    match place {
        Some(it) => connections[it] = connection.clone(),
        None => connections.push(connection.clone()),
    }
    Ok(connection)
}

fn slot(place: usize) -> Result<u32> {
    u32::try_from(place)
        .map_err(|_| Error::new(Kind::Invalid, "more connections than there are numbers to count them"))
}

/// The connections that the environment asks for: all of them, or an error.
fn from_environment() -> Result<Vec<Connection>> {
    let dsns = environment::dsns(std::env::vars_os())?.into_iter().enumerate();
    dsns.map(|(place, (variable, dsn))| {
        Connection::new(dsn, slot(place)?).map_err(|error| error.context(variable))
    })
    .collect()
}

/// The connection of that name; `""` is the default one: the unnamed one, else
/// the only one there is.
///
/// # Errors
///
/// [`Kind::NotConfigured`] when there is none of that name, with the names that
/// there are; [`Kind::Dsn`] when the environment holds a bad DSN.
pub fn connection(name: &str) -> Result<Connection> {
    with_connections(|connections| find(name, None, connections))
}

/// The connection at a place, for rows that remember it.
pub(crate) fn at(slot: u32) -> Result<Connection> {
    with_connections(|connections| {
        connections.get(slot as usize).cloned().ok_or_else(|| not_configured("", None, connections))
    })
}

/// The connection that a model lives on: the one it names, else the unnamed
/// one, else the only one there is. What is of no model names none.
pub(crate) fn home(schema: Option<&Schema>) -> Result<Connection> {
    let name = schema.and_then(Schema::connection).unwrap_or_default();
    with_connections(|connections| find(name, schema, connections))
}

/// The connection of that name, for `schema` if that is who asks.
fn find(name: &str, schema: Option<&Schema>, connections: &[Connection]) -> Result<Connection> {
    let found = connections.iter().find(|it| it.name() == name);
    match (found, name, connections) {
        (Some(it), ..) | (None, "", [it]) => Ok(it.clone()),
        _ => Err(not_configured(name, schema, connections)),
    }
}

fn with_connections(find: impl Fn(&[Connection]) -> Result<Connection>) -> Result<Connection> {
    let connections = CONNECTIONS.read().unwrap_or_else(PoisonError::into_inner);
    if !connections.is_empty() {
        return find(&connections);
    }
    drop(connections);
    let mut connections = CONNECTIONS.write().unwrap_or_else(PoisonError::into_inner);
    if connections.is_empty() {
        *connections = from_environment()?;
    }
    find(&connections)
}

#[cold]
fn not_configured(name: &str, schema: Option<&Schema>, connections: &[Connection]) -> Error {
    let names = || connections.iter().map(Connection::name);
    let whose = match schema {
        Some(it) => format!("`{}` lives on", it.model()),
        None => "there is".to_owned(),
    };
    let text = if connections.is_empty() {
        "no connection is configured: set the environment variable PROM_DSN, \
         such as PROM_DSN=sqlite::memory:, or call `prom::configure`"
            .to_owned()
    } else if name.is_empty() {
        let listed: Vec<_> = names().map(|it| format!("`{it}`")).collect();
        format!(
            "{whose} no default connection, and of the named ones, {}, none is the only one: \
             name it, for a model with `#[prom::orm(connection = \"..\")]`",
            listed.join(", ")
        )
    } else {
        let listed: Vec<_> = names().map(|it| format!("`{it}`")).collect();
        format!(
            "{whose} no connection `{}`{}; configured are {}",
            name.escape_debug(),
            did_you_mean(name, names()),
            listed.join(", ")
        )
    };
    let error = Error::new(Kind::NotConfigured, text);
    match schema {
        Some(it) => error.with_model(it.model()),
        None => error,
    }
}
