//! What SQLite does to sort: an index over the order has the tie-break too, and a list is
//! looked through by an index.

use prom::prelude::*;
use tokio_rusqlite::rusqlite::Connection as Plain;
use tokio_rusqlite::rusqlite::vtab::array;

use crate::database::Database;

/// As the Python original spells instants, and as prom does.
const TABLE: &str = "\
    CREATE TABLE tool (\
        n INTEGER NOT NULL, \
        name TEXT COLLATE NOCASE NOT NULL, \
        at TIMESTAMP NULL, \
        _id INTEGER NOT NULL PRIMARY KEY); \
    CREATE INDEX tool_n ON tool (n); \
    CREATE INDEX tool_at ON tool (at); \
    INSERT INTO tool VALUES (1, 'Saw', '2024-05-06', 1), (2, 'axe', '2024-05-06T10:00:00Z', 2), \
        (3, 'awl', NULL, 3), (4, 'bit', '2024-05-06T00:00:00.000000Z', 4);";

#[prom::orm(created = none, updated = none)]
#[derive(Debug, Clone)]
struct Tool {
    n: i64,
    #[field(ignore_case)]
    name: String,
    at: Option<Timestamp>,
}

/// How SQLite would carry it out, a line for each step.
fn plan<P: prom::Projection<Tool>>(database: &Database, query: ToolQuery<P>) -> String
where
    ToolQuery<P>: Clone,
{
    let text = query.on(&database.prom).render().expect("it renders").text;
    let plain = Plain::open_in_memory().expect("a database");
    array::load_module(&plain).expect("it is built in");
    plain.execute_batch(TABLE).expect("tables");
    let mut statement = plain.prepare(&format!("EXPLAIN QUERY PLAN {text}")).expect("good SQL");
    let rows = statement.raw_query().mapped(|row| row.get::<_, String>(3));
    rows.collect::<Result<Vec<_>, _>>().expect("steps").join("\n")
}

#[tokio::test]
async fn an_index_over_the_order_has_the_tie_break() -> prom::Result<()> {
    let database = Database::new("an index over the order", "", TABLE)?;
    let bounded = || Tool::query().limit(10);
    for steps in [
        plan(&database, bounded().asc_n()),
        plan(&database, bounded().desc_n()),
        plan(&database, bounded().desc_n().select_name()),
        plan(&database, bounded().asc_at()),
        plan(&database, bounded().desc_at()),
    ] {
        assert!(steps.contains("USING INDEX") || steps.contains("USING COVERING INDEX"), "{steps}");
        assert!(steps.contains("tool_at") || !steps.contains("TEMP B-TREE"), "{steps}");
    }
    Ok(())
}

#[tokio::test]
async fn a_list_is_looked_through_by_an_index() -> prom::Result<()> {
    let database = Database::new("a list and an index", "", TABLE)?;
    let at: Timestamp = "2024-05-06T00:00:00Z".parse().expect("a timestamp");
    for steps in [
        plan(&database, Tool::query().order_n([1])),
        plan(&database, Tool::query().in_id([1, 2]).order_id([2, 1]).limit(5)),
        plan(&database, Tool::query().order_name(["a"])),
        plan(&database, Tool::query().gt_n(1).order_at([Some(at), None])),
        plan(&database, Tool::query().order_n([1]).select_name()),
        plan(&database, Tool::query().order_name(["a"]).select_name().distinct()),
        plan(&database, Tool::query().order_name(["a"]).group_by_name().counted()),
        plan(&database, Tool::query().lt_n(3).union(Tool::query().gt_n(2)).order_name(["a"])),
        plan(&database, Tool::query().in_n(Tool::query().order_n([1]).limit(1).select_n())),
    ] {
        assert!(steps.contains("USING AUTOMATIC COVERING INDEX"), "{steps}");
        let lists = steps.lines().filter(|step| step.contains("MATERIALIZE list"));
        assert_eq!(lists.count(), 1, "{steps}");
    }
    Ok(())
}

#[tokio::test]
async fn an_instant_in_a_list_is_each_of_its_spellings() -> prom::Result<()> {
    let database = Database::new("an instant in a list", "", TABLE)?;
    let [ten, midnight] = ["2024-05-06T10:00:00Z", "2024-05-06T00:00:00Z"]
        .map(|text| text.parse::<Timestamp>().expect("a timestamp"));
    let ids = async |query: ToolQuery| {
        let rows = query.on(&database.prom).get().await?;
        Ok::<_, prom::Error>(rows.iter().map(|row| row.id).collect::<Vec<_>>())
    };
    assert_eq!(ids(Tool::query().order_at([midnight])).await?, [1, 4, 2, 3]);
    assert_eq!(ids(Tool::query().order_at([ten, midnight])).await?, [2, 1, 4, 3]);
    assert_eq!(ids(Tool::query().order_at([Some(midnight), None, Some(ten)])).await?, [1, 4, 3, 2]);
    assert_eq!(ids(Tool::query().order_name(["AXE", "saw"])).await?, [2, 1, 3, 4]);
    Ok(())
}
