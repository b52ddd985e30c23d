//! Tables, brought to the spelling in which prom writes its values.

use std::time::{Duration, Instant};

use prom_core::interface::Rewritten;
use prom_core::schema::catalog::{Generated, Table, TableKind};
use prom_core::schema::{FieldDef, Schema};
use prom_core::{Error, Kind, Result, Type, Value};
use tokio_rusqlite::rusqlite::config::DbConfig;
use tokio_rusqlite::rusqlite::types::{Value as Cell, ValueRef as CellRef};
use tokio_rusqlite::rusqlite::{Connection, Params, Row, params_from_iter};

use super::SqliteInterface;
use super::lease::{Changes, SqliteLease};
use super::look::reals;
use super::run::whole;
use crate::driver::Purpose;
use crate::error::from_sqlite;
use crate::expected::REAL;
use crate::introspect::{self, Referrer, row_address};
use crate::job;
use crate::note::Reals;
use crate::spelling::Spelled;
use crate::value::{as_text, timestamp};

/// How many rows are looked at in one transaction.
const CHUNK: usize = 500;

/// The longest pause between two transactions.
const LONGEST_PAUSE: Duration = Duration::from_millis(100);

/// Where tables are rewritten.
pub(super) enum Place<'a> {
    /// In transactions of its own.
    Database(&'a SqliteInterface),
    /// In one that is open.
    Transaction(&'a SqliteLease),
}

/// Rewrites the tables of `schemas`, which come parents first.
pub(super) async fn rewrite(place: Place<'_>, schemas: &[&'static Schema]) -> Result<Rewritten> {
    let mut rewritten = Rewritten::default();
    for schema in schemas {
        let mut behind = None;
        loop {
            let chunk = place.rewrite_chunk(schema, behind).await?;
            let is_changed = chunk.rewritten.rows > 0;
            rewritten.add(chunk.rewritten);
            behind = chunk.last;
            if behind.is_none() {
                break;
            }
            if let (Place::Database(_), true) = (&place, is_changed) {
                // Another process asks for the lock now and then: it must find it free.
                tokio::time::sleep(chunk.took.min(LONGEST_PAUSE)).await;
            }
        }
    }
    Ok(rewritten)
}

impl Place<'_> {
    /// Rewrites the rows behind the one of that address, up to so many.
    async fn rewrite_chunk(&self, schema: &'static Schema, behind: Option<Vec<Cell>>) -> Result<Chunk> {
        let job = move |connection: &mut Connection| {
            let started = Instant::now();
            let chunk = whole(connection, || {
                let _silence = Silence::begin(connection)?;
                rewrite_chunk(connection, schema, behind.as_deref())
            });
            chunk
                .map(|chunk| Chunk { took: started.elapsed(), ..chunk })
                .map_err(|error| about(schema, error))
        };
        match self {
            Self::Database(interface) => interface.on(Purpose::Write, job).await,
            Self::Transaction(lease) => lease.work(Changes::Something, job).await,
        }
    }
}

/// What one transaction came to.
#[derive(Default)]
struct Chunk {
    rewritten: Rewritten,
    /// The address of the last row, if there may be more.
    last: Option<Vec<Cell>>,
    took: Duration,
}

/// While it lives no trigger runs: what is written are no new values, and a trigger that
/// keeps the time of the last change would say otherwise.
///
/// <https://www.sqlite.org/c3ref/c_dbconfig_defensive.html#sqlitedbconfigenabletrigger>
struct Silence<'c>(&'c Connection);

impl<'c> Silence<'c> {
    fn begin(connection: &'c Connection) -> Result<Self> {
        let silence = Self(connection);
        set_triggers(connection, false)?;
        Ok(silence)
    }
}

impl Drop for Silence<'_> {
    fn drop(&mut self) {
        // It fails for settings that there are not.
        let _ = set_triggers(self.0, true);
    }
}

fn set_triggers(connection: &Connection, are_run: bool) -> Result<()> {
    let set = connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, are_run);
    set.map(drop).map_err(|error| from_sqlite(&error))
}

/// What is read of each row, and what is written.
struct Plan {
    schema: &'static Schema,
    /// How a row is told from the others, as SQL.
    address: Vec<String>,
    /// The fields that are rewritten.
    fields: Vec<Respelled>,
    /// Which rows of other tables refer to a column that is rewritten.
    referrers: Vec<Referrer>,
    /// The columns that are read, behind the address: those of the fields come first.
    columns: Vec<String>,
}

/// A field whose cells are rewritten.
struct Respelled {
    field: &'static FieldDef,
    spelled: Spelled,
    reals: Reals,
}

impl Plan {
    fn of(connection: &Connection, schema: &'static Schema, table: &Table) -> Result<Self> {
        // A reference changes with the row that it refers to.
        let refers = |column: &str| {
            let mut columns = table.foreign_keys.iter().flat_map(|key| &key.columns);
            columns.any(|other| other.eq_ignore_ascii_case(column))
        };
        let respelled = schema.fields().iter().filter_map(|field| {
            let (spelled, column) = (Spelled::of(field)?, table.column(field.column)?);
            let is_written = column.generated == Generated::No && !refers(field.column);
            is_written.then(|| Respelled { field, spelled, reals: reals(spelled, column) })
        });
        let fields: Vec<Respelled> = respelled.collect();
        let mut columns: Vec<String> = fields.iter().map(|found| found.field.column.to_owned()).collect();
        let mut referrers = introspect::referrers(connection, schema.table())?;
        let is_changed = |column: &String| fields.iter().any(|found| is_same(found.field.column, column));
        referrers.retain(|referrer| referrer.targets.iter().any(is_changed));
        let key = schema.key().map(|field| field.column.to_owned());
        let targets = referrers.iter().flat_map(|referrer| &referrer.targets);
        for column in key.into_iter().chain(targets.cloned()) {
            if !columns.iter().any(|other| is_same(other, &column)) {
                columns.push(column);
            }
        }
        let address = row_address(connection, schema.table(), table)?;
        Ok(Self { schema, address, fields, referrers, columns })
    }

    /// Where a column stands among those that are read.
    fn place(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|other| is_same(other, column))
    }

    /// The cell of a row in that column.
    fn cell<'r>(&self, row: &'r Seen, column: &str) -> Option<&'r Cell> {
        row.cells.get(self.place(column)?)
    }

    fn table(&self) -> String {
        quoted(self.schema.table())
    }

    fn read(&self, connection: &Connection, behind: Option<&[Cell]>) -> Result<Vec<Seen>> {
        let address = self.address.join(", ");
        let columns: Vec<String> = self.columns.iter().map(|column| quoted(column)).collect();
        let behind_it = match behind {
            Some(cells) => format!(" WHERE ({address}) > ({})", vec!["?"; cells.len()].join(", ")),
            None => String::new(),
        };
        let sql = format!(
            "SELECT {address}, {} FROM {}{behind_it} ORDER BY {address} LIMIT {CHUNK}",
            columns.join(", "),
            self.table()
        );
        let width = self.address.len();
        rows(connection, &sql, params_from_iter(behind.unwrap_or_default()), |row| {
            let address = (0..width).map(|at| cell(row, at)).collect::<Result<_>>()?;
            let cells = (width..width + columns.len()).map(|at| cell(row, at)).collect::<Result<_>>()?;
            Ok(Seen { address, cells })
        })
    }

    /// The key of a row, if it is one that errors may show.
    fn key(&self, row: &Seen) -> Option<String> {
        let field = self.schema.key()?;
        shown_key(field, self.cell(row, field.column)?)
    }
}

/// A row as it is.
struct Seen {
    address: Vec<Cell>,
    cells: Vec<Cell>,
}

/// A row, and the cells of the plan's fields as they are to be.
struct Change {
    row: Seen,
    fields: Vec<Cell>,
}

fn rewrite_chunk(connection: &Connection, schema: &'static Schema, behind: Option<&[Cell]>) -> Result<Chunk> {
    let Some(table) = introspect::table(connection, schema)? else {
        return Err(Error::new(Kind::TableMissing, format!("there is no table `{}`", schema.table())));
    };
    if table.kind != TableKind::Table {
        return Err(no_table(schema, table.kind));
    }
    let plan = Plan::of(connection, schema, &table)?;
    let mut chunk = Chunk::default();
    if plan.fields.is_empty() {
        return Ok(chunk);
    }
    let rows = plan.read(connection, behind)?;
    if rows.len() == CHUNK {
        chunk.last = rows.last().map(|row| row.address.clone());
    }
    let mut changes = Vec::new();
    for row in rows {
        match own_spelling(&plan, &row) {
            Ok(Some(fields)) => changes.push(Change { row, fields }),
            Ok(None) => {}
            Err(error) => {
                chunk.rewritten.undecodable += 1;
                chunk.rewritten.first_undecodable.get_or_insert(error);
            }
        }
    }
    if changes.is_empty() {
        return Ok(chunk);
    }
    // Until COMMIT, where what refers to a row and the row itself have changed.
    // <https://www.sqlite.org/pragma.html#pragma_defer_foreign_keys>
    execute(connection, "PRAGMA defer_foreign_keys = ON", [])?;
    for referrer in &plan.referrers {
        chunk.rewritten.rows += follow(connection, referrer, &plan.moves(referrer, &changes))?;
    }
    for change in &changes {
        job::check()?;
        chunk.rewritten.rows += plan.write(connection, change)?;
    }
    execute(connection, "PRAGMA defer_foreign_keys = OFF", [])?;
    Ok(chunk)
}

impl Plan {
    /// What the columns that `referrer` refers to hold, and will hold.
    fn moves(&self, referrer: &Referrer, changes: &[Change]) -> Vec<Move> {
        let moves = changes.iter().filter_map(|change| {
            let targets = || referrer.targets.iter();
            let from: Vec<Cell> =
                targets().map(|target| self.cell(&change.row, target).cloned()).collect::<Option<_>>()?;
            let to: Vec<Cell> = targets()
                .zip(&from)
                .map(|(target, from)| {
                    let own = self.place(target).and_then(|at| change.fields.get(at));
                    own.unwrap_or(from).clone()
                })
                .collect();
            (from != to).then_some(Move { from, to })
        });
        moves.collect()
    }

    /// Writes a row, and says how many rows that were.
    fn write(&self, connection: &Connection, change: &Change) -> Result<u64> {
        let set = self.fields.iter().map(|found| format!("{} = ?", quoted(found.field.column)));
        let set: Vec<String> = set.collect();
        let is_it: Vec<String> = self.address.iter().map(|part| format!("{part} = ?")).collect();
        // A conflict clause of the table would remove the other row, or leave this one out.
        // <https://www.sqlite.org/lang_conflict.html>
        let sql =
            format!("UPDATE OR ABORT {} SET {} WHERE {}", self.table(), set.join(", "), is_it.join(" AND "));
        let cells = change.fields.iter().chain(&change.row.address);
        execute(connection, &sql, params_from_iter(cells)).map_err(|error| match error.kind() {
            Kind::Unique => self.equal(connection, change, &error).unwrap_or(error),
            _ => error,
        })
    }

    /// The error for a row that becomes equal to another one, which it names.
    fn equal(&self, connection: &Connection, change: &Change, error: &Error) -> Option<Error> {
        let prefix = format!("{}.", self.schema.table());
        let columns: Vec<&str> = error
            .constraint()?
            .split(", ")
            .map(|column| column.strip_prefix(&prefix))
            .collect::<Option<_>>()?;
        let field = self.schema.fields().iter().find(|field| columns.contains(&field.column))?;
        let mut is_other = Vec::new();
        let mut params: Vec<&Cell> = Vec::new();
        for column in &columns {
            // The other columns of the index are as they were.
            match self.place(column).and_then(|at| change.fields.get(at)) {
                Some(own) => {
                    is_other.push(format!("other.{} IS ?", quoted(column)));
                    params.push(own);
                }
                None => is_other.push(format!("other.{0} IS this.{0}", quoted(column))),
            }
        }
        for part in &self.address {
            is_other.push(format!("this.{part} = ?"));
        }
        params.extend(&change.row.address);
        let is_this = self.address.iter().map(|part| format!("other.{part} = this.{part}"));
        let is_this: Vec<String> = is_this.collect();
        let key = self.schema.key();
        let sql = format!(
            "SELECT other.{} FROM {table} AS other, {table} AS this WHERE {} AND NOT ({})",
            quoted(key.unwrap_or(field).column),
            is_other.join(" AND "),
            is_this.join(" AND "),
            table = self.table(),
        );
        let others = rows(connection, &sql, params_from_iter(params), |row| cell(row, 0)).ok()?;
        let other = key.and_then(|key| shown_key(key, others.first()?));
        let which = match (self.key(&change.row), other) {
            (Some(this), Some(other)) => format!("two rows, of the keys {other} and {this}, are"),
            _ => "two rows are".to_owned(),
        };
        let (model, name) = (self.schema.model(), field.name);
        let index = self.schema.indexes().iter().find(|index| index.unique && index.columns == columns);
        let constraint = index.map(|index| index.full_name(self.schema));
        let text = format!(
            "`{model}.{name}`: {which} told apart only by how the value is spelled, and the column is unique: \
             change or delete one of them and rewrite the table again, which goes on from here"
        );
        let named = Error::new(Kind::Unique, text).with_model(model).with_field(name);
        let named = match constraint {
            Some(constraint) => named.with_constraint(constraint),
            None => named.with_constraint(error.constraint()?),
        };
        Some(match error.code() {
            Some(code) => named.with_code(code),
            None => named,
        })
    }
}

/// What some columns hold, and will hold.
#[derive(Clone)]
struct Move {
    from: Vec<Cell>,
    to: Vec<Cell>,
}

/// Changes the rows that refer to rows which are about to change, and says how many they
/// are. Those that refer to them in turn come first, so that ON UPDATE finds nothing to do.
fn follow(connection: &Connection, referrer: &Referrer, moves: &[Move]) -> Result<u64> {
    follow_but(connection, referrer, moves, &mut Vec::new())
}

fn follow_but(
    connection: &Connection,
    referrer: &Referrer,
    moves: &[Move],
    seen: &mut Vec<Referrer>,
) -> Result<u64> {
    if moves.is_empty() || seen.contains(referrer) {
        return Ok(0);
    }
    seen.push(referrer.clone());
    let mut changed = 0;
    for further in introspect::referrers(connection, &referrer.table)? {
        let targets = further.targets.iter();
        if further.targets.len() == referrer.columns.len()
            && targets.zip(&referrer.columns).all(|(target, column)| is_same(target, column))
        {
            changed += follow_but(connection, &further, moves, seen)?;
        }
    }
    let width = referrer.columns.len();
    let columns: Vec<String> = referrer.columns.iter().map(|column| quoted(column)).collect();
    let named = |prefix: &str| (0..width).map(|at| format!("{prefix}{at}")).collect::<Vec<_>>().join(", ");
    let values = vec![format!("({})", vec!["?"; 2 * width].join(", ")); moves.len()].join(", ");
    let table = quoted(&referrer.table);
    let set: Vec<String> =
        columns.iter().enumerate().map(|(at, column)| format!("{column} = to{at}")).collect();
    let is_it = columns.iter().enumerate().map(|(at, column)| format!("{table}.{column} = from{at}"));
    let is_it: Vec<String> = is_it.collect();
    let sql = format!(
        "WITH prom_moves ({}, {}) AS (VALUES {values}) \
         UPDATE OR ABORT {table} SET {} FROM prom_moves WHERE {}",
        named("from"),
        named("to"),
        set.join(", "),
        is_it.join(" AND ")
    );
    let cells = moves.iter().flat_map(|moved| moved.from.iter().chain(&moved.to));
    // Not from the cache: its text is of so many rows.
    let executed = connection.execute(&sql, params_from_iter(cells)).map_err(|error| from_sqlite(&error))?;
    Ok(changed + executed as u64)
}

/// The cells of the fields as prom writes them, if any is otherwise.
///
/// # Errors
///
/// [`Kind::Decode`] where one is no value of its field.
fn own_spelling(plan: &Plan, row: &Seen) -> Result<Option<Vec<Cell>>> {
    let mut is_changed = false;
    let mut fields = Vec::with_capacity(plan.fields.len());
    for (respelled, cell) in plan.fields.iter().zip(&row.cells) {
        let own = respelled.own_cell(cell).map_err(|why| left_as_it_is(plan, respelled.field, row, why))?;
        is_changed |= own != *cell;
        fields.push(own);
    }
    Ok(is_changed.then_some(fields))
}

impl Respelled {
    /// The cell as prom writes its value, or why it has none.
    fn own_cell(&self, cell: &Cell) -> Result<Cell, &'static str> {
        match (cell, self.spelled, self.reals) {
            (Cell::Null, ..) => return Ok(Cell::Null),
            (Cell::Real(_), Spelled::Instant, Reals::Refused) => return Err(REAL),
            _ => {}
        }
        match self.spelled.value(cell.into()) {
            Some(Value::Timestamp(instant)) => Ok(Cell::Text(as_text(&timestamp(instant)).to_owned())),
            Some(Value::F64(number)) => Ok(Cell::Real(number)),
            #[cfg(feature = "uuid")]
            Some(Value::Uuid(uuid)) => Ok(Cell::Text(uuid.to_string())),
            _ => Err("it holds no value of its type"),
        }
    }
}

#[cold]
fn left_as_it_is(plan: &Plan, field: &FieldDef, row: &Seen, why: &str) -> Error {
    let (model, name) = (plan.schema.model(), field.name);
    let which = plan.key(row).map(|key| format!(" of the row with the key {key}")).unwrap_or_default();
    Error::new(Kind::Decode, format!("`{model}.{name}`{which} is left as it is: {why}"))
        .with_model(model)
        .with_field(name)
}

/// A key as errors show it: an integer or a UUID.
fn shown_key(field: &FieldDef, cell: &Cell) -> Option<String> {
    match (field.ty, cell) {
        (Type::I16 | Type::I32 | Type::I64, Cell::Integer(number)) => Some(number.to_string()),
        #[cfg(feature = "uuid")]
        (Type::Uuid, cell) => match Spelled::Uuid.value(cell.into())? {
            Value::Uuid(uuid) => Some(uuid.to_string()),
            _ => None,
        },
        _ => None,
    }
}

#[cold]
fn no_table(schema: &Schema, kind: TableKind) -> Error {
    let table = schema.table();
    let text = match kind {
        TableKind::View => {
            format!("`{table}` is a view: rewrite the tables that it selects from, by models of their own")
        }
        _ => format!("`{table}` is a virtual table, whose rows SQLite does not store itself"),
    };
    Error::new(Kind::Unsupported, text)
}

/// That nothing may be written.
#[cold]
pub(super) fn read_only(what: &str) -> Error {
    Error::new(Kind::ReadOnly, format!("{what} only reads, and a table that is rewritten is written to"))
}

#[cold]
fn about(schema: &'static Schema, error: Error) -> Error {
    match error.model() {
        Some(_) => error,
        None => {
            let model = schema.model();
            error.context(format_args!("while the table of `{model}` is rewritten")).with_model(model)
        }
    }
}

fn is_same(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn cell(row: &Row<'_>, at: usize) -> Result<Cell> {
    Ok(match row.get_ref(at).map_err(|error| from_sqlite(&error))? {
        CellRef::Null => Cell::Null,
        CellRef::Integer(number) => Cell::Integer(number),
        CellRef::Real(number) => Cell::Real(number),
        // What is not UTF-8 is no value of any field here, as an empty blob is none.
        CellRef::Text(text) => match str::from_utf8(text) {
            Ok(text) => Cell::Text(text.to_owned()),
            Err(_) => Cell::Blob(Vec::new()),
        },
        CellRef::Blob(bytes) => Cell::Blob(bytes.to_vec()),
    })
}

fn execute(connection: &Connection, sql: &str, params: impl Params) -> Result<u64> {
    let executed = connection.prepare_cached(sql).and_then(|mut statement| statement.execute(params));
    executed.map(|rows| rows as u64).map_err(|error| from_sqlite(&error))
}

fn rows<T>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
    read: impl Fn(&Row<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    let mut statement = connection.prepare_cached(sql).map_err(|error| from_sqlite(&error))?;
    let mut rows = statement.query(params).map_err(|error| from_sqlite(&error))?;
    let mut read_rows = Vec::new();
    while let Some(row) = rows.next().map_err(|error| from_sqlite(&error))? {
        read_rows.push(read(row)?);
    }
    Ok(read_rows)
}
