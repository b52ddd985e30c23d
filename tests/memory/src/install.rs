//! Making sure of tables. prom knows what is missing; only how it is added is
//! the backend's own.

use prom_core::interface::{Change, Install, InstallReport, missing};
use prom_core::{Error, Kind, Result, Schema};

use crate::database::Database;
use crate::table::Table;

impl Database {
    /// Creates and adds what `schemas` find missing, and says what that was.
    ///
    /// # Errors
    ///
    /// [`Kind::InstallDenied`] for what cannot be added, and for anything missing
    /// where it should only be looked.
    pub fn install(&mut self, schemas: &[&'static Schema], install: Install) -> Result<InstallReport> {
        let mut done = Vec::new();
        for schema in schemas {
            let table = self.find(schema).map(Table::describe);
            for change in missing(schema, table.as_ref(), install)? {
                self.apply(change)?;
                done.push(change);
            }
        }
        // Whoever calls this throws the changes away upon an error.
        match install {
            Install::Verify if !done.is_empty() => Err(differs(&done)),
            _ => {
                let tables = schemas.iter().map(|schema| self.find(schema).map(Table::describe));
                Ok(InstallReport::new(done, tables.collect()))
            }
        }
    }

    fn apply(&mut self, change: Change) -> Result<()> {
        match change {
            Change::CreateTable(schema) => {
                self.add(Table::new(schema));
                Ok(())
            }
            Change::AddField(schema, field) => {
                self.table_mut(schema)?.add_column(field);
                Ok(())
            }
            Change::CreateIndex(schema, index) => self
                .table_mut(schema)?
                .add_index(index.full_name(schema), index)
                .map_err(|error| error.context(change)),
            other => Err(Error::new(Kind::Unsupported, format!("the memory interface cannot {other}"))),
        }
    }
}

#[cold]
fn differs(changes: &[Change]) -> Error {
    let steps: Vec<_> = changes.iter().map(ToString::to_string).collect();
    let text = format!("the tables are not as the models want them; to do is: {}", steps.join(", "));
    Error::new(Kind::InstallDenied, text)
}
