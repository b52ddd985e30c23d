//! What is said of a struct that a row of a statement may become.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{Data, DeriveInput, Field, Fields, FieldsNamed};

use super::attributes::field_options;
use super::enumeration::read_crate;
use super::{Options, Root, Text, refuse_generics, with_self_named};
use crate::mistakes::Mistakes;

/// A struct whose fields are read from columns by name.
pub(crate) struct Record {
    pub(crate) root: Root,
    pub(crate) ident: Ident,
    pub(crate) fields: Vec<RecordField>,
}

/// A field of it.
pub(crate) struct RecordField {
    pub(crate) ident: Ident,
    pub(crate) ty: TokenStream,
    /// The column that it is read from; none for one that is left at its
    /// default.
    pub(crate) column: Option<String>,
}

const OF_FIELD: Options =
    Options::new(&[("name", "`name = \"column\"`"), ("skip", "`skip`, without a value")]);

impl Record {
    /// Reads the item below the derive. `None` if it has no named fields.
    pub(crate) fn parse(mut root: Root, item: TokenStream, mistakes: &mut Mistakes) -> Option<Self> {
        const WHAT: &str = "`FromRow` is for structs with named fields, which are read from the columns of their \
                            names; an enum derives `Enum` and a newtype `Field`, and is read from the first column";
        let item: DeriveInput = mistakes.keep(syn::parse2(item))?;
        refuse_generics(&item.generics, "a struct that is read from a row", mistakes);
        read_crate(&item.attrs, &mut root, mistakes);
        let Some(named) = named(&item.data) else {
            mistakes.at(item.ident.span(), WHAT);
            return None;
        };
        let fields: Vec<_> = named.named.iter().filter_map(|it| read(it, &item.ident, mistakes)).collect();
        if fields.iter().all(|it| it.column.is_none()) {
            mistakes.at(item.ident.span(), "no field of the struct is read from a column");
        }
        Some(Self { root, ident: item.ident, fields })
    }
}

fn named(data: &Data) -> Option<&FieldsNamed> {
    match data {
        Data::Struct(it) => match &it.fields {
            Fields::Named(it) => Some(it),
            _ => None,
        },
        _ => None,
    }
}

fn read(field: &Field, record: &Ident, mistakes: &mut Mistakes) -> Option<RecordField> {
    let ident = field.ident.clone()?;
    let mut options = OF_FIELD;
    let mut name: Option<Text> = None;
    let mut is_skipped = false;
    for attribute in &field.attrs {
        let Some(tokens) = field_options(attribute, mistakes) else { continue };
        options.read(tokens, mistakes, |option, input| {
            if option == "skip" {
                is_skipped = true;
            } else {
                name = Some(Text::read(input)?);
            }
            Ok(())
        });
    }
    if let Some(name) = name.as_ref().filter(|_| is_skipped) {
        mistakes.at(name.span, "the field is skipped, so that it is read from no column");
    }
    let column = name.map_or_else(|| ident.unraw().to_string(), |it| it.text);
    let ty = with_self_named(field.ty.to_token_stream(), record);
    Some(RecordField { ident, ty, column: (!is_skipped).then_some(column) })
}
