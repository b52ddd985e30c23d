//! `#[derive(Enum)]`: an enum of unit variants as a type that a field may have.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};
use syn::ext::IdentExt;

use crate::input::{Enumeration, Root, Storage, Text};
use crate::mistakes::Mistakes;

/// `impl Field` for the enum, its names, and the way back from them.
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
    let is = match enumeration.storage {
        Storage::Text => "is stored as",
        Storage::Integer(..) => "has the name",
    };
    let names = &enumeration.names;
    for (at, Text { text, span }) in names.iter().enumerate() {
        if let Some(other) = names[..at].iter().position(|it| it.text == *text) {
            let other = &enumeration.variants[other];
            mistakes.at(*span, format!("the variant `{other}` {is} `{text}` already"));
        }
        if text.contains('\0') {
            mistakes.at(*span, "a stored name holds no NUL");
        }
    }
}

fn implement(enumeration: &Enumeration) -> TokenStream {
    let field = field(enumeration);
    let names = names(enumeration);
    let display = enumeration.traits.display.then(|| display(enumeration));
    let from_str = enumeration.traits.from_str.then(|| from_str(enumeration));
    quote!(#field #names #display #from_str)
}

fn field(enumeration: &Enumeration) -> TokenStream {
    let Enumeration { root, ident, variants, storage, .. } = enumeration;
    let private = root.private();
    let Stored { ty, pattern, cells, choices, prints, known, other } = stored(&private, enumeration);
    let value = match storage {
        Storage::Text => quote!(Text(::std::string::String::from(self.as_str()))),
        Storage::Integer(..) => quote!(I64(match self { #(Self::#variants => #cells,)* })),
    };
    let range = match storage {
        Storage::Text => None,
        Storage::Integer(_, numbers) => numbers.iter().min().zip(numbers.iter().max()),
    };
    let range = range.map(|(min, max)| {
        quote!(const RANGE: ::core::option::Option<(i64, i64)> = ::core::option::Option::Some((#min, #max));)
    });
    let unknown = format!("expected {known}, found {other}");
    quote! {
        #[automatically_derived]
        impl #private::Field for #ident {
            const TYPE: #private::Type = #private::Type::#ty;
            const CHOICES: ::core::option::Option<#private::Choices> =
                ::core::option::Option::Some(#private::Choices::#choices);
            #range
            const DECODES_ALL: bool = true;

            fn to_value(&self) -> #private::Value {
                #private::Value::#value
            }

            fn decode(value: #private::ValueRef<'_>) -> #private::Result<Self> {
                match value.whole() {
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

/// The variants, and what they are called.
fn names(enumeration: &Enumeration) -> TokenStream {
    let Enumeration { vis, ident, variants, names, .. } = enumeration;
    let names = names.iter().map(|it| &it.text);
    let doc = match enumeration.storage {
        Storage::Text => "The name, as it is stored.",
        Storage::Integer(..) => "The name, in snake case.",
    };
    quote! {
        #[automatically_derived]
        #[allow(dead_code, unreachable_pub)]
        impl #ident {
            /// All variants, in the order in which they are written.
            #vis const VARIANTS: &'static [Self] = &[#(Self::#variants),*];

            #[doc = #doc]
            #[must_use]
            #vis const fn as_str(&self) -> &'static str {
                match self { #(Self::#variants => #names,)* }
            }
        }
    }
}

fn display(enumeration: &Enumeration) -> TokenStream {
    let ident = &enumeration.ident;
    quote! {
        /// Shows the name; width and alignment count.
        #[automatically_derived]
        impl ::core::fmt::Display for #ident {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.pad(self.as_str())
            }
        }
    }
}

fn from_str(enumeration: &Enumeration) -> TokenStream {
    let Enumeration { root, ident, variants, names, .. } = enumeration;
    let (private, name) = (root.private(), ident.unraw().to_string());
    let names: Vec<&String> = names.iter().map(|it| &it.text).collect();
    quote! {
        /// Reads the name, letter for letter.
        #[automatically_derived]
        impl ::core::str::FromStr for #ident {
            type Err = #private::Error;

            fn from_str(text: &str) -> #private::Result<Self> {
                match text {
                    #(#names => ::core::result::Result::Ok(Self::#variants),)*
                    text => ::core::result::Result::Err(#private::no_variant(#name, text, &[#(#names),*])),
                }
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
    /// The cells, for those that name the field at run time.
    choices: TokenStream,
    prints: Vec<u64>,
    /// What may be in a cell, for messages.
    known: String,
    /// What else may be in a cell, for messages.
    other: &'static str,
}

fn stored(private: &TokenStream, enumeration: &Enumeration) -> Stored {
    let names: Vec<&String> = enumeration.names.iter().map(|it| &it.text).collect();
    match &enumeration.storage {
        Storage::Text => Stored {
            ty: format_ident!("Text"),
            pattern: quote!(#private::ValueRef::Text),
            cells: names.iter().map(|it| Literal::string(it)).collect(),
            choices: quote!(Text(&[#(#names),*])),
            prints: (0..).take(names.len()).collect(),
            known: one_of(names.iter().map(|it| format!("`{it}`"))),
            other: "other text",
        },
        Storage::Integer(bits, numbers) => Stored {
            ty: format_ident!("I{bits}"),
            pattern: quote!(#private::ValueRef::I64),
            cells: numbers.iter().map(|it| Literal::i64_unsuffixed(*it)).collect(),
            choices: quote!(Integer(&[#((#numbers, #names)),*])),
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
