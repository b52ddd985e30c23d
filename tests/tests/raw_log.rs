//! What the log tells of statements of the user's own.

#[path = "log/captured.rs"]
mod captured;

use prom::Result;

use captured::Log;

// The only test of its process: SQLite's thread has no subscriber but the global one.
#[tokio::test]
async fn the_log_shows_the_statement_and_no_value() -> Result<()> {
    let log = Log::default();
    let writer = log.clone();
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_writer(move || writer.clone())
        .init();
    let db = prom::configure("sqlite::memory:")?;
    let run = |text: String| prom::raw_unchecked(text).on(&db);
    run("CREATE TABLE t (a TEXT)".to_owned()).execute().await?;
    run("INSERT INTO t VALUES ('secret'), (:a)".to_owned()).bind("a", "secret").execute().await?;
    run("SELECT a FROM t WHERE a <> 'secret' AND a <> :a /* secret */".to_owned())
        .bind("a", "secret")
        .all::<String>()
        .await?;
    let text = log.text();
    assert!(text.contains("SELECT a FROM t WHERE a <> .. AND a <> :a .."), "{text}");
    assert!(text.contains("INSERT INTO t VALUES (..), (:a)"), "{text}");
    assert!(!text.contains("secret"), "{text}");
    Ok(())
}
