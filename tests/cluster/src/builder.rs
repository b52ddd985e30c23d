//! How a cluster is to be.

use std::fmt::Write;
use std::fs;

use crate::certificates::Certificate;
use crate::cluster::Cluster;
use crate::error::{Result, during};
use crate::server::Server;

/// Every letter that a DSN must encode.
const PASSWORD: &str = "p@ss:w/o#r%d?";

/// How a cluster is to be.
#[derive(Debug, Clone)]
#[must_use]
pub struct Builder {
    durability: &'static str,
    method: &'static str,
    tcp: &'static str,
    certificate: Option<Certificate>,
    settings: Vec<(String, String)>,
}

impl Builder {
    pub(crate) fn new() -> Self {
        Self {
            durability: "off",
            method: "scram-sha-256",
            tcp: "host",
            certificate: None,
            settings: Vec::new(),
        }
    }

    /// A commit outlives [`Cluster::stop_immediately`]; without this it may not.
    pub fn durable(mut self) -> Self {
        self.durability = "on";
        self
    }

    /// Offers TLS with this certificate.
    pub fn tls(mut self, certificate: &Certificate) -> Self {
        self.certificate = Some(certificate.clone());
        self
    }

    /// Offers TLS, and refuses TCP without it.
    pub fn tls_only(mut self, certificate: &Certificate) -> Self {
        self.tcp = "hostssl";
        self.tls(certificate)
    }

    /// Asks for the password as it is, not for a proof of it.
    pub fn clear_text_passwords(mut self) -> Self {
        self.method = "password";
        self
    }

    /// Sets a parameter of `postgresql.conf`.
    pub fn setting(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Makes the cluster and waits until it answers.
    ///
    /// # Errors
    ///
    /// When there is no PostgreSQL on this machine, or it does not start: with the
    /// end of its log.
    pub fn start(self) -> Result<Cluster> {
        let mut server = Server::new("postgres", PASSWORD)?;
        let (account, data) = (server.account(), server.data());
        let password = server.directory().join("password");
        account.write(&password, PASSWORD)?;
        server.binaries().run(account, "initdb", |it| {
            it.args(["--no-sync", "--locale=C", "--encoding=UTF8", "--username=postgres"]);
            it.args(["--auth=scram-sha-256", "--pwfile"]).arg(&password).arg("-D").arg(&data);
        })?;
        account.write(&data.join("pg_hba.conf"), &self.hba())?;
        if let Some(Certificate { chain, key }) = &self.certificate {
            for (from, to) in [(chain, "server.crt"), (key, "server.key")] {
                let pem = fs::read_to_string(from).map_err(during(from.display()))?;
                account.write(&data.join(to), &pem)?;
            }
        }
        // Of two settings of one parameter the last holds.
        let conf = data.join("postgresql.conf");
        let defaults = fs::read_to_string(&conf).map_err(during(conf.display()))?;
        account.write(&conf, &(defaults + &self.conf()))?;
        server.start_somewhere()?;
        Ok(Cluster::new(server))
    }

    fn hba(&self) -> String {
        let Self { method, tcp, .. } = self;
        format!(
            "local all all {method}\n\
             local replication all {method}\n\
             {tcp} all all 127.0.0.1/32 {method}\n\
             {tcp} replication all 127.0.0.1/32 {method}\n"
        )
    }

    fn conf(&self) -> String {
        let ours = [
            ("listen_addresses", "127.0.0.1"),
            ("max_connections", "200"),
            ("max_wal_size", "256MB"),
            ("timezone", "UTC"),
            // In its directory, which goes with the server.
            ("dynamic_shared_memory_type", "mmap"),
            ("fsync", self.durability),
            ("synchronous_commit", self.durability),
            ("full_page_writes", self.durability),
            ("ssl", if self.certificate.is_some() { "on" } else { "off" }),
        ];
        let theirs = self.settings.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        ours.into_iter().chain(theirs).fold(String::new(), |mut conf, (name, value)| {
            // Writing to a string cannot fail.
            let _ = writeln!(conf, "{name} = '{}'", value.replace('\'', "''"));
            conf
        })
    }
}
