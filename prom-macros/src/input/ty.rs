//! What the macro knows of a type: what its tokens say, and no more. An alias or
//! a type of the user's own is [`Kind::Other`], and the compiler decides.

use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{GenericArgument, Generics, PathArguments, PathSegment, Type};

use super::Key;
use crate::mistakes::Mistakes;

/// What is known of a field's type.
pub(crate) struct Shape {
    pub(crate) kind: Kind,
    /// Whether it is an `Option` of that kind.
    pub(crate) is_optional: bool,
}

/// What a type is, without the `Option` around it.
pub(crate) enum Kind {
    Bool,
    Number,
    Float,
    Text,
    Bytes,
    Timestamp,
    /// A `Ref`, and the model that it refers to.
    Reference(TokenStream),
    /// An `Option` in the `Option`.
    Option,
    Other,
}

impl Shape {
    pub(super) fn of(ty: &Type) -> Self {
        match last_segment(ty) {
            Some(it) if it.ident == "Option" => {
                let kind = argument(it).map_or(Kind::Other, kind);
                Self { kind, is_optional: true }
            }
            _ => Self { kind: kind(ty), is_optional: false },
        }
    }

    /// Whether greater and less mean something.
    pub(crate) fn is_ordered(&self) -> bool {
        !matches!(self.kind, Kind::Bool | Kind::Bytes | Kind::Reference(_))
    }

    pub(crate) fn is_number(&self) -> bool {
        matches!(self.kind, Kind::Number | Kind::Float)
    }

    pub(crate) fn is_float(&self) -> bool {
        matches!(self.kind, Kind::Float)
    }

    pub(crate) fn is_text(&self) -> bool {
        matches!(self.kind, Kind::Text)
    }

    /// Whether it is text, for all that the tokens say.
    pub(crate) fn may_be_text(&self) -> bool {
        matches!(self.kind, Kind::Text | Kind::Reference(_) | Kind::Other)
    }

    /// Whether it is text or bytes, for all that the tokens say.
    pub(crate) fn may_have_size(&self) -> bool {
        self.may_be_text() || matches!(self.kind, Kind::Bytes)
    }

    /// Whether it is a reference, for all that the tokens say: an alias may be one.
    pub(crate) fn may_refer(&self) -> bool {
        matches!(self.kind, Kind::Reference(_) | Kind::Other)
    }

    /// Whether setters take the type itself, so that a literal is one of it.
    pub(crate) fn is_taken_exactly(&self) -> bool {
        !self.is_optional && matches!(self.kind, Kind::Bool | Kind::Number | Kind::Float | Kind::Timestamp)
    }

    /// The model that a field of the type refers to.
    pub(crate) fn target(&self) -> Option<&TokenStream> {
        match &self.kind {
            Kind::Reference(target) => Some(target),
            _ => None,
        }
    }
}

fn kind(ty: &Type) -> Kind {
    let Some(segment) = last_segment(ty) else { return Kind::Other };
    let argument = argument(segment);
    let holds = |name: &str| argument.and_then(last_segment).is_some_and(|it| it.ident == name);
    match segment.ident.to_string().as_str() {
        "bool" => Kind::Bool,
        "i8" | "i16" | "i32" | "i64" | "u8" | "u16" | "u32" => Kind::Number,
        "f32" | "f64" => Kind::Float,
        "String" => Kind::Text,
        "Box" | "Arc" | "Cow" if holds("str") => Kind::Text,
        "Vec" if holds("u8") => Kind::Bytes,
        "Timestamp" => Kind::Timestamp,
        "Ref" => argument.map_or(Kind::Other, |it| Kind::Reference(it.to_token_stream())),
        "Option" => Kind::Option,
        _ => Kind::Other,
    }
}

/// Who makes keys of that type.
pub(super) fn key(ty: &Type) -> Key {
    match last_segment(ty).map(|it| it.ident.to_string()).as_deref() {
        Some("i64") => Key::Generated,
        Some("Uuid") => Key::Uuid,
        _ => Key::Given,
    }
}

fn last_segment(ty: &Type) -> Option<&PathSegment> {
    match ty {
        Type::Path(it) if it.qself.is_none() => it.path.segments.last(),
        Type::Group(it) => last_segment(&it.elem),
        Type::Paren(it) => last_segment(&it.elem),
        _ => None,
    }
}

/// The only type in the angle brackets.
fn argument(segment: &PathSegment) -> Option<&Type> {
    let PathArguments::AngleBracketed(it) = &segment.arguments else { return None };
    let mut types = it.args.iter().filter_map(|it| match it {
        GenericArgument::Type(it) => Some(it),
        _ => None,
    });
    types.next().filter(|_| types.next().is_none())
}

/// Generic items have no table of their own.
pub(super) fn refuse_generics(generics: &Generics, what: &str, mistakes: &mut Mistakes) {
    if !generics.params.is_empty() {
        mistakes.under(generics, format!("{what} cannot be generic, nor have lifetimes"));
    }
}

/// The tokens with `name` for `Self`: outside the struct, `Self` is another type.
pub(super) fn with_self_named(tokens: TokenStream, name: &Ident) -> TokenStream {
    let one = |it| match it {
        TokenTree::Ident(it) if it == "Self" => {
            let mut name = name.clone();
            name.set_span(it.span());
            TokenTree::Ident(name)
        }
        TokenTree::Group(it) => {
            let mut group = Group::new(it.delimiter(), with_self_named(it.stream(), name));
            group.set_span(it.span());
            TokenTree::Group(group)
        }
        it => it,
    };
    tokens.into_iter().map(one).collect()
}
