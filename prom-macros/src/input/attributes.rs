//! The attributes of an item or a field: ours, its docs, and the others.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Attribute, Expr, ExprLit, Lit, Meta};

use crate::mistakes::Mistakes;

/// The options in `#[field(..)]`, if that is the attribute.
pub(super) fn field_options(attribute: &Attribute, mistakes: &mut Mistakes) -> Option<TokenStream> {
    if !attribute.path().is_ident("field") {
        return None;
    }
    match &attribute.meta {
        Meta::List(it) => return Some(it.tokens.clone()),
        it => mistakes.under(it, "`field` is written `#[field(..)]`, with options"),
    }
    Some(TokenStream::new())
}

/// The doc comment: lines are joined, paragraphs stay.
pub(super) fn doc(attributes: &[Attribute]) -> String {
    let mut doc = String::new();
    let mut is_new = true;
    for line in attributes.iter().filter_map(doc_line).flat_map(|it| lines(&it)) {
        match line.as_str() {
            "" => is_new = true,
            line => {
                if !doc.is_empty() {
                    doc.push(if is_new { '\n' } else { ' ' });
                }
                doc.push_str(line);
                is_new = false;
            }
        }
    }
    doc
}

fn doc_line(attribute: &Attribute) -> Option<String> {
    match &attribute.meta {
        Meta::NameValue(it) if it.path.is_ident("doc") => match &it.value {
            Expr::Lit(ExprLit { lit: Lit::Str(it), .. }) => Some(it.value()),
            _ => None,
        },
        _ => None,
    }
}

fn lines(text: &str) -> Vec<String> {
    text.split('\n').map(|it| it.trim().replace('\0', "")).collect()
}

/// The item as it was written, without `#[field(..)]`, which nobody would know
/// where the macro has failed.
pub(crate) fn without_field(item: TokenStream) -> TokenStream {
    let mut kept = Vec::<TokenTree>::new();
    for it in item {
        match it {
            TokenTree::Group(it) if is_field(&it) && ends_in_pound(&kept) => {
                kept.pop();
            }
            TokenTree::Group(it) => {
                let mut group = Group::new(it.delimiter(), without_field(it.stream()));
                group.set_span(it.span());
                kept.push(group.into());
            }
            it => kept.push(it),
        }
    }
    kept.into_iter().collect()
}

fn is_field(group: &Group) -> bool {
    let tokens: Vec<TokenTree> = group.stream().into_iter().collect();
    let is_ours = match &tokens[..] {
        [TokenTree::Ident(it), ..] if it == "field" => true,
        [TokenTree::Ident(it), TokenTree::Group(list)] => it == "cfg_attr" && has_field(list),
        _ => false,
    };
    group.delimiter() == Delimiter::Bracket && is_ours
}

/// Whether the list has a `field(..)` in it.
fn has_field(list: &Group) -> bool {
    let tokens: Vec<TokenTree> = list.stream().into_iter().collect();
    tokens.windows(2).any(|it| matches!(it, [TokenTree::Ident(it), TokenTree::Group(_)] if it == "field"))
}

/// Whether the attribute has `field(..)` under a condition, where we do not see
/// whether it holds.
pub(super) fn hides_options(attribute: &Attribute) -> bool {
    let group = Group::new(Delimiter::Bracket, attribute.meta.to_token_stream());
    attribute.path().is_ident("cfg_attr") && is_field(&group)
}

fn ends_in_pound(tokens: &[TokenTree]) -> bool {
    matches!(tokens.last(), Some(TokenTree::Punct(it)) if it.as_char() == '#')
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::quote;
    use syn::parse_quote;

    #[test]
    fn a_doc_comment_is_trimmed_and_joined() {
        let attributes: Vec<Attribute> = vec![
            parse_quote!(#[doc = " How far"]),
            parse_quote!(#[doc = " it is."]),
            parse_quote!(#[doc(hidden)]),
            parse_quote!(#[doc = ""]),
            parse_quote!(#[doc = " In metres."]),
        ];
        assert_eq!(doc(&attributes), "How far it is.\nIn metres.");
    }

    #[test]
    fn a_failed_item_loses_our_attributes_only() {
        let item = quote! {
            #[derive(Debug)]
            struct Foo { #[field(index)] #[serde(skip)] #[cfg_attr(test, field(pk))] bar: [i64; 2], }
        };
        let wanted = quote!(
            #[derive(Debug)]
            struct Foo {
                #[serde(skip)]
                bar: [i64; 2],
            }
        );
        assert_eq!(without_field(item).to_string(), wanted.to_string());
    }
}
