//! What cannot be connected to, and what the error says.

use std::sync::atomic::Ordering;

use prom_postgres::__connections::Use;
use prom_postgres::Kind;
use tokio::time::timeout;

use super::fake::{curious, silent};
use super::{BACKEND, HANGS, ask_once, dsn, dsn_with, pool, pool_of, refusal};

#[tokio::test]
async fn each_refusal_names_the_server_and_the_cure() {
    let dsn = dsn();
    let server = dsn.authority();
    let plain = curious(b"").await.0.to_string();
    let password: String =
        dsn.password().map_or("", |it| it.expose()).bytes().map(|it| format!("%{it:02X}")).collect();
    for (dsn, texts) in [
        (format!("postgres://postgres:canary@{server}/postgres"), [server, "mend the user or the password"]),
        (format!("postgres://nobody:canary@{server}/postgres"), [server, "`nobody`"]),
        (format!("postgres://postgres@{server}/postgres"), [server, "has none"]),
        (format!("postgres://postgres:{password}@{server}/nowhere"), [server, "CREATE DATABASE"]),
        (
            "postgres://u:canary@no-such-host.invalid/d".to_owned(),
            ["no-such-host.invalid:5432", "is not known"],
        ),
        ("postgres://u:canary@127.0.0.1:1/d".to_owned(), ["127.0.0.1:1", "nobody listens"]),
        ("postgres://u:canary@%2Fnowhere/d".to_owned(), ["/nowhere/.s.PGSQL.5432", "no socket"]),
        (format!("postgres://u:canary@{plain}/d?sslmode=require"), [plain.as_str(), "ssl = on"]),
        (format!("postgres://u:canary@{plain}/d?channel_binding=require"), [plain.as_str(), "ssl = on"]),
    ] {
        let error = refusal(&dsn).await;
        assert_eq!(error.kind(), Kind::Connect, "{error:?}");
        for text in texts {
            assert!(error.to_string().contains(text), "{error:?}");
        }
        assert!(!format!("{error:?}").contains("canary"), "{error:?}");
    }
}

#[tokio::test]
async fn a_silent_server_is_given_up_and_the_next_one_tried() {
    let (silent, accepted) = silent().await;
    let hosts = format!("{silent},{}", dsn().authority());
    for (ssl, tries) in [("disable", 1), ("prefer", 2)] {
        let pool = pool_of(&dsn_with(&hosts, &format!("connect_timeout=2s&sslmode={ssl}")));
        let asked = timeout(HANGS, ask_once(&pool, BACKEND)).await.expect("it waits for ever");
        asked.expect("the second one");
        assert_eq!(accepted.load(Ordering::Relaxed), tries, "each waits for the silent one once");
    }

    let error = refusal(&format!("postgres://u:p@{silent}/d?connect_timeout=300ms")).await;
    assert!(error.to_string().contains("within 300ms") && error.to_string().contains(&silent.to_string()));
    let error = refusal(&format!("postgres://u:p@127.0.0.1:1,{silent}/d?connect_timeout=300ms")).await;
    assert!(error.to_string().contains("nobody listens at 127.0.0.1:1"), "{error:?}");
}

#[tokio::test]
async fn no_password_is_shown_to_who_asks_for_it() {
    for question in [b"R\0\0\0\x08\0\0\0\x03".as_slice(), b"R\0\0\0\x0c\0\0\0\x05salt".as_slice()] {
        for options in ["", "sslmode=prefer"] {
            let (fake, heard) = curious(question).await;
            let error = refusal(&format!("postgres://u:canary@{fake}/d?{options}")).await;
            assert!(error.to_string().contains("it was not sent"), "{error:?}");
            let heard = heard.lock().expect("no panic").clone();
            let heard = String::from_utf8_lossy(&heard);
            assert!(heard.contains("user") && !heard.contains("canary") && !heard.contains("md5"), "{heard}");
        }
    }
    let (fake, heard) = curious(b"R\0\0\0\x08\0\0\0\x03").await;
    // It is never answered; but by then it was sent, on whatever machine.
    refusal(&format!("postgres://u:canary@{fake}/d?sslmode=disable&connect_timeout=2s")).await;
    let heard = heard.lock().expect("no panic").clone();
    assert!(String::from_utf8_lossy(&heard).contains("canary"), "it was asked for on this machine");
}

#[tokio::test]
async fn a_server_of_the_wrong_kind_is_passed_over() {
    for (target, is_fine) in
        [("any", true), ("read-write", true), ("primary", true), ("prefer-standby", true), ("standby", false)]
    {
        let asked = ask_once(&pool(&format!("target_session_attrs={target}")), BACKEND).await;
        assert_eq!(asked.is_ok(), is_fine, "{target}: {asked:?}");
    }
    let readonly = pool("target_session_attrs=read-only").get(Use::Statement).await.expect_err("it writes");
    assert!(readonly.to_string().contains("`target_session_attrs`"), "{readonly:?}");
}
