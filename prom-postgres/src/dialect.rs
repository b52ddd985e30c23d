//! What PostgreSQL says otherwise than the standard.

use std::fmt::Write;

use prom_core::query::{Aggregate, Match, Part};
use prom_core::schema::catalog::TextOrder;
use prom_core::schema::{Choices, FieldDef, KeyDef, Schema};
use prom_core::sql::{
    Dialect, KnownColumns, Use, Writer, aggregate_function, like_pattern, standard_literal,
};
use prom_core::{Error, Kind, Result, Type, Value};

use crate::note::{Note, Text, TextNote};

/// PostgreSQL's SQL.
#[derive(Debug, Clone)]
pub(crate) struct Postgres {
    /// What the tables' columns are.
    pub(crate) columns: KnownColumns<Note>,
    /// How the database sorts text where nothing else is said, for columns that are made.
    order: TextOrder,
}

impl Postgres {
    /// For columns as prom makes them, and for statements about none.
    pub(crate) const PLAIN: &'static Self = &Self::knowing(KnownColumns::NONE);

    /// For columns of which that is known.
    pub(crate) const fn knowing(columns: KnownColumns<Note>) -> Self {
        Self { columns, order: TextOrder::Bytes }
    }

    /// For the columns that are made in a database which sorts text so by itself.
    pub(crate) const fn defining(order: TextOrder) -> Self {
        Self { columns: KnownColumns::NONE, order }
    }

    /// Whether `field` holds instants without a time zone.
    fn has_no_zone(&self, field: &FieldDef) -> bool {
        self.columns.of(field).is_some_and(|note| note.has_no_time_zone)
    }

    /// Whether one of two instants has a time zone and the other has none: between the two the
    /// server would convert by the session's.
    fn differ_in_zone(&self, field: &FieldDef, other: &FieldDef) -> bool {
        let are_instants = [field, other].iter().all(|field| field.ty == Type::Timestamp);
        are_instants && self.has_no_zone(field) != self.has_no_zone(other)
    }

    fn text_note(&self, field: &FieldDef) -> Option<&TextNote> {
        match self.columns.of(field)?.text.as_ref()? {
            Text::Otherwise(note) => Some(note),
            Text::Bytes | Text::OwnCase => None,
        }
    }
}

/// The value of `field`, which is as `note` says, compared by that collation.
fn collated(w: &mut Writer<'_>, field: &FieldDef, note: Option<&TextNote>, collation: &str) {
    if note.is_some_and(|note| note.is_cast) {
        w.sql("CAST(").ident(field.column).sql(" AS text)");
    } else {
        w.ident(field.column);
    }
    w.sql(" COLLATE ").ident(collation);
}

/// The collation that compares `field`, if it is text.
fn collation_of(field: &FieldDef) -> Option<&'static str> {
    let field = field.compared_as();
    let collation = field.collate.unwrap_or(BYTES);
    (field.ty == Type::Text).then_some(if field.ignore_case { CASE_INSENSITIVE } else { collation })
}

/// Makes of an instant with a time zone one without, which is that of UTC, and the other way
/// round.
///
/// <https://www.postgresql.org/docs/current/functions-datetime.html#FUNCTIONS-DATETIME-ZONECONVERT>
const IN_UTC: &str = " AT TIME ZONE 'UTC'";

/// The collation that sorts by bytes.
pub(crate) const BYTES: &str = "C";

/// The collation of columns that ignore letter case, as Python's prom calls it.
pub(crate) const CASE_INSENSITIVE: &str = "case_insensitive";

impl Dialect for Postgres {
    fn placeholder(&self, text: &mut String, number: usize) {
        write!(text, "${number}").expect("writing to a String cannot fail");
    }

    // The protocol counts them in 16 bits.
    // <https://www.postgresql.org/docs/current/limits.html>
    fn most_parameters(&self) -> usize {
        65_535
    }

    fn column_type(&self, field: &FieldDef) -> Result<&'static str> {
        // Not an identity: Python's prom gives a key of its own to a row now and then.
        if field.key == Some(KeyDef::Generated) {
            return Ok(match field.ty {
                Type::I16 => "smallserial",
                Type::I32 => "serial",
                _ => "bigserial",
            });
        }
        type_name(field)
    }

    fn ignore_case(&self) -> &'static str {
        "COLLATE \"case_insensitive\""
    }

    // <https://www.postgresql.org/docs/current/collation.html>
    fn collation(&self, w: &mut Writer<'_>, field: &FieldDef) {
        match collation_of(field) {
            None => {}
            Some(BYTES) if field.collate.is_none() && self.order == TextOrder::Bytes => {}
            Some(collation) => {
                w.sql(" COLLATE ").ident(collation);
            }
        }
    }

    // An output too: what is sorted by its number, or by the name that it has in a query around
    // it, is sorted by its collation. Rows that are alike are found by any collation, unless it
    // takes other bytes for equal; and an index serves by that of the column alone.
    fn operand(&self, w: &mut Writer<'_>, field: &FieldDef, usage: Use) {
        let enum_type = self.columns.of(field).and_then(|note| note.enum_type.as_deref());
        match (self.text_note(field), enum_type) {
            (Some(note), _) if note.is_loose || matches!(usage, Use::Order | Use::Output) => {
                collated(w, field, Some(note), note.collation);
            }
            (_, Some(ty)) if usage == Use::Equal => {
                w.sql("CAST(").ident(field.column).sql(" AS ").ty(ty).sql(")");
            }
            _ => {
                w.ident(field.column);
            }
        }
    }

    // Of two collations that no COLLATE asks for the server takes neither.
    fn operand_beside(&self, w: &mut Writer<'_>, field: &FieldDef, usage: Use, other: Option<&FieldDef>) {
        if other.is_some_and(|other| self.differ_in_zone(field, other)) {
            w.sql("(").ident(field.column).sql(IN_UTC).sql(")");
            return;
        }
        let note = self.text_note(field);
        let common = other.and_then(|other| self.common_collation(field, other));
        match common.or(note.map(|note| note.collation)) {
            Some(collation) => collated(w, field, note, collation),
            None => self.operand(w, field, usage),
        }
    }

    fn common_collation(&self, first: &FieldDef, second: &FieldDef) -> Option<&'static str> {
        let (wanted, other) = (collation_of(first)?, collation_of(second)?);
        let has = |field, text| self.columns.of(field).is_some_and(|note| note.text == Some(text));
        let differ = wanted != other || has(first, Text::Bytes) || has(second, Text::Bytes);
        (differ && !has(first, Text::OwnCase)).then_some(wanted)
    }

    // One parameter, so that the text stays the same; the server says what it is an array of.
    fn is_in<'a>(&self, w: &mut Writer<'a>, field: &FieldDef, list: &'a Value) {
        self.operand(w, field, Use::Equal);
        w.sql(" = ANY(").param(list).sql(")");
    }

    fn not_in<'a>(&self, w: &mut Writer<'a>, field: &FieldDef, list: &'a Value) {
        self.operand(w, field, Use::Equal);
        w.sql(" <> ALL(").param(list).sql(")");
    }

    // `IN (SELECT unnest($1))` would leave the server without a type for `$1`.
    fn among<'a>(&self, w: &mut Writer<'a>, list: &'a Value, is_in: bool) {
        w.sql(if is_in { "= ANY(" } else { "<> ALL(" }).param(list).sql(")");
    }

    // The server sums whole numbers as NUMERIC, of which a mean is rounded to decimal digits: it is
    // divided as a floating-point number. It takes the least of a UUID or of bytes only from 18 on,
    // and of a boolean not at all. A sum of floats of 32 bits would have no more than those.
    fn aggregate(&self, w: &mut Writer<'_>, aggregate: Aggregate, field: &FieldDef) {
        let function = aggregate_function(aggregate);
        let cast = |w: &mut Writer<'_>, ty| {
            w.sql("CAST(").sql(function).sql("(").ident(field.column).sql(") AS ").sql(ty).sql(")");
        };
        match (aggregate, field.ty) {
            (Aggregate::Sum, it) if it.is_integer() => cast(w, "bigint"),
            (Aggregate::Sum, Type::F32) => {
                w.sql("sum(CAST(").ident(field.column).sql(" AS double precision))");
            }
            (Aggregate::Avg, it) if it.is_integer() => {
                w.sql("CAST(sum(").ident(field.column).sql(") AS double precision) / count(");
                w.ident(field.column).sql(")");
            }
            (Aggregate::Avg, _) => cast(w, "double precision"),
            (Aggregate::Min | Aggregate::Max, Type::Bool) => {
                w.sql(if aggregate == Aggregate::Min { "bool_and(" } else { "bool_or(" });
                w.ident(field.column).sql(")");
            }
            // Digits sort as the bytes that they stand for.
            (Aggregate::Min | Aggregate::Max, Type::Bytes) => {
                w.sql("decode(").sql(function).sql("(encode(").ident(field.column);
                w.sql(", 'hex') COLLATE \"C\"), 'hex')");
            }
            (Aggregate::Min | Aggregate::Max, Type::Uuid) => {
                w.sql("CAST(").sql(function).sql("(CAST(").ident(field.column);
                w.sql(" AS text) COLLATE \"C\") AS uuid)");
            }
            _ => {
                w.sql(function).sql("(");
                self.operand(w, field, Use::Order);
                w.sql(")");
            }
        }
    }

    fn returns_keys(&self) -> bool {
        true
    }

    // A sequence does not see the keys that it has not made, and would make them again. Not
    // `nextval`: a key that is no news to it leaves no gap.
    // <https://www.postgresql.org/docs/current/functions-sequence.html>
    fn count_on(&self, w: &mut Writer<'_>, before: &'static str, schema: &Schema, key: &FieldDef) {
        let sequence = |w: &mut Writer<'_>| {
            w.sql("pg_get_serial_sequence(").literal(&quoted(schema).into());
            w.sql(", ").literal(&key.column.into()).sql(")");
        };
        w.sql(before).sql("CASE WHEN ").table(schema).sql(".").ident(key.column);
        w.sql(" > COALESCE(pg_sequence_last_value(");
        sequence(w);
        w.sql("), 0) THEN setval(");
        sequence(w);
        w.sql(", ").table(schema).sql(".").ident(key.column).sql(") END");
    }

    // One statement is so one round trip, and yet nothing is done where the row that it gives
    // could not be decoded. Of which type the column is, `fit` has seen to.
    fn only_decodable(
        &self,
        w: &mut Writer<'_>,
        before: &'static str,
        schema: &Schema,
        field: &FieldDef,
    ) -> Option<()> {
        let column = |w: &mut Writer<'_>| {
            w.table(schema).sql(".").ident(field.column);
        };
        let values = values(field);
        if field.nullable && values.is_none() {
            return None;
        }
        w.sql(before);
        if field.nullable {
            w.sql("(");
            column(w);
            w.sql(" IS NULL OR ");
        }
        match values {
            None => {
                column(w);
                w.sql(" IS NOT NULL");
            }
            Some(Values::Names(names)) => {
                // As they are spelt, whatever the collation says; an enumerated type has none.
                w.sql("CAST(");
                column(w);
                w.sql(" AS text) COLLATE \"C\" IN (").list(", ", names, |w, name| {
                    w.literal(&(*name).into());
                });
                w.sql(")");
            }
            Some(Values::Numbers(numbers)) => {
                column(w);
                w.sql(" IN (").list(", ", numbers, |w, (number, _)| {
                    w.literal(&(*number).into());
                });
                w.sql(")");
            }
            Some(Values::Between(first, last)) => {
                column(w);
                w.sql(" BETWEEN ").literal(&first).sql(" AND ").literal(&last);
            }
        }
        if field.nullable {
            w.sql(")");
        }
        Some(())
    }

    fn unless_there(&self) -> &'static str {
        "IF NOT EXISTS "
    }

    fn has_comments(&self) -> bool {
        true
    }

    // <https://www.postgresql.org/docs/current/sql-commands.html>
    fn refusal(&self, word: &str, _: bool) -> Option<&'static str> {
        match word {
            "PREPARE" => Some(
                "it would stay with the connection, and `PREPARE TRANSACTION` would take the transaction from it: \
                 prom prepares what it sends",
            ),
            "DISCARD" | "DEALLOCATE" => {
                Some("it would drop what prom has prepared on the connection, which another may use next")
            }
            "LISTEN" | "UNLISTEN" => Some(
                "what it asks for would come to the connection's next user: listen on a connection of your own",
            ),
            "DECLARE" | "FETCH" | "MOVE" | "CLOSE" => {
                Some("a cursor lives on one connection: `stream()` reads a result in pieces")
            }
            "COPY" => Some("its rows travel beside the statement: `create_many` is as fast"),
            "LOAD" => Some("it would stay with the connection and change what its next user gets"),
            _ => None,
        }
    }

    // A collation that ignores letter case knows no LIKE before 18; ILIKE by Unicode's
    // rules is what it would mean. No ESCAPE: `\` it is.
    // <https://www.postgresql.org/docs/current/collation.html#COLLATION-NONDETERMINISTIC>
    fn matches<'a>(&self, w: &mut Writer<'a>, field: &FieldDef, how: Match, text: &'a Value) -> Result<()> {
        let Value::Text(text) = text else {
            return Err(Error::new(Kind::Invalid, "only text is matched with text"));
        };
        // A reference has the collation of the key that it refers to, and yet is matched
        // letter for letter.
        let key = field.reference.and_then(|it| (it.target)().key());
        match self.text_note(field) {
            Some(note) if note.is_cast || note.is_loose => collated(w, field, Some(note), note.collation),
            _ => {
                w.ident(field.column);
            }
        }
        w.sql(match key {
            _ if field.ignore_case => " COLLATE \"und-x-icu\" ILIKE ",
            Some(it) if it.ignore_case => " COLLATE \"C\" LIKE ",
            _ => " LIKE ",
        });
        w.param_owned(Value::Text(like_pattern(how, text)));
        Ok(())
    }

    // <https://www.postgresql.org/docs/current/functions-datetime.html#FUNCTIONS-DATETIME-EXTRACT>
    fn part(&self, w: &mut Writer<'_>, field: &FieldDef, part: Part) -> Result<()> {
        let name = match part {
            Part::Year => "year",
            Part::Month => "month",
            Part::Day => "day",
            Part::Hour => "hour",
            Part::Minute => "minute",
            Part::Second => "second",
            Part::Weekday => "dow",
            Part::Week => "week",
            Part::YearDay => "doy",
            _ => {
                return Err(Error::new(
                    Kind::Unsupported,
                    format!("postgres takes no {part:?} out of a time"),
                ));
            }
        };
        // The year of `infinity` is no whole number; any other part of it is NULL.
        let is_year = matches!(part, Part::Year);
        if is_year {
            w.sql("CASE WHEN isfinite(").ident(field.column).sql(") THEN ");
        }
        // A cast rounds, and would make a minute of 61 seconds.
        w.sql("CAST(floor(extract(").sql(name).sql(" FROM ").ident(field.column);
        // Without a time zone it is in UTC already.
        let has_zone = field.ty == Type::Timestamp && !self.has_no_zone(field);
        w.sql(if has_zone { IN_UTC } else { "" });
        w.sql(if is_year { ")) AS bigint) END" } else { ")) AS bigint)" });
        Ok(())
    }

    // The server sees to the column's range, but adds what the column itself need not hold. Where the
    // field's range is narrower, what no whole number holds is the way to the same error.
    fn add<'a>(&self, w: &mut Writer<'a>, field: &FieldDef, number: &'a Value) {
        let sum = |w: &mut Writer<'a>| {
            w.ident(field.column).sql(" + ");
            match field.ty {
                Type::I16 | Type::I32 => w.sql("CAST(").param(number).sql(" AS bigint)"),
                _ => w.param(number),
            };
        };
        let of_column = FieldDef::new(field.name, field.ty).whole_range();
        let Some(range) = field.whole_range().filter(|it| Some(*it) != of_column) else { return sum(w) };
        w.sql("CASE WHEN ");
        sum(w);
        w.sql(" NOT BETWEEN ").param_owned(Value::I64(range.0)).sql(" AND ").param_owned(Value::I64(range.1));
        w.sql(" THEN 1e30 ELSE ");
        sum(w);
        w.sql(" END");
    }

    // A query gives an enumerated type as text, of which the server makes none by itself.
    fn convert_assigned(&self, w: &mut Writer<'_>, field: &FieldDef, other: Option<&FieldDef>) {
        if other.is_some_and(|other| self.differ_in_zone(field, other)) {
            w.sql(IN_UTC);
        }
        let ty = self.columns.of(field).and_then(|note| note.ty.as_deref());
        if let (Some(TextNote { is_cast: true, .. }), Some(ty)) = (self.text_note(field), ty) {
            w.sql("::").ty(ty);
        }
    }

    fn literal(&self, text: &mut String, value: &Value) {
        match value {
            // Whatever `standard_conforming_strings` says.
            Value::Text(it) if it.contains('\\') => {
                let escaped = it.replace('\\', r"\\").replace('\'', "''");
                write!(text, "E'{escaped}'").expect("writing to a String cannot fail");
            }
            Value::Bytes(it) => {
                text.push_str(r"E'\\x");
                for byte in it {
                    write!(text, "{byte:02x}").expect("writing to a String cannot fail");
                }
                text.push('\'');
            }
            Value::F64(it) if it.is_infinite() => {
                text.push_str(if *it > 0.0 { "'Infinity'" } else { "'-Infinity'" });
            }
            it => standard_literal(text, it),
        }
    }
}

/// The values that a field can have.
enum Values {
    Names(&'static [&'static str]),
    Numbers(&'static [(i64, &'static str)]),
    Between(Value, Value),
}

/// The values of `field` that can be decoded; `None` for all.
fn values(field: &FieldDef) -> Option<Values> {
    match (field.choices, field.ty, field.whole_range()) {
        (Some(Choices::Text(names)), ..) => Some(Values::Names(names)),
        (Some(Choices::Integer(numbers)), ..) => Some(Values::Numbers(numbers)),
        (_, Type::Timestamp, _) => {
            Some(Values::Between("0001-01-01T00:00:00Z".into(), "9999-12-30T22:00:00.999999Z".into()))
        }
        (_, Type::Date, _) => Some(Values::Between("0001-01-01".into(), "9999-12-31".into())),
        (_, _, Some((first, last))) if (first, last) != (i64::MIN, i64::MAX) => {
            Some(Values::Between(first.into(), last.into()))
        }
        _ => None,
    }
}

/// The name of the table as SQL has it.
pub(crate) fn quoted(schema: &Schema) -> String {
    let mut w = Writer::new(Postgres::PLAIN);
    w.table(schema);
    w.finish().text
}

/// The type of the field's column, without what makes a generated key.
pub(crate) fn type_name(field: &FieldDef) -> Result<&'static str> {
    Ok(match field.ty {
        Type::Bool => "boolean",
        Type::I16 => "smallint",
        Type::I32 => "integer",
        Type::I64 => "bigint",
        Type::F32 => "real",
        Type::F64 => "double precision",
        Type::Text => "text",
        Type::Bytes => "bytea",
        Type::Timestamp => "timestamp with time zone",
        Type::Date => "date",
        Type::Uuid => "uuid",
        _ => {
            return Err(Error::new(
                Kind::Unsupported,
                format!("postgres has no column for the type of `{}`", field.name),
            ));
        }
    })
}

#[cfg(test)]
mod tests {
    use prom_core::query::{
        Column, Combine, Combined, Compare, Direction, Filter, Output, Raw, Request, Select, Sort,
    };
    use prom_core::schema::{OnDelete, Reference};
    use prom_core::sql::{Columns, render};

    use super::*;

    fn literal(value: &Value) -> String {
        let mut text = String::new();
        Postgres::PLAIN.literal(&mut text, value);
        text
    }

    #[test]
    fn what_would_stay_with_the_connection_is_refused() {
        let render = |text: &'static str| {
            let request = Request::Raw(Raw::new(text));
            render(Postgres::PLAIN, &request).map(|it| it.text)
        };
        for text in [
            "listen foo",
            "UNLISTEN *",
            "PREPARE foo AS SELECT 1",
            "PREPARE TRANSACTION 'a'",
            "DEALLOCATE ALL",
            "DISCARD ALL",
            "DECLARE foo CURSOR FOR SELECT 1",
            "FETCH ALL FROM foo",
            "COPY foo FROM STDIN",
            "LOAD 'foo'",
            "SET LOCAL a = 1",
        ] {
            let error = render(text).expect_err(text);
            assert_eq!(error.kind(), Kind::Invalid);
            assert!(error.to_string().starts_with("a statement cannot begin with `"), "{error}");
        }
        for text in ["NOTIFY foo", "TABLE foo", "CALL foo()", "VACUUM foo"] {
            assert_eq!(render(text).expect("it changes nothing for others"), text);
        }
    }

    #[test]
    fn a_reference_to_a_key_without_letter_case_is_matched_letter_for_letter() {
        static KEY: Schema =
            Schema::new("Key", "key", &[FieldDef::new("k", Type::Text).key(KeyDef::Given).ignore_case()]);
        let reference = Reference { target: || &KEY, on_delete: OnDelete::Cascade };
        let matches = |field: &FieldDef| {
            let value = Value::Text("a".into());
            let mut w = Writer::new(Postgres::PLAIN);
            Postgres::PLAIN.matches(&mut w, field, Match::Like, &value).expect("it is text");
            w.finish().text
        };
        assert_eq!(
            matches(&FieldDef::new("r", Type::Text).reference(reference)),
            r#""r" COLLATE "C" LIKE $1"#
        );
        assert_eq!(matches(&KEY.fields()[0]), r#""k" COLLATE "und-x-icu" ILIKE $1"#);
        assert_eq!(matches(&FieldDef::new("t", Type::Text)), r#""t" LIKE $1"#);
    }

    const NAME: FieldDef = FieldDef::new("name", Type::Text);
    static FOO: Schema = Schema::new("Foo", "foo", &[NAME, FieldDef::new("code", Type::Text).ignore_case()]);
    static BAR: Schema = Schema::new("Bar", "bar", &[NAME.collate("de-DE-x-icu"), NAME.nullable(true)]);

    /// The SQL of what `change` makes of a query of all rows of `FOO`, whose first column is
    /// so.
    fn told(text: Option<TextNote>, change: impl FnOnce(&mut Select)) -> String {
        let columns = Columns::default();
        let note = |note| Note { text: Some(Text::Otherwise(note)), ..Note::default() };
        columns.set(&FOO, text.map(|text| (&FOO.fields()[0], note(text))));
        let mut select = Select::new(&FOO);
        select.output = Output::Columns(vec![Column::Field(&FOO.fields()[0])]);
        change(&mut select);
        let dialect = Postgres::knowing(columns.known());
        render(&dialect, &Request::Select(select)).expect("it can be said").text
    }

    const PLAIN: Option<TextNote> = Some(TextNote { collation: "C", is_cast: false, is_loose: false });
    const LOOSE: Option<TextNote> = Some(TextNote { collation: "C", is_cast: false, is_loose: true });
    const ENUM: Option<TextNote> = Some(TextNote { collation: "C", is_cast: true, is_loose: false });

    #[test]
    fn each_construct_compares_text_by_its_bytes() {
        let (name, code) = (&FOO.fields()[0], &FOO.fields()[1]);
        let up = Sort::Field(name, Direction::Up);
        let sorted = |select: &mut Select| select.sort.push(up.clone());
        assert_eq!(told(None, sorted), r#"SELECT "name" FROM "foo" ORDER BY "name""#);
        assert_eq!(
            told(PLAIN, sorted),
            r#"SELECT "name" COLLATE "C" FROM "foo" ORDER BY "name" COLLATE "C""#
        );
        assert_eq!(
            told(ENUM, sorted),
            r#"SELECT CAST("name" AS text) COLLATE "C" FROM "foo" ORDER BY CAST("name" AS text) COLLATE "C""#
        );
        let rows = |select: &mut Select| {
            select.output = Output::Rows;
            let value = || Value::Text("a".into());
            select.filter = vec![
                Filter::Compare(name, Compare::Gt, value()),
                Filter::Compare(name, Compare::Eq, value()),
                Filter::Between(name, value(), value()),
                Filter::In(name, Value::List(vec![value()].into())),
                Filter::Match(name, Match::Like, value(), true),
            ];
        };
        assert_eq!(
            told(PLAIN, rows),
            r#"SELECT "name" COLLATE "C", "code" FROM "foo" WHERE "name" COLLATE "C" > $1 AND "name" = $2 AND "name" COLLATE "C" BETWEEN $3 AND $4 AND "name" = ANY($5) AND "name" LIKE $6"#
        );
        assert_eq!(
            told(LOOSE, rows),
            r#"SELECT "name" COLLATE "C", "code" FROM "foo" WHERE "name" COLLATE "C" > $1 AND "name" COLLATE "C" = $2 AND "name" COLLATE "C" BETWEEN $3 AND $4 AND "name" COLLATE "C" = ANY($5) AND "name" COLLATE "C" LIKE $6"#
        );
        let groups = |select: &mut Select| {
            select.output = Output::Columns(vec![
                Column::Field(name),
                Column::Aggregate(Aggregate::Min, name),
                Column::Count,
            ]);
            select.group = vec![name];
            select.sort = vec![Sort::Output(0, Direction::Up), up.clone()];
        };
        assert_eq!(
            told(PLAIN, groups),
            r#"SELECT "name" COLLATE "C", min("name" COLLATE "C"), count(*) FROM "foo" GROUP BY "name" ORDER BY 1 ASC NULLS LAST, "name" COLLATE "C""#
        );
        assert_eq!(
            told(LOOSE, groups),
            r#"SELECT "name" COLLATE "C", min("name" COLLATE "C"), count(*) FROM "foo" GROUP BY "name" COLLATE "C" ORDER BY 1 ASC NULLS LAST, "name" COLLATE "C""#
        );
        let distinct = |select: &mut Select| {
            select.distinct = true;
            select.sort.push(up.clone());
        };
        assert_eq!(
            told(PLAIN, distinct),
            r#"SELECT DISTINCT "name" COLLATE "C" FROM "foo" ORDER BY "name" COLLATE "C""#
        );
        let codes = || {
            let mut select = Select::new(&FOO);
            select.output = Output::Columns(vec![Column::Field(code)]);
            Box::new(select)
        };
        let within = |select: &mut Select| {
            select.filter = vec![
                Filter::InQuery(name, codes(), true),
                Filter::CompareQuery(code, Compare::Eq, codes()),
                Filter::CompareQuery(name, Compare::Lt, codes()),
            ];
        };
        assert_eq!(
            told(None, within),
            r#"SELECT "name" FROM "foo" WHERE "name" COLLATE "C" IN (SELECT "1" COLLATE "C" FROM (SELECT "code" FROM "foo") AS "part" ("1")) AND "code" = (SELECT "code" FROM "foo") AND "name" COLLATE "C" < (SELECT "code" FROM "foo")"#
        );
    }

    #[test]
    fn the_second_of_two_queries_is_compared_as_the_first() {
        let name = |schema: &'static Schema, at: usize| {
            let mut select = Select::new(schema);
            let last = &schema.fields()[at];
            select.output = Output::Columns(vec![Column::Count, Column::Field(last)]);
            select
        };
        let union = |first: Select, second: Select| {
            told(PLAIN, |select| {
                select.output = first.output.clone();
                select.combined = Some(Box::new(Combined::new(Combine::Union, first, second)));
                select.sort.push(Sort::Output(1, Direction::Down));
                select.distinct = true;
            })
        };
        assert_eq!(
            union(name(&FOO, 0), name(&BAR, 1)),
            r#"SELECT * FROM (SELECT count(*), "name" COLLATE "C" FROM "foo" UNION SELECT count(*), "name" FROM "bar") AS "rows" ORDER BY 2 DESC NULLS FIRST"#
        );
        assert_eq!(
            union(name(&FOO, 0), name(&BAR, 0)),
            r#"SELECT * FROM (SELECT count(*), "name" COLLATE "C" FROM "foo" UNION SELECT "1", "2" COLLATE "C" FROM (SELECT count(*), "name" FROM "bar") AS "part" ("1", "2")) AS "rows" ORDER BY 2 DESC NULLS FIRST"#
        );
        assert_eq!(
            union(name(&FOO, 1), name(&FOO, 0)),
            r#"SELECT * FROM (SELECT count(*), "code" FROM "foo" UNION SELECT "1", "2" COLLATE "case_insensitive" FROM (SELECT count(*), "name" COLLATE "C" FROM "foo") AS "part" ("1", "2")) AS "rows" ORDER BY 2 DESC NULLS FIRST"#
        );
    }

    #[test]
    fn a_literal_does_not_depend_on_how_the_server_reads_backslashes() {
        assert_eq!(literal(&Value::Text("it's".into())), "'it''s'");
        assert_eq!(literal(&Value::Text(r"\'; --".into())), r"E'\\''; --'");
        assert_eq!(literal(&Value::Bytes(vec![0, 0xff])), r"E'\\x00ff'");
        assert_eq!(literal(&Value::F64(f64::NEG_INFINITY)), "'-Infinity'");
    }
}
