//! The attribute and derive macros of prom, an asynchronous, lightweight ORM.
//!
//! Programs use them through a facade: `prom::orm`, `prom::Enum`,
//! `prom::Field`, `prom::FromRow`. Each facade gives again the entry points whose generated code
//! names that facade; otherwise they are the same.

// From tokens to our words, what is wrong with them, and back to tokens.
mod check;
mod expand;
mod input;
mod reserved;

// The derives.
mod enumeration;
mod newtype;
mod record;

mod mistakes;

use proc_macro::TokenStream;
use quote::quote;

use input::Root;
use mistakes::Mistakes;

/// Makes a struct a model: its values are rows of a table.
///
/// ```
/// # mod prom { pub use prom_core::*; pub use prom_macros::{EnumCore as Enum, FieldCore as Field, orm_core as orm}; }
/// use prom::{Model, Ref};
///
/// /// A country.
/// #[prom::orm(table = "countries", index(name, population))]
/// #[derive(Debug, Clone, PartialEq)]
/// pub struct Country {
///     #[field(size = 2, unique)]
///     pub alpha2: String,
///     #[field(ignore_case, max_size = 100)]
///     pub name: String,
///     pub population: Option<i64>,
///     #[field(default = true)]
///     pub is_sovereign: bool,
///     pub part_of: Option<Ref<Self>>,
/// }
///
/// assert_eq!(Country::schema().table(), "countries");
/// let _ = Country::query().startswith_name("F").gt_population(1_000_000);
/// # async fn create() -> prom::Result<()> {
/// let france = Country::create().alpha2("FR").name("France").await?;
/// # Ok(())
/// # }
/// ```
///
/// The attribute adds three fields, `id: i64`, `created` and `updated`, and a
/// hidden one that remembers how the row was read. Beside the struct it makes
/// `CountryQuery`, `CountryCreate` and `CountryDraft`, as visible as the struct.
///
/// **Derives belong below the attribute.** One that stands above it is not seen
/// by it: `Clone` fails to compile then, `Debug` and `Serialize` silently lack
/// what the attribute adds. `Copy`, `Default` and `Deserialize` cannot be
/// derived: a value of a model is a row, and comes from the database.
///
/// # Options of the model
///
/// | option | |
/// |---|---|
/// | `table = "name"` | The table. Unsaid, the struct's name in snake case: a word begins at a capital letter that follows a small one or a digit, and at the last of several capitals that a small letter follows: `HTTPServer2Thing` lives in `http_server2_thing`. |
/// | `connection = "name"` | The connection that the model lives on. |
/// | `base = Type` | The same, from a [`Base`] that several models share. |
/// | `schema = "name"` | The database's schema that holds the table (PostgreSQL). A dot in either name is an error. |
/// | `index(a, b)`, `unique(a, b)` | An index over several fields, called `a_b`, or `index(name = "x", a, b)`. |
/// | `id = Type` | The type of `id`. The database counts an `i64` up, prom makes a `Uuid`, anything else is a required field. |
/// | `id = none`, `created = none`, `updated = none` | Leaves the field out. |
/// | `track = false` | Does not remember what was read: `save` writes every field. |
/// | `hooks` | Runs what the model's [`Hooks`] say. |
/// | `crate = "path"` | Where the crate is found, if it was renamed or is given again by another. |
///
/// # Options of a field
///
/// In `#[field(..)]`, as many as there are to say.
///
/// | option | |
/// |---|---|
/// | `unique`, `index` | An index. References have one unless `index = false` is said. |
/// | `pk` | This is the key, and no `id` is added. |
/// | `default = <expression>` | What the field is when nothing is said. A literal or a path is the column's DEFAULT as well, anything else is evaluated for each row. |
/// | `size = 10`, `min_size`, `max_size` | How long a text (in characters) or a run of bytes may be. |
/// | `empty = false` | Refuses empty text. |
/// | `ignore_case` | Letter case does not count in comparisons and unique indexes. |
/// | `name = "column"` | The column, if it is not called as the field. |
/// | `alias = "name"` | One more name for queries whose fields are named at run time. |
/// | `forward = "editor"` | What the way to the row that is referred to is called. Unsaid, the field's name without `_id`. |
/// | `reverse = "children"` | What the model that is referred to calls the way back. |
/// | `on_delete = cascade`, `= set_null`, `= restrict` | What happens to the row when the one that it refers to goes. Unsaid, a `Ref` cascades and an `Option<Ref>` becomes NULL. |
/// | `skip` | No column. It is `Default::default()` in rows that are read. |
///
/// What the macro knows of a type, it knows from how it is written: a type alias
/// of a `Ref` is no reference, and has the methods that any type has.
///
/// # Names that are taken
///
/// A field `bar` gives methods such as `eq_bar` and `asc_bar`, and a reference `country_id`
/// gives `country()`, `with_country` and `where_country`. A name is an error where one of
/// them would hide a method that every model, query or builder has (`save`,
/// `asc_selected`, `insert`) or one of std's that models derive (`clone`, `eq`, `hash`): rename the field
/// and keep its column with `name`, or choose another `forward` or `reverse`.
///
/// [`Base`]: https://docs.rs/prom/latest/prom/trait.Base.html
/// [`Hooks`]: https://docs.rs/prom/latest/prom/trait.Hooks.html
#[proc_macro_attribute]
pub fn orm(options: TokenStream, item: TokenStream) -> TokenStream {
    model(Root::facade(quote!(::prom)), options, item)
}

/// [`macro@orm`] for programs that use `prom-sqlite` alone.
#[proc_macro_attribute]
pub fn orm_sqlite(options: TokenStream, item: TokenStream) -> TokenStream {
    model(Root::facade(quote!(::prom_sqlite)), options, item)
}

/// [`macro@orm`] for programs that use `prom-postgres` alone.
#[proc_macro_attribute]
pub fn orm_postgres(options: TokenStream, item: TokenStream) -> TokenStream {
    model(Root::facade(quote!(::prom_postgres)), options, item)
}

/// [`macro@orm`] for backends, which use `prom-core` alone.
#[proc_macro_attribute]
pub fn orm_core(options: TokenStream, item: TokenStream) -> TokenStream {
    model(Root::core(), options, item)
}

/// Makes an enum of unit variants a type that a field may have.
///
/// It is stored as text, each variant by its name in snake case or by the one
/// that `#[field(name = "..")]` says. If any variant has a discriminant, all are
/// stored as integers; `#[repr(i16)]` and the like make the column narrower.
///
/// ```
/// # mod prom { pub use prom_core::*; pub use prom_macros::{EnumCore as Enum, FieldCore as Field, orm_core as orm}; }
/// use prom::{Field, Value};
///
/// #[derive(prom::Enum)]
/// enum Status {
///     Official,
///     DeFacto,
///     #[field(name = "was")]
///     Former,
/// }
///
/// #[derive(prom::Enum)]
/// #[repr(i16)]
/// enum Level {
///     Low = 10,
///     High,
/// }
///
/// assert_eq!(Status::DeFacto.to_value(), Value::Text("de_facto".into()));
/// assert_eq!(Level::High.to_value(), Value::I64(11));
/// ```
///
/// The enum has its `VARIANTS`, and their names by `as_str` and back by
/// `FromStr`. An enum of integers has names as well, in snake case.
///
/// ```
/// # mod prom { pub use prom_core::*; pub use prom_macros::{EnumCore as Enum, FieldCore as Field, orm_core as orm}; }
/// #[derive(Debug, PartialEq, prom::Enum)]
/// #[field(display)]
/// enum Status {
///     Official,
///     DeFacto,
/// }
///
/// assert_eq!(Status::VARIANTS, [Status::Official, Status::DeFacto]);
/// assert_eq!(Status::DeFacto.as_str(), "de_facto");
/// assert_eq!(format!("{:>9}", Status::DeFacto), " de_facto");
/// assert_eq!("de_facto".parse::<Status>().ok(), Some(Status::DeFacto));
///
/// let error = "DeFacto".parse::<Status>().expect_err("that is the variant, not its name");
/// assert_eq!(error.to_string(), "`Status` is one of `official`, `de_facto`; did you mean `de_facto`?");
/// ```
///
/// # Options of the enum
///
/// In `#[field(..)]` above the enum.
///
/// | option | |
/// |---|---|
/// | `display` | Implements `Display` by the name. Unsaid, how people see a variant is left to the program. |
/// | `from_str = false` | Leaves `FromStr` to the program. |
/// | `crate = "path"` | Where the crate is found. |
#[proc_macro_derive(Enum, attributes(field))]
pub fn derive_enum(item: TokenStream) -> TokenStream {
    enumeration::expand(Root::facade(quote!(::prom)), item.into()).into()
}

/// [`macro@Enum`] for programs that use `prom-sqlite` alone.
#[proc_macro_derive(EnumSqlite, attributes(field))]
pub fn derive_enum_sqlite(item: TokenStream) -> TokenStream {
    enumeration::expand(Root::facade(quote!(::prom_sqlite)), item.into()).into()
}

/// [`macro@Enum`] for programs that use `prom-postgres` alone.
#[proc_macro_derive(EnumPostgres, attributes(field))]
pub fn derive_enum_postgres(item: TokenStream) -> TokenStream {
    enumeration::expand(Root::facade(quote!(::prom_postgres)), item.into()).into()
}

/// [`macro@Enum`] for backends, which use `prom-core` alone.
#[proc_macro_derive(EnumCore, attributes(field))]
pub fn derive_enum_core(item: TokenStream) -> TokenStream {
    enumeration::expand(Root::core(), item.into()).into()
}

/// Makes a newtype a type that a field may have: stored as what is in it.
///
/// ```
/// # mod prom { pub use prom_core::*; pub use prom_macros::{EnumCore as Enum, FieldCore as Field, orm_core as orm}; }
/// use prom::{Field, Value};
///
/// #[derive(prom::Field)]
/// struct Celsius(f64);
///
/// assert_eq!(Celsius(36.6).to_value(), Value::F64(36.6));
/// ```
#[proc_macro_derive(Field, attributes(field))]
pub fn derive_field(item: TokenStream) -> TokenStream {
    newtype::expand(Root::facade(quote!(::prom)), item.into()).into()
}

/// [`macro@Field`] for programs that use `prom-sqlite` alone.
#[proc_macro_derive(FieldSqlite, attributes(field))]
pub fn derive_field_sqlite(item: TokenStream) -> TokenStream {
    newtype::expand(Root::facade(quote!(::prom_sqlite)), item.into()).into()
}

/// [`macro@Field`] for programs that use `prom-postgres` alone.
#[proc_macro_derive(FieldPostgres, attributes(field))]
pub fn derive_field_postgres(item: TokenStream) -> TokenStream {
    newtype::expand(Root::facade(quote!(::prom_postgres)), item.into()).into()
}

/// [`macro@Field`] for backends, which use `prom-core` alone.
#[proc_macro_derive(FieldCore, attributes(field))]
pub fn derive_field_core(item: TokenStream) -> TokenStream {
    newtype::expand(Root::core(), item.into()).into()
}

/// Makes a struct one that a row of a `raw` statement may become: each field is
/// read from the column of its name, or of the one that `#[field(name = "..")]`
/// says; with `#[field(skip)]` it is its type's default.
#[proc_macro_derive(FromRow, attributes(field))]
pub fn derive_from_row(item: TokenStream) -> TokenStream {
    record::expand(Root::facade(quote!(::prom)), item.into()).into()
}

/// [`macro@FromRow`] for programs that use `prom-sqlite` alone.
#[proc_macro_derive(FromRowSqlite, attributes(field))]
pub fn derive_from_row_sqlite(item: TokenStream) -> TokenStream {
    record::expand(Root::facade(quote!(::prom_sqlite)), item.into()).into()
}

/// [`macro@FromRow`] for programs that use `prom-postgres` alone.
#[proc_macro_derive(FromRowPostgres, attributes(field))]
pub fn derive_from_row_postgres(item: TokenStream) -> TokenStream {
    record::expand(Root::facade(quote!(::prom_postgres)), item.into()).into()
}

/// [`macro@FromRow`] for backends, which use `prom-core` alone.
#[proc_macro_derive(FromRowCore, attributes(field))]
pub fn derive_from_row_core(item: TokenStream) -> TokenStream {
    record::expand(Root::core(), item.into()).into()
}

/// Derives nothing; makes the attributes of serde legal in a model that derives
/// nothing of serde. Not for anybody else.
#[doc(hidden)]
#[proc_macro_derive(__Hidden, attributes(field, serde))]
pub fn derive_hidden(_: TokenStream) -> TokenStream {
    TokenStream::new()
}

fn model(root: Root, options: TokenStream, item: TokenStream) -> TokenStream {
    let mut mistakes = Mistakes::default();
    let model = input::Model::parse(root, options.into(), item.clone().into(), &mut mistakes);
    let expanded = model.filter(|it| check::all(it, &mut mistakes)).map(|it| expand::all(&it));
    let (item, errors) =
        (expanded.unwrap_or_else(|| input::without_field(item.into())), mistakes.into_tokens());
    quote!(#item #errors).into()
}
