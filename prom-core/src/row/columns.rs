//! The columns of a result, by name and by number.

use super::RowRef;
use crate::error::did_you_mean;
use crate::model::LoadContext;
use crate::{Error, Kind, Result};

/// The columns of a result: what [`FromRow`](super::FromRow) looks at once,
/// before the first row is read.
pub struct Columns<'a> {
    row: &'a dyn RowRef,
    context: &'a LoadContext,
}

impl<'a> Columns<'a> {
    pub(crate) fn new(row: &'a dyn RowRef, context: &'a LoadContext) -> Self {
        Self { row, context }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.row.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Where the rows come from, as rows remember it.
    pub(crate) fn context(&self) -> &LoadContext {
        self.context
    }

    /// Where the columns of those names stand. `whose` is who wants them, for
    /// messages.
    ///
    /// # Errors
    ///
    /// [`Kind::Decode`] when one is not there, with all that are not, and when
    /// several columns have the name.
    pub fn named<const N: usize>(&self, whose: &str, names: [&str; N]) -> Result<[usize; N]> {
        let found = self.find(whose, &names)?;
        let mut places = [0; N];
        places.copy_from_slice(&found);
        Ok(places)
    }

    pub(crate) fn find(&self, whose: &str, names: &[&str]) -> Result<Vec<usize>> {
        let mut places = Vec::with_capacity(names.len());
        let mut missing = Vec::new();
        for name in names {
            let mut found = (0..self.len()).filter(|it| self.row.name(*it) == Some(name));
            match (found.next(), found.next()) {
                (Some(place), None) => places.push(place),
                (Some(_), Some(_)) => return Err(several(whose, name)),
                (None, _) => missing.push(*name),
            }
        }
        match missing.is_empty() {
            true => Ok(places),
            false => Err(self.without(whose, &missing, names)),
        }
    }

    /// That there are at least so many columns.
    pub(crate) fn at_least(&self, wanted: usize) -> Result<()> {
        match self.len() {
            len if len >= wanted => Ok(()),
            len => Err(Error::new(
                Kind::Decode,
                format!("the result has {} where {wanted} are read", columns(len)),
            )),
        }
    }

    #[cold]
    fn without(&self, whose: &str, missing: &[&str], wanted: &[&str]) -> Error {
        let spare: Vec<&str> = (0..self.len())
            .filter_map(|it| self.row.name(it))
            .filter(|it| is_name(it) && !wanted.contains(it))
            .collect();
        let listed: Vec<String> = missing.iter().map(|it| format!("`{it}`")).collect();
        let noun = if missing.len() == 1 { "column" } else { "columns" };
        let hint = missing
            .iter()
            .map(|it| did_you_mean(it, spare.iter().copied()))
            .find(|it| !it.is_empty())
            .unwrap_or_default();
        Error::new(
            Kind::Decode,
            format!("the result has no {noun} {}, which `{whose}` is read from{hint}", listed.join(", ")),
        )
    }
}

#[cold]
fn several(whose: &str, name: &str) -> Error {
    Error::new(
        Kind::Decode,
        format!(
            "the result has several columns `{name}`, which `{whose}` is read from: name them apart with `AS`"
        ),
    )
}

/// So many columns, in words.
fn columns(count: usize) -> String {
    match count {
        1 => "1 column".to_owned(),
        _ => format!("{count} columns"),
    }
}

/// Whether it is a name and no expression: the column of `SELECT 'Smith'` is
/// called so, and no message shows a value.
pub(crate) fn is_name(it: &str) -> bool {
    it.starts_with(|it: char| it.is_alphabetic() || it == '_')
        && it.chars().all(|it| it.is_alphanumeric() || it == '_')
}
