//! The user's own statement: names become the dialect's placeholders, the rest
//! goes through as it stands.

mod check;
mod tokens;

#[cfg(test)]
mod tests;

use super::{Writer, check_count};
use crate::query::Raw;
use crate::{Error, Kind, Result, Value};

use check::{check_names, statement};
use tokens::{Token, Tokens, tokens};

/// Whether the statement begins as one that reads. Who must be sure asks the
/// database: `WITH` and `EXPLAIN` may stand before any other.
pub fn begins_reading(raw: &Raw) -> bool {
    const READING: [&str; 4] = ["SELECT", "WITH", "VALUES", "EXPLAIN"];
    let first = tokens(&raw.text).first_word();
    first.is_some_and(|word| READING.iter().any(|it| word.eq_ignore_ascii_case(it)))
}

/// Whether the statement may create the rows that it gives: it says `INTO`, as `INSERT`,
/// `REPLACE` and `MERGE` do, or begins as none that is known to find its rows there.
pub(crate) fn may_insert(raw: &Raw) -> bool {
    const FINDING: [&str; 3] = ["UPDATE", "DELETE", "TABLE"];
    let is_into = |token: Token<'_>| matches!(token, Token::Word(word) if word.eq_ignore_ascii_case("INTO"));
    let first = tokens(&raw.text).first_word();
    let is_finding = |word: &str| FINDING.iter().any(|finding| word.eq_ignore_ascii_case(finding));
    let finds = begins_reading(raw) || first.is_some_and(is_finding);
    !finds || tokens(&raw.text).any(is_into)
}

/// Whether the statement may commit by itself before it has come to its end, so that
/// an error in it undoes only a part: a procedure, or a block of one.
pub fn may_commit(raw: &Raw) -> bool {
    let first = tokens(&raw.text).first_word();
    first.is_some_and(|word| ["CALL", "DO"].iter().any(|it| word.eq_ignore_ascii_case(it)))
}

/// The text for logs: `..` in the place of literals and comments.
pub fn shown(raw: &Raw) -> String {
    let mut text = String::with_capacity(raw.text.len());
    for token in tokens(&raw.text) {
        text.push_str(match token {
            Token::Comment(_) | Token::Literal(_) | Token::Number(_) | Token::Open(..) => "..",
            it => it.text(),
        });
    }
    text
}

pub(super) fn raw<'a>(w: &mut Writer<'a>, raw: &'a Raw) -> Result<()> {
    let text = statement(w.dialect(), &raw.text)?;
    // Each is looked for in the text, which takes long where there are more than may be.
    check_count(w.dialect(), None, raw.params.len())?;
    check_names(text, raw)?;
    // Each name that was met, with the number of its placeholder.
    let mut numbers = Vec::new();
    let mut rest = tokens(text);
    while let Some(token) = rest.next() {
        if let Some(it) = membership(token, rest.clone()) {
            match value(raw, it.name) {
                Some(list @ Value::List(_)) => {
                    w.dialect().among(w, list, it.is_in);
                    rest = it.after;
                    continue;
                }
                // The compiler takes the numbers of `bind("ids", vec![1, 2])` for bytes.
                Some(Value::Bytes(_)) => return Err(bytes_for_list(it.name)),
                _ => {}
            }
        }
        match token {
            Token::Param(it) => param(w, raw, &it[1..], &mut numbers)?,
            it => w.raw(it.text()),
        }
    }
    Ok(())
}

/// A condition of the user's own, with a `?` for each value, to stand in brackets.
pub(super) fn condition<'a>(w: &mut Writer<'a>, text: &'static str, values: &'a [Value]) -> Result<()> {
    let invalid = |what: &str| Error::new(Kind::Invalid, format!("the raw condition {what}"));
    let marks = tokens(text).filter(|it| *it == Token::Sign("?")).count();
    if marks != values.len() {
        return Err(invalid(&format!("has {marks} `?` and {} values", values.len())));
    }
    let mut values = values.iter();
    let mut before = None;
    for token in tokens(text) {
        match token {
            Token::Sign("?") => {
                values.next().map(|it| w.param(it));
            }
            Token::Number(_) | Token::Word(_) if before == Some(Token::Sign("?")) => {
                return Err(invalid("has a `?` for each value, in order, without a number or a name"));
            }
            Token::Open(what, _) => return Err(invalid(&format!("has {what} that does not end"))),
            // To the end of the line, it would take the bracket behind it along.
            Token::Comment(_) => {
                w.sql(" ");
            }
            it => w.raw(it.text()),
        }
        before = Some(token);
    }
    Ok(())
}

/// `IN (:name)` or `NOT IN (:name)`.
struct Membership<'a> {
    name: &'a str,
    is_in: bool,
    after: Tokens<'a>,
}

/// What begins with `token`, if it is that.
fn membership<'a>(token: Token<'a>, mut after: Tokens<'a>) -> Option<Membership<'a>> {
    let is = |token, word: &str| matches!(token, Token::Word(it) if word.eq_ignore_ascii_case(it));
    let mut next = || after.find(|it| !it.is_blank());
    let is_in = !is(token, "NOT");
    let token = if is_in { token } else { next()? };
    if !is(token, "IN") {
        return None;
    }
    let (Token::Sign("("), Token::Param(name), Token::Sign(")")) = (next()?, next()?, next()?) else {
        return None;
    };
    Some(Membership { name: &name[1..], is_in, after })
}

fn value<'a>(raw: &'a Raw, name: &str) -> Option<&'a Value> {
    raw.params.iter().find(|(it, _)| it == name).map(|(_, it)| it)
}

/// The value that is bound to `name`.
fn param<'a>(
    w: &mut Writer<'a>,
    raw: &'a Raw,
    name: &'a str,
    numbers: &mut Vec<(&'a str, usize)>,
) -> Result<()> {
    // `check_names` let no other name pass.
    let Some(value) = value(raw, name) else { return Ok(()) };
    if matches!(value, Value::List(_)) {
        return Err(list_elsewhere(name));
    }
    match numbers.iter().find(|(it, _)| *it == name) {
        Some((_, number)) => w.placeholder(*number),
        None => {
            w.param(value);
            numbers.push((name, w.params()));
        }
    }
    Ok(())
}

#[cold]
fn bytes_for_list(name: &str) -> Error {
    Error::new(
        Kind::Invalid,
        format!(
            "bytes are bound to `:{name}` in `IN (:{name})`: `bind_list` binds several values, `= :{name}` takes one"
        ),
    )
}

#[cold]
fn list_elsewhere(name: &str) -> Error {
    Error::new(
        Kind::Invalid,
        format!("a list is bound to `:{name}`, which is written `IN (:{name})` or `NOT IN (:{name})` then"),
    )
}
