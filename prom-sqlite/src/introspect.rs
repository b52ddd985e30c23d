//! What tables a SQLite database has.
//!
//! <https://www.sqlite.org/pragma.html#pragma_table_xinfo>

mod statement_text;
mod token;

use prom_core::schema::Schema;
use prom_core::schema::catalog::{
    Column, ForeignKey, Generated, Index, PrimaryKey, Table, TableKind, TextOrder, Timing, Trigger,
};
use prom_core::{Error, Kind, Result};
use tokio_rusqlite::rusqlite::{Connection, Result as SqliteResult, Row};

use crate::error::from_sqlite;
use statement_text::{ConflictClause, collations, conflict_clauses, trigger};

/// The table of `schema` as it is, or `None`.
pub(crate) fn table(connection: &Connection, schema: &Schema) -> Result<Option<Table>> {
    if let Some(namespace) = schema.namespace() {
        return Err(Error::new(
            Kind::Unsupported,
            format!("`{}` lives in the schema `{namespace}`, and SQLite has no schemas", schema.model()),
        )
        .with_model(schema.model()));
    }
    let Some(mut table) = read(connection, schema.table())? else { return Ok(None) };
    // It is the rowid that SQLite tells: of another column than the model's key, if so.
    if let Some(key) = &mut table.primary_key {
        key.known_after_insert &= schema
            .key()
            .is_some_and(|field| key.columns.iter().all(|column| column.eq_ignore_ascii_case(field.column)));
    }
    Ok(Some(table))
}

/// The table or view of that name, or `None`.
fn read(connection: &Connection, name: &str) -> Result<Option<Table>> {
    let columns = rows(connection, COLUMNS, name, |row| {
        Ok(ListedColumn { column: column(row)?, place_in_key: row.get("pk")? })
    })?;
    if columns.is_empty() {
        return Ok(None);
    }
    let listed = rows(connection, TABLE, name, |row| {
        Ok(ListedTable { kind: kind(row)?, without_rowid: row.get("wr")?, strict: row.get("strict")? })
    })?;
    let listed = listed.into_iter().next().unwrap_or_default();
    let indexes = indexes(connection, name)?;

    let mut key_columns: Vec<_> = columns.iter().filter(|listed| listed.place_in_key > 0).collect();
    key_columns.sort_by_key(|listed| listed.place_in_key);
    let is_rowid_alias = listed.kind == TableKind::Table
        && !listed.without_rowid
        && !indexes.iter().any(|index| index.is_of_key)
        && matches!(&*key_columns, [only] if only.column.ty.eq_ignore_ascii_case("INTEGER"));
    let primary_key = (!key_columns.is_empty()).then(|| {
        let mut key = PrimaryKey::default();
        key.columns = key_columns.iter().map(|listed| listed.column.name.clone()).collect();
        key.known_after_insert = is_rowid_alias;
        key
    });

    let mut table = Table::new(Vec::with_capacity(columns.len()));
    table.kind = listed.kind;
    table.primary_key = primary_key;
    for ListedColumn { mut column, place_in_key } in columns {
        column.strict = listed.strict;
        column.nullable &= !(is_rowid_alias && place_in_key > 0);
        table.columns.push(column);
    }
    table.indexes = indexes.into_iter().map(|listed| listed.index).collect();
    table.foreign_keys = foreign_keys(connection, name)?;
    read_texts(connection, name, &mut table)?;
    Ok(Some(table))
}

/// Adds what SQLite shows in no pragma, from the statements that made the table and
/// its triggers.
fn read_texts(connection: &Connection, name: &str, table: &mut Table) -> Result<()> {
    let texts = rows(connection, TEXTS, name, |row| {
        Ok((row.get::<_, String>("type")?, row.get::<_, String>("name")?, row.get::<_, String>("sql")?))
    })?;
    for (kind, name, sql) in texts {
        if kind == "trigger" {
            table.triggers.push(trigger(name, &sql));
        } else if table.kind == TableKind::Table {
            for (column, collation) in collations(&sql) {
                let is_it = |other: &&mut Column| other.name.eq_ignore_ascii_case(&column);
                if let Some(column) = table.columns.iter_mut().find(is_it) {
                    column.collation = Some(collation);
                    // NOCASE and RTRIM both; what an application brings may be anything.
                    column.order = TextOrder::Loose;
                }
            }
            table.triggers.extend(conflict_clauses(&sql).into_iter().map(clause_as_trigger));
        }
    }
    Ok(())
}

/// A conflict clause does what a trigger could: it leaves rows out, or changes others.
fn clause_as_trigger(clause: ConflictClause) -> Trigger {
    let (name, timing) = match clause {
        ConflictClause::Ignore => ("ON CONFLICT IGNORE", Timing::Before),
        ConflictClause::Fail => ("ON CONFLICT FAIL", Timing::Before),
        // A later row of the same statement may replace an earlier one.
        ConflictClause::Replace => ("ON CONFLICT REPLACE", Timing::After),
    };
    let mut trigger = Trigger::new(name, timing);
    trigger.on_insert = true;
    trigger.on_update = true;
    trigger
}

// With generated columns, which `table_info` leaves out.
const COLUMNS: &str = "SELECT name, type, \"notnull\", dflt_value, pk, hidden FROM pragma_table_xinfo(?1)";

// A temporary table hides one of the same name.
const TABLE: &str = "SELECT type, wr, strict FROM pragma_table_list(?1) \
                     WHERE schema IN ('main', 'temp') ORDER BY schema = 'temp' DESC LIMIT 1";

const INDEXES: &str = "SELECT list.name, list.\"unique\", list.partial, list.origin, info.name AS column \
                       FROM pragma_index_list(?1) AS list, pragma_index_info(list.name) AS info \
                       ORDER BY list.seq, info.seqno";

const FOREIGN_KEYS: &str = "SELECT id, \"table\", \"from\", on_delete FROM pragma_foreign_key_list(?1) \
                            ORDER BY id, seq";

// A reference that names no column is to the primary key.
const REFERRERS: &str = "SELECT list.name, key.id, key.\"from\", coalesce(key.\"to\", (\
                           SELECT name FROM pragma_table_info(?1) WHERE pk = key.seq + 1)) AS \"to\" \
                         FROM sqlite_schema AS list, pragma_foreign_key_list(list.name) AS key \
                         WHERE list.type = 'table' AND key.\"table\" = ?1 COLLATE NOCASE \
                         ORDER BY list.name, key.id, key.seq";

// A temporary trigger may be on a table of the main database.
const TEXTS: &str = "SELECT type, name, sql FROM sqlite_temp_schema \
                     WHERE type <> 'index' AND tbl_name = ?1 COLLATE NOCASE \
                     UNION ALL SELECT type, name, sql FROM sqlite_schema \
                     WHERE type <> 'index' AND tbl_name = ?1 COLLATE NOCASE";

#[derive(Default)]
struct ListedTable {
    kind: TableKind,
    without_rowid: bool,
    strict: bool,
}

struct ListedColumn {
    column: Column,
    /// From 1; 0 is none.
    place_in_key: i64,
}

struct ListedIndex {
    index: Index,
    /// Whether it enforces the primary key; an alias of the rowid needs none.
    is_of_key: bool,
}

fn kind(row: &Row<'_>) -> SqliteResult<TableKind> {
    Ok(match &*row.get::<_, String>("type")? {
        "view" => TableKind::View,
        "virtual" => TableKind::Foreign,
        _ => TableKind::Table,
    })
}

fn column(row: &Row<'_>) -> SqliteResult<Column> {
    let mut column = Column::new(row.get::<_, String>("name")?, row.get::<_, String>("type")?);
    column.nullable = !row.get::<_, bool>("notnull")?;
    column.default = row.get("dflt_value")?;
    // Those of a virtual table are hidden by 1.
    if matches!(row.get("hidden")?, 2 | 3) {
        column.generated = Generated::Computed;
    }
    Ok(column)
}

fn indexes(connection: &Connection, table: &str) -> Result<Vec<ListedIndex>> {
    let columns = rows(connection, INDEXES, table, |row| {
        let mut index = Index::default();
        index.name = row.get("name")?;
        index.unique = row.get("unique")?;
        index.partial = row.get("partial")?;
        // An expression has no name.
        index.columns = vec![row.get::<_, Option<String>>("column")?.unwrap_or_default()];
        Ok(ListedIndex { index, is_of_key: row.get::<_, String>("origin")? == "pk" })
    })?;
    let mut indexes: Vec<ListedIndex> = Vec::new();
    for listed in columns {
        match indexes.last_mut() {
            Some(last) if last.index.name == listed.index.name => {
                last.index.columns.extend(listed.index.columns);
            }
            _ => indexes.push(listed),
        }
    }
    Ok(indexes)
}

fn foreign_keys(connection: &Connection, table: &str) -> Result<Vec<ForeignKey>> {
    let columns = rows(connection, FOREIGN_KEYS, table, |row| {
        let mut key = ForeignKey::default();
        key.table = row.get("table")?;
        key.columns = vec![row.get("from")?];
        key.on_delete = row.get("on_delete")?;
        Ok((row.get::<_, i64>("id")?, key))
    })?;
    let mut keys: Vec<(i64, ForeignKey)> = Vec::new();
    for (id, key) in columns {
        match keys.last_mut() {
            Some((last, found)) if *last == id => found.columns.extend(key.columns),
            _ => keys.push((id, key)),
        }
    }
    Ok(keys.into_iter().map(|(_, key)| key).collect())
}

/// A foreign key as the table sees it that it refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Referrer {
    /// The table that refers.
    pub(crate) table: String,
    /// Its columns that refer.
    pub(crate) columns: Vec<String>,
    /// The columns that they refer to, in the same order.
    pub(crate) targets: Vec<String>,
}

/// The foreign keys, of whatever table, that refer to a table which is there.
pub(crate) fn referrers(connection: &Connection, name: &str) -> Result<Vec<Referrer>> {
    let columns = rows(connection, REFERRERS, name, |row| {
        let referrer = Referrer {
            table: row.get("name")?,
            columns: vec![row.get("from")?],
            targets: vec![row.get("to")?],
        };
        Ok((row.get::<_, i64>("id")?, referrer))
    })?;
    let mut keys: Vec<(i64, Referrer)> = Vec::new();
    for (id, referrer) in columns {
        match keys.last_mut() {
            Some((last, found)) if *last == id && found.table == referrer.table => {
                found.columns.extend(referrer.columns);
                found.targets.extend(referrer.targets);
            }
            _ => keys.push((id, referrer)),
        }
    }
    Ok(keys.into_iter().map(|(_, key)| key).collect())
}

/// What tells a row of the table from all others, as SQL: its rowid, or its primary key
/// where it has none.
///
/// <https://www.sqlite.org/withoutrowid.html>
pub(crate) fn row_address(connection: &Connection, name: &str, table: &Table) -> Result<Vec<String>> {
    let without_rowid = rows(connection, TABLE, name, |row| row.get::<_, bool>("wr"))?;
    if without_rowid == [true] {
        let key = table.primary_key.iter().flat_map(|key| &key.columns);
        return Ok(key.map(|column| format!("\"{}\"", column.replace('"', "\"\""))).collect());
    }
    // Each of its names may be that of a column.
    match ["rowid", "_rowid_", "oid"].into_iter().find(|name| table.column(name).is_none()) {
        Some(rowid) => Ok(vec![rowid.to_owned()]),
        None => Err(Error::new(
            Kind::Unsupported,
            format!("the table `{name}` has columns of all the names that its rowid has"),
        )),
    }
}

fn rows<T>(
    connection: &Connection,
    sql: &str,
    table: &str,
    read: impl Fn(&Row<'_>) -> SqliteResult<T>,
) -> Result<Vec<T>> {
    let rows = || {
        let mut statement = connection.prepare_cached(sql)?;
        statement.query_map([table], read)?.collect()
    };
    let rows: SqliteResult<Vec<T>> = rows();
    rows.map_err(|error| from_sqlite(&error))
}

#[cfg(test)]
mod tests;
