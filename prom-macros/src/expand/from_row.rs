//! That a row of the user's own statement may become the model.

use proc_macro2::TokenStream;
use quote::quote;

use crate::input::Model;

/// `impl FromRow` for the model, from columns in any order.
pub(super) fn expand(model: &Model) -> TokenStream {
    let (ident, private) = (&model.ident, model.root.private());
    quote! {
        impl #private::FromRow for #ident {
            type Places = #private::Places;

            fn places(columns: &#private::Columns<'_>) -> #private::Result<#private::Places> {
                #private::Places::find::<Self>(columns)
            }

            fn from_row(row: &dyn #private::RowRef, places: &#private::Places) -> #private::Result<Self> {
                #private::Places::read(places, row)
            }

            fn __key(
                row: &dyn #private::RowRef,
                places: &#private::Places,
            ) -> ::core::option::Option<(&'static str, #private::Value)> {
                #private::Places::key::<Self>(places, row)
            }

            fn __loaded(&mut self) -> #private::Result<()> {
                #private::Model::__after_load(self)
            }
        }
    }
}
