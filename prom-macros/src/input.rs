//! From tokens to our words. Only what is below here knows `syn`'s items.

// What is said of a model.
mod field;
mod index;
mod model;

// What is said of a type of the user's own.
mod enumeration;
mod newtype;
mod record;

// What both say.
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
pub(crate) use enumeration::{Enumeration, Storage};
pub(crate) use field::{Field, Key, OnDelete, Role};
pub(crate) use index::Index;
pub(crate) use model::Model;
pub(crate) use names::{did_you_mean, snake};
pub(crate) use newtype::Newtype;
pub(crate) use record::{Record, RecordField};
pub(crate) use root::Root;
pub(crate) use text::Text;
pub(crate) use ty::Kind;

use options::Options;
use ty::{Shape, refuse_generics, with_self_named};
