//! Order, bounds and outputs, and several queries as one.

use super::RawQuery;
use crate::model::Operands;
use crate::query::{Aggregate, Column, Combine, Combined, Direction, Output, Select, Sort};
use crate::schema::{Comparand, FieldDef};
use crate::{Result, Value};

impl RawQuery {
    /// Sorts by `field`.
    #[doc(hidden)]
    #[inline(never)]
    pub fn sort(&mut self, field: &'static FieldDef, direction: Direction) {
        self.select.sort.push(Sort::Field(field, direction));
    }

    /// Sorts by the place in a list.
    #[doc(hidden)]
    #[inline(never)]
    pub fn sort_list(&mut self, field: &'static FieldDef, values: Operands) {
        let values = match values {
            Operands::Rows(values, rows) => {
                self.rows.add_all(rows);
                values
            }
            Operands::Values(values) => values,
            Operands::Query(_) | Operands::Part(_) => return,
        };
        self.sort_held(field, values.into_iter().map(|value| Comparand::of(field, value)));
    }

    /// Sorts by the place in a list; what no row can hold has none.
    pub(in crate::model::query) fn sort_held(
        &mut self,
        field: &'static FieldDef,
        values: impl Iterator<Item = Comparand>,
    ) {
        let values: Vec<Value> = values.filter_map(Comparand::held).collect();
        if !values.is_empty() {
            self.select.sort.push(Sort::List(field, values));
        }
    }

    pub(in crate::model::query) fn sort_selected(&mut self, direction: Direction) {
        match &self.select.output {
            Output::Columns(columns) => {
                let last = columns.len() - 1;
                self.select.sort.push(Sort::Output(last, direction));
            }
            Output::Rows => self.invalid("nothing was selected yet that it could be sorted by"),
        }
    }

    /// Selects a column.
    #[doc(hidden)]
    #[inline(never)]
    pub fn column(&mut self, column: Column) {
        if let Column::Aggregate(Aggregate::Min | Aggregate::Max, field) = column
            && !self.has_order(field)
        {
            return;
        }
        if self.select.combined.is_some() {
            self.invalid("columns are selected before queries are combined");
        }
        match &mut self.select.output {
            Output::Columns(columns) => columns.push(column),
            rows @ Output::Rows => *rows = Output::Columns(vec![column]),
        }
    }

    /// Makes one group of the rows that are alike in `field`, and selects it.
    #[doc(hidden)]
    #[inline(never)]
    pub fn group_by(&mut self, field: &'static FieldDef) {
        self.select.group.push(field);
        self.column(Column::Field(field));
    }

    /// The rows of this query and of another, combined.
    pub(in crate::model::query) fn combine(&mut self, how: Combine, other: Self) {
        self.take_note(&other);
        let output = self.select.output.clone();
        let schema = self.select.schema;
        let first = std::mem::replace(&mut self.select, Select::new(schema));
        let (first, second) = match (self.member(first), other.into_member()) {
            (Ok(first), Ok(second)) => (first, second),
            (Err(error), _) | (_, Err(error)) => return self.mistake(error),
        };
        self.select.output = output;
        self.select.combined = Some(Box::new(Combined::new(how, first, second)));
    }

    pub(in crate::model::query) fn member(&mut self, select: Select) -> Result<Select> {
        let mut member = Self::of(select);
        member.page = self.page.take();
        member.after = self.after.take();
        member.pending_or = std::mem::take(&mut self.pending_or);
        member.into_member()
    }

    pub(in crate::model::query) fn into_member(self) -> Result<Select> {
        self.checked()
    }
}
