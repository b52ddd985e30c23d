//! A DSN from text, split by hand.
//!
//! Not by `url`: it refuses `_` and `::` in a scheme, `sqlite://:memory:` and
//! several hosts, and it rewrites paths.

use super::{Dsn, Secret, option, percent, refuse};
use crate::error::{Error, Kind, Result};

/// The DSN that `text` spells.
pub(super) fn dsn(text: &str) -> Result<Dsn> {
    let (scheme, rest) = scheme(text)?;
    let raw = Raw::split(rest)?;
    raw.check()?;
    let (user, password) = credentials(raw.credentials)?;
    Ok(Dsn {
        scheme: scheme.to_owned(),
        user,
        password,
        encoded: one_spelling(raw.hosts)?,
        authority: percent::decode("host", raw.hosts)?,
        path: percent::decode("path", raw.path)?,
        options: options(raw.options)?,
        name: percent::decode("name", raw.name)?,
    })
}

/// The scheme, and what follows its colon.
fn scheme(text: &str) -> Result<(&str, &str)> {
    // A `://` further behind belongs to an option or a path.
    let long = text.find("://").filter(|at| !text[..*at].contains(['/', '?', '#', '@']));
    let Some(end) = long.or_else(|| text.find(':')).filter(|at| *at > 0) else {
        return Err(Error::new(
            Kind::Dsn,
            "a DSN begins with the interface, such as `sqlite://` or `postgres://`",
        ));
    };
    let scheme = &text[..end];
    if !scheme.split("::").flat_map(|it| it.split('.')).all(is_word) {
        return Err(refuse(
            "scheme",
            "must be words of letters, digits, `_`, `+` and `-`, joined by `::` or `.`",
        ));
    }
    Ok((scheme, &text[end + 1..]))
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|it| it.is_ascii_alphanumeric() || b"_+-".contains(&it))
}

/// The parts behind the scheme, still encoded.
struct Raw<'a> {
    credentials: Option<&'a str>,
    hosts: &'a str,
    path: &'a str,
    options: &'a str,
    name: &'a str,
}

impl<'a> Raw<'a> {
    fn split(rest: &'a str) -> Result<Self> {
        let long = rest.strip_prefix("//");
        let rest = long.unwrap_or(rest);

        let (rest, name) = rest.split_once('#').unwrap_or((rest, ""));
        let (rest, options) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let (credentials, hosts) = match authority.rsplit_once('@') {
            Some((credentials, hosts)) => (Some(credentials), hosts),
            None => (None, authority),
        };
        // Most likely the interface was forgotten, and this would be a password.
        if long.is_none() && credentials.is_some() {
            return Err(refuse(
                "scheme",
                "needs `://` where a user follows; percent-encode an `@` in a path as `%40`",
            ));
        }
        Ok(Self { credentials, hosts, path, options, name })
    }

    /// Refuses a DSN in which a part may well be the end of a password that
    /// holds a bare `#`, `/` or `?`: shown as what it is not, it would leak.
    fn check(&self) -> Result<()> {
        // One slash too many makes a path of the user and the password.
        let colon = self.path.find(':').or(self.options.find(':').map(|at| self.path.len() + at));
        let sign = self.path.find('@').or(self.options.find('@').map(|at| self.path.len() + at));
        if self.hosts.is_empty()
            && self.credentials.is_none()
            && colon.is_some_and(|colon| Some(colon) < sign)
        {
            return Err(refuse(
                "path",
                "holds a `:` and then an `@`, as a user and a password do: they stand right behind two \
                 slashes, as in `postgres://user:password@host/database`; percent-encode an `@` that is \
                 part of the path or of an option as `%40`",
            ));
        }
        let is_open = self.credentials.is_some() || self.hosts.contains(':');
        let at = if is_open { "@" } else { "" };
        for (part, text, signs, before) in [
            ("name holds", self.name, "#@/?", '#'),
            ("path holds", self.path, at, '/'),
            ("options hold", self.options, at, '?'),
        ] {
            if let Some(sign) = text.chars().find(|it| signs.contains(*it)) {
                let [code, before_code] = [sign, before].map(|it| format!("%{:02X}", u32::from(it)));
                return Err(refuse(
                    part,
                    format_args!(
                        "a bare `{sign}`; percent-encode it as `{code}`, \
                         and any `{before}` in the user or password as `{before_code}`"
                    ),
                ));
            }
        }
        Ok(())
    }
}

fn credentials(raw: Option<&str>) -> Result<(Option<String>, Option<Secret>)> {
    let Some(raw) = raw else {
        return Ok((None, None));
    };
    let (user, password) = match raw.split_once(':') {
        Some((user, password)) => (user, Some(password)),
        None => (raw, None),
    };
    let user = Some(login("user", user)?).filter(|it| !it.is_empty());
    let password = password.map(|it| login("password", it)).transpose()?;
    Ok((user, password.map(Secret::new)))
}

fn login(part: &str, raw: &str) -> Result<String> {
    if raw.contains('@') {
        return Err(refuse(part, "holds a bare `@`; percent-encode it as `%40`"));
    }
    percent::decode(part, raw)
}

/// The hosts with the same characters encoded however they were written, so
/// that equal hosts are equal text.
fn one_spelling(hosts: &str) -> Result<String> {
    let mut out = String::with_capacity(hosts.len());
    for piece in hosts.split_inclusive([',', ':', '[', ']']) {
        let text = piece.trim_end_matches([',', ':', '[', ']']);
        let decoded = percent::decode("host", text)?;
        out += &percent::encode(&decoded).to_string();
        out += &piece[text.len()..];
    }
    Ok(out)
}

fn options(raw: &str) -> Result<Vec<(String, Option<String>)>> {
    raw.split('&').filter(|it| !it.is_empty()).map(pair).collect()
}

fn pair(raw: &str) -> Result<(String, Option<String>)> {
    let (name, value) = match raw.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (raw, None),
    };
    if name.is_empty() {
        return Err(refuse("options", "hold a value without a name; write `name=value`"));
    }
    let name = percent::decode("option name", name)?;
    let value = value.map(|it| percent::decode(option(&name), it)).transpose()?;
    Ok((name, value))
}
