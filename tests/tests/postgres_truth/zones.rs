//! Whether `timestamp without time zone` is UTC, wherever the session is, and what is said
//! of times that prom does not have.

use prom::prelude::*;
use prom::{Date, Kind, Result, Timestamp, date};

use crate::setup::{connect, database};

#[prom::orm(table = "zoneless", created = none, updated = none)]
#[derive(Debug, Clone, PartialEq)]
struct Zoneless {
    at: Timestamp,
    /// In a domain.
    maybe: Option<Timestamp>,
}

/// With time zones, as prom makes them.
#[prom::orm(table = "zoned", created = none, updated = none)]
#[derive(Debug, Clone, PartialEq)]
struct Zoned {
    at: Timestamp,
    maybe: Option<Timestamp>,
}

const ZONELESS: &str = "\
    CREATE DOMAIN instants AS timestamp; \
    CREATE TABLE zoned (_id bigserial PRIMARY KEY, at timestamptz NOT NULL, maybe timestamptz); \
    CREATE TABLE zoneless (_id bigserial PRIMARY KEY, at timestamp without time zone NOT NULL, maybe instants)";

fn at(text: &str) -> Timestamp {
    text.parse().expect("a timestamp")
}

#[tokio::test]
async fn what_has_no_time_zone_is_utc_wherever_the_session_is() -> Result<()> {
    let database = database("zoneless");
    database.query(ZONELESS).expect("it is made");
    let instant = at("2024-12-31T23:30:15.25Z");
    let texts = [Some("2024-12-31 23:30:15.25".to_owned()), Some("2024-12-31 23:30:15.25".to_owned())];
    for zone in ["UTC", "Asia/Kathmandu", "America/New_York"] {
        database
            .query(&format!("ALTER DATABASE {} SET timezone = '{zone}'", database.name()))
            .expect("it is set");
        for options in ["", "prepare=off", "install=off"] {
            database.query("TRUNCATE zoneless, zoned").expect("they are empty");
            let db = connect(&database.dsn(), options);
            let mut row = Zoneless::create().at(instant).maybe(instant).on(&db).await?;
            assert_eq!(row.at, instant);
            for count in [2, 5, 500] {
                let drafts = (0..count).map(|_| Zoneless::draft().at(instant).maybe(instant));
                let rows = Zoneless::create_many(drafts).on(&db).await?;
                assert!(rows.iter().all(|row| row.at == instant && row.maybe == Some(instant)));
            }
            row.at = at("2000-01-01T00:00:00Z");
            row.save().on(&db).await?;
            Zoneless::query().on(&db).eq_id(row.id).set_at(instant).update().await?;
            let stored = database.query("SELECT DISTINCT at, maybe FROM zoneless").expect("they are there");
            assert_eq!(stored, std::slice::from_ref(&texts), "{zone} {options}");

            let query = || Zoneless::query().on(&db);
            for (part, value) in [
                (date::year(2024), date::year(2025)),
                (date::month(12), date::month(1)),
                (date::day(31), date::day(1)),
                (date::hour(23), date::hour(5)),
                (date::minute(30), date::minute(15)),
                (date::second(15), date::second(16)),
            ] {
                assert_eq!(query().eq_at(part.clone()).count().await?, 508, "{zone} {options}: {part:?}");
                assert_eq!(query().eq_maybe(part).count().await?, 508, "{zone} {options}");
                assert_eq!(query().eq_at(value).count().await?, 0, "{zone} {options}");
            }
            assert_eq!(query().eq_at(instant).count().await?, 508);
            assert_eq!(query().in_at([instant]).lte_maybe(instant).count().await?, 508);
            assert_eq!(query().gt_at(instant).count().await?, 0);
            assert_eq!(query().between_at(instant, instant).count().await?, 508);
            assert_eq!(query().max_at().min_maybe().only().await?, (Some(instant), Some(instant)));
            assert_eq!(*query().group_by_at().counted().get().await?, [(instant, 508)]);
            assert_eq!(*query().select_at().distinct().get().await?, [instant]);

            // Beside those with a time zone.
            let mut zoned = Zoned::create().at(instant).on(&db).await?;
            let beside = || Zoned::query().on(&db);
            assert_eq!(beside().in_at(query().select_at()).count().await?, 1, "{zone} {options}");
            assert_eq!(beside().nin_at(query().select_maybe()).count().await?, 0, "{zone} {options}");
            assert_eq!(beside().gte_at(query().max_maybe()).count().await?, 1, "{zone} {options}");
            assert_eq!(query().in_at(beside().select_at()).count().await?, 508, "{zone} {options}");
            assert_eq!(query().eq_maybe(beside().max_at()).count().await?, 508, "{zone} {options}");
            assert_eq!(beside().set_maybe(query().select_at()).update_all().await?, 1);
            zoned.reload().on(&db).await?;
            assert_eq!(zoned.maybe, Some(instant), "{zone} {options}");
            assert_eq!(query().set_maybe(beside().select_at()).update_all().await?, 508);
            assert_eq!(query().eq_maybe(instant).count().await?, 508, "{zone} {options}");
        }
    }
    Ok(())
}

#[prom::orm(table = "moment", created = none, updated = none)]
#[derive(Debug, Clone, PartialEq)]
struct Moment {
    #[field(unique)]
    name: String,
    at: Option<Timestamp>,
    day: Option<Date>,
}

const MOMENT: &str = "\
    DROP TABLE IF EXISTS moment; CREATE TABLE moment (_id bigserial PRIMARY KEY, name text NOT NULL UNIQUE, \
        at %, day date)";

#[tokio::test]
async fn a_time_that_prom_does_not_have_is_named_with_the_limit() -> Result<()> {
    let database = database("moment");
    for ty in ["timestamp with time zone", "timestamp without time zone"] {
        database.query(&MOMENT.replace('%', ty)).expect("it is made");
        let db = connect(&database.dsn(), "");
        for (column, value, limit) in [
            ("at", "9999-12-31T23:59:59Z", "9999-12-30T22:00:00.999999Z"),
            ("at", "9999-12-30T22:00:01Z", "9999-12-30T22:00:00.999999Z"),
            ("at", "20000-01-01T00:00:00Z", "9999-12-30T22:00:00.999999Z"),
            ("at", "infinity", "9999-12-30T22:00:00.999999Z"),
            ("at", "-infinity", "0001-01-01T00:00:00Z"),
            ("at", "0001-12-31 23:59:59Z BC", "0001-01-01T00:00:00Z"),
            ("day", "20000-01-01", "9999-12-31"),
            ("day", "infinity", "9999-12-31"),
            ("day", "-infinity", "0001-01-01"),
            ("day", "0001-12-31 BC", "0001-01-01"),
        ] {
            let sql = format!(
                "TRUNCATE moment; INSERT INTO moment (name, at, day) VALUES ('a', '2024-05-06T00:00:00Z', '2024-05-06'); \
                 INSERT INTO moment (name, {column}) VALUES ('b', '{value}')"
            );
            database.query(&sql).expect(&sql);
            let query = || Moment::query().on(&db);
            let mut errors = vec![
                query().get().await.expect_err(value),
                query().eq_name("b").only().await.expect_err(value),
                Moment::draft().name("b").on(&db).upsert_on(["name"]).await.expect_err(value),
            ];
            errors.push(match column {
                "at" => query().select_at().get().await.expect_err(value),
                _ => query().select_day().get().await.expect_err(value),
            });
            let greatest = match column {
                "at" => query().eq_name("b").max_at().only().await.expect_err(value),
                _ => query().eq_name("b").max_day().only().await.expect_err(value),
            };
            errors.push(greatest);
            for error in errors {
                let named = (error.kind(), error.model(), error.field());
                assert_eq!(named, (Kind::Decode, Some("Moment"), Some(column)), "{value}: {error}");
                assert!(error.to_string().contains(limit), "{value}: {error}");
            }
            // The others are read as the error says.
            let rest = query().skip_undecodable(|_| {}).get().await?;
            assert_eq!(rest.len(), 1);
            // And they have their place among those that prom has.
            let is_late = !value.starts_with('-') && !value.ends_with("BC");
            let last = at("9999-12-30T22:00:00.999999Z");
            let late = match column {
                "at" => query().gt_at(last).count().await?,
                _ => query().gt_day("9999-12-31".parse::<Date>().expect("a date")).count().await?,
            };
            assert_eq!(late, u64::from(is_late), "{value}");
            // No part of it is that of another.
            assert_eq!(query().eq_at(date::year(2024)).count().await?, 1, "{value}");
            assert_eq!(query().eq_day(date::year(2024)).count().await?, 1, "{value}");
        }
    }
    Ok(())
}
