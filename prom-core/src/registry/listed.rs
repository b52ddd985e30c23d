//! All models of the program, listed at link time, made sure of at once.

use super::{Connection, home};
use crate::__private::Listed;
use crate::Result;
use crate::schema::Schema;

/// Makes sure of the tables of every model that is linked, each on the
/// connection it lives on: creates them, adds missing columns and indexes.
/// Nothing needs it: a table is made sure of before its first use anyway. At
/// boot it finds what cannot be mended early.
///
/// # Errors
///
/// As [`Model::install`](crate::Model::install).
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
/// backend the statements that would mend it.
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
    Ok(groups)
}
