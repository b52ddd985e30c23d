//! SQL text, cut into pieces: as much of its grammar as tells a parameter from
//! what only looks like one.

/// A piece of a statement. All of them together are the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// White space.
    Space(&'a str),
    /// `-- ..` to the end of the line, or `/* .. */`, which nests.
    Comment(&'a str),
    /// `'..'`, `E'..'`, `$$..$$`, `$tag$..$tag$`.
    Literal(&'a str),
    /// A number.
    Number(&'a str),
    /// A name in quotes: `".."`, or `` `..` ``.
    Name(&'a str),
    /// A keyword, or a name without quotes.
    Word(&'a str),
    /// `:name`, with the colon.
    Param(&'a str),
    /// `$1` or `$name`: a parameter of the database's own.
    Native(&'a str),
    /// What begins and does not end, and the text of it.
    Open(&'static str, &'a str),
    /// Anything else: `::`, `:=`, or one character.
    Sign(&'a str),
}

impl<'a> Token<'a> {
    /// The piece as it was written.
    pub(super) fn text(self) -> &'a str {
        match self {
            Self::Space(it)
            | Self::Comment(it)
            | Self::Literal(it)
            | Self::Number(it)
            | Self::Name(it)
            | Self::Word(it)
            | Self::Param(it)
            | Self::Native(it)
            | Self::Open(_, it)
            | Self::Sign(it) => it,
        }
    }

    /// Whether it says nothing.
    pub(super) fn is_blank(self) -> bool {
        matches!(self, Self::Space(_) | Self::Comment(_))
    }
}

/// The pieces of `text`.
pub(super) fn tokens(text: &str) -> Tokens<'_> {
    Tokens { rest: text }
}

/// The pieces of a text.
#[derive(Debug, Clone)]
pub(super) struct Tokens<'a> {
    rest: &'a str,
}

impl<'a> Tokens<'a> {
    /// Those that say something.
    pub(super) fn solid(self) -> impl Iterator<Item = Token<'a>> {
        self.filter(|it| !it.is_blank())
    }

    /// The word that the statement begins with; brackets may stand before it.
    pub(super) fn first_word(self) -> Option<&'a str> {
        match self.solid().find(|it| *it != Token::Sign("(")) {
            Some(Token::Word(it)) => Some(it),
            _ => None,
        }
    }

    /// Takes so many bytes.
    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest;
        taken
    }

    /// Takes what ends after so many bytes, or all that is left if it does not.
    fn enclosed(
        &mut self,
        length: Option<usize>,
        token: fn(&'a str) -> Token<'a>,
        what: &'static str,
    ) -> Token<'a> {
        match length {
            Some(it) => token(self.take(it)),
            None => Token::Open(what, self.take(self.rest.len())),
        }
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        let rest = self.rest;
        let first = rest.chars().next()?;
        let second = rest[first.len_utf8()..].chars().next().unwrap_or_default();
        Some(match (first, second) {
            (it, _) if it.is_whitespace() => Token::Space(self.take(run(rest, char::is_whitespace))),
            ('-', '-') => Token::Comment(self.take(run(rest, |it| it != '\n'))),
            ('/', '*') => self.enclosed(comment(rest), Token::Comment, "a comment"),
            ('\'', _) => self.enclosed(quoted(rest, b'\'', false), Token::Literal, "a text"),
            ('e' | 'E', '\'') => {
                let length = quoted(&rest[1..], b'\'', true).map(|it| it + 1);
                self.enclosed(length, Token::Literal, "a text")
            }
            ('"', _) => self.enclosed(quoted(rest, b'"', false), Token::Name, "a quoted name"),
            ('`', _) => self.enclosed(quoted(rest, b'`', false), Token::Name, "a quoted name"),
            ('$', it) if it == '$' || is_name_start(it) => match tag(rest) {
                Some(tag) => {
                    self.enclosed(dollar_quoted(rest, tag), Token::Literal, "a text in dollar quotes")
                }
                None => Token::Native(self.take(1 + run(&rest[1..], is_in_name))),
            },
            ('$', it) if it.is_ascii_digit() => Token::Native(self.take(1 + run(&rest[1..], is_in_name))),
            (':', ':' | '=') => Token::Sign(self.take(2)),
            (':', it) if is_name_start(it) => Token::Param(self.take(1 + run(&rest[1..], is_in_name))),
            (it, _) if is_name_start(it) => {
                Token::Word(self.take(run(rest, |it| is_in_name(it) || it == '$')))
            }
            (it, _) if it.is_ascii_digit() => {
                Token::Number(self.take(run(rest, |it| is_in_name(it) || it == '.')))
            }
            (it, _) => Token::Sign(self.take(it.len_utf8())),
        })
    }
}

fn is_name_start(it: char) -> bool {
    it.is_alphabetic() || it == '_'
}

fn is_in_name(it: char) -> bool {
    it.is_alphanumeric() || it == '_'
}

/// For how many bytes `text` goes on with such characters.
fn run(text: &str, is_part: impl Fn(char) -> bool) -> usize {
    text.find(|it| !is_part(it)).unwrap_or(text.len())
}

/// How long the quoted text at the start is; a quote in it is doubled, or has a
/// `\` before it where that escapes.
fn quoted(text: &str, quote: u8, escapes: bool) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 1;
    loop {
        at += match (*bytes.get(at)?, bytes.get(at + 1)) {
            (b'\\', _) if escapes => 2,
            (it, Some(next)) if it == quote && *next == quote => 2,
            (it, _) if it == quote => return Some(at + 1),
            _ => 1,
        };
    }
}

/// How long the comment at the start is. PostgreSQL's nest.
fn comment(text: &str) -> Option<usize> {
    let (mut at, mut depth) = (0, 0);
    loop {
        let (step, change) = match text.as_bytes().get(at..at + 2)? {
            b"/*" => (2, 1),
            b"*/" => (2, -1),
            _ => (1, 0),
        };
        at += step;
        depth += change;
        if depth == 0 {
            return Some(at);
        }
    }
}

/// `$$` or `$tag$`, if the text begins with it.
fn tag(text: &str) -> Option<&str> {
    let end = 1 + run(&text[1..], is_in_name);
    text[end..].starts_with('$').then(|| &text[..=end])
}

fn dollar_quoted(text: &str, tag: &str) -> Option<usize> {
    text[tag.len()..].find(tag).map(|it| it + 2 * tag.len())
}
