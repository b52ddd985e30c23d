//! `PROM_DSN` and every `PROM_DSN_<number>`, gaps or not.

use std::ffi::OsString;

use crate::{Dsn, Error, Kind, Result};

/// The DSNs that the variables hold, with the variables' names: `PROM_DSN`
/// first, then by number.
///
/// # Errors
///
/// [`Kind::Dsn`] for a bad or an empty one and for a name that comes twice, with
/// the variable's name.
pub(super) fn dsns(variables: impl Iterator<Item = (OsString, OsString)>) -> Result<Vec<(String, Dsn)>> {
    let mut found: Vec<(u64, String, OsString)> = variables
        .filter_map(|(name, value)| {
            let name = name.into_string().ok()?;
            Some((number(&name)?, name, value))
        })
        .collect();
    found.sort();
    let mut dsns: Vec<(String, Dsn)> = Vec::with_capacity(found.len());
    for (_, variable, value) in found {
        let bad = |what: &str| Error::new(Kind::Dsn, format!("{variable}: {what}"));
        let value = value.into_string().map_err(|_| bad("the DSN is not UTF-8"))?;
        if value.trim().is_empty() {
            return Err(bad("it is empty; set it to a DSN, such as sqlite::memory:, or unset it"));
        }
        let dsn: Dsn = value.parse().map_err(|error: Error| error.context(&variable))?;
        if let Some((other, _)) = dsns.iter().find(|(_, it)| it.name() == dsn.name()) {
            return Err(bad(&format!(
                "it names the same connection as {other}, {}; give each DSN a name of its own \
                 in its fragment, such as `#main`",
                match dsn.name() {
                    "" => "the default".to_owned(),
                    name => format!("`{name}`"),
                }
            )));
        }
        dsns.push((variable, dsn));
    }
    Ok(dsns)
}

/// The place of a variable among those that hold DSNs: 0 for `PROM_DSN`.
fn number(name: &str) -> Option<u64> {
    let rest = name.strip_prefix("PROM_DSN")?;
    if rest.is_empty() {
        return Some(0);
    }
    let number: u64 = rest.strip_prefix('_')?.parse().ok()?;
    number.checked_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(variables: &[(&str, &str)]) -> Result<Vec<String>> {
        let variables = variables.iter().map(|(name, value)| (name.into(), value.into()));
        Ok(dsns(variables)?.iter().map(|(_, it)| it.name().to_owned()).collect())
    }

    #[test]
    fn every_numbered_variable_is_read_whatever_the_gaps() {
        let found = names(&[
            ("PROM_DSN_10", "sqlite://j.db#ten"),
            ("PROM_DSN_2", "sqlite://b.db#two"),
            ("PROM_DSNS", "not a dsn"),
            ("PROM_DSN_X", "not a dsn"),
            ("PROM_DSN", "sqlite://a.db"),
        ]);
        assert_eq!(found.expect("all are good"), ["", "two", "ten"]);
    }

    #[test]
    fn a_bad_dsn_is_reported_with_its_variable_and_without_its_password() {
        let error = names(&[("PROM_DSN_1", "postgres://u:s3cret@h:port/db")]);
        // Hosts and ports are read by backends that have some.
        assert!(error.is_ok());
        let error = names(&[("PROM_DSN_1", "s3cret")]).expect_err("no scheme");
        assert_eq!(error.kind(), Kind::Dsn);
        assert!(error.to_string().starts_with("PROM_DSN_1: "), "{error}");
        assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
    }

    #[test]
    fn an_empty_variable_says_what_to_write() {
        for empty in ["", " "] {
            let error = names(&[("PROM_DSN", empty)]).expect_err("nothing is configured by that");
            assert_eq!(error.kind(), Kind::Dsn);
            assert_eq!(
                error.to_string(),
                "PROM_DSN: it is empty; set it to a DSN, such as sqlite::memory:, or unset it"
            );
        }
    }

    #[test]
    fn a_name_twice_is_refused() {
        let error = names(&[("PROM_DSN", "sqlite://a.db"), ("PROM_DSN_1", "sqlite://b.db")]);
        let error = error.expect_err("both are the default");
        assert!(error.to_string().contains("the same connection as PROM_DSN, the default"), "{error}");
    }
}
