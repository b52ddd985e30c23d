//! That the struct is a model: how a row becomes a value of it, and back.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::{create_name, draft_name, query_name, schema};
use crate::input::{Field, Key, Model, Role};

pub(super) fn expand(model: &Model) -> TokenStream {
    let (ident, private) = (&model.ident, model.root.private());
    let (draft, query) = (draft_name(model), query_name(model));
    let key_type = model.key().map_or_else(|| quote!(#private::NoKey), |it| it.ty.clone());
    let untracked = (!model.is_tracked).then(|| quote!(const UNTRACKED: bool = true;));
    let schema = schema::expand(model);
    let key = key(model);
    let read = [from_row(model), from_values(model)];
    let tracking = [value(model), is_modified(model), remember(model), set_updated(model)];
    let hooks = model.has_hooks.then(|| hooks(model));
    let starts = starts(model);
    quote! {
        #starts

        impl #private::Model for #ident {
            type Key = #key_type;
            type Draft = #draft;
            type Query = #query;

            #untracked

            fn schema() -> &'static #private::Schema {
                #schema
            }

            fn key(&self) -> &Self::Key {
                #key
            }

            #(#read)*
            #(#tracking)*

            fn __origin(&self) -> u32 {
                self.__prom.origin()
            }

            fn __loaded_key(&self) -> &Self::Key {
                self.__prom.key()
            }

            #hooks
        }

        #private::inventory::submit! { #private::Listed(<#ident as #private::Model>::schema) }
    }
}

/// Where queries and rows start.
fn starts(model: &Model) -> TokenStream {
    let (ident, vis, private) = (&model.ident, &model.vis, model.root.private());
    let (draft, create, query) = (draft_name(model), create_name(model), query_name(model));
    let allow = super::allow();
    quote! {
        #allow
        impl #ident {
            /// Asks for rows.
            #vis fn query() -> #query {
                #query { raw: #private::RawQuery::new(<Self as #private::Model>::schema()) }
            }

            /// Makes a row: await the builder once its required fields are set.
            #vis fn create() -> #create {
                #create {
                    draft: ::core::default::Default::default(),
                    future: ::core::option::Option::None,
                    set: ::core::marker::PhantomData,
                }
            }

            /// Makes what is not yet a row, checked when it is inserted.
            #vis fn draft() -> #draft {
                ::core::default::Default::default()
            }
        }
    }
}

fn key(model: &Model) -> TokenStream {
    let private = model.root.private();
    match model.key().map(|it| &it.ident) {
        Some(ident) => quote!(&self.#ident),
        None => quote!(&#private::NoKey),
    }
}

fn from_row(model: &Model) -> TokenStream {
    let private = model.root.private();
    let body = read(model, |at| quote!(#private::decode(row, #at, schema)?));
    quote! {
        fn __from_row(row: &dyn #private::RowRef, origin: u32) -> #private::Result<Self> {
            #body
        }
    }
}

fn from_values(model: &Model) -> TokenStream {
    let private = model.root.private();
    let body = read(model, |at| quote!(#private::decode_owned(next(), #at, schema)?));
    quote! {
        fn __from_values(
            next: &mut dyn ::core::ops::FnMut() -> #private::Value,
            origin: u32,
        ) -> #private::Result<Self> {
            #body
        }
    }
}

/// Makes a value of the model; `cell` reads the cell at a place in the schema.
fn read(model: &Model, cell: impl Fn(usize) -> TokenStream) -> TokenStream {
    let private = model.root.private();
    let mut places = 0..;
    let fields = model.fields.iter().map(|field| {
        let (ident, ty) = (&field.ident, &field.ty);
        let value = match places.next().filter(|_| field.is_stored()) {
            Some(at) => cell(at),
            None => quote_spanned!(ty.span()=> <#ty as ::core::default::Default>::default()),
        };
        quote!(#ident: #value)
    });
    quote!(#(#fields)* #private)
}
