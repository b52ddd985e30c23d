//! SQL's LIKE, by characters: `%` is any run, `_` any one, `\` takes the next as
//! it is.

/// A pattern that texts are held against.
pub(crate) struct Pattern(Vec<Part>);

enum Part {
    Run,
    One,
    Char(char),
}

impl Pattern {
    /// The pattern that `text` spells.
    pub(crate) fn new(text: &str) -> Self {
        let mut chars = text.chars();
        let mut parts = Vec::new();
        while let Some(it) = chars.next() {
            parts.push(match it {
                '%' => Part::Run,
                '_' => Part::One,
                '\\' => Part::Char(chars.next().unwrap_or('\\')),
                it => Part::Char(it),
            });
        }
        Self(parts)
    }

    /// Whether the whole of `text` looks like it.
    pub(crate) fn matches(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        let (mut part, mut at) = (0, 0);
        // Where the last run was seen, and how far it reaches so far.
        let mut run = None;
        while at < text.len() {
            match self.0.get(part) {
                Some(Part::Run) => {
                    run = Some((part, at));
                    part += 1;
                }
                Some(Part::One) => (part, at) = (part + 1, at + 1),
                Some(Part::Char(it)) if *it == text[at] => (part, at) = (part + 1, at + 1),
                _ => {
                    let Some((start, reach)) = run else {
                        return false;
                    };
                    run = Some((start, reach + 1));
                    (part, at) = (start + 1, reach + 1);
                }
            }
        }
        self.0[part..].iter().all(|it| matches!(it, Part::Run))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_held_against_the_whole_text() {
        for (pattern, text, matches) in [
            ("", "", true),
            ("", "a", false),
            ("%", "", true),
            ("a%", "abc", true),
            ("%c", "abcc", true),
            ("a_c", "abc", true),
            ("a_c", "ac", false),
            ("_", "ß", true),
            ("%b%b%", "abcb", true),
            ("%b%b%", "abc", false),
            (r"50\%", "50%", true),
            (r"50\%", "500", false),
            (r"a\\b", r"a\b", true),
            ("A%", "abc", false),
        ] {
            assert_eq!(Pattern::new(pattern).matches(text), matches, "{text:?} LIKE {pattern:?}");
        }
    }
}
