//! What is derived below the attribute: some of it would show the hidden field,
//! and some of it would make values that are no rows.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Attribute, Meta, MetaList, Path, Result, Token};

/// The predicates of the `cfg_attr`s around a derive; all of them must hold.
pub(crate) type Condition = Vec<TokenStream>;

/// What is derived, and under which condition each time.
#[derive(Default)]
pub(crate) struct Derives {
    /// `Debug`, which was taken out: std's would print the hidden field.
    pub(crate) debug: Vec<Condition>,
    /// serde's `Serialize`.
    pub(crate) serialize: Vec<Condition>,
    /// What a model cannot derive, and why.
    pub(crate) refused: Vec<(Path, &'static str)>,
}

const DESERIALIZE: &str = "a model cannot be deserialized: its values are rows; deserialize a struct of your own, and \
                           make a draft of it";
const DEFAULT: &str = "a model has no default: its values are rows; give fields a `#[field(default = ..)]`, and start \
                       from `create()` or `draft()`";
const COPY: &str = "a model cannot be `Copy`: a row remembers how it was read; `Clone` is fine";

impl Derives {
    /// The attribute without what was taken out of it; nothing if all was.
    pub(super) fn take(&mut self, attribute: &Attribute) -> Option<TokenStream> {
        let meta = self.take_meta(&attribute.meta, &Vec::new())?;
        Some(quote!(#[#meta]))
    }

    fn take_meta(&mut self, meta: &Meta, under: &Condition) -> Option<TokenStream> {
        let result = match meta {
            Meta::List(it) if it.path.is_ident("derive") => self.take_derive(it, under),
            Meta::List(it) if it.path.is_ident("cfg_attr") => self.take_cfg(it, under),
            _ => return Some(meta.to_token_stream()),
        };
        // What we cannot read, the compiler will complain about.
        result.unwrap_or_else(|_| Some(meta.to_token_stream()))
    }

    fn take_derive(&mut self, list: &MetaList, under: &Condition) -> Result<Option<TokenStream>> {
        let paths = Punctuated::<Path, Token![,]>::parse_terminated.parse2(list.tokens.clone())?;
        let kept: Vec<Path> = paths.into_iter().filter(|it| self.is_kept(it, under)).collect();
        let derive = &list.path;
        Ok((!kept.is_empty()).then(|| quote!(#derive(#(#kept),*))))
    }

    fn take_cfg(&mut self, list: &MetaList, under: &Condition) -> Result<Option<TokenStream>> {
        let read = |input: ParseStream<'_>| {
            let predicate: Meta = input.parse()?;
            input.parse::<Token![,]>()?;
            Ok((predicate, Punctuated::<Meta, Token![,]>::parse_terminated(input)?))
        };
        let (predicate, metas) = read.parse2(list.tokens.clone())?;
        let mut under = under.clone();
        under.push(predicate.to_token_stream());
        let kept: Vec<_> = metas.iter().filter_map(|it| self.take_meta(it, &under)).collect();
        let cfg_attr = &list.path;
        Ok((!kept.is_empty()).then(|| quote!(#cfg_attr(#predicate, #(#kept),*))))
    }

    fn is_kept(&mut self, path: &Path, under: &Condition) -> bool {
        let Some(last) = path.segments.last() else { return true };
        match last.ident.to_string().as_str() {
            "Debug" if is_std(path) => {
                self.debug.push(under.clone());
                return false;
            }
            "Serialize" => self.serialize.push(under.clone()),
            "Deserialize" => self.refused.push((path.clone(), DESERIALIZE)),
            "Default" => self.refused.push((path.clone(), DEFAULT)),
            "Copy" => self.refused.push((path.clone(), COPY)),
            _ => {}
        }
        true
    }
}

/// Whether it is std's own derive, and not that of another crate.
fn is_std(path: &Path) -> bool {
    let names: Vec<String> = path.segments.iter().map(|it| it.ident.to_string()).collect();
    matches!(
        names.iter().map(String::as_str).collect::<Vec<_>>()[..],
        ["Debug"] | ["fmt", "Debug"] | ["std" | "core", "fmt", "Debug"]
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::parse_quote;

    #[test]
    fn debug_is_taken_out_wherever_it_stands() {
        let mut derives = Derives::default();
        let mut take = |attribute: Attribute| {
            let kept = derives.take(&attribute);
            kept.map_or(String::new(), |it| it.to_string().replace(' ', ""))
        };
        assert_eq!(take(parse_quote!(#[derive(Debug, Clone)])), "#[derive(Clone)]");
        assert_eq!(take(parse_quote!(#[derive(std::fmt::Debug)])), "");
        assert_eq!(
            take(parse_quote!(#[cfg_attr(test, derive(Debug), cfg_attr(unix, derive(Debug, Eq)))])),
            "#[cfg_attr(test,cfg_attr(unix,derive(Eq)))]"
        );
        assert_eq!(take(parse_quote!(#[derive(derive_more::Debug)])), "#[derive(derive_more::Debug)]");
        let conditions: Vec<usize> = derives.debug.iter().map(Vec::len).collect();
        assert_eq!(conditions, [0, 0, 1, 2]);
    }
}
