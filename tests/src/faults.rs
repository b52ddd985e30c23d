//! What must hold when something is dropped, killed, or asked too much of.
//!
//! These are behaviours as well: a backend shows them by running the suite, and
//! nothing here knows one. They take longer than the others, some run this very
//! program as further processes, and the figures that they find are printed. The
//! seed of what is random is printed first; `SEED=<number>` takes it up again.

// What they are made of.
mod child;
mod cut;
mod seed;

// Dropped.
mod dropping;
mod storm;

// Killed.
mod killing;

// Many processes, many rows, many operations.
mod million;
mod rush;
mod ticking;

pub(crate) use child::act;
