//! What a query gives: rows that meet its conditions, or what they come to, in order
//! and within bounds.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use prom_core::query::{Aggregate, Column, Direction, Output, Select, Sort, Want};
use prom_core::schema::FieldDef;
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
    /// numbers that leaves 64 bits, and [`Kind::Unsupported`] for queries combined.
    pub fn rows(&self, select: &Select) -> Result<Vec<Row>> {
        if select.combined.is_some() {
            return Err(unsupported("combines no queries"));
        }
        let table = self.table(select.schema)?;
        // So that a field that has no column is found missing whatever is asked.
        let fields: Vec<_> = select.schema.fields().iter().collect();
        table.places(&fields)?;
        let test = filter::all(table, &select.filter)?;
        let rows = table.rows.iter().filter(|row| test(row) == Some(true)).cloned().collect();
        let rows = match &select.output {
            Output::Rows if !select.distinct => {
                let rows = bounded(select, sorted(table, select, rows)?);
                table.in_order_of(select.schema, rows)?
            }
            Output::Rows => return Err(unsupported("makes one of whole rows that are alike nowhere")),
            Output::Columns(columns) => selected(table, select, columns, rows)?,
            _ => return Err(unsupported("knows no such output")),
        };
        match select.want {
            Want::Rows => Ok(rows),
            // A vector cannot hold more than that.
            Want::Count => Ok(one(Value::I64(rows.len().try_into().unwrap_or(i64::MAX)))),
            Want::Exists => Ok(one(Value::Bool(!rows.is_empty()))),
            _ => Err(unsupported("knows no such question")),
        }
    }
}

fn one(value: Value) -> Vec<Row> {
    vec![Row::from([value])]
}

/// The rows in the order that was asked for; those that tie as they are.
fn sorted(table: &Table, select: &Select, mut rows: Vec<Row>) -> Result<Vec<Row>> {
    // The first sort says most, so it comes last; sorting keeps the order of equals.
    for sort in select.sort.iter().rev() {
        let field = match sort {
            Sort::Field(field, _) | Sort::List(field, _) => field,
            Sort::Output(at, _) => match &select.output {
                Output::Columns(columns) if let Some(Column::Field(field)) = columns.get(*at) => field,
                _ => return Err(unsupported("sorts rows by fields only")),
            },
            _ => return Err(unsupported("knows no such order")),
        };
        let place = table.place(field)?;
        rows.sort_by(|a, b| ranked(sort, field, &a[place], &b[place]));
    }
    Ok(rows)
}

/// How two cells stand to each other in one of the orders.
fn ranked(sort: &Sort, field: &FieldDef, a: &Value, b: &Value) -> Ordering {
    match sort {
        Sort::Field(_, Direction::Up) | Sort::Output(_, Direction::Up) => cell::sorted(field, a, b),
        Sort::Field(_, Direction::Down) | Sort::Output(_, Direction::Down) => cell::sorted(field, b, a),
        Sort::List(_, values) => {
            let rank = |cell: &Value| {
                let is_it = |value: &Value| cell::sorted(field, value, cell).is_eq();
                values.iter().position(is_it).unwrap_or(values.len())
            };
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

/// The columns of rows, or of groups of them.
fn selected(table: &Table, select: &Select, columns: &[Column], rows: Vec<Row>) -> Result<Vec<Row>> {
    let is_of_groups =
        !select.group.is_empty() || columns.iter().any(|column| !matches!(column, Column::Field(_)));
    if !is_of_groups && !select.distinct {
        // An order may be by what is not selected.
        let rows = bounded(select, sorted(table, select, rows)?);
        return rows.iter().map(|row| output(table, columns, std::slice::from_ref(row))).collect();
    }
    let mut given = match is_of_groups {
        true => grouped(table, &select.group, rows)?,
        false => rows.into_iter().map(|row| vec![row]).collect(),
    }
    .iter()
    .map(|rows| output(table, columns, rows))
    .collect::<Result<Vec<Row>>>()?;
    if select.distinct {
        let alike = |a: &Row, b: &Row| {
            columns.iter().enumerate().all(|(at, column)| sorted_by(column, &a[at], &b[at]).is_eq())
        };
        let mut kept: Vec<Row> = Vec::new();
        for row in given {
            if !kept.iter().any(|other| alike(other, &row)) {
                kept.push(row);
            }
        }
        given = kept;
    }
    for sort in select.sort.iter().rev() {
        let at = match sort {
            Sort::Output(at, _) => Some(*at),
            Sort::Field(field, _) | Sort::List(field, _) => columns
                .iter()
                .position(|column| matches!(column, Column::Field(it) if std::ptr::eq(*it, *field))),
            _ => None,
        };
        let Some((at, column)) = at.and_then(|at| Some((at, columns.get(at)?))) else {
            return Err(unsupported("sorts groups by what is selected"));
        };
        given.sort_by(|a, b| match (sort, column) {
            (Sort::List(field, _), _) => ranked(sort, field, &a[at], &b[at]),
            (Sort::Field(_, Direction::Down) | Sort::Output(_, Direction::Down), _) => {
                sorted_by(column, &b[at], &a[at])
            }
            _ => sorted_by(column, &a[at], &b[at]),
        });
    }
    Ok(bounded(select, given))
}

/// How two cells of a column of the result are sorted.
fn sorted_by(column: &Column, a: &Value, b: &Value) -> Ordering {
    const NUMBER: FieldDef = FieldDef::new("", prom_core::Type::I64);
    match column {
        Column::Field(field) | Column::Aggregate(_, field) => cell::sorted(field, a, b),
        _ => cell::sorted(&NUMBER, a, b),
    }
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
