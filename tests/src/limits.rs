//! What is long, and what is many: it works, or is refused before it is sent, by the
//! same kind of error everywhere, which names the limit; and the connection is good.

use prom::prelude::*;
use prom::{Error, Kind, Result, transaction};

use crate::behaviour::refused;

#[prom::orm(created = none, updated = none)]
#[derive(Debug, Clone, PartialEq)]
struct Note {
    #[field(default = "")]
    text: String,
    #[field(ignore_case, default = "")]
    tag: String,
    #[field(default = 0)]
    number: i64,
}

/// So long a text, with the signs in it that patterns give a meaning.
fn needle(length: usize) -> String {
    "a%b_c\\d*e?f[g]hÄ".chars().cycle().take(length).collect()
}

async fn numbers(query: NoteQuery) -> Result<Vec<i64>> {
    Ok(query.asc_number().get().await?.iter().map(|note| note.number).collect())
}

behaviour! {
    /// A pattern for SQLite has 50,000 bytes at most, and a text to look for has no limit.
    #[needs(patterns)]
    async fn a_text_to_look_for_may_be_of_any_length() {
        for length in [100, 16_000, 20_000, 49_998, 50_001, 60_000] {
            Note::query().delete_all().await?;
            let needle = needle(length);
            let other = needle.replacen('a', "x", 1);
            for (number, text) in [
                format!("{needle}-"),
                format!("-{needle}"),
                format!("-{needle}-"),
                needle.clone(),
                format!("{other}-{other}"),
                needle[1..].to_owned(),
                needle.to_ascii_uppercase(),
                String::new(),
            ]
            .into_iter()
            .enumerate()
            {
                let number = i64::try_from(number).expect("few");
                Note::create().text(&*text).tag(&*text).number(number).await?;
            }
            let query = || Note::query();
            assert_eq!(numbers(query().contains_text(&needle)).await?, [0, 1, 2, 3], "{length}");
            assert_eq!(numbers(query().startswith_text(&needle)).await?, [0, 3], "{length}");
            assert_eq!(numbers(query().endswith_text(&needle)).await?, [1, 3], "{length}");
            assert_eq!(numbers(query().not(|not| not.contains_text(&needle))).await?, [4, 5, 6, 7], "{length}");
            assert_eq!(numbers(query().not(|not| not.startswith_text(&needle))).await?, [1, 2, 4, 5, 6, 7], "{length}");
            assert_eq!(numbers(query().contains_tag(&needle)).await?, [0, 1, 2, 3, 6], "{length}");
            assert_eq!(numbers(query().startswith_tag(&needle)).await?, [0, 3, 6], "{length}");
            assert_eq!(numbers(query().endswith_tag(&needle)).await?, [1, 3, 6], "{length}");
            assert_eq!(numbers(query().not(|not| not.endswith_tag(&needle))).await?, [0, 2, 4, 5, 7], "{length}");
            assert_eq!(numbers(query().contains_field("text", &needle)).await?, [0, 1, 2, 3], "{length}");
            assert_eq!(numbers(query().eq_text(&needle)).await?, [3], "{length}");
        }
    }
}

behaviour! {
    /// Of a pattern it takes as much as the least of the databases, whatever is in it.
    #[needs(patterns)]
    async fn a_pattern_that_is_too_long_is_refused_with_the_limit() {
        let longest = "*".repeat(16_383);
        Note::create().text(format!("{longest}-")).tag(format!("{longest}-")).await?;
        assert_eq!(Note::query().like_text(&format!("{longest}%")).count().await?, 1);
        assert_eq!(Note::query().like_tag(&format!("{longest}%")).count().await?, 1);
        for query in [
            Note::query().like_text(&format!("{longest}%%")),
            Note::query().nlike_tag(&format!("{longest}%%")),
            Note::query().like_field("text", &format!("{longest}%%")),
        ] {
            let error = refused(query.count().await);
            assert_eq!(error.kind(), Kind::Invalid);
            let text = error.to_string();
            assert!(text.contains("16384 are the most") && text.contains("`contains_..`"), "{text}");
        }
    }
}

/// A refusal of `given` parameters: it says how many there may be, and what to do.
fn is_refusal(error: &Error, given: usize) {
    assert_eq!((error.kind(), error.code()), (Kind::Invalid, None), "{error}");
    let text = error.to_string();
    assert!(text.contains(&format!(" {given} parameters")) && text.contains("list"), "{text}");
}

behaviour! {
    /// Each has a parameter of its own; a database takes 32,766 of them, or 65,535.
    async fn many_conditions_are_answered_or_refused() {
        Note::create_many((0..10).map(|number| Note::draft().number(number))).await?;
        let any = |count: i64| {
            Note::query().any(|any| (0..count).fold(any, |any, number| any.eq_number(number + 5)))
        };
        let all = |count: i64| (0..count).fold(Note::query(), |query, number| query.ne_number(number + 5));
        assert_eq!(any(32_000).count().await?, 5);
        assert_eq!(all(32_000).count().await?, 5);
        for count in [70_000, 100_000] {
            let given = usize::try_from(count).expect("a few");
            match any(count).count().await {
                Ok(found) => assert_eq!(found, 5),
                Err(error) => is_refusal(&error, given),
            }
            match all(count).get().await {
                Ok(found) => assert_eq!(found.len(), 5),
                Err(error) => is_refusal(&error, given),
            }
            // One is set.
            match all(count).set_text("x").update().await {
                Ok(changed) => assert_eq!(changed, 5),
                Err(error) => {
                    is_refusal(&error, given + 1);
                    assert_eq!(Note::query().eq_text("x").count().await?, 0);
                }
            }
            match any(count).delete().returning().await {
                Ok(gone) => assert_eq!(gone.len(), 5),
                Err(error) => {
                    is_refusal(&error, given);
                    assert_eq!(Note::query().count().await?, 10);
                }
            }
            Note::query().delete_all().await?;
            Note::create_many((0..10).map(|number| Note::draft().number(number))).await?;
        }
    }
}

behaviour! {
    /// Nothing was sent, so nothing was lost.
    #[needs(transactions)]
    async fn a_transaction_goes_on_behind_a_statement_that_was_refused() {
        Note::create().await?;
        let count = transaction(async {
            let mut count = 0;
            Note::create().number(1).await?;
            let all = (0..70_000).fold(Note::query(), |query, number| query.ne_number(number + 5));
            if let Err(error) = all.count().await {
                is_refusal(&error, 70_000);
                count += 1;
            }
            Note::create().number(2).await?;
            prom::Result::Ok(count)
        })
        .await?;
        assert!(count <= 1);
        assert_eq!(Note::query().count().await?, 3);
    }
}

behaviour! {
    /// A list is one parameter.
    async fn lists_are_of_any_length() {
        Note::create_many((0..10).map(|number| Note::draft().number(number).text(format!("{number}")))).await?;
        for count in [70_000, 200_000] {
            assert_eq!(Note::query().in_number(5..count).count().await?, 5);
            assert_eq!(Note::query().nin_number(5..count).count().await?, 5);
            assert_eq!(Note::query().in_text((5..count).map(|number| number.to_string())).count().await?, 5);
            assert_eq!(Note::query().nin_number(5..count).set_number(0).update().await?, 5);
            Note::query().delete_all().await?;
            Note::create_many((0..10).map(|number| Note::draft().number(number).text(format!("{number}")))).await?;
        }
    }
}

behaviour! {
    /// More than fit one statement, and those of many bytes.
    async fn any_number_of_rows_is_inserted() {
        let rows = Note::create_many((0..35_000).map(|number| Note::draft().number(number))).await?;
        assert!(rows.windows(2).all(|pair| pair[0].id < pair[1].id));
        assert_eq!(Note::query().count().await?, 35_000);
        Note::query().delete_all().await?;
        let large = "ä".repeat(10_000_000);
        let rows = Note::create_many((0..8).map(|number| Note::draft().number(number).text(&*large))).await?;
        assert_eq!(rows.iter().map(|row| row.number).collect::<Vec<_>>(), (0..8).collect::<Vec<_>>());
        assert_eq!(Note::query().eq_text(&large).count().await?, 8);
    }
}

behaviour! {
    /// By name, which takes no list where it says none.
    #[needs(sql)]
    async fn a_raw_statement_of_many_parameters_is_answered_or_refused() {
        let statement = |count: usize| {
            let names: Vec<String> = (0..count).map(|at| format!(":p{at}")).collect();
            let statement = prom::raw_unchecked(format!("SELECT 1 WHERE 7 IN ({})", names.join(", ")));
            (0..count).fold(statement, |statement, at| statement.bind(format!("p{at}"), i64::try_from(at).expect("few")))
        };
        assert_eq!(statement(2_000).all::<i64>().await?, [1]);
        is_refusal(&refused(statement(70_000).all::<i64>().await), 70_000);
        is_refusal(&refused(statement(70_000).execute().await), 70_000);
        let list = prom::raw("SELECT 1 WHERE 7 IN (:list)").bind_list("list", 0..70_000_i64);
        assert_eq!(list.all::<i64>().await?, [1]);
        assert_eq!(statement(8).all::<i64>().await?, [1]);
    }
}
