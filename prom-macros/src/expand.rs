//! From our words to tokens. What is generated is thin, and names everything in
//! full: the work is in prom-core's plain functions.

// The struct itself.
mod item;

// That it is a row.
mod from_row;
mod model;
mod schema;

// What is not yet a row.
mod create;
mod draft;
mod meeting;

// Asking for rows.
mod query;

// From row to row.
mod relation;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;

use crate::input::{Field, Model};

/// All that the attribute makes of the model.
pub(crate) fn all(model: &Model) -> TokenStream {
    let parts = [
        item::expand(model),
        model::expand(model),
        from_row::expand(model),
        draft::expand(model),
        create::expand(model),
        query::expand(model),
        relation::expand(model),
    ];
    quote!(#(#parts)*)
}

/// Users need not call all that is there for them to call, and what is as
/// visible as the model is no more visible than it.
fn allow() -> TokenStream {
    quote!(#[allow(dead_code, unreachable_pub)])
}

fn draft_name(model: &Model) -> Ident {
    format_ident!("{}Draft", model.name, span = model.ident.span())
}

fn create_name(model: &Model) -> Ident {
    format_ident!("{}Create", model.name, span = model.ident.span())
}

fn query_name(model: &Model) -> Ident {
    format_ident!("{}Query", model.name, span = model.ident.span())
}

/// A method `prefix` + the field's name. It is found where the field is, but
/// belongs to generated code, so that lints leave it alone.
fn method(prefix: &str, field: &Field) -> Ident {
    match prefix {
        "" => {
            let mut ident = field.ident.clone();
            ident.set_span(near(field));
            ident
        }
        prefix => format_ident!("{prefix}{}", field.name, span = near(field)),
    }
}

/// Where the field is, in generated code.
fn near(field: &Field) -> Span {
    Span::call_site().located_at(field.ident.span())
}

/// `<Type as Field>`, where the type is: that it is no field is said under it,
/// and said in the same words everywhere, so that the compiler says it once.
fn as_field(private: &TokenStream, field: &Field) -> TokenStream {
    let ty = &field.ty;
    quote_spanned!(ty.span()=> <#ty as #private::Field>)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::Root;
    use crate::mistakes::Mistakes;

    fn functions(fields: &TokenStream) -> usize {
        let item = quote!(struct Foo { #fields });
        let model = Model::parse(Root::core(), TokenStream::new(), item, &mut Mistakes::default());
        let tokens = all(&model.expect("it is a struct")).to_string();
        tokens.split_whitespace().filter(|it| *it == "fn").count()
    }

    /// Twenty questions, three methods of the draft and one of the builder; see
    /// the questions of other types in `query`.
    #[test]
    fn a_number_costs_twenty_four_functions() {
        assert_eq!(functions(&quote!(a: i64, b: i64)) - functions(&quote!(a: i64)), 24);
        assert_eq!(functions(&quote!(a: i64, #[field(skip)] b: i64)) - functions(&quote!(a: i64)), 0);
    }
}
