//! What SQLite says otherwise than the standard.

use std::fmt::Write;

use prom_core::query::{Aggregate, Compare, Match, Part};
use prom_core::schema::{FieldDef, KeyDef};
use prom_core::sql::{
    Columns, Dialect, KnownColumns, ListOrder, Use, Writer, aggregate_function, like_pattern, operator,
    standard_literal,
};
use prom_core::{Error, Kind, Result, Type, Value};

use crate::function::{self, ADD_F32, ADD_F64, MEAN, SUM};
use crate::note::{Note, Reals};
use crate::spelling::{Spelled, Spellings, spellings};
use crate::value::write_timestamp;

/// SQLite's SQL.
#[derive(Debug, Clone)]
pub(crate) struct Sqlite {
    /// What the tables' columns are.
    pub(crate) columns: KnownColumns<Note>,
}

impl Sqlite {
    /// For columns as prom makes them, and for statements about none.
    pub(crate) const PLAIN: &'static Self = &Self { columns: KnownColumns::NONE };

    /// For columns as they are known now.
    pub(crate) fn of(columns: &Columns<Note>) -> Self {
        Self { columns: columns.known() }
    }

    /// What is known of the column of `field`, if it holds several spellings.
    pub(crate) fn mixed(&self, field: &FieldDef) -> Option<(Spelled, &Note)> {
        let spelled = Spelled::of(field)?;
        let note = self.columns.of(field).filter(|note| note.spellings != Spellings::Own)?;
        Some((spelled, note))
    }

    /// Whether `field` is looked for among the listed spellings of a value, which an
    /// index finds.
    fn is_listed(&self, field: &FieldDef) -> bool {
        self.mixed(field).is_some_and(|(_, note)| note.spellings == Spellings::Listed)
    }
}

/// Every listed spelling of the values of a list.
fn spelled(list: &Value) -> Value {
    match list {
        Value::List(list) => Value::List(list.iter().flat_map(spellings).collect()),
        value => Value::List(spellings(value).into()),
    }
}

impl Sqlite {
    fn among_list<'a>(&self, w: &mut Writer<'a>, field: &FieldDef, among: &'static str, list: &'a Value) {
        if self.is_listed(field) {
            w.ident(field.column).sql(among).param_owned(spelled(list)).sql(")");
            return;
        }
        self.operand(w, field, Use::Equal);
        w.sql(among).param(list).sql(")");
    }
}

impl Spelled {
    /// The function that brings its values to prom's spelling.
    fn function(self) -> &'static str {
        match self {
            Self::Instant => function::INSTANT,
            #[cfg(feature = "uuid")]
            Self::Uuid => function::UUID,
            Self::Single => function::SINGLE,
        }
    }
}

impl Dialect for Sqlite {
    fn placeholder(&self, text: &mut String, number: usize) {
        write!(text, "?{number}").expect("writing to a String cannot fail");
    }

    // <https://www.sqlite.org/limits.html#max_variable_number>
    fn most_parameters(&self) -> usize {
        32_766
    }

    // Python's prom picks its converters by these words.
    fn column_type(&self, field: &FieldDef) -> Result<&'static str> {
        Ok(match field.ty {
            Type::Bool => "BOOL",
            Type::I16 | Type::I32 | Type::I64 => "INTEGER",
            Type::F32 | Type::F64 => "REAL",
            Type::Text | Type::Uuid => "TEXT",
            Type::Bytes => "BLOB",
            Type::Timestamp => "TIMESTAMP",
            Type::Date => "DATE",
            _ => {
                return Err(Error::new(
                    Kind::Unsupported,
                    format!("sqlite has no column for the type of `{}`", field.name),
                ));
            }
        })
    }

    // Without AUTOINCREMENT, the key of a deleted row would be used again.
    // <https://www.sqlite.org/autoinc.html>
    fn primary_key(&self, field: &FieldDef) -> &'static str {
        match field.key {
            Some(KeyDef::Generated) => " PRIMARY KEY AUTOINCREMENT",
            _ => " PRIMARY KEY",
        }
    }

    fn ignore_case(&self) -> &'static str {
        "COLLATE NOCASE"
    }

    // SQLite has no ALL; a negative limit means none.
    // <https://www.sqlite.org/lang_select.html#limitoffset>
    fn no_limit(&self) -> &'static str {
        "-1"
    }

    // A column that holds several spellings is compared in prom's.
    fn operand(&self, w: &mut Writer<'_>, field: &FieldDef, usage: Use) {
        let is_read = usage == Use::Output && !w.compares_outputs();
        let Some((spelled, note)) = self.mixed(field).filter(|_| !is_read) else {
            w.ident(field.column);
            return;
        };
        w.sql(spelled.function()).ident(field.column);
        if spelled == Spelled::Instant && note.reals == Reals::Refused {
            w.sql(", ").literal(&Value::Text(field.name.to_owned()));
        }
        w.sql(")");
        if usage == Use::Output {
            w.sql(" AS ").ident(field.column);
        }
    }

    fn compare<'a>(&self, w: &mut Writer<'a>, field: &FieldDef, compare: Compare, value: &'a Value) {
        if !compare.is_order() && self.is_listed(field) {
            w.ident(field.column).sql(if compare == Compare::Eq { " IN" } else { " NOT IN" });
            w.sql(" rarray(").param_owned(spelled(value)).sql(")");
            return;
        }
        self.operand(w, field, Use::of(compare));
        w.sql(operator(compare)).param(value);
    }

    fn is_in<'a>(&self, w: &mut Writer<'a>, field: &FieldDef, list: &'a Value) {
        self.among_list(w, field, " IN rarray(", list);
    }

    fn not_in<'a>(&self, w: &mut Writer<'a>, field: &FieldDef, list: &'a Value) {
        self.among_list(w, field, " NOT IN rarray(", list);
    }

    // What column it is about is not known: every listed spelling is looked for.
    fn among<'a>(&self, w: &mut Writer<'a>, list: &'a Value, is_in: bool) {
        w.sql(if is_in { "IN" } else { "NOT IN" }).sql(" (SELECT value FROM rarray(");
        match list {
            Value::List(items) if items.iter().any(|item| matches!(item, Value::Timestamp(_))) => {
                w.param_owned(spelled(list));
            }
            _ => {
                w.param(list);
            }
        }
        w.sql("))");
    }

    fn joins_lists(&self) -> bool {
        false
    }

    // The list is made a table once, with an index that is built for it. `+` takes the affinity
    // from the column, without which there is no such index, and leaves the collation; IS finds
    // NULL.
    // <https://www.sqlite.org/optoverview.html#automatic_query_time_indexes>
    fn place_in<'a>(&self, w: &mut Writer<'a>, order: &ListOrder<'a>) {
        let (value, place) = (order.value(), order.place());
        w.sql("(WITH \"list\" (").ident(&value).sql(", ").ident(&place);
        w.sql(") AS MATERIALIZED (SELECT value, rowid FROM rarray(").param(order.list);
        w.sql(")) SELECT min(").ident(&place).sql(") FROM \"list\" WHERE +");
        self.operand(w, order.field, Use::Equal);
        w.sql(" IS ").ident(&value).sql(")");
    }

    // <https://www.sqlite.org/foreignkeys.html#fk_schemacommands>
    fn refers_ahead(&self) -> bool {
        true
    }

    // What a pragma tells stands in tables too, and what it sets is an option of the DSN.
    // <https://www.sqlite.org/pragma.html#pragfunc>
    fn refusal(&self, word: &str, gives: bool) -> Option<&'static str> {
        match word {
            "ATTACH" | "DETACH" => Some(
                "another file would be there for the connection's next user: configure a connection to it",
            ),
            "PRAGMA" if gives => Some(
                "it would set what the connection's next user gets: say it in the DSN; to ask, select from \
                 `pragma_..('..')`",
            ),
            _ => None,
        }
    }

    // SQLite's LIKE never tells ASCII letters of different case apart, GLOB always does.
    // <https://www.sqlite.org/lang_expr.html#like>
    fn matches<'a>(&self, w: &mut Writer<'a>, field: &FieldDef, how: Match, text: &'a Value) -> Result<()> {
        let Value::Text(text) = text else {
            return Err(Error::new(Kind::Invalid, "only text is matched with text"));
        };
        let pattern = match field.ignore_case {
            true => like_pattern(how, text),
            false => glob(how, text),
        };
        if pattern.len() > LONGEST_PATTERN {
            return long_match(w, field, how, text);
        }
        w.ident(field.column);
        if field.ignore_case {
            w.sql(" LIKE ").param_owned(Value::Text(pattern)).sql(" ESCAPE '\\'");
        } else {
            w.sql(" GLOB ").param_owned(Value::Text(pattern));
        }
        Ok(())
    }

    // <https://www.sqlite.org/lang_datefunc.html>
    fn part(&self, w: &mut Writer<'_>, field: &FieldDef, part: Part) -> Result<()> {
        let format = match part {
            Part::Year => "'%Y'",
            Part::Month => "'%m'",
            Part::Day => "'%d'",
            Part::Hour => "'%H'",
            Part::Minute => "'%M'",
            Part::Second => "'%S'",
            Part::Weekday => "'%w'",
            Part::Week => "'%V'",
            Part::YearDay => "'%j'",
            _ => {
                return Err(Error::new(Kind::Unsupported, format!("sqlite takes no {part:?} out of a time")));
            }
        };
        w.sql("CAST(strftime(").sql(format).sql(", ");
        self.operand(w, field, Use::Order);
        w.sql(") AS INTEGER)");
        Ok(())
    }

    // SQLite's own sum gives up where one on the way is outside of 64 bits, and its mean has the
    // digits that such a sum has lost.
    // <https://www.sqlite.org/lang_aggfunc.html#sumunc>
    fn aggregate(&self, w: &mut Writer<'_>, aggregate: Aggregate, field: &FieldDef) {
        let is_wide = field.whole_range() == Some((i64::MIN, i64::MAX));
        w.sql(match aggregate {
            Aggregate::Sum if is_wide => SUM,
            Aggregate::Avg if is_wide => MEAN,
            _ => aggregate_function(aggregate),
        });
        w.sql("(");
        self.operand(w, field, Use::Order);
        w.sql(")");
    }

    // Past 64 bits SQLite would go on with a floating-point number, and lose digits. `abs` of the
    // least integer is what it calls an integer overflow.
    fn add<'a>(&self, w: &mut Writer<'a>, field: &FieldDef, number: &'a Value) {
        let sum = |w: &mut Writer<'a>| {
            w.ident(field.column).sql(" + ").param(number);
        };
        let Some(range) = field.whole_range() else {
            w.sql(if field.ty == Type::F32 { ADD_F32 } else { ADD_F64 });
            w.sql("(").ident(field.column).sql(", ").param(number).sql(")");
            return;
        };
        w.sql("CASE WHEN typeof(");
        sum(w);
        w.sql(") = 'real' OR ");
        sum(w);
        w.sql(" NOT BETWEEN ").param_owned(Value::I64(range.0)).sql(" AND ").param_owned(Value::I64(range.1));
        w.sql(" THEN abs(-9223372036854775808) ELSE ");
        sum(w);
        w.sql(" END");
    }

    fn literal(&self, text: &mut String, value: &Value) {
        match value {
            // Python's prom reads a BOOL column as an integer.
            Value::Bool(it) => text.push(if *it { '1' } else { '0' }),
            Value::Timestamp(it) => {
                text.push('\'');
                write_timestamp(text, *it);
                text.push('\'');
            }
            Value::F64(it) if it.is_infinite() => {
                text.push_str(if *it > 0.0 { "9e999" } else { "-9e999" });
            }
            it => standard_literal(text, it),
        }
    }
}

/// How many bytes a pattern has at most.
///
/// <https://www.sqlite.org/limits.html#max_like_pattern_length>
const LONGEST_PATTERN: usize = 50_000;

/// Whether `field` has a text that makes too long a pattern, letter by letter as GLOB has
/// it, or without the case of ASCII letters as LIKE has it.
fn long_match<'a>(w: &mut Writer<'a>, field: &FieldDef, how: Match, text: &'a str) -> Result<()> {
    let folded = |w: &mut Writer<'a>| {
        if field.ignore_case {
            w.sql("lower(").ident(field.column).sql(")");
        } else {
            w.ident(field.column);
        }
    };
    let length = Value::I64(i64::try_from(text.chars().count()).unwrap_or(i64::MAX));
    let text = Value::Text(if field.ignore_case { text.to_ascii_lowercase() } else { text.to_owned() });
    match how {
        Match::Contains => {
            w.sql("instr(");
            folded(w);
            w.sql(", ").param_owned(text).sql(") > 0");
        }
        Match::StartsWith => {
            w.sql("substr(");
            folded(w);
            w.sql(", 1, ").param_owned(length).sql(") = ").param_owned(text);
        }
        Match::EndsWith => {
            w.sql("substr(");
            folded(w);
            w.sql(", -").param_owned(length).sql(") = ").param_owned(text);
        }
        // A query takes no pattern that comes to this.
        Match::Like => return Err(Error::new(Kind::Invalid, "the pattern is too long for sqlite")),
    }
    Ok(())
}

/// A text to look for as a pattern for GLOB, which escapes by brackets.
fn glob(how: Match, text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    if matches!(how, Match::EndsWith | Match::Contains) {
        pattern.push('*');
    }
    let mut chars = text.chars();
    while let Some(it) = chars.next() {
        match it {
            '%' if how == Match::Like => pattern.push('*'),
            '_' if how == Match::Like => pattern.push('?'),
            '\\' if how == Match::Like => chars.next().into_iter().for_each(|it| literally(&mut pattern, it)),
            it => literally(&mut pattern, it),
        }
    }
    if matches!(how, Match::StartsWith | Match::Contains) {
        pattern.push('*');
    }
    pattern
}

fn literally(pattern: &mut String, it: char) {
    match it {
        '*' | '?' | '[' => pattern.extend(['[', it, ']']),
        it => pattern.push(it),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_in_a_text_are_taken_as_they_are() {
        assert_eq!(glob(Match::StartsWith, "50%*"), "50%[*]*");
        assert_eq!(glob(Match::Contains, "[a]?"), "*[[]a][?]*");
        assert_eq!(glob(Match::EndsWith, "a_b"), "*a_b");
    }

    #[test]
    fn a_like_pattern_becomes_a_glob() {
        assert_eq!(glob(Match::Like, "a%b_c"), "a*b?c");
        assert_eq!(glob(Match::Like, "50\\%*"), "50%[*]");
    }
}
