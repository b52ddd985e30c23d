//! Rows that refer to others: which must be there, and what happens when they go.

use std::collections::BTreeMap;

use prom_core::schema::{FieldDef, OnDelete, Reference};
use prom_core::{Error, Kind, Result, Schema, Value};

use crate::cell::{Cell, Cells};
use crate::database::Database;
use crate::table::with;

impl Database {
    /// Whether every reference in the table points at a row.
    ///
    /// # Errors
    ///
    /// [`Kind::ForeignKey`] when one does not.
    pub(crate) fn check_references(&self, schema: &Schema) -> Result<()> {
        let table = self.table(schema)?;
        for (place, field) in table.columns.iter().enumerate() {
            let Some(Reference { target, .. }) = field.reference else { continue };
            let is_lost = self.is_lost(target())?;
            if table.rows.iter().any(|it| is_lost(&it[place])) {
                let (table, target) = (schema.table(), target().table());
                let text = format!("`{}` of `{table}` refers to no row of `{target}`", field.column);
                return Err(broken(field, text));
            }
        }
        Ok(())
    }

    /// After rows of `parent` were deleted: what referred to them goes as it says.
    ///
    /// # Errors
    ///
    /// [`Kind::ForeignKey`] when a reference restricts it.
    pub(crate) fn let_go(&mut self, parent: &Schema) -> Result<()> {
        let is_lost = self.is_lost(parent)?;
        for (child, place, field, on_delete) in self.references_to(parent) {
            let table = self.table_mut(child)?;
            if !table.rows.iter().any(|it| is_lost(&it[place])) {
                continue;
            }
            match on_delete {
                OnDelete::Cascade => {
                    table.rows.retain(|it| !is_lost(&it[place]));
                    self.let_go(child)?;
                }
                OnDelete::SetNull => {
                    for row in table.rows.iter_mut().filter(|it| is_lost(&it[place])) {
                        *row = with(row, place, Value::Null);
                    }
                    table.check_required()?;
                }
                _ => {
                    let (table, column) = (child.table(), field.column);
                    return Err(broken(
                        field,
                        format!("rows of `{table}` still refer to it by their `{column}`"),
                    ));
                }
            }
        }
        Ok(())
    }

    /// After keys of `parent` were changed, from the first of each pair to the
    /// second: what refers to them follows.
    ///
    /// # Errors
    ///
    /// [`Kind::Unique`] when what follows is unique and there already.
    pub(crate) fn follow(&mut self, parent: &Schema, moves: &[(Value, Value)]) -> Result<()> {
        if moves.is_empty() {
            return Ok(());
        }
        for (child, place, field, _) in self.references_to(parent) {
            let to = moves.iter().filter_map(|(old, new)| Some((Cell::new(field, old)?, new)));
            let to: BTreeMap<Cell<'_>, &Value> = to.collect();
            let table = self.table_mut(child)?;
            for row in &mut table.rows {
                if let Some(new) = Cell::new(field, &row[place]).and_then(|it| to.get(&it)) {
                    *row = with(row, place, (*new).clone());
                }
            }
            table.check_unique(&[field.column])?;
            if field.key.is_some() {
                self.follow(child, moves)?;
            }
        }
        Ok(())
    }

    /// Whether a value that refers to a table refers to no row of it.
    fn is_lost(&self, parent: &Schema) -> Result<impl Fn(&Value) -> bool + use<>> {
        let table = self.table(parent)?;
        let text = || format!("`{}` has no primary key to refer to", parent.model());
        let place = table.key().ok_or_else(|| Error::new(Kind::Invalid, text()))?;
        let field = table.columns[place];
        let keys: Cells = table.rows.iter().filter_map(|it| Cell::owned(field, &it[place])).collect();
        Ok(move |it: &Value| Cell::new(field, it).is_some_and(|it| !keys.contains(&it)))
    }

    /// Every column that refers to `parent`: its table, and its place there.
    fn references_to(&self, parent: &Schema) -> Vec<(&'static Schema, usize, &'static FieldDef, OnDelete)> {
        let mut found = Vec::new();
        for table in self.tables() {
            for (place, field) in table.columns.iter().enumerate() {
                if let Some(it) = field.reference
                    && (it.target)().table() == parent.table()
                {
                    found.push((table.schema, place, *field, it.on_delete));
                }
            }
        }
        found
    }
}

#[cold]
fn broken(field: &FieldDef, text: String) -> Error {
    Error::new(Kind::ForeignKey, text).with_field(field.name)
}
