//! An index that the model's attribute asks for.

use proc_macro2::{Delimiter, Group, Ident};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Error, Result, Token};

use super::Text;

/// An index that the model's attribute asks for.
pub(crate) struct Index {
    /// Its name, if it is given; else it is made of the fields'.
    pub(crate) name: Option<Text>,
    pub(crate) fields: Vec<Ident>,
    pub(crate) is_unique: bool,
}

impl Index {
    /// Reads `(a, b)` or `(name = "x", a, b)`.
    pub(super) fn read(input: ParseStream<'_>, is_unique: bool) -> Result<Self> {
        let list: Group = input.parse()?;
        match list.delimiter() {
            Delimiter::Parenthesis => {
                (|input: ParseStream<'_>| Self::read_list(input, is_unique)).parse2(list.stream())
            }
            _ => Err(Error::new(list.span(), "expected `(`")),
        }
        .map_err(|error| Error::new(list.span(), error))
    }

    fn read_list(content: ParseStream<'_>, is_unique: bool) -> Result<Self> {
        let mut name = None;
        if content.peek(syn::Ident) && content.peek2(Token![=]) {
            if content.parse::<Ident>()? != "name" {
                return Err(content.error("expected `name`"));
            }
            name = Some(Text::read(content)?);
            content.parse::<Token![,]>()?;
        }
        let fields = Punctuated::<Ident, Token![,]>::parse_terminated_with(content, Ident::parse_any)?;
        match fields.is_empty() {
            true => Err(content.error("expected a field")),
            false => Ok(Self { name, fields: fields.into_iter().collect(), is_unique }),
        }
    }

    /// What it is called.
    pub(crate) fn name(&self) -> Text {
        let joined = || self.field_names().collect::<Vec<_>>().join("_");
        self.name.clone().unwrap_or_else(|| Text::new(joined(), self.fields[0].span()))
    }

    /// The names of its fields without `r#`.
    pub(crate) fn field_names(&self) -> impl Iterator<Item = String> {
        self.fields.iter().map(|it| it.unraw().to_string())
    }
}
