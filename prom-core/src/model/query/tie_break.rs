//! The tie-break: what is sorted by last, so that a page has the same rows whoever reads it.

use crate::query::{Column, Direction, Output, Select, Sort};
use crate::schema::{FieldDef, IndexDef, Schema, Type};

/// Adds the tie-break to the order of `select`, in the direction of the last sort: an
/// index over that sort then gives the order of both. Adds nothing to an order that
/// leaves no ties.
///
/// Rows are told apart by the primary key, or by all fields where there is none. What is
/// no row of the table is told apart by the columns that it has.
pub(super) fn settle(select: &mut Select) {
    let direction = match select.sort.last() {
        Some(Sort::Field(_, direction) | Sort::Output(_, direction)) => *direction,
        Some(Sort::List(..)) | None => Direction::Up,
    };
    match (&select.output, select.schema.key()) {
        (Output::Rows, None) => {
            for field in select.schema.fields() {
                add(select, Sort::Field(field, direction));
            }
        }
        (Output::Columns(columns), key) => match key.filter(|_| are_rows(select) && !select.distinct) {
            Some(key) => add(select, Sort::Field(key, direction)),
            None => (0..columns.len()).for_each(|at| add(select, Sort::Output(at, direction))),
        },
        (Output::Rows, Some(key)) => add(select, Sort::Field(key, direction)),
    }
}

/// Adds `sort`, unless the order tells all rows apart without it.
fn add(select: &mut Select, sort: Sort) {
    let is_sorted_by = match (&sort, sorted_field(select, &sort)) {
        (_, Some(field)) => is_sorted(select, field),
        (Sort::Output(at, _), None) => {
            select.sort.iter().any(|other| matches!(other, Sort::Output(other, _) if other == at))
        }
        _ => false,
    };
    if !is_sorted_by && !has_no_ties(select) {
        select.sort.push(sort);
    }
}

/// Whether what the order is by is never alike in two rows.
fn has_no_ties(select: &Select) -> bool {
    let is_sorted = |field: &FieldDef| is_sorted(select, field);
    if are_rows(select) {
        let schema = select.schema;
        return schema.key().is_some_and(is_sorted)
            || schema.indexes().iter().any(|index| is_unique(schema, index, is_sorted));
    }
    // A group is told apart by what it is made of; without, all rows are one.
    select.combined.is_none() && select.group.iter().all(|field| is_sorted(field))
}

/// Whether each row of the result is one of the table, or all those that are alike.
fn are_rows(select: &Select) -> bool {
    match &select.output {
        Output::Rows => true,
        Output::Columns(columns) => {
            select.combined.is_none()
                && select.group.is_empty()
                && columns.iter().all(|column| matches!(column, Column::Field(_)))
        }
    }
}

/// Whether `index` lets no two rows be alike, and all its fields meet the condition.
fn is_unique(schema: &Schema, index: &IndexDef, is_it: impl Fn(&FieldDef) -> bool) -> bool {
    let is_it = |column: &&str| {
        let field = schema.fields().iter().find(|field| field.column == *column);
        // An instant, a UUID and a number of 32 bits may be stored in several ways, which an
        // index tells apart; and so may text be that a collation takes for one.
        field.is_some_and(|field| {
            let is_stored_in_one_way = !matches!(field.ty, Type::Timestamp | Type::Uuid | Type::F32);
            !field.nullable && is_stored_in_one_way && field.collate.is_none() && is_it(field)
        })
    };
    index.unique && index.columns.iter().all(is_it)
}

fn is_sorted(select: &Select, field: &FieldDef) -> bool {
    let mut fields = select.sort.iter().filter_map(|sort| sorted_field(select, sort));
    fields.any(|other| std::ptr::eq(other, field))
}

/// The field that is sorted by, from end to end.
fn sorted_field(select: &Select, sort: &Sort) -> Option<&'static FieldDef> {
    match (sort, &select.output) {
        (Sort::Field(field, _), _) => Some(field),
        (Sort::Output(at, _), Output::Columns(columns)) => match columns.get(*at) {
            Some(Column::Field(field)) => Some(field),
            _ => None,
        },
        _ => None,
    }
}
