//! How a server is asked to break off what it does.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use prom_core::{Error, Kind, Result};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio_postgres::CancelToken;
use tokio_postgres::tls::{ChannelBinding, TlsConnect, TlsStream};

use super::{Connector, Route, explain};

impl Connector {
    /// Asks the server at the end of `route` to break off what `token` is of,
    /// and waits until it has heard.
    ///
    /// The driver hangs up at once, which PgBouncer 1.18 does not survive.
    pub(crate) async fn cancel(&self, route: &Route, token: &CancelToken) -> Result<()> {
        let mut notes = Notes::default();
        let noted = token.cancel_query_raw(&mut notes, AsItIs).await;
        noted.map_err(|it| explain::login(&route.server, &self.config, &it))?;

        let mut stream = self.open(&route.server, &route.address).await?;
        if !route.is_encrypted {
            return ask(stream, &notes.0).await;
        }
        if !stream.ask_for_tls().await? {
            return Err(explain::no_tls(&route.server));
        }
        #[cfg(feature = "tls")]
        match self.tls(&route.server).await?.connect(stream).await {
            Ok(stream) => ask(stream, &notes.0).await?,
            Err(error) => return Err(not_heard(error)),
        }
        Ok(())
    }
}

/// Sends the request; the server hangs up when it is done.
///
/// <https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-CANCELING-REQUESTS>
async fn ask(mut stream: impl AsyncRead + AsyncWrite + Unpin, request: &[u8]) -> Result<()> {
    let asked = async {
        stream.write_all(request).await?;
        stream.flush().await
    };
    asked.await.map_err(not_heard)?;
    let mut nothing = [0; 16];
    while let Ok(1..) = stream.read(&mut nothing).await {}
    Ok(())
}

#[cold]
fn not_heard(error: io::Error) -> Error {
    Error::new(Kind::Connect, "the server did not hear that a statement is to be cancelled")
        .with_source(error)
}

/// Takes down what is sent: the driver tells the key that cancels to nobody else.
#[derive(Default)]
struct Notes(Vec<u8>);

/// Encrypts nothing: what is taken down is sent on the way that it must go.
struct AsItIs;

impl<'a> TlsConnect<&'a mut Notes> for AsItIs {
    type Stream = &'a mut Notes;
    type Error = Infallible;
    type Future = Ready<Result<&'a mut Notes, Infallible>>;

    fn connect(self, notes: &'a mut Notes) -> Self::Future {
        ready(Ok(notes))
    }
}

impl TlsStream for &mut Notes {
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

impl AsyncRead for Notes {
    fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, _: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Notes {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.0.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
