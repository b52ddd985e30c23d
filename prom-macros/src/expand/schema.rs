//! The schema: plain data, in a static.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::{as_field, near};
use crate::input::{Field, Index, Key, Kind, Model, OnDelete, Role};

/// The body of `Model::schema`.
pub(super) fn expand(model: &Model) -> TokenStream {
    let private = model.root.private();
    let (name, table) = (&model.name, &model.table.text);
    let fields = model.stored().map(|(_, it)| field(model, it));
    let count = model.stored().count();
    let asserts = model.stored().map(|(_, it)| asserts(&private, it));
    let with = with(model);
    quote! {
        #(#asserts)*
        // A static of its own: backends know a field by its address, and what is a constant would
        // share one with that of another model.
        static __FIELDS: [#private::FieldDef; #count] = [#(#fields),*];
        static __SCHEMA: #private::Schema = #private::Schema::new(#name, #table, &__FIELDS) #with;
        &__SCHEMA
    }
}

/// What is said of the table besides its fields.
fn with(model: &Model) -> TokenStream {
    let private = model.root.private();
    let of_fields = model.stored().filter_map(|(_, it)| field_index(&private, it));
    let of_model = model.indexes.iter().map(|it| index(model, it));
    let indexes: Vec<_> = of_fields.chain(of_model).collect();
    let indexes = (!indexes.is_empty()).then(|| quote!(.with_indexes(&[#(#indexes),*])));
    let named = model.connection.as_ref().map(|it| &it.text);
    let named = named.map(|it| quote!(.with_connection(::core::option::Option::Some(#it))));
    let base = model.base.as_ref().map(|it| quote!(.with_connection(<#it as #private::Base>::CONNECTION)));
    let namespace = model.namespace.as_ref().map(|it| &it.text);
    let namespace = namespace.map(|it| quote!(.with_namespace(::core::option::Option::Some(#it))));
    let doc = some(&model.doc).map(|it| quote!(.with_doc(#it)));
    quote!(#indexes #named #base #namespace #doc)
}

fn field(model: &Model, field: &Field) -> TokenStream {
    let private = model.root.private();
    let (name, as_field) = (&field.name, as_field(&private, field));
    let column = (field.column.text != *name).then_some(&field.column.text);
    let column = column.map(|it| quote!(.column(#it)));
    let nullable = (field.role == Role::Own).then(|| quote!(.nullable(#as_field::NULLABLE)));
    // Of the types that it knows, the macro knows that their values cannot be counted.
    let choices = matches!(field.shape.kind, Kind::Other).then(|| quote!(.choices(#as_field::CHOICES)));
    let whole = matches!(field.shape.kind, Kind::Number | Kind::Reference(_) | Kind::Other);
    let range = (whole && field.role == Role::Own).then(|| quote!(.range(#as_field::RANGE)));
    let decodes_all = quote!(.decodes_all(#as_field::DECODES_ALL).convert(#as_field::__convert));
    let parts = [aliases(field), role(&private, field), rules(field), default(&private, field)];
    let reference = reference(&private, field);
    let doc = some(&field.doc).filter(|_| field.role == Role::Own).map(|it| quote!(.doc(#it)));
    quote!(#private::FieldDef::new(#name, #as_field::TYPE) #column #nullable #choices #range #decodes_all #(#parts)* #reference #doc)
}

fn aliases(field: &Field) -> TokenStream {
    let aliases = field.aliases.iter().map(|it| &it.text);
    if field.aliases.is_empty() { TokenStream::new() } else { quote!(.aliases(&[#(#aliases),*])) }
}

fn role(private: &TokenStream, field: &Field) -> TokenStream {
    let role = match field.role {
        Role::Own => None,
        Role::Id => Some(quote!(.role(#private::Role::Id))),
        Role::Created => Some(quote!(.role(#private::Role::Created))),
        Role::Updated => Some(quote!(.role(#private::Role::Updated))),
    };
    let key = field.key.map(|it| match it {
        Key::Generated => quote!(.key(#private::KeyDef::Generated)),
        Key::Uuid => quote!(.key(#private::KeyDef::Uuid)),
        Key::Given => quote!(.key(#private::KeyDef::Given)),
    });
    quote!(#role #key)
}

/// The rules that a value must keep.
fn rules(field: &Field) -> TokenStream {
    let size = sizes(field).map(|(min, max)| {
        let (min, max) = (option(min), option(max));
        quote!(.size(#min, #max))
    });
    let ignore_case = field.ignore_case.map(|_| quote!(.ignore_case()));
    let refuse_empty = field.refuse_empty.map(|_| quote!(.refuse_empty()));
    let collate = field.collate.as_ref().map(|collation| &collation.text);
    let collate = collate.map(|collation| quote!(.collate(#collation)));
    quote!(#size #ignore_case #collate #refuse_empty)
}

fn sizes(field: &Field) -> Option<(Option<usize>, Option<usize>)> {
    let only = |size: Option<(usize, _)>| size.map(|(it, _)| it);
    let (size, min, max) = (only(field.size), only(field.min_size), only(field.max_size));
    let (min, max) = (size.or(min), size.or(max));
    (min.is_some() || max.is_some()).then_some((min, max))
}

fn default(private: &TokenStream, field: &Field) -> TokenStream {
    let Some(default) = &field.default else { return TokenStream::new() };
    let (ty, expr) = (&field.ty, &default.expr);
    let variant = if default.is_constant { quote!(Constant) } else { quote!(Made) };
    quote!(.default(#private::DefaultValue::#variant(|| #private::IntoValue::<#ty>::into_value(#expr))))
}

fn reference(private: &TokenStream, field: &Field) -> Option<TokenStream> {
    let target = field.shape.target()?;
    let unsaid = if field.shape.is_optional { OnDelete::SetNull } else { OnDelete::Cascade };
    let on_delete = match field.on_delete.as_ref().map_or(unsaid, |(it, _)| *it) {
        OnDelete::Cascade => quote!(Cascade),
        OnDelete::SetNull => quote!(SetNull),
        OnDelete::Restrict => quote!(Restrict),
    };
    Some(quote! {
        .reference(#private::Reference {
            target: <#target as #private::Model>::schema,
            on_delete: #private::OnDelete::#on_delete,
        })
    })
}

/// The index that a field has of its own.
fn field_index(private: &TokenStream, field: &Field) -> Option<TokenStream> {
    let (name, column) = (&field.name, &field.column.text);
    match field.unique {
        Some(_) => Some(quote!(#private::IndexDef::unique(#name, &[#column]))),
        None => field.is_indexed().then(|| quote!(#private::IndexDef::new(#name, &[#column]))),
    }
}

/// An index that the model's attribute asks for.
fn index(model: &Model, index: &Index) -> TokenStream {
    let private = model.root.private();
    let name = index.name().text;
    let new = if index.is_unique { quote!(unique) } else { quote!(new) };
    let fields = index.field_names().filter_map(|name| model.fields.iter().find(|it| it.name == name));
    let columns = fields.map(|it| &it.column.text);
    quote!(#private::IndexDef::#new(#name, &[#(#columns),*]))
}

/// What only the compiler knows: whether a type of the user's own is text.
fn asserts(private: &TokenStream, field: &Field) -> TokenStream {
    let (name, as_field) = (&field.name, as_field(private, field));
    let assert = |is: TokenStream, what: String| quote_spanned!(near(field)=> const _: () = ::core::assert!(#as_field::TYPE.#is(), #what););
    if !matches!(field.shape.kind, Kind::Reference(_) | Kind::Other) {
        return TokenStream::new();
    }
    let options = [
        ("ignore_case", field.ignore_case.is_some()),
        ("collate", field.collate.is_some()),
        ("empty", field.refuse_empty.is_some()),
    ];
    let text = options.into_iter().find(|(_, is_given)| *is_given).map(|(option, _)| {
        assert(quote!(is_text), format!("`{option}` is for text, and the field `{name}` is none"))
    });
    let size = sizes(field).map(|_| {
        assert(quote!(has_size), format!("a size is for text and bytes, and the field `{name}` is neither"))
    });
    quote!(#text #size)
}

fn option(value: Option<usize>) -> TokenStream {
    match value {
        Some(it) => quote!(::core::option::Option::Some(#it)),
        None => quote!(::core::option::Option::None),
    }
}

fn some(text: &str) -> Option<&str> {
    Some(text).filter(|it| !it.is_empty())
}
