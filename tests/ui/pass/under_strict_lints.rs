//! Generated code keeps the lints of the crate that it stands in.
#![forbid(unsafe_code)]
#![deny(warnings, missing_docs, unreachable_pub, dead_code, unused, private_interfaces, private_bounds)]
#![deny(missing_debug_implementations, missing_copy_implementations, non_camel_case_types, unnameable_types)]
#![deny(
    unused_qualifications,
    unused_results,
    single_use_lifetimes,
    elided_lifetimes_in_paths,
    let_underscore_drop
)]

mod inner {
    #[prom::orm(index(bar, note))]
    #[derive(Debug, PartialEq)]
    struct Private {
        bar: i64,
        note: Option<String>,
        #[field(skip)]
        cached: bool,
    }

    #[prom::orm]
    #[derive(Debug)]
    pub(super) struct ForParent {
        bar: i64,
    }

    #[prom::orm(id = none)]
    #[derive(Debug)]
    pub(in crate::inner) struct ForInner {
        bar: String,
    }
}

/// A model that the whole world sees.
#[prom::orm]
#[derive(Debug)]
pub struct Public {
    /// How far.
    pub bar: i64,
    #[field(pk)]
    code: String,
}

/// Where it stands.
#[derive(Debug, Clone, Copy, prom::Enum)]
pub enum Status {
    /// Here.
    Here,
}

/// A code.
#[derive(Debug, prom::Field)]
pub struct Code(String);

fn main() {
    let _query = inner::ForParent::query();
}
