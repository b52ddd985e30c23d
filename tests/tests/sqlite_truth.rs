//! Whether what prom says of its writes to SQLite is true, of tables that other
//! programs made: another connection reads what the file holds.

#[path = "sqlite_truth/alike.rs"]
mod alike;
#[path = "sqlite_truth/computed.rs"]
mod computed;
#[path = "sqlite_truth/conflicts.rs"]
mod conflicts;
#[path = "sqlite_truth/database.rs"]
mod database;
#[path = "sqlite_truth/ends.rs"]
mod ends;
#[path = "sqlite_truth/indexed.rs"]
mod indexed;
#[path = "sqlite_truth/instants.rs"]
mod instants;
#[path = "sqlite_truth/keys.rs"]
mod keys;
#[path = "sqlite_truth/left_out.rs"]
mod left_out;
#[path = "sqlite_truth/python.rs"]
mod python;
#[path = "sqlite_truth/selected.rs"]
mod selected;
#[path = "sqlite_truth/sorting.rs"]
mod sorting;
#[path = "sqlite_truth/stored.rs"]
mod stored;
#[path = "sqlite_truth/together.rs"]
mod together;
#[path = "sqlite_truth/turning.rs"]
mod turning;
#[path = "sqlite_truth/undone.rs"]
mod undone;
#[path = "sqlite_truth/uuids.rs"]
mod uuids;
#[path = "sqlite_truth/views.rs"]
mod views;
#[path = "sqlite_truth/virtual_tables.rs"]
mod virtual_tables;
