//! What is said of a model, and of all that is in it.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Error, Fields, Generics, Item, ItemStruct, LitBool, Path, Result, Token, Type, parse_quote};

use super::attributes::doc;
use super::derives::Derives;
use super::field::{Field, Key, Role};
use super::{Index, Options, Root, Text, snake, ty};
use crate::mistakes::Mistakes;

/// A model: its struct, and what the attribute says.
pub(crate) struct Model {
    pub(crate) root: Root,
    pub(crate) ident: Ident,
    /// The struct's name without `r#`.
    pub(crate) name: String,
    pub(crate) vis: TokenStream,
    /// Attributes of the struct, without what was taken out.
    pub(crate) attributes: Vec<TokenStream>,
    pub(crate) generics: Generics,
    pub(crate) derives: Derives,
    pub(crate) doc: String,
    pub(crate) table: Text,
    /// The name of the connection that it lives on.
    pub(crate) connection: Option<Text>,
    /// A type that says so for several models.
    pub(crate) base: Option<TokenStream>,
    /// The database's schema that holds the table.
    pub(crate) namespace: Option<Text>,
    pub(crate) indexes: Vec<Index>,
    pub(crate) is_tracked: bool,
    pub(crate) has_hooks: bool,
    /// The fields that `= none` leaves out.
    pub(crate) left_out: Vec<&'static str>,
    /// All fields of the struct, in its order; those that we add are the last.
    pub(crate) fields: Vec<Field>,
}

/// What the option `id` says.
enum KeyOption {
    Default,
    None,
    Type(Box<Type>),
}

const OPTIONS: Options = Options::new(&[
    ("table", "`table = \"name\"`"),
    ("connection", "`connection = \"name\"`"),
    ("base", "`base = Type`"),
    ("schema", "`schema = \"name\"`"),
    ("index", "`index(field, ..)` or `index(name = \"name\", field, ..)`"),
    ("unique", "`unique(field, ..)` or `unique(name = \"name\", field, ..)`"),
    ("id", "`id = none` or `id = Type`"),
    ("created", "`created = none`; other types than `Timestamp` are not supported yet"),
    ("updated", "`updated = none`; other types than `Timestamp` are not supported yet"),
    ("track", "`track = false`"),
    ("hooks", "`hooks`, without a value"),
    ("crate", "`crate = \"path\"`"),
])
.repeatable(&["index", "unique"]);

impl Model {
    /// Reads the attribute's options and the item below it. `None` if it is not
    /// a struct with named fields.
    pub(crate) fn parse(
        root: Root,
        options: TokenStream,
        item: TokenStream,
        mistakes: &mut Mistakes,
    ) -> Option<Self> {
        let item = mistakes.keep(syn::parse2::<Item>(item))?;
        let item = mistakes.keep(as_struct(item))?;
        let mut it = Self::new(root, &item);
        let mut key = KeyOption::Default;
        let mut known = OPTIONS;
        known.read(options, mistakes, |name, input| it.take(name, input, &mut key));
        for field in &item.fields {
            if let Some(ident) = &field.ident {
                it.fields.push(Field::own(field, ident, &it.ident, mistakes));
            }
        }
        it.add_key(key, mistakes);
        it.add_stamps();
        Some(it)
    }

    fn new(root: Root, item: &ItemStruct) -> Self {
        let name = item.ident.unraw().to_string();
        let mut derives = Derives::default();
        Self {
            root,
            attributes: item.attrs.iter().filter_map(|it| derives.take(it)).collect(),
            derives,
            generics: item.generics.clone(),
            doc: doc(&item.attrs),
            table: Text::new(snake(&name), item.ident.span()),
            ident: item.ident.clone(),
            name,
            vis: item.vis.to_token_stream(),
            connection: None,
            base: None,
            namespace: None,
            indexes: Vec::new(),
            is_tracked: true,
            has_hooks: false,
            left_out: Vec::new(),
            fields: Vec::new(),
        }
    }

    fn take(&mut self, name: &Ident, input: ParseStream<'_>, key: &mut KeyOption) -> Result<()> {
        match name.to_string().as_str() {
            "table" => self.table = Text::read(input)?,
            "connection" => self.connection = Some(Text::read(input)?),
            "base" => self.base = Some(base(input)?),
            "schema" => self.namespace = Some(Text::read(input)?),
            "index" => self.indexes.push(Index::read(input, false)?),
            "unique" => self.indexes.push(Index::read(input, true)?),
            "id" => *key = KeyOption::read(input)?,
            "created" => self.leave_out("created", input)?,
            "updated" => self.leave_out("updated", input)?,
            "track" => self.is_tracked = yes_or_no(input)?,
            "hooks" => self.has_hooks = true,
            _ => self.root.read(input)?,
        }
        Ok(())
    }

    fn leave_out(&mut self, name: &'static str, input: ParseStream<'_>) -> Result<()> {
        input.parse::<Token![=]>()?;
        match is_none(input) {
            true => self.left_out.push(name),
            false => return Err(input.error("expected `none`")),
        }
        input.parse::<Ident>().map(drop)
    }

    fn add_key(&mut self, key: KeyOption, mistakes: &mut Mistakes) {
        let own = self.fields.iter().find(|it| it.key.is_some());
        let (ty, key): (Type, _) = match key {
            KeyOption::None => return self.left_out.push("id"),
            KeyOption::Default if own.is_some() => return,
            KeyOption::Default => (parse_quote!(i64), Key::Generated),
            KeyOption::Type(ty) => {
                if let Some(own) = own {
                    mistakes.under(&ty, format!("the key is the field `{}`; leave out `id = ..`", own.name));
                    return;
                }
                let key = ty::key(&ty);
                (*ty, key)
            }
        };
        let mut id = self.added("id", &ty, Role::Id, "The key.");
        id.key = Some(key);
        let snake = snake(&self.name);
        let names = ["pk".to_owned(), format!("{snake}_id"), format!("{snake}_pk")];
        let names = names.into_iter().map(|it| Text::new(it, id.ident.span()));
        id.aliases = names.filter(|it| !self.fields.iter().any(|field| field.is_called(&it.text))).collect();
        self.fields.push(id);
    }

    fn add_stamps(&mut self) {
        let private = self.root.private();
        let ty = parse_quote!(#private::Timestamp);
        let stamps = [
            ("created", Role::Created, "When the row was inserted."),
            ("updated", Role::Updated, "When the row was last saved."),
        ];
        for (name, role, doc) in stamps {
            if !self.left_out.contains(&name) {
                self.fields.push(self.added(name, &ty, role, doc));
            }
        }
    }

    fn added(&self, name: &str, ty: &Type, role: Role, doc: &str) -> Field {
        Field::added(name, &self.vis, ty, role, doc, &self.ident)
    }

    /// The fields that have a column, each with its place in the schema.
    pub(crate) fn stored(&self) -> impl Iterator<Item = (usize, &Field)> + Clone {
        self.fields.iter().filter(|it| it.is_stored()).enumerate()
    }

    /// The primary key.
    pub(crate) fn key(&self) -> Option<&Field> {
        self.fields.iter().find(|it| it.key.is_some())
    }
}

impl KeyOption {
    fn read(input: ParseStream<'_>) -> Result<Self> {
        input.parse::<Token![=]>()?;
        match is_none(input) {
            true => input.parse::<Ident>().map(|_| Self::None),
            false => Ok(Self::Type(Box::new(input.parse()?))),
        }
    }
}

fn is_none(input: ParseStream<'_>) -> bool {
    input.fork().parse::<Ident>().is_ok_and(|it| it == "none")
}

fn base(input: ParseStream<'_>) -> Result<TokenStream> {
    input.parse::<Token![=]>()?;
    input.parse::<Path>().map(|it| it.to_token_stream())
}

fn yes_or_no(input: ParseStream<'_>) -> Result<bool> {
    input.parse::<Token![=]>()?;
    input.parse::<LitBool>().map(|it| it.value)
}

fn as_struct(item: Item) -> Result<ItemStruct> {
    match item {
        Item::Struct(it) if matches!(it.fields, Fields::Named(_)) => Ok(it),
        it => Err(Error::new_spanned(name_of(&it), "a model is a struct with named fields")),
    }
}

/// What to point at in an item that is no such struct.
fn name_of(item: &Item) -> TokenStream {
    match item {
        Item::Struct(it) => it.ident.to_token_stream(),
        Item::Enum(it) => it.ident.to_token_stream(),
        Item::Union(it) => it.ident.to_token_stream(),
        it => it.to_token_stream(),
    }
}
