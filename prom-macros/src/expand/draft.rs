//! The draft: what is not yet a row, checked when it is inserted.

use proc_macro2::TokenStream;
use quote::quote;

use super::{as_field, draft_name, meeting, method};
use crate::input::{Field, Model};

pub(super) fn expand(model: &Model) -> TokenStream {
    let (ident, vis, private) = (&model.ident, &model.vis, model.root.private());
    let (draft, width) = (draft_name(model), model.stored().count());
    let setters = model.stored().map(|(at, it)| methods(model, at, it));
    let references = references(model).count();
    let connection = connection(model);
    let doc = format!("What is not yet a row of [`{}`].", model.name);
    let meeting = meeting::expand(model, &quote!(self), None);
    let allow = super::allow();
    quote! {
        #[doc = #doc]
        #[derive(::core::fmt::Debug, ::core::clone::Clone)]
        #[must_use = "a draft is no row until it is inserted"]
        #allow
        #vis struct #draft {
            values: [::core::option::Option<#private::Value>; #width],
            rows: [::core::option::Option<u32>; #references],
            on: ::core::option::Option<#private::Executor>,
            copied: ::core::option::Option<#private::Copied>,
        }

        impl ::core::default::Default for #draft {
            fn default() -> Self {
                Self {
                    values: [const { ::core::option::Option::None }; #width],
                    rows: [::core::option::Option::None; #references],
                    on: ::core::option::Option::None,
                    copied: ::core::option::Option::None,
                }
            }
        }

        impl #private::Draft for #draft {
            type Model = #ident;

            fn __values(&mut self) -> &mut [::core::option::Option<#private::Value>] {
                &mut self.values
            }

            fn __copied(&mut self) -> &mut ::core::option::Option<#private::Copied> {
                &mut self.copied
            }

            fn __on(&self) -> ::core::option::Option<&#private::Executor> {
                self.on.as_ref()
            }

            #connection
        }

        #allow
        impl #draft {
            #(#setters)*

            /// Inserts on that connection.
            #vis fn on(mut self, executor: impl ::core::convert::Into<#private::Executor>) -> Self {
                self.on = ::core::option::Option::Some(::core::convert::Into::into(executor));
                self
            }

            /// Inserts the draft and gives the row.
            #vis fn insert(self) -> #private::BoxFuture<'static, #private::Result<#ident>> {
                ::std::boxed::Box::pin(#private::insert::<#ident>(self))
            }

            #meeting
        }

        impl ::core::future::IntoFuture for #draft {
            type Output = #private::Result<#ident>;
            type IntoFuture = #private::BoxFuture<'static, Self::Output>;

            fn into_future(self) -> Self::IntoFuture {
                self.insert()
            }
        }
    }
}

/// The fields that a row may be given for, each with its place in the schema.
fn references(model: &Model) -> impl Iterator<Item = (usize, &Field)> {
    model.stored().filter(|(_, field)| field.shape.may_refer())
}

/// Where the rows came from that were given for fields.
fn connection(model: &Model) -> Option<TokenStream> {
    let arms = references(model).enumerate().map(|(nth, (at, _))| quote!(#at => self.rows[#nth],));
    references(model).next().is_some().then(|| {
        quote! {
            fn __connection(&self, index: usize) -> ::core::option::Option<u32> {
                match index {
                    #(#arms)*
                    _ => ::core::option::Option::None,
                }
            }
        }
    })
}

/// The setters and the getter of a field.
fn methods(model: &Model, at: usize, field: &Field) -> TokenStream {
    let (vis, private, ty) = (&model.vis, model.root.private(), &field.ty);
    let (set, set_in_place, get) = (method("", field), method("set_", field), method("get_", field));
    let name = &field.name;
    let [set_doc, in_place_doc, get_doc] =
        [format!("Sets `{name}`."), format!("Sets `{name}` in place."), format!("What `{name}` was set to.")];
    let (argument, as_field) = (argument(&private, field), as_field(&private, field));
    let value = match field.shape.is_taken_exactly() {
        true => quote!(#as_field::into_value(value)),
        false => quote!(#private::IntoValue::into_value(value)),
    };
    let nth = references(model).position(|(place, _)| place == at);
    let row = nth.map(|nth| quote!(self.rows[#nth] = #private::IntoValue::<#ty>::__connection(&value);));
    quote! {
        #[doc = #set_doc]
        #vis fn #set(mut self, value: #argument) -> Self {
            self.#set_in_place(value);
            self
        }

        #[doc = #in_place_doc]
        #vis fn #set_in_place(&mut self, value: #argument) {
            #row
            self.values[#at] = ::core::option::Option::Some(#value);
        }

        #[doc = #get_doc]
        #vis fn #get(&self) -> ::core::option::Option<#ty> {
            match &self.values[#at] {
                ::core::option::Option::Some(it) => ::core::result::Result::ok(#as_field::decode(it.as_ref())),
                ::core::option::Option::None => ::core::option::Option::None,
            }
        }
    }
}

/// What a setter takes.
pub(super) fn argument(private: &TokenStream, field: &Field) -> TokenStream {
    let ty = &field.ty;
    if field.shape.is_taken_exactly() { quote!(#ty) } else { quote!(impl #private::IntoValue<#ty>) }
}
