//! The attribute and derive macros of prom, an asynchronous, lightweight ORM.
//!
//! Programs use them through a facade: `prom::orm`, `prom::Enum`,
//! `prom::Field`, `prom::FromRow`. Each facade gives again the entry points whose generated code
//! names that facade; otherwise they are the same.

// From tokens to our words, what is wrong with them, and back to tokens.
mod check;
mod expand;
mod input;

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
    let (item, errors) = (expanded.unwrap_or_else(|| input::without_field(item.into())), mistakes.into_tokens());
    quote!(#item #errors).into()
}
