//! The order of a list: where it comes from, and the place of a row in it.

use super::{Use, Writer};
use crate::Value;
use crate::query::{Select, Sort};
use crate::schema::{FieldDef, Schema};

/// A list that rows are sorted by.
pub struct ListOrder<'a> {
    /// The table whose rows they are.
    pub schema: &'static Schema,
    /// The field that is looked for in the list.
    pub field: &'static FieldDef,
    /// The list, which is one parameter.
    pub list: &'a Value,
    /// Where the order stands among those of the query.
    at: usize,
}

/// The lists that `select` is sorted by.
pub(super) fn list_orders(select: &Select) -> impl Iterator<Item = ListOrder<'_>> {
    select.sort.iter().enumerate().filter_map(move |(at, sort)| match sort {
        Sort::List(field, list) => Some(ListOrder { schema: select.schema, field, list, at }),
        _ => None,
    })
}

impl<'a> ListOrder<'a> {
    /// The column of the list's values. No column of the table has that name, so that
    /// those of the table need not say whose they are.
    pub fn value(&self) -> String {
        self.unlike_a_column("value")
    }

    /// The column of their places.
    pub fn place(&self) -> String {
        self.unlike_a_column("place")
    }

    fn unlike_a_column(&self, name: &str) -> String {
        let mut name = name.to_owned();
        while self.schema.fields().iter().any(|field| field.column.eq_ignore_ascii_case(&name)) {
            name.push('_');
        }
        name
    }

    fn table(&self) -> String {
        format!("list {}", self.at + 1)
    }

    /// The join of rows with the list, each value of it once.
    ///
    /// Where the planner expects few rows it would compare each of them with the whole
    /// list, however long. It cannot for a FULL JOIN, which is hashed or merged; `WHERE`
    /// then leaves out what the list alone has: NULL is joined with nothing.
    pub(super) fn join(&self, w: &mut Writer<'a>) {
        let (value, place, table) = (self.value(), self.place(), self.table());
        w.sql(" FULL JOIN (SELECT ").ident(&value).sql(", min(").ident(&place).sql(") AS ").ident(&place);
        // From the second argument, which is never asked for, comes the type of the first,
        // and with it the collation. As they are sorted, since rows that were made one are given
        // out so, and the values of a list are each one of their own.
        w.sql(" FROM unnest(COALESCE(").param(self.list).sql(", (SELECT ARRAY[");
        w.dialect().operand(w, self.field, Use::Order);
        w.sql("] FROM ").table(self.schema).sql(" LIMIT 0))) WITH ORDINALITY AS \"list\" (");
        w.ident(&value).sql(", ").ident(&place).sql(") GROUP BY ").ident(&value).sql(") AS ").ident(&table);
        w.sql(" ON ");
        w.dialect().operand(w, self.field, Use::Order);
        w.sql(" = ").ident(&table).sql(".").ident(&value);
    }

    /// Whether it is a row that was joined with the list, and not a value alone.
    pub(super) fn is_row(&self, w: &mut Writer<'a>) {
        w.sql("(").ident(self.field.column).sql(" IS NOT NULL OR ");
        w.ident(&self.table()).sql(".").ident(&self.place()).sql(" IS NULL)");
    }

    /// The place in the list that was joined with, counted from 1.
    pub(super) fn joined_place(&self, w: &mut Writer<'a>) {
        let null = match self.list {
            Value::List(values) => values.iter().position(Value::is_null),
            _ => None,
        };
        if let Some(at) = null {
            let place = Value::I64(i64::try_from(at + 1).unwrap_or(i64::MAX));
            w.sql("CASE WHEN ")
                .ident(self.field.column)
                .sql(" IS NULL THEN ")
                .param_owned(place)
                .sql(" ELSE ");
        }
        w.ident(&self.table()).sql(".").ident(&self.place());
        if null.is_some() {
            w.sql(" END");
        }
    }
}
