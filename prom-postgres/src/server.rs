//! Where a server listens: a host and a port, or a socket in a directory.

use std::fmt;
use std::path::PathBuf;

/// Where a server listens. It prints as errors name it, `host:port`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Server {
    /// A host, by its name or address, reached by TCP.
    Tcp {
        /// The name or the address, IPv6 without brackets.
        host: String,
        /// The port.
        port: u16,
    },
    /// A socket of this machine.
    Socket {
        /// The directory that it lies in.
        directory: PathBuf,
        /// The port, which is part of its name.
        port: u16,
    },
}

impl Server {
    /// The server on `host`, which is a directory if it begins with a slash.
    pub(crate) fn new(host: &str, port: u16) -> Self {
        match host.starts_with('/') {
            true => Self::Socket { directory: PathBuf::from(host), port },
            false => Self::Tcp { host: host.to_owned(), port },
        }
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host, port } if host.contains(':') => write!(f, "[{host}]:{port}"),
            Self::Tcp { host, port } => write!(f, "{host}:{port}"),
            Self::Socket { directory, port } => write!(f, "{}/.s.PGSQL.{port}", directory.display()),
        }
    }
}
