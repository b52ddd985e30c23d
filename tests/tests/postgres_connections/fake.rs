//! Servers that are not, and proxies before one that is.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// Listens, and does with each connection what `serve` says.
pub(crate) async fn listen<F>(serve: impl Fn(TcpStream) -> F + Send + 'static) -> SocketAddr
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream));
        }
    });
    address
}

/// Accepts and never says a word; and how often it accepted.
pub(crate) async fn silent() -> (SocketAddr, Arc<AtomicUsize>) {
    let accepted = Arc::new(AtomicUsize::new(0));
    let count = accepted.clone();
    let address = listen(move |stream| {
        count.fetch_add(1, Ordering::Relaxed);
        async {
            let _stream = stream;
            std::future::pending().await
        }
    })
    .await;
    (address, accepted)
}

/// Says no to encryption, asks for a password by `question`, and keeps what it gets.
pub(crate) async fn curious(question: &'static [u8]) -> (SocketAddr, Arc<Mutex<Vec<u8>>>) {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let ears = heard.clone();
    let address = listen(move |mut stream| {
        let ears = ears.clone();
        async move {
            let mut buffer = [0; 1024];
            let mut is_asked = false;
            while let Ok(count) = stream.read(&mut buffer).await {
                let bytes = &buffer[..count];
                let answer: &[u8] = match bytes {
                    [] => return,
                    [0, 0, 0, 8, 4, 210, 22, 47] => b"N",
                    _ if !is_asked => question,
                    _ => b"",
                };
                is_asked |= answer == question;
                ears.lock().expect("no panic").extend_from_slice(bytes);
                if stream.write_all(answer).await.is_err() {
                    return;
                }
            }
        }
    })
    .await;
    (address, heard)
}

/// What a proxy did, and is to do.
#[derive(Default)]
pub(crate) struct Switch {
    accepted: AtomicUsize,
    is_silent: AtomicBool,
    cut: Notify,
}

impl Switch {
    /// How many connections there were.
    pub(crate) fn accepted(&self) -> usize {
        self.accepted.load(Ordering::Relaxed)
    }

    /// From now on it passes nothing on, and hangs up on nobody; or it does again.
    pub(crate) fn set_silent(&self, is_silent: bool) {
        self.is_silent.store(is_silent, Ordering::Relaxed);
    }

    /// Hangs up on whoever is connected.
    pub(crate) fn cut(&self) {
        self.cut.notify_waiters();
    }
}

/// Passes everything on to the server, after a pause at first.
pub(crate) async fn proxy(pause: Duration) -> (SocketAddr, Arc<Switch>) {
    let switch = Arc::new(Switch::default());
    let handle = switch.clone();
    let address = listen(move |near| {
        let switch = switch.clone();
        async move {
            switch.accepted.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(pause).await;
            let far = TcpStream::connect(super::dsn().authority()).await.expect("the server");
            let (near, far) = (near.into_split(), far.into_split());
            tokio::select! {
                _ = async { tokio::join!(pass(near.0, far.1, &switch), pass(far.0, near.1, &switch)) } => {}
                () = switch.cut.notified() => {}
            }
        }
    })
    .await;
    (address, handle)
}

async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, switch: &Switch) {
    let mut buffer = [0; 8192];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        while switch.is_silent.load(Ordering::Relaxed) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        if to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
}
