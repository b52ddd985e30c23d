//! The servers of a DSN: from its hosts, or from its options.

use prom_core::{Dsn, Options, Result};

use super::refuse;
use crate::server::Server;

const PORT: u16 = 5432;

/// The servers that `dsn` names; without any, the one on this machine.
pub(super) fn of(dsn: &Dsn, options: &mut Options<'_>) -> Result<Vec<Server>> {
    let hosts = dsn.hosts()?;
    let ports = ports(options)?;
    let Some(listed) = options.text("host")? else {
        let default = ports.first().copied().unwrap_or(PORT);
        let server = |name: &str, port: Option<u16>| {
            Server::new(if name.is_empty() { "localhost" } else { name }, port.unwrap_or(default))
        };
        return Ok(match hosts.is_empty() {
            true => vec![server("", None)],
            false => hosts.iter().map(|it| server(&it.name, it.port)).collect(),
        });
    };
    if hosts.iter().any(|it| !it.name.is_empty()) {
        return Err(refuse("`host` names a server and so does the part before the path; take one out"));
    }
    let default = hosts.first().and_then(|it| it.port).unwrap_or(PORT);
    let names: Vec<&str> = listed.split(',').collect();
    if ports.len() > 1 && ports.len() != names.len() {
        return Err(refuse("`port` lists as many ports as `host` has hosts, or one for all"));
    }
    if names.contains(&"") {
        return Err(refuse("`host` is empty, or on one side of a `,`"));
    }
    let port = |at: usize| ports.get(at).or(ports.first()).copied().unwrap_or(default);
    Ok(names.iter().enumerate().map(|(at, name)| Server::new(name, port(at))).collect())
}

fn ports(options: &mut Options<'_>) -> Result<Vec<u16>> {
    let Some(text) = options.text("port")? else {
        return Ok(Vec::new());
    };
    let port = |it: &str| it.parse().ok().filter(|it| *it > 0);
    let ports: Option<Vec<u16>> = text.split(',').map(port).collect();
    ports.ok_or_else(|| refuse("`port` must be a number from 1 to 65535"))
}
