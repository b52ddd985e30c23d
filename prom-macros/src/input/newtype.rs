//! What is said of a newtype that a field may have.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::{Data, DeriveInput, Fields};

use super::enumeration::read_crate;
use super::{Root, refuse_generics, with_self_named};
use crate::mistakes::Mistakes;

/// A struct that holds one value, and is stored as that.
pub(crate) struct Newtype {
    pub(crate) root: Root,
    pub(crate) ident: Ident,
    pub(crate) ty: TokenStream,
}

impl Newtype {
    /// Reads the item below the derive. `None` if it is not a newtype.
    pub(crate) fn parse(mut root: Root, item: TokenStream, mistakes: &mut Mistakes) -> Option<Self> {
        const WHAT: &str = "`Field` is for newtypes, such as `struct Celsius(f64);`; an enum derives `Enum`";
        let item: DeriveInput = mistakes.keep(syn::parse2(item))?;
        refuse_generics(&item.generics, "a newtype that is stored", mistakes);
        read_crate(&item.attrs, &mut root, mistakes);
        let Some(ty) = inner(&item.data) else {
            mistakes.at(item.ident.span(), WHAT);
            return None;
        };
        Some(Self { root, ty: with_self_named(ty, &item.ident), ident: item.ident })
    }
}

/// The type of the only field.
fn inner(data: &Data) -> Option<TokenStream> {
    match data {
        Data::Struct(it) => match &it.fields {
            Fields::Unnamed(it) if it.unnamed.len() == 1 => Some(it.unnamed[0].ty.to_token_stream()),
            _ => None,
        },
        _ => None,
    }
}
