//! Whether what PostgreSQL's users are told is true: of what was kept or undone, of
//! what may be tried again, and of the connection that the next one gets.

#[path = "postgres_setup/calm.rs"]
mod calm;
#[path = "postgres_truth/changing.rs"]
mod changing;
#[path = "handed_on/checks.rs"]
mod checks;
#[path = "postgres_truth/comparing.rs"]
mod comparing;
#[path = "postgres_truth/decimals.rs"]
mod decimals;
#[path = "postgres_truth/ending.rs"]
mod ending;
#[path = "postgres_truth/fitting.rs"]
mod fitting;
#[path = "postgres_truth/handing_on.rs"]
mod handing_on;
#[path = "postgres_truth/leaving.rs"]
mod leaving;
#[path = "postgres_truth/meeting.rs"]
mod meeting;
#[path = "postgres_truth/met.rs"]
mod met;
#[path = "postgres_truth/native.rs"]
mod native;
#[path = "postgres_truth/repeating.rs"]
mod repeating;
#[path = "postgres_truth/retrying.rs"]
mod retrying;
#[path = "postgres_setup/setup.rs"]
mod setup;
#[path = "handed_on/spent.rs"]
mod spent;
#[path = "postgres_truth/storing.rs"]
mod storing;
#[path = "postgres_truth/triggers.rs"]
mod triggers;
#[path = "postgres_truth/undone.rs"]
mod undone;
#[path = "postgres_truth/within.rs"]
mod within;
#[path = "postgres_truth/writing.rs"]
mod writing;
#[path = "postgres_truth/zones.rs"]
mod zones;
