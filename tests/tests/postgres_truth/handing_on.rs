//! A connection whose user was dropped before anything was sent, or to whose
//! transaction many bring the first statement: nothing of theirs is the next one's.

use prom::Result;
use prom::prelude::*;
use prom_cluster::Database;

use crate::checks;
use crate::setup::{connect, database};

/// The connection that is handed on, there being no more of its pool, and another one.
fn two(name: &str) -> (Database, Connection, Connection) {
    let database = database(name);
    let (db, others) = (connect(&database.dsn(), "max_connections=1"), connect(&database.dsn(), ""));
    (database, db, others)
}

#[tokio::test]
async fn after_a_first_read_that_is_dropped_unsent_the_transaction_is_still_one() -> Result<()> {
    let (_database, db, others) = two("first_read");
    checks::first_read(&db, &others).await
}

#[tokio::test]
async fn a_first_read_that_goes_on_after_its_transaction_begins_none() -> Result<()> {
    let (_database, db, others) = two("late_first_read");
    checks::late_first_read(&db, &others).await
}

#[tokio::test]
async fn a_commit_that_is_dropped_unsent_leaves_the_next_one_a_clean_connection() -> Result<()> {
    let (_database, db, others) = two("commit");
    checks::commit(&db, &others).await
}

#[tokio::test]
async fn a_rollback_that_is_dropped_unsent_leaves_the_next_one_a_clean_connection() -> Result<()> {
    let (_database, db, others) = two("rollback");
    checks::rollback(&db, &others).await
}

#[tokio::test]
async fn a_rollback_within_that_is_dropped_unsent_is_one_all_the_same() -> Result<()> {
    let (_database, db, others) = two("nested_rollback");
    checks::nested_rollback(&db, &others).await
}

#[tokio::test]
async fn a_statement_of_a_dropped_transaction_lands_in_no_other_one() -> Result<()> {
    let (_database, db, others) = two("late_statement");
    checks::late_statement(&db, &others).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn first_statements_of_four_tasks_are_all_in_the_transaction() -> Result<()> {
    let (_database, db, others) = two("together");
    checks::together(&db, &others).await
}
