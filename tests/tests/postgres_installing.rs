//! Tables on PostgreSQL that many make at once, that others use meanwhile, that
//! somebody else has made, or that nobody may make.

#[path = "postgres_installing/blocking.rs"]
mod blocking;
#[path = "postgres_installing/denying.rs"]
mod denying;
#[path = "postgres_installing/finding.rs"]
mod finding;
#[path = "postgres_installing/racing.rs"]
mod racing;
#[path = "postgres_setup/setup.rs"]
mod setup;
