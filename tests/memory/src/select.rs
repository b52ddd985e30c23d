//! What a query gives: rows that meet its conditions, or what they come to, in order
//! and within bounds.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeMap;

use prom_core::query::{Aggregate, Column, Combine, Combined, Direction, Output, Select, Sort, Want};
use prom_core::schema::{FieldDef, Schema, Type};
use prom_core::{Error, Kind, Result, Value};

use crate::cell;
use crate::database::{Database, unsupported};
use crate::filter;
use crate::table::{Row, Table};

impl Database {
    /// The rows that `select` asks for, or what it wants to know of them.
    ///
    /// # Errors
    ///
    /// [`Kind::TableMissing`], [`Kind::FieldMissing`], [`Kind::Value`] for a sum of whole
    /// numbers that leaves 64 bits, and [`Kind::Unsupported`] for a condition in SQL.
    pub fn rows(&self, select: &Select) -> Result<Vec<Row>> {
        let table = match &select.combined {
            None => Cow::Borrowed(self.table(select.schema)?),
            Some(combined) => Cow::Owned(self.combined(select.schema, combined)?),
        };
        if select.combined.is_none() {
            // So that a field that has no column is found missing whatever is asked.
            let fields: Vec<_> = select.schema.fields().iter().collect();
            table.places(&fields)?;
        }
        let columns = columns(select)?;
        let test = filter::all(self, &table, &select.filter)?;
        let rows: Vec<Row> = table.rows.iter().filter(|row| test(row) == Some(true)).cloned().collect();
        let mut results = match is_of_groups(select, &columns) {
            true => {
                let groups = grouped(&table, &select.group, rows)?;
                let result = |rows: &Vec<Row>| Ok(Found::alone(output(&table, &columns, rows)?));
                groups.iter().map(result).collect::<Result<Vec<_>>>()?
            }
            false => {
                let result = |row: Row| {
                    let cells = match select.combined {
                        // They were selected before.
                        Some(_) => row.clone(),
                        None => output(&table, &columns, std::slice::from_ref(&row))?,
                    };
                    Ok(Found { cells, of: Some(row) })
                };
                rows.into_iter().map(result).collect::<Result<Vec<_>>>()?
            }
        };
        if select.distinct {
            let cells = results.into_iter().map(|result| result.cells).collect();
            results = distinct(&columns, cells).into_iter().map(Found::alone).collect();
        }
        sort(&table, select, &columns, &mut results)?;
        let rows = bounded(select, results.into_iter().map(|result| result.cells).collect());
        match select.want {
            Want::Rows => Ok(rows),
            // A vector cannot hold more than that.
            Want::Count => Ok(one(Value::I64(rows.len().try_into().unwrap_or(i64::MAX)))),
            Want::Exists => Ok(one(Value::Bool(!rows.is_empty()))),
            _ => Err(unsupported("knows no such question")),
        }
    }

    /// The cell of the first row of a query that gives one column; NULL where it gives no
    /// row.
    ///
    /// # Errors
    ///
    /// As [`rows`](Database::rows).
    pub(crate) fn first_cell(&self, select: &Select) -> Result<Value> {
        Ok(self.rows(select)?.first().map_or(Value::Null, |row| row[0].clone()))
    }

    /// The rows of two queries as one table. Rows that are alike become one.
    fn combined(&self, schema: &'static Schema, combined: &Combined) -> Result<Table> {
        let columns = columns(&combined.first)?;
        let (mut rows, other) = (self.rows(&combined.first)?, self.rows(&combined.second)?);
        let is_in_other = |row: &Row| other.iter().any(|other| are_alike(&columns, other, row));
        match combined.how {
            Combine::Union => rows.extend(other),
            Combine::Intersect => rows.retain(is_in_other),
            Combine::Except => rows.retain(|row| !is_in_other(row)),
        }
        let fields = columns.iter().map(compared_as).collect();
        Ok(Table::of_result(schema, fields, distinct(&columns, rows)))
    }
}

/// A row of the result.
struct Found {
    cells: Row,
    /// The row that it is made of, unless it is made of several.
    of: Option<Row>,
}

impl Found {
    fn alone(cells: Row) -> Self {
        Self { cells, of: None }
    }
}

fn one(value: Value) -> Vec<Row> {
    vec![Row::from([value])]
}

/// What a row of the result holds.
fn columns(select: &Select) -> Result<Vec<Column>> {
    match &select.output {
        Output::Rows => Ok(select.schema.fields().iter().map(Column::Field).collect()),
        Output::Columns(columns) => Ok(columns.clone()),
        _ => Err(unsupported("knows no such output")),
    }
}

/// Whether a row of the result is made of a group of rows.
fn is_of_groups(select: &Select, columns: &[Column]) -> bool {
    let has_aggregates = columns.iter().any(|column| !matches!(column, Column::Field(_)));
    select.combined.is_none() && (has_aggregates || !select.group.is_empty())
}

/// The rows, of which no two are alike.
fn distinct(columns: &[Column], rows: Vec<Row>) -> Vec<Row> {
    let mut kept: Vec<Row> = Vec::new();
    for row in rows {
        if !kept.iter().any(|other| are_alike(columns, other, &row)) {
            kept.push(row);
        }
    }
    kept
}

fn are_alike(columns: &[Column], a: &Row, b: &Row) -> bool {
    let is_alike = |(at, column): (usize, &Column)| cell::sorted(compared_as(column), &a[at], &b[at]).is_eq();
    columns.iter().enumerate().all(is_alike)
}

/// The field as whose cells those of a column compare. What rows come to has no name.
fn compared_as(column: &Column) -> &'static FieldDef {
    static NAMELESS: FieldDef = FieldDef::new("", Type::I64);
    static CASELESS: FieldDef = FieldDef::new("", Type::Text).ignore_case();
    match column {
        Column::Field(field) => field,
        Column::Aggregate(_, field) if field.ignore_case => &CASELESS,
        _ => &NAMELESS,
    }
}

/// Puts the rows into the order that was asked for; those that tie stay as they are.
fn sort(table: &Table, select: &Select, columns: &[Column], rows: &mut [Found]) -> Result<()> {
    // The first sort says most, so it comes last; sorting keeps the order of equals.
    for sort in select.sort.iter().rev() {
        match sort {
            Sort::Output(at, direction) => {
                let column = columns.get(*at).ok_or_else(|| unsupported("sorts by what is selected"))?;
                let field = compared_as(column);
                rows.sort_by(|a, b| directed(*direction, cell::sorted(field, &a.cells[*at], &b.cells[*at])));
            }
            Sort::Field(field, _) | Sort::List(field, _) => {
                let (place, selected) = (table.place(field)?, selected_at(columns, field));
                if selected.is_none() && rows.iter().any(|row| row.of.is_none()) {
                    return Err(unsupported("sorts groups by what is selected"));
                }
                let cell = |row: &Found| match (&row.of, selected) {
                    (Some(of), _) => of[place].clone(),
                    (None, at) => row.cells[at.unwrap_or_default()].clone(),
                };
                let ranks = ranks(sort);
                rows.sort_by(|a, b| ranked(sort, &ranks, field, &cell(a), &cell(b)));
            }
            _ => return Err(unsupported("knows no such order")),
        }
    }
    Ok(())
}

/// Where the field is selected.
fn selected_at(columns: &[Column], field: &FieldDef) -> Option<usize> {
    columns.iter().position(|column| matches!(column, Column::Field(it) if std::ptr::eq(*it, field)))
}

fn directed(direction: Direction, order: Ordering) -> Ordering {
    match direction {
        Direction::Up => order,
        Direction::Down => order.reverse(),
    }
}

/// Where each value of a list stands first.
type Ranks = BTreeMap<Option<cell::Cell<'static>>, usize>;

/// The places of a list; of another order none.
fn ranks(sort: &Sort) -> Ranks {
    let Sort::List(field, Value::List(values)) = sort else { return Ranks::new() };
    // The first place is the last to be put in.
    let places = values.iter().enumerate().rev();
    places.map(|(at, value)| (cell::Cell::owned(field, value), at)).collect()
}

/// How two cells stand to each other in one of the orders.
fn ranked(sort: &Sort, ranks: &Ranks, field: &FieldDef, a: &Value, b: &Value) -> Ordering {
    match sort {
        Sort::Field(_, direction) => directed(*direction, cell::sorted(field, a, b)),
        Sort::List(..) => {
            let rank = |value| ranks.get(&cell::Cell::owned(field, value)).copied().unwrap_or(usize::MAX);
            rank(a).cmp(&rank(b))
        }
        _ => Ordering::Equal,
    }
}

fn bounded(select: &Select, rows: Vec<Row>) -> Vec<Row> {
    let many = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
    let limit = select.bounds.limit.map_or(usize::MAX, many);
    rows.into_iter().skip(many(select.bounds.offset)).take(limit).collect()
}

/// The groups of rows that are alike in the fields; without any, all rows are one,
/// also where there are none.
fn grouped(table: &Table, by: &[&'static FieldDef], rows: Vec<Row>) -> Result<Vec<Vec<Row>>> {
    if by.is_empty() {
        return Ok(vec![rows]);
    }
    let places = table.places(by)?;
    let mut groups: BTreeMap<Vec<Option<cell::Cell<'static>>>, Vec<Row>> = BTreeMap::new();
    for row in rows {
        let cells = by.iter().zip(&places);
        let cells = cells.map(|(field, place)| cell::Cell::owned(field, &row[*place])).collect();
        groups.entry(cells).or_default().push(row);
    }
    Ok(groups.into_values().collect())
}

/// A row of the result, made of a group of rows.
fn output(table: &Table, columns: &[Column], rows: &[Row]) -> Result<Row> {
    let cells = columns.iter().map(|column| match column {
        Column::Field(field) => {
            let place = table.place(field)?;
            Ok(rows.first().map_or(Value::Null, |row| row[place].clone()))
        }
        Column::Count => Ok(Value::I64(rows.len().try_into().unwrap_or(i64::MAX))),
        Column::Aggregate(aggregate, field) => {
            let place = table.place(field)?;
            let cells = rows.iter().map(|row| &row[place]).filter(|cell| !cell.is_null());
            aggregated(*aggregate, field, &cells.collect::<Vec<_>>())
        }
        _ => Err(unsupported("knows no such column")),
    });
    Ok(cells.collect::<Result<Vec<_>>>()?.into())
}

/// What the cells of a field come to, none of which is NULL.
fn aggregated(aggregate: Aggregate, field: &FieldDef, cells: &[&Value]) -> Result<Value> {
    let order = |a: &&&Value, b: &&&Value| cell::sorted(field, a, b);
    let float = |cell: &&Value| match cell {
        Value::F64(it) => *it,
        #[expect(clippy::cast_precision_loss, reason = "a mean is a floating-point number")]
        Value::I64(it) => *it as f64,
        _ => f64::NAN,
    };
    let whole = |cell: &&Value| if let Value::I64(it) = cell { i128::from(*it) } else { 0 };
    if cells.is_empty() {
        return Ok(Value::Null);
    }
    Ok(match aggregate {
        Aggregate::Min => cells.iter().min_by(order).map_or(Value::Null, |cell| (*cell).clone()),
        Aggregate::Max => cells.iter().max_by(order).map_or(Value::Null, |cell| (*cell).clone()),
        Aggregate::Sum if field.ty.is_integer() => {
            let sum = i64::try_from(cells.iter().map(whole).sum::<i128>());
            sum.map(Value::I64)
                .map_err(|_| Error::new(Kind::Value, "a sum would leave the range of 64 bits"))?
        }
        Aggregate::Sum => Value::F64(cells.iter().map(float).sum()),
        #[expect(clippy::cast_precision_loss, reason = "a mean is a floating-point number")]
        Aggregate::Avg if field.ty.is_integer() => {
            Value::F64(cells.iter().map(whole).sum::<i128>() as f64 / cells.len() as f64)
        }
        #[expect(clippy::cast_precision_loss, reason = "a mean is a floating-point number")]
        Aggregate::Avg => Value::F64(cells.iter().map(float).sum::<f64>() / cells.len() as f64),
    })
}
