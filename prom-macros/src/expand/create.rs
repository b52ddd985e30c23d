//! The create builder: a draft of which the compiler knows whether it is
//! complete. It has a parameter for each required field, `Unset` or `Set`.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::draft::argument;
use super::{create_name, draft_name, meeting, method, near};
use crate::input::{Field, Model, snake};

pub(super) fn expand(model: &Model) -> TokenStream {
    let parts = [builder(model), setters(model), markers(model), endings(model)];
    quote!(#(#parts)*)
}

fn builder(model: &Model) -> TokenStream {
    let (ident, vis, private) = (&model.ident, &model.vis, model.root.private());
    let (draft, create, parameters) = (draft_name(model), create_name(model), parameters(model));
    let required = required(model).map(|it| format!("`{}`", it.name)).collect::<Vec<_>>().join(", ");
    let doc = match required.is_empty() {
        true => format!("Makes a [`{}`].", model.name),
        false => format!("Makes a [`{}`]. One parameter for each required field: {required}.", model.name),
    };
    let allow = super::allow();
    quote! {
        #[doc = #doc]
        #[must_use = "nothing is inserted until this is awaited"]
        #allow
        #vis struct #create<#(#parameters = #private::Unset),*> {
            draft: #draft,
            future: ::core::option::Option<#private::BoxFuture<'static, #private::Result<#ident>>>,
            set: ::core::marker::PhantomData<fn() -> (#(#parameters,)*)>,
        }
    }
}

fn setters(model: &Model) -> TokenStream {
    let (vis, private) = (&model.vis, model.root.private());
    let (create, parameters) = (create_name(model), parameters(model));
    let mut places = 0..;
    let setters = model.stored().map(|(_, it)| match it.is_required() {
        true => required_setter(model, it, places.next().unwrap_or_default()),
        false => optional_setter(model, it),
    });
    let allow = super::allow();
    quote! {
        #allow
        impl<#(#parameters),*> #create<#(#parameters),*> {
            #(#setters)*

            /// Inserts on that connection.
            #vis fn on(mut self, executor: impl ::core::convert::Into<#private::Executor>) -> Self {
                #private::too_late(&mut self.future);
                self.draft = self.draft.on(executor);
                self
            }
        }
    }
}

/// The setter of the field that has the parameter at `place`.
fn required_setter(model: &Model, field: &Field, place: usize) -> TokenStream {
    let (vis, private, create) = (&model.vis, model.root.private(), create_name(model));
    let mut parameters: Vec<_> = parameters(model).into_iter().map(|it| quote!(#it)).collect();
    parameters[place] = quote!(#private::Set);
    let (set, set_in_place, argument) = (method("", field), method("set_", field), argument(&private, field));
    let doc = format!("Sets `{}`; required.", field.name);
    quote! {
        #[doc = #doc]
        #vis fn #set(mut self, value: #argument) -> #create<#(#parameters),*> {
            #private::too_late(&mut self.future);
            self.draft.#set_in_place(value);
            #create {
                draft: self.draft,
                future: self.future,
                set: ::core::marker::PhantomData,
            }
        }
    }
}

fn optional_setter(model: &Model, field: &Field) -> TokenStream {
    let (vis, private) = (&model.vis, model.root.private());
    let (set, set_in_place, argument) = (method("", field), method("set_", field), argument(&private, field));
    let doc = format!("Sets `{}`.", field.name);
    quote! {
        #[doc = #doc]
        #vis fn #set(mut self, value: #argument) -> Self {
            #private::too_late(&mut self.future);
            self.draft.#set_in_place(value);
            self
        }
    }
}

/// A trait for each required field, whose only implementor says that the field
/// has its value: what is missing is said in our words.
fn markers(model: &Model) -> TokenStream {
    if required(model).next().is_none() {
        return TokenStream::new();
    }
    let (vis, private, module) = (&model.vis, model.root.private(), module(model));
    let markers = required(model).map(|field| {
        let (marker, name, model) = (method("", field), &field.name, &model.name);
        let message = format!("`{model}::create()` needs `.{name}(..)`: the field `{name}` is required");
        let label = format!("`.{name}(..)` is missing");
        let note = format!("for values that are set in branches use `{model}::draft()`");
        quote! {
            #[diagnostic::on_unimplemented(message = #message, label = #label, note = #note)]
            pub trait #marker {}
        }
    });
    let fields = required(model).map(|it| method("", it));
    quote! {
        #[doc(hidden)]
        #[allow(missing_docs, non_camel_case_types, unreachable_pub)]
        #vis mod #module {
            #(#markers)*
        }

        #(
            #[diagnostic::do_not_recommend]
            impl #module::#fields for #private::Set {}
        )*
    }
}

fn endings(model: &Model) -> TokenStream {
    let (ident, vis, private) = (&model.ident, &model.vis, model.root.private());
    let (draft, create, parameters) = (draft_name(model), create_name(model), parameters(model));
    let module = module(model);
    let fields = required(model).map(|it| method("", it));
    let complete = quote!(#(#parameters: #module::#fields),*);
    let meeting = meeting::expand(model, &quote!(self.draft), Some(&complete));
    let allow = super::allow();
    quote! {
        // The bounds stand on the method: on the impl, the compiler would not say
        // what is missing in our words.
        #allow
        impl<#(#parameters),*> #create<#(#parameters),*> {
            /// Inserts the row and gives it.
            #vis fn insert(self) -> #private::BoxFuture<'static, #private::Result<#ident>>
            where
                #complete
            {
                self.draft.insert()
            }

            #meeting
        }

        impl<#complete> ::core::future::Future for #create<#(#parameters),*> {
            type Output = #private::Result<#ident>;

            fn poll(
                mut self: ::core::pin::Pin<&mut Self>,
                context: &mut ::core::task::Context<'_>,
            ) -> ::core::task::Poll<Self::Output> {
                let this = &mut *self;
                let draft = &mut this.draft;
                this.future
                    .get_or_insert_with(|| ::core::mem::take(draft).insert())
                    .as_mut()
                    .poll(context)
            }
        }

        impl<#complete> ::core::convert::From<#create<#(#parameters),*>> for #draft {
            fn from(create: #create<#(#parameters),*>) -> Self {
                create.draft
            }
        }
    }
}

fn required(model: &Model) -> impl Iterator<Item = &Field> {
    model.fields.iter().filter(|it| it.is_required())
}

/// The builder's parameters; no user calls a type of his own so.
fn parameters(model: &Model) -> Vec<Ident> {
    required(model).enumerate().map(|(at, it)| format_ident!("__F{at}", span = near(it))).collect()
}

/// The module that holds the traits of required fields.
fn module(model: &Model) -> Ident {
    format_ident!("__{}_set", snake(&model.name))
}
