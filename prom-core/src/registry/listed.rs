//! All models of the program, listed at link time, made sure of at once.

use super::{Connection, Executor, home, resolve};
use crate::__private::Listed;
use crate::Result;
use crate::schema::{Names, Schema, check_shared_table, check_shared_tables};

/// Makes sure of the tables of every model that is linked, each on the
/// connection it lives on: creates them, adds missing columns and indexes.
/// Nothing needs it: a table is made sure of before its first use anyway. At
/// boot it finds what cannot be mended early.
///
/// # Errors
///
/// As [`Model::install`](crate::Model::install), and [`Kind::Invalid`](crate::Kind) where two models share a
/// table and contradict each other: nothing is installed then.
pub async fn install() -> Result<()> {
    for (connection, schemas) in by_connection()? {
        connection.install(&schemas).await?;
    }
    Ok(())
}

/// Looks whether the tables of every model that is linked are as the models
/// want them. Changes nothing.
///
/// # Errors
///
/// [`Kind::InstallDenied`](crate::Kind) with what is missing, and on an SQL
/// backend the statements that would mend it; [`Kind::Invalid`](crate::Kind) where
/// two models share a table and contradict each other.
pub async fn verify() -> Result<()> {
    for (connection, schemas) in by_connection()? {
        connection.verify(&schemas).await?;
    }
    Ok(())
}

fn by_connection() -> Result<Vec<(Connection, Vec<&'static Schema>)>> {
    let mut groups: Vec<(Connection, Vec<&'static Schema>)> = Vec::new();
    for Listed(schema) in inventory::iter::<Listed> {
        let schema = schema();
        let connection = home(Some(schema))?;
        match groups.iter_mut().find(|(it, _)| it.slot() == connection.slot()) {
            Some((_, schemas)) => schemas.push(schema),
            None => groups.push((connection, vec![schema])),
        }
    }
    for (connection, schemas) in &groups {
        check_shared_tables(schemas, names(connection))?;
    }
    Ok(groups)
}

/// Whether `schema`, which is installed by `executor`, agrees with the models
/// that share its table there.
pub(crate) fn check_against_listed(schema: &Schema, executor: &Executor) -> Result<()> {
    let names = names(executor.connection());
    let others = inventory::iter::<Listed>.into_iter().map(|listed| (listed.0)());
    let others = others.filter(|other| {
        names.same_table(schema, other)
            && resolve(other, None, None).is_ok_and(|there| there.slot() == executor.slot())
    });
    check_shared_table(schema, others, names)
}

fn names(connection: &Connection) -> Names {
    if connection.capabilities().case_sensitive_names { Names::CaseSensitive } else { Names::CaseInsensitive }
}
