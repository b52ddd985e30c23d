//! What is read from the environment, each case in a process of its own.

use std::process::{Command, Output};

use prom::prelude::*;

#[prom::orm]
#[derive(Debug)]
struct Foo {
    bar: i64,
}

#[prom::orm(connection = "second")]
#[derive(Debug)]
struct Second {
    bar: i64,
}

/// Runs this very test in a process of its own, in which `CHILD` is set.
fn in_child(test: &str, variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(std::env::current_exe().expect("the test's own path"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("PROM_") {
            command.env_remove(name);
        }
    }
    command.args(["--exact", test, "--nocapture"]).env("CHILD", "1").envs(variables.iter().copied());
    command.output().expect("the child runs")
}

fn is_child() -> bool {
    std::env::var_os("CHILD").is_some()
}

/// The line that the child printed after `got: `.
fn got(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines()
        .find_map(|it| it.split_once("got: "))
        .map_or_else(|| format!("{output:?}"), |(_, it)| it.to_owned())
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}

#[test]
fn models_find_their_connections_by_name() {
    if is_child() {
        return run(async {
            Foo::create().bar(1).await.expect("the default");
            Second::create().bar(2).await.expect("the second");
            let names =
                [Foo::query().only().await.expect("one").bar, Second::query().only().await.expect("one").bar];
            println!("got: {names:?} {}", prom::connection("second").expect("it is there").dsn());
        });
    }
    let output = in_child(
        "models_find_their_connections_by_name",
        &[("PROM_DSN", "sqlite::memory:"), ("PROM_DSN_7", "sqlite::memory:#second")],
    );
    assert_eq!(got(&output), "[1, 2] sqlite://:memory:#second");
}

#[test]
fn the_only_connection_serves_models_that_name_none() {
    if is_child() {
        return run(async {
            println!("got: {}", Foo::create().bar(1).await.expect("the only one").id);
        });
    }
    let only = [("PROM_DSN_2", "sqlite::memory:#geo")];
    assert_eq!(got(&in_child("the_only_connection_serves_models_that_name_none", &only)), "1");
}

#[test]
fn of_several_named_ones_none_is_the_default() {
    if is_child() {
        return run(async {
            assert!(prom::connection("").is_err());
            println!("got: {}", Foo::create().bar(1).await.expect_err("which one?"));
        });
    }
    let two = [("PROM_DSN_1", "sqlite::memory:#a"), ("PROM_DSN_2", "sqlite::memory:#b")];
    let text = got(&in_child("of_several_named_ones_none_is_the_default", &two));
    assert!(text.contains("`a`, `b`") && text.contains("connection = \"..\""), "{text}");
}

#[test]
fn nothing_configured_says_what_to_set() {
    if is_child() {
        return run(async {
            println!("got: {}", Foo::create().bar(1).await.expect_err("nowhere"));
        });
    }
    let text = got(&in_child("nothing_configured_says_what_to_set", &[]));
    assert!(text.contains("PROM_DSN=sqlite::memory:") && text.contains("prom::configure"), "{text}");
}

#[test]
fn an_empty_variable_says_what_to_write() {
    if is_child() {
        return run(async {
            println!("got: {}", Foo::create().bar(1).await.expect_err("nowhere"));
        });
    }
    let text = got(&in_child("an_empty_variable_says_what_to_write", &[("PROM_DSN", "")]));
    assert!(text.starts_with("PROM_DSN: it is empty; set it to a DSN"), "{text}");
}

#[test]
fn a_bad_dsn_is_reported_with_its_variable() {
    if is_child() {
        return run(async {
            println!("got: {}", Foo::create().bar(1).await.expect_err("a bad one"));
        });
    }
    let bad = [("PROM_DSN_3", "sqlite:a.db?readers=many")];
    let text = got(&in_child("a_bad_dsn_is_reported_with_its_variable", &bad));
    assert!(text.starts_with("PROM_DSN_3: ") && text.contains("`readers`"), "{text}");
}

#[test]
fn a_connection_by_hand_means_that_the_environment_is_not_read() {
    if is_child() {
        return run(async {
            prom::configure("sqlite::memory:#by_hand").expect("a good DSN");
            Foo::create().bar(1).await.expect("the only one");
            println!("got: {}", prom::connection("").expect("the only one").name());
        });
    }
    let bad = [("PROM_DSN", "not a dsn")];
    assert_eq!(
        got(&in_child("a_connection_by_hand_means_that_the_environment_is_not_read", &bad)),
        "by_hand"
    );
}
