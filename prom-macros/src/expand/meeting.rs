//! The endings of drafts and create builders that may meet a row which is there.

use proc_macro2::TokenStream;
use quote::quote;

use crate::input::Model;

/// The endings: `draft` is the draft that ends, `complete` the bounds that say
/// whether it may.
pub(super) fn expand(model: &Model, draft: &TokenStream, complete: Option<&TokenStream>) -> TokenStream {
    let (ident, vis, private) = (&model.ident, &model.vis, model.root.private());
    let bounds = complete.map(|it| quote!(where #it));
    let boxed = quote!(::std::boxed::Box::pin);
    let future = |it: TokenStream| quote!(#private::BoxFuture<'static, #private::Result<#it>>);
    let row = future(quote!(#ident));
    let row_or_none = future(quote!(::core::option::Option<#ident>));
    let row_and_is_new = future(quote!((#ident, bool)));
    quote! {
        /// Inserts the row, or updates the one that is there, and gives it as it then is.
        ///
        /// The row that is there is the one of the same key, if the key was set;
        /// else the one that is like it in the first unique index all of whose
        /// fields were set. NULL is like nothing. What was set is updated, and
        /// `updated`; key, `created` and what was left out stay as they are.
        ///
        /// # Errors
        ///
        /// `Kind::Invalid` when neither the key nor a unique index was set,
        /// `Kind::Unique` when any other row is in the way.
        #vis fn upsert(self) -> #row #bounds {
            #boxed(#private::upsert::<#ident>(#draft))
        }

        /// As `upsert`, going by the unique index over just these fields.
        ///
        /// # Errors
        ///
        /// `Kind::Invalid` when there is no such index or one of them was not set.
        #vis fn upsert_on<'a>(
            self,
            fields: impl ::core::iter::IntoIterator<Item = &'a str>,
        ) -> #row #bounds {
            #private::upsert_on::<#ident>(#draft, fields)
        }

        /// Inserts the row and gives it; gives `None` and changes nothing when a
        /// row is in the way, of the same key or alike in any unique index.
        #vis fn or_ignore(self) -> #row_or_none #bounds {
            #boxed(#private::insert_or_ignore::<#ident>(#draft))
        }

        /// Inserts the row and gives it with `true`, or gives the row that is there
        /// as it is, with `false`. Which one that is, `upsert` says.
        ///
        /// # Errors
        ///
        /// As `upsert`; `Kind::Busy` when the row comes and goes too fast to be had.
        #vis fn find_or_create(self) -> #row_and_is_new #bounds {
            #boxed(#private::find_or_create::<#ident>(#draft))
        }
    }
}
