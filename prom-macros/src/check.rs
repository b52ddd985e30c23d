//! What is wrong with a model: all of it, each under its own tokens. What only
//! the compiler can know is asserted by the code that is generated.

use std::cmp::Ordering;
use std::collections::HashMap;

use proc_macro2::Span;

use crate::input::{Field, Index, Kind, Model, OnDelete, Role, Text, did_you_mean};
use crate::mistakes::Mistakes;
use crate::reserved::{FIELD_QUESTIONS, RELATION_QUESTIONS, Receiver, SETTERS};

/// The longest name that every backend takes, in bytes.
const MAX_NAME_BYTES: usize = 63;

/// Finds all mistakes in the model. Gives whether it can be expanded in spite of
/// them, so that what uses the model need not fail with it.
pub(crate) fn all(model: &Model, mistakes: &mut Mistakes) -> bool {
    let mut faults = Mistakes::default();
    check_item(model, &mut faults);
    check_setters(model, &mut faults);
    check_key(model, &mut faults);
    check_relations(model, &mut faults);
    for field in own(model) {
        check_reserved(model, field, &mut faults);
        check_presence(field, &mut faults);
        check_circle(field, model, &mut faults);
    }
    let is_sound = faults.is_empty();
    mistakes.append(faults);

    check_model(model, mistakes);
    for field in own(model) {
        check_alone(field, mistakes);
        if field.is_stored() {
            check_type(field, mistakes);
            check_collation(field, mistakes);
            check_size(field, mistakes);
            check_index(field, mistakes);
            check_reference(field, mistakes);
            check_name("column", &field.column, mistakes);
        }
    }
    check_columns(model, mistakes);
    check_aliases(model, mistakes);
    check_indexes(model, mistakes);
    is_sound
}

fn own(model: &Model) -> impl Iterator<Item = &Field> {
    model.fields.iter().filter(|it| it.role == Role::Own)
}

fn check_item(model: &Model, mistakes: &mut Mistakes) {
    if !model.generics.params.is_empty() {
        mistakes.under(&model.generics, "a model cannot be generic, nor have lifetimes");
    }
    for (derive, why) in &model.derives.refused {
        mistakes.under(derive, why);
    }
    if model.stored().next().is_none() {
        mistakes.at(model.ident.span(), "a model needs a field that is stored");
    }
}

fn check_presence(field: &Field, mistakes: &mut Mistakes) {
    if let Some(cfg) = &field.cfg {
        mistakes.under(
            cfg,
            "a field cannot come and go: a table has its columns or not; put the `cfg` on the model",
        );
    }
    if let Some(options) = &field.hidden_options {
        mistakes.under(options, "options of a field cannot stand under a condition");
    }
}

/// The type of such a key would be made of itself.
fn check_circle(field: &Field, model: &Model, mistakes: &mut Mistakes) {
    if let (Some(target), Some(_)) = (field.shape.target(), field.key)
        && model.ident == target.to_string()
    {
        mistakes.under(&field.written, "a key cannot be a reference to the model whose key it is");
    }
}

fn check_model(model: &Model, mistakes: &mut Mistakes) {
    check_name("table", &model.table, mistakes);
    check_no_dot("table", &model.table, mistakes);
    if let Some(namespace) = &model.namespace {
        check_name("schema", namespace, mistakes);
        check_no_dot("schema", namespace, mistakes);
    }
    if let (Some(connection), Some(_)) = (&model.connection, &model.base) {
        mistakes.at(connection.span, "`base` says the connection already; give one of the two");
    }
}

/// In SQL a dot stands between the names of a schema and of a table in it; as a
/// part of a name it would make another, empty table. A column may have one.
fn check_no_dot(what: &str, name: &Text, mistakes: &mut Mistakes) {
    let Text { text, span } = name;
    match text.split_once('.') {
        None => {}
        Some((schema, table)) if what == "table" && !table.contains('.') => mistakes.at(
            *span,
            format!("the name of a table has no dot; say `schema = \"{schema}\", table = \"{table}\"`"),
        ),
        Some(_) => mistakes.at(
            *span,
            format!("the name of a {what} has no dot; say `schema = \"..\", table = \"..\"`, and choose the database by the connection"),
        ),
    }
}

fn check_name(what: &str, name: &Text, mistakes: &mut Mistakes) {
    let Text { text, span } = name;
    if text.is_empty() {
        mistakes.at(*span, format!("the name of this {what} is empty"));
    } else if text.contains('\0') {
        mistakes.at(*span, format!("the name of this {what} holds a NUL"));
    } else if text.len() > MAX_NAME_BYTES {
        let length = text.len();
        mistakes.at(
            *span,
            format!("the name of this {what} takes {length} bytes, and {MAX_NAME_BYTES} are the most that every backend takes"),
        );
    }
}

fn check_reserved(model: &Model, field: &Field, mistakes: &mut Mistakes) {
    let name = field.name.as_str();
    let what = match name {
        "id" if field.key.is_some() => return,
        "id" | "created" | "updated" if model.left_out.contains(&name) => return,
        "id" => "prom adds it; leave it out, mark it `#[field(pk)]` to make it the key, or say `id = none`"
            .to_owned(),
        "created" | "updated" => format!("prom adds it; leave it out, or say `{name} = none`"),
        _ if name.starts_with("__prom") => "what begins so is prom's own".to_owned(),
        _ => match hidden_by_field(field) {
            Some(conflict) => {
                let column = &field.column.text;
                format!(
                    "{conflict}; rename the field, and keep its column with `#[field(name = \"{column}\")]`"
                )
            }
            None => return,
        },
    };
    mistakes.at(field.ident.span(), format!("the field name `{name}` is reserved: {what}"));
}

/// What the methods that are generated for the field would take the place of.
fn hidden_by_field(field: &Field) -> Option<String> {
    let of_query = FIELD_QUESTIONS.iter().map(|prefix| (Receiver::Query, prefix));
    let of_builder = SETTERS.iter().map(|prefix| (Receiver::Builder, prefix));
    let mut methods = of_builder.chain(of_query).filter(|_| field.is_stored());
    methods.find_map(|(receiver, prefix)| {
        let method = format!("{prefix}{}", field.name);
        Some(format!("its method `{method}` {}", receiver.conflict(&method)?))
    })
}

/// Names of relations that cannot be, that hide a method, or that are there twice.
fn check_relations(model: &Model, mistakes: &mut Mistakes) {
    let mut seen: HashMap<(String, String), &str> = HashMap::new();
    for (_, field) in model.stored() {
        let Some(target) = field.shape.target() else { continue };
        let forward = field.forward_name();
        let ends = [
            Some((model.ident.to_string(), &forward)),
            field.reverse.as_ref().map(|it| (target.to_string(), it)),
        ];
        check_forward(field, &forward, mistakes);
        if let Some(reverse) = &field.reverse
            && let Some(conflict) = Receiver::Model.conflict(&reverse.text)
        {
            let name = &reverse.text;
            mistakes.at(
                reverse.span,
                format!(
                    "the method `{name}` of the model that is referred to {conflict}; choose another name"
                ),
            );
        }
        // Both have a constant, which tells no letter case.
        for (owner, name) in ends.into_iter().flatten() {
            let constant = name.text.to_uppercase();
            let text = format!("`{owner}::{constant}` is the relation of the field");
            match seen.insert((owner, constant), &field.name) {
                Some(other) if other == field.name => mistakes.at(
                    name.span,
                    format!("{text} itself; choose another `reverse`, or another `forward`"),
                ),
                Some(other) => mistakes.at(
                    name.span,
                    format!("{text} `{other}` already; choose another name with `#[field(forward = \"..\")]`, or another `reverse`"),
                ),
                None => {}
            }
        }
    }
}

fn check_forward(field: &Field, forward: &Text, mistakes: &mut Mistakes) {
    let name = &forward.text;
    let cure = match field.forward {
        Some(_) => "choose another name",
        None => "choose another name with `#[field(forward = \"..\")]`",
    };
    if forward.as_method().is_none() {
        mistakes.at(
            forward.span,
            format!(
                "`{name}` cannot be the name of a method, as the relation of the field `{}` is; {cure}",
                field.name
            ),
        );
        return;
    }
    let of_query = RELATION_QUESTIONS.iter().map(|prefix| (Receiver::Query, *prefix));
    let mut methods = std::iter::once((Receiver::Model, "")).chain(of_query);
    let conflict = methods.find_map(|(receiver, prefix)| {
        let method = format!("{prefix}{name}");
        Some(format!("the method `{method}` of the field `{}` {}", field.name, receiver.conflict(&method)?))
    });
    if let Some(conflict) = conflict {
        mistakes.at(forward.span, format!("{conflict}; {cure}"));
    }
}

/// `skip` leaves nothing to be said.
fn check_alone(field: &Field, mistakes: &mut Mistakes) {
    if field.is_stored() {
        return;
    }
    for other in field.given.iter().filter(|it| *it != "skip") {
        mistakes.at(other.span(), format!("`{other}` means nothing beside `skip`: the field has no column"));
    }
}

fn check_type(field: &Field, mistakes: &mut Mistakes) {
    let name = &field.name;
    if matches!(field.shape.kind, Kind::Option) {
        mistakes.under(
            &field.written,
            "a field cannot tell NULL in an `Option` from NULL around it; use one `Option`",
        );
    }
    for (option, span) in [("ignore_case", field.ignore_case), ("empty", field.refuse_empty)] {
        if let Some(span) = span.filter(|_| !field.shape.may_be_text()) {
            mistakes.at(span, format!("`{option}` is for text, and the field `{name}` is none"));
        }
    }
    for (option, size) in sizes(field) {
        if let Some((_, span)) = size.filter(|_| !field.shape.may_have_size()) {
            mistakes.at(span, format!("`{option}` is for text and bytes, and the field `{name}` is neither"));
        }
    }
}

fn check_collation(field: &Field, mistakes: &mut Mistakes) {
    let Some(collation) = &field.collate else { return };
    let name = &field.name;
    check_name("collation", collation, mistakes);
    if field.shape.target().is_some() {
        mistakes.at(
            collation.span,
            format!("the field `{name}` is compared as the key that it refers to: give `collate` to that"),
        );
    } else if !field.shape.may_be_text() {
        mistakes.at(collation.span, format!("`collate` is for text, and the field `{name}` is none"));
    } else if field.ignore_case.is_some() {
        mistakes
            .at(collation.span, "`ignore_case` chooses a collation already; give one of the two".to_owned());
    }
}

fn sizes(field: &Field) -> [(&'static str, Option<(usize, Span)>); 3] {
    [("size", field.size), ("min_size", field.min_size), ("max_size", field.max_size)]
}

fn check_size(field: &Field, mistakes: &mut Mistakes) {
    if let (Some(_), Some((_, span))) = (field.size, field.min_size.or(field.max_size)) {
        mistakes.at(span, "`size` says the least and the greatest size already");
    }
    if let (Some((min, span)), Some((max, _))) = (field.min_size, field.max_size)
        && min > max
    {
        mistakes.at(span, format!("`min_size = {min}` is more than `max_size = {max}`: no value would do"));
    }
    for (option, size) in [("size", field.size), ("max_size", field.max_size)] {
        if let Some((0, span)) = size {
            mistakes.at(span, format!("`{option} = 0` would let nothing in but the empty value"));
        }
    }
}

fn check_index(field: &Field, mistakes: &mut Mistakes) {
    let name = &field.name;
    match (field.index, field.unique) {
        (Some((true, span)), Some(_)) => mistakes.at(span, "`unique` is an index already; leave out `index`"),
        (Some((false, span)), _) if field.shape.target().is_none() => {
            mistakes.at(
                span,
                format!(
                    "`index = false` is for references, and the field `{name}` has no index unless asked"
                ),
            );
        }
        (Some((true, span)), None) | (None, Some(span)) if field.key.is_some() => {
            mistakes.at(span, format!("the field `{name}` is the key, which has a unique index already"));
        }
        _ => {}
    }
}

fn check_reference(field: &Field, mistakes: &mut Mistakes) {
    let name = &field.name;
    if let Some(reverse) = &field.reverse {
        if field.shape.target().is_none() {
            mistakes
                .at(reverse.span, format!("`reverse` is for references, and the field `{name}` is no `Ref`"));
        } else if syn::parse_str::<syn::Ident>(&reverse.text).is_err() {
            mistakes.at(reverse.span, "`reverse` names a method, such as `\"children\"`".to_owned());
        }
    }
    if let (Some(forward), None) = (&field.forward, field.shape.target()) {
        mistakes.at(forward.span, format!("`forward` is for references, and the field `{name}` is no `Ref`"));
    }
    match (&field.on_delete, field.shape.target()) {
        (Some((_, span)), None) => {
            mistakes.at(*span, format!("`on_delete` is for references, and the field `{name}` is no `Ref`"));
        }
        (Some((OnDelete::SetNull, span)), Some(_)) if !field.shape.is_optional => {
            mistakes.at(*span, format!("the field `{name}` cannot become NULL: make it an `Option`, or say `cascade` or `restrict`"));
        }
        _ => {}
    }
}

fn check_key(model: &Model, mistakes: &mut Mistakes) {
    let mut keys = model.fields.iter().filter(|it| it.key.is_some());
    let Some(key) = keys.next() else { return };
    for other in keys {
        let first = &key.name;
        mistakes.at(
            other.option("pk"),
            format!("the key is the field `{first}` already; keys of several fields are not supported yet"),
        );
    }
    for key in model.fields.iter().filter(|it| it.key.is_some() && it.shape.is_optional) {
        mistakes.under(&key.written, "a key cannot be an `Option`: it is never NULL");
    }
}

/// A draft has `bar`, `set_bar` and `get_bar` for a field `bar`.
fn check_setters(model: &Model, mistakes: &mut Mistakes) {
    for (_, field) in model.stored() {
        for prefix in ["set_", "get_"] {
            let other = field.name.strip_prefix(prefix);
            if let Some(other) = other.filter(|other| model.stored().any(|(_, it)| it.name == **other)) {
                let name = &field.name;
                mistakes.at(
                    field.ident.span(),
                    format!("the field `{other}` brings a method `{name}`; name this field otherwise, and its column with `#[field(name = \"{name}\")]`"),
                );
            }
        }
    }
}

fn check_columns(model: &Model, mistakes: &mut Mistakes) {
    let mut seen = HashMap::new();
    // Added fields first, so that the mistake is said where the user can mend it.
    let (own, added): (Vec<_>, Vec<_>) =
        model.stored().map(|(_, it)| it).partition(|it| it.role == Role::Own);
    for field in added.into_iter().chain(own) {
        // SQLite does not tell `a` from `A`.
        let column = field.column.text.to_lowercase();
        if let Some(other) = seen.insert(column, &field.name).filter(|it| **it != field.name) {
            mistakes.at(
                field.column.span,
                format!("the column `{}` is that of the field `{other}`", field.column.text),
            );
        }
    }
}

fn check_aliases(model: &Model, mistakes: &mut Mistakes) {
    for (at, field) in model.stored() {
        for (nth, alias) in field.aliases.iter().enumerate() {
            let text = &alias.text;
            let is_own = field.name == *text
                || field.column.text == *text
                || field.aliases[..nth].iter().any(|it| it.text == *text);
            let other = model.stored().find(|(it, other)| match it.cmp(&at) {
                Ordering::Less => other.is_called(text),
                Ordering::Equal => false,
                // Its own aliases are said there.
                Ordering::Greater => other.name == *text || other.column.text == *text,
            });
            if is_own {
                mistakes.at(alias.span, format!("the field is called `{text}` already"));
            } else if let Some((_, other)) = other {
                mistakes.at(alias.span, format!("the field `{}` is called `{text}` already", other.name));
            }
        }
    }
}

fn check_indexes(model: &Model, mistakes: &mut Mistakes) {
    let mut names: Vec<String> = Vec::new();
    let of_fields = model.stored().filter(|(_, it)| it.unique.is_some() || it.is_indexed());
    names.extend(of_fields.map(|(_, it)| it.name.to_lowercase()));
    for index in &model.indexes {
        check_index_fields(model, index, mistakes);
        let name = index.name();
        check_name("index", &name, mistakes);
        if names.contains(&name.text.to_lowercase()) {
            let text = &name.text;
            mistakes.at(
                name.span,
                format!("there is an index `{text}` already; name this one with `name = \"..\"`"),
            );
        }
        names.push(name.text.to_lowercase());
    }
}

fn check_index_fields(model: &Model, index: &Index, mistakes: &mut Mistakes) {
    for (at, (ident, name)) in index.fields.iter().zip(index.field_names()).enumerate() {
        match model.fields.iter().find(|it| it.name == name) {
            None => {
                let hint = did_you_mean(&name, model.stored().map(|(_, it)| it.name.as_str()));
                mistakes.at(ident.span(), format!("there is no field `{name}`{hint}"));
            }
            Some(it) if !it.is_stored() => {
                mistakes.at(ident.span(), format!("the field `{name}` has no column: it says `skip`"));
            }
            Some(_) if index.field_names().take(at).any(|it| it == name) => {
                mistakes.at(ident.span(), format!("the field `{name}` is in the index already"));
            }
            Some(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use proc_macro2::TokenStream;
    use quote::quote;

    use super::*;
    use crate::input::Root;

    fn said(item: TokenStream) -> String {
        let mut mistakes = Mistakes::default();
        let model = Model::parse(Root::core(), TokenStream::new(), item, &mut mistakes);
        all(&model.expect("it is a struct"), &mut mistakes);
        mistakes.into_tokens().to_string()
    }

    #[test]
    fn both_ends_of_a_self_reference_have_names_of_their_own() {
        let itself = said(quote!(
            struct Foo {
                #[field(reverse = "parent")]
                parent_id: Option<Ref<Self>>,
            }
        ));
        assert!(itself.contains("`Foo::PARENT` is the relation of the field itself"), "{itself}");
        let other = said(quote!(
            struct Foo {
                #[field(reverse = "others")]
                a_id: Option<Ref<Foo>>,
                #[field(forward = "others")]
                b_id: Option<Ref<Self>>,
            }
        ));
        assert!(other.contains("`Foo::OTHERS` is the relation of the field `a_id` already"), "{other}");
        let apart = said(quote!(
            struct Foo {
                #[field(reverse = "children")]
                parent_id: Option<Ref<Self>>,
                #[field(reverse = "parent")]
                bar_id: Ref<Bar>,
            }
        ));
        assert_eq!(apart, "");
    }
}
