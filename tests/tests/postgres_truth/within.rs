//! Columns that hold so many characters: they are written as any other, and what is longer is
//! refused before it is sent.

use prom::prelude::*;
use prom::{Kind, Result};
use prom_cluster::Database;

use crate::setup::{connect, database};

#[prom::orm(table = "parcel", created = none, updated = none)]
#[derive(Debug, Clone, PartialEq)]
struct Parcel {
    #[field(unique)]
    code: String,
    note: Option<String>,
    weight: i64,
}

/// As other programs make tables.
fn parcel(database: &Database, weight: &str) {
    let sql = format!(
        "CREATE DOMAIN code AS character varying(5); \
         CREATE TABLE parcel (_id bigserial PRIMARY KEY, code code NOT NULL UNIQUE, \
         note character varying(3), weight {weight} NOT NULL)"
    );
    database.query(&sql).expect("it is made");
}

fn draft(code: &str) -> ParcelDraft {
    Parcel::draft().code(code).weight(1)
}

/// The first word of what the server was last sent, a COMMIT wherever it stands.
fn last_word(database: &Database) -> String {
    let sql = "SELECT query FROM pg_stat_activity \
               WHERE datname = current_database() AND application_name = 'writer'";
    let rows = database.query(sql).expect("it answers");
    assert_eq!(rows.len(), 1, "one connection wrote: {rows:?}");
    let query = rows[0][0].clone().unwrap_or_default();
    let first = query.split_whitespace().next().unwrap_or_default();
    if query.contains("COMMIT") { "COMMIT".to_owned() } else { first.to_owned() }
}

#[tokio::test]
async fn they_are_written_in_one_statement_and_verified() -> Result<()> {
    // What rounds is read back before the COMMIT.
    for (weight, insert, update) in [("bigint", "INSERT", "UPDATE"), ("numeric(20)", "COMMIT", "COMMIT")] {
        let database = database("within");
        parcel(&database, weight);
        let is_exact = weight == "bigint";
        let done = connect(&database.dsn(), "").verify(&[Parcel::schema()]).await;
        assert_eq!(done.is_ok(), is_exact, "{weight}: {done:?}");
        let install = if is_exact { "verify" } else { "off" };
        let options = format!("max_connections=1&application_name=writer&install={install}");
        let db = connect(&database.dsn(), &options);
        let mut row = draft("ab").on(&db).insert().await?;
        assert_eq!(last_word(&database), insert, "{weight}");
        row.note = Some("äöü".into());
        row.save().await?;
        assert_eq!(last_word(&database), update, "{weight}");
        let rows = Parcel::create_many([draft("b    "), draft("äöüß ")]).on(&db).await?;
        assert_eq!(last_word(&database), insert, "{weight}");
        let codes: Vec<_> = Parcel::query().asc_id().on(&db).get().await?.into_iter().collect();
        assert_eq!(codes, [vec![row], rows].concat());
    }
    Ok(())
}

/// What a write of too much says: nothing is sent, so that a transaction goes on.
fn too_long<T>(done: Result<T>, field: &str, most: usize) {
    let Err(error) = done else { panic!("it was written") };
    assert_eq!((error.kind(), error.model(), error.field()), (Kind::Value, Some("Parcel"), Some(field)));
    let text = error.to_string();
    assert!(text.contains(&format!("`Parcel.{field}` takes at most {most} characters")), "{text}");
    assert_eq!(error.code(), None, "the server said it: {text}");
}

async fn refuses() -> Result<()> {
    let mut row = draft("abcde").insert().await?;
    // Blanks behind are what the server would cut off in silence.
    for long in ["abcde ", "äöüßé      ", "abcdef"] {
        too_long(draft(long).insert().await, "code", 5);
        let many = Parcel::create_many([draft("b"), draft(long)]).await;
        assert!(many.as_ref().is_err_and(|error| error.to_string().starts_with("draft 1,")), "{many:?}");
        too_long(many, "code", 5);
        too_long(draft(long).upsert().await, "code", 5);
        too_long(draft("abcde").note(format!("{long}.")).upsert().await, "note", 3);
        too_long(draft(long).or_ignore().await, "code", 5);
        too_long(draft(long).find_or_create().await, "code", 5);
        row.note = Some(long.to_owned());
        too_long(row.save().await, "note", 3);
        too_long(Parcel::query().eq_weight(1).set_code(long).update().await, "code", 5);
        too_long(Parcel::query().eq_weight(1).set_note(long).update().returning().await, "note", 3);
    }
    assert_eq!(Parcel::query().select_code().get().await?.into_vec(), ["abcde"]);
    row.note = None;
    row.save().await?;
    assert_eq!(Parcel::query().set_note("cde").update_all().await?, 1);
    assert_eq!(Parcel::query().delete_all().await?, 1);
    Ok(())
}

#[tokio::test]
async fn what_is_longer_is_refused_before_it_is_sent() -> Result<()> {
    for (weight, options) in [("bigint", ""), ("bigint", "prepare=off"), ("numeric(20)", "")] {
        let database = database("too_long");
        parcel(&database, weight);
        let db = connect(&database.dsn(), options);
        db.scope(refuses()).await?;
        prom::transaction(refuses()).on(&db).await?;
    }
    Ok(())
}
