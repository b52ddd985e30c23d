//! Which connections there are: by name, from the environment or by hand.

mod ambient;
mod backend;
mod connection;
mod ensure;
mod environment;
mod executor;
mod install;

use std::cell::Cell;
use std::sync::{PoisonError, RwLock};

pub(crate) use ambient::{Ambient, check_reference, check_row_connection, resolve, resolve_raw};
pub use backend::{Backend, register};
pub use connection::Connection;
pub use executor::Executor;
pub use install::{InstallBuilder, install, verify};

use crate::error::{did_you_mean, shown_name};
use crate::schema::Schema;
use crate::{Dsn, Error, Kind, Result};

/// The connections, in the order in which their names were first configured.
/// Names are never forgotten.
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
    let name = dsn.name().to_owned();
    let mut seen = named(&name);
    refuse_open(seen.as_ref())?;
    // Whatever the interface does meanwhile, nothing of ours is locked: it may use connections itself.
    let connection = Connection::new(dsn)?;
    while let Err(other) = put(&connection, seen.as_ref()) {
        refuse_open(other.as_ref())?;
        seen = other;
    }
    Ok(connection)
}

/// The connection of that name, if it was configured.
fn named(name: &str) -> Option<Connection> {
    let connections = CONNECTIONS.read().unwrap_or_else(PoisonError::into_inner);
    connections.iter().find(|it| it.name() == name).cloned()
}

/// Puts it where `seen` is, or behind the others; gives back what has its name
/// if that is another one by now.
fn put(connection: &Connection, seen: Option<&Connection>) -> Result<(), Option<Connection>> {
    let mut connections = CONNECTIONS.write().unwrap_or_else(PoisonError::into_inner);
    let place = connections.iter().position(|it| it.name() == connection.name());
    match (place, seen) {
        (Some(it), Some(seen)) if connections[it].is_same(seen) => connections[it] = connection.clone(),
        (None, _) => connections.push(connection.clone()),
        (Some(it), _) => return Err(Some(connections[it].clone())),
    }
    // What is replaced is dropped by the caller, outside of the lock.
    Ok(())
}

fn refuse_open(old: Option<&Connection>) -> Result<()> {
    match old {
        Some(old) if old.is_open() => Err(Error::new(
            Kind::Invalid,
            format!("{} is open and cannot be replaced; `close()` it first", old.title()),
        )),
        _ => Ok(()),
    }
}

/// The connections that the environment asks for: all of them, or an error.
fn from_environment() -> Result<Vec<Connection>> {
    thread_local! {
        static IS_READ: Cell<bool> = const { Cell::new(false) };
    }
    struct Read;
    impl Drop for Read {
        fn drop(&mut self) {
            IS_READ.set(false);
        }
    }
    if IS_READ.replace(true) {
        return Err(Error::new(
            Kind::NotConfigured,
            "an interface asks for a connection while the environment, which names both, is being read: \
             ask for it when it is first used",
        ));
    }
    let _read = Read;
    let dsns = environment::dsns(std::env::vars_os())?.into_iter();
    dsns.map(|(variable, dsn)| Connection::new(dsn).map_err(|error| error.context(variable))).collect()
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

/// The connection of that number, for rows that remember it.
pub(crate) fn at(slot: u32) -> Result<Connection> {
    with_connections(|connections| {
        connections.iter().find(|it| it.slot() == slot).cloned().ok_or_else(replaced)
    })
}

/// Its key means another row in the database that has the name now, or none.
#[cold]
fn replaced() -> Error {
    Error::new(
        Kind::Invalid,
        "the row is no longer of any connection: its connection was replaced; say `.on(..)`",
    )
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
    // Nothing is locked here either.
    let mut opened = from_environment()?;
    let mut connections = CONNECTIONS.write().unwrap_or_else(PoisonError::into_inner);
    if connections.is_empty() {
        connections.append(&mut opened);
    }
    find(&connections)
}

#[cold]
fn not_configured(name: &str, schema: Option<&Schema>, connections: &[Connection]) -> Error {
    let names = || connections.iter().map(Connection::name);
    let listed = || {
        let listed = names().map(|name| match name {
            "" => "the default connection".to_owned(),
            name => shown_name(name),
        });
        listed.collect::<Vec<_>>().join(", ")
    };
    let whose = match schema {
        Some(it) => format!("`{}` lives on", it.model()),
        None => "there is".to_owned(),
    };
    let text = if connections.is_empty() {
        "no connection is configured: set the environment variable PROM_DSN, \
         such as PROM_DSN=sqlite::memory:, or call `prom::configure`"
            .to_owned()
    } else if name.is_empty() {
        format!(
            "{whose} no default connection, and of the named ones, {}, none is the only one: \
             name it, for a model with `#[prom::orm(connection = \"..\")]`",
            listed()
        )
    } else {
        format!(
            "{whose} no connection {}{}; configured are {}",
            shown_name(name),
            did_you_mean(name, names()),
            listed()
        )
    };
    let error = Error::new(Kind::NotConfigured, text);
    match schema {
        Some(it) => error.with_model(it.model()),
        None => error,
    }
}
