//! New rows that meet a row that is there.

use std::sync::Arc;
use std::time::Duration;

use prom::Kind;
use prom::prelude::*;
use prom::query::{Conflict, Insert, Request, Returning};
use prom::{Flow, RowRef, Sink, Value};

use crate::behaviour::refused;

#[prom::orm(table = "country", unique(continent, place))]
#[derive(Debug, Clone, PartialEq)]
struct Country {
    #[field(unique)]
    alpha2: Option<String>,
    name: String,
    #[field(unique)]
    code: Option<i64>,
    continent: Option<String>,
    place: Option<i64>,
    #[field(default = 1)]
    level: i64,
    note: Option<String>,
}

/// So that the next stamp is another.
async fn a_moment() {
    tokio::time::sleep(Duration::from_millis(2)).await;
}

async fn france() -> prom::Result<Country> {
    let france = Country::create().alpha2("FR").name("France").code(250).level(7).note("old").await?;
    a_moment().await;
    Ok(france)
}

async fn stored(id: i64) -> prom::Result<Country> {
    Country::query().eq_id(id).only().await
}

behaviour! {
    /// It has its key, its stamps and its defaults, as any row that is created.
    #[needs(unique, upsert)]
    async fn an_upsert_inserts_where_nothing_is_in_the_way() {
        let row = Country::create().alpha2("FR").name("France").upsert().await?;
        assert_eq!((row.id, row.level, row.created), (1, 1, row.updated));
        assert!(!row.is_modified());
        assert_eq!(stored(row.id).await?, row);
        let other = Country::draft().alpha2("DE").name("Germany").upsert().await?;
        assert_eq!(Country::query().asc_id().await?.into_vec(), [row, other]);
    }
}

behaviour! {
    /// And comes back whole: with its own key, and what was not said as it was.
    #[needs(unique, upsert)]
    async fn an_upsert_updates_the_row_that_is_there() {
        let france = france().await?;
        let row = Country::create().alpha2("FR").name("Francia").upsert().await?;
        assert_eq!(row.id, france.id);
        assert_eq!((row.name.as_str(), row.code, row.note.as_deref()), ("Francia", Some(250), Some("old")));
        assert_eq!(row.created, france.created);
        assert!(row.updated > france.updated);
        assert!(!row.is_modified());
        assert_eq!(Country::query().only().await?, row);
    }
}

behaviour! {
    /// Else an upsert of two fields would undo what others said.
    #[needs(unique, upsert)]
    async fn defaults_do_not_overwrite() {
        let france = france().await?;
        let row = Country::draft().alpha2("FR").name("France").upsert().await?;
        assert_eq!(row.level, france.level);
        let row = Country::draft().alpha2("FR").name("France").level(1).note(None).upsert().await?;
        assert_eq!((row.level, row.note), (1, None));
    }
}

behaviour! {
    /// Of the stamps, the one moves and may be set, the other is that of the row
    /// that is there.
    #[needs(unique, upsert)]
    async fn when_it_was_created_stays() {
        let france = france().await?;
        let long_ago = Timestamp::from_second(1_000).expect("it is in range");
        let draft = Country::draft().alpha2("FR").name("France").created(long_ago).updated(long_ago);
        let row = draft.clone().upsert().await?;
        assert_eq!((row.created, row.updated), (france.created, long_ago));
        let row = draft.alpha2("DE").upsert().await?;
        assert_eq!((row.created, row.updated), (long_ago, long_ago));
    }
}

behaviour! {
    /// It comes before the unique indexes, whose fields are then updated.
    #[needs(unique, upsert)]
    async fn a_key_that_is_given_says_which_row() {
        let france = france().await?;
        let row = Country::create().id(france.id).alpha2("FX").name("Fixed").upsert().await?;
        assert_eq!((row.id, row.alpha2.as_deref(), row.code), (france.id, Some("FX"), Some(250)));
        let row = Country::create().id(40).alpha2("FR").name("France").upsert().await?;
        assert_eq!(row.id, 40);
        assert_eq!(Country::query().count().await?, 2);
    }
}

behaviour! {
    /// In the order in which the model has them.
    #[needs(unique, upsert)]
    async fn the_first_unique_index_that_is_given_says_which_row() {
        let france = france().await?;
        // `alpha2` is not given: `code` says it.
        let row = Country::create().name("Francia").code(250).upsert().await?;
        assert_eq!((row.id, row.alpha2.as_deref()), (france.id, Some("FR")));
        // Neither is: the index over two fields does.
        let one = Country::create().name("a").continent("EU").place(1).upsert().await?;
        let two = Country::create().name("b").continent("EU").place(1).upsert().await?;
        assert_eq!((one.id, two.name.as_str()), (two.id, "b"));
        let three = Country::create().name("c").continent("EU").place(2).upsert().await?;
        assert_ne!(three.id, two.id);
    }
}

behaviour! {
    /// The caller is told, and no row is changed in passing.
    #[needs(unique, upsert)]
    async fn another_unique_index_in_the_way_refuses_an_upsert() {
        let france = france().await?;
        for draft in [
            Country::draft().alpha2("DE").name("Germany").code(250),
            Country::draft().id(9).alpha2("FR").name("Germany"),
        ] {
            let error = refused(draft.clone().upsert().await);
            assert_eq!((error.kind(), error.model()), (Kind::Unique, Some("Country")), "{error}");
            assert_eq!(refused(draft.find_or_create().await).kind(), Kind::Unique);
        }
        let germany = Country::create().alpha2("DE").name("Germany").code(276).await?;
        let error = refused(Country::draft().alpha2("DE").name("x").code(250).upsert().await);
        assert_eq!((error.kind(), error.constraint()), (Kind::Unique, Some("country_code")), "{error}");
        assert_eq!(Country::query().asc_id().await?.into_vec(), [france, germany]);
    }
}

behaviour! {
    /// One row, though it is in the way twice.
    #[needs(unique, upsert)]
    async fn a_row_that_is_alike_in_two_indexes_is_updated() {
        let france = france().await?;
        let row = Country::create().alpha2("FR").name("Francia").code(250).upsert().await?;
        assert_eq!((row.id, row.name.as_str()), (france.id, "Francia"));
        let (row, is_new) = Country::create().alpha2("FR").name("x").code(250).find_or_create().await?;
        assert_eq!((row.id, is_new), (france.id, false));
    }
}

behaviour! {
    /// As everywhere: so each of these is a row of its own.
    #[needs(unique, upsert)]
    async fn null_is_in_nobodys_way() {
        for _ in 0..2 {
            Country::draft().alpha2(None).name("a").upsert().await?;
            Country::draft().continent("EU").place(None).name("a").upsert().await?;
            assert!(Country::draft().alpha2(None).name("a").or_ignore().await?.is_some());
            assert!(Country::draft().alpha2(None).name("a").find_or_create().await?.1);
        }
        assert_eq!(Country::query().count().await?, 8);
    }
}

behaviour! {
    /// Before anything is sent, with all that would do.
    #[needs(upsert)]
    async fn a_draft_that_says_nothing_unique_is_refused() {
        let draft = Country::draft().name("France").continent("EU");
        for error in [
            refused(draft.clone().upsert().await),
            refused(draft.clone().find_or_create().await),
        ] {
            assert_eq!((error.kind(), error.model()), (Kind::Invalid, Some("Country")));
            let text = "the draft of `Country` does not say which row would be in its way; that takes \
                        `id`, or `alpha2`, or `code`, or `continent` and `place`";
            assert_eq!(error.to_string(), text);
        }
        let error = refused(Line::create().text("a").upsert().await);
        assert!(error.to_string().contains("the model has neither"), "{error}");
        assert_eq!(refused(Country::draft().alpha2("FR").upsert().await).kind(), Kind::Required);
        assert_eq!(Country::query().count().await?, 0);
        // Nothing is in the way of these.
        assert!(draft.or_ignore().await?.is_some());
        assert!(Line::create().text("a").or_ignore().await?.is_some());
    }
}

#[prom::orm(id = none)]
#[derive(Debug)]
struct Line {
    text: String,
}

behaviour! {
    /// In whatever order the fields are named.
    #[needs(unique, upsert)]
    async fn an_upsert_goes_by_the_index_that_is_named() {
        let france = france().await?;
        let draft = Country::draft().alpha2("FX").name("Fixed").code(250);
        let row = draft.clone().upsert_on(["code"]).await?;
        assert_eq!((row.id, row.alpha2.as_deref()), (france.id, Some("FX")));
        let create = || Country::create().name("a").alpha2("XX").continent("EU").place(1);
        let one = create().upsert_on(["place", "continent"]).await?;
        assert_eq!(create().upsert_on(["continent", "place"]).await?.id, one.id);

        let error = refused(draft.clone().upsert_on(["name"]).await);
        assert_eq!(error.kind(), Kind::Invalid);
        assert_eq!(
            error.to_string(),
            "`Country` has no unique index over `name`; it has `id`, or `alpha2`, or `code`, or `continent` and `place`"
        );
        assert_eq!(refused(draft.clone().upsert_on(["cod"]).await).kind(), Kind::UnknownField);
        for unsaid in ["id", "_id"] {
            let error = refused(draft.clone().upsert_on([unsaid]).await);
            assert_eq!((error.kind(), error.field()), (Kind::Invalid, Some("id")));
        }
    }
}

behaviour! {
    /// Whichever index it is in the way of, and the row that is there stays.
    #[needs(unique, upsert)]
    async fn a_row_is_ignored_where_another_is_in_its_way() {
        let france = france().await?;
        for draft in [
            Country::draft().alpha2("FR").name("x"),
            Country::draft().alpha2("XX").code(250).name("x"),
            Country::draft().id(france.id).name("x"),
        ] {
            assert_eq!(draft.or_ignore().await?, None);
        }
        assert_eq!(Country::query().only().await?, france);
        let row = Country::create().alpha2("DE").name("Germany").or_ignore().await?.expect("it is new");
        assert_eq!(stored(row.id).await?, row);
    }
}

behaviour! {
    /// A refusal for another reason is none of them.
    #[needs(unique, upsert, references)]
    async fn only_likeness_is_ignored() {
        let city = || City::create().name("Paris").country_id(7);
        assert_eq!(refused(city().or_ignore().await).kind(), Kind::ForeignKey);
        assert_eq!(refused(city().upsert().await).kind(), Kind::ForeignKey);
        let france = france().await?;
        let paris = City::create().name("Paris").country_id(france.id).upsert().await?;
        assert_eq!(refused(city().upsert().await).kind(), Kind::ForeignKey);
        assert_eq!(City::query().only().await?.country_id, paris.country_id);
    }
}

#[prom::orm]
#[derive(Debug)]
struct City {
    #[field(unique)]
    name: String,
    country_id: Ref<Country>,
}

behaviour! {
    /// And stays as it is.
    #[needs(unique, upsert)]
    async fn a_row_is_found_or_created() {
        let (france, is_new) = Country::create().alpha2("FR").name("France").find_or_create().await?;
        assert!(is_new);
        assert_eq!(stored(france.id).await?, france);
        a_moment().await;
        let (row, is_new) = Country::draft().alpha2("FR").name("x").level(9).find_or_create().await?;
        assert!(!is_new);
        assert_eq!(row, france);
        let (row, is_new) = Country::create().id(france.id).name("x").find_or_create().await?;
        assert_eq!((row, is_new), (france, false));
    }
}

behaviour! {
    /// The others find its row, and nobody is refused.
    #[needs(unique, upsert)]
    async fn of_many_tasks_one_creates_the_row(db) {
        let begin = |it: i64| {
            tokio::spawn(Country::create().alpha2("FR").name(it.to_string()).on(db).find_or_create())
        };
        let mut rows = Vec::new();
        for task in (0..20).map(begin).collect::<Vec<_>>() {
            rows.push(task.await.expect("it does not panic")?);
        }
        let only = Country::query().only().await?;
        assert_eq!(rows.iter().filter(|(_, is_new)| *is_new).count(), 1);
        assert!(rows.iter().all(|(row, _)| *row == only));
    }
}

behaviour! {
    /// The last one is what is kept, whoever it is.
    #[needs(unique, upsert)]
    async fn many_tasks_upsert_one_row(db) {
        let begin =
            |it: i64| tokio::spawn(Country::create().alpha2("FR").name("France").code(it).on(db).upsert());
        let mut ids = Vec::new();
        for task in (0..20).map(begin).collect::<Vec<_>>() {
            ids.push(task.await.expect("it does not panic")?.id);
        }
        let only = Country::query().only().await?;
        assert!(ids.iter().all(|it| *it == only.id));
    }
}

#[prom::orm]
#[derive(Debug, Clone, PartialEq)]
struct Account {
    #[field(unique, ignore_case)]
    login: String,
    level: i64,
}

behaviour! {
    /// And what it is called stays as it was written first.
    #[needs(unique, upsert)]
    async fn letter_case_is_ignored_where_it_is_said() {
        let alice = Account::create().login("Alice").level(1).upsert().await?;
        let row = Account::create().login("ALICE").level(2).upsert().await?;
        assert_eq!((row.id, row.login.as_str(), row.level), (alice.id, "Alice", 2));
        assert_eq!(Account::create().login("aLICE").level(3).or_ignore().await?, None);
        assert_eq!(Account::create().login("alice").level(3).find_or_create().await?, (row, false));
    }
}

#[prom::orm(updated = none, created = none)]
#[derive(Debug, Clone, PartialEq)]
struct Tag {
    #[field(pk)]
    word: String,
    #[field(default = 1)]
    weight: i64,
}

behaviour! {
    /// The row is given all the same.
    #[needs(unique, upsert)]
    async fn an_upsert_with_nothing_to_update_finds_the_row() {
        let tag = Tag::create().word("a").weight(5).upsert().await?;
        assert_eq!(Tag::create().word("a").upsert().await?, tag);
        assert_eq!(Tag::create().word("a").weight(6).upsert().await?.weight, 6);
        assert_eq!(Tag::create().word("b").upsert().await?.weight, 1);
    }
}

#[prom::orm(id = prom::Uuid)]
#[derive(Debug, Clone, PartialEq)]
struct Token {
    #[field(unique)]
    word: String,
    level: i64,
}

behaviour! {
    /// Also where prom made one for the row that came to nothing.
    #[needs(unique, upsert)]
    async fn the_key_of_the_row_that_is_there_stays() {
        let token = Token::create().word("a").level(1).upsert().await?;
        let again = Token::create().word("a").level(2).upsert().await?;
        assert_eq!((again.id, again.level), (token.id, 2));
        assert_eq!(Token::create().word("a").level(3).find_or_create().await?, (again, false));
    }
}

#[prom::orm(hooks)]
#[derive(Debug, PartialEq)]
struct Article {
    #[field(unique)]
    title: String,
    #[field(default = "")]
    slug: String,
}

impl prom::Hooks for Article {
    async fn before_insert(draft: &mut ArticleDraft) -> prom::Result<()> {
        match draft.get_title() {
            Some(title) if title.is_empty() => Err(prom::Error::new(Kind::Invalid, "no title")),
            Some(title) => {
                draft.set_slug(title.to_lowercase());
                Ok(())
            }
            None => Ok(()),
        }
    }
}

behaviour! {
    /// What it sets is set as if the caller had.
    #[needs(unique, upsert)]
    async fn the_hook_before_an_insert_runs() {
        let mut article = Article::create().title("One").upsert().await?;
        assert_eq!(article.slug, "one");
        assert_eq!(Article::create().title("Two").or_ignore().await?.expect("it is new").slug, "two");
        assert_eq!(Article::create().title("Three").find_or_create().await?.0.slug, "three");
        article.slug = "other".to_owned();
        article.save().await?;
        assert_eq!(Article::create().title("One").upsert().await?.slug, "one");
        assert_eq!(refused(Article::create().title("").upsert().await).to_string(), "no title");
        assert_eq!(refused(Article::create().title("").or_ignore().await).to_string(), "no title");
    }
}

/// How a table began.
#[prom::orm(table = "mail")]
#[derive(Debug)]
struct OldMail {
    address: String,
}

#[prom::orm(table = "mail")]
#[derive(Debug)]
struct Mail {
    #[field(unique)]
    address: String,
    #[field(default = 1)]
    level: i64,
}

behaviour! {
    /// What to do is said, and then it goes.
    #[needs(unique, upsert)]
    async fn an_index_that_is_not_there_yet_cannot_be_gone_by(db) {
        OldMail::create().address("a@b").await?;
        let upsert = || Mail::create().address("a@b").level(2);
        for error in [refused(upsert().upsert().await), refused(upsert().find_or_create().await)] {
            assert_eq!((error.kind(), error.model()), (Kind::InstallDenied, Some("Mail")), "{error}");
            assert!(error.to_string().contains("`install()`"), "{error}");
        }
        db.install(&[Mail::schema()]).await?;
        assert_eq!(upsert().upsert().await?.level, 2);
        assert_eq!(Mail::query().only().await?.id, 1);
    }
}

/// Keeps the first cell of each row.
struct Firsts(Vec<Value>);

impl Sink for Firsts {
    fn row(&mut self, row: &dyn RowRef) -> prom::Result<Flow> {
        self.0.push(row.get(0)?.to_owned());
        Ok(Flow::Continue)
    }

    fn clear(&mut self) {
        self.0.clear();
    }
}

fn tags(words: &[&str], weight: i64, conflict: Conflict) -> Insert {
    let fields = Tag::schema().fields().iter().collect();
    let values = words.iter().flat_map(|it| [Value::from(*it), Value::I64(weight)]).collect();
    Insert::new(Tag::schema(), fields, values, words.len()).on_conflict(conflict)
}

behaviour! {
    /// Row after row, and wholly or not at all.
    #[needs(unique, upsert)]
    async fn an_interface_takes_many_rows_that_meet_others(db) {
        Tag::create().word("b").await?;
        let ask = async |insert: Insert| {
            let request = Arc::new(Request::Insert(insert.returning(Returning::Rows)));
            let sink: Box<dyn std::any::Any> = db.interface().fetch(request, Box::new(Firsts(vec![]))).await?;
            Ok::<_, prom::Error>(sink.downcast::<Firsts>().expect("it was sent as such").0)
        };
        let fields = || Tag::schema().fields().iter();
        let (target, set) = (fields().take(1).collect(), fields().skip(1).collect());

        assert_eq!(ask(tags(&["a", "b", "a"], 3, Conflict::Ignore)).await?, ["a".into()]);
        assert_eq!(ask(tags(&["b", "c"], 2, Conflict::Update { target, set })).await?, ["b".into(), "c".into()]);
        let rows = Tag::query().asc_word().await?;
        assert_eq!(rows.iter().map(|it| it.weight).collect::<Vec<_>>(), [3, 2, 2]);

        assert_eq!(refused(ask(tags(&["d", "c"], 2, Conflict::Refuse)).await).kind(), Kind::Unique);
        let done = db.interface().execute(Arc::new(Request::Insert(tags(&["c", "d"], 2, Conflict::Ignore)))).await?;
        assert_eq!((done.rows, done.keys.len()), (1, 0));
        assert_eq!(Tag::query().count().await?, 4);
    }
}
