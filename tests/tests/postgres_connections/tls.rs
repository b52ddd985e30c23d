//! Encrypted connections. A proxy encrypts, so that any server will do.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use prom_postgres::Result;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tempfile::NamedTempFile;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use super::fake::listen;
use super::{BACKEND, ask_once, dsn, dsn_with, pool_of, refusal};

/// A proxy with a certificate for `name`, the file of its authority, and how many
/// connections it encrypted.
async fn proxy(name: &str) -> (SocketAddr, NamedTempFile, Arc<AtomicUsize>) {
    let authority_key = KeyPair::generate().expect("a key");
    let mut params = CertificateParams::new(Vec::new()).expect("no names");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = params.self_signed(&authority_key).expect("a certificate");
    let file = NamedTempFile::new().expect("a file");
    std::fs::write(&file, authority.pem()).expect("it is written");

    let key = KeyPair::generate().expect("a key");
    let certificate = CertificateParams::new(vec![name.to_owned()])
        .expect("a name")
        .signed_by(&key, &Issuer::from_params(&params, &authority_key))
        .expect("a certificate");
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::Pkcs8(key.serialize_der().into()))
        .expect("a good pair");

    let (acceptor, count) = (TlsAcceptor::from(Arc::new(config)), Arc::new(AtomicUsize::new(0)));
    let encrypted = count.clone();
    let address = listen(move |mut stream| {
        let (acceptor, encrypted) = (acceptor.clone(), encrypted.clone());
        async move {
            let mut behind = TcpStream::connect(dsn().authority()).await.expect("the server");
            let mut head = [0; 8];
            if stream.read_exact(&mut head).await.is_err() {
                return;
            }
            if head != [0, 0, 0, 8, 4, 210, 22, 47] {
                behind.write_all(&head).await.expect("it listens");
                let _ = copy_bidirectional(&mut stream, &mut behind).await;
                return;
            }
            stream.write_all(b"S").await.expect("it listens");
            if let Ok(mut stream) = acceptor.accept(stream).await {
                encrypted.fetch_add(1, Ordering::Relaxed);
                let _ = copy_bidirectional(&mut stream, &mut behind).await;
            }
        }
    })
    .await;
    (address, file, count)
}

#[tokio::test]
async fn a_server_that_is_known_is_believed() -> Result<()> {
    let (proxy, roots, encrypted) = proxy("localhost").await;
    let hosts = format!("localhost:{}", proxy.port());
    let options = format!("sslmode=verify-full&sslrootcert={}&max_connections=1", roots.path().display());
    let pool = pool_of(&dsn_with(&hosts, &options));
    let backend = ask_once(&pool, BACKEND).await?;
    assert_eq!(encrypted.load(Ordering::Relaxed), 1);
    // A request to cancel goes the same way.
    assert!(timeout(Duration::from_millis(50), ask_once(&pool, "SELECT pg_sleep(20)")).await.is_err());
    assert_ne!(ask_once(&pool, BACKEND).await?, backend);
    assert_eq!(encrypted.load(Ordering::Relaxed), 3);
    Ok(())
}

#[tokio::test]
async fn a_server_that_cannot_be_verified_is_refused() {
    let (proxy, roots, encrypted) = proxy("elsewhere.example").await;
    let roots = roots.path().display().to_string();
    for (options, text) in [
        ("sslmode=require".to_owned(), "`sslrootcert`"),
        (format!("sslmode=require&sslrootcert={roots}"), "for another name"),
        ("sslmode=require&sslrootcert=/nowhere.pem".to_owned(), "`/nowhere.pem`, which cannot be read"),
        ("sslmode=require&sslrootcert=/etc/hostname".to_owned(), "which holds no certificate"),
    ] {
        let error = refusal(&dsn_with(&proxy.to_string(), &options)).await;
        assert!(error.to_string().contains(text), "{error:?}");
    }
    assert_eq!(encrypted.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn on_this_machine_what_cannot_be_verified_stays_unencrypted() -> Result<()> {
    let (proxy, _, encrypted) = proxy("elsewhere.example").await;
    ask_once(&pool_of(&dsn_with(&proxy.to_string(), "")), BACKEND).await?;
    assert_eq!(encrypted.load(Ordering::Relaxed), 0);
    Ok(())
}
