//! What is said of a field.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Error, Expr, ExprLit, Lit, LitBool, LitInt, Result, Token, UnOp};

use super::attributes::{doc, field_options, hides_options};
use super::{Options, Shape, Text, with_self_named};
use crate::mistakes::Mistakes;

/// A field of the model, written by the user or added by us.
pub(crate) struct Field {
    pub(crate) ident: Ident,
    /// The name without `r#`.
    pub(crate) name: String,
    pub(crate) vis: TokenStream,
    /// Attributes that are not ours, and the doc comment.
    pub(crate) attributes: Vec<TokenStream>,
    pub(crate) doc: String,
    /// The type as it was written.
    pub(crate) written: TokenStream,
    /// The type as it is said outside the struct.
    pub(crate) ty: TokenStream,
    pub(crate) shape: Shape,
    pub(crate) role: Role,
    pub(crate) key: Option<Key>,
    pub(crate) column: Text,
    pub(crate) aliases: Vec<Text>,
    pub(crate) unique: Option<Span>,
    /// `index`, or `index = false`.
    pub(crate) index: Option<(bool, Span)>,
    pub(crate) ignore_case: Option<Span>,
    /// The collation of the database that compares it.
    pub(crate) collate: Option<Text>,
    pub(crate) refuse_empty: Option<Span>,
    pub(crate) size: Option<(usize, Span)>,
    pub(crate) min_size: Option<(usize, Span)>,
    pub(crate) max_size: Option<(usize, Span)>,
    pub(crate) default: Option<DefaultExpr>,
    pub(crate) on_delete: Option<(OnDelete, Span)>,
    /// What the way to the row that is referred to is called.
    pub(crate) forward: Option<Text>,
    /// What the model that is referred to calls the way back.
    pub(crate) reverse: Option<Text>,
    pub(crate) skip: Option<Span>,
    /// All options that were given.
    pub(crate) given: Vec<Ident>,
    /// A `cfg`, which would make the field come and go.
    pub(crate) cfg: Option<TokenStream>,
    /// A `cfg_attr` with options of the field in it.
    pub(crate) hidden_options: Option<TokenStream>,
}

/// What prom itself does with a field.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Own,
    Id,
    Created,
    Updated,
}

/// Who makes the values of a key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key {
    Generated,
    Uuid,
    Given,
}

/// What happens to the row when the one that it refers to goes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnDelete {
    Cascade,
    SetNull,
    Restrict,
}

/// What a field is when nothing is said.
pub(crate) struct DefaultExpr {
    pub(crate) expr: TokenStream,
    /// Whether it is the same for every row.
    pub(crate) is_constant: bool,
}

const OPTIONS: Options = Options::new(&[
    ("unique", "`unique`, without a value"),
    ("index", "`index` or `index = false`"),
    ("ignore_case", "`ignore_case`, without a value"),
    ("collate", "`collate = \"de-DE-x-icu\"`"),
    ("size", "`size = 10`"),
    ("min_size", "`min_size = 1`"),
    ("max_size", "`max_size = 10`"),
    ("default", "`default = <expression>`"),
    ("name", "`name = \"column\"`"),
    ("alias", "`alias = \"name\"`"),
    ("empty", "`empty = false`"),
    ("skip", "`skip`, without a value"),
    ("pk", "`pk`, without a value"),
    ("on_delete", "`on_delete = cascade`, `on_delete = set_null` or `on_delete = restrict`"),
    ("forward", "`forward = \"parent\"`"),
    ("reverse", "`reverse = \"children\"`"),
])
.repeatable(&["alias"])
.later(&["json", "private", "precision", "scale", "choices", "regex", "with", "default_sql"]);

impl Field {
    /// A field that the user wrote in the struct `model`.
    pub(super) fn own(field: &syn::Field, ident: &Ident, model: &Ident, mistakes: &mut Mistakes) -> Self {
        let vis = field.vis.to_token_stream();
        let written = field.ty.to_token_stream();
        let mut it = Self::new(ident.clone(), vis, written, Shape::of(&field.ty), model);
        it.doc = doc(&field.attrs);
        let mut options = OPTIONS;
        for attribute in &field.attrs {
            match field_options(attribute, mistakes) {
                Some(tokens) => options.read(tokens, mistakes, |name, input| it.take(name, input, model)),
                None => it.keep_attribute(attribute),
            }
        }
        it.given = options.into_given();
        it.key = it.key.filter(|_| it.is_stored());
        it
    }

    /// A field that we add.
    pub(super) fn added(
        name: &str,
        vis: &TokenStream,
        ty: &syn::Type,
        role: Role,
        doc: &str,
        model: &Ident,
    ) -> Self {
        let ident = Ident::new(name, Span::call_site());
        let mut it = Self::new(ident, vis.clone(), ty.to_token_stream(), Shape::of(ty), model);
        it.column = Text::new(format!("_{name}"), Span::call_site());
        it.role = role;
        it.doc = doc.to_owned();
        it.attributes = vec![quote!(#[doc = #doc])];
        it
    }

    fn new(ident: Ident, vis: TokenStream, written: TokenStream, mut shape: Shape, model: &Ident) -> Self {
        let name = ident.unraw().to_string();
        if let super::Kind::Reference(target) = &mut shape.kind {
            *target = with_self_named(std::mem::take(target), model);
        }
        Self {
            column: Text::new(name.clone(), ident.span()),
            ty: with_self_named(written.clone(), model),
            ident,
            name,
            vis,
            attributes: Vec::new(),
            doc: String::new(),
            written,
            shape,
            role: Role::Own,
            key: None,
            aliases: Vec::new(),
            unique: None,
            index: None,
            ignore_case: None,
            collate: None,
            refuse_empty: None,
            size: None,
            min_size: None,
            max_size: None,
            default: None,
            on_delete: None,
            forward: None,
            reverse: None,
            skip: None,
            given: Vec::new(),
            cfg: None,
            hidden_options: None,
        }
    }

    fn keep_attribute(&mut self, attribute: &syn::Attribute) {
        let tokens = attribute.to_token_stream();
        if attribute.path().is_ident("cfg") {
            self.cfg = Some(tokens.clone());
        }
        if hides_options(attribute) {
            self.hidden_options = Some(tokens.clone());
        }
        self.attributes.push(tokens);
    }

    fn take(&mut self, name: &Ident, input: ParseStream<'_>, model: &Ident) -> Result<()> {
        let span = name.span();
        match name.to_string().as_str() {
            "unique" => self.unique = Some(span),
            "index" => self.index = Some((index(input)?, span)),
            "ignore_case" => self.ignore_case = Some(span),
            "collate" => self.collate = Some(Text::read(input)?),
            "size" => self.size = Some((number(input)?, span)),
            "min_size" => self.min_size = Some((number(input)?, span)),
            "max_size" => self.max_size = Some((number(input)?, span)),
            "default" => self.default = Some(DefaultExpr::read(input, model)?),
            "name" => self.column = Text::read(input)?,
            "alias" => self.aliases.push(Text::read(input)?),
            "empty" => self.refuse_empty = Some(no(input, span)?),
            "skip" => self.skip = Some(span),
            "pk" => self.key = Some(Key::Given),
            "forward" => self.forward = Some(Text::read(input)?),
            "reverse" => self.reverse = Some(Text::read(input)?),
            _ => self.on_delete = Some((OnDelete::read(input)?, span)),
        }
        Ok(())
    }

    /// What the way to the row that is referred to is called: as `forward` says,
    /// else as the field without `_id`.
    pub(crate) fn forward_name(&self) -> Text {
        let name = self.name.as_str();
        let unsaid = name.strip_suffix("_id").filter(|it| !it.is_empty()).unwrap_or(name);
        self.forward.clone().unwrap_or_else(|| Text::new(unsaid, self.ident.span()))
    }

    /// Where the option stands.
    pub(crate) fn option(&self, name: &str) -> Span {
        self.given.iter().find(|it| *it == name).map_or(self.ident.span(), Ident::span)
    }

    /// Whether queries at run time find it by that name.
    pub(crate) fn is_called(&self, name: &str) -> bool {
        self.is_stored()
            && (self.name == name
                || self.column.text == name
                || self.aliases.iter().any(|it| it.text == name))
    }

    /// Whether there is a column for it.
    pub(crate) fn is_stored(&self) -> bool {
        self.skip.is_none()
    }

    /// Whether who makes a row must say it.
    pub(crate) fn is_required(&self) -> bool {
        let is_ours = match self.key {
            Some(key) => key != Key::Given,
            None => self.role != Role::Own,
        };
        self.is_stored() && !self.shape.is_optional && self.default.is_none() && !is_ours
    }

    /// Whether it has an index of its own that lets values repeat.
    pub(crate) fn is_indexed(&self) -> bool {
        let unsaid = self.shape.target().is_some() && self.key.is_none() && self.unique.is_none();
        self.index.map_or(unsaid, |(it, _)| it)
    }
}

/// Reads `= false`, or nothing.
fn index(input: ParseStream<'_>) -> Result<bool> {
    match input.parse::<Option<Token![=]>>()? {
        Some(_) => Ok(input.parse::<LitBool>()?.value),
        None => Ok(true),
    }
}

/// Reads `= 10`.
fn number(input: ParseStream<'_>) -> Result<usize> {
    input.parse::<Token![=]>()?;
    input.parse::<LitInt>()?.base10_parse()
}

/// Reads `= false`.
fn no(input: ParseStream<'_>, span: Span) -> Result<Span> {
    input.parse::<Token![=]>()?;
    let is = input.parse::<LitBool>()?;
    if is.value { Err(Error::new(is.span, "expected `false`")) } else { Ok(span) }
}

impl OnDelete {
    fn read(input: ParseStream<'_>) -> Result<Self> {
        input.parse::<Token![=]>()?;
        let what: Ident = input.parse()?;
        match what.to_string().as_str() {
            "cascade" => Ok(Self::Cascade),
            "set_null" => Ok(Self::SetNull),
            "restrict" => Ok(Self::Restrict),
            _ => Err(Error::new(what.span(), "expected `cascade`, `set_null` or `restrict`")),
        }
    }
}

impl DefaultExpr {
    fn read(input: ParseStream<'_>, model: &Ident) -> Result<Self> {
        input.parse::<Token![=]>()?;
        let expr: Expr = input.parse()?;
        Ok(Self { is_constant: is_constant(&expr), expr: with_self_named(expr.to_token_stream(), model) })
    }
}

/// A literal, also a negative one, or a path: the same for every row.
fn is_constant(expr: &Expr) -> bool {
    match expr {
        Expr::Lit(_) | Expr::Path(_) => true,
        Expr::Unary(it) if matches!(it.op, UnOp::Neg(_)) => {
            matches!(&*it.expr, Expr::Lit(ExprLit { lit: Lit::Int(_) | Lit::Float(_), .. }))
        }
        Expr::Group(it) => is_constant(&it.expr),
        Expr::Paren(it) => is_constant(&it.expr),
        _ => false,
    }
}
