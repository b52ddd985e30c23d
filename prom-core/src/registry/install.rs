//! Tables made, or looked at, by hand: those of one model, or of every model that is
//! linked.

use super::{Connection, Executor, home, resolve};
use crate::__private::Listed;
use crate::interface::Install;
use crate::model::BoxFuture;
use crate::schema::{Names, Schema, check_shared_table, check_shared_tables};
use crate::{Error, Kind, Result};

/// Makes sure of the tables of every model that is linked, each on the connection it
/// lives on: creates them, adds missing columns and indexes. Nothing needs it: a table
/// is made sure of before its first use anyway. At boot it finds what cannot be done
/// early.
///
/// In the [`scope`](Connection::scope) of a connection, and with
/// [`on`](InstallBuilder::on), the tables are made there. Where the DSN says
/// `install=verify` nothing is made: it is [`verify`](verify()) then.
///
/// ```standalone_crate
/// # use prom_sqlite::prelude::*;
/// # #[prom_sqlite::orm]
/// # struct Foo { bar: i64 }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> prom_sqlite::Result<()> {
/// # prom_sqlite::configure("sqlite::memory:")?;
/// prom_sqlite::install().await?;
/// prom_sqlite::verify().await?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// When it is awaited, as [`Model::install`](crate::Model::install), and
/// [`Kind::NotConfigured`] with every connection that a model lives on and that is not
/// configured; nothing is made then. [`Kind::Invalid`] where two models share a table and
/// contradict each other. Tables are made in one step for each connection.
pub fn install() -> InstallBuilder {
    InstallBuilder::new(Models::Linked, Task::Install)
}

/// Looks whether the tables of every model that is linked are as the models want
/// them. Changes nothing. It looks where [`install`](install()) would make them.
///
/// # Errors
///
/// When it is awaited: [`Kind::InstallDenied`] with everything that is missing, on an
/// SQL backend as the statements that add it, and everything that differs: types that
/// cannot be written or read without loss, nullability, the primary key, required
/// columns that the model does not have, unique indexes and foreign keys.
/// [`Kind::NotConfigured`] as for [`install`](install()).
pub fn verify() -> InstallBuilder {
    InstallBuilder::new(Models::Linked, Task::Verify)
}

/// Tables that are to be made, or looked at; await it, or call
/// [`run`](InstallBuilder::run).
#[must_use = "nothing is installed or verified until this is awaited"]
#[derive(Debug, Clone)]
pub struct InstallBuilder {
    models: Models,
    task: Task,
    on: Option<Executor>,
}

#[derive(Debug, Clone, Copy)]
enum Models {
    /// One.
    One(&'static Schema),
    /// All that are linked.
    Linked,
}

#[derive(Debug, Clone, Copy)]
enum Task {
    Install,
    Verify,
}

impl InstallBuilder {
    fn new(models: Models, task: Task) -> Self {
        Self { models, task, on: None }
    }

    /// Makes the table of one model.
    pub(crate) fn install(schema: &'static Schema) -> Self {
        Self::new(Models::One(schema), Task::Install)
    }

    /// Makes, or looks at, the tables on that connection, or in that transaction. Of
    /// all linked models these are the tables of those that live on no connection by
    /// name, or on that one.
    pub fn on(mut self, executor: impl Into<Executor>) -> Self {
        self.on = Some(executor.into());
        self
    }

    /// Makes the tables, or looks at them.
    ///
    /// # Errors
    ///
    /// As [`install`](install()), [`verify`](verify()) and
    /// [`Model::install`](crate::Model::install).
    pub async fn run(self) -> Result<()> {
        for (executor, schemas) in self.places()? {
            match self.task {
                Task::Install => executor.install_by_hand(&schemas).await?,
                Task::Verify => executor.install(&schemas, Install::Verify).await?,
            }
        }
        Ok(())
    }

    /// Where which tables go.
    fn places(&self) -> Result<Vec<(Executor, Vec<&'static Schema>)>> {
        let schemas: Vec<&'static Schema> = match self.models {
            Models::One(schema) => vec![schema],
            Models::Linked => {
                let on = self.on.as_ref().map(Executor::connection);
                let is_wanted = |schema: &&Schema| on.is_none_or(|on| may_live_on(schema, on));
                listed().filter(is_wanted).collect()
            }
        };
        let mut places: Vec<(Executor, Vec<&'static Schema>)> = Vec::new();
        let mut missing: Vec<(Option<&str>, Error)> = Vec::new();
        for schema in schemas {
            let executor = match resolve(schema, self.on.as_ref(), None) {
                Ok(executor) => executor,
                Err(error) if missing.iter().any(|(name, _)| *name == schema.connection()) => {
                    drop(error);
                    continue;
                }
                Err(error) => {
                    missing.push((schema.connection(), error));
                    continue;
                }
            };
            match places.iter_mut().find(|(other, _)| other.slot() == executor.slot()) {
                Some((_, schemas)) => schemas.push(schema),
                None => places.push((executor, vec![schema])),
            }
        }
        match missing.len() {
            0 => {}
            1 => return Err(missing.remove(0).1),
            _ => return Err(all(&missing)),
        }
        for (executor, schemas) in &places {
            check_agreement(executor, schemas, self.on.as_ref())?;
        }
        Ok(places)
    }
}

/// Every model that is linked.
fn listed() -> impl Iterator<Item = &'static Schema> {
    inventory::iter::<Listed>.into_iter().map(|Listed(schema)| schema())
}

/// Whether a model that is used on `connection` by hand is used where it may be.
fn may_live_on(schema: &Schema, connection: &Connection) -> bool {
    schema.connection().is_none_or(|name| name == connection.name())
}

fn names(connection: &Connection) -> Names {
    let is_sensitive = connection.capabilities().case_sensitive_names;
    if is_sensitive { Names::CaseSensitive } else { Names::CaseInsensitive }
}

/// Whether `schemas` agree with every linked model that shares one of their tables
/// where `executor` runs; where it was said `on` which connection that is, with every one
/// that may be used there.
fn check_agreement(executor: &Executor, schemas: &[&'static Schema], on: Option<&Executor>) -> Result<()> {
    let names = names(executor.connection());
    check_shared_tables(schemas, names)?;
    let is_there = |other: &Schema| match on {
        Some(on) => may_live_on(other, on.connection()),
        None => resolve(other, None, None).is_ok_and(|there| there.slot() == executor.slot()),
    };
    let others: Vec<_> = listed()
        .filter(|other| schemas.iter().any(|schema| names.same_table(schema, other)))
        .filter(|other| is_there(other))
        .collect();
    schemas.iter().try_for_each(|schema| check_shared_table(schema, others.iter().copied(), names))
}

/// The other models of the table of `schema` on `connection`: those among `schemas`, and
/// those that are linked and live there, or where it does.
pub(super) fn shared_by(
    connection: &Connection,
    schema: &'static Schema,
    schemas: &[&'static Schema],
) -> impl Iterator<Item = &'static Schema> {
    let (names, slot, name) = (names(connection), connection.slot(), connection.name());
    let is_there = move |other: &&'static Schema| {
        let home = || home(Some(other)).is_ok_and(|home| home.slot() == slot);
        other.connection() == schema.connection() || other.connection() == Some(name) || home()
    };
    let others = schemas.iter().copied().chain(listed().filter(is_there));
    others.filter(move |other| !std::ptr::eq(*other, schema) && names.same_table(other, schema))
}

#[cold]
fn all(missing: &[(Option<&str>, Error)]) -> Error {
    let kinds = missing.iter().map(|(_, error)| error.kind());
    let first = kinds.clone().find(|kind| *kind != Kind::NotConfigured);
    let texts: Vec<_> = missing.iter().map(|(_, error)| error.to_string()).collect();
    Error::new(first.unwrap_or(Kind::NotConfigured), texts.join("; "))
}

impl IntoFuture for InstallBuilder {
    type Output = Result<()>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}
