//! Tables as they are found in the database afterwards, or beforehand.

use prom::Result;
use prom::prelude::*;

use crate::setup::{connect, database};

/// A ship; it's "big".
#[prom::orm(table = "ship", schema = "the fleet")]
#[derive(Debug)]
struct Ship {
    /// How it is called: \ and '.
    #[field(unique)]
    name: String,
    flag_id: Option<Ref<Flag>>,
}

#[prom::orm(schema = "the fleet")]
#[derive(Debug)]
struct Flag {
    colour: String,
}

#[tokio::test]
async fn comments_and_schemas_are_there() -> Result<()> {
    let database = database("fleet");
    let db = connect(&database.dsn(), "");
    prom::transaction(async {
        let flag = Flag::create().colour("red").await?;
        Ship::create().name("Gorch").flag_id(&flag).await
    })
    .on(&db)
    .await?;
    let ships = Ship::query().where_flag(|it| it.eq_colour("red")).on(&db).count().await?;
    assert_eq!(ships, 1);
    let sql = "SELECT obj_description(c.oid), \
               (SELECT string_agg(col_description(c.oid, attnum), '|') FROM pg_attribute WHERE attrelid = c.oid) \
               FROM pg_class c WHERE c.oid = '\"the fleet\".ship'::regclass";
    let comments: Vec<_> = database.query(sql).expect("it tells").remove(0).into_iter().flatten().collect();
    assert_eq!(comments, ["A ship; it's \"big\".", "How it is called: \\ and '."]);
    Ok(())
}

#[tokio::test]
async fn tables_of_one_name_in_two_schemas_are_two() -> Result<()> {
    #[prom::orm]
    #[derive(Debug)]
    struct Note {
        bar: i64,
    }
    let database = database("two_schemas");
    database.query("CREATE SCHEMA a; CREATE SCHEMA b").expect("they are made");
    let [a, b] = ["a", "b"].map(|it| connect(&database.dsn(), &format!("search_path={it}")));
    Note::create().bar(1).on(&a).await?;
    assert_eq!(Note::query().on(&b).count().await?, 0);
    Note::create().bar(2).on(&b).await?;
    assert_eq!(Note::query().on(&a).only().await?.bar, 1);
    let sql = "SELECT schemaname FROM pg_tables WHERE tablename = 'note' ORDER BY 1";
    let schemas: Vec<_> = database.query(sql).expect("it tells").into_iter().flatten().flatten().collect();
    assert_eq!(schemas, ["a", "b"]);
    Ok(())
}

#[tokio::test]
async fn a_key_that_was_given_is_not_made_again() -> Result<()> {
    let database = database("keys");
    let db = connect(&database.dsn(), "");
    assert_eq!(Flag::create().colour("red").id(1).on(&db).await?.id, 1);
    assert_eq!(Flag::create().colour("blue").on(&db).await?.id, 2);
    let drafts = [Flag::draft().colour("a").id(10), Flag::draft().colour("b").id(4)];
    Flag::create_many(drafts).on(&db).await?;
    assert_eq!(Flag::create().colour("c").on(&db).await?.id, 11);
    prom::transaction(async {
        Flag::create().colour("d").id(50).await?;
        Flag::create().colour("e").await
    })
    .on(&db)
    .await?;
    assert_eq!(Flag::query().on(&db).count().await?, 7);
    Ok(())
}

/// As Python's prom makes them.
const PYTHON: &str = "\
    CREATE COLLATION IF NOT EXISTS case_insensitive \
        (provider = icu, deterministic = false, locale = 'und-u-ks-level2');
    CREATE TABLE \"maker\" (\
        \"name\" TEXT COLLATE case_insensitive NOT NULL, \
        \"_id\" BIGSERIAL PRIMARY KEY, \
        \"_created\" TIMESTAMP WITH TIME ZONE NOT NULL, \
        \"_updated\" TIMESTAMP WITH TIME ZONE NOT NULL);
    CREATE UNIQUE INDEX IF NOT EXISTS \"maker_name\" ON \"maker\" (\"name\");
    CREATE TABLE \"tool\" (\
        \"size\" SMALLINT NOT NULL, \
        \"count\" INTEGER NOT NULL, \
        \"price\" INTEGER NULL, \
        \"weight\" DOUBLE PRECISION NULL, \
        \"is_sharp\" BOOLEAN NULL, \
        \"title\" TEXT CHECK(length(\"title\") <= 16) NULL, \
        \"data\" BYTEA NULL, \
        \"maker_id\" BIGINT NOT NULL REFERENCES \"maker\" (\"_id\") ON UPDATE CASCADE ON DELETE CASCADE, \
        \"_id\" SERIAL PRIMARY KEY, \
        \"_created\" TIMESTAMP WITH TIME ZONE NOT NULL, \
        \"_updated\" TIMESTAMP WITH TIME ZONE NOT NULL);
    INSERT INTO maker (name, _created, _updated) VALUES ('Müller', '2024-05-06 07:08:09Z', '2024-05-06Z');
    INSERT INTO tool (size, count, price, weight, is_sharp, title, data, maker_id, _created, _updated) \
        VALUES (7, 70000, NULL, 1.5, true, 'saw', '\\x00ff', 1, '2024-02-29 12:34:56.789012Z', now());";

#[prom::orm]
#[derive(Debug)]
struct Maker {
    #[field(ignore_case, unique)]
    name: String,
}

#[prom::orm]
#[derive(Debug)]
struct Tool {
    size: i64,
    count: i64,
    price: Option<i32>,
    weight: Option<f64>,
    is_sharp: Option<bool>,
    #[field(max_size = 16)]
    title: Option<String>,
    data: Option<Vec<u8>>,
    maker_id: Ref<Maker>,
    /// New since.
    note: Option<String>,
}

#[tokio::test]
async fn what_python_made_is_read_and_written() -> Result<()> {
    for options in ["", "prepare=off"] {
        let database = database("python");
        database.query(PYTHON).expect("it is made");
        let db = connect(&database.dsn(), options);
        let maker = Maker::query().eq_name("MÜLLER").on(&db).only().await?;
        assert_eq!(maker.name, "Müller");
        let mut saw = Tool::query().eq_count(70_000).in_size([7, 8]).on(&db).only().await?;
        assert_eq!((saw.size, saw.price, saw.weight, saw.is_sharp), (7, None, Some(1.5), Some(true)));
        assert_eq!((saw.title.as_deref(), saw.data.as_deref()), (Some("saw"), Some([0, 255].as_slice())));
        assert_eq!(saw.created.to_string(), "2024-02-29T12:34:56.789012Z");
        assert_eq!(saw.maker().await?.id, maker.id);

        // Once the new field is there, nothing differs from the models.
        db.verify(&[Maker::schema(), Tool::schema()]).await?;
        saw.size = 9;
        saw.note = Some("sharp".to_owned());
        saw.save().on(&db).await?;
        Tool::query().eq_id(saw.id).incr_count(1).on(&db).update().await?;
        let axe = Tool::create().size(3).count(4).price(5).maker_id(&maker).on(&db).await?;
        let many = (0..1_500).map(|it| Tool::draft().size(it % 9).count(it).maker_id(&maker));
        Tool::create_many(many).on(&db).await?;
        assert_eq!(Tool::query().in_id([saw.id, axe.id]).on(&db).count().await?, 2);
        assert_eq!(Tool::query().eq_count(70_001).on(&db).only().await?.note.as_deref(), Some("sharp"));
        let mut rows = Tool::query().asc_id().on(&db).stream();
        let mut count = 0;
        while rows.try_next().await?.is_some() {
            count += 1;
        }
        assert_eq!(count, 1_502);

        // What the column does not hold is refused, and nothing is cut.
        let error =
            Tool::create().size(70_000).count(1).maker_id(&maker).on(&db).await.expect_err("too large");
        assert_eq!(error.kind(), prom::Kind::Value, "{error:?}");
        let error = Tool::query().eq_size(70_000).on(&db).count().await.expect_err("too large");
        assert_eq!(error.kind(), prom::Kind::Value, "{error:?}");
        let error = Maker::create().name("müller").on(&db).await.expect_err("it is there");
        assert_eq!((error.kind(), error.model()), (prom::Kind::Unique, Some("Maker")), "{error:?}");
    }
    Ok(())
}
