//! A list of options: `a, b = 1, c(d)`. What is wrong with one of them does not
//! hide the next.

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Error, Result, Token};

use super::names::{did_you_mean, list};
use crate::mistakes::Mistakes;

/// The options that there are in one place, and those that were given already.
pub(crate) struct Options {
    /// Each with the way that it is written.
    known: &'static [(&'static str, &'static str)],
    repeatable: &'static [&'static str],
    later: &'static [&'static str],
    given: Vec<Ident>,
}

impl Options {
    pub(crate) const fn new(known: &'static [(&'static str, &'static str)]) -> Self {
        Self { known, repeatable: &[], later: &[], given: Vec::new() }
    }

    /// The same; those options may be given several times.
    pub(super) const fn repeatable(mut self, names: &'static [&'static str]) -> Self {
        self.repeatable = names;
        self
    }

    /// The same; those are options that a later version will have.
    pub(super) const fn later(mut self, names: &'static [&'static str]) -> Self {
        self.later = names;
        self
    }

    /// The options that were given.
    pub(super) fn into_given(self) -> Vec<Ident> {
        self.given
    }

    /// Reads `tokens`. `take` is handed the name of each option, and reads what
    /// follows it.
    pub(crate) fn read(
        &mut self,
        tokens: TokenStream,
        mistakes: &mut Mistakes,
        mut take: impl FnMut(&Ident, ParseStream<'_>) -> Result<()>,
    ) {
        let all = |input: ParseStream<'_>| {
            while !input.is_empty() {
                if mistakes.keep(self.read_one(input, &mut take)).is_none() {
                    skip_to_comma(input)?;
                }
                input.parse::<Option<Token![,]>>()?;
            }
            Ok(())
        };
        if let Err(error) = all.parse2(tokens) {
            mistakes.push(error);
        }
    }

    fn read_one(
        &mut self,
        input: ParseStream<'_>,
        take: &mut impl FnMut(&Ident, ParseStream<'_>) -> Result<()>,
    ) -> Result<()> {
        let ident = Ident::parse_any(input)
            .map_err(|error| Error::new(error.span(), "expected the name of an option"))?;
        let name = ident.to_string();
        let form = self.form(&ident, &name)?;
        let is_given = self.given.iter().any(|it| *it == name);
        self.given.push(ident.clone());
        if is_given && !self.repeatable.contains(&name.as_str()) {
            return Err(Error::new(ident.span(), format!("`{name}` is given twice")));
        }
        let written = |span| Error::new(span, format!("`{name}` is written {form}"));
        // Where nothing follows, what is missing would be said of the whole attribute.
        let is_bare = input.is_empty();
        take(&ident, input).map_err(|error| written(if is_bare { ident.span() } else { error.span() }))?;
        match input.is_empty() || input.peek(Token![,]) {
            true => Ok(()),
            false => Err(written(input.span())),
        }
    }

    /// How the option is written.
    fn form(&self, ident: &Ident, name: &str) -> Result<&'static str> {
        if let Some((_, form)) = self.known.iter().find(|(it, _)| *it == name) {
            return Ok(form);
        }
        if self.later.contains(&name) {
            return Err(Error::new(ident.span(), format!("`{name}` is not supported yet")));
        }
        let known = self.known.iter().map(|(it, _)| *it);
        let hint = did_you_mean(name, known.clone());
        let are = if self.known.len() == 1 { "is" } else { "are" };
        let text = format!("there is no option `{name}`{hint} (there {are} {})", list(known));
        Err(Error::new(ident.span(), text))
    }
}

fn skip_to_comma(input: ParseStream<'_>) -> Result<()> {
    while !input.is_empty() && !input.peek(Token![,]) {
        input.parse::<TokenTree>()?;
    }
    Ok(())
}
