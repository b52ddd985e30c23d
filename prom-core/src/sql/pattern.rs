//! Texts to look for, as patterns.

use crate::query::Match;

/// A pattern for LIKE with `\` as the escape.
pub fn like_pattern(how: Match, text: &str) -> String {
    if how == Match::Like {
        return text.to_owned();
    }
    let mut pattern = String::with_capacity(text.len() + 2);
    if how != Match::StartsWith {
        pattern.push('%');
    }
    for it in text.chars() {
        if matches!(it, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(it);
    }
    if how != Match::EndsWith {
        pattern.push('%');
    }
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_in_a_text_are_taken_as_they_are() {
        assert_eq!(like_pattern(Match::Contains, "50%_\\"), "%50\\%\\_\\\\%");
        assert_eq!(like_pattern(Match::StartsWith, "a"), "a%");
        assert_eq!(like_pattern(Match::EndsWith, "a"), "%a");
        assert_eq!(like_pattern(Match::Like, "a%"), "a%");
    }
}
