//! An index that the model's attribute asks for.

use proc_macro2::Ident;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::{Error, Result, Token, parenthesized};

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
        let content;
        let parenthesis = parenthesized!(content in input);
        let mut name = None;
        if content.peek(syn::Ident) && content.peek2(Token![=]) {
            if content.parse::<Ident>()? != "name" {
                return Err(content.error("expected `name`"));
            }
            name = Some(Text::read(&content)?);
            content.parse::<Token![,]>()?;
        }
        let fields = Punctuated::<Ident, Token![,]>::parse_terminated_with(&content, Ident::parse_any)?;
        match fields.is_empty() {
            true => Err(Error::new(parenthesis.span.join(), "expected a field")),
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
