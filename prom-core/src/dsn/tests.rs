//! DSNs and their parts side by side, what is refused, what is not shown.

use std::time::Duration;

use crate::{Dsn, Error, Kind, Options, Result};

mod table;

fn parse(text: &str) -> Dsn {
    Dsn::parse(text).unwrap_or_else(|err| panic!("{text}: {err}"))
}

/// What `text` is refused with, at the latest when its hosts are asked for.
fn refusal(text: &str) -> String {
    let err = Dsn::parse(text).and_then(|it| it.hosts()).expect_err(text);
    assert_eq!(err.kind(), Kind::Dsn, "{text}");
    err.to_string()
}

#[test]
fn a_dsn_falls_into_its_parts() {
    let mut wrong = Vec::new();
    for (text, parts) in table::PARTS {
        let found = describe(&parse(text));
        if found != *parts {
            wrong.push(format!("        ({text:?}, {found:?}),"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// The parts of `dsn` that are not empty.
fn describe(dsn: &Dsn) -> String {
    let mut out = vec![dsn.scheme().to_owned()];
    let mut add = |part: &str, text: &str| out.push(format!("{part}={text}"));
    if let Some(user) = dsn.user() {
        add("user", user);
    }
    if let Some(password) = dsn.password() {
        add("password", password.expose());
    }
    match dsn.hosts() {
        Err(_) => add("hosts", "refused"),
        Ok(hosts) => {
            for host in hosts {
                let port = host.port.map(|it| format!(" {it}")).unwrap_or_default();
                add("host", &format!("<{}{port}>", host.name));
            }
        }
    }
    for (name, value) in &dsn.options {
        add(&format!("?{name}"), value.as_deref().unwrap_or("<none>"));
    }
    for (part, text) in [("file", dsn.file().as_str()), ("db", dsn.database()), ("name", dsn.name())] {
        if !text.is_empty() {
            add(part, text);
        }
    }
    out.join(" ")
}

#[test]
fn authority_path_and_file_fit_together() {
    for (text, authority, path, database, file) in [
        ("sqlite://", "", "", "", ""),
        ("sqlite:a.db", "a.db", "", "", "a.db"),
        ("sqlite::memory:", ":memory:", "", "", ":memory:"),
        ("sqlite:///:memory:", "", "/:memory:", ":memory:", ":memory:"),
        ("sqlite://./:memory:", ".", "/:memory:", ":memory:", "./:memory:"),
        ("sqlite:////tmp/a.db", "", "//tmp/a.db", "/tmp/a.db", "//tmp/a.db"),
        ("sqlite://u:p@h%2Fi:1,j/x%20y/", "h/i:1,j", "/x y/", "x y/", "h/i:1,j/x y/"),
    ] {
        let dsn = parse(text);
        assert_eq!((dsn.authority(), dsn.path(), dsn.database()), (authority, path, database), "{text}");
        assert_eq!(dsn.file(), file, "{text}");
    }
}

#[test]
fn a_bad_dsn_is_refused_by_its_part() {
    let mut wrong = Vec::new();
    for (text, message) in table::REFUSED {
        let found = refusal(text);
        if found != *message {
            wrong.push(format!("        ({text:?}, {found:?}),"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn a_scheme_is_compared_in_any_case_and_spelling() {
    let dsn = parse("My_Crate::MyInterface://");
    assert!(dsn.is_scheme("my_crate.myinterface"));
    assert!(dsn.is_scheme("my_crate::MyInterface"));
    assert!(!dsn.is_scheme("MyInterface"));
    assert!(!dsn.is_scheme("my_crate:MyInterface"));
    assert!(parse("SQLite:a").is_scheme("sqlite"));
}

#[test]
fn spellings_of_one_dsn_are_equal() {
    for (one, other) in [
        ("sqlite:a.db", "sqlite://a.db"),
        ("sqlite:/a.db", "sqlite:///a.db"),
        ("sqlite::memory:", "sqlite://:memory:"),
        ("postgres://%68ost/%64b", "postgres://host/db"),
        ("postgres://@host?#", "postgres://host"),
        ("postgres://host?a=1&&b=2&", "postgres://host?a=1&b=2"),
    ] {
        assert_eq!(parse(one), parse(other));
    }
    assert_ne!(parse("postgres://a,b"), parse("postgres://a%2Cb"));
    assert_ne!(parse("postgres://u:p@h"), parse("postgres://u:q@h"));
}

#[test]
fn no_secret_is_printed() {
    let canary = "hunter2";
    for text in [
        "postgres://me:hunter2@host/shop",
        "postgres://:hunter2@host/shop",
        "postgres://me:%68unter2@host/shop?a#b",
        "postgres://host?password=hunter2&sslPassword=hunter2&api_key=hunter2&TOKEN=hunter2&clientsecret=hunter2",
        "postgres://host?%70assword=hunter2",
    ] {
        let dsn = parse(text);
        let secret = dsn.password();
        let options = dsn.options();
        for shown in [
            format!("{dsn} {dsn:?} {dsn:#?}"),
            format!("{secret:?} {secret:#?}"),
            format!("{options:?} {options:#?}"),
            format!("{:?}", dsn.clone().with_name("other")),
        ] {
            assert!(!shown.contains(canary), "{shown}");
        }
    }
}

#[test]
fn no_refusal_shows_what_it_refuses() {
    for text in [
        "hunter2",
        "postgres//hunter2",
        "hunter2 :x",
        "hunter2:hunter2@host/shop",
        "postgres:me:hunter2@host/shop",
        "postgres://me:hunter2@hunter2@host/shop",
        "postgres://me:hunter2/hunter2@host/shop",
        "postgres://me:hunter2?hunter2@host/shop",
        "postgres://me:hunter2#hunter2@host/shop",
        "postgres://me:hunter2#hunter2@host/shop#geo",
        "postgres://me:hunter2@hunter2/hunter2@host/shop",
        "postgres://me:hunter2@hunter2?hunter2@host/shop",
        "postgres://me:hunter2%zz@host/shop",
        "postgres://me:hunter2%ff@host/shop",
        "postgres://me:hunter2%00@host/shop",
        "postgres://me:hunter2\0@host/shop",
        "postgres://me:hunter2\n@host/shop",
        "postgres://hunter2:x@host%zz/shop",
        "postgres://me:hunter2/shop",
        "postgres://[hunter2]/shop",
        "postgres://host?a=hunter2%zz",
    ] {
        let err = Dsn::parse(text).and_then(|it| it.hosts()).expect_err(text);
        hides("hunter2", &err);
    }
    let dsn = parse("postgres://host?a=hunter2&b=hunter2&b=hunter2");
    let mut options = dsn.options();
    hides("hunter2", &options.flag("a").expect_err("no flag"));
    hides("hunter2", &options.integer::<u8>("a").expect_err("no number"));
    hides("hunter2", &options.duration("a").expect_err("no time"));
    hides("hunter2", &options.choice("a", &["x"]).expect_err("no choice"));
    hides("hunter2", &options.text("b").expect_err("given twice"));
}

fn hides(secret: &str, err: &Error) {
    let shown = format!("{err} {err:?} {err:#?}");
    assert!(!shown.contains(secret), "{shown}");
}

#[test]
fn what_is_printed_parses_to_the_same() {
    for (text, _) in table::PARTS {
        comes_back(text);
    }
}

#[test]
fn odd_characters_come_back_in_every_part() {
    for odd in [
        "%2F", "%3F", "%23", "%40", "%3A", "%2C", "%26", "%3D", "%2B", "%25", "%5B", "%5D", "%20", "%0A",
        "%7F", "%25zz", "%C3%A9", "+", "é", "~", "!", "\\", "\"", "%22", "..", "//", " ",
    ] {
        comes_back(&format!("x://u{odd}@h"));
        comes_back(&format!("x://{odd}"));
        comes_back(&format!("x://a,b{odd},c:1"));
        comes_back(&format!("x:{odd}"));
        comes_back(&format!("x:///{odd}"));
        comes_back(&format!("x://u:p@h/p{odd}q"));
        comes_back(&format!("x://h?a{odd}b=1"));
        comes_back(&format!("x://h:1?a=b{odd}c&d"));
        comes_back(&format!("x://h#a{}b", odd.replace('/', "%2F")));
    }
}

/// Every text of up to four of these characters: none panics, and those that
/// are DSNs come back.
#[test]
fn any_short_text_is_a_dsn_that_comes_back_or_is_refused() {
    const SIGNS: [&str; 13] = ["a", "1", ":", "/", "@", "?", "#", "&", "=", ",", "[", "]", "%41"];
    let mut texts = vec![String::new()];
    for _ in 0..4 {
        texts = texts
            .iter()
            .flat_map(|it| [""].iter().chain(&SIGNS).map(move |sign| format!("{it}{sign}")))
            .collect();
        texts.sort_unstable();
        texts.dedup();
    }
    let mut parsed = 0;
    for text in texts.iter().flat_map(|it| [it.clone(), format!("x:{it}"), format!("x://{it}")]) {
        if let Ok(dsn) = Dsn::parse(&text) {
            parsed += 1;
            drop(dsn.hosts());
            comes_back(&text);
        }
    }
    assert!(parsed > 10_000, "{parsed}");
}

fn comes_back(text: &str) {
    let dsn = parse(text);
    let shown = dsn.to_string();
    let again = Dsn::parse(&shown).unwrap_or_else(|err| panic!("{text}, printed {shown}: {err}"));
    assert_eq!(again.to_string(), shown, "{text}");
    let masked = Dsn { password: again.password.clone(), ..dsn };
    assert!(masked == again || shown.contains("=***"), "{text}, printed {shown}");
}

#[test]
fn a_name_can_be_given_later() {
    let dsn = parse("sqlite:a.db#old").with_name("a#/é b");
    assert_eq!(dsn.name(), "a#/é b");
    assert_eq!(dsn.to_string(), "sqlite://a.db#a%23%2F%C3%A9%20b");
    assert_eq!(parse(&dsn.to_string()), dsn);
}

/// What `read` gives for an option `x` written as `written`.
fn read<T>(written: &str, read: impl Fn(&mut Options<'_>) -> Result<Option<T>>) -> Result<Option<T>, String> {
    let dsn = parse(&format!("sqlite:a.db?{written}"));
    let mut options = dsn.options();
    let value = read(&mut options).map_err(|err| {
        assert_eq!(err.kind(), Kind::Dsn);
        err.to_string()
    })?;
    options.finish().expect("all were asked for");
    Ok(value)
}

#[test]
fn a_flag_is_strict() {
    let flag = |written: &str| read(written, |it| it.flag("x"));
    for on in ["x", "x=1", "x=true", "x=TRUE", "x=yes", "x=On"] {
        assert_eq!(flag(on), Ok(Some(true)), "{on}");
    }
    for off in ["x=0", "x=false", "x=False", "x=NO", "x=off"] {
        assert_eq!(flag(off), Ok(Some(false)), "{off}");
    }
    assert_eq!(flag(""), Ok(None));
    for bad in ["x=", "x=2", "x=t", "x=%20true", "x=maybe"] {
        let message =
            "the DSN's option `x` must be `true` or `false`, `yes` or `no`, `on` or `off`, `1` or `0`";
        assert_eq!(flag(bad), Err(message.to_owned()), "{bad}");
    }
}

#[test]
fn an_integer_is_digits_within_its_type() {
    let integer = |written: &str| read(written, |it| it.integer::<u8>("x"));
    assert_eq!(integer("x=0"), Ok(Some(0)));
    assert_eq!(integer("x=255"), Ok(Some(255)));
    assert_eq!(integer(""), Ok(None));
    for bad in ["x=", "x=-1", "x=+1", "x=1.0", "x=1_0", "x=abc", "x=%D9%A1"] {
        let message = "the DSN's option `x` must be a whole number, in digits only";
        assert_eq!(integer(bad), Err(message.to_owned()), "{bad}");
    }
    for bad in ["x=256", "x=99999999999999999999999"] {
        assert_eq!(integer(bad), Err("the DSN's option `x` is too large".to_owned()), "{bad}");
    }
    assert_eq!(read("x=18446744073709551615", |it| it.integer::<u64>("x")), Ok(Some(u64::MAX)));
}

#[test]
fn a_duration_is_seconds_or_has_a_unit() {
    let duration = |written: &str| read(written, |it| it.duration("x"));
    for (written, millis) in [
        ("x=5", 5000),
        ("x=2.5", 2500),
        ("x=0.1", 100),
        ("x=200ms", 200),
        ("x=5s", 5000),
        ("x=2min", 120_000),
        ("x=0.5min", 30_000),
        ("x=0", 0),
    ] {
        assert_eq!(duration(written), Ok(Some(Duration::from_millis(millis))), "{written}");
    }
    assert_eq!(duration(""), Ok(None));
    let huge = format!("x={}", "9".repeat(400));
    for bad in
        ["x=", "x=s", "x=-1", "x=+1", "x=.5", "x=5.", "x=1e3", "x=5h", "x=5%20s", "x=inf", "x=1.2.3", &huge]
    {
        let message = "the DSN's option `x` must be a time, in seconds such as `2.5`, or with a unit: `200ms`, `5s`, `2min`";
        assert_eq!(duration(bad), Err(message.to_owned()), "{bad}");
    }
}

#[test]
fn a_choice_is_one_of_the_known() {
    let choice = |written: &str| read(written, |it| it.choice("x", &["auto", "verify", "off"]));
    assert_eq!(choice("x=verify"), Ok(Some("verify")));
    assert_eq!(choice("x=OFF"), Ok(Some("off")));
    assert_eq!(choice(""), Ok(None));
    for bad in ["x=", "x=of"] {
        let message = "the DSN's option `x` must be one of `auto`, `verify`, `off`";
        assert_eq!(choice(bad), Err(message.to_owned()), "{bad}");
    }
}

#[test]
fn an_option_is_given_once_and_with_a_value() {
    let text = |written: &str| read(written, |it| Ok(it.text("x")?.map(str::to_owned)));
    assert_eq!(text("x="), Ok(Some(String::new())));
    assert_eq!(text("x"), Err("the DSN's option `x` has no value; write one after `=`".to_owned()));
    let twice = Err("the DSN's option `x` is given twice; keep one".to_owned());
    assert_eq!(text("x=1&x=1"), twice);
    assert_eq!(text("%78=1&x"), twice);

    let dsn = parse("sqlite:a.db?x=1&y=2&x=3");
    let mut options = dsn.options();
    assert_eq!(options.texts("x").expect("two values"), ["1", "3"]);
    assert_eq!(options.texts("z").expect("no value"), [""; 0]);
}

#[test]
fn an_option_that_nobody_asked_for_is_refused() {
    let finish = |text: &str, asked: &[&str]| {
        let dsn = parse(text);
        let mut options = dsn.options();
        for name in asked {
            options.text(name).expect("a text");
        }
        options.finish().map_err(|err| err.to_string())
    };
    assert_eq!(finish("sqlite:a.db", &[]), Ok(()));
    assert_eq!(finish("sqlite:a.db?readers=1", &["readers", "timeout"]), Ok(()));
    for (text, asked, message) in [
        ("a:b?reader=1", &["timeout", "readers"][..], "is unknown; did you mean `readers`?"),
        ("a:b?Readers=1", &["timeout", "readers"], "is unknown; did you mean `readers`?"),
        (
            "a:b?x=1",
            &["timeout", "readers"],
            "is unknown; known are `timeout`, `readers`, `install`, `max_rows_buffered`",
        ),
        (
            "a:b?x=1",
            &["readers", "readers"],
            "is unknown; known are `readers`, `install`, `max_rows_buffered`",
        ),
        ("a:b?x", &[], "is unknown; known are `install`, `max_rows_buffered`"),
    ] {
        let name = text.trim_start_matches("a:b?").trim_end_matches("=1");
        assert_eq!(finish(text, asked), Err(format!("the DSN's option `{name}` {message}")));
    }
}
