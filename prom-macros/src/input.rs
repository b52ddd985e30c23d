//! From tokens to our words. Only what is below here knows `syn`'s items.

// Our words.
mod field;
mod index;
mod model;
mod root;
mod text;
mod ty;

// How they are read.
mod attributes;
mod derives;
mod options;

// What names become.
mod names;

pub(crate) use attributes::without_field;
pub(crate) use derives::Condition;
pub(crate) use field::{DefaultExpr, Field, Key, OnDelete, Role};
pub(crate) use index::Index;
pub(crate) use model::{Model, refuse_generics};
pub(crate) use names::{did_you_mean, snake};
pub(crate) use options::Options;
pub(crate) use root::Root;
pub(crate) use text::Text;
pub(crate) use ty::{Kind, Shape, with_self_named};
