//! All options of a model and of its fields, as they come to stand in the schema.

use prom::{Model, Timestamp};

struct Geo;

impl prom::Base for Geo {
    const CONNECTION: Option<&'static str> = Some("geo");
}

mod elsewhere {
    pub mod renamed {
        pub use prom::*;
    }
}

/// A country,
/// or nearly one.
///
/// With more to say.
#[prom::orm(
    table = "countries",
    connection = "main",
    schema = "world",
    index(name, population),
    unique(name = "by_code", alpha2),
    hooks,
    crate = "crate::elsewhere::renamed"
)]
#[derive(Debug)]
pub struct Country {
    #[field(size = 2, collate = "de-DE-x-icu")]
    pub alpha2: String,
    /// What it is called.
    #[field(ignore_case, max_size = 100, empty = false, name = "title", alias = "label", alias = "called")]
    pub name: String,
    #[field(index)]
    pub population: Option<i64>,
    #[field(min_size = 1, max_size = 2)]
    pub flag: Vec<u8>,
    #[field(unique)]
    #[field(default = Timestamp::now())]
    pub seen: Timestamp,
    #[field(skip)]
    pub cached: Option<String>,
}

impl prom::Hooks for Country {
    async fn before_insert(draft: &mut CountryDraft) -> prom::Result<()> {
        if draft.get_population().is_none() {
            draft.set_population(3);
        }
        Ok(())
    }
}

#[prom::orm(base = Geo, id = none, created = none, updated = none, track = false)]
struct Log {
    id: i64,
    created: i64,
    updated: i64,
}

#[prom::orm(id = prom::Uuid, updated = none, track = false)]
struct Thing {
    updated: bool,
}

#[prom::orm(track = true)]
struct HTTPServer2Thing {
    http_server2_thing_id: i64,
}

fn main() {
    let country = Country::schema();
    assert_eq!(
        (country.table(), country.namespace(), country.connection()),
        ("countries", Some("world"), Some("main"))
    );
    assert_eq!(country.doc(), "A country, or nearly one.\nWith more to say.");
    let indexes: Vec<_> = country.indexes().iter().map(|it| (it.name, it.columns, it.unique)).collect();
    assert_eq!(
        indexes,
        [
            ("population", &["population"] as &[&str], false),
            ("seen", &["seen"], true),
            ("name_population", &["title", "population"], false),
            ("by_code", &["alpha2"], true),
        ]
    );
    assert_eq!(country.fields()[0].collate, Some("de-DE-x-icu"));
    let name = country.fields()[1];
    assert_eq!((name.name, name.column, name.aliases), ("name", "title", &["label", "called"] as &[&str]));
    assert_eq!(
        (name.ignore_case, name.refuse_empty, name.size.max, name.doc),
        (true, true, Some(100), "What it is called.")
    );
    assert_eq!((country.fields()[0].size.min, country.fields()[0].size.max), (Some(2), Some(2)));
    let columns: Vec<_> = country.fields().iter().map(|it| it.column).collect();
    assert_eq!(columns, ["alpha2", "title", "population", "flag", "seen", "_id", "_created", "_updated"]);
    let required: Vec<_> = country.fields().iter().filter(|it| it.is_required()).map(|it| it.name).collect();
    assert_eq!(required, ["alpha2", "name", "flag"]);

    let log = Log::schema();
    assert_eq!((log.connection(), log.key().is_none(), log.fields().len()), (Some("geo"), true, 3));
    drop(Log::create().id(1).created(2).updated(3));

    let thing = Thing::schema();
    let key = thing.key().expect("there is one");
    assert_eq!(
        (key.name, key.column, key.aliases),
        ("id", "_id", &["pk", "thing_id", "thing_pk"] as &[&str])
    );
    drop(Thing::create().updated(true));

    let server = HTTPServer2Thing::schema();
    assert_eq!(server.table(), "http_server2_thing");
    assert_eq!(server.key().expect("there is one").aliases, ["pk", "http_server2_thing_pk"]);
}
