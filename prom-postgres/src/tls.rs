//! Encryption by rustls, which always verifies.

use prom_core::{Error, Kind};

/// What a caller gets who needs encryption that was not built in. `who` wants it.
#[cold]
pub(crate) fn left_out(who: &str) -> Error {
    Error::new(
        Kind::Unsupported,
        format!(
            "{who} encryption, and prom was built without; add the feature `tls`, or write `sslmode=disable` \
             where the network can be trusted"
        ),
    )
}

#[cfg(feature = "tls")]
pub(crate) use with_tls::{Handshake, Tls, why};

#[cfg(feature = "tls")]
mod with_tls {
    use std::error::Error as StdError;
    use std::io;
    use std::path::Path;
    use std::sync::Arc;

    use prom_core::{Error, Kind, Result};
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject;
    use rustls::{CertificateError, ClientConfig, Error as TlsError, RootCertStore};
    use tokio_postgres::tls::MakeTlsConnect;
    use tokio_postgres_rustls::MakeRustlsConnect;

    use crate::stream::Stream;

    /// Who is believed, and how to encrypt.
    pub(crate) struct Tls(MakeRustlsConnect);

    /// How to encrypt one connection, to a server of a name.
    pub(crate) type Handshake = <MakeRustlsConnect as MakeTlsConnect<Stream>>::TlsConnect;

    impl Tls {
        /// Believes the authorities in the file `roots`, or the system's. It
        /// reads files: not for a thread that others wait for.
        pub(crate) fn load(roots: Option<&Path>) -> Result<Self> {
            let roots = match roots {
                Some(file) => from_file(file)?,
                None => from_system()?,
            };
            // Never the process's default, which is the program's and may be missing.
            let config =
                ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
                    .with_safe_default_protocol_versions()
                    .map_err(|error| {
                        Error::new(Kind::Unsupported, "this machine cannot encrypt as rustls does")
                            .with_source(error)
                    })?
                    .with_root_certificates(roots)
                    .with_no_client_auth();
            Ok(Self(MakeRustlsConnect::new(config)))
        }

        /// How to encrypt a connection to `host`, whose certificate must be for it.
        pub(crate) fn handshake(&self, host: &str) -> Handshake {
            let Ok(handshake) = MakeTlsConnect::<Stream>::make_tls_connect(&mut self.0.clone(), host);
            handshake
        }
    }

    fn from_file(file: &Path) -> Result<RootCertStore> {
        let refuse = |what: &str| {
            let shown = file.display();
            Error::new(Kind::Dsn, format!("the DSN's option `sslrootcert` names `{shown}`, {what}"))
        };
        let bytes = std::fs::read(file).map_err(|it| refuse("which cannot be read").with_source(it))?;
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(&bytes) {
            let certificate = certificate.map_err(|_| refuse("which is not well-formed PEM"))?;
            roots.add(certificate).map_err(|it| refuse("which holds a bad certificate").with_source(it))?;
        }
        match roots.is_empty() {
            true => Err(refuse("which holds no certificate; it must be PEM")),
            false => Ok(roots),
        }
    }

    fn from_system() -> Result<RootCertStore> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        match roots.is_empty() {
            true => Err(Error::new(
                Kind::Connect,
                "this machine has no certificates of authorities; install them (`ca-certificates`), or name a \
                 file by `sslrootcert` in the DSN",
            )),
            false => Ok(roots),
        }
    }

    /// Why encryption failed and what to do, if that is what `error` is about.
    pub(crate) fn why(error: &tokio_postgres::Error) -> Option<&'static str> {
        let io = error.source()?.downcast_ref::<io::Error>()?;
        let error = io.get_ref()?.downcast_ref::<TlsError>()?;
        Some(match error {
            TlsError::InvalidCertificate(CertificateError::UnknownIssuer) => {
                "has a certificate from nobody we know; name the file of its authority by `sslrootcert` in the DSN"
            }
            TlsError::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            ) => "has a certificate for another name; write the host in the DSN as the certificate does",
            TlsError::InvalidCertificate(
                CertificateError::Expired | CertificateError::ExpiredContext { .. },
            ) => "has a certificate that has expired; renew it on the server",
            TlsError::InvalidCertificate(_) => "has a certificate that cannot be verified",
            _ => "and we agree on no encryption",
        })
    }
}
