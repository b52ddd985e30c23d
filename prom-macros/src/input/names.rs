//! What names become, and which one was probably meant.

/// `name` in snake case. A word begins at a capital letter that follows a small
/// one or a digit, and at the last of several capitals that a small letter
/// follows: `HTTPServer2Thing` is `http_server2_thing`.
pub(crate) fn snake(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut snake = String::with_capacity(name.len() + 4);
    for (at, letter) in letters.iter().enumerate() {
        if letter.is_uppercase() && begins_word(&letters, at) {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

fn begins_word(letters: &[char], at: usize) -> bool {
    let Some(before) = at.checked_sub(1).map(|it| letters[it]) else { return false };
    let is_last_capital = letters.get(at + 1).is_some_and(|it| it.is_lowercase());
    before.is_lowercase() || before.is_numeric() || (before.is_uppercase() && is_last_capital)
}

/// `` `a`, `b`, `c` ``.
pub(super) fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ")
}

/// `` ; did you mean `table`? `` if one of `known` is near, else nothing.
pub(crate) fn did_you_mean<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let distance = |it: &&str| strsim::damerau_levenshtein(name, it);
    match known.into_iter().min_by_key(distance) {
        Some(it) if distance(&it) <= name.chars().count().max(3) / 3 => {
            format!("; did you mean `{it}`?")
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_in_snake_case_keeps_its_words() {
        for (name, wanted) in [
            ("Foo", "foo"),
            ("FooBar", "foo_bar"),
            ("HTTPServer2Thing", "http_server2_thing"),
            ("IPv4", "i_pv4"),
            ("X86Family", "x86_family"),
            ("URL", "url"),
            ("MyURL", "my_url"),
            ("Foo_Bar", "foo_bar"),
            ("ÄpfelÜber", "äpfel_über"),
            ("already_snake", "already_snake"),
        ] {
            assert_eq!(snake(name), wanted);
        }
    }

    #[test]
    fn the_nearest_name_is_offered_and_a_far_one_is_not() {
        assert_eq!(did_you_mean("tabel", ["index", "table"]), "; did you mean `table`?");
        assert_eq!(did_you_mean("population", ["index", "table"]), "");
    }
}
