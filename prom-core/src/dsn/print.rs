//! A DSN as text, without its secrets.

use std::fmt::{Formatter, Result};

use super::{Dsn, percent};

/// Writes `dsn` so that it parses again, with `***` for what is secret.
pub(super) fn dsn(dsn: &Dsn, f: &mut Formatter<'_>) -> Result {
    write!(f, "{}://", dsn.scheme)?;
    credentials(dsn, f)?;
    f.write_str(&dsn.encoded)?;
    write!(f, "{}", percent::encode_value(&dsn.path))?;
    options(dsn, f)?;
    if !dsn.name.is_empty() {
        write!(f, "#{}", percent::encode(&dsn.name))?;
    }
    Ok(())
}

fn credentials(dsn: &Dsn, f: &mut Formatter<'_>) -> Result {
    if let Some(user) = &dsn.user {
        write!(f, "{}", percent::encode(user))?;
    }
    if let Some(password) = &dsn.password {
        write!(f, ":{password}")?;
    }
    if dsn.user.is_some() || dsn.password.is_some() {
        f.write_str("@")?;
    }
    Ok(())
}

fn options(dsn: &Dsn, f: &mut Formatter<'_>) -> Result {
    for (at, (name, value)) in dsn.options.iter().enumerate() {
        let before = if at == 0 { "?" } else { "&" };
        write!(f, "{before}{}", percent::encode(name))?;
        match value {
            Some(_) if is_secret(name) => f.write_str("=***")?,
            Some(value) => write!(f, "={}", percent::encode_value(value))?,
            None => {}
        }
    }
    Ok(())
}

/// Whether an option of that name is masked, to be on the safe side.
fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["pass", "key", "token", "secret"].iter().any(|it| name.contains(it))
}
