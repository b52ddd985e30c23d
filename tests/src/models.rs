//! From a builder to a row: keys, stamps, defaults, drafts, many at once.

use std::sync::atomic::{AtomicI64, Ordering};

use prom::prelude::*;
use prom::{Kind, Uuid};

use crate::behaviour::refused;

#[prom::orm]
#[derive(Debug, Clone, PartialEq)]
struct Foo {
    bar: i64,
    note: Option<String>,
    #[field(default = 3)]
    level: i32,
    #[field(default = String::from("fresh"))]
    state: String,
}

behaviour! {
    /// What `create` gives is what a query finds.
    async fn a_created_row_is_the_row_that_is_found() {
        let created = Foo::create().bar(7).note("a note").level(-1).await?;
        assert_eq!((created.bar, created.note.as_deref(), created.level), (7, Some("a note"), -1));
        assert_eq!(Foo::find(created.id).await?, Some(created.clone()));
        assert_eq!(Foo::query().get().await?.into_vec(), [created]);
    }
}

behaviour! {
    /// `insert()` gives a plain future, which may go to another task.
    async fn two_rows_are_created_at_the_same_time(db) {
        let one = tokio::spawn(Foo::create().bar(1).on(db).insert());
        let (two, three) = tokio::join!(Foo::create().bar(2).insert(), Foo::draft().bar(3).insert());
        let one = one.await.expect("it does not panic");
        let mut bars = [one?.bar, two?.bar, three?.bar];
        bars.sort_unstable();
        assert_eq!(bars, [1, 2, 3]);
        assert_eq!(Foo::query().count().await?, 3);
    }
}

behaviour! {
    /// The first is 1.
    async fn keys_count_up() {
        for id in 1..=5 {
            assert_eq!(Foo::create().bar(0).await?.id, id);
        }
    }
}

behaviour! {
    /// Not even that of the last row.
    async fn a_key_is_never_used_again() {
        Foo::create().bar(0).await?;
        assert!(Foo::create().bar(0).await?.delete().await?);
        assert_eq!(Foo::create().bar(0).await?.id, 3);
        for row in Foo::query().await? {
            row.delete().await?;
        }
        assert_eq!(Foo::create().bar(0).await?.id, 4);
    }
}

behaviour! {
    /// The database goes on counting behind it.
    async fn a_key_can_be_given() {
        let given = Foo::create().bar(1).id(70).await?;
        assert_eq!(given.id, 70);
        assert_eq!(Foo::find(70).await?, Some(given));
        assert_eq!(Foo::create().bar(2).await?.id, 71);
        assert_eq!(Foo::create().bar(3).id(-5).await?.id, -5);
        assert_eq!(Foo::create().bar(4).await?.id, 72);
    }
}

behaviour! {
    /// And the row that has it stays as it is.
    #[needs(unique)]
    async fn a_key_that_is_taken_is_refused() {
        let first = Foo::create().bar(1).await?;
        let error = refused(Foo::create().bar(2).id(first.id).await);
        assert_eq!((error.kind(), error.model()), (Kind::Unique, Some("Foo")));
        assert_eq!(Foo::query().only().await?, first);
    }
}

behaviour! {
    /// Both stamps are the same instant, in microseconds.
    async fn stamps_are_set_when_the_row_is_inserted() {
        let before = Timestamp::now();
        let row = Foo::create().bar(1).await?;
        let after = Timestamp::now();
        assert_eq!(row.created, row.updated);
        assert!(row.created.as_microsecond() >= before.as_microsecond(), "{} {before}", row.created);
        assert!(row.created <= after, "{} {after}", row.created);
        assert_eq!(row.created.as_nanosecond() % 1_000, 0);
        let found = Foo::query().only().await?;
        assert_eq!((found.created, found.updated), (row.created, row.updated));
    }
}

behaviour! {
    /// Both of them, or one.
    async fn stamps_that_are_given_are_kept() {
        let at = |second| Timestamp::from_second(second).expect("it is in range");
        let both = Foo::create().bar(1).created(at(1_000)).updated(at(2_000)).await?;
        assert_eq!((both.created, both.updated), (at(1_000), at(2_000)));
        assert_eq!(Foo::find(both.id).await?, Some(both));
        let one = Foo::create().bar(1).created(at(-1)).await?;
        assert_eq!(one.created, at(-1));
        assert!(one.updated > at(2_000));
    }
}

behaviour! {
    /// An optional field is NULL.
    async fn what_is_not_said_is_the_default() {
        Foo::create().bar(1).await?;
        let row = Foo::query().only().await?;
        assert_eq!((row.note, row.level, row.state.as_str()), (None, 3, "fresh"));
    }
}

behaviour! {
    /// Also where it is zero, empty or NULL.
    async fn what_is_said_counts_for_more_than_the_default() {
        Foo::create().bar(1).note(None).level(0).state("").await?;
        let row = Foo::query().only().await?;
        assert_eq!((row.note, row.level, row.state.as_str()), (None, 0, ""));
    }
}

static TICKS: AtomicI64 = AtomicI64::new(0);

fn tick() -> i64 {
    TICKS.fetch_add(1, Ordering::Relaxed)
}

#[prom::orm]
struct Ticket {
    #[field(default = tick())]
    number: i64,
}

behaviour! {
    /// One for each row, in `create_many` as well.
    async fn a_default_that_is_an_expression_is_made_anew() {
        let one = Ticket::create().await?;
        let two = Ticket::create().await?;
        assert!(two.number > one.number);
        let many = Ticket::create_many([Ticket::draft(), Ticket::draft()]).await?;
        assert!(many[0].number > two.number && many[1].number > many[0].number);
        assert_eq!(Ticket::find(two.id).await?.map(|it| it.number), Some(two.number));
    }
}

behaviour! {
    /// What is set in branches is checked when it is inserted.
    async fn a_draft_is_filled_in_place() {
        let mut draft = Foo::draft();
        assert_eq!((draft.get_bar(), draft.get_note()), (None, None));
        draft.set_bar(4);
        draft.set_note("x");
        assert_eq!((draft.get_bar(), draft.get_note()), (Some(4), Some(Some("x".to_owned()))));
        let row = draft.await?;
        assert_eq!((row.bar, row.note.as_deref(), row.level), (4, Some("x"), 3));
    }
}

behaviour! {
    /// Before anything is sent.
    async fn a_draft_without_a_required_field_is_refused_by_name(db) {
        let error = refused(Foo::draft().note("x").await);
        assert_eq!(error.kind(), Kind::Required);
        assert_eq!((error.model(), error.field()), (Some("Foo"), Some("bar")));
        assert!(error.to_string().contains("`.bar(..)`"), "{error}");
        assert!(!db.is_open(), "nothing had to be asked");
    }
}

#[prom::orm]
#[derive(Debug)]
struct Sized {
    #[field(max_size = 3)]
    short: String,
    #[field(size = 2)]
    code: String,
    #[field(empty = false, default = "x")]
    filled: String,
    #[field(min_size = 1, max_size = 2)]
    bytes: Option<Vec<u8>>,
}

behaviour! {
    /// Text is counted in characters, bytes in bytes.
    async fn a_value_that_breaks_a_rule_of_its_field_is_refused(db) {
        for (draft, field) in [
            (Sized::draft().short("four").code("DE"), "short"),
            (Sized::draft().short("").code("D"), "code"),
            (Sized::draft().short("").code("DEU"), "code"),
            (Sized::draft().short("").code("DE").filled(""), "filled"),
            (Sized::draft().short("").code("DE").bytes(vec![]), "bytes"),
            (Sized::draft().short("").code("DE").bytes(vec![1, 2, 3]), "bytes"),
        ] {
            let error = refused(draft.await);
            assert_eq!((error.kind(), error.field()), (Kind::Value, Some(field)), "{error}");
            assert_eq!(error.model(), Some("Sized"));
        }
        assert!(!db.is_open(), "nothing had to be asked");
        let row = Sized::create().short("äöü").code("🦀ß").bytes(vec![0, 255]).await?;
        let found = Sized::find(row.id).await?.expect("it was inserted");
        assert_eq!((found.short.as_str(), found.code.as_str()), ("äöü", "🦀ß"));
    }
}

behaviour! {
    /// Their keys go up in that order too.
    async fn many_rows_come_back_in_the_order_of_their_drafts() {
        let bars: Vec<i64> = (0..100).map(|it| (it * 37) % 100).collect();
        let rows = Foo::create_many(bars.iter().map(|it| Foo::create().bar(*it))).await?;
        assert_eq!(rows.iter().map(|it| it.bar).collect::<Vec<_>>(), bars);
        assert_eq!(rows.iter().map(|it| it.id).collect::<Vec<_>>(), (1..=100).collect::<Vec<_>>());
        assert_eq!(Foo::query().asc_field("id").get().await?.into_vec(), rows);
    }
}

behaviour! {
    /// However many parameters a statement may have.
    async fn very_many_rows_are_created_at_once() {
        let rows = Foo::create_many((0..20_000).map(|it| Foo::draft().bar(it))).await?;
        assert_eq!(rows.len(), 20_000);
        assert_eq!(Foo::query().count().await?, 20_000);
        let last = rows.last().expect("there are some");
        assert_eq!(Foo::find(last.id).await?.map(|it| it.bar), Some(19_999));
    }
}

behaviour! {
    /// Nothing is sent.
    async fn many_rows_may_be_none(db) {
        assert_eq!(Foo::create_many(Vec::<FooDraft>::new()).await?, []);
        assert!(!db.is_open());
    }
}

#[prom::orm]
#[derive(Debug, Clone, PartialEq)]
struct Code {
    #[field(unique)]
    code: String,
}

behaviour! {
    /// The last of them is refused, and none of them is there.
    #[needs(unique)]
    async fn many_rows_are_created_wholly_or_not_at_all() {
        Code::create().code("taken").await?;
        let codes = (0..1_000).map(|it| format!("code {it}")).chain(["taken".to_owned()]);
        let error = refused(Code::create_many(codes.map(|it| Code::create().code(it))).await);
        assert_eq!(error.kind(), Kind::Unique);
        assert_eq!(Code::query().only().await?.code, "taken");
    }
}

behaviour! {
    /// It is counted from 0, and nothing is sent.
    async fn a_draft_that_is_refused_among_many_is_named_by_its_number(db) {
        let drafts = [Foo::draft().bar(1), Foo::draft().bar(2), Foo::draft()];
        let error = refused(Foo::create_many(drafts).await);
        assert_eq!((error.kind(), error.field()), (Kind::Required, Some("bar")));
        assert!(error.to_string().contains("draft 2"), "{error}");
        assert!(!db.is_open());
    }
}

behaviour! {
    /// In either order.
    async fn many_drafts_of_which_some_have_a_key_are_refused() {
        for drafts in [
            [Foo::draft().bar(1).id(5), Foo::draft().bar(2)],
            [Foo::draft().bar(1), Foo::draft().bar(2).id(5)],
        ] {
            let error = refused(Foo::create_many(drafts).await);
            assert_eq!((error.kind(), error.field()), (Kind::Invalid, Some("id")), "{error}");
        }
        assert_eq!(Foo::query().count().await?, 0);
        let given = [Foo::draft().bar(1).id(9), Foo::draft().bar(2).id(4)];
        let rows = Foo::create_many(given).await?;
        assert_eq!(rows.iter().map(|it| (it.id, it.bar)).collect::<Vec<_>>(), [(9, 1), (4, 2)]);
    }
}

#[prom::orm(created = none, updated = none)]
#[derive(Debug, Clone, PartialEq)]
struct Empty {}

behaviour! {
    /// One by one and at once.
    async fn a_row_without_any_field_of_its_own_is_created() {
        assert_eq!(Empty::create().await?.id, 1);
        let more = Empty::create_many([Empty::draft(), Empty::draft()]).await?;
        assert_eq!(more.iter().map(|it| it.id).collect::<Vec<_>>(), [2, 3]);
        assert_eq!(Empty::query().count().await?, 3);
    }
}

#[prom::orm(id = none)]
#[derive(Debug, Clone, PartialEq)]
struct Keyless {
    bar: i64,
}

behaviour! {
    /// Two rows may be alike in all that is their own.
    async fn a_model_without_a_key_is_created_and_asked_for() {
        Keyless::create().bar(1).await?;
        let rows = Keyless::create_many([Keyless::draft().bar(1), Keyless::draft().bar(2)]).await?;
        assert_eq!(rows.len(), 2);
        assert_eq!(Keyless::query().eq_bar(1).count().await?, 2);
        assert_eq!(Keyless::query().eq_bar(2).only().await?, rows[1]);
        assert_eq!(Keyless::query().asc_bar().limit(1).get().await?.len(), 1);
    }
}

#[prom::orm]
#[derive(Debug, Clone, PartialEq)]
struct Country {
    #[field(pk)]
    code: String,
    name: String,
}

behaviour! {
    /// The row is found, saved and deleted by it.
    async fn a_key_may_be_text() {
        let mut row = Country::create().code("FR").name("Frankreich").await?;
        assert_eq!(Country::find("FR").await?, Some(row.clone()));
        assert_eq!(Country::find("fr").await?, None);
        row.name = "France".to_owned();
        row.save().await?;
        assert_eq!(Country::query().only().await?, row);
        let error = refused(Country::draft().name("nowhere").await);
        assert_eq!((error.kind(), error.field()), (Kind::Required, Some("code")));
        assert!(row.delete().await?);
        assert_eq!(Country::find("FR").await?, None);
    }
}

#[prom::orm(id = Uuid)]
#[derive(Debug, Clone, PartialEq)]
struct Token {
    bar: i64,
}

behaviour! {
    /// It is of version 7, so that keys go up with time.
    async fn a_key_may_be_a_uuid_that_prom_makes() {
        let first = Token::create().bar(1).await?;
        assert_eq!(first.id.get_version_num(), 7);
        let many = Token::create_many([Token::draft().bar(2), Token::draft().bar(3)]).await?;
        assert!(many[0].id != many[1].id && many[0].id != first.id);
        assert_eq!(Token::find(many[1].id).await?, Some(many[1].clone()));
        let given = Uuid::from_u128(5);
        assert_eq!(Token::create().bar(4).id(given).await?.id, given);
        assert_eq!(Token::find(given).await?.map(|it| it.bar), Some(4));
        assert!(first.delete().await?);
    }
}

#[prom::orm(table = "renamed things")]
#[derive(Debug, Clone, PartialEq)]
struct Renamed {
    #[field(name = "kind", alias = "sort")]
    r#type: String,
    #[field(skip)]
    cached: Option<String>,
}

behaviour! {
    /// The column has one name, the field another, and a third is for queries.
    async fn a_field_may_be_called_otherwise_than_its_column() {
        let row = Renamed::create().r#type("x").await?;
        for name in ["type", "kind", "sort"] {
            assert_eq!(Renamed::query().eq_field(name, "x").only().await?, row);
            assert_eq!(Renamed::query().eq_field(name, "y").count().await?, 0);
        }
        assert_eq!(Renamed::query().eq_type("x").count().await?, 1);
    }
}

behaviour! {
    /// It is whatever its type's default is, in every row that is read.
    async fn a_field_that_is_skipped_has_no_column() {
        let mut row = Renamed::create().r#type("x").await?;
        assert_eq!(row.cached, None);
        row.cached = Some("kept in memory".to_owned());
        assert!(!row.is_modified());
        row.save().await?;
        assert_eq!(Renamed::query().only().await?.cached, None);
        assert!(!Renamed::schema().has_field("cached"));
    }
}

#[prom::orm]
#[derive(Debug)]
struct Polled {
    a: Option<i64>,
    b: Option<i64>,
}

behaviour! {
    /// The row is on its way already; that it lacks what was set is said.
    async fn what_is_set_after_the_first_poll_is_refused() {
        let mut create = Polled::create().a(1);
        std::future::poll_fn(|context| {
            let _ = std::pin::Pin::new(&mut create).poll(context);
            std::task::Poll::Ready(())
        })
        .await;
        let error = refused(create.b(2).await);
        assert_eq!(error.kind(), Kind::Invalid, "{error}");
        assert_eq!(Polled::query().not_null_b().count().await?, 0);
    }
}
