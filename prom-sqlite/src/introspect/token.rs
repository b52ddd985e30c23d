//! The tokens of SQLite's SQL, as far as it takes to find words in it.
//!
//! <https://www.sqlite.org/lang_keywords.html>

use std::borrow::Cow;

/// A token; numbers and blobs are words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// A keyword, or a name without quotes.
    Word(&'a str),
    /// A name in quotes of any kind, or a string.
    Quoted(Cow<'a, str>),
    /// Another character.
    Symbol(char),
}

impl Token<'_> {
    /// Whether it is that keyword.
    pub(super) fn is(&self, keyword: &str) -> bool {
        matches!(self, Self::Word(word) if word.eq_ignore_ascii_case(keyword))
    }

    /// The name that it stands for.
    pub(super) fn name(&self) -> Option<&str> {
        match self {
            Self::Word(word) => Some(word),
            Self::Quoted(name) => Some(name),
            Self::Symbol(_) => None,
        }
    }
}

/// The tokens of `sql`, without space and comments. What is not closed goes on to the end.
pub(super) fn tokens(mut sql: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    while let Some(first) = sql.chars().next() {
        let rest = &sql[first.len_utf8()..];
        sql = match first {
            _ if first.is_ascii_whitespace() => rest,
            '-' if rest.starts_with('-') => after(rest, "\n"),
            '/' if rest.starts_with('*') => after(&rest[1..], "*/"),
            '"' | '`' | '\'' => {
                let (name, rest) = quoted(rest, first);
                tokens.push(Token::Quoted(name));
                rest
            }
            '[' => {
                let end = rest.find(']').unwrap_or(rest.len());
                tokens.push(Token::Quoted(Cow::Borrowed(&rest[..end])));
                rest.get(end + 1..).unwrap_or_default()
            }
            _ if is_of_word(first) => {
                let end = sql.find(|next| !is_of_word(next)).unwrap_or(sql.len());
                tokens.push(Token::Word(&sql[..end]));
                &sql[end..]
            }
            _ => {
                tokens.push(Token::Symbol(first));
                rest
            }
        };
    }
    tokens
}

fn is_of_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '$') || !character.is_ascii()
}

fn after<'a>(sql: &'a str, end: &str) -> &'a str {
    sql.find(end).map_or("", |at| &sql[at + end.len()..])
}

/// What stands before the closing `quote`, which stands for itself where it is doubled,
/// and what comes after it.
fn quoted(sql: &str, quote: char) -> (Cow<'_, str>, &str) {
    let mut end = 0;
    let mut is_doubled = false;
    loop {
        let Some(at) = sql[end..].find(quote) else {
            end = sql.len();
            break;
        };
        end += at;
        if !sql[end + 1..].starts_with(quote) {
            break;
        }
        end += 2;
        is_doubled = true;
    }
    let name = &sql[..end];
    let name = if is_doubled {
        Cow::Owned(name.replace(&format!("{quote}{quote}"), quote.encode_utf8(&mut [0; 4])))
    } else {
        Cow::Borrowed(name)
    };
    (name, sql.get(end + 1..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(sql: &str) -> Vec<String> {
        let text = |token: &Token<'_>| match token {
            Token::Word(word) => format!("word {word}"),
            Token::Quoted(name) => format!("quoted {name}"),
            Token::Symbol(symbol) => format!("symbol {symbol}"),
        };
        tokens(sql).iter().map(text).collect()
    }

    #[test]
    fn names_are_read_in_all_four_quotes() {
        assert_eq!(
            read(r#"a "b ""c" [d "e] `f``g` 'h''i' größe_1$"#),
            ["word a", "quoted b \"c", "quoted d \"e", "quoted f`g", "quoted h'i", "word größe_1$"]
        );
        assert_eq!(read("\"\" '' []"), ["quoted ", "quoted ", "quoted "]);
    }

    #[test]
    fn comments_are_left_out_and_not_inside_of_quotes() {
        assert_eq!(read("a--b\nc/* d */e /*/ f */ g"), ["word a", "word c", "word e", "word g"]);
        assert_eq!(read("'--a' \"/*\" - b"), ["quoted --a", "quoted /*", "symbol -", "word b"]);
    }

    #[test]
    fn what_is_not_closed_ends_with_the_text() {
        for sql in ["'a", "\"a", "`a", "[a"] {
            assert_eq!(read(sql), ["quoted a"]);
        }
        assert_eq!(read("a /* b"), ["word a"]);
        assert_eq!(read("a -- b"), ["word a"]);
        assert_eq!(read("'a''"), ["quoted a'"]);
    }
}
