//! Databases that other programs wrote: what is read there is what is compared, before
//! the tables are rewritten and after.

#[path = "fixtures/checks.rs"]
#[macro_use]
mod checks;
#[path = "fixtures/fixture.rs"]
mod fixture;

#[path = "fixtures/files.rs"]
mod files;
#[path = "fixtures/rewriting.rs"]
mod rewriting;
