//! `#[derive(FromRow)]`: a struct that a row of a statement may become.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;

use crate::input::{Record, RecordField, Root};
use crate::mistakes::Mistakes;

/// `impl FromRow` for the struct.
pub(crate) fn expand(root: Root, item: TokenStream) -> TokenStream {
    let mut mistakes = Mistakes::default();
    let record = Record::parse(root, item, &mut mistakes);
    let expanded = record.filter(|_| mistakes.is_empty()).map(|it| implement(&it));
    expanded.unwrap_or_else(|| mistakes.into_tokens())
}

fn implement(record: &Record) -> TokenStream {
    let Record { root, ident, fields } = record;
    let private = root.private();
    let name = ident.unraw().to_string();
    let columns: Vec<&str> = fields.iter().filter_map(|it| it.column.as_deref()).collect();
    let count = columns.len();
    let mut places = 0..count;
    let fields = fields.iter().map(|RecordField { ident, ty, column }| {
        if column.is_none() {
            return quote_spanned!(ty.span()=> #ident: <#ty as ::core::default::Default>::default());
        }
        let at = places.next().unwrap_or_default();
        let full = format!("{name}.{}", ident.unraw());
        let read = quote_spanned!(ty.span()=> #private::column::<#ty>);
        quote!(#ident: #read(row, places[#at], #full)?)
    });
    quote! {
        #[automatically_derived]
        impl #private::FromRow for #ident {
            type Places = [usize; #count];

            fn places(columns: &#private::Columns<'_>) -> #private::Result<[usize; #count]> {
                columns.named(#name, [#(#columns),*])
            }

            fn from_row(row: &dyn #private::RowRef, places: &[usize; #count]) -> #private::Result<Self> {
                ::core::result::Result::Ok(Self { #(#fields),* })
            }
        }
    }
}
