//! What a field is.

use std::fmt;

use super::comparand::convert_of;
use super::{Choices, Schema, Type};
use crate::{Result, Value};

/// A field of a model, and the column that holds it.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct FieldDef {
    /// The field's name in the model.
    pub name: &'static str,
    /// The column's name.
    pub column: &'static str,
    /// Other names that queries may use.
    pub aliases: &'static [&'static str],
    /// What the column holds.
    pub ty: Type,
    /// Whether the column may be NULL.
    pub nullable: bool,
    /// What prom itself does with the field.
    pub role: Role,
    /// Whether it is the primary key, and who makes its values.
    pub key: Option<KeyDef>,
    /// How long a text or a run of bytes may be.
    pub size: Size,
    /// Whether letter case is ignored by comparisons and unique indexes.
    pub ignore_case: bool,
    /// Whether an empty text is refused.
    pub refuse_empty: bool,
    /// The only values that it has, if they can be counted.
    pub choices: Option<Choices>,
    /// The least and the greatest whole number that its type has, where it says so;
    /// [`whole_range`](FieldDef::whole_range) is what counts.
    pub range: Option<(i64, i64)>,
    /// Whether every value within these bounds can be decoded, as
    /// [`Field::DECODES_ALL`](crate::Field::DECODES_ALL) says.
    pub decodes_all: bool,
    /// Takes a value through the field's own type: what it decodes, as it is stored.
    pub(crate) convert: fn(Value) -> Result<Value>,
    /// What the field is when nothing is said.
    pub default: DefaultValue,
    /// The model that the field refers to.
    pub reference: Option<Reference>,
    /// The field's doc comment.
    pub doc: &'static str,
}

impl FieldDef {
    /// A required field `name` in a column of that name.
    pub const fn new(name: &'static str, ty: Type) -> Self {
        Self {
            name,
            column: name,
            aliases: &[],
            ty,
            nullable: false,
            role: Role::Own,
            key: None,
            size: Size { min: None, max: None },
            ignore_case: false,
            refuse_empty: false,
            choices: None,
            range: None,
            decodes_all: false,
            convert: convert_of(ty),
            default: DefaultValue::None,
            reference: None,
            doc: "",
        }
    }

    /// The same in the column `column`.
    #[must_use]
    pub const fn column(mut self, column: &'static str) -> Self {
        self.column = column;
        self
    }

    /// The same with other names for queries.
    #[must_use]
    pub const fn aliases(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }

    /// The same, which may be NULL if `nullable`.
    #[must_use]
    pub const fn nullable(mut self, nullable: bool) -> Self {
        self.nullable = nullable;
        self
    }

    /// The same with a task of prom's own.
    #[must_use]
    pub const fn role(mut self, role: Role) -> Self {
        self.role = role;
        self
    }

    /// The same as primary key.
    #[must_use]
    pub const fn key(mut self, key: KeyDef) -> Self {
        self.key = Some(key);
        self
    }

    /// The same with bounds on its length.
    #[must_use]
    pub const fn size(mut self, min: Option<usize>, max: Option<usize>) -> Self {
        self.size = Size { min, max };
        self
    }

    /// The same with letter case ignored.
    #[must_use]
    pub const fn ignore_case(mut self) -> Self {
        self.ignore_case = true;
        self
    }

    /// The same with empty text refused.
    #[must_use]
    pub const fn refuse_empty(mut self) -> Self {
        self.refuse_empty = true;
        self
    }

    /// The same with the only values that it has, if they can be counted.
    #[must_use]
    pub const fn choices(mut self, choices: Option<Choices>) -> Self {
        self.choices = choices;
        self
    }

    /// The same with the least and the greatest whole number of its type.
    #[must_use]
    pub const fn range(mut self, range: Option<(i64, i64)>) -> Self {
        self.range = range;
        self
    }

    /// The same, of which every value can be decoded if `decodes_all`.
    #[must_use]
    pub const fn decodes_all(mut self, decodes_all: bool) -> Self {
        self.decodes_all = decodes_all;
        self
    }

    /// The same with what takes a value through its own type.
    #[doc(hidden)]
    #[must_use]
    pub const fn convert(mut self, convert: fn(Value) -> Result<Value>) -> Self {
        self.convert = convert;
        self
    }

    /// The same with a default.
    #[must_use]
    pub const fn default(mut self, default: DefaultValue) -> Self {
        self.default = default;
        self
    }

    /// The same, referring to a model's key.
    #[must_use]
    pub const fn reference(mut self, reference: Reference) -> Self {
        self.reference = Some(reference);
        self
    }

    /// The same with its doc comment.
    #[must_use]
    pub const fn doc(mut self, doc: &'static str) -> Self {
        self.doc = doc;
        self
    }

    /// The least and the greatest whole number that it takes: those of its Rust
    /// type, else those of its column. `None` where it holds no whole numbers.
    pub const fn whole_range(&self) -> Option<(i64, i64)> {
        match (self.range, self.ty) {
            (Some(it), _) => Some(it),
            (None, Type::I16) => Some((-0x8000, 0x7fff)),
            (None, Type::I32) => Some((-0x8000_0000, 0x7fff_ffff)),
            (None, Type::I64) => Some((i64::MIN, i64::MAX)),
            _ => None,
        }
    }

    /// Whether it is a key that the database makes.
    pub fn is_generated_key(&self) -> bool {
        self.key == Some(KeyDef::Generated)
    }

    /// Whether a row needs a value from its maker: it may not be NULL, has no
    /// default, and prom does not fill it.
    pub fn is_required(&self) -> bool {
        !self.nullable
            && matches!(self.default, DefaultValue::None)
            && self.role == Role::Own
            && self.key.is_none_or(|it| it == KeyDef::Given)
    }
}

/// What prom itself does with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Role {
    /// Nothing: it is the model's own.
    Own,
    /// It is the key that prom added.
    Id,
    /// It is set when the row is inserted.
    Created,
    /// It is set at every insert and update.
    Updated,
}

/// Who makes the values of a primary key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyDef {
    /// The database counts up.
    Generated,
    /// prom makes a UUID of version 7.
    Uuid,
    /// Whoever makes the row.
    Given,
}

/// How long a text (in characters) or a run of bytes may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// The least length.
    pub min: Option<usize>,
    /// The greatest length.
    pub max: Option<usize>,
}

/// What a field is when nothing is said.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum DefaultValue {
    /// Nothing: it must be said, or is NULL.
    None,
    /// Always the same value, which is the column's DEFAULT as well.
    Constant(fn() -> Value),
    /// Made anew for each row.
    Made(fn() -> Value),
}

impl fmt::Debug for DefaultValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Constant(_) => "Constant",
            Self::Made(_) => "Made",
        })
    }
}

/// The model that a field refers to.
#[derive(Clone, Copy)]
pub struct Reference {
    /// Its schema; a function, so that models may refer to each other.
    pub target: fn() -> &'static Schema,
    /// What happens to the row when the one that it refers to goes.
    pub on_delete: OnDelete,
}

impl fmt::Debug for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reference")
            .field("target", &(self.target)().table())
            .field("on_delete", &self.on_delete)
            .finish()
    }
}

/// What happens to a row when the one that it refers to is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnDelete {
    /// It is deleted as well: a strong reference.
    Cascade,
    /// Its field becomes NULL: a weak reference.
    SetNull,
    /// The deletion is refused.
    Restrict,
}
