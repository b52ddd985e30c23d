//! Names that generated methods must not have: methods of prom's and std's
//! traits, which an inherent method of the name would hide without a word.

/// What a generated method is called on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Receiver {
    /// A row of the model.
    Model,
    /// The model's query.
    Query,
    /// The create builder and the draft.
    Builder,
}

/// The prefixes of the query's methods for a field. A name with one of them is
/// compared for every field, whatever methods its type has.
pub(crate) const FIELD_QUESTIONS: &[&str] = &[
    "eq_",
    "ne_",
    "in_",
    "nin_",
    "gt_",
    "gte_",
    "lt_",
    "lte_",
    "between_",
    "like_",
    "nlike_",
    "startswith_",
    "endswith_",
    "contains_",
    "is_null_",
    "not_null_",
    "asc_",
    "desc_",
    "order_",
    "set_",
    "incr_",
    "select_",
    "group_by_",
    "sum_",
    "avg_",
    "min_",
    "max_",
];

/// The prefixes of the query's methods for a relation.
pub(crate) const RELATION_QUESTIONS: &[&str] = &["with_", "where_"];

/// The prefixes of the builders' methods for a field.
pub(crate) const SETTERS: &[&str] = &["", "set_", "get_"];

/// Methods, and the trait that they are of. Without a trait they are generated
/// for every model, so that one more of the name would not compile.
type Methods = (Option<&'static str>, &'static [&'static str]);

/// What is called on models: by rows, or as `Foo::find(..)`.
const MODEL: &[Methods] = &[
    (None, &["query", "create", "draft"]),
    (
        Some("Model"),
        &[
            "schema",
            "key",
            "create_many",
            "find",
            "save",
            "delete",
            "reload",
            "modified",
            "is_modified",
            "into_draft",
            "related",
            "install",
            "rewrite",
        ],
    ),
    (Some("Hooks"), &["before_insert", "before_update", "before_delete", "after_load"]),
    // What models commonly derive, or have by what they derive. `Drop::drop` is not among it: nobody may
    // call it, so that nothing hides it.
    (Some("Clone"), &["clone", "clone_from"]),
    (Some("ToOwned"), &["to_owned"]),
    (Some("Debug"), &["fmt"]),
    (Some("ToString"), &["to_string"]),
    (Some("PartialEq"), &["eq", "ne"]),
    (Some("PartialOrd"), &["partial_cmp", "lt", "le", "gt", "ge"]),
    (Some("Ord"), &["cmp", "max", "min", "clamp"]),
    (Some("Hash"), &["hash"]),
    (Some("Into"), &["into"]),
    (Some("TryInto"), &["try_into"]),
    (Some("Serialize"), &["serialize"]),
];

/// What is called on queries. Std's traits have nothing that begins like a
/// generated method.
const QUERY: &[Methods] = &[(
    Some("Query"),
    &[
        "on",
        "or",
        "limit",
        "offset",
        "page",
        "after",
        "distinct",
        "when",
        "any",
        "all",
        "not",
        "raw_field",
        "union",
        "intersect",
        "difference",
        "with",
        "where_has",
        "counted",
        "asc_selected",
        "desc_selected",
        "eq_field",
        "ne_field",
        "gt_field",
        "gte_field",
        "lt_field",
        "lte_field",
        "between_field",
        "in_field",
        "nin_field",
        "is_null_field",
        "not_null_field",
        "like_field",
        "nlike_field",
        "skip_undecodable",
        "startswith_field",
        "endswith_field",
        "contains_field",
        "asc_field",
        "desc_field",
        "part_field",
        "order_field",
        "select_fields",
        "aggregate_field",
        "group_by_field",
        "set_field",
        "incr_field",
        "update",
        "update_all",
        "delete",
        "delete_all",
        "get",
        "one",
        "only",
        "count",
        "has",
        "stream",
        "render",
    ],
)];

/// What is called on create builders and drafts, and on no more than these: a
/// draft is not compared, so that a field may be called `hash`.
const BUILDER: &[Methods] = &[
    (None, &["on", "insert", "upsert", "upsert_on", "or_ignore", "find_or_create"]),
    (Some("Draft"), &[]),
    (Some("Clone"), &["clone", "clone_from"]),
    (Some("ToOwned"), &["to_owned"]),
    (Some("Debug"), &["fmt"]),
    (Some("Into"), &["into"]),
    (Some("TryInto"), &["try_into"]),
    (Some("IntoFuture"), &["into_future"]),
];

impl Receiver {
    fn methods(self) -> &'static [Methods] {
        match self {
            Self::Model => MODEL,
            Self::Query => QUERY,
            Self::Builder => BUILDER,
        }
    }

    /// What a method called `name` would take the place of, in words.
    pub(crate) fn conflict(self, name: &str) -> Option<String> {
        let taken = self.methods().iter().find(|(_, methods)| methods.contains(&name));
        taken.map(|(of, _)| match (of, self) {
            (Some(of), _) => format!("would hide `{of}::{name}`"),
            (None, Self::Model) => "is one that every model has".to_owned(),
            (None, Self::Query) => "is one that every query has".to_owned(),
            (None, Self::Builder) => "is one that every builder has".to_owned(),
        })
    }
}

#[cfg(test)]
mod tests;
