//! The bytes between us and a server.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use prom_core::{Error, Kind, Result};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};

use crate::config::Config;

trait Io: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

/// The bytes between us and a server.
pub(crate) struct Stream {
    io: Box<dyn Io>,
    watch: Option<Watch>,
    is_shut: bool,
}

/// How to reach a server: its name is looked up by now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Address {
    Tcp(SocketAddr),
    #[cfg(unix)]
    Socket(std::path::PathBuf),
}

impl Address {
    /// Whether nothing leaves this machine on the way there.
    pub(crate) fn is_local(&self) -> bool {
        match self {
            Self::Tcp(address) => address.ip().to_canonical().is_loopback(),
            #[cfg(unix)]
            Self::Socket(_) => true,
        }
    }
}

/// Marks an error as this: the server asked for the password itself.
#[derive(Debug)]
pub(crate) struct PasswordAsked;

impl std::fmt::Display for PasswordAsked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the server asks for the password in clear text, or hashed by MD5")
    }
}

impl std::error::Error for PasswordAsked {}

/// Reads along in the server's first message, which says how it wants to know
/// who we are. The driver answers whatever it is asked.
///
/// <https://www.postgresql.org/docs/current/protocol-message-formats.html>
#[derive(Default)]
struct Watch {
    head: [u8; Watch::LENGTH],
    seen: usize,
}

impl Watch {
    /// The kind, the length and the way.
    const LENGTH: usize = 9;

    fn read(&mut self, bytes: &[u8]) -> io::Result<()> {
        for (place, byte) in self.head.iter_mut().skip(self.seen).zip(bytes) {
            *place = *byte;
            self.seen += 1;
        }
        let [kind, _, _, _, _, way @ ..] = self.head;
        match (kind, u32::from_be_bytes(way)) {
            (b'R', 3 | 5) if self.is_done() => {
                Err(io::Error::new(io::ErrorKind::PermissionDenied, PasswordAsked))
            }
            _ => Ok(()),
        }
    }

    fn is_done(&self) -> bool {
        self.seen == Self::LENGTH
    }
}

impl Stream {
    /// A connection to `address`, with nothing sent yet.
    pub(crate) async fn open(address: &Address, config: &Config) -> io::Result<Self> {
        let io: Box<dyn Io> = match address {
            Address::Tcp(address) => Box::new(tcp(*address, config).await?),
            #[cfg(unix)]
            Address::Socket(path) => Box::new(tokio::net::UnixStream::connect(path).await?),
        };
        Ok(Self { io, watch: None, is_shut: false })
    }

    /// Asks for encryption, and gives whether the server is ready for it.
    ///
    /// <https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-SSL>
    pub(crate) async fn ask_for_tls(&mut self) -> Result<bool> {
        let mut request = bytes::BytesMut::new();
        postgres_protocol::message::frontend::ssl_request(&mut request);
        let mut answer = [0];
        let asked = async {
            self.io.write_all(&request).await?;
            self.io.flush().await?;
            // No byte more: what else lies there was not encrypted and must not pass for it.
            self.io.read_exact(&mut answer).await
        };
        match (asked.await, answer) {
            (Ok(_), [b'S']) => Ok(true),
            (Ok(_), [b'N']) => Ok(false),
            // A server that is older than encryption, or full.
            (Ok(_), [b'E']) => Err(Error::new(Kind::Connect, "refuses before anything was asked")),
            (Ok(_), _) => {
                Err(Error::new(Kind::Connect, "does not speak PostgreSQL's protocol; is the port right?"))
            }
            (Err(error), _) => {
                Err(Error::new(Kind::Connect, "hung up when asked for encryption; is the port right?")
                    .with_source(error))
            }
        }
    }

    /// Lets no password out: it ends when the server asks for one.
    pub(crate) fn watch(&mut self) {
        self.watch = Some(Watch::default());
    }
}

async fn tcp(address: SocketAddr, config: &Config) -> io::Result<tokio::net::TcpStream> {
    let stream = tokio::net::TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let socket = socket2::SockRef::from(&stream);
    if let Some(keepalives) = config.keepalives {
        let options = socket2::TcpKeepalive::new().with_time(keepalives.idle);
        #[cfg(any(target_os = "linux", target_os = "macos", target_os = "freebsd", target_os = "windows"))]
        let options = options.with_interval(keepalives.interval).with_retries(keepalives.count);
        socket.set_tcp_keepalive(&options)?;
    }
    #[cfg(target_os = "linux")]
    socket.set_tcp_user_timeout(config.tcp_user_timeout)?;
    Ok(stream)
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.io).poll_read(cx, buf))?;
        if let Some(watch) = &mut self.watch {
            watch.read(buf.filled().get(before..).unwrap_or_default())?;
            if watch.is_done() {
                self.watch = None;
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.is_shut {
            ready!(Pin::new(&mut self.io).poll_shutdown(cx))?;
            self.is_shut = true;
        }
        // A server counts a connection for a while after the goodbye: it hangs up when it no longer does.
        loop {
            let mut rest = [0; 512];
            let mut rest = ReadBuf::new(&mut rest);
            ready!(Pin::new(&mut self.io).poll_read(cx, &mut rest))?;
            if rest.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_asked_for_is_seen_however_it_is_cut() {
        for (message, is_fine) in [
            ([b'R', 0, 0, 0, 8, 0, 0, 0, 0], true),
            ([b'R', 0, 0, 0, 8, 0, 0, 0, 3], false),
            ([b'R', 0, 0, 0, 12, 0, 0, 0, 5], false),
            ([b'R', 0, 0, 0, 23, 0, 0, 0, 10], true),
            ([b'E', 0, 0, 0, 12, 0, 0, 0, 5], true),
        ] {
            for size in 1..=message.len() {
                let mut watch = Watch::default();
                let read: io::Result<()> = message.chunks(size).try_for_each(|it| watch.read(it));
                assert_eq!((read.is_ok(), watch.is_done()), (is_fine, true), "{message:?} by {size}");
            }
        }
    }
}
