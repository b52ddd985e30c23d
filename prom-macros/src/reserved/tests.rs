//! The list has every method that a user can call, and no other.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, ImplItem, Item, TraitItem, Type, Visibility};

use super::*;
use crate::input::{Model, Root};
use crate::mistakes::Mistakes;

/// Public traits of prom-core none of whose methods a user calls on a model, a
/// query or a builder.
const OF_OTHERS: &[&str] = &[
    // What backends implement and speak.
    "Dialect",
    "Lease",
    "Execute",
    "Interface",
    "Cursor",
    "RowRef",
    "Sink",
    // What values, keys and arguments are.
    "Field",
    "Key",
    "Base",
    "IntoValue",
    "IntoValues",
    "IntoOperand",
    "IntoOperands",
    "Fits",
    "Numbers",
    "IntoParam",
    // What relations and selections are in the types of queries.
    "Relation",
    "Loads",
    "Load",
    "Projection",
    "SelectNamed",
    "Select",
    // Asked for by `raw`, as `T::from_row`, never of a value.
    "FromRow",
    // What generated code calls.
    "CloneSkipped",
    "DefaultSkipped",
];

/// The methods of every public trait below `folder` that are no secret, by
/// trait.
fn traits(folder: &Path, found: &mut BTreeMap<String, BTreeSet<String>>) {
    for entry in std::fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("it can be read").path();
        if path.is_dir() {
            traits(&path, found);
        } else if path.extension().is_some_and(|it| it == "rs") {
            let text = std::fs::read_to_string(&path).expect("it can be read");
            let file = syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            of_items(&file.items, found);
        }
    }
}

fn of_items(items: &[Item], found: &mut BTreeMap<String, BTreeSet<String>>) {
    for item in items {
        match item {
            Item::Mod(module) => {
                of_items(module.content.as_ref().map_or(&[][..], |(_, items)| items), found);
            }
            Item::Trait(item) if matches!(item.vis, Visibility::Public(_)) => {
                let methods = item.items.iter().filter_map(|item| match item {
                    TraitItem::Fn(method) if !is_hidden(&method.attrs) => Some(method.sig.ident.to_string()),
                    _ => None,
                });
                found.entry(item.ident.to_string()).or_default().extend(methods);
            }
            _ => {}
        }
    }
}

fn is_hidden(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|it| quote!(#it).to_string().replace(' ', "") == "#[doc(hidden)]")
}

fn core() -> BTreeMap<String, BTreeSet<String>> {
    let mut found = BTreeMap::new();
    traits(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../prom-core/src")), &mut found);
    assert!(found.contains_key("Model") && found.contains_key("Query"), "the sources are where they were");
    found
}

fn listed(receiver: Receiver) -> impl Iterator<Item = (&'static str, BTreeSet<String>)> {
    let of_traits = receiver.methods().iter().filter_map(|(of, methods)| Some(((*of)?, methods)));
    of_traits.map(|(of, methods)| (of, methods.iter().map(|it| (*it).to_owned()).collect()))
}

const RECEIVERS: [Receiver; 3] = [Receiver::Model, Receiver::Query, Receiver::Builder];

#[test]
fn the_list_is_what_the_traits_of_prom_core_have() {
    let core = core();
    for receiver in RECEIVERS {
        for (of, methods) in listed(receiver) {
            if let Some(there) = core.get(of) {
                assert_eq!(&methods, there, "`{of}`: in the list, and in prom-core");
            }
        }
    }
}

#[test]
fn every_public_trait_of_prom_core_is_in_the_list_or_known_to_be_of_others() {
    let listed: Vec<_> = RECEIVERS.iter().flat_map(|it| listed(*it)).map(|(of, _)| of).collect();
    for of in core().keys().map(String::as_str) {
        assert!(
            listed.contains(&of) != OF_OTHERS.contains(&of),
            "the public trait `{of}`: does a user call its methods on models, queries or builders?"
        );
    }
}

#[test]
fn no_trait_of_prom_core_is_listed_that_is_not_there() {
    const STD: &[&str] = &[
        "Clone",
        "ToOwned",
        "Debug",
        "ToString",
        "PartialEq",
        "PartialOrd",
        "Ord",
        "Hash",
        "Into",
        "TryInto",
        "IntoFuture",
        "Serialize",
    ];
    let core = core();
    let listed = RECEIVERS.iter().flat_map(|it| listed(*it)).map(|(of, _)| of);
    for of in listed.chain(OF_OTHERS.iter().copied()) {
        assert!(core.contains_key(of) != STD.contains(&of), "there is no trait `{of}`");
    }
}

/// The inherent methods that the attribute makes for the type called `name`.
fn made(name: &str, item: TokenStream) -> BTreeSet<String> {
    let model = Model::parse(Root::core(), quote!(), item, &mut Mistakes::default());
    let tokens = crate::expand::all(&model.expect("it is a struct"));
    let file: syn::File = syn::parse2(tokens).expect("it can be read");
    let of_type = |ty: &Type| matches!(ty, Type::Path(it) if it.path.segments.last().is_some_and(|it| it.ident == name));
    let mut methods = BTreeSet::new();
    for item in file.items {
        if let Item::Impl(it) = item
            && it.trait_.is_none()
            && of_type(&it.self_ty)
        {
            methods.extend(it.items.iter().filter_map(|it| match it {
                ImplItem::Fn(it) => Some(it.sig.ident.to_string()),
                _ => None,
            }));
        }
    }
    methods
}

/// A field of each type, all of one name; what is made for a model without it.
fn made_for_fields(name: &str) -> BTreeSet<String> {
    let types = [
        quote!(i64),
        quote!(Option<i64>),
        quote!(f64),
        quote!(bool),
        quote!(String),
        quote!(Option<String>),
        quote!(Vec<u8>),
        quote!(Timestamp),
        quote!(Status),
    ];
    let without = made(
        name,
        quote!(
            struct Foo {}
        ),
    );
    let with = types.into_iter().flat_map(|ty| made(name, quote!(struct Foo { zzz: #ty })));
    with.filter(|it| !without.contains(it)).collect()
}

fn prefixed(prefixes: &[&str], name: &str) -> BTreeSet<String> {
    prefixes.iter().map(|it| format!("{it}{name}")).collect()
}

#[test]
fn the_prefixes_are_those_that_are_generated() {
    assert_eq!(made_for_fields("FooQuery"), prefixed(FIELD_QUESTIONS, "zzz"));
    assert_eq!(made_for_fields("FooDraft"), prefixed(SETTERS, "zzz"));
    assert_eq!(made_for_fields("FooCreate"), prefixed(&[""], "zzz"));
    assert_eq!(made_for_fields("Foo"), BTreeSet::new());
    let (plain, reference) = (
        quote!(
            struct Foo {
                zzz_id: i64,
            }
        ),
        quote!(
            struct Foo {
                zzz_id: Ref<Bar>,
            }
        ),
    );
    let of_relation = |name| {
        let plain = made(name, plain.clone());
        made(name, reference.clone()).into_iter().filter(|it| !plain.contains(it)).collect::<BTreeSet<_>>()
    };
    assert_eq!(of_relation("FooQuery"), prefixed(RELATION_QUESTIONS, "zzz"));
    assert_eq!(of_relation("Foo"), prefixed(&[""], "zzz"));
}

#[test]
fn what_every_model_has_is_listed() {
    for (receiver, name) in
        [(Receiver::Model, "Foo"), (Receiver::Builder, "FooDraft"), (Receiver::Builder, "FooCreate")]
    {
        let added: BTreeSet<String> =
            ["id", "created", "updated"].iter().flat_map(|it| prefixed(SETTERS, it)).collect();
        for method in made(
            name,
            quote!(
                struct Foo {}
            ),
        )
        .difference(&added)
        {
            assert!(receiver.conflict(method).is_some(), "`{name}::{method}` is not in the list");
        }
    }
}

#[test]
fn the_fields_that_are_added_hide_nothing() {
    for name in ["id", "created", "updated"] {
        for method in prefixed(FIELD_QUESTIONS, name) {
            assert_eq!(Receiver::Query.conflict(&method), None);
        }
        for method in prefixed(SETTERS, name) {
            assert_eq!(Receiver::Builder.conflict(&method), None);
        }
    }
}
