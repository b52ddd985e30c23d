//! Statements of the user's own, on SQLite: what their rows become, and what is
//! refused before the database sees it.

use prom::prelude::*;
use prom::{FromRow, Kind, Result, Value};

#[derive(prom::Enum, Debug, Clone, Copy, PartialEq)]
enum Status {
    Open,
    Closed,
}

#[derive(prom::Field, Debug, Clone, Copy, PartialEq)]
struct Metres(f64);

#[prom::orm(hooks)]
#[derive(Debug, Clone, PartialEq)]
struct Place {
    name: String,
    status: Status,
    height: Option<Metres>,
    #[field(name = "sort")]
    kind: Option<String>,
    #[field(skip)]
    is_loaded: bool,
}

impl prom::Hooks for Place {
    fn after_load(&mut self) -> Result<()> {
        self.is_loaded = true;
        Ok(())
    }
}

/// A database of the test's own, with three places.
async fn places(name: &str) -> Result<Connection> {
    let db = prom::configure(&format!("sqlite::memory:#{name}"))?;
    fill(&db).await?;
    Ok(db)
}

async fn fill(db: &Connection) -> Result<()> {
    for (name, status, height) in [
        ("Brocken", Status::Open, Some(1141.2)),
        ("Kiel", Status::Closed, None),
        ("Rigi", Status::Open, Some(1797.0)),
    ] {
        Place::create().name(name).status(status).height(height.map(Metres)).on(db).await?;
    }
    Ok(())
}

/// A refusal that comes from prom: its kind and text.
#[track_caller]
fn refused<T: std::fmt::Debug>(answer: Result<T>, kind: Kind, text: &str) {
    let error = answer.expect_err(text);
    assert_eq!((error.kind(), error.to_string().as_str()), (kind, text));
}

#[tokio::test]
async fn rows_become_tuples_scalars_models_and_structs() -> Result<()> {
    let db = places("results").await?;

    let tuples: Vec<(i64, String, Option<Metres>)> =
        prom::raw("SELECT _id, name, height, sort FROM place WHERE status = :status ORDER BY name")
            .bind("status", Status::Open)
            .on(&db)
            .all()
            .await?;
    assert_eq!(
        tuples,
        [(1, "Brocken".to_owned(), Some(Metres(1141.2))), (3, "Rigi".to_owned(), Some(Metres(1797.0)))]
    );
    let alone: Vec<(String,)> = prom::raw("SELECT name FROM place WHERE _id = 2").on(&db).all().await?;
    assert_eq!(alone, [("Kiel".to_owned(),)]);

    let count: i64 = prom::raw("SELECT count(*), 'x' FROM place").on(&db).only().await?;
    assert_eq!(count, 3);
    let highest = prom::raw("SELECT max(height) FROM place").on(&db).one::<Option<Metres>>().await?;
    assert_eq!(highest, Some(Some(Metres(1797.0))));
    let statuses = prom::raw("SELECT DISTINCT status FROM place ORDER BY 1").on(&db).all::<Status>().await?;
    assert_eq!(statuses, [Status::Closed, Status::Open]);

    // In another order, with a column too many: a row like every other.
    let mut kiel: Place = prom::raw(
        "SELECT 1 AS more, sort, _updated, _created, height, status, name, _id FROM place WHERE name = :name",
    )
    .bind("name", "Kiel")
    .on(&db)
    .only()
    .await?;
    assert_eq!(kiel, Place::find(2).on(&db).await?.expect("Kiel"));
    assert!(kiel.is_loaded && !kiel.is_modified());
    kiel.kind = Some("town".to_owned());
    kiel.save().await?;

    #[derive(prom::FromRow, Debug, PartialEq)]
    struct Line {
        name: String,
        #[field(name = "sort")]
        r#type: Option<String>,
        #[field(skip)]
        note: String,
    }
    let lines: Vec<Line> = prom::raw("SELECT * FROM place WHERE sort IS NOT NULL").on(&db).all().await?;
    let (name, r#type) = ("Kiel".to_owned(), Some("town".to_owned()));
    assert_eq!(lines, [Line { name, r#type, note: String::new() }]);

    type Twelve = (i64, i64, i64, i64, i64, i64, i64, i64, i64, i64, i64, String);
    let twelve: Twelve =
        prom::raw("SELECT 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 'twelve'").on(&db).only().await?;
    assert_eq!((twelve.0, twelve.10, twelve.11.as_str()), (1, 11, "twelve"));
    Ok(())
}

#[tokio::test]
async fn an_ending_says_how_many_rows_are_wanted() -> Result<()> {
    let db = places("endings").await?;
    let named = |name| {
        prom::raw("SELECT name FROM place WHERE name LIKE :name ORDER BY name").bind("name", name).on(&db)
    };
    assert_eq!(named("%").one::<String>().await?.as_deref(), Some("Brocken"));
    assert_eq!(named("x").one::<String>().await?, None);
    assert_eq!(named("K%").only::<String>().await?, "Kiel");
    refused(named("x").only::<String>().await, Kind::NotFound, "the statement gave no row");
    refused(
        named("%").only::<String>().await,
        Kind::Ambiguous,
        "the statement gave several rows, where only one was expected",
    );
    // The first of very many: the others are not read.
    let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n";
    assert_eq!(prom::raw(endless).on(&db).one::<i64>().await?, Some(1));
    refused(
        prom::raw(endless).on(&db).only::<i64>().await,
        Kind::Ambiguous,
        "the statement gave several rows, where only one was expected",
    );
    Ok(())
}

#[tokio::test]
async fn execute_gives_the_number_of_rows_that_changed() -> Result<()> {
    let db = places("execute").await?;
    let run = |text| prom::raw(text).on(&db).execute();
    assert_eq!(run("UPDATE place SET sort = 'x'").await?, 3);
    // SQLite would still say 3.
    assert_eq!(run("CREATE TABLE t (a INTEGER, b TEXT);").await?, 0);
    assert_eq!(run("SELECT * FROM place").await?, 0);
    assert_eq!(run("INSERT INTO t VALUES (1, 'a'), (2, 'b') RETURNING a").await?, 2);
    assert_eq!(run("DELETE FROM t WHERE a > 5 -- none").await?, 0);
    assert_eq!(run("EXPLAIN DELETE FROM t").await?, 0);
    assert_eq!(
        run("CREATE TRIGGER two AFTER INSERT ON t WHEN CASE WHEN NEW.a = 7 THEN 1 ELSE 0 END BEGIN
                 INSERT INTO t VALUES (8, CASE NEW.b WHEN 'a' THEN 'c' END);
                 DELETE FROM t WHERE a = 1;
             END;")
        .await?,
        0
    );
    assert_eq!(run("INSERT INTO t VALUES (7, 'a')").await?, 1);
    assert_eq!(prom::raw("SELECT a FROM t ORDER BY a").on(&db).all::<i64>().await?, [2, 7, 8]);

    // What returns rows is written whole, however few of them are read.
    let insert =
        prom::raw("INSERT INTO t (a) VALUES (:a), (:a + 1), (:a + 2) RETURNING a").bind("a", 20).on(&db);
    assert_eq!(insert.one::<i64>().await?, Some(20));
    assert_eq!(prom::raw("SELECT count(*) FROM t WHERE a >= 20").on(&db).only::<i64>().await?, 3);
    Ok(())
}

#[tokio::test]
async fn in_a_file_the_statement_finds_the_connection_that_may_run_it() -> Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    let db = prom::configure(&format!("sqlite://{}/raw.db#file", folder.path().display()))?;
    fill(&db).await?;
    assert_eq!(prom::raw("SELECT count(*) FROM place").on(&db).only::<i64>().await?, 3);
    let renamed: Vec<String> = prom::raw(
        "WITH it AS (SELECT :id AS id) UPDATE place SET name = upper(name) WHERE _id IN (SELECT id FROM it) RETURNING name",
    )
    .bind("id", 2)
    .on(&db)
    .all()
    .await?;
    assert_eq!(renamed, ["KIEL"]);
    let added = prom::raw("WITH it AS (SELECT 1) DELETE FROM place WHERE EXISTS (SELECT * FROM it)").on(&db);
    assert_eq!(added.execute().await?, 3);
    assert!(!prom::raw("EXPLAIN DELETE FROM place").on(&db).all::<(i64, String)>().await?.is_empty());

    let readonly =
        prom::configure(&format!("sqlite://{}/raw.db?readonly=1#file_ro", folder.path().display()))?;
    assert_eq!(prom::raw("SELECT count(*) FROM place").on(&readonly).only::<i64>().await?, 0);
    let error = prom::raw("DELETE FROM place").on(&readonly).execute().await.expect_err("it may only read");
    assert_eq!(error.kind(), Kind::ReadOnly);
    Ok(())
}

#[tokio::test]
async fn values_are_bound_by_name() -> Result<()> {
    let db = places("binding").await?;
    let rendered = prom::raw("SELECT :b, :a, :b::x, ':c' -- :d\n FROM t WHERE j ? :a;  -- the end")
        .bind("a", 1)
        .bind(String::from("b"), None::<&str>)
        .on(&db)
        .render()?;
    assert_eq!(rendered.text, "SELECT ?1, ?2, ?1::x, ':c' -- :d\n FROM t WHERE j ? ?2");
    assert_eq!(rendered.params, [Value::Null, Value::I64(1)]);

    let mixed: (i64, String, Option<i64>, bool, Metres, Status, Vec<u8>, String) =
        prom::raw_unchecked("SELECT :i, :s, :n, :t, :m, :e, :v, :w".to_owned())
            .bind("i", 7_i64)
            .bind("s", "it's".to_owned())
            .bind("n", None::<i64>)
            .bind("t", true)
            .bind("m", Metres(2.5))
            .bind("e", Status::Open)
            .bind("v", &b"\0"[..])
            .bind("w", Value::from("w"))
            .on(&db)
            .only()
            .await?;
    let wanted = (7, "it's".to_owned(), None, true, Metres(2.5), Status::Open, vec![0], "w".to_owned());
    assert_eq!(mixed, wanted);
    Ok(())
}

#[tokio::test]
async fn a_list_stands_in_brackets() -> Result<()> {
    let db = places("raw_lists").await?;
    let named = |text: &'static str, names: Vec<&'static str>| {
        prom::raw(text).bind_list("names", names).on(&db).all::<String>()
    };
    let is_in = "SELECT name FROM place WHERE name IN (:names) ORDER BY name";
    let not_in = "SELECT name FROM place WHERE name NOT IN ( /* several */ :names ) ORDER BY name";
    assert_eq!(named(is_in, vec!["Rigi", "Kiel", "Ulm"]).await?, ["Kiel", "Rigi"]);
    assert_eq!(named(is_in, vec![]).await?, [""; 0]);
    assert_eq!(named(not_in, vec!["Rigi", "Kiel"]).await?, ["Brocken"]);
    assert_eq!(named(not_in, vec![]).await?.len(), 3);
    let twice = "SELECT name FROM place WHERE name IN (:names) OR upper(name) IN (:names)";
    assert_eq!(named(twice, vec!["RIGI", "Kiel"]).await?.len(), 2);
    let by_key =
        prom::raw("SELECT count(*) FROM place WHERE _id IN (:ids)").bind_list("ids", [1, 2, 9]).on(&db);
    assert_eq!(by_key.only::<i64>().await?, 2);

    // The compiler takes the numbers for bytes.
    let bytes = prom::raw("SELECT count(*) FROM place WHERE _id IN (:ids)").bind("ids", vec![1, 2]).on(&db);
    refused(
        bytes.only::<i64>().await,
        Kind::Invalid,
        "bytes are bound to `:ids` in `IN (:ids)`: `bind_list` binds several values, `= :ids` takes one",
    );

    let written = "a list is bound to `:names`, which is written `IN (:names)` or `NOT IN (:names)` then";
    refused(named("SELECT name FROM place WHERE name IN :names", vec![]).await, Kind::Invalid, written);
    refused(
        named("SELECT name FROM place WHERE name IN (:names, 'x')", vec![]).await,
        Kind::Invalid,
        written,
    );
    Ok(())
}

#[tokio::test]
async fn names_are_checked_before_anything_is_sent() -> Result<()> {
    // Nothing could be sent: there is no such table, and that would be said.
    let db = prom::configure("sqlite::memory:#raw_names")?;
    let x = |text| prom::raw(text).bind("number", 1).on(&db).execute();
    refused(
        x("DELETE FROM t WHERE a = :nmuber").await,
        Kind::Invalid,
        "nothing is bound to `:nmuber`; did you mean `number`?",
    );
    refused(
        x("DELETE FROM t WHERE a = :number OR b = :zip").await,
        Kind::Invalid,
        "nothing is bound to `:zip`",
    );
    refused(
        x("DELETE FROM t").await,
        Kind::Invalid,
        "`number` is bound, and no `:number` is in the statement",
    );
    refused(
        prom::raw("DELETE FROM t WHERE a = :a OR a = :ab")
            .bind("a", 1)
            .bind("ab", 1)
            .bind("abc", 1)
            .on(&db)
            .execute()
            .await,
        Kind::Invalid,
        "`abc` is bound, and no `:abc` is in the statement; did you mean `ab`?",
    );
    refused(
        prom::raw("DELETE FROM t WHERE a = :a").bind("a", 1).bind("a", 2).on(&db).execute().await,
        Kind::Invalid,
        "`:a` is bound twice",
    );
    refused(
        prom::raw("SELECT :a").bind("a", f64::NAN).on(&db).one::<f64>().await,
        Kind::Value,
        "`:a` is not a number (NaN), which sorts and compares nowhere",
    );
    refused(
        prom::raw("SELECT :a").bind("a", "se\0cret").on(&db).one::<String>().await,
        Kind::Value,
        "`:a` holds a NUL character, which no backend takes in text",
    );
    Ok(())
}

#[tokio::test]
async fn what_is_not_one_statement_of_its_own_is_refused() -> Result<()> {
    let db = prom::configure("sqlite::memory:#raw_words")?;
    let run = |text| prom::raw(text).on(&db).execute();
    let several = "the text holds several statements: run them one by one";
    for text in ["DELETE FROM t; DELETE FROM u", "SELECT 1;;", "SELECT 1; -- a\n 'b'"] {
        refused(run(text).await, Kind::Invalid, several);
    }
    refused(run("CREATE TABLE a (begin INTEGER); DROP TABLE b").await, Kind::Invalid, several);
    for text in ["", "  -- nothing\n", "/* nothing */ ;"] {
        refused(run(text).await, Kind::Invalid, "the text holds no statement");
    }
    for text in [
        "begin",
        "BEGIN IMMEDIATE",
        "Commit;",
        "ROLLBACK TO a",
        "/* a */ SAVEPOINT a",
        "RELEASE a",
        "END",
        "ABORT",
        "START TRANSACTION",
        "SET TRANSACTION READ ONLY",
        "set x = 1",
        "RESET ALL",
        "ATTACH 'a.db' AS a",
        "DETACH a",
        "PRAGMA foreign_keys = 0",
        "PRAGMA foreign_keys(0)",
    ] {
        let error = run(text).await.expect_err(text);
        assert_eq!(error.kind(), Kind::Invalid, "{error}");
        assert!(error.to_string().starts_with("a statement cannot begin with `"), "{error}");
    }
    refused(
        run("commit").await,
        Kind::Invalid,
        "a statement cannot begin with `COMMIT`: a raw statement neither begins nor ends a transaction",
    );
    assert_eq!(prom::raw("PRAGMA user_version").on(&db).only::<i64>().await?, 0);

    refused(run("SELECT 'a").await, Kind::Invalid, "a text in the statement does not end");
    refused(run("SELECT 1 /* a").await, Kind::Invalid, "a comment in the statement does not end");
    refused(run("SELECT 1\0").await, Kind::Invalid, "the text holds a NUL character");
    let native = run("SELECT $1").await.expect_err("PostgreSQL's");
    assert!(native.to_string().contains("write `:name` for each"), "{native}");
    // And what only SQLite takes for a parameter would be NULL.
    for text in ["SELECT ?", "SELECT ?2", "SELECT @a", "SELECT /* /* */ :a -- */ */"] {
        let error = run(text).await.expect_err(text);
        assert_eq!(error.kind(), Kind::Invalid, "{text}: {error}");
        assert!(error.to_string().starts_with("sqlite sees a parameter"), "{error}");
    }
    Ok(())
}

#[tokio::test]
async fn rows_of_a_statement_that_cannot_be_decoded_are_left_out() -> Result<()> {
    let db = places("raw_skipping").await?;
    prom::raw("UPDATE place SET status = 'Lost' WHERE name = 'Kiel'").on(&db).execute().await?;
    let (sender, reports) = std::sync::mpsc::channel();
    let run = |text| {
        let sender = sender.clone();
        prom::raw(text).on(&db).skip_undecodable(move |error| sender.send(error).expect("it is heard"))
    };
    let names = |rows: Vec<Place>| rows.into_iter().map(|it| it.name).collect::<Vec<_>>();

    // A model, in whatever order its columns come: the key is named.
    let rows =
        run("SELECT status, name, * FROM (SELECT * FROM place ORDER BY _id) WHERE 1").all::<Place>().await;
    assert_eq!(rows.expect_err("several columns").kind(), Kind::Decode, "no row is at fault");
    assert!(reports.try_recv().is_err());
    let rows = names(
        run("SELECT name, status, sort, height, _updated, _created, _id FROM place ORDER BY _id")
            .all()
            .await?,
    );
    assert_eq!(rows, ["Brocken", "Rigi"]);
    let error = reports.try_recv().expect("one is reported");
    assert_eq!((error.kind(), error.model(), error.field()), (Kind::Decode, Some("Place"), Some("status")));
    assert_eq!((error.key(), error.row()), (Some(&Value::I64(2)), Some(1)));
    assert!(error.to_string().starts_with("row with `id` 2: `Place.status` cannot be read"), "{error}");

    // A column, a tuple; and the first row, where that is the one.
    let statuses = run("SELECT status FROM place ORDER BY _id").all::<Status>().await?;
    assert_eq!(statuses, [Status::Open, Status::Open]);
    assert_eq!(run("SELECT status, name FROM place ORDER BY _id").all::<(Status, String)>().await?.len(), 2);
    assert_eq!(run("SELECT status FROM place WHERE _id > 1").one::<Status>().await?, None);
    let rows: Vec<_> = reports.try_iter().map(|error| error.row()).collect();
    assert_eq!(rows, [Some(1), Some(1), Some(0)]);

    // The only one of two is not the only one; and nothing was left out.
    let only = run("SELECT status FROM place WHERE _id > 1 ORDER BY _id").only::<Status>().await;
    assert_eq!(only.expect_err("it cannot be decoded").kind(), Kind::Decode);
    assert!(reports.try_recv().is_err());

    // What was changed stays changed.
    let rows = run("UPDATE place SET sort = 'x' RETURNING *").all::<Place>().await?;
    assert_eq!(rows.len(), 2);
    let changed: i64 = prom::raw("SELECT count(*) FROM place WHERE sort = 'x'").on(&db).only().await?;
    assert_eq!(changed, 3);
    Ok(())
}

#[prom::orm(hooks)]
#[derive(Debug)]
struct Refused {
    name: String,
}

impl prom::Hooks for Refused {
    fn after_load(&mut self) -> Result<()> {
        match self.name.as_str() {
            "no" => Err(prom::Error::new(Kind::NotFound, "nobody of that name")),
            _ => Ok(()),
        }
    }
}

#[tokio::test]
async fn a_hook_that_refuses_a_row_of_a_statement_ends_its_transaction() -> Result<()> {
    let db = prom::configure("sqlite::memory:#raw_refused")?;
    Refused::create().name("yes").on(&db).await?;
    let tx = db.begin().await?;
    let change = || prom::raw("UPDATE refused SET name = 'no' RETURNING *");
    refused(change().on(&tx).all::<Refused>().await, Kind::NotFound, "nobody of that name");
    let error = tx.commit().await.expect_err("the change was refused");
    assert_eq!(error.kind(), Kind::TransactionAborted);
    assert!(Refused::query().eq_name("yes").on(&db).has().await?);

    // Outside of one, it stays.
    refused(change().on(&db).all::<Refused>().await, Kind::NotFound, "nobody of that name");
    assert!(!Refused::query().eq_name("yes").on(&db).has().await?);
    Ok(())
}

#[tokio::test]
async fn what_does_not_fit_is_an_error_that_names_the_column() -> Result<()> {
    let db = places("raw_decoding").await?;
    #[derive(prom::FromRow, Debug)]
    struct Line {
        name: i64,
        height: Option<Metres>,
    }
    let run = |text| prom::raw(text).on(&db);
    refused(
        run("SELECT 'Smith' AS naem, 'Smith' FROM place").all::<Line>().await.map(|it| it[0].height),
        Kind::Decode,
        "the result has no columns `name`, `height`, which `Line` is read from; did you mean `naem`?",
    );
    refused(
        run("SELECT 1 AS name, 2 AS name, NULL AS height").all::<Line>().await,
        Kind::Decode,
        "the result has several columns `name`, which `Line` is read from: name them apart with `AS`",
    );
    let error = run("SELECT * FROM place").all::<Line>().await.map(|it| it[0].name).expect_err("a text");
    let text = "row 0, counted from 0: `Line.name` cannot be read: expected an integer, found text";
    assert_eq!(error.to_string(), text);
    assert_eq!((error.field(), error.row(), error.key()), (Some("name"), Some(0), None));
    refused(
        run("SELECT 1, 'Smith'").one::<(i64, i64)>().await,
        Kind::Decode,
        "row 0, counted from 0: column 2 of the result cannot be read: expected an integer, found text",
    );
    let error = run("SELECT 1, name FROM place").one::<(i64, i64)>().await.expect_err("a text");
    let text = "row 0, counted from 0: `name`, column 2 of the result, cannot be read: expected an integer, found text";
    assert_eq!((error.to_string().as_str(), error.field()), (text, Some("name")));
    #[derive(prom::FromRow, Debug)]
    struct Renamed {
        #[field(name = "n")]
        number: i64,
    }
    let error = run("SELECT 1 AS n UNION ALL SELECT 'x'").all::<Renamed>().await;
    let error = error.map(|rows| rows[0].number).expect_err("a text");
    let text = "row 1, counted from 0: `Renamed.number`, the column `n`, cannot be read: expected an integer, found text";
    assert_eq!((error.to_string().as_str(), error.field()), (text, Some("number")));
    refused(
        run("SELECT 1").one::<(i64, i64)>().await,
        Kind::Decode,
        "the result has 1 column where 2 are read",
    );
    let error = run("SELECT name, status FROM place").one::<Place>().await.expect_err("columns are missing");
    assert_eq!((error.kind(), error.model()), (Kind::Decode, Some("Place")));
    assert_eq!(
        error.to_string(),
        "the result has no columns `height`, `sort`, `_id`, `_created`, `_updated`, which `Place` is read from"
    );
    // No row, nothing to read.
    assert_eq!(run("SELECT 1 WHERE 0").all::<Place>().await?, []);
    Ok(())
}

#[tokio::test]
async fn a_missing_table_is_said_and_not_made() -> Result<()> {
    let db = prom::configure("sqlite::memory:#raw_missing")?;
    for _ in 0..2 {
        refused(
            prom::raw("SELECT * FROM place").on(&db).all::<Place>().await,
            Kind::TableMissing,
            "there is no table `place`",
        );
    }
    Ok(())
}

#[tokio::test]
async fn no_error_shows_a_value() -> Result<()> {
    let db = places("raw_secrets").await?;
    for text in [
        "SELECT 'secret' 'x",
        "SELECT 'a' 'x' 'se\"secret\"cret'",
        "SELECT json_extract('{}', 'secret')",
        "SELECT * FROM place WHERE (name, 'secret') = 1",
        "SELECT 0xsecret",
        "INSERT INTO place (name) VALUES ('secret')",
        "SELECT 1 WHERE 'secret' 1",
    ] {
        let error = prom::raw(text).on(&db).execute().await.expect_err(text);
        assert!(!format!("{error} {error:?}").contains("secret"), "{text}: {error:?}");
    }
    let path =
        prom::raw("SELECT json_extract('{}', :path)").bind("path", "secret").on(&db).one::<String>().await;
    let error = path.expect_err("no path");
    assert!(!format!("{error:?}").contains("secret"), "{error:?}");
    Ok(())
}

#[tokio::test]
async fn the_scope_decides_where_nobody_says() -> Result<()> {
    let (here, there) = (places("raw_here").await?, places("raw_there").await?);
    prom::raw("DELETE FROM place").on(&there).execute().await?;
    let count = || prom::raw("SELECT count(*) FROM place").only::<i64>();
    assert_eq!(here.scope(async { there.scope(count()).await }).await?, 0);
    assert_eq!(there.scope(async { here.scope(count()).await }).await?, 3);
    Ok(())
}

#[tokio::test]
async fn an_interface_without_sql_says_so() -> Result<()> {
    use prom_memory as _;

    let db = prom::configure("prom_memory::MemoryInterface://anything#raw_memory")?;
    let text = "the memory interface speaks no SQL, and `raw` is SQL";
    refused(prom::raw("SELECT 1").on(&db).one::<i64>().await, Kind::Unsupported, text);
    refused(prom::raw("DELETE FROM t").on(&db).execute().await, Kind::Unsupported, text);
    assert_eq!(prom::raw("SELECT 1").on(&db).render().expect_err("no text").kind(), Kind::Unsupported);
    Ok(())
}

#[tokio::test]
async fn futures_can_be_sent_and_rows_may_be_of_ones_own_making() -> Result<()> {
    struct Sum(i64);

    impl FromRow for Sum {
        type Places = usize;

        fn places(columns: &prom::Columns<'_>) -> Result<usize> {
            Ok(columns.len())
        }

        fn from_row(row: &dyn prom::RowRef, count: &usize) -> Result<Self> {
            use prom::Field;

            let cells = (0..*count).map(|it| row.get(it).and_then(i64::decode));
            cells.sum::<Result<i64>>().map(Self)
        }
    }
    let db = places("raw_own").await?;
    let sum = tokio::spawn(prom::raw("SELECT 1, 2, 3").on(&db).only::<Sum>());
    assert_eq!(sum.await.expect("no panic")?.0, 6);
    Ok(())
}
