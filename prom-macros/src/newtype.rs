//! `#[derive(Field)]`: a newtype as a type that a field may have.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use crate::input::{Newtype, Root};
use crate::mistakes::Mistakes;

/// `impl Field` for the newtype: all is as the value in it has it.
pub(crate) fn expand(root: Root, item: TokenStream) -> TokenStream {
    let mut mistakes = Mistakes::default();
    let newtype = Newtype::parse(root, item, &mut mistakes);
    let expanded = newtype.filter(|_| mistakes.is_empty()).map(|it| implement(&it));
    expanded.unwrap_or_else(|| mistakes.into_tokens())
}

fn implement(newtype: &Newtype) -> TokenStream {
    let Newtype { ident, ty, root } = newtype;
    let private = root.private();
    let inner = quote_spanned!(ty.span()=> <#ty as #private::Field>);
    let nullable = format!(
        "`{ident}` cannot hold an `Option`: the field that has the newtype says whether it may be NULL"
    );
    quote! {
        const _: () = ::core::assert!(!#inner::NULLABLE, #nullable);

        #[automatically_derived]
        impl #private::Field for #ident {
            const TYPE: #private::Type = #inner::TYPE;
            const CHOICES: ::core::option::Option<#private::Choices> = #inner::CHOICES;
            const RANGE: ::core::option::Option<(i64, i64)> = #inner::RANGE;
            const DECODES_ALL: bool = #inner::DECODES_ALL;

            fn to_value(&self) -> #private::Value {
                #inner::to_value(&self.0)
            }

            fn into_value(self) -> #private::Value {
                #inner::into_value(self.0)
            }

            fn decode(value: #private::ValueRef<'_>) -> #private::Result<Self> {
                ::core::result::Result::map(#inner::decode(value), Self)
            }

            fn from_value(value: #private::Value) -> #private::Result<Self> {
                ::core::result::Result::map(#inner::from_value(value), Self)
            }

            fn fingerprint(&self) -> u64 {
                #inner::fingerprint(&self.0)
            }
        }
    }
}
