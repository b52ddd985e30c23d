//! `#[derive(Enum)]`: an enum of unit variants as a type that a field may have.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

use crate::input::{Enumeration, Root, Storage, Text};
use crate::mistakes::Mistakes;

/// `impl Field` for the enum.
pub(crate) fn expand(root: Root, item: TokenStream) -> TokenStream {
    let mut mistakes = Mistakes::default();
    let enumeration = Enumeration::parse(root, item, &mut mistakes);
    if let Some(enumeration) = &enumeration {
        check(enumeration, &mut mistakes);
    }
    let expanded = enumeration.filter(|_| mistakes.is_empty()).map(|it| implement(&it));
    expanded.unwrap_or_else(|| mistakes.into_tokens())
}

fn check(enumeration: &Enumeration, mistakes: &mut Mistakes) {
    if enumeration.variants.is_empty() {
        mistakes.at(enumeration.ident.span(), "a stored enum needs a variant");
    }
    let Storage::Text(names) = &enumeration.storage else { return };
    for (at, Text { text, span }) in names.iter().enumerate() {
        if let Some(other) = names[..at].iter().position(|it| it.text == *text) {
            let other = &enumeration.variants[other];
            mistakes.at(*span, format!("the variant `{other}` is stored as `{text}` already"));
        }
        if text.contains('\0') {
            mistakes.at(*span, "a stored name holds no NUL");
        }
    }
}

fn implement(enumeration: &Enumeration) -> TokenStream {
    let Enumeration { root, ident, variants, storage } = enumeration;
    let private = root.private();
    let Stored { ty, pattern, cells, prints, known, other } = stored(&private, storage);
    let cell = quote!(match self { #(Self::#variants => #cells,)* });
    let value = match storage {
        Storage::Text(_) => quote!(Text(::std::string::String::from(#cell))),
        Storage::Integer(..) => quote!(I64(#cell)),
    };
    let unknown = format!("expected {known}, found {other}");
    quote! {
        #[automatically_derived]
        impl #private::Field for #ident {
            const TYPE: #private::Type = #private::Type::#ty;

            fn to_value(&self) -> #private::Value {
                #private::Value::#value
            }

            fn decode(value: #private::ValueRef<'_>) -> #private::Result<Self> {
                match value {
                    #(#pattern(#cells) => ::core::result::Result::Ok(Self::#variants),)*
                    #pattern(_) => ::core::result::Result::Err(#private::Error::new(
                        #private::Kind::Decode,
                        #unknown,
                    )),
                    it => ::core::result::Result::Err(#private::mismatch(#known, it)),
                }
            }

            fn fingerprint(&self) -> u64 {
                match self { #(Self::#variants => #prints,)* }
            }
        }
    }
}

/// What differs between enums stored as text and as integers.
struct Stored {
    ty: Ident,
    /// A cell that holds such a thing.
    pattern: TokenStream,
    cells: Vec<Literal>,
    prints: Vec<u64>,
    /// What may be in a cell, for messages.
    known: String,
    /// What else may be in a cell, for messages.
    other: &'static str,
}

fn stored(private: &TokenStream, storage: &Storage) -> Stored {
    match storage {
        Storage::Text(names) => Stored {
            ty: format_ident!("Text"),
            pattern: quote!(#private::ValueRef::Text),
            cells: names.iter().map(|it| Literal::string(&it.text)).collect(),
            prints: (0..).take(names.len()).collect(),
            known: one_of(names.iter().map(|it| format!("`{}`", it.text))),
            other: "other text",
        },
        Storage::Integer(bits, numbers) => Stored {
            ty: format_ident!("I{bits}"),
            pattern: quote!(#private::ValueRef::I64),
            cells: numbers.iter().map(|it| Literal::i64_unsuffixed(*it)).collect(),
            prints: numbers.iter().map(|it| it.cast_unsigned()).collect(),
            known: one_of(numbers.iter().map(i64::to_string)),
            other: "another integer",
        },
    }
}

fn one_of(known: impl Iterator<Item = String>) -> String {
    let known: Vec<String> = known.collect();
    match &known[..] {
        [one] => one.clone(),
        _ => format!("one of {}", known.join(", ")),
    }
}
