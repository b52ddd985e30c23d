//! What SQL databases disagree about. The defaults follow the standard, so that
//! a dialect lists its departures.

use std::fmt::Write;

use super::{ListOrder, Writer};
use crate::query::{Aggregate, Compare, Match, Part};
use crate::schema::{FieldDef, Schema};
use crate::{Result, Value};

/// What a statement needs a field for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// To give it out.
    Output,
    /// To find rows that are equal in it, or are not.
    Equal,
    /// To find rows by its order, to sort by it, or for its least or greatest.
    Order,
    /// To make one of the rows that are alike in it.
    Group,
}

/// What SQL databases disagree about.
pub trait Dialect: Send + Sync {
    /// The placeholder of the parameter `number`, counted from 1.
    fn placeholder(&self, text: &mut String, number: usize);

    /// How many parameters a statement has at most.
    fn most_parameters(&self) -> usize {
        usize::MAX
    }

    /// The column type of `field`, with what makes a generated key.
    ///
    /// # Errors
    ///
    /// [`Kind::Unsupported`](crate::Kind) for a type that the database has no column for.
    fn column_type(&self, field: &FieldDef) -> Result<&'static str>;

    /// What stands behind the type of a primary key.
    fn primary_key(&self, field: &FieldDef) -> &'static str {
        let _ = field;
        " PRIMARY KEY"
    }

    /// What makes a column ignore letter case.
    fn ignore_case(&self) -> &'static str;

    /// What makes a column sort and compare text as `field` wants it, behind its type;
    /// nothing where it does so anyway.
    fn collation(&self, w: &mut Writer<'_>, field: &FieldDef) {
        if field.ignore_case {
            w.sql(" ").sql(self.ignore_case());
        }
    }

    /// The limit that is none, where an offset needs one before it.
    fn no_limit(&self) -> &'static str {
        "ALL"
    }

    /// The value of `field`, for that use of it.
    fn operand(&self, w: &mut Writer<'_>, field: &FieldDef, usage: Use) {
        let _ = usage;
        w.ident(field.column);
    }

    /// The value of `field`, to be compared with the rows of a query that gives `other`, if
    /// that is a field. The order and the equality are those of `field`.
    fn operand_beside(&self, w: &mut Writer<'_>, field: &FieldDef, usage: Use, other: Option<&FieldDef>) {
        let _ = other;
        self.operand(w, field, usage);
    }

    /// The collation of `first`, where that of `second` is another and the database does
    /// not by itself take that of the first of two queries whose rows become one.
    fn common_collation(&self, first: &FieldDef, second: &FieldDef) -> Option<&'static str> {
        let _ = (first, second);
        None
    }

    /// Whether `field` compares so with `value`, which is not NULL.
    fn compare<'a>(&self, w: &mut Writer<'a>, field: &FieldDef, compare: Compare, value: &'a Value) {
        self.operand(w, field, Use::of(compare));
        w.sql(operator(compare)).param(value);
    }

    /// Whether `field` is one of a list, given as one parameter.
    fn is_in<'a>(&self, w: &mut Writer<'a>, field: &FieldDef, list: &'a Value);

    /// Whether `field` is none of a list, given as one parameter.
    fn not_in<'a>(&self, w: &mut Writer<'a>, field: &FieldDef, list: &'a Value);

    /// The same in a statement of the user's own, behind what may be one of the
    /// list: in the place of `IN (:list)`, or of `NOT IN (:list)` unless `is_in`.
    fn among<'a>(&self, w: &mut Writer<'a>, list: &'a Value, is_in: bool);

    /// Whether rows that are sorted by a list are joined with it.
    fn joins_lists(&self) -> bool {
        true
    }

    /// The place of a row in a list, or NULL where the list has it not. Behind a join with
    /// the list it is a column of that; a dialect that joins none writes an expression,
    /// which must take about as long for a long list as for a short one.
    fn place_in<'a>(&self, w: &mut Writer<'a>, order: &ListOrder<'a>) {
        order.joined_place(w);
    }

    /// What the values of `field` come to.
    fn aggregate(&self, w: &mut Writer<'_>, aggregate: Aggregate, field: &FieldDef) {
        w.sql(aggregate_function(aggregate)).sql("(");
        self.operand(w, field, Use::Order);
        w.sql(")");
    }

    /// Whether an insert gives the keys that the database made as rows.
    fn returns_keys(&self) -> bool {
        false
    }

    /// What an insert gives, behind the word `before`, to make the database count
    /// on from a `key` that was given; nothing where it does so by itself.
    fn count_on(&self, w: &mut Writer<'_>, before: &'static str, schema: &Schema, key: &FieldDef) {
        let _ = (w, before, schema, key);
    }

    /// The condition, behind the word `before`, that a row in the way of an upsert holds a
    /// value of `field` that can be decoded: the others then stay as they are. `None` where
    /// there is none, since the backend undoes the statement.
    fn only_decodable(
        &self,
        w: &mut Writer<'_>,
        before: &'static str,
        schema: &Schema,
        field: &FieldDef,
    ) -> Option<()> {
        let _ = (w, before, schema, field);
        None
    }

    /// Whether a table may refer to one that is not there yet.
    fn refers_ahead(&self) -> bool {
        false
    }

    /// What stands before the name of a column that is added, to leave one that is
    /// there alone.
    fn unless_there(&self) -> &'static str {
        ""
    }

    /// Whether tables and columns take comments.
    fn has_comments(&self) -> bool {
        false
    }

    /// Why a statement of the user's own may not begin with `word`, in capitals:
    /// it would change the connection for its next user. `gives` says whether
    /// there is a `=` or a `(` in it. The words of transactions, SET and RESET
    /// are refused everywhere.
    fn refusal(&self, word: &str, gives: bool) -> Option<&'static str> {
        let _ = (word, gives);
        None
    }

    /// Whether a text matches another.
    ///
    /// # Errors
    ///
    /// [`Kind::Unsupported`](crate::Kind) for a pattern that the database cannot say.
    fn matches<'a>(&self, w: &mut Writer<'a>, field: &FieldDef, how: Match, text: &'a Value) -> Result<()>;

    /// A part of `field`, as a whole number.
    ///
    /// # Errors
    ///
    /// [`Kind::Unsupported`](crate::Kind) for a part that the database cannot
    /// take out.
    fn part(&self, w: &mut Writer<'_>, field: &FieldDef, part: Part) -> Result<()>;

    /// `field` and `number` more; an error where that leaves the field's range.
    fn add<'a>(&self, w: &mut Writer<'a>, field: &FieldDef, number: &'a Value) {
        w.ident(field.column).sql(" + ").param(number);
    }

    /// What makes a value of `field` of what a query gives, behind the query; nothing where the
    /// database does so by itself. `other` is the field that the query gives, if it is one.
    fn convert_assigned(&self, w: &mut Writer<'_>, field: &FieldDef, other: Option<&FieldDef>) {
        let _ = (w, field, other);
    }

    /// A constant as a literal.
    fn literal(&self, text: &mut String, value: &Value) {
        standard_literal(text, value);
    }
}

impl Use {
    /// That of such a comparison.
    pub fn of(compare: Compare) -> Self {
        if compare.is_order() { Self::Order } else { Self::Equal }
    }
}

/// A constant as a literal of the standard's.
pub fn standard_literal(text: &mut String, value: &Value) {
    match value {
        Value::Bool(true) => text.push_str("TRUE"),
        Value::Bool(false) => text.push_str("FALSE"),
        Value::I64(it) => push(text, format_args!("{it}")),
        Value::F64(it) => push(text, format_args!("{it:e}")),
        Value::Text(it) => push(text, format_args!("'{}'", it.replace('\'', "''"))),
        Value::Timestamp(it) => push(text, format_args!("'{it}'")),
        Value::Date(it) => push(text, format_args!("'{it}'")),
        #[cfg(feature = "uuid")]
        Value::Uuid(it) => push(text, format_args!("'{it}'")),
        Value::Bytes(it) => {
            text.push_str("X'");
            it.iter().for_each(|it| push(text, format_args!("{it:02x}")));
            text.push('\'');
        }
        Value::Row(row) => standard_literal(text, &row.key),
        Value::Null | Value::List(_) | Value::Other(_) => text.push_str("NULL"),
    }
}

fn push(text: &mut String, it: std::fmt::Arguments<'_>) {
    text.write_fmt(it).expect("writing to a String cannot fail");
}

/// The function of an aggregate.
pub fn aggregate_function(aggregate: Aggregate) -> &'static str {
    match aggregate {
        Aggregate::Sum => "sum",
        Aggregate::Avg => "avg",
        Aggregate::Min => "min",
        Aggregate::Max => "max",
    }
}

/// The operator of a comparison, with a space on either side.
pub fn operator(compare: Compare) -> &'static str {
    match compare {
        Compare::Eq => " = ",
        Compare::Ne => " <> ",
        Compare::Gt => " > ",
        Compare::Gte => " >= ",
        Compare::Lt => " < ",
        Compare::Lte => " <= ",
    }
}
