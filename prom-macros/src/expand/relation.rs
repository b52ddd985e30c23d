//! The ways that references make: to the row that is referred to, and with
//! `reverse` back from there.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::{near, query_name};
use crate::input::{Field, Model};

pub(super) fn expand(model: &Model) -> TokenStream {
    let ways = model.stored().filter_map(|(at, field)| {
        let target = field.shape.target()?;
        Some(Way { model, field, at, target }.expand())
    });
    quote!(#(#ways)*)
}

/// A reference, and the model that it leads to.
struct Way<'a> {
    model: &'a Model,
    field: &'a Field,
    /// Its place in the schema.
    at: usize,
    target: &'a TokenStream,
}

impl Way<'_> {
    fn expand(&self) -> TokenStream {
        let (forth, questions, back) = (self.forth(), self.questions(), self.back());
        quote!(#forth #questions #back)
    }

    fn name(&self) -> String {
        self.field.forward_name().text
    }

    /// The method that leads there; `check` knows that it can be called so.
    fn method(&self) -> Ident {
        let mut ident = self.field.forward_name().as_method().unwrap_or_else(|| self.field.ident.clone());
        ident.set_span(near(self.field));
        ident
    }

    fn question(&self, prefix: &str) -> Ident {
        format_ident!("{prefix}{}", self.name(), span = near(self.field))
    }

    fn constant(&self) -> Ident {
        format_ident!("{}", self.name().to_uppercase(), span = near(self.field))
    }

    fn ty(&self) -> TokenStream {
        let (private, child, target, at) = (self.private(), &self.model.ident, self.target, self.at);
        let way = match self.field.shape.is_optional {
            true => quote!(ToOptional),
            false => quote!(ToOne),
        };
        quote!(#private::#way<#child, #target, #at>)
    }

    fn forth(&self) -> TokenStream {
        let (private, child, vis, target) = (self.private(), &self.model.ident, &self.model.vis, self.target);
        let (constant, method, ty) = (self.constant(), self.method(), self.ty());
        let gives = match self.field.shape.is_optional {
            true => quote!(::core::option::Option<#target>),
            false => target.clone(),
        };
        let way = format!("The way to the row that `{}` refers to.", self.field.name);
        let row = format!("The row that `{}` refers to.", self.field.name);
        let allow = super::allow();
        quote! {
            #allow
            impl #child {
                #[doc = #way]
                #vis const #constant: #ty = <#ty>::new();

                #[doc = #row]
                #vis fn #method(&self) -> #private::BoxFuture<'_, #private::Result<#gives>> {
                    #private::Model::related(self, Self::#constant)
                }
            }
        }
    }

    fn questions(&self) -> TokenStream {
        let (private, child, vis, target) = (self.private(), &self.model.ident, &self.model.vis, self.target);
        let (query, constant, ty) = (query_name(self.model), self.constant(), self.ty());
        let (with, where_has) = (self.question("with_"), self.question("where_"));
        let name = &self.field.name;
        let brings = format!("Each row brings along the one that its `{name}` refers to.");
        let keeps = format!("Keeps rows whose `{name}` refers to one that meets the conditions.");
        let allow = super::allow();
        quote! {
            #allow
            impl<__P: #private::Projection<#child>> #query<__P> {
                #[doc = #brings]
                #[inline]
                #vis fn #with<__N>(self) -> #query<__N>
                where
                    __P: #private::Load<#ty, Next = __N>,
                    __N: #private::Projection<#child>,
                {
                    #private::Query::with(self, #child::#constant)
                }

                #[doc = #keeps]
                #[inline]
                #vis fn #where_has(
                    self,
                    conditions: impl ::core::ops::FnOnce(
                        <#target as #private::Model>::Query,
                    ) -> <#target as #private::Model>::Query,
                ) -> Self {
                    #private::Query::where_has(self, #child::#constant, conditions)
                }
            }
        }
    }

    /// What `reverse` adds to the model that is referred to.
    fn back(&self) -> Option<TokenStream> {
        let reverse = self.field.reverse.as_ref()?;
        let (private, child, vis, target, at) =
            (self.private(), &self.model.ident, &self.model.vis, self.target, self.at);
        // A name that is there twice is said under the name.
        let method = Ident::new(&reverse.text, reverse.span);
        let constant = Ident::new(&reverse.text.to_uppercase(), reverse.span);
        let (query, eq) = (query_name(self.model), super::method("eq_", self.field));
        let (name, model) = (&self.field.name, &self.model.name);
        let way = format!("The way to the rows of [`{model}`] whose `{name}` refers here.");
        let rows = format!("Asks for the rows of [`{model}`] whose `{name}` refers to this one.");
        let allow = super::allow();
        Some(quote! {
            #allow
            impl #target {
                #[doc = #way]
                #vis const #constant: #private::ToMany<#target, #child, #at> =
                    <#private::ToMany<#target, #child, #at>>::new();

                #[doc = #rows]
                #vis fn #method(&self) -> #query {
                    #private::from_row(#child::query(), self).#eq(self)
                }
            }
        })
    }

    fn private(&self) -> TokenStream {
        self.model.root.private()
    }
}
