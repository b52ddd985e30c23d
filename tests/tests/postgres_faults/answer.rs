//! A proxy before the server, which says something else in the place of an answer.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use prom::Connection;
use prom_cluster::Database;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

use crate::setup::connect;

/// What is said in the place of an answer, before the proxy hangs up.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Words {
    Nothing,
    Error { severity: &'static str, code: &'static str, text: &'static str, routine: Option<&'static str> },
}

/// What PgBouncer says where the server has gone.
pub(crate) const CRASHED: Words = pooler("FATAL", "08P01", "server conn crashed?");

pub(crate) const fn pooler(severity: &'static str, code: &'static str, text: &'static str) -> Words {
    Words::Error { severity, code, text, routine: None }
}

impl Words {
    /// <https://www.postgresql.org/docs/current/protocol-error-fields.html>
    fn message(self) -> Vec<u8> {
        let Self::Error { severity, code, text, routine } = self else { return Vec::new() };
        let mut body = Vec::new();
        let fields = [('S', severity), ('V', severity), ('C', code), ('M', text)];
        for (field, value) in fields.into_iter().chain(routine.map(|it| ('R', it))) {
            body.push(u8::try_from(field).expect("a letter"));
            body.extend_from_slice(value.as_bytes());
            body.push(0);
        }
        body.push(0);
        let length = u32::try_from(body.len() + 4).expect("it is short");
        [&b"E"[..], &length.to_be_bytes(), &body].concat()
    }
}

/// What is to come of which answer, and how often that was.
#[derive(Debug, Default)]
pub(crate) struct Answers {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// How the command's tag begins, and what to say in its place.
    armed: Option<(&'static str, Words)>,
    tags: Vec<String>,
}

impl Answers {
    /// The next answer to a command whose tag begins so is replaced. Forgets what
    /// was seen before.
    pub(crate) fn replace(&self, tag: &'static str, words: Words) {
        *self.state.lock().expect("no panic") = State { armed: Some((tag, words)), tags: Vec::new() };
    }

    /// How many commands the server has carried out since whose tag begins so.
    pub(crate) fn count(&self, tag: &str) -> usize {
        let state = self.state.lock().expect("no panic");
        assert!(state.armed.is_none(), "no answer was replaced: {:?}", state.tags);
        state.tags.iter().filter(|it| it.starts_with(tag)).count()
    }

    /// Takes note of a tag; gives what is to be said in its place.
    fn see(&self, tag: String) -> Option<Words> {
        let mut state = self.state.lock().expect("no panic");
        let words = state.armed.filter(|(start, _)| tag.starts_with(start)).map(|(_, words)| words);
        if words.is_some() {
            state.armed = None;
        }
        state.tags.push(tag);
        words
    }

    /// Passes on what the server says, a whole answer at a time: where one is
    /// replaced, the server has done the work by then.
    async fn pass(&self, mut server: OwnedReadHalf, mut client: OwnedWriteHalf) -> Option<()> {
        let mut held = Vec::new();
        let mut words = None;
        let mut is_login = true;
        loop {
            let (letter, length) = (server.read_u8().await.ok()?, server.read_u32().await.ok()?);
            let mut body = vec![0; usize::try_from(length).ok()? - 4];
            server.read_exact(&mut body).await.ok()?;
            if letter == b'C' {
                words = words.or(self.see(String::from_utf8_lossy(&body).into_owned()));
            }
            held.push(letter);
            held.extend_from_slice(&length.to_be_bytes());
            held.extend_from_slice(&body);
            // ReadyForQuery ends an answer, and CopyInResponse waits for the client.
            if is_login || matches!(letter, b'Z' | b'G') {
                if let Some(words) = words {
                    client.write_all(&words.message()).await.ok()?;
                    return None;
                }
                client.write_all(&held).await.ok()?;
                held.clear();
            }
            is_login &= letter != b'Z';
        }
    }
}

async fn proxy(server: String) -> (SocketAddr, Arc<Answers>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let answers = Arc::new(Answers::default());
    let handle = answers.clone();
    tokio::spawn(async move {
        while let Ok((near, _)) = listener.accept().await {
            let (answers, server) = (answers.clone(), server.clone());
            tokio::spawn(async move {
                let far = TcpStream::connect(server).await.expect("the server");
                let ((mut from_near, to_near), (from_far, mut to_far)) =
                    (near.into_split(), far.into_split());
                tokio::select! {
                    _ = answers.pass(from_far, to_near) => {}
                    _ = copy(&mut from_near, &mut to_far) => {}
                }
            });
        }
    });
    (address, handle)
}

/// A connection by way of the proxy, and one besides.
pub(crate) async fn through(database: &Database, options: &str) -> (Connection, Connection, Arc<Answers>) {
    let others = connect(&database.dsn(), "max_connections=1");
    let server = format!("{}:{}", database.address().host(), database.address().port());
    let (address, answers) = proxy(server.clone()).await;
    let there = database.dsn().replacen(&format!("{server}/"), &format!("{address}/"), 1);
    let options = format!("max_connections=1&sslmode=disable&{options}");
    (connect(&there, &options), others, answers)
}
