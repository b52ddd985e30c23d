//! What other programs keep beyond the ends of prom's types: errors name the model, the
//! field and the limit, as on PostgreSQL.

use prom::prelude::*;
use prom::{Date, Kind, Result, Timestamp};

use super::database::Database;

#[prom::orm(table = "moment", created = none, updated = none)]
#[derive(Debug, Clone, PartialEq)]
struct Moment {
    #[field(unique)]
    name: String,
    at: Option<Timestamp>,
    day: Option<Date>,
}

const MOMENT: &str = "\
    CREATE TABLE moment (_id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, at TIMESTAMP, day DATE)";

#[tokio::test]
async fn a_time_that_prom_does_not_have_is_named_with_the_limit() -> Result<()> {
    let database = Database::new("times beyond the ends", "", MOMENT)?;
    let query = || Moment::query().on(&database.prom);
    for (column, value, limit) in [
        ("at", "'9999-12-31T23:59:59Z'", "9999-12-30T22:00:00.999999Z"),
        ("at", "'9999-12-31'", "9999-12-30T22:00:00.999999Z"),
        ("at", "'9999-12-30T22:00:01.000000Z'", "9999-12-30T22:00:00.999999Z"),
        ("at", "'0000-12-31T23:59:59.999999Z'", "0001-01-01T00:00:00Z"),
        ("at", "253402300799", "9999-12-30T22:00:00.999999Z"),
        ("at", "9223372036854775807", "9999-12-30T22:00:00.999999Z"),
        ("day", "'0000-12-31'", "0001-01-01"),
    ] {
        let sql = format!(
            "DELETE FROM moment; INSERT INTO moment (name, {column}) VALUES ('a', NULL), ('b', {value})"
        );
        database.run(&sql);
        let mut errors = vec![
            query().get().await.expect_err(value),
            query().eq_name("b").only().await.expect_err(value),
            Moment::draft().name("b").on(&database.prom).upsert_on(["name"]).await.expect_err(value),
        ];
        errors.push(match column {
            "at" => query().select_at().get().await.expect_err(value),
            _ => query().select_day().get().await.expect_err(value),
        });
        for error in errors {
            let named = (error.kind(), error.model(), error.field());
            assert_eq!(named, (Kind::Decode, Some("Moment"), Some(column)), "{value}: {error}");
            assert!(error.to_string().contains(limit), "{value}: {error}");
        }
        assert_eq!(query().skip_undecodable(|_| {}).get().await?.len(), 1, "{value}");
    }
    Ok(())
}

#[tokio::test]
async fn text_that_is_no_utf_8_is_named() -> Result<()> {
    let database = Database::new("text that is none", "", MOMENT)?;
    database.run("INSERT INTO moment (name) VALUES ('a'), (CAST(x'61ff' AS TEXT))");
    let query = || Moment::query().on(&database.prom);
    for error in [
        query().get().await.expect_err("it is no text"),
        query().select_name().get().await.expect_err("it is no text"),
    ] {
        let named = (error.kind(), error.model(), error.field());
        assert_eq!(named, (Kind::Decode, Some("Moment"), Some("name")), "{error}");
        assert!(error.to_string().ends_with("the text is not UTF-8"), "{error}");
    }
    assert_eq!(query().skip_undecodable(|_| {}).get().await?.len(), 1);
    Ok(())
}
