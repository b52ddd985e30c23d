//! A database of one test.

use std::hash::{BuildHasher, RandomState};

use crate::address::Address;
use crate::error::Result;

/// A database that nobody else uses. It is dropped with this value, however many are
/// still connected, and its roles with it.
#[derive(Debug)]
pub struct Database {
    address: Address,
    name: String,
}

impl Database {
    pub(crate) fn create(address: &Address, name: &str) -> Result<Self> {
        Self::create_as(address, name, "LC_COLLATE 'C' LC_CTYPE 'C'")
    }

    /// One whose text is sorted as in English: by ICU, which the server knows for a database
    /// from 15 on, else by the C library, if that has the locale.
    pub(crate) fn create_english(address: &Address, name: &str) -> Result<Self> {
        let version = address.query("postgres", "SELECT current_setting('server_version_num')")?;
        let version = version.into_iter().flatten().flatten().next().unwrap_or_default();
        let icu = "LOCALE_PROVIDER icu ICU_LOCALE 'en-US' LC_COLLATE 'C' LC_CTYPE 'C'";
        let libc = "LC_COLLATE 'en_US.utf8' LC_CTYPE 'en_US.utf8'";
        Self::create_as(address, name, if *version >= *"150000" { icu } else { libc })
    }

    fn create_as(address: &Address, name: &str, locale: &str) -> Result<Self> {
        // A name has at most 63 bytes, and a role's has a suffix more.
        let start = &name[..name.floor_char_boundary(38)];
        let name = format!("{start}_{:016x}", RandomState::new().hash_one(name));
        // Nobody can be connected to template0, which would make this fail; and of
        // its copies alone the collation can be chosen on any server.
        let sql = format!("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8' {locale}", quoted(&name));
        address.query("postgres", &sql)?;
        Ok(Self { address: address.clone(), name })
    }

    /// The name, which differs from the one asked for.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The server and its superuser.
    #[must_use]
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// The superuser's DSN.
    #[must_use]
    pub fn dsn(&self) -> String {
        self.address.dsn(&self.name)
    }

    /// The superuser's DSN through the socket, of a server that has one on this machine.
    #[must_use]
    pub fn socket_dsn(&self) -> Option<String> {
        self.address.socket_dsn(&self.name)
    }

    /// Runs SQL, as [`Address::query`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn query(&self, sql: &str) -> Result<Vec<Vec<Option<String>>>> {
        self.address.query(&self.name, sql)
    }

    /// The DSN of a role that writes the rows of the superuser's tables, those of
    /// later too, but may create none.
    ///
    /// # Errors
    ///
    /// As [`Address::query`].
    pub fn writer(&self) -> Result<String> {
        self.role(WRITER, "SELECT, INSERT, UPDATE, DELETE")
    }

    /// The DSN of a role that only reads the superuser's tables, those of later too.
    ///
    /// # Errors
    ///
    /// As [`Address::query`].
    pub fn reader(&self) -> Result<String> {
        self.role(READER, "SELECT")
    }

    fn role(&self, kind: &str, rights: &str) -> Result<String> {
        let name = format!("{}{kind}", self.name);
        let role = quoted(&name);
        // Before PostgreSQL 15 anybody may create in the schema `public`.
        self.query(&format!(
            "CREATE ROLE {role} LOGIN PASSWORD 'role'; \
             REVOKE CREATE ON SCHEMA public FROM PUBLIC; \
             GRANT {rights} ON ALL TABLES IN SCHEMA public TO {role}; \
             ALTER DEFAULT PRIVILEGES GRANT {rights} ON TABLES TO {role}; \
             GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}; \
             ALTER DEFAULT PRIVILEGES GRANT USAGE ON SEQUENCES TO {role}"
        ))?;
        Ok(self.address.with_user(name, "role").dsn(&self.name))
    }
}

const WRITER: &str = "_writer";
const READER: &str = "_reader";

impl Drop for Database {
    fn drop(&mut self) {
        let [writer, reader] = [WRITER, READER]
            .map(|it| format!("DROP ROLE IF EXISTS {}", quoted(&format!("{}{it}", self.name))));
        let database = format!("DROP DATABASE {} WITH (FORCE)", quoted(&self.name));
        // A test may have stopped the server.
        let _ = self.address.statements("postgres", &[&database, &writer, &reader]);
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
