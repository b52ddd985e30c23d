//! How statements are cut into pieces.

use super::tokens::{Token, tokens};
use super::*;

/// The text with `{name}` for every parameter, and `<..>` around every literal,
/// comment and quoted name.
fn cut(text: &str) -> String {
    let pieces = tokens(text).map(|it| match it {
        Token::Param(it) => format!("{{{}}}", &it[1..]),
        Token::Comment(it) | Token::Literal(it) | Token::Name(it) => format!("<{it}>"),
        Token::Native(it) => format!("!{it}!"),
        Token::Open(what, it) => format!("({what}: {it})"),
        it => it.text().to_owned(),
    });
    pieces.collect()
}

#[test]
fn a_parameter_is_told_from_what_only_looks_like_one() {
    for (text, wanted) in [
        // Parameters.
        ("SELECT :x", "SELECT {x}"),
        (":x", "{x}"),
        ("a=:x AND b=:y_2", "a={x} AND b={y_2}"),
        ("(:x,:y)", "({x},{y})"),
        (":_x :X9", "{_x} {X9}"),
        (":naïve", "{naïve}"),
        ("a[:i]", "a[{i}]"),
        ("-:x", "-{x}"),
        ("1:x", "1{x}"),
        // Colons that are none.
        ("x::int", "x::int"),
        (":x::int", "{x}::int"),
        ("x :: int[]", "x :: int[]"),
        ("f(a := 1)", "f(a := 1)"),
        ("f(a := :x)", "f(a := {x})"),
        ("a[1:2]", "a[1:2]"),
        ("a[i : j]", "a[i : j]"),
        (":1", ":1"),
        ("a : b", "a : b"),
        (":", ":"),
        // Texts.
        ("':x'", "<':x'>"),
        ("'it''s :x' || :y", "<'it''s :x'> || {y}"),
        ("''':x'", "<''':x'>"),
        ("'' :x", "<''> {x}"),
        ("'\\' :x", "<'\\'> {x}"),
        ("E'\\' :x' :y", "<E'\\' :x'> {y}"),
        ("e'a''\\\\' :y", "<e'a''\\\\'> {y}"),
        ("type'\\' :x", "type<'\\'> {x}"),
        ("x'00ff':x", "x<'00ff'>{x}"),
        ("'12:30'::time", "<'12:30'>::time"),
        ("'ä:ö'", "<'ä:ö'>"),
        // Names in quotes.
        ("\":x\" = :x", "<\":x\"> = {x}"),
        ("\"a\"\":b\":c", "<\"a\"\":b\">{c}"),
        ("`a:b` :c", "<`a:b`> {c}"),
        // Comments.
        ("-- :x 'y\n:z", "<-- :x 'y>\n{z}"),
        ("1 --", "1 <-->"),
        ("a - -:x", "a - -{x}"),
        ("/* :x */ :y", "</* :x */> {y}"),
        ("/* /* :x */ ' */ :y", "</* /* :x */ ' */> {y}"),
        ("/**/:x", "</**/>{x}"),
        ("/*/ :x */:y", "</*/ :x */>{y}"),
        ("a / :x * b", "a / {x} * b"),
        // Dollar quotes.
        ("$$ :x ' $$ :y", "<$$ :x ' $$> {y}"),
        ("$a$ $$ :x $b$ $a$:y", "<$a$ $$ :x $b$ $a$>{y}"),
        ("$_a1$:x$_a1$", "<$_a1$:x$_a1$>"),
        ("a$b$ :x", "a$b$ {x}"),
        ("$1 + :x", "!$1! + {x}"),
        ("$name", "!$name!"),
        ("$", "$"),
        // JSON's operators stay.
        ("j ? 'a' AND j ?| :x AND j ?& :y", "j ? <'a'> AND j ?| {x} AND j ?& {y}"),
        ("j->>'$.a:b' = :x", "j->><'$.a:b'> = {x}"),
        ("j @> :x::jsonb", "j @> {x}::jsonb"),
        ("j #>> '{a}'", "j #>> <'{a}'>"),
        // What does not end.
        ("'a :x", "(a text: 'a :x)"),
        ("'a''", "(a text: 'a'')"),
        ("E'a\\'", "(a text: E'a\\')"),
        ("\"a :x", "(a quoted name: \"a :x)"),
        ("1 /* /* */ :x", "1 (a comment: /* /* */ :x)"),
        ("/*/", "(a comment: /*/)"),
        ("$a$ :x $b$", "(a text in dollar quotes: $a$ :x $b$)"),
    ] {
        assert_eq!(cut(text), wanted, "{text}");
        let whole: String = tokens(text).map(Token::text).collect();
        assert_eq!(whole, text);
    }
}

#[test]
fn what_reads_is_known_by_its_first_word() {
    for text in
        ["select 1", " -- INSERT\n SELECT 1", "(SELECT 1) UNION SELECT 2", "WITH a AS ()", "VALUES (1)"]
    {
        assert!(begins_reading(&Raw::new(text)), "{text}");
    }
    for text in ["INSERT INTO t SELECT 1", "selects", "\"select\"", "PRAGMA user_version", ""] {
        assert!(!begins_reading(&Raw::new(text)), "{text}");
    }
}

#[test]
fn what_may_create_rows_says_into() {
    for text in [
        "insert into t values (1) returning *",
        " -- a comment\n REPLACE INTO t VALUES (1) RETURNING *",
        "WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a RETURNING *",
        "WITH a AS (INSERT INTO t VALUES (1) RETURNING *) SELECT * FROM a",
        "MERGE INTO t USING u ON t.id = u.id WHEN NOT MATCHED THEN INSERT VALUES (1) RETURNING *",
        "CALL p()",
    ] {
        assert!(may_insert(&Raw::new(text)), "{text}");
    }
    for text in [
        "SELECT replace(a, 'INSERT INTO', '') FROM t /* into */",
        "WITH a AS (SELECT \"into\" FROM t) SELECT * FROM a",
        "UPDATE t SET a = 1 RETURNING *",
        "DELETE FROM t RETURNING *",
        "TABLE t",
    ] {
        assert!(!may_insert(&Raw::new(text)), "{text}");
    }
}

#[test]
fn the_log_sees_no_literal() {
    for (text, wanted) in [
        ("SELECT a1 FROM t WHERE b = 'Smith' AND c = :c", "SELECT a1 FROM t WHERE b = .. AND c = :c"),
        ("SELECT 4711, x'ff' -- Smith\n", "SELECT .., x.. ..\n"),
        ("SELECT $$Smith$$, E'Smith', 'Smith", "SELECT .., .., .."),
    ] {
        assert_eq!(shown(&Raw::new(text)), wanted);
    }
}

#[test]
fn what_may_commit_by_itself_is_known_by_its_first_word() {
    for text in ["CALL step()", " -- a\n call step(:a)", "DO $$ BEGIN END $$"] {
        assert!(may_commit(&Raw::new(text)), "{text}");
    }
    for text in ["SELECT 1", "INSERT INTO call VALUES (1)", "-- CALL\nUPDATE foo SET bar = 1", ""] {
        assert!(!may_commit(&Raw::new(text)), "{text}");
    }
}
