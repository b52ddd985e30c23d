//! What is wrong with a statement before the database sees it.

use super::tokens::{Token, tokens};
use crate::error::did_you_mean;
use crate::query::Raw;
use crate::sql::Dialect;
use crate::{Error, Kind, Result};

/// The one statement that the text is, without the `;` behind it.
///
/// # Errors
///
/// [`Kind::Invalid`] when there is none or several, when a part of it does not
/// end, and for words that would change the connection for its next user.
pub(super) fn statement<'a>(dialect: &dyn Dialect, text: &'a str) -> Result<&'a str> {
    let mut routine = Routine::default();
    let (mut at, mut end) = (0, None);
    for token in tokens(text) {
        let end_here = at;
        at += token.text().len();
        match token {
            Token::Open(what, _) => return Err(invalid(format!("{what} in the statement does not end"))),
            it if it.is_blank() => {}
            _ if end.is_some() => {
                return Err(invalid("the text holds several statements: run them one by one"));
            }
            Token::Sign(";") if !routine.is_in_body() => end = Some(end_here),
            Token::Native(_) => {
                return Err(invalid(
                    "`$` begins a parameter of the database's own in the statement: write `:name` for each, and \
                     bind it",
                ));
            }
            it => routine.see(it),
        }
    }
    let statement = &text[..end.unwrap_or(text.len())];
    if tokens(statement).solid().next().is_none() {
        return Err(invalid("the text holds no statement"));
    }
    if text.contains('\0') {
        return Err(invalid("the text holds a NUL character"));
    }
    check_first_word(dialect, statement)?;
    Ok(statement)
}

fn check_first_word(dialect: &dyn Dialect, statement: &str) -> Result<()> {
    let Some(word) = tokens(statement).first_word().map(str::to_ascii_uppercase) else { return Ok(()) };
    let why = match word.as_str() {
        "BEGIN" | "START" | "COMMIT" | "END" | "ROLLBACK" | "ABORT" | "SAVEPOINT" | "RELEASE" => {
            Some("a raw statement neither begins nor ends a transaction")
        }
        "SET" | "RESET" => {
            Some("it would stay with the connection and change what its next user gets: say it in the DSN")
        }
        word => {
            let gives = tokens(statement).any(|it| matches!(it, Token::Sign("=" | "(")));
            dialect.refusal(word, gives)
        }
    };
    match why {
        Some(why) => Err(invalid(format!("a statement cannot begin with `{word}`: {why}"))),
        None => Ok(()),
    }
}

/// Sees whether a `;` stands in the body of a trigger or a function, where it
/// ends no statement.
#[derive(Default)]
struct Routine {
    /// How many words there were, up to where it is clear what is created.
    words: usize,
    creates: bool,
    has_body: bool,
    depth: usize,
}

impl Routine {
    fn is_in_body(&self) -> bool {
        self.depth > 0
    }

    fn see(&mut self, token: Token<'_>) {
        let Token::Word(word) = token else { return };
        let is = |it: &str| word.eq_ignore_ascii_case(it);
        self.words += 1;
        // CREATE OR REPLACE CONSTRAINT TRIGGER is as long as it gets.
        match self.words {
            1 => self.creates = is("CREATE"),
            2..=5 => self.has_body |= self.creates && (is("TRIGGER") || is("FUNCTION") || is("PROCEDURE")),
            _ => {}
        }
        if !self.has_body {
            return;
        }
        if is("BEGIN") || is("CASE") {
            self.depth += 1;
        } else if is("END") {
            self.depth = self.depth.saturating_sub(1);
        }
    }
}

/// Every name in the text is bound once, and every bound one is in the text.
///
/// # Errors
///
/// [`Kind::Invalid`] with the name, and the one that was probably meant.
pub(super) fn check_names(statement: &str, raw: &Raw) -> Result<()> {
    let bound: Vec<&str> = raw.params.iter().map(|(it, _)| &**it).collect();
    let written: Vec<&str> = tokens(statement)
        .filter_map(|it| match it {
            Token::Param(it) => Some(&it[1..]),
            _ => None,
        })
        .collect();
    if let Some(name) = written.iter().find(|it| !bound.contains(it)) {
        let hint = did_you_mean(name, bound.iter().filter(|it| !written.contains(it)).copied());
        return Err(invalid(format!("nothing is bound to `:{name}`{hint}")));
    }
    for (at, name) in bound.iter().enumerate() {
        if bound[..at].contains(name) {
            return Err(invalid(format!("`:{}` is bound twice", name.escape_debug())));
        }
        if !written.contains(name) {
            let hint = did_you_mean(name, written.iter().copied());
            let name = name.escape_debug();
            return Err(invalid(format!("`{name}` is bound, and no `:{name}` is in the statement{hint}")));
        }
    }
    Ok(())
}

#[cold]
fn invalid(text: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(Kind::Invalid, text)
}
