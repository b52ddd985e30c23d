//! Text in a database with an English collation, in columns that prom and others made: it
//! is compared by its bytes, or by the collation that the field chooses, and indexes serve.

use prom::interface::Install;
use prom::prelude::*;
use prom::schema::catalog::TextOrder;
use prom::{Dsn, Execute, Kind, Result};
use prom_cluster::{Cluster, Database};
use prom_postgres::PostgresInterface;

use crate::setup::{connect, database};

fn english(name: &str) -> Database {
    let shared = Cluster::shared().expect("there is a server");
    shared.english_database(name).expect("it makes databases")
}

#[prom::orm(created = none, updated = none, index(text))]
#[derive(Debug, Clone)]
struct Label {
    text: String,
    note: Option<String>,
}

/// In the order of their bytes. An enumerated type sorts as its values were declared, and the
/// others have an order of their own.
const SORTED: [&str; 6] = ["B", "Z", "_", "a", "b", "c"];

fn texts(rows: &[Label]) -> Vec<&str> {
    rows.iter().map(|row| row.text.trim_end()).collect()
}

#[tokio::test]
async fn a_column_of_any_type_is_compared_by_its_bytes() -> Result<()> {
    for database in [english("types"), database("types")] {
        let sql = "CREATE TYPE letter AS ENUM ('b', 'a', 'Z', 'B', '_', 'c'); \
                   CREATE COLLATION loose (provider = icu, deterministic = false, locale = 'und-u-ks-level2'); \
                   CREATE SCHEMA other; CREATE COLLATION other.\"C\" (provider = icu, locale = 'de-DE'); \
                   CREATE DOMAIN word AS text COLLATE \"de-DE-x-icu\"";
        database.query(sql).expect(sql);
        for ty in [
            "text",
            "text COLLATE \"POSIX\"",
            "text COLLATE \"ucs_basic\"",
            "text COLLATE \"en-US-x-icu\"",
            "text COLLATE loose",
            "text COLLATE other.\"C\"",
            "character varying(9)",
            "character varying COLLATE \"sv-SE-x-icu\"",
            "character(3)",
            "name",
            "word",
            "letter",
        ] {
            let sql = format!(
                "DROP TABLE IF EXISTS label; \
                 CREATE TABLE label (text {ty} NOT NULL, note text, _id bigserial PRIMARY KEY); \
                 INSERT INTO label (text) VALUES ('a'), ('B'), ('c'), ('_'), ('Z'), ('b')"
            );
            database.query(&sql).expect(&sql);
            let db = connect(&database.dsn(), "");
            db.scope(compared_by_bytes(ty)).await?;
        }
    }
    Ok(())
}

async fn compared_by_bytes(ty: &str) -> Result<()> {
    assert_eq!(texts(&Label::query().asc_text().await?), SORTED, "{ty}");
    let mut read = Vec::new();
    let mut page = Label::query().desc_text().limit(2).await?;
    while let Some(last) = page.last().cloned() {
        read.extend(page.iter().map(|row| row.text.trim_end().to_owned()));
        assert!(read.len() <= SORTED.len(), "{ty}: a page follows itself");
        page = Label::query().desc_text().after(&last).limit(2).await?;
    }
    read.reverse();
    assert_eq!(read, SORTED, "{ty}");
    let least = Label::query().gt_text("Z").min_text().only().await?;
    assert_eq!(least.as_deref().map(str::trim_end), Some("_"), "{ty}");
    assert_eq!(Label::query().between_text("B", "_").count().await?, 3, "{ty}");
    let distinct = Label::query().select_text().distinct().desc_text().limit(2).await?;
    assert_eq!(distinct.iter().map(|text| text.trim_end()).collect::<Vec<_>>(), ["c", "b"], "{ty}");
    let groups: Vec<(String, i64)> = Label::query().group_by_text().counted().asc_text().await?.into_vec();
    assert_eq!((groups.len(), groups[0].0.trim_end()), (6, "B"), "{ty}");
    let last = Label::query().desc_text().limit(1).union(Label::query().asc_text().limit(1));
    assert_eq!(texts(&last.asc_text().await?), ["B", "c"], "{ty}");
    let within = Label::query().in_text(Label::query().gt_text("_").select_text());
    assert_eq!(texts(&within.asc_text().await?), ["a", "b", "c"], "{ty}");
    // An array of another type cannot be sent to one that is enumerated.
    if ty != "letter" {
        assert_eq!(Label::query().eq_text("B").count().await?, 1, "{ty}");
        assert_eq!(Label::query().in_text(["b", "A"]).count().await?, 1, "{ty}");
        assert_eq!(Label::query().nin_text(["b", "A"]).count().await?, 5, "{ty}");
        let no_pad = !ty.starts_with("character(");
        assert_eq!(Label::query().endswith_text("B").count().await? == 1, no_pad, "{ty}");
    }
    assert_eq!(Label::query().startswith_text("b").count().await?, 1, "{ty}");
    Ok(())
}

#[tokio::test]
async fn citext_is_compared_its_own_way_throughout() -> Result<()> {
    let database = english("citext");
    let sql = "CREATE EXTENSION citext; \
               CREATE TABLE label (text citext NOT NULL, note text, _id bigserial PRIMARY KEY); \
               INSERT INTO label (text) VALUES ('a'), ('B'), ('A'), ('c'), ('b'), ('a')";
    database.query(sql).expect(sql);
    let db = connect(&database.dsn(), "");
    let mut read = Vec::new();
    let mut page = Label::query().asc_text().limit(1).on(&db).await?;
    while let Some(last) = page.last().cloned() {
        read.push(last.id);
        assert!(read.len() <= 6, "a page follows itself");
        page = Label::query().asc_text().after(&last).limit(1).on(&db).await?;
    }
    assert_eq!(read, [1, 3, 6, 2, 5, 4]);
    assert_eq!(Label::query().eq_text("A").on(&db).count().await?, 3);
    assert_eq!(Label::query().select_text().distinct().on(&db).count().await?, 3);
    Ok(())
}

#[tokio::test]
async fn how_a_column_sorts_is_seen() -> Result<()> {
    let inspect = async |database: &Database| {
        let interface = PostgresInterface::from_dsn(&Dsn::parse(&database.dsn())?)?;
        let report = interface.install(&[Label::schema()], Install::Inspect).await?;
        let table = report.tables.into_iter().next().flatten().expect("it is there");
        let seen = table.columns.into_iter().map(|column| (column.name, column.collation, column.order));
        Ok::<_, prom::Error>(seen.collect::<Vec<_>>())
    };
    let sql = "CREATE COLLATION \"C.x\" (provider = libc, locale = 'C.UTF-8'); \
               CREATE SCHEMA other; CREATE COLLATION other.far (provider = libc, locale = 'POSIX'); \
               CREATE TABLE label (text text, c text COLLATE \"C.x\", far text COLLATE other.far, n int)";
    for (database, order) in [(database("c"), TextOrder::Bytes), (english("en"), TextOrder::Language)] {
        database.query(sql).expect(sql);
        let seen = inspect(&database).await?;
        let wanted = [
            ("text", None, order),
            ("c", Some("C.x"), TextOrder::Bytes),
            ("far", Some("other.far"), TextOrder::Bytes),
            ("n", None, TextOrder::Bytes),
        ];
        let wanted =
            wanted.map(|(name, collation, order)| (name.to_owned(), collation.map(str::to_owned), order));
        assert_eq!(seen, wanted);
    }
    // A locale of code points sorts as bytes do.
    let shared = Cluster::shared().expect("there is a server");
    let unique = database("points");
    let name = format!("{}_utf8", unique.name());
    let make =
        format!("CREATE DATABASE \"{name}\" TEMPLATE template0 LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8'");
    shared.query("postgres", &make).expect(&make);
    let made = async {
        let db = connect(&shared.dsn(&name), "");
        Label::create().text("a").on(&db).await?;
        let interface = PostgresInterface::from_dsn(&Dsn::parse(&shared.dsn(&name))?)?;
        let report = interface.install(&[Label::schema()], Install::Inspect).await?;
        let table = report.tables.into_iter().next().flatten().expect("it is there");
        Ok::<_, prom::Error>(table.column("text").map(|column| (column.collation.clone(), column.order)))
    };
    let made = made.await;
    let drop = format!("DROP DATABASE \"{name}\" WITH (FORCE)");
    shared.query("postgres", &drop).expect(&drop);
    assert_eq!(made?, Some((None, TextOrder::Bytes)));
    Ok(())
}

/// How the server would answer, with the parameters in the text.
fn plan(database: &Database, query: LabelQuery, db: &Connection) -> Result<String> {
    let rendered = query.on(db).render()?;
    let mut text = rendered.text;
    for (at, param) in rendered.params.iter().enumerate().rev() {
        let literal = match param {
            prom::Value::Text(text) => format!("'{text}'"),
            other => format!("{other:?}").replace("I64(", "").replace(')', ""),
        };
        text = text.replace(&format!("${}", at + 1), &literal);
    }
    let rows = database.query(&format!("EXPLAIN (COSTS OFF) {text}")).expect(&text);
    Ok(rows.into_iter().flatten().flatten().collect::<Vec<_>>().join("\n"))
}

#[tokio::test]
async fn an_index_that_prom_made_serves_order_ranges_and_beginnings() -> Result<()> {
    let database = english("indexes");
    let db = connect(&database.dsn(), "");
    Label::create().text("first").on(&db).await?;
    let many = "INSERT INTO label (text) SELECT md5(n::text) FROM generate_series(1, 20000) n; ANALYZE label";
    database.query(many).expect(many);
    for query in [
        Label::query().asc_text().limit(10),
        Label::query().gt_text("ff").asc_text().limit(10),
        Label::query().startswith_text("abc"),
        Label::query().eq_text("first"),
    ] {
        let plan = plan(&database, query, &db)?;
        // What breaks ties is sorted among rows that the index gives in order.
        let is_sorted = !plan.contains("Sort") || plan.contains("Presorted Key: text");
        assert!(plan.contains("label_text") && is_sorted && !plan.contains("Seq Scan"), "{plan}");
    }
    // One that others made has the database's collation, and serves what does not ask for an order.
    let others = "ALTER TABLE label ALTER COLUMN text TYPE text COLLATE \"default\"; ANALYZE label";
    database.query(others).expect(others);
    let db = connect(&database.dsn(), "");
    assert_eq!(Label::query().asc_text().limit(1).on(&db).await?.len(), 1);
    let equal = plan(&database, Label::query().eq_text("first"), &db)?;
    assert!(equal.contains("label_text"), "{equal}");
    let sorted = plan(&database, Label::query().asc_text().limit(10), &db)?;
    assert!(sorted.contains("Seq Scan"), "it is sorted by its bytes in spite of the index: {sorted}");
    Ok(())
}

#[tokio::test]
async fn a_column_is_declared_where_the_database_sorts_otherwise() -> Result<()> {
    let declared = |database: &Database| {
        let sql = "SELECT column_name || ' ' || COALESCE(collation_name, '') FROM information_schema.columns \
                   WHERE table_name = 'label' ORDER BY 1";
        database.query(sql).expect(sql).into_iter().flatten().flatten().collect::<Vec<_>>()
    };
    for (database, by_others, wanted) in [
        (database("plain"), "SELECT", ["_id ", "note ", "text "]),
        (english("declared"), "SELECT", ["_id ", "note C", "text C"]),
        // What is added to a table is declared too.
        (
            english("added"),
            "CREATE TABLE label (text text NOT NULL, _id bigserial PRIMARY KEY); \
             CREATE INDEX label_text ON label (text)",
            ["_id ", "note C", "text "],
        ),
    ] {
        database.query(by_others).expect(by_others);
        let db = connect(&database.dsn(), "");
        Label::create().text("a").note("b").on(&db).await?;
        assert_eq!(declared(&database), wanted);
        db.verify(&[Label::schema()]).await?;
    }
    // Where nothing may be made, what is missing is said as it would be made.
    let database = english("told");
    let db = connect(&database.dsn(), "install=verify");
    let error = Label::query().on(&db).count().await.expect_err("no table");
    assert!(error.to_string().contains(r#""text" text COLLATE "C" NOT NULL"#), "{error}");
    Ok(())
}

#[prom::orm(created = none, updated = none)]
#[derive(Debug, Clone)]
struct Land {
    #[field(pk, collate = "de-DE-x-icu")]
    name: String,
}

#[prom::orm(created = none, updated = none)]
#[derive(Debug, Clone)]
struct Town {
    land_name: Ref<Land>,
    #[field(index, collate = "de-DE-x-icu")]
    name: Option<String>,
}

const LANDS: [&str; 4] = ["Ägypten", "Albanien", "österreich", "Zypern"];

#[tokio::test]
async fn a_chosen_collation_is_declared_and_that_of_a_key_goes_along() -> Result<()> {
    for database in [english("chosen"), database("chosen")] {
        let db = connect(&database.dsn(), "");
        for name in LANDS {
            let land = Land::create().name(name).on(&db).await?;
            Town::create().land_name(&land).name(name).on(&db).await?;
        }
        let sql = "SELECT DISTINCT collation_name FROM information_schema.columns \
                   WHERE table_name IN ('land', 'town') AND data_type = 'text'";
        assert_eq!(database.query(sql).expect(sql), [[Some("de-DE-x-icu".to_owned())]]);
        let towns = Town::query().desc_land_name().on(&db).await?;
        assert_eq!(towns[0].land_name.key(), "Zypern");
        assert_eq!(towns[1].land_name.key(), "österreich");
        let last = Town::query().gt_name("p").asc_name().on(&db).await?;
        assert_eq!(last.iter().map(|town| town.name.as_deref()).collect::<Vec<_>>(), [Some("Zypern")]);
        db.verify(&[Land::schema(), Town::schema()]).await?;

        // It is asked for where the column has another one, and that is told.
        let sql = "ALTER TABLE town ALTER COLUMN name TYPE text COLLATE \"C\"";
        database.query(sql).expect(sql);
        let db = connect(&database.dsn(), "");
        let names = Town::query().asc_name().on(&db).await?;
        let names: Vec<_> = names.iter().filter_map(|town| town.name.as_deref()).collect();
        assert_eq!(names, LANDS);
        let error = db.verify(&[Town::schema()]).await.expect_err("it differs");
        let text = "the column `name` has the collation `C`, and `Town.name` is compared by `de-DE-x-icu`";
        assert!(error.to_string().contains(text), "{error}");
    }
    Ok(())
}

#[prom::orm(created = none, updated = none)]
#[derive(Debug, Clone)]
struct Lost {
    #[field(collate = "no-such")]
    name: String,
}

#[tokio::test]
async fn a_collation_that_is_not_there_is_named_with_its_field() -> Result<()> {
    let database = database("lost");
    let db = connect(&database.dsn(), "");
    let error = Lost::create().name("a").on(&db).await.expect_err("there is none of that name");
    assert_eq!((error.kind(), error.model(), error.field()), (Kind::Unsupported, Some("Lost"), Some("name")));
    assert!(error.to_string().contains("the collation `no-such`, and the database has none"), "{error}");
    let tables = "SELECT to_regclass('lost')::text";
    assert_eq!(database.query(tables).expect(tables), [[None::<String>]]);
    let sql = "CREATE COLLATION \"no-such\" (provider = icu, locale = 'de-DE')";
    database.query(sql).expect(sql);
    assert_eq!(Lost::create().name("a").on(&db).await?.name, "a");
    Ok(())
}

#[prom::orm(created = none, updated = none)]
#[derive(Debug, Clone)]
struct Parent {
    #[field(pk)]
    code: String,
}

#[prom::orm(created = none, updated = none)]
#[derive(Debug, Clone)]
struct Child {
    parent_code: Ref<Parent>,
}

#[tokio::test]
async fn a_reference_and_its_key_may_have_two_collations() -> Result<()> {
    let database = english("two");
    let sql = "CREATE TABLE parent (code text PRIMARY KEY); INSERT INTO parent VALUES ('a'), ('B'), ('Z')";
    database.query(sql).expect(sql);
    let db = connect(&database.dsn(), "");
    for parent in Parent::query().asc_code().on(&db).await? {
        Child::create().parent_code(&parent).on(&db).await?;
    }
    let children = Child::query().asc_parent_code().on(&db).await?;
    assert_eq!(
        children.iter().map(|child| child.parent_code.key().as_str()).collect::<Vec<_>>(),
        ["B", "Z", "a"]
    );
    let parents = Parent::query().in_code(Child::query().select_parent_code()).on(&db).count().await?;
    assert_eq!(parents, 3);
    let error = Child::create().parent_code("A").on(&db).await.expect_err("there is none");
    assert_eq!(error.kind(), Kind::ForeignKey);
    Ok(())
}
