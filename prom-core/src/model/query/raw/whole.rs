//! What a query comes to: whether it makes sense as a whole, and for whom.

use super::RawQuery;
use crate::model::query::tie_break::settle;
use crate::query::{Assign, Column, Delete, Filter, Output, Select, Sort, Update};
use crate::registry::Executor;
use crate::schema::{FieldDef, Role};
use crate::{Error, Field, Kind, Result, Value};

impl RawQuery {
    /// The connection to ask and what to ask it.
    pub(in crate::model) fn into_select(mut self) -> Result<(Executor, Select)> {
        // Who reads rows has taken it; a count and the like decode none.
        self.skip = None;
        let home = self.home();
        // What is wrong with the query itself is said first.
        let select = self.checked()?;
        Ok((home?, select))
    }

    /// What to ask, where the connection is known.
    pub(in crate::model) fn into_bare(self) -> Result<Select> {
        self.checked()
    }

    /// As a query within another, which gives one column.
    pub(in crate::model::query) fn into_subquery(self) -> Result<Select> {
        let schema = self.select.schema;
        let select = self.checked()?;
        match &select.output {
            Output::Columns(columns) if columns.len() == 1 => Ok(select),
            _ => Err(Error::new(
                Kind::Invalid,
                format!("the query of `{}` within another must select one column", schema.model()),
            )),
        }
    }

    pub(in crate::model::query) fn check_or(&mut self) {
        if self.pending_or {
            self.invalid(
                "`or()` joins the condition before it and the one after it, and there is none after it",
            );
        }
    }

    pub(in crate::model::query) fn checked(mut self) -> Result<Select> {
        self.check_or();
        if !self.set.is_empty() {
            self.invalid("`set_..` and `incr_..` are for `update()`, and not for reading rows");
        }
        self.check_skips_nothing();
        self.check_page();
        let has_list = self.select.sort.iter().any(|sort| matches!(sort, Sort::List(..)));
        self.drop_empty_lists();
        self.place_cursor();
        self.check_outputs();
        if has_list || !self.select.bounds.is_all() {
            settle(&mut self.select);
        }
        match self.mistake {
            Some(error) => Err(error),
            None => Ok(self.select),
        }
    }

    pub(in crate::model::query) fn check_skips_nothing(&mut self) {
        if self.skip.is_some() {
            self.invalid(
                "`skip_undecodable(..)` is for the query whose rows are read, and not for one within another, nor \
                 for a change: a change that gives a row that cannot be decoded is undone",
            );
        }
    }

    pub(in crate::model::query) fn check_page(&mut self) {
        let Some(page) = self.page else { return };
        match self.select.bounds.limit {
            Some(limit) => self.select.bounds.offset = page.saturating_sub(1).saturating_mul(limit),
            None => self.invalid("`page(n)` needs a `limit(..)`, which says how long a page is"),
        }
    }

    /// To an empty list all rows are alike.
    fn drop_empty_lists(&mut self) {
        let is_empty = |list: &Value| matches!(list, Value::List(values) if values.is_empty());
        self.select.sort.retain(|sort| !matches!(sort, Sort::List(_, list) if is_empty(list)));
    }

    pub(in crate::model::query) fn check_outputs(&mut self) {
        let select = &self.select;
        let is_grouped = |field: &FieldDef| select.group.iter().any(|it| std::ptr::eq(*it, field));
        let Output::Columns(columns) = &select.output else { return };
        let has_aggregates = columns.iter().any(|it| !matches!(it, Column::Field(_)));
        if select.combined.is_none() && (has_aggregates || !select.group.is_empty()) {
            let lone = columns.iter().find_map(|it| match it {
                Column::Field(field) if !is_grouped(field) => Some(field.name),
                _ => None,
            });
            if let Some(name) = lone {
                self.invalid(format!(
                    "`{name}` is selected beside what a group comes to, and it is not grouped by: say `group_by_{name}()`"
                ));
                return;
            }
        }
        // Where rows are groups, or become one, only what is selected has one value.
        let is_selected = |field: &FieldDef| {
            columns.iter().any(|it| matches!(it, Column::Field(it) if std::ptr::eq(*it, field)))
        };
        if select.combined.is_some() {
            let mut asked = Vec::new();
            select.filter.iter().for_each(|filter| filter.visit_fields(&mut |field| asked.push(field)));
            if let Some(name) = asked.iter().find(|field| !is_selected(field)).map(|field| field.name) {
                self.invalid(format!(
                    "a combined query is asked about `{name}`, which its parts do not select"
                ));
                return;
            }
            asked.extend(select.sort.iter().filter_map(|sort| match sort {
                Sort::Field(field, _) | Sort::List(field, _) => Some(*field),
                Sort::Output(..) => None,
            }));
            let is_column = |column: &Column, field: &FieldDef| matches!(column, Column::Field(it) if std::ptr::eq(*it, field));
            let is_twice =
                |field: &FieldDef| columns.iter().filter(|column| is_column(column, field)).count() > 1;
            if let Some(name) = asked.iter().find(|field| is_twice(field)).map(|field| field.name) {
                self.invalid(format!(
                    "a combined query is asked about `{name}`, or sorted by it, and its parts select it twice"
                ));
                return;
            }
        }
        if select.distinct || select.combined.is_some() || has_aggregates || !select.group.is_empty() {
            let lone = select.sort.iter().find_map(|it| match it {
                Sort::Field(field, _) | Sort::List(field, _) if !is_selected(field) => Some(field.name),
                _ => None,
            });
            if let Some(name) = lone {
                self.invalid(format!("it is sorted by `{name}`, which is not selected"));
            }
        }
    }

    pub(in crate::model) fn into_update(mut self, all: bool) -> Result<(Executor, Update)> {
        let schema = self.select.schema;
        if self.set.is_empty() {
            self.invalid("`update()` needs a `set_..` or an `incr_..`");
        }
        // Rows that are changed are changed now, unless the stamp itself is set.
        if let Some(at) = schema.position(Role::Updated) {
            let stamp = &schema.fields()[at];
            if !self.set.iter().any(|(it, _)| std::ptr::eq(*it, stamp)) {
                self.set.push((stamp, Assign::To(crate::field::now().to_value())));
            }
        }
        let set = std::mem::take(&mut self.set);
        let (executor, filter) = self.into_change("update", all)?;
        Ok((executor, Update::new(schema, set, filter)))
    }

    pub(in crate::model) fn into_delete(mut self, all: bool) -> Result<(Executor, Delete)> {
        if !self.set.is_empty() {
            self.invalid("`set_..` and `incr_..` are for `update()`, and not for deleting rows");
        }
        let schema = self.select.schema;
        let (executor, filter) = self.into_change("delete", all)?;
        Ok((executor, Delete::new(schema, filter)))
    }

    pub(in crate::model::query) fn into_change(
        mut self,
        word: &str,
        all: bool,
    ) -> Result<(Executor, Vec<Filter>)> {
        self.check_or();
        self.check_skips_nothing();
        let select = &self.select;
        let is_bare = select.is_plain() && select.sort.is_empty() && select.bounds.is_all();
        if !is_bare || self.page.is_some() || self.after.is_some() {
            self.invalid(format!(
                "`{word}()` takes conditions alone: no order, no bounds, no selection; \
                 narrow it by key, as in `in_id(query.select_id())`"
            ));
        } else if select.filter.iter().all(Filter::is_met_by_all) && !all {
            self.invalid(format!(
                "`{word}()` without a condition that leaves out any row would {word} every row: say `{word}_all()` for that"
            ));
        }
        match self.mistake {
            Some(error) => Err(error),
            None => Ok((self.home()?, self.select.filter)),
        }
    }
}
