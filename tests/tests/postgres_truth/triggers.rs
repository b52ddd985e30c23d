//! Writes that a trigger or a rule leaves out or leads elsewhere: an error, and nothing
//! is done.

use prom::prelude::*;
use prom::{Connection, Kind, Result};
use prom_cluster::Database;

use crate::setup::{connect, database};

#[prom::orm(created = none, updated = none)]
#[derive(Debug, Clone, PartialEq)]
struct Foo {
    bar: i64,
}

/// Without triggers, many rows of it go by COPY.
#[prom::orm(created = none, updated = none)]
#[derive(Debug, Clone, PartialEq)]
struct Keyed {
    #[field(pk)]
    bar: i64,
    name: String,
}

const FOO: &str = "CREATE TABLE foo (_id bigserial PRIMARY KEY, bar bigint NOT NULL)";
const KEYED: &str = "CREATE TABLE keyed (bar bigint PRIMARY KEY, name text NOT NULL)";
const KEYED_PARTS: &str = "\
    CREATE TABLE keyed (bar bigint PRIMARY KEY, name text NOT NULL) PARTITION BY RANGE (bar); \
    CREATE TABLE low PARTITION OF keyed FOR VALUES FROM (0) TO (2); \
    CREATE TABLE high PARTITION OF keyed FOR VALUES FROM (2) TO (5000)";
/// A trigger that keeps rows as they are where `bar` is 2.
const SKIP: &str = "\
    CREATE FUNCTION skip() RETURNS trigger LANGUAGE plpgsql AS \
    'BEGIN IF TG_OP = ''INSERT'' AND NEW.bar <> 2 THEN RETURN NEW; \
           ELSIF TG_OP <> ''INSERT'' AND OLD.bar <> 2 THEN RETURN COALESCE(NEW, OLD); END IF; \
           RETURN NULL; END'";

fn run(database: &Database, sql: &[&str]) {
    for sql in sql {
        database.query(sql).expect(sql);
    }
}

/// What a plain client counts.
fn count(database: &Database, table: &str) -> String {
    let rows = database.query(&format!("SELECT count(*) FROM {table}")).expect("it is there");
    rows[0][0].clone().expect("it is a number")
}

/// What prom's one connection sent last; plain clients of before may still be closing.
fn last_sent(database: &Database) -> String {
    let sql = "SELECT query FROM pg_stat_activity WHERE datname = current_database() \
               AND pid <> pg_backend_pid() AND backend_type = 'client backend' ORDER BY query_start DESC LIMIT 1";
    let rows = database.query(sql).expect("it answers");
    rows[0][0].clone().expect("it is a text")
}

fn foos(bars: &[i64]) -> Vec<FooDraft> {
    bars.iter().map(|bar| Foo::draft().bar(*bar)).collect()
}

fn kind<T>(done: &Result<T>) -> Option<Kind> {
    done.as_ref().err().map(prom::Error::kind)
}

/// Nothing is there after any of these, alone, in a transaction and in one within.
async fn nothing_is_inserted(database: &Database, db: &Connection, wanted: Kind) -> Result<()> {
    for bars in [&[2][..], &[1, 2, 3]] {
        let done = Foo::create_many(foos(bars)).on(db).await;
        assert_eq!((kind(&done), count(database, "foo")), (Some(wanted), "0".to_owned()), "{bars:?}");
    }
    let done = Foo::create().bar(2).on(db).await;
    assert_eq!((kind(&done), count(database, "foo")), (Some(wanted), "0".to_owned()));
    let done = prom::transaction(async {
        let done = Foo::create_many(foos(&[1, 2])).await;
        assert_eq!(kind(&done), Some(wanted));
        Ok::<_, prom::Error>(())
    });
    let done = done.on(db).await;
    assert!(done.is_err(), "the level has ended");
    assert_eq!(count(database, "foo"), "0");
    prom::transaction(async {
        let inner = prom::transaction(async { Foo::create_many(foos(&[3, 2])).await });
        assert_eq!(kind(&inner.await), Some(wanted));
        Ok::<_, prom::Error>(())
    })
    .on(db)
    .await?;
    assert_eq!(count(database, "foo"), "0");
    Ok(())
}

#[tokio::test]
async fn one_row_of_three_is_left_out_and_none_is_there() -> Result<()> {
    for options in ["", "install=off"] {
        let database = database("left_out");
        let trigger = "CREATE TRIGGER skip BEFORE INSERT ON foo FOR EACH ROW EXECUTE FUNCTION skip()";
        run(&database, &[FOO, SKIP, trigger]);
        let db = connect(&database.dsn(), options);
        nothing_is_inserted(&database, &db, Kind::Suppressed).await?;
        let rows = Foo::create_many(foos(&[1, 3])).on(&db).await?;
        assert_eq!(Foo::query().asc_id().on(&db).get().await?.into_vec(), rows);
    }
    Ok(())
}

#[tokio::test]
async fn rows_that_a_trigger_leads_elsewhere_are_not_there() -> Result<()> {
    let database = database("elsewhere");
    run(
        &database,
        &[
            FOO,
            "CREATE TABLE foo_2 () INHERITS (foo)",
            "CREATE FUNCTION lead() RETURNS trigger LANGUAGE plpgsql AS \
             'BEGIN INSERT INTO foo_2 VALUES (NEW.*); RETURN NULL; END'",
            "CREATE TRIGGER lead BEFORE INSERT ON foo FOR EACH ROW EXECUTE FUNCTION lead()",
        ],
    );
    nothing_is_inserted(&database, &connect(&database.dsn(), ""), Kind::Suppressed).await
}

#[tokio::test]
async fn rows_that_a_rule_leads_elsewhere_are_not_there() -> Result<()> {
    let database = database("ruled");
    run(
        &database,
        &[
            FOO,
            "CREATE TABLE foo_2 () INHERITS (foo)",
            "CREATE RULE lead AS ON INSERT TO foo DO INSTEAD INSERT INTO foo_2 VALUES (NEW.*)",
            KEYED,
            "CREATE TABLE keyed_2 () INHERITS (keyed)",
            "CREATE RULE lead AS ON INSERT TO keyed WHERE NEW.bar = 2 DO INSTEAD NOTHING",
            "CREATE RULE keep AS ON UPDATE TO keyed DO INSTEAD NOTHING",
        ],
    );
    let db = connect(&database.dsn(), "");
    nothing_is_inserted(&database, &db, Kind::Unsupported).await?;
    let drafts = (1..=600).map(|bar| Keyed::draft().bar(bar).name("a"));
    assert_eq!(kind(&Keyed::create_many(drafts).on(&db).await), Some(Kind::Unsupported));
    assert_eq!(count(&database, "keyed"), "0");
    run(&database, &["INSERT INTO keyed VALUES (1, 'a')"]);
    let mut row = Keyed::query().on(&db).only().await?;
    row.name = "b".into();
    assert_eq!(kind(&row.save().await), Some(Kind::Unsupported));
    Ok(())
}

#[tokio::test]
async fn a_row_that_a_trigger_keeps_is_neither_saved_nor_deleted() -> Result<()> {
    for options in ["", "install=off"] {
        let database = database("kept");
        let trigger =
            "CREATE TRIGGER skip BEFORE UPDATE OR DELETE ON foo FOR EACH ROW EXECUTE FUNCTION skip()";
        run(&database, &[FOO, SKIP, trigger]);
        let db = connect(&database.dsn(), options);
        Foo::create_many(foos(&[2, 3])).on(&db).await?;
        let mut kept = Foo::query().eq_bar(2).on(&db).only().await?;
        kept.bar = 7;
        assert_eq!(kind(&kept.save().await), Some(Kind::Suppressed));
        assert!(kept.is_modified());
        assert_eq!(kind(&kept.clone().delete().await), Some(Kind::Suppressed));
        assert_eq!(count(&database, "foo WHERE bar = 2"), "1");
        let mut other = Foo::query().eq_bar(3).on(&db).only().await?;
        other.bar = 4;
        other.save().await?;
        assert!(other.clone().delete().await?);
        assert!(!other.clone().delete().await?);
        assert_eq!(kind(&other.save().await), None, "nothing was changed");
        other.bar = 5;
        assert_eq!(kind(&other.save().await), Some(Kind::NotFound));
    }
    Ok(())
}

#[tokio::test]
async fn a_view_is_written_through_its_triggers() -> Result<()> {
    let database = database("view");
    run(
        &database,
        &[
            "CREATE TABLE base (id bigserial PRIMARY KEY, bar bigint NOT NULL)",
            "CREATE VIEW foo AS SELECT id AS _id, bar FROM base",
            "CREATE FUNCTION lead() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN \
             IF TG_OP = ''INSERT'' THEN INSERT INTO base (bar) VALUES (NEW.bar * 10) RETURNING id INTO NEW._id; \
             ELSIF TG_OP = ''UPDATE'' THEN UPDATE base SET bar = NEW.bar * 10 WHERE id = OLD._id; \
             ELSE DELETE FROM base WHERE id = OLD._id; RETURN OLD; END IF; RETURN NEW; END'",
            "CREATE TRIGGER lead INSTEAD OF INSERT OR UPDATE OR DELETE ON foo \
             FOR EACH ROW EXECUTE FUNCTION lead()",
        ],
    );
    let db = connect(&database.dsn(), "");
    let mut row = Foo::create().bar(1).on(&db).await?;
    assert_eq!((row.id, row.bar), (1, 10), "as the view has it");
    row.bar = 2;
    row.save().await?;
    assert_eq!((row.bar, count(&database, "base WHERE bar = 20")), (20, "1".to_owned()));
    let rows = Foo::create_many(foos(&[3, 4])).on(&db).await?;
    assert_eq!(rows.iter().map(|row| row.bar).collect::<Vec<_>>(), [30, 40]);
    assert!(row.clone().delete().await?);
    assert!(!row.delete().await?);
    assert_eq!(count(&database, "base"), "2");
    Ok(())
}

#[tokio::test]
async fn a_trigger_of_one_partition_concerns_its_table() -> Result<()> {
    let database = database("partition");
    let trigger = "CREATE TRIGGER skip BEFORE INSERT ON high FOR EACH ROW EXECUTE FUNCTION skip()";
    run(&database, &[KEYED_PARTS, SKIP, trigger]);
    let db = connect(&database.dsn(), "");
    // One by one, by UNNEST, and as many as would go by COPY.
    for count_of in [3, 600, 6_000] {
        let drafts = (0..count_of).map(|at| Keyed::draft().bar(at % 5_000).name("a"));
        let done = Keyed::create_many(drafts.take(4_999)).on(&db).await;
        assert_eq!(kind(&done), Some(Kind::Suppressed), "{count_of}");
        assert_eq!(count(&database, "keyed"), "0", "{count_of}");
    }
    assert_eq!(kind(&Keyed::create().bar(2).name("a").on(&db).await), Some(Kind::Suppressed));
    Keyed::create().bar(1).name("a").on(&db).await?;
    assert_eq!(count(&database, "keyed"), "1");
    Ok(())
}

#[tokio::test]
async fn a_row_that_moves_to_another_partition_meets_its_triggers() -> Result<()> {
    let database = database("moving");
    run(
        &database,
        &[
            KEYED_PARTS,
            "CREATE FUNCTION upper() RETURNS trigger LANGUAGE plpgsql AS \
             'BEGIN NEW.name = upper(NEW.name); RETURN NEW; END'",
            "CREATE TRIGGER upper BEFORE INSERT ON high FOR EACH ROW EXECUTE FUNCTION upper()",
        ],
    );
    let db = connect(&database.dsn(), "");
    let mut row = Keyed::create().bar(1).name("a").on(&db).await?;
    row.bar = 3;
    row.save().await?;
    assert_eq!((row.name.as_str(), count(&database, "high WHERE name = 'A'")), ("A", "1".to_owned()));
    Ok(())
}

#[tokio::test]
async fn a_table_that_inherits_has_triggers_of_its_own() -> Result<()> {
    let database = database("inheriting");
    run(
        &database,
        &[
            FOO,
            "CREATE TABLE foo_2 () INHERITS (foo)",
            SKIP,
            "CREATE TRIGGER skip BEFORE INSERT OR UPDATE OR DELETE ON foo_2 \
             FOR EACH ROW EXECUTE FUNCTION skip()",
            "INSERT INTO foo_2 VALUES (100, 3)",
            "ALTER TABLE foo_2 DISABLE TRIGGER skip",
            "INSERT INTO foo_2 VALUES (101, 2)",
            "ALTER TABLE foo_2 ENABLE TRIGGER skip",
        ],
    );
    let db = connect(&database.dsn(), "max_connections=1");
    Foo::create().bar(2).on(&db).await?;
    assert!(last_sent(&database).starts_with("INSERT"), "no trigger runs for it");
    let mut kept = Foo::find(101).on(&db).await?.expect("it is there");
    kept.bar = 5;
    assert_eq!(kind(&kept.save().await), Some(Kind::Suppressed));
    assert_eq!(kind(&kept.delete().await), Some(Kind::Suppressed));
    Ok(())
}

#[tokio::test]
async fn a_trigger_that_came_later_is_no_error_that_says_nothing_was_done() -> Result<()> {
    let database = database("later");
    run(&database, &[FOO, KEYED, SKIP]);
    let db = connect(&database.dsn(), "");
    let mut row = Foo::create().bar(1).on(&db).await?;
    let mut other = Foo::create().bar(2).on(&db).await?;
    Keyed::create().bar(1).name("a").on(&db).await?;
    let add = |table: &str| {
        let events = "CREATE TRIGGER skip BEFORE INSERT OR UPDATE ON";
        run(&database, &[&format!("{events} {table} FOR EACH ROW EXECUTE FUNCTION skip()")]);
    };
    add("foo");
    let done = Foo::create_many(foos(&[1, 2, 3])).on(&db).await;
    assert_eq!(kind(&done), Some(Kind::OutcomeUnknown), "two rows are there");
    let before = count(&database, "foo");
    // From here on it is known.
    let done = Foo::create_many(foos(&[1, 2, 3])).on(&db).await;
    assert_eq!((kind(&done), count(&database, "foo")), (Some(Kind::Suppressed), before.clone()));

    // In a transaction nothing is done.
    add("keyed");
    let done = prom::transaction(async { Keyed::create().bar(2).name("a").await }).on(&db).await;
    assert_eq!((kind(&done), count(&database, "keyed")), (Some(Kind::Suppressed), "1".to_owned()));

    // So is a save that changes nothing.
    run(&database, &["DROP TRIGGER skip ON foo"]);
    db.close().await?;
    row.bar = 5;
    row.save().await?;
    add("foo");
    other.bar = 6;
    let done = other.save().await;
    assert_eq!(kind(&done), Some(Kind::Suppressed), "the row is there, and as it was");
    assert_eq!(count(&database, "foo WHERE bar = 2"), "1");
    assert_eq!(kind(&other.save().await), Some(Kind::Suppressed));
    Ok(())
}

#[tokio::test]
async fn a_plain_table_takes_one_round_trip_and_so_does_a_partitioned_one() -> Result<()> {
    for (foo, keyed) in [
        (FOO, KEYED),
        (
            "CREATE TABLE foo (_id bigserial, bar bigint NOT NULL, PRIMARY KEY (_id, bar)) \
             PARTITION BY RANGE (bar); CREATE TABLE foo_1 PARTITION OF foo DEFAULT",
            KEYED_PARTS,
        ),
    ] {
        let database = database("plain");
        let replica = "CREATE TRIGGER replica BEFORE INSERT ON foo FOR EACH ROW EXECUTE FUNCTION skip(); \
                       ALTER TABLE foo ENABLE REPLICA TRIGGER replica; \
                       CREATE TRIGGER off BEFORE INSERT ON foo FOR EACH ROW EXECUTE FUNCTION skip(); \
                       ALTER TABLE foo DISABLE TRIGGER off";
        run(&database, &[foo, keyed, SKIP, replica]);
        let db = connect(&database.dsn(), "max_connections=1");
        // The end of a transaction would be the last that it sent.
        let mut row = Foo::create().bar(1).on(&db).await?;
        assert!(last_sent(&database).starts_with("INSERT"));
        Foo::create_many(foos(&[1, 2, 3])).on(&db).await?;
        assert!(last_sent(&database).starts_with("INSERT"));
        row.bar = 7;
        row.save().await?;
        assert!(last_sent(&database).starts_with("UPDATE"));
        row.delete().await?;
        assert!(last_sent(&database).starts_with("DELETE"));
        Keyed::create().bar(1).name("a").on(&db).upsert().await?;
        assert!(last_sent(&database).starts_with("INSERT"));
        Keyed::create().bar(1).name("a").on(&db).or_ignore().await?;
        assert!(last_sent(&database).starts_with("INSERT"));
    }
    Ok(())
}
