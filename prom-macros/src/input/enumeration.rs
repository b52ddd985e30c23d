//! What is said of an enum that a field may have.

use proc_macro2::{Ident, TokenStream};
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{
    Attribute, Data, DeriveInput, Error, Expr, ExprLit, Fields, Lit, LitBool, Result, Token, UnOp, Variant,
    Visibility,
};

use super::attributes::field_options;
use super::{Options, Root, Text, refuse_generics, snake};
use crate::mistakes::Mistakes;

/// An enum, and how its variants are stored.
pub(crate) struct Enumeration {
    pub(crate) root: Root,
    pub(crate) vis: Visibility,
    pub(crate) ident: Ident,
    pub(crate) variants: Vec<Ident>,
    /// What the variants are called, one after the other.
    pub(crate) names: Vec<Text>,
    pub(crate) storage: Storage,
    pub(crate) traits: Traits,
}

/// How variants are stored.
pub(crate) enum Storage {
    /// By their names.
    Text,
    /// In a column of as many bits.
    Integer(u8, Vec<i64>),
}

/// Which of std's traits are implemented.
pub(crate) struct Traits {
    /// `Display`, which says how people see a value: only where it is asked for.
    pub(crate) display: bool,
    /// `FromStr`.
    pub(crate) from_str: bool,
}

const OF_NEWTYPE: Options = Options::new(&[("crate", "`crate = \"path\"`")]);
const OF_ENUM: Options = Options::new(&[
    ("crate", "`crate = \"path\"`"),
    ("display", "`display`, without a value"),
    ("from_str", "`from_str = false`"),
]);
const OF_VARIANT: Options = Options::new(&[("name", "`name = \"stored name\"`")]);

impl Enumeration {
    /// Reads the item below the derive. `None` if it is not an enum.
    pub(crate) fn parse(mut root: Root, item: TokenStream, mistakes: &mut Mistakes) -> Option<Self> {
        const WHAT: &str = "`Enum` is for enums; a newtype derives `Field`";
        let item: DeriveInput = mistakes.keep(syn::parse2(item))?;
        let Data::Enum(data) = &item.data else {
            mistakes.at(item.ident.span(), WHAT);
            return None;
        };
        refuse_generics(&item.generics, "an enum that is stored", mistakes);
        let traits = Traits::read(&item.attrs, &mut root, mistakes);
        let variants: Vec<&Variant> = data.variants.iter().collect();
        for variant in &variants {
            if !matches!(variant.fields, Fields::Unit) {
                mistakes.under(&variant.fields, "a variant of a stored enum holds nothing");
            }
        }
        let said: Vec<_> = variants.iter().map(|it| name(it, mistakes)).collect();
        let storage = match variants.iter().any(|it| it.discriminant.is_some()) {
            true => {
                for name in said.iter().flatten() {
                    mistakes.at(
                        name.span,
                        "the enum has a discriminant, so that all of it is stored as integers",
                    );
                }
                Storage::Integer(bits(&item.attrs), numbers(&variants, mistakes))
            }
            false => Storage::Text,
        };
        let names = said.into_iter().zip(&variants).map(|(name, it)| name.unwrap_or_else(|| unsaid(it)));
        let names = names.collect();
        let variants = variants.iter().map(|it| it.ident.clone()).collect();
        Some(Self { root, vis: item.vis, ident: item.ident, variants, names, storage, traits })
    }
}

impl Traits {
    /// Reads the enum's `#[field(..)]`, also where it says where prom is.
    fn read(attributes: &[Attribute], root: &mut Root, mistakes: &mut Mistakes) -> Self {
        let mut it = Self { display: false, from_str: true };
        let mut options = OF_ENUM;
        for attribute in attributes {
            if let Some(tokens) = field_options(attribute, mistakes) {
                options.read(tokens, mistakes, |name, input| {
                    match name.to_string().as_str() {
                        "crate" => root.read(input)?,
                        "display" => it.display = true,
                        _ => it.from_str = no(input)?,
                    }
                    Ok(())
                });
            }
        }
        it
    }
}

/// Reads `= false`.
fn no(input: ParseStream<'_>) -> Result<bool> {
    input.parse::<Token![=]>()?;
    let is = input.parse::<LitBool>()?;
    if is.value { Err(Error::new(is.span, "expected `false`")) } else { Ok(false) }
}

/// Reads a newtype's `#[field(crate = "..")]`.
pub(super) fn read_crate(attributes: &[Attribute], root: &mut Root, mistakes: &mut Mistakes) {
    let mut options = OF_NEWTYPE;
    for attribute in attributes {
        if let Some(tokens) = field_options(attribute, mistakes) {
            options.read(tokens, mistakes, |_, input| root.read(input));
        }
    }
}

/// The name that `#[field(name = "..")]` says.
fn name(variant: &Variant, mistakes: &mut Mistakes) -> Option<Text> {
    let mut options = OF_VARIANT;
    let mut name = None;
    for attribute in &variant.attrs {
        if let Some(tokens) = field_options(attribute, mistakes) {
            options.read(tokens, mistakes, |_, input| {
                name = Some(Text::read(input)?);
                Ok(())
            });
        }
    }
    name
}

fn unsaid(variant: &Variant) -> Text {
    Text::new(snake(&variant.ident.unraw().to_string()), variant.ident.span())
}

/// How wide a column the enum's `#[repr]` asks for.
fn bits(attributes: &[Attribute]) -> u8 {
    let repr = attributes.iter().find(|it| it.path().is_ident("repr"));
    match repr.and_then(|it| it.parse_args::<Ident>().ok()).map(|it| it.to_string()).as_deref() {
        Some("i8" | "u8" | "i16") => 16,
        Some("u16" | "i32") => 32,
        _ => 64,
    }
}

/// The discriminants, counted as the compiler does.
fn numbers(variants: &[&Variant], mistakes: &mut Mistakes) -> Vec<i64> {
    let mut next = Some(0_i64);
    let numbers = variants.iter().map(|variant| {
        let number = match &variant.discriminant {
            Some((_, expr)) => mistakes.keep(number(expr)).unwrap_or_default(),
            None => next.unwrap_or_else(|| {
                mistakes.at(variant.ident.span(), "the discriminant of this variant does not fit 64 bits");
                0
            }),
        };
        next = number.checked_add(1);
        number
    });
    numbers.collect()
}

fn number(expr: &Expr) -> Result<i64> {
    let refusal = || {
        Error::new_spanned(
            expr,
            "the discriminant of a stored enum is a literal of 64 bits, such as `= 3` or `= -1`",
        )
    };
    let (expr, sign) = match expr {
        Expr::Unary(it) if matches!(it.op, UnOp::Neg(_)) => (&*it.expr, "-"),
        it => (it, ""),
    };
    match expr {
        Expr::Lit(ExprLit { lit: Lit::Int(it), .. }) => {
            format!("{sign}{}", it.base10_digits()).parse().map_err(|_| refusal())
        }
        _ => Err(refusal()),
    }
}
