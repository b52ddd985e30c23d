//! Rows that refer to others: which must be there, and what happens when they go.

use std::collections::BTreeMap;

use prom_core::schema::{FieldDef, OnDelete, Reference};
use prom_core::{Error, Kind, Result, Value};

use crate::cell::{Cell, Cells};
use crate::database::{Database, Name, name};

impl Database {
    /// Whether every reference in the table points at a row.
    ///
    /// # Errors
    ///
    /// [`Kind::ForeignKey`] when one does not.
    pub(crate) fn check_references(&self, table: Name) -> Result<()> {
        let table = self.table(table)?;
        for (place, field) in table.columns.iter().enumerate() {
            let Some(Reference { target, .. }) = field.reference else {
                continue;
            };
            let keys = self.keys(name(target()))?;
            let is_lost = |it: &Value| Cell::new(field, it).is_some_and(|it| !keys.contains(&it));
            if table.rows.iter().any(|it| is_lost(&it[place])) {
                let (table, target) = (table.name, target().table());
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
    pub(crate) fn let_go(&mut self, parent: Name) -> Result<()> {
        let keys = self.keys(parent)?;
        for (child, place, field, on_delete) in self.references_to(parent) {
            let is_lost = |it: &Value| Cell::new(field, it).is_some_and(|it| !keys.contains(&it));
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
                    for at in 0..table.rows.len() {
                        if is_lost(&table.rows[at][place]) {
                            let mut row = table.rows[at].to_vec();
                            row[place] = Value::Null;
                            table.check_row(&row)?;
                            table.rows[at] = row.into();
                        }
                    }
                }
                _ => {
                    let (table, column) = (table.name, field.column);
                    let text = format!("rows of `{table}` still refer to it by their `{column}`");
                    return Err(broken(field, text));
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
    pub(crate) fn follow(&mut self, parent: Name, moves: &[(Value, Value)]) -> Result<()> {
        if moves.is_empty() {
            return Ok(());
        }
        for (child, place, field, _) in self.references_to(parent) {
            let to: BTreeMap<Cell<'_>, &Value> =
                moves.iter().filter_map(|(old, new)| Some((Cell::new(field, old)?, new))).collect();
            let table = self.table_mut(child)?;
            for row in &mut table.rows {
                if let Some(new) = Cell::new(field, &row[place]).and_then(|it| to.get(&it)) {
                    let mut moved = row.to_vec();
                    moved[place] = (*new).clone();
                    *row = moved.into();
                }
            }
            table.check_unique(&[field.column])?;
            if field.key.is_some() {
                self.follow(child, moves)?;
            }
        }
        Ok(())
    }

    /// The keys that there are in a table.
    fn keys(&self, table: Name) -> Result<Cells> {
        let table = self.table(table)?;
        let Some(key) = table.key() else {
            return Ok(Cells::new());
        };
        let field = table.columns[key];
        Ok(table.rows.iter().filter_map(|it| Cell::owned(field, &it[key])).collect())
    }

    /// Every column that refers to `parent`, and the place of it in its table.
    fn references_to(&self, parent: Name) -> Vec<(Name, usize, &'static FieldDef, OnDelete)> {
        let mut found = Vec::new();
        for (child, table) in &self.tables {
            for (place, field) in table.columns.iter().enumerate() {
                if let Some(it) = field.reference
                    && name((it.target)()) == parent
                {
                    found.push((*child, place, *field, it.on_delete));
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
