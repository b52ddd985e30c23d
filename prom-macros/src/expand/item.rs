//! The struct: what the user wrote, the fields that prom adds, and the hidden
//! one that remembers how the row was read.

use proc_macro2::TokenStream;
use quote::quote;

use crate::input::{Condition, Model};

pub(super) fn expand(model: &Model) -> TokenStream {
    let Model { ident, vis, attributes, .. } = model;
    let private = model.root.private();
    let hidden_derive = model.root.hidden_derive();
    let fields = model.fields.iter().map(|it| {
        let (attributes, vis, ident, ty) = (&it.attributes, &it.vis, &it.ident, &it.written);
        quote!(#(#attributes)* #vis #ident: #ty)
    });
    let skip = serde_skip(model);
    let key = model.key().map_or_else(|| quote!(#private::NoKey), |it| it.written.clone());
    let prints = super::model::prints(model);
    let debug = model.derives.debug.iter().map(|it| debug(model, it));
    quote! {
        #hidden_derive
        #(#attributes)*
        #vis struct #ident {
            #(#fields,)*
            #[doc(hidden)]
            #skip
            __prom: #private::Meta<#key, #prints>,
        }

        #(#debug)*
    }
}

/// Keeps serde from the hidden field.
fn serde_skip(model: &Model) -> TokenStream {
    if model.root.hidden_derive().is_some() {
        return quote!(#[serde(skip)]);
    }
    let skip = model.derives.serialize.iter().map(|it| match it.is_empty() {
        true => quote!(#[serde(skip)]),
        false => quote!(#[cfg_attr(all(#(#it),*), serde(skip))]),
    });
    quote!(#(#skip)*)
}

/// What `derive(Debug)` would write, without the hidden field.
fn debug(model: &Model, condition: &Condition) -> TokenStream {
    let (ident, name) = (&model.ident, &model.name);
    let cfg = (!condition.is_empty()).then(|| quote!(#[cfg(all(#(#condition),*))]));
    let names = model.fields.iter().map(|it| &it.name);
    let fields = model.fields.iter().map(|it| &it.ident);
    quote! {
        #cfg
        #[automatically_derived]
        impl ::core::fmt::Debug for #ident {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.debug_struct(#name) #(.field(#names, &self.#fields))* .finish()
            }
        }
    }
}
