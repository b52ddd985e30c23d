//! Where what one column's type needs meets what another construct does.

use prom::Result;
use prom::prelude::*;

use crate::setup::{connect, database};

#[derive(Debug, Clone, Copy, PartialEq, prom::Enum)]
enum Mood {
    Sad,
    Ok,
}

#[prom::orm(table = "met", created = none, updated = none)]
#[derive(Debug, Clone, PartialEq)]
struct Met {
    mood: Mood,
    /// In a domain over the type.
    better: Mood,
    name: String,
}

const MET: &str = "\
    CREATE COLLATION loose (provider = icu, deterministic = false, locale = 'und-u-ks-level2'); \
    CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE DOMAIN moods AS mood; \
    CREATE TABLE met (_id bigserial PRIMARY KEY, mood mood NOT NULL, better moods NOT NULL, \
        name text COLLATE loose NOT NULL)";

#[tokio::test]
async fn columns_of_own_types_are_sorted_by_lists_and_set_by_queries() -> Result<()> {
    let database = database("met");
    database.query(MET).expect("it is made");
    let db = connect(&database.dsn(), "");
    let draft = |mood, better, name: &str| Met::draft().mood(mood).better(better).name(name);
    let drafts =
        [draft(Mood::Sad, Mood::Ok, "a"), draft(Mood::Ok, Mood::Sad, "A"), draft(Mood::Ok, Mood::Sad, "b")];
    let rows = Met::create_many(drafts).on(&db).await?;
    let query = || Met::query().on(&db);
    let (first, second) = (rows[0].id, rows[1].id);
    let listed = query().order_better([Mood::Sad, Mood::Ok]).select_id().get().await?;
    assert_eq!(listed.into_vec(), [second, rows[2].id, first]);
    let distinct = query().order_better([Mood::Sad, Mood::Ok]).select_better().distinct();
    assert_eq!(distinct.get().await?.into_vec(), [Mood::Sad, Mood::Ok]);
    let distinct = query().order_mood([Mood::Ok, Mood::Sad]).select_mood().distinct();
    assert_eq!(distinct.get().await?.into_vec(), [Mood::Ok, Mood::Sad]);
    let groups = query().order_mood([Mood::Ok]).group_by_mood().counted();
    assert_eq!(groups.get().await?.into_vec(), [(Mood::Ok, 2), (Mood::Sad, 1)]);
    let one = |id| query().eq_id(id).select_mood();
    let both = one(first).union(one(second)).order_mood([Mood::Ok]);
    assert_eq!(both.get().await?.into_vec(), [Mood::Ok, Mood::Sad]);
    // Each is a value of its own, whatever the column calls equal.
    let names = query().order_name(["b", "A", "a"]).select_name().get().await?;
    assert_eq!(names.into_vec(), ["b", "A", "a"]);
    let names = query().order_name(["A", "a", "b"]).select_name().get().await?;
    assert_eq!(names.into_vec(), ["A", "a", "b"]);

    let set = query().eq_id(first).set_mood(one(second)).set_better(one(second));
    let set = set.set_name(query().eq_id(second).select_name()).update().returning().await?;
    assert_eq!((set[0].mood, set[0].better, &*set[0].name), (Mood::Ok, Mood::Ok, "A"));
    Ok(())
}
