//! That the struct is a model: how a row becomes a value of it, and back.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::{as_field, create_name, draft_name, query_name, schema};
use crate::input::{Field, Model, Role};

pub(super) fn expand(model: &Model) -> TokenStream {
    let (ident, private) = (&model.ident, model.root.private());
    let (draft, query) = (draft_name(model), query_name(model));
    let key_type = model.key().map_or_else(|| quote!(#private::NoKey), |it| it.ty.clone());
    let untracked = (!model.is_tracked).then(|| {
        quote!(
            const UNTRACKED: bool = true;
        )
    });
    let schema = schema::expand(model);
    let key = key(model);
    let read = [from_row(model), row_key(model), from_values(model), copy(model)];
    let tracking = [
        value(model),
        set_value(model),
        is_modified(model),
        remember(model),
        take_fields(model),
        set_updated(model),
    ];
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

            fn __fingerprints(&self) -> &[u64] {
                self.__prom.prints()
            }

            fn __uncommitted(&self) -> ::core::option::Option<&#private::Arc<#private::Uncommitted>> {
                self.__prom.uncommitted()
            }

            fn __set_uncommitted(
                &mut self,
                uncommitted: ::core::option::Option<#private::Arc<#private::Uncommitted>>,
            ) {
                self.__prom.set_uncommitted(uncommitted);
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
                #private::Query::__from_raw(#private::RawQuery::new(<Self as #private::Model>::schema()))
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
    let body = read(model, |field, at| quote!(#field::decode(#private::cell(row, #at, schema)?)));
    quote! {
        fn __from_row(row: &dyn #private::RowRef, context: &#private::LoadContext) -> #private::Result<Self> {
            #body
        }
    }
}

/// The key of a row that cannot be decoded, for its error.
fn row_key(model: &Model) -> TokenStream {
    let private = model.root.private();
    let Some((at, field)) = model.stored().find(|(_, field)| field.key.is_some()) else {
        return TokenStream::new();
    };
    let as_field = as_field(&private, field);
    quote! {
        fn __row_key(row: &dyn #private::RowRef) -> ::core::option::Option<#private::Value> {
            let cell = row.get(#at).ok()?;
            #as_field::decode(cell).ok().map(|key| #as_field::to_value(&key))
        }
    }
}

fn from_values(model: &Model) -> TokenStream {
    let private = model.root.private();
    let body = read(model, |field, _| quote!(#field::from_value(next())));
    quote! {
        fn __from_values(
            next: &mut dyn ::core::ops::FnMut() -> #private::Value,
            context: &#private::LoadContext,
        ) -> #private::Result<Self> {
            #body
        }
    }
}

/// Another of the same: models need not be `Clone`. No hook is run, and what was
/// changed since the row was read counts as changed.
fn copy(model: &Model) -> TokenStream {
    let private = model.root.private();
    let fields = model.fields.iter().map(|field| {
        let ident = &field.ident;
        if !field.is_stored() {
            return quote!(#ident: (&#private::Skipped(&self.#ident)).__copied());
        }
        let as_field = as_field(&private, field);
        quote!(#ident: #as_field::from_value(#as_field::to_value(&self.#ident))?)
    });
    let skips = model.fields.iter().any(|it| !it.is_stored());
    let traits = skips.then(|| {
        quote! {
            #[allow(unused_imports)]
            use #private::{CloneSkipped as _, DefaultSkipped as _};
        }
    });
    quote! {
        fn __copy(&self) -> #private::Result<Self> {
            #traits
            ::core::result::Result::Ok(Self {
                #(#fields,)*
                __prom: ::core::clone::Clone::clone(&self.__prom),
            })
        }
    }
}

/// Makes a value of the model; `cell` reads the cell of a type, given as
/// `<Type as Field>`, at a place in the schema.
fn read(model: &Model, cell: impl Fn(TokenStream, usize) -> TokenStream) -> TokenStream {
    let private = model.root.private();
    let has_key = model.key().is_some();
    let key_declared = has_key.then(|| quote!(let key;));
    let first_key = if has_key { quote!(key) } else { quote!(#private::NoKey) };
    let mut places = 0..;
    let fields = model.fields.iter().map(|field| {
        let (ident, ty) = (&field.ident, &field.ty);
        if !field.is_stored() {
            return quote_spanned!(ty.span()=> #ident: <#ty as ::core::default::Default>::default());
        }
        let at: usize = places.next().unwrap_or_default();
        let cell = cell(as_field(&private, field), at);
        let value = quote!(#private::read(#cell, #at, schema)?);
        match field.key.is_some() {
            true => quote!(#ident: { key = #value; ::core::clone::Clone::clone(&key) }),
            false => quote!(#ident: #value),
        }
    });
    let prints = prints(model);
    quote! {
        let schema = <Self as #private::Model>::schema();
        #key_declared
        let mut it = Self {
            #(#fields,)*
            __prom: #private::Meta::new(#first_key, [0; #prints], context),
        };
        #private::Model::__set_prints(&mut it);
        ::core::result::Result::Ok(it)
    }
}

/// How many fingerprints the hidden field keeps.
pub(super) fn prints(model: &Model) -> usize {
    if model.is_tracked { model.stored().count() } else { 0 }
}

fn value(model: &Model) -> TokenStream {
    let private = model.root.private();
    let arms = by_index(model, |field| call(&private, field, &quote!(to_value)));
    quote! {
        fn __value(&self, index: usize) -> #private::Value {
            #arms
        }
    }
}

fn set_value(model: &Model) -> TokenStream {
    let private = model.root.private();
    let arms = by_index(model, |field| {
        let (ident, as_field) = (&field.ident, as_field(&private, field));
        quote!(self.#ident = #private::read(#as_field::from_value(value), index, schema)?)
    });
    quote! {
        fn __set_value(&mut self, index: usize, value: #private::Value) -> #private::Result<()> {
            let schema = <Self as #private::Model>::schema();
            #arms
            ::core::result::Result::Ok(())
        }
    }
}

fn is_modified(model: &Model) -> TokenStream {
    let private = model.root.private();
    if model.is_tracked {
        let arms = by_index(model, |field| call(&private, field, &quote!(fingerprint)));
        return quote! {
            fn __fingerprint(&self, index: usize) -> u64 {
                #arms
            }

            fn __is_modified(&self, index: usize) -> bool {
                self.__prom.print(index) != #private::Model::__fingerprint(self, index)
            }
        };
    }
    let key = model.stored().find(|(_, it)| it.key.is_some()).map(|(at, field)| {
        let ident = &field.ident;
        quote!(#at => ::core::cmp::PartialEq::ne(&self.#ident, self.__prom.key()),)
    });
    quote! {
        fn __is_modified(&self, index: usize) -> bool {
            match index {
                #key
                _ => true,
            }
        }
    }
}

fn remember(model: &Model) -> TokenStream {
    let private = model.root.private();
    let key = key(model);
    let tracked = model.stored().filter(|_| model.is_tracked);
    let prints = tracked.map(|(_, field)| call(&private, field, &quote!(fingerprint)));
    let remember_field = model.is_tracked.then(|| {
        quote! {
            fn __remember_field(&mut self, index: usize) {
                self.__prom.set_print(index, #private::Model::__fingerprint(self, index));
            }
        }
    });
    quote! {
        #remember_field

        fn __set_prints(&mut self) {
            self.__prom.set_prints([#(#prints),*]);
        }

        fn __remember(&mut self) {
            self.__prom.set_key(::core::clone::Clone::clone(#key));
            #private::Model::__set_prints(self);
        }
    }
}

/// What is in memory only, the fields that are not stored, stays. By swapping, since a
/// model may implement `Drop`.
fn take_fields(model: &Model) -> TokenStream {
    let fields = model.stored().map(|(_, field)| {
        let ident = &field.ident;
        quote!(::core::mem::swap(&mut self.#ident, &mut stored.#ident);)
    });
    quote! {
        fn __take_fields(&mut self, mut stored: Self) {
            #(#fields)*
        }
    }
}

fn set_updated(model: &Model) -> TokenStream {
    let private = model.root.private();
    if model.fields.iter().all(|it| it.role != Role::Updated) {
        return quote!(fn __set_updated(&mut self, _: #private::Value) {});
    }
    quote! {
        fn __set_updated(&mut self, now: #private::Value) {
            if let ::core::result::Result::Ok(it) = #private::Field::from_value(now) {
                self.updated = it;
            }
        }
    }
}

/// `match index { 0 => .., 1 => .., _ => .. }`, with what `arm` makes of the
/// field at each place.
fn by_index(model: &Model, arm: impl Fn(&Field) -> TokenStream) -> TokenStream {
    let last = model.stored().count().saturating_sub(1);
    let arms = model.stored().map(|(at, field)| {
        let arm = arm(field);
        if at == last { quote!(_ => #arm) } else { quote!(#at => #arm) }
    });
    quote!(match index { #(#arms,)* })
}

/// `<Type as Field>::name(&self.field)`.
fn call(private: &TokenStream, field: &Field, name: &TokenStream) -> TokenStream {
    let (ident, as_field) = (&field.ident, as_field(private, field));
    quote!(#as_field::#name(&self.#ident))
}

fn hooks(model: &Model) -> TokenStream {
    let private = model.root.private();
    let future = quote! {
        impl ::core::future::Future<Output = #private::Result<()>> + ::core::marker::Send
    };
    quote! {
        const HAS_HOOKS: bool = true;

        fn __before_insert(draft: &mut Self::Draft) -> #future {
            <Self as #private::Hooks>::before_insert(draft)
        }

        fn __before_update(&mut self) -> #future {
            <Self as #private::Hooks>::before_update(self)
        }

        fn __before_delete(&self) -> #future {
            <Self as #private::Hooks>::before_delete(self)
        }

        fn __after_load(&mut self) -> #private::Result<()> {
            <Self as #private::Hooks>::after_load(self)
        }
    }
}
