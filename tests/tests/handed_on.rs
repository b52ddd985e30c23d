//! SQLite's connection when whoever had it was dropped before anything was sent, or
//! when many bring a transaction its first statement: nothing of his is the next one's.

#[path = "handed_on/checks.rs"]
mod checks;
#[path = "handed_on/spent.rs"]
mod spent;

use prom::Result;
use prom::prelude::*;
use tempfile::TempDir;

/// The connection that is handed on, and another one.
fn two(name: &str) -> Result<(TempDir, Connection, Connection)> {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().display();
    let open = |which| prom::configure(&format!("sqlite://{path}/it.db?timeout=2s#handed {name} {which}"));
    let (db, others) = (open("on")?, open("others")?);
    Ok((folder, db, others))
}

#[tokio::test]
async fn after_a_first_read_that_is_dropped_unsent_the_transaction_is_still_one() -> Result<()> {
    let (_folder, db, others) = two("first read")?;
    checks::first_read(&db, &others).await
}

#[tokio::test]
async fn a_first_read_that_goes_on_after_its_transaction_begins_none() -> Result<()> {
    let (_folder, db, others) = two("late first read")?;
    checks::late_first_read(&db, &others).await
}

#[tokio::test]
async fn a_commit_that_is_dropped_unsent_leaves_the_next_one_a_clean_connection() -> Result<()> {
    let (_folder, db, others) = two("commit")?;
    checks::commit(&db, &others).await
}

#[tokio::test]
async fn a_rollback_that_is_dropped_unsent_leaves_the_next_one_a_clean_connection() -> Result<()> {
    let (_folder, db, others) = two("rollback")?;
    checks::rollback(&db, &others).await
}

#[tokio::test]
async fn a_rollback_within_that_is_dropped_unsent_is_one_all_the_same() -> Result<()> {
    let (_folder, db, others) = two("nested rollback")?;
    checks::nested_rollback(&db, &others).await
}

#[tokio::test]
async fn a_statement_of_a_dropped_transaction_lands_in_no_other_one() -> Result<()> {
    let (_folder, db, others) = two("late statement")?;
    checks::late_statement(&db, &others).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn first_statements_of_four_tasks_are_all_in_the_transaction() -> Result<()> {
    let (_folder, db, others) = two("together")?;
    checks::together(&db, &others).await
}
