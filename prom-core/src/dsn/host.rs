//! The hosts of a DSN and their ports.

use std::net::Ipv6Addr;

use super::{percent, refuse};
use crate::error::Result;

/// One host of a DSN.
///
/// ```
/// use prom_core::{Dsn, Host};
///
/// let hosts = Dsn::parse("postgres://[fe80::1%25eth0]:5433/shop")?.hosts()?;
/// assert_eq!(hosts, [Host { name: "fe80::1%eth0".to_owned(), port: Some(5433) }]);
/// # Ok::<(), prom_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Host {
    /// The name, the address (IPv6 without brackets) or the directory of a
    /// socket; empty when only the port is given.
    pub name: String,
    /// The port, or none for the backend's own.
    pub port: Option<u16>,
}

/// The hosts that `authority`, still encoded, lists.
pub(super) fn all(authority: &str) -> Result<Vec<Host>> {
    if authority.is_empty() {
        return Ok(Vec::new());
    }
    authority.split(',').map(one).collect()
}

fn one(text: &str) -> Result<Host> {
    if text.is_empty() {
        return Err(refuse("host", "is empty at one side of a `,`; take the `,` out"));
    }
    if let Some(text) = text.strip_prefix('[') {
        return bracketed(text);
    }
    let (name, port) = match text.split_once(':') {
        Some((name, digits)) if !digits.contains(':') => (name, Some(port(digits)?)),
        Some(_) => {
            return Err(refuse(
                "host",
                "holds several `:`; write an IPv6 address in brackets, such as `[::1]`",
            ));
        }
        None => (text, None),
    };
    if name.contains(['[', ']']) {
        return Err(refuse(
            "host",
            "holds a bracket; brackets go around a whole IPv6 address, such as `[::1]`",
        ));
    }
    Ok(Host { name: percent::decode("host", name)?, port })
}

/// A host whose `[` has been read.
fn bracketed(text: &str) -> Result<Host> {
    let Some((address, rest)) = text.split_once(']') else {
        return Err(refuse("host", "begins with `[`; end the IPv6 address with `]`"));
    };
    let name = percent::decode("host", address)?;
    if !is_ipv6(&name) {
        return Err(refuse("host", "is not an IPv6 address within its brackets; write one such as `[::1]`"));
    }
    let port = match rest.strip_prefix(':') {
        Some(digits) => Some(port(digits)?),
        None if rest.is_empty() => None,
        None => {
            return Err(refuse("host", "goes on after `]`; only `:` and a port may follow"));
        }
    };
    Ok(Host { name, port })
}

fn is_ipv6(name: &str) -> bool {
    let (address, zone) = name.split_once('%').unwrap_or((name, "any"));
    address.parse::<Ipv6Addr>().is_ok() && !zone.is_empty()
}

/// An empty port is refused as well: it is mostly a variable that is not set.
fn port(digits: &str) -> Result<u16> {
    // `parse` would take a `+`.
    let is_number = digits.bytes().all(|it| it.is_ascii_digit());
    match digits.parse() {
        Ok(port) if is_number && port > 0 => Ok(port),
        _ => Err(refuse("port", "must be a number from 1 to 65535")),
    }
}
