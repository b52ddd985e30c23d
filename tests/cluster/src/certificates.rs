//! Certificates for servers: good ones and bad ones, new in each test.

use std::fs;
use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};

use crate::account::Account;
use crate::error::{Result, during};
use crate::watchdog::Directory;

/// Two authorities, and what the first has signed. The files go with this value.
#[derive(Debug)]
pub struct Certificates {
    directory: Directory,
}

/// A server's certificate and its key, both files in PEM.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Certificate {
    /// The certificate.
    pub chain: PathBuf,
    /// Its key.
    pub key: PathBuf,
}

impl Certificates {
    /// Makes them.
    ///
    /// # Errors
    ///
    /// When the files cannot be written.
    pub fn new() -> Result<Self> {
        let account = Account::find()?;
        let this = Self { directory: Directory::new(account)? };
        let issuer = authority("prom's tests", &this.authority())?;
        authority("a stranger", &this.stranger())?;
        sign(&issuer, &["localhost", "127.0.0.1"], &this.server())?;
        sign(&issuer, &["elsewhere.example"], &this.elsewhere())?;
        Ok(this)
    }

    /// The authority that has signed the servers' certificates, in PEM.
    #[must_use]
    pub fn authority(&self) -> PathBuf {
        self.directory.join("authority.pem")
    }

    /// An authority that has signed nothing, in PEM.
    #[must_use]
    pub fn stranger(&self) -> PathBuf {
        self.directory.join("stranger.pem")
    }

    /// A certificate for `localhost` and 127.0.0.1.
    #[must_use]
    pub fn server(&self) -> Certificate {
        self.certificate("server")
    }

    /// A certificate for another host, `elsewhere.example`.
    #[must_use]
    pub fn elsewhere(&self) -> Certificate {
        self.certificate("elsewhere")
    }

    fn certificate(&self, name: &str) -> Certificate {
        let file = |ending| self.directory.join(&format!("{name}.{ending}"));
        Certificate { chain: file("pem"), key: file("key") }
    }
}

fn authority(name: &str, file: &Path) -> Result<Issuer<'static, KeyPair>> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let key = KeyPair::generate().map_err(during(name))?;
    let certificate = params.self_signed(&key).map_err(during(name))?;
    fs::write(file, certificate.pem()).map_err(during(file.display()))?;
    Ok(Issuer::new(params, key))
}

fn sign(issuer: &Issuer<'static, KeyPair>, names: &[&str], files: &Certificate) -> Result<()> {
    let names: Vec<_> = names.iter().map(|it| (*it).to_owned()).collect();
    let mut params = CertificateParams::new(names).map_err(during("a certificate"))?;
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    let key = KeyPair::generate().map_err(during("a key"))?;
    let certificate = params.signed_by(&key, issuer).map_err(during("a certificate"))?;
    fs::write(&files.chain, certificate.pem()).map_err(during(files.chain.display()))?;
    fs::write(&files.key, key.serialize_pem()).map_err(during(files.key.display()))
}
